"""What /privacy says: what is kept, for how long, and what deleting does."""

from __future__ import annotations

from bot.domain.translatable import N_
from bot.ui.language import Phrase, _
from bot.ui.messages.words import plural

COMMAND = N_("What is stored about you; export or delete it")

EXPORT = Phrase("Export")
DELETE = Phrase("Delete")
DELETE_ALL = Phrase("Delete, and remove my pictures")
KEEP_OTHERS_OUT = Phrase("Others may not edit my pictures")
LET_OTHERS_IN = Phrase("Others may edit my pictures")

NOW_CLOSED = Phrase("**Done.** Others may not edit your pictures, in any server.")
NOW_OPEN = Phrase("**Done.** Others may edit your pictures, where their server allows it.")

EXPORTED = Phrase(
    "**Your data.** Only you see this file. Images themselves stay in their messages."
)
EXPORTED_PART = Phrase(
    "**Your data.** It was too much for one file: the oldest requests are missing. The bot's "
    "operator can give you all of it."
)

SURE = (
    Phrase("**Delete your data?** This cannot be undone."),
    Phrase(
        "**At once:** prompts, examples, drafts, your basket, files, extra credits. What waits is "
        "cancelled and refunded. What is being made is finished first, then deleted."
    ),
    Phrase(
        "**Within a month:** your id. Credits you used stay counted until their hour, day, week or "
        "month is over, so deleting gives no new quota."
    ),
    Phrase("**Later:** blocks and limits that moderators set for you stay until they end."),
    Phrase(
        "**Not by this:** pictures that were posted are messages on Discord. Remove below a "
        "picture deletes it; after this only moderators can. The second button removes them all "
        "now."
    ),
)


def card(*, file_hours: int, others_may_edit: bool) -> list[str]:
    """Return what is stored, and how long."""
    return [
        _("**Your data**"),
        _(
            "**Until you delete it:** what you asked for (prompt, model, size, when, where), which "
            "messages hold your pictures, the credits you used. What you choose here stays until "
            "you change it."
        ),
        _(
            "**{hours} after a request ends:** files of pictures. **A day:** drafts and your "
            "basket.",
            hours=plural(file_hours, "hour"),
        ),
        _("**A month after a server removes me:** all of it that belongs to that server."),
        _("**Image services get:** your prompt, your examples, and a code instead of your name."),
        _("Others may edit your pictures.")
        if others_may_edit
        else _("Others may not edit your pictures."),
    ]


def deleted(*, cancelled: int, under_way: int, messages: int) -> list[str]:
    """Return what was done."""
    lines = [_("**Deleted.** Your id goes as soon as your open quota windows are over.")]
    if cancelled:
        waiting = plural(cancelled, "waiting request")
        lines.append(_("{requests} cancelled and refunded.", requests=waiting))
    if under_way:
        made = plural(under_way, "request")
        lines.append(_("{requests} still being made: deleted when finished.", requests=made))
    if messages:
        posted = plural(messages, "message")
        lines.append(_("{messages} with pictures: being removed now.", messages=posted))
    return lines
