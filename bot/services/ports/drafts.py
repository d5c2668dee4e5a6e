"""What is stored beside jobs: drafts, baskets, styles, settings, messages to be deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.requests.consent import Consent, ConsentState
from bot.domain.styles.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """What a member can do about a request that was refused; requests are kept drafts, by ids.

    `fix` opens it as a form, `rephrase` only its prompt; `fewer` submits it with the `count` of
    pictures that is left; `use` submits it with another model, which takes it as it is.
    `ask`: the moderators can be asked for more credits.
    """

    fix: str | None = None
    rephrase: str | None = None
    fewer: str | None = None
    count: int = 0
    use: str | None = None
    other_label: str = ""
    other_credits: int = 0
    ask: bool = False


NO_REMEDIES = Remedies()


class Drafts(Protocol):
    """Requests that were refused, kept for their member to fix."""

    async def put(self, draft_id: str, user_id: int, draft: str, *, expires_at: int) -> None: ...

    async def get(self, draft_id: str, user_id: int, *, now: int) -> str | None: ...

    async def sweep(self, *, now: int) -> None:
        """Delete what is over."""
        ...


class Consents(Protocol):
    """Requests that wait for the owner of a picture; each is kept as the draft of its id."""

    async def add(self, consent: Consent) -> bool:
        """Insert a consent; False when its event asked before."""
        ...

    async def get(self, consent_id: str) -> Consent | None: ...

    async def of_origin(self, origin: str) -> Consent | None: ...

    async def waiting(self, guild_id: int, user_id: int, *, now: int) -> list[tuple[Consent, str]]:
        """What a member has waiting in a server, each with its stored request."""
        ...

    async def decide(
        self, consent_id: str, owner_id: int, state: ConsentState, *, now: int
    ) -> bool:
        """Write what the owner said; False when it was decided, or over, before."""
        ...

    async def use(self, consent_id: str, job_id: str, *, owner_id: int | None) -> bool:
        """Spend an allowed consent on a job, once; of an `owner_id` that is still the same."""
        ...

    async def end(self, consent_id: str, state: ConsentState, *, now: int) -> bool:
        """End what did not become a job; False when it ended, or became one, before."""
        ...

    async def end_all(
        self,
        state: ConsentState,
        *,
        now: int,
        guild_id: int | None = None,
        channel_id: int | None = None,
        owner_id: int | None = None,
    ) -> list[Consent]:
        """End everything that waits, in a place or for an owner, and have its cards deleted.

        Returns what ended.
        """
        ...

    async def forget(self, user_id: int, *, now: int) -> None:
        """Delete what a member asked for, and end what others asked of them."""
        ...

    async def due(self, *, now: int) -> list[Consent]:
        """Everything that a process has to work on now, the oldest first."""
        ...

    async def claim(self, consent: Consent, *, until: int, now: int) -> bool:
        """Work on a consent as the only process until a time; False when another one does."""
        ...

    async def trying(self, consent_id: str, *, now: int) -> None:
        """The write-ahead mark of posting the card."""
        ...

    async def posted(self, consent_id: str, message_id: int) -> bool:
        """Remember the card; False when the consent ended meanwhile, and it must go."""
        ...

    async def told(self, consent_id: str, *, now: int) -> None: ...

    async def sweep(self, *, before: int) -> None:
        """Delete what ended before a time."""
        ...


class Baskets(Protocol):
    """Pictures that a member put aside in a channel, as JSON texts, for a day."""

    async def add(
        self, user_id: int, channel_id: int, reference: str, *, expires_at: int, now: int
    ) -> int:
        """Put a picture in, once; return how many are there."""
        ...

    async def list(self, user_id: int, channel_id: int, *, now: int) -> list[str]: ...

    async def clear(self, user_id: int, channel_id: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StylePicture:
    """An example picture of a style: its file in the spool, whose it is, which result it was."""

    picture_id: str
    path: str
    owner_id: int
    result: tuple[str, int] | None = None


class Styles(Protocol):
    """Styles of members and of servers.

    Pictures are given only while they may be used: not of a result that was removed, nor of
    somebody else who keeps others from using theirs.
    """

    async def add_style(
        self, style: Style, pictures: Sequence[StylePicture], *, from_job_id: str | None
    ) -> None: ...

    async def of(self, *, user_id: int, guild_id: int) -> list[Style]:
        """A member's own, then those of a server, each by name."""
        ...

    async def get(self, style_id: str) -> Style | None: ...

    async def named(self, key: str, *, user_id: int, guild_id: int) -> Style | None:
        """A member's own of this name, else a server's."""
        ...

    async def pictures(self, style_id: str) -> list[StylePicture]: ...

    async def from_job(self, style_id: str) -> str | None:
        """The result that a style was made from."""
        ...

    async def remove_style(self, style_id: str) -> list[str]:
        """Delete a style; return the ids of its pictures, whose files are to go then."""
        ...

    async def forget(self, user_id: int) -> list[str]:
        """Delete what somebody made, and pictures of theirs anywhere; return the pictures' ids."""
        ...

    async def sweep(self) -> None:
        """Delete pictures that may not be used any more."""
        ...

    async def known_pictures(self, picture_ids: Collection[str]) -> set[str]:
        """Which of these belong to a style."""
        ...


class Settings(Protocol):
    """What managers decided for their server, and its upload limit, which is learnt.

    Values are whatever JSON holds.
    """

    async def get(self, guild_id: int, key: str) -> object:
        """Return a value, None when nothing was decided."""
        ...

    async def of_guild(self, guild_id: int) -> Mapping[str, object]: ...

    async def by_guild(self, key: str) -> Mapping[int, object]:
        """Return a value for each server that decided it."""
        ...

    async def put(self, guild_id: int, key: str, value: object) -> None:
        """Write a value, over an older one; None removes it."""
        ...


class ScheduledDeletions(Protocol):
    """Messages of the bot that are to be deleted, as channel and message ids."""

    async def put(self, channel_id: int, message_id: int, *, until: int) -> None: ...

    async def due(self, *, now: int) -> list[tuple[int, int, int]]:
        """Channel, message and time of everything whose time has come."""
        ...

    async def gone(self, message_id: int) -> None: ...

    async def put_sign(self, channel_id: int, message_id: int, *, until: int) -> None:
        """Remember the ⏳ on a member's message whose request is not accepted yet."""
        ...

    async def signs_due(self, *, now: int) -> list[tuple[int, int, int]]: ...

    async def sign_gone(self, message_id: int) -> None: ...


class Meta(Protocol):
    """Small facts about this installation, as text."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str) -> None: ...
