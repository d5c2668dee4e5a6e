"""Judges the pictures of a job when they are in the spool, before any post is planned.

A refused picture is left out, as one that the service withheld; a held one holds the whole job.
What concerns minors refuses all pictures of the job.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.job import JUDGED, NOT_JUDGED, Job, Picture, PictureState
from bot.domain.safety.verdicts import Check, Finding, Verdict, strictest
from bot.services.ports import Clock, Spool, UnitOfWork
from bot.services.safety.judging import Judging
from bot.services.safety.verdict_log import record
from bot.services.servers.policies import Policies
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

# How long a paid result waits for a judge that is away, before it counts as not judged.
PATIENCE_SECONDS = (1, 2, 4, 8, 15, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The pictures of a job after the judges.

    `held` is why the job is to be held, in `channel_id`. `said` is what the audit log tells.
    """

    pictures: Sequence[Picture]
    spoiler: bool = False
    held: Finding | None = None
    channel_id: int = 0
    minors: bool = False
    said: tuple[tuple[Finding, str], ...] = ()

    async def record(self, uow: UnitOfWork, job: Job, *, now: int) -> None:
        """Record the verdicts, inside the transaction that acts on them."""
        for finding, note in self.said:
            await record(
                uow,
                finding,
                Check.RESULTS,
                guild_id=job.guild_id,
                user_id=job.user_id,
                job_id=job.job_id,
                note=note,
                now=now,
            )


class ResultCheck:
    """Asks the judges about results. `held` wakes when one is held, or files have to go."""

    def __init__(
        self,
        *,
        judging: Judging,
        policies: Policies,
        spool: Spool,
        clock: Clock,
        keeps_files: bool = False,
    ) -> None:
        self.held = WakeEvent()
        # Whether the files of what concerns minors stay for the operator.
        self.keeps_files = keeps_files
        self._judging = judging
        self._policies = policies
        self._spool = spool
        self._clock = clock

    async def weighed(self, job: Job, pictures: Sequence[Picture]) -> Weighed:
        """Return a job's pictures as the judges leave them; without a judge as they are."""
        if not self._judging.asks(Check.RESULTS):
            return Weighed(pictures=pictures)
        fetched = [one for one in pictures if one.state is PictureState.FETCHED and one.path]
        paths = {one.position: await self._spool.get(one.path or "") for one in fetched}
        there = {position: path for position, path in paths.items() if path is not None}
        findings = await self._patiently(job.job_id, there)
        if any(one.minors for one in findings.values()):
            worst = strictest(findings.values())
            refused = [_refused(one, worst) for one in pictures]
            return Weighed(pictures=refused, minors=True, said=((worst, ""),))
        channel_id = await self._channel(job)
        note, by_verdict = "", dict[Verdict, list[Finding]]()
        for position, finding in findings.items():
            if finding.verdict is Verdict.HOLD and not channel_id:
                # Nobody could be asked.
                finding, note = replace(finding, verdict=Verdict.REFUSE), "no_channel"
                findings[position] = finding
            by_verdict.setdefault(finding.verdict, []).append(finding)
        folded = {verdict: strictest(found) for verdict, found in by_verdict.items()}
        kept = [_refused(one, findings.get(one.position, Finding())) for one in pictures]
        delivered = {p.position for p in kept if p.state is PictureState.FETCHED}
        left = [findings[position].verdict for position in delivered if position in findings]
        return Weighed(
            pictures=kept,
            spoiler=Verdict.SPOILER in left,
            held=folded.get(Verdict.HOLD),
            channel_id=channel_id,
            said=tuple(
                (finding, note if verdict is Verdict.REFUSE else "")
                for verdict, finding in sorted(folded.items())
            ),
        )

    def tell_of_minors(self, job: Job) -> None:
        """Tell the operator, without the picture; its files go, unless they are to stay."""
        self._judging.tell_of_minors(
            Check.RESULTS, job.job_id, guild_id=job.guild_id, user_id=job.user_id
        )
        self.held.wake()

    async def _channel(self, job: Job) -> int:
        """Return where staff of the job's server reviews; 0 where nobody does."""
        if not job.guild_id:
            return 0
        return (await self._policies.of(job.guild_id)).settings.review_channel

    async def _patiently(self, job_id: str, there: dict[int, Path]) -> dict[int, Finding]:
        """Judge pictures; those that a judge was away for again, for a while: they are paid."""
        found: dict[int, Finding] = {}
        for seconds in (*PATIENCE_SECONDS, None):
            asked = [one for one in there if one not in found or _unjudged(found[one])]
            paths = [there[one] for one in asked]
            answers = await self._judging.files(Check.RESULTS, job_id, paths)
            found.update(zip(asked, answers, strict=True))
            if seconds is None or not any(map(_unjudged, found.values())):
                break
            log.warning("job %s waits for a judge of its result", job_id)
            await asyncio.sleep(seconds)
        return found


def _unjudged(finding: Finding) -> bool:
    return finding.away and finding.verdict is Verdict.REFUSE


def _refused(picture: Picture, finding: Finding) -> Picture:
    """Return a picture that nothing names any more where it is refused."""
    if finding.verdict is not Verdict.REFUSE or picture.state is not PictureState.FETCHED:
        return picture
    return replace(
        picture,
        state=PictureState.REFUSED,
        error_code=NOT_JUDGED if finding.away else JUDGED,
        path=None,
        sha256=None,
        source_url=None,
    )
