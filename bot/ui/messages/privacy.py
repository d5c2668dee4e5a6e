"""What /privacy says: what is kept, for how long, and what deleting does."""

from __future__ import annotations

from bot.ui.messages.words import plural

COMMAND = "What is stored about you; export or delete it"

EXPORT = "Export"
DELETE = "Delete"
DELETE_ALL = "Delete, and remove my pictures"
KEEP_OTHERS_OUT = "Others may not edit my pictures"
LET_OTHERS_IN = "Others may edit my pictures"

NOW_CLOSED = "**Done.** Others may not edit your pictures, in any server."
NOW_OPEN = "**Done.** Others may edit your pictures, where their server allows it."

EXPORTED = "**Your data.** Only you see this file. Images themselves stay in their messages."
EXPORTED_PART = (
    "**Your data.** It was too much for one file: the oldest requests are missing. The bot's "
    "operator can give you all of it."
)

SURE = (
    "**Delete your data?** This cannot be undone.",
    "**At once:** prompts, examples, drafts, your basket, files, extra credits. What waits is "
    "cancelled and refunded. What is being made is finished first, then deleted.",
    "**Within a month:** your id. Credits you used stay counted until their hour, day, week or "
    "month is over, so deleting gives no new quota.",
    "**Later:** blocks and limits that moderators set for you stay until they end.",
    "**Not by this:** pictures that were posted are messages on Discord. Remove below a picture "
    "deletes it; after this only moderators can. The second button removes them all now.",
)


def card(*, file_hours: int, others_may_edit: bool) -> list[str]:
    """Return what is stored, and how long."""
    others = "may edit" if others_may_edit else "may not edit"
    return [
        "**Your data**",
        "**Until you delete it:** what you asked for (prompt, model, size, when, where), which "
        "messages hold your pictures, the credits you used, what you chose here.",
        f"**{plural(file_hours, 'hour')} after a request ends:** files of pictures. "
        "**A day:** drafts and your basket.",
        "**A month after a server removes me:** all of it that belongs to that server.",
        "**Image services get:** your prompt, your examples, and a code instead of your name.",
        f"Others {others} your pictures.",
    ]


def deleted(*, cancelled: int, under_way: int, messages: int) -> list[str]:
    """Return what was done."""
    lines = ["**Deleted.** Your id goes as soon as your open quota windows are over."]
    if cancelled:
        lines.append(f"{plural(cancelled, 'waiting request')} cancelled and refunded.")
    if under_way:
        lines.append(f"{plural(under_way, 'request')} still being made: deleted when finished.")
    if messages:
        lines.append(f"{plural(messages, 'message')} with pictures: being removed now.")
    return lines
