"""What managers decide about their server beside limits: settings, places, roles, models, words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.domain.quotas.rules import AccessKind
from bot.domain.server import ServerPolicy, ServerSettings
from bot.domain.text.wordlist import WordError, normalised
from bot.services.ports import AuditEntry, Database, of_server
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import (
    AccessDecision,
    Actor,
    SettingDecision,
    WordDecision,
)
from bot.services.servers.policies import Policies
from bot.services.tasks.conflicts import repeatable

# What separates words that are typed at once, on every keyboard.
_COMMAS = re.compile(r"[,;\n，、；]")


@dataclass(slots=True, kw_only=True)
class WordsAdded:
    """What became of words that were to be forbidden; `wrong` are as they were typed."""

    added: list[AuditEntry] = field(default_factory=list[AuditEntry])
    known: list[str] = field(default_factory=list[str])
    wrong: list[tuple[str, WordError]] = field(default_factory=list[tuple[str, WordError]])


class Server:
    """Decides for one server at a time; each change is recorded and can be undone."""

    def __init__(self, *, changes: Changes, database: Database, policies: Policies) -> None:
        self._changes = changes
        self._database = database
        self._policies = policies

    async def policy(self, guild_id: int) -> ServerPolicy:
        """Return what a server decided, as it is now."""
        async with self._database.read() as uow:
            return await self._policies.current(uow, guild_id)

    async def set(self, actor: Actor, key: str, value: object) -> AuditEntry | None:
        """Decide a setting; what is usual anyway is not kept. None when it was so already."""
        usual = getattr(ServerSettings(), key) == value
        decision = SettingDecision(key)
        return await self._changes.set(actor, decision, None if usual else value, action="setting")

    async def allow(
        self,
        actor: Actor,
        kind: AccessKind,
        subject: str,
        allowed: bool | None,
        *,
        role_id: int = 0,
    ) -> AuditEntry | None:
        """Allow or deny a channel, role or model, None to forget it; None when it was so."""
        decision = AccessDecision(kind, subject, role_id)
        value = None if allowed is None else "allow" if allowed else "deny"
        return await self._changes.set(actor, decision, value, action="access")

    @repeatable
    async def add_words(self, actor: Actor, typed: str) -> WordsAdded:
        """Forbid words that stand between commas: those that can be, in one transaction."""
        said = WordsAdded()
        async with self._database.write(of_server(actor.guild_id)) as uow:
            for text in filter(None, map(str.strip, _COMMAS.split(typed))):
                try:
                    word = normalised(text)
                    decision = WordDecision(word)
                    entry = await self._changes.set_in(uow, actor, decision, True, action="word")
                except WordError as error:
                    said.wrong.append((text, error))
                    continue
                if entry is None:
                    said.known.append(word)
                else:
                    said.added.append(entry)
            await uow.commit()
        self._changes.forget(actor.guild_id)
        return said

    async def remove_word(self, actor: Actor, typed: str) -> AuditEntry | None:
        """Let a word through again; None when it was not forbidden."""
        try:
            word = normalised(typed)
        except WordError:
            return None
        return await self._changes.set(actor, WordDecision(word), None, action="word")

    async def words(self, guild_id: int) -> list[str]:
        """Return the forbidden words, by the alphabet."""
        async with self._database.read() as uow:
            return await uow.access.words(guild_id)
