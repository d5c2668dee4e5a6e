"""What the operator's commands say: `limits`, `block`, `unblock`, `pause`, `resume`, `forget`,
`who`.
"""

from __future__ import annotations

from bot.domain.quota import Allowance
from bot.ui.messages.limits import allowance
from bot.ui.messages.words import listed, plain_time, plural

LIMITS_HELP = """Show or set what GUILD may use at most, whatever its managers decide.

LIMITS is NUMBER/window, several separated by commas, such as 500/day,5000/month; `none` makes the
ceiling of the configuration count again; `show` changes nothing.
"""
BLOCK_HELP = "Keep USER from asking: in one server, or everywhere. What waits is refunded."
UNBLOCK_HELP = "Let USER ask again."
PAUSE_HELP = """Take no new requests: everywhere, in one server, or for one image service.

What is accepted goes on, but for a paused image service: its queue waits. Nobody lifts this from
Discord.
"""
RESUME_HELP = "Take requests again; an image service that paused itself is tried at once."
PROVIDER_HELP = "The name of an image service, as in the configuration."
ONE_TARGET = "Name a server or an image service, not both."
FORGET_HELP = """Delete what is stored about USER, as they can with /privacy.

Credits used stay counted until their window is over; then a random number takes their place.
"""
WHO_HELP = "Show which user is meant by HASH, the code that image services are told."
GUILD_HELP = "A server's id; without it, everywhere."
ONE_GUILD_HELP = "The server's id."
UNTIL_HELP = "When it ends: 1 h, 2 days, 1 week or 2030-12-24; without it, never."
REASON_HELP = "Why; members see it."
MESSAGES_HELP = "Remove their posted pictures from Discord as well."

SAME = "It was so already."
BAD_TAG = "HASH is 16 hexadecimal digits, such as u_0123456789abcdef."


def ceiling(guild_id: int, limits: Allowance) -> str:
    """Return what a server may use at most."""
    return f"Server {guild_id} may use {allowance(limits) if limits else 'any number of credits'}."


def blocked(user_id: int, guild_id: int, until: int | None, stopped: int) -> str:
    """Return that somebody is blocked, and what stops with it."""
    ends = f" until {plain_time(until).removeprefix('at ')}" if until else ""
    rest = f" {plural(stopped, 'request')} stopped; what had not begun is refunded."
    rest = rest if stopped else ""
    return f"User {user_id} is blocked {_where(guild_id)}{ends}.{rest}"


def unblocked(user_id: int, guild_id: int) -> str:
    """Return that somebody may ask again."""
    return f"User {user_id} is not blocked {_where(guild_id)} any more."


def paused(guild_id: int) -> str:
    """Return that a server, or the whole bot, takes no new requests."""
    return f"Server {guild_id} is paused." if guild_id else "The whole bot is paused."


def resumed(guild_id: int) -> str:
    """Return that requests are taken again."""
    return f"{f'Server {guild_id}' if guild_id else 'The whole bot'} is not paused any more."


def provider_paused(name: str) -> str:
    """Return that an image service is left alone."""
    return f"The image service {name} is paused; what waits for it is kept."


def provider_resumed(name: str) -> str:
    """Return that an image service works again."""
    return f"The image service {name} is not paused any more."


def no_provider(name: str, known: list[str]) -> str:
    """Return that there is no such image service, and which there are."""
    return f"There is no image service {name}: the configuration has {listed(known, 'and')}."


def forgotten(user_id: int, *, cancelled: int, under_way: int, messages: int) -> str:
    """Return what was deleted, and what the bot does later."""
    parts = [f"User {user_id} is forgotten; their id goes when their quota windows are over."]
    if cancelled:
        parts.append(f"{plural(cancelled, 'waiting request')} cancelled and refunded.")
    if under_way:
        parts.append(f"{plural(under_way, 'request')} still under way: deleted when finished.")
    if messages:
        parts.append(f"{plural(messages, 'message')} with pictures: the running bot removes them.")
    return " ".join(parts)


def nobody(tag: str) -> str:
    """Return that a code belongs to nobody who is stored."""
    return f"Nobody here has the code {tag}."


def _where(guild_id: int) -> str:
    return f"in server {guild_id}" if guild_id else "everywhere"
