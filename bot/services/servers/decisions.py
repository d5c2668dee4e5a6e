"""What can be decided about a server, each in one shape: read it, write it, name it.

A value is plain JSON, None where nothing is decided; so a change can be recorded with old and
new, and undone by writing the old one back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from bot.domain.quotas.rules import AccessKind, Rule, Subject
from bot.domain.quotas.windows import Window
from bot.domain.server import AccessRule
from bot.domain.text.wordlist import MOST_WORDS, WordError, WordProblem
from bot.services.ports import Block, UnitOfWork

Json = object


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something in which server, why, and when (UTC seconds)."""

    guild_id: int
    actor_id: int
    reason: str | None
    now: int


class Decision(Protocol):
    """One decision. `kind` and `name` find it again in the record."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json: ...

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None: ...


@dataclass(frozen=True, slots=True)
class RuleDecision:
    """A limit: `{"credits": …, "until": …}`."""

    subject: Subject
    subject_id: int
    window: Window

    kind = "rule"

    @property
    def name(self) -> str:
        return f"{self.subject}:{self.subject_id}:{self.window}"

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json:
        rule = await uow.rules.get(guild_id, self.subject, self.subject_id, self.window)
        return None if rule is None else {"credits": rule.credits, "until": rule.until}

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None:
        if value is None:
            await uow.rules.clear(actor.guild_id, self.subject, self.subject_id, self.window)
            return
        rule = self.rule(cast("dict[str, Any]", value))
        await uow.rules.put(actor.guild_id, rule, by=actor.actor_id, now=actor.now)

    def rule(self, values: Mapping[str, Any]) -> Rule:
        """Return the limit that a value says."""
        return Rule(
            subject=self.subject,
            subject_id=self.subject_id,
            window=self.window,
            credits=values["credits"],
            until=values.get("until"),
        )


@dataclass(frozen=True, slots=True)
class BlockDecision:
    """A member who may not ask: `{"until": …, "reason": …}`."""

    user_id: int

    kind = "block"

    @property
    def name(self) -> str:
        return str(self.user_id)

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json:
        block = await uow.blocks.get(guild_id, self.user_id)
        return None if block is None else {"until": block.until, "reason": block.reason}

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None:
        if value is None:
            await uow.blocks.clear(actor.guild_id, self.user_id)
            return
        values = cast("dict[str, Any]", value)
        block = Block(
            guild_id=actor.guild_id,
            user_id=self.user_id,
            until=values.get("until"),
            set_by=actor.actor_id,
            reason=values.get("reason"),
            set_at=actor.now,
        )
        await uow.blocks.put(block)


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """A channel, role or model: "allow" or "deny"."""

    access: AccessKind
    subject: str
    role_id: int = 0

    @property
    def kind(self) -> str:
        return self.access.value

    @property
    def name(self) -> str:
        return f"{self.subject}|{self.role_id}" if self.role_id else self.subject

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json:
        rule = await uow.access.get(guild_id, self.access, self.subject, self.role_id)
        return None if rule is None else "allow" if rule.allowed else "deny"

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None:
        if value is None:
            await uow.access.clear(actor.guild_id, self.access, self.subject, self.role_id)
            return
        rule = AccessRule(
            kind=self.access,
            subject=self.subject,
            role_id=self.role_id,
            allowed=value == "allow",
        )
        await uow.access.put(actor.guild_id, rule)


@dataclass(frozen=True, slots=True)
class WordDecision:
    """A forbidden word, normalised: true where it is forbidden."""

    word: str

    kind = "word"

    @property
    def name(self) -> str:
        return self.word

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json:
        return True if self.word in await uow.access.words(guild_id) else None

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None:
        """Raise WordError when the list is full: also an undo can bring a word back."""
        if value is None:
            await uow.access.clear_word(actor.guild_id, self.word)
            return
        if len(await uow.access.words(actor.guild_id)) >= MOST_WORDS:
            raise WordError(WordProblem.MANY, MOST_WORDS)
        await uow.access.put_word(actor.guild_id, self.word)


@dataclass(frozen=True, slots=True)
class SettingDecision:
    """A field of ServerSettings, as it is stored."""

    key: str

    kind = "setting"

    @property
    def name(self) -> str:
        return self.key

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json:
        return await uow.settings.get(guild_id, self.key)

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None:
        await uow.settings.put(actor.guild_id, self.key, value)


@dataclass(frozen=True, slots=True)
class SpoilerDecision:
    """A posted result behind a spoiler: true where it is."""

    job_id: str
    user_id: int

    kind = "spoiler"

    @property
    def name(self) -> str:
        return f"{self.job_id}:{self.user_id}"

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json:
        job = await uow.job_queries.get(self.job_id)
        return True if job is not None and job.guild_id == guild_id and job.spoiler else None

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None:
        await uow.spoilers.set(self.job_id, spoiler=value is True, now=actor.now)


@dataclass(frozen=True, slots=True)
class GrantDecision:
    """A grant that exists: `{"credits": left, …}` while it is open, None when taken back."""

    grant_id: int
    user_id: int

    kind = "grant"

    @property
    def name(self) -> str:
        return f"{self.grant_id}:{self.user_id}"

    async def read(self, uow: UnitOfWork, guild_id: int) -> Json:
        grant = await uow.grants.get(self.grant_id)
        if grant is None or grant.guild_id != guild_id or grant.revoked_at is not None:
            return None
        return {"credits": grant.amount, "expires_at": grant.expires_at}

    async def write(self, uow: UnitOfWork, actor: Actor, value: Json) -> None:
        grant = await uow.grants.get(self.grant_id)
        if grant is None or grant.guild_id != actor.guild_id:
            return
        change = uow.grants.revoke if value is None else uow.grants.restore
        await change(self.grant_id, by=actor.actor_id, reason=actor.reason, now=actor.now)


def decision_of(kind: str, name: str) -> Decision | None:
    """Return the decision that a record names; None for what cannot be written back."""
    match kind:
        case "rule":
            subject, subject_id, window = name.split(":")
            return RuleDecision(Subject(subject), int(subject_id), Window(window))
        case "block":
            return BlockDecision(int(name))
        case "channel" | "role" | "model":
            subject, _, role_id = name.partition("|")
            return AccessDecision(AccessKind(kind), subject, int(role_id or 0))
        case "word":
            return WordDecision(name)
        case "setting":
            return SettingDecision(name)
        case "spoiler":
            job_id, _, user_id = name.partition(":")
            return SpoilerDecision(job_id, int(user_id))
        case "grant":
            grant_id, _, user_id = name.partition(":")
            return GrantDecision(int(grant_id), int(user_id))
        case _:
            return None
