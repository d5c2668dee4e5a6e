"""Judges a request before anything is spent: its words and its reference pictures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.errors import AccessError, Denial
from bot.domain.job import Job
from bot.domain.safety.verdicts import Check, Finding, Verdict, strictest
from bot.services.ports import GUARDED, Clock, Database, Spool, StoredReference
from bot.services.safety.judging import Judging
from bot.services.safety.verdict_log import record

log = logging.getLogger(__name__)


class RequestCheck:
    """Asks the judges outside every transaction; a refused request leaves its entry only."""

    def __init__(self, *, judging: Judging, database: Database, spool: Spool, clock: Clock) -> None:
        self._judging = judging
        self._database = database
        self._spool = spool
        self._clock = clock

    @property
    def asks(self) -> bool:
        """Whether any judge looks at requests."""
        return any(self._judging.asks(check) for check in (Check.PROMPTS, Check.REFERENCES))

    async def passed(self, job: Job, references: Sequence[StoredReference]) -> Job:
        """Return the job, behind a spoiler where a verdict says so.

        Raises AccessError (JUDGED, UNJUDGED) for what is refused. Staff is not asked here, so
        that a hold is a refusal.
        """
        if self._judging.asks(Check.PROMPTS) and job.request.prompt:
            finding = await self._judging.text(job.request.styled_prompt)
            job = await self._weighed(job, Check.PROMPTS, finding)
        pictures = [one for one in references if one.role == "picture"]
        if pictures and self._judging.asks(Check.REFERENCES):
            paths = [await self._spool.get(one.path) for one in pictures]
            there = [path for path in paths if path is not None]
            findings = await self._judging.files(Check.REFERENCES, job.job_id, there)
            job = await self._weighed(job, Check.REFERENCES, strictest(findings))
        return job

    async def _weighed(self, job: Job, check: Check, finding: Finding) -> Job:
        finding = finding.before_spending
        if finding.verdict is Verdict.POST:
            return job
        async with self._database.write(GUARDED) as uow:
            await record(
                uow,
                finding,
                check,
                guild_id=job.guild_id,
                user_id=job.user_id,
                now=self._clock.now(),
            )
            await uow.commit()
        if finding.minors:
            self._judging.tell_of_minors(check, "", guild_id=job.guild_id, user_id=job.user_id)
        if finding.verdict is Verdict.REFUSE:
            if finding.away:
                raise AccessError(Denial.UNJUDGED)
            raise AccessError(Denial.JUDGED, check=check, categories=finding.categories)
        return replace(job, spoiler=True)
