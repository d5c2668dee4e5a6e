"""What the operator's commands say: `limits`, `block`, `unblock`, `pause`, `resume`, `forget`,
`who`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.quotas.quota import Allowance
from bot.ui.language import Phrase, _
from bot.ui.messages.staff.limits import allowance
from bot.ui.messages.words import listed, plural, sentences

LIMITS_HELP = Phrase("""Show or set the most that GUILD can use. Its managers cannot raise it.

LIMITS is NUMBER/window, several separated by commas, such as 500/day,5000/month; `none` returns to
the ceiling of the configuration; `show` changes nothing.
""")
BLOCK_HELP = Phrase("Block USER, in one server or everywhere. Waiting requests are refunded.")
UNBLOCK_HELP = Phrase("Unblock USER.")
PAUSE_HELP = Phrase("""Take no new requests: everywhere, in one server, or for one image service.

Accepted requests continue. Those for a paused image service go to another one that serves them, or
wait. Nobody can lift this pause from Discord.
""")
RESUME_HELP = Phrase("Take requests again; an image service that paused itself is tried at once.")
PROVIDER_HELP = Phrase(
    "The name of an image service, as in the configuration; NAME#2 is its second key."
)
REASON_FOR_MEMBERS = Phrase(
    "--reason is only for pauses of the bot or of a server: members see no reason for an image "
    "service."
)
ONE_TARGET = Phrase("Name a server or an image service, not both.")
FORGET_HELP = Phrase("""Delete what is stored about USER, as they can with /privacy.

Used credits stay counted until their window ends; then a random number replaces the user's id.
""")
WHO_HELP = Phrase(
    "Show which user HASH stands for: the code that image services get instead of a name."
)
GUILD_HELP = Phrase("A server's id; without it, everywhere.")
UNTIL_HELP = Phrase("When it ends: 1 h, 2 days, 1 week or 2030-12-24; without it, never.")
REASON_HELP = Phrase("Why; members see it.")
MESSAGES_HELP = Phrase("Remove their posted pictures from Discord as well.")

SAME = Phrase("Nothing changed: it was already set like that.")
BAD_TAG = Phrase("HASH is 16 hexadecimal digits, such as u_0123456789abcdef.")


def ceiling(guild_id: int, limits: Allowance) -> str:
    """Return what a server may use at most."""
    if not limits:
        return _("Server {guild_id} may use any number of credits.", guild_id=guild_id)
    return _("Server {guild_id} may use {limits}.", guild_id=guild_id, limits=allowance(limits))


def unknown_server(guild_id: int) -> str:
    """Return that a server never had the bot, as far as is known: the id may be wrong."""
    return _(
        "Server {guild_id} is unknown: it has never used the bot and is not in access.guilds. "
        "Check the id.",
        guild_id=guild_id,
    )


def blocked(user_id: int, guild_id: int, until: int | None, stopped: int) -> str:
    """Return that somebody is blocked, and what stops with it."""
    if guild_id:
        head = _(
            "User {user_id} is blocked in server {guild_id}", user_id=user_id, guild_id=guild_id
        )
    else:
        head = _("User {user_id} is blocked everywhere", user_id=user_id)
    if until is None:
        head = _("{sentence}.", sentence=head)
    else:
        head = _("{sentence} until {time} UTC.", sentence=head, time=_utc(until))
    if not stopped:
        return head
    what = plural(stopped, "request")
    return sentences(
        head,
        _("{requests} stopped; pictures that had not been started are refunded.", requests=what),
    )


def unblocked(user_id: int, guild_id: int) -> str:
    """Return that somebody may ask again."""
    if guild_id:
        return _(
            "User {user_id} is not blocked in server {guild_id} any more.",
            user_id=user_id,
            guild_id=guild_id,
        )
    return _("User {user_id} is not blocked everywhere any more.", user_id=user_id)


def paused(guild_id: int) -> str:
    """Return that a server, or the whole bot, takes no new requests."""
    if guild_id:
        return _("Server {guild_id} is paused.", guild_id=guild_id)
    return _("The whole bot is paused.")


def resumed(guild_id: int) -> str:
    """Return that requests are taken again."""
    if guild_id:
        return _("Server {guild_id} is not paused any more.", guild_id=guild_id)
    return _("The whole bot is not paused any more.")


def provider_paused(name: str) -> str:
    """Return that an image service is left alone."""
    return _(
        "The image service {name} is paused; its waiting requests go to another service that "
        "serves them, or are kept.",
        name=name,
    )


def provider_resumed(name: str) -> str:
    """Return that an image service works again."""
    return _("The image service {name} is not paused any more.", name=name)


def no_provider(name: str, known: list[str]) -> str:
    """Return that there is no such image service, and which there are."""
    return _(
        "There is no image service {name}: the configuration has {known}.",
        name=name,
        known=listed(known, "and"),
    )


def forgotten(user_id: int, *, cancelled: int, under_way: int, messages: int) -> str:
    """Return what was deleted, and what the bot does later."""
    parts = [
        _(
            "The data of user {user_id} is deleted; their id is removed when their quota windows "
            "end.",
            user_id=user_id,
        )
    ]
    if cancelled:
        what = plural(cancelled, "waiting request")
        parts.append(_("{requests} cancelled and refunded.", requests=what))
    if under_way:
        what = plural(under_way, "request")
        parts.append(_("{requests} still under way: deleted when finished.", requests=what))
    if messages:
        what = plural(messages, "message")
        parts.append(_("{messages} with pictures: the running bot removes them.", messages=what))
    return sentences(*parts)


def nobody(tag: str) -> str:
    """Return that a code belongs to nobody who is stored."""
    return _("No stored user has the code {tag}.", tag=tag)


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
