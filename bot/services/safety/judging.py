"""Asks the judges about words and pictures, and folds what they say to one verdict.

Outside every transaction. Without a judge nothing is asked and nothing is read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.errors import ErrorClass, Failure, PictureError, ProviderError
from bot.domain.safety.verdicts import (
    Check,
    Finding,
    JudgeRules,
    Score,
    Verdict,
    judged,
    strictest,
)
from bot.services.operations.alerts import Alerts
from bot.services.ports import Clock, Judge, Measures, Pictures, Spool, forbid_transaction

log = logging.getLogger(__name__)

# Judges look at pictures smaller than this, and larger ones only take longer.
LONGEST_EDGE = 1024
# A judge that failed so often in a row is left alone for so long.
FAILURES, REST_SECONDS = 3, 30
# A classifier on the operator's own machine is not to be run over.
_AT_ONCE = 8

Asked = Callable[[Judge], Coroutine[Any, Any, Mapping[str, Score]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatedJudge:
    """A judge with what it is asked, and what its answers mean here."""

    judge: Judge
    checks: frozenset[Check]
    rules: JudgeRules


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWords:
    """What the operator is told: that a judge is away, and that something concerns minors."""

    away: Callable[[str, str], str]
    minors: Callable[[Check, str, int, int], str]


class Judging:
    """Every judge of this bot. `away_is_open`: what a judge that is away would judge passes."""

    def __init__(
        self,
        judges: Sequence[SeatedJudge] = (),
        *,
        away_is_open: bool = False,
        pictures: Pictures,
        spool: Spool,
        clock: Clock,
        measures: Measures,
        alerts: Alerts,
        words: AlertWords,
    ) -> None:
        self._judges = judges
        self._away = Finding(verdict=Verdict.POST if away_is_open else Verdict.REFUSE, away=True)
        self._pictures = pictures
        self._spool = spool
        self._clock = clock
        self._measures = measures
        self._alerts = alerts
        self._words = words
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, int] = {}
        self._room = {one.judge.name: asyncio.Semaphore(_AT_ONCE) for one in judges}
        self._asks = frozenset(check for one in judges for check in one.checks)

    def asks(self, check: Check) -> bool:
        """Tell whether any judge is asked about this."""
        return check in self._asks

    def away(self) -> list[str]:
        """Return the judges that are left alone for now, because they failed."""
        now = self._clock.now()
        return [name for name, until in self._rests_until.items() if until > now]

    async def text(self, text: str) -> Finding:
        """Judge a prompt."""
        return await self._asked(Check.PROMPTS, lambda judge: judge.words(text))

    async def files(self, check: Check, job_id: str, paths: Sequence[Path]) -> list[Finding]:
        """Judge pictures of a job, each for itself: their first frames, made smaller."""
        return await asyncio.gather(
            *(self._file(check, job_id, number, path) for number, path in enumerate(paths))
        )

    def tell_of_minors(self, check: Check, job_id: str, *, guild_id: int, user_id: int) -> None:
        """Tell the operator, without what it was about."""
        text = self._words.minors(check, job_id, guild_id, user_id)
        self._alerts.tell(f"minors.{job_id or user_id}", text)

    async def _file(self, check: Check, job_id: str, number: int, path: Path) -> Finding:
        relative = self._spool.judged(job_id, f"{check}-{number}")
        copy = self._spool.path(relative)
        try:
            await self._pictures.thumbnail(path, copy, longest_edge=LONGEST_EDGE)
            return await self._asked(check, lambda judge: judge.picture(copy))
        except PictureError as error:
            # What cannot be looked at was not judged.
            log.warning("a picture of job %s cannot be judged: %s", job_id, error)
            return self._away
        finally:
            copy.unlink(missing_ok=True)

    async def _asked(self, check: Check, ask: Asked) -> Finding:
        forbid_transaction("asking a judge")
        return strictest(
            await asyncio.gather(
                *(self._ask(one, ask) for one in self._judges if check in one.checks)
            )
        )

    async def _ask(self, seated: SeatedJudge, ask: Asked) -> Finding:
        name = seated.judge.name
        if self._rests_until.get(name, 0) > self._clock.now():
            return self._away
        async with self._room[name]:
            began = time.monotonic()
            try:
                scores = await ask(seated.judge)
                if lacking := seated.rules.needed - scores.keys():
                    code = f"no_{min(lacking)}"
                    raise ProviderError(Failure(error_class=ErrorClass.BAD_RESPONSE, code=code))
            except ProviderError as error:
                self._failed(name, error)
                self._measures.judged(name, time.monotonic() - began, "away")
                return self._away
        self._failures.pop(name, None)
        finding = judged(scores, seated.rules)
        self._measures.judged(name, time.monotonic() - began, finding.verdict.value)
        return finding

    def _failed(self, name: str, error: ProviderError) -> None:
        self._failures[name] = self._failures.get(name, 0) + 1
        log.warning("the judge %s did not answer: %s", name, error)
        if self._failures[name] >= FAILURES:
            self._rests_until[name] = self._clock.now() + REST_SECONDS
            failure = error.failure
            why = f"{failure.http_status or ''} {failure.code}".strip() or failure.error_class.value
            self._alerts.tell(f"judge.{name}", self._words.away(name, why))
