"""Judges that say what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.safety.verdicts import CategoryRule, Check, JudgeRules, Score, Verdict
from bot.services.ports import forbid_transaction
from bot.services.safety.judging import SeatedJudge
from tests.services.house import GUILD, House

GORE, NUDITY, HATE, MINORS = "gore", "nudity", "hate", "minors"
RULES = JudgeRules(
    categories={
        NUDITY: CategoryRule(action=Verdict.SPOILER, threshold=0.5),
        GORE: CategoryRule(action=Verdict.HOLD, threshold=0.5),
        HATE: CategoryRule(action=Verdict.REFUSE, threshold=0.5),
    },
    minors=frozenset({MINORS}),
)


@dataclass
class PlayedJudge:
    """Finds `found` in everything, or in the pictures of `queue` one after the other.

    `away`: it fails so many times first, for ever below zero.
    """

    name: str = "played"
    found: str = ""
    queue: list[str] = field(default_factory=list[str])
    away: int = 0
    asked: list[str | Path] = field(default_factory=list[str | Path])

    async def words(self, text: str) -> Mapping[str, Score]:
        return self._scores(text, self.found)

    async def picture(self, path: Path) -> Mapping[str, Score]:
        assert await asyncio.to_thread(path.exists)
        return self._scores(path, self.queue.pop(0) if self.queue else self.found)

    def _scores(self, what: str | Path, found: str) -> Mapping[str, Score]:
        forbid_transaction("a judge")
        self.asked.append(what)
        if self.away:
            self.away -= 1
            raise ProviderError(Failure(error_class=ErrorClass.SERVER, http_status=503))
        names = (GORE, NUDITY, HATE, MINORS)
        return {name: Score(score=0.9 if name == found else 0.1) for name in names}


def seat(judge: PlayedJudge, *checks: Check, rules: JudgeRules = RULES) -> SeatedJudge:
    """Return a judge with what it is asked about: everything, unless that is said."""
    return SeatedJudge(judge=judge, checks=frozenset(checks or Check), rules=rules)


async def reviewing(house: House, channel_id: int = 77) -> None:
    """Name the channel where staff reviews."""
    async with house.database.write() as uow:
        await uow.settings.put(GUILD, "review_channel", channel_id)
        await uow.versions.bump(GUILD)
        await uow.commit()
    house.policies.forget(GUILD)
