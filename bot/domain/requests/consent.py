"""Whose a picture is that a request starts from, and the consent of that person.

A picture is the bot's own result, the requester's, or somebody else's: of a member, of a bot or
webhook that nobody can ask, or somebody's avatar, which is nobody else's to use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

CONSENT_SECONDS = 24 * 3600
# What one member may have waiting for others in a server: each is a card in a channel.
MOST_WAITING = 3


class Photos(StrEnum):
    """Whose pictures a server lets members change, beside the bot's own results."""

    ANYBODY = "anybody"
    ASK = "ask"
    NOBODY = "nobody"


class Whose(StrEnum):
    """What the owner of a picture is."""

    MEMBER = "member"
    BOT = "bot"  # a bot or a webhook
    AVATAR = "avatar"


# Discord's reference, "CDN Endpoints": of a user, and of a member of a server. `embed/avatars` are
# Discord's own drawings. Its proxies keep the whole address in their path.
_AVATAR = re.compile(
    r"(?:cdn\.discordapp\.com|media\.discordapp\.net)/"
    r"(?:avatars|guilds/[0-9]+/users)/(?P<user>[0-9]{1,20})/",
    re.IGNORECASE,
)


def avatar_owner(*addresses: str | None) -> int | None:
    """Return the member whose avatar one of these addresses shows."""
    found = (_AVATAR.search(address) for address in addresses if address)
    return next((int(one["user"]) for one in found if one), None)


class ConsentState(StrEnum):
    """asking → allowed → used; or refused, expired or failed: then the requester is told."""

    ASKING = "asking"
    ALLOWED = "allowed"
    USED = "used"
    REFUSED = "refused"
    EXPIRED = "expired"
    FAILED = "failed"


# What the requester has to be told of; of what is used the job tells.
ENDED_WITHOUT_JOB = (ConsentState.REFUSED, ConsentState.EXPIRED, ConsentState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A request that waits for the owner of a picture. Times are UTC seconds.

    The request itself is the stored draft of the same id. `first_try_at` is the write-ahead mark of
    posting the card, `message_id` the card.
    """

    consent_id: str
    guild_id: int
    channel_id: int
    user_id: int
    owner_id: int
    origin: str
    created_at: int
    expires_at: int
    state: ConsentState = ConsentState.ASKING
    again_of: str | None = None
    retry_of: str | None = None
    reply_to: int | None = None
    ticket_token: str | None = None
    ticket_expires_at: int | None = None
    locale: str | None = None
    server_locale: str | None = None
    first_try_at: int | None = None
    message_id: int | None = None
    job_id: str | None = None
