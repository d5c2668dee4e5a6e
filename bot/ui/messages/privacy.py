"""What /privacy says: what is kept, for how long, and what deleting does."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.translatable import N_
from bot.ui.language import Phrase, _
from bot.ui.messages.words import commas, plural
from bot.ui.text import escaped

COMMAND = N_("See, export or delete what is stored about you")

EXPORT = Phrase("Export")
DELETE = Phrase("Delete")
DELETE_ALL = Phrase("Delete, and remove my pictures")
KEEP_OTHERS_OUT = Phrase("Do not let others edit my pictures")
LET_OTHERS_IN = Phrase("Let others edit my pictures")
KEEP_OUT_OF_GALLERIES = Phrase("Keep my pictures out of galleries")
LET_INTO_GALLERIES = Phrase("Let my pictures into galleries")

NOW_CLOSED = Phrase("**Done.** Others cannot edit your pictures in any server.")
NOW_OPEN = Phrase("**Done.** Others can edit your pictures where the server allows it.")
NOW_IN_GALLERIES = Phrase("**Done.** Your pictures may be shown in the galleries of servers.")
NOT_IN_GALLERIES = Phrase(
    "**Done.** Your pictures are not shown in galleries; those that are there are being removed."
)

EXPORTED = Phrase(
    "**Your data.** Only you see this file. The pictures are not in it: they stay in their "
    "messages."
)
EXPORTED_PART = Phrase(
    "**Your data.** It does not fit in one file, so the oldest requests are missing. The bot's "
    "operator can give you all of it."
)

SURE = (
    Phrase("**Delete your data?** This cannot be undone."),
    Phrase(
        "**Deleted now:** prompts, reference pictures, drafts, your basket, your favourites, "
        "open votes, files, extra credits. Waiting requests are cancelled and refunded. Running "
        "requests finish first, then they are deleted."
    ),
    Phrase(
        "**Deleted within a month:** your ID. Credits that you used still count until their hour, "
        "day, week or month is over, so deleting your data gives you no new quota."
    ),
    Phrase("**Kept until they end:** blocks and limits that moderators set for you."),
    Phrase(
        "**Not deleted:** posted pictures, because they are messages on Discord. Press Remove "
        "below a picture to delete it. After you delete your data, only moderators can do that. "
        "The second button removes all of them now."
    ),
)


def card(
    *, file_hours: int, others_may_edit: bool, in_galleries: bool, services: Iterable[str]
) -> list[str]:
    """Return what is stored and how long, and which image services get what."""
    return [
        _("**Your data**"),
        _(
            "**Kept until you delete it:** your requests (prompt, model, size, time, place), "
            "which messages hold your pictures, your favourites, and the credits you used. Your "
            "choice here is kept until you change it. A vote is kept until it is counted."
        ),
        _(
            "**Kept for {hours} after a request ends:** picture files. **Kept for a day:** drafts "
            "and your basket.",
            hours=plural(file_hours, "hour"),
        ),
        _(
            "**Kept for a month after a server removes me:** everything that belongs to that "
            "server."
        ),
        _(
            "**Image services ({names}) get:** your prompt, your reference pictures, and a code "
            "instead of your name.",
            names=commas(map(escaped, services)),
        ),
        _("Others can edit your pictures.")
        if others_may_edit
        else _("Others cannot edit your pictures."),
        _("A server's gallery may show your pictures.")
        if in_galleries
        else _("Galleries do not show your pictures."),
    ]


def deleted(*, cancelled: int, under_way: int, messages: int) -> list[str]:
    """Return what was done."""
    lines = [_("**Deleted.** Your ID is deleted when your current quota periods end.")]
    if cancelled:
        waiting = plural(cancelled, "waiting request")
        lines.append(_("{requests} cancelled and refunded.", requests=waiting))
    if under_way:
        made = plural(under_way, "request")
        lines.append(_("{requests} still running: deleted when finished.", requests=made))
    if messages:
        posted = plural(messages, "message")
        lines.append(_("{messages} with pictures: being removed now.", messages=posted))
    return lines
