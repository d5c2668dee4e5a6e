"""Makes submissions of earlier requests: with another seed, as they were, or in other words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.errors import AccessError, Denial
from bot.domain.job import PUBLIC, Job
from bot.domain.requests.offer_check import as_draft
from bot.domain.requests.request import OPTION_FIELDS, Draft
from bot.services.ports import Clock, Database, ReferenceSource, Spool, StoredReference
from bot.services.requests.results import Results
from bot.services.requests.submission import Submission
from bot.services.servers.access import Requester

_SEEDS = 2**31
# An address is used while it lives at least this long.
_SPARE_SECONDS = 300


class Repeats:
    """Builds submissions from stored jobs; they pass the same gate, check and quota as new ones.

    `blank` says who asks, and how to answer. Each raises AccessError where the prompt, or a picture
    that the request started from, was deleted or is not kept, and while nobody is told the model.
    """

    def __init__(self, *, results: Results, database: Database, spool: Spool, clock: Clock) -> None:
        self._results = results
        self._database = database
        self._spool = spool
        self._clock = clock

    async def again(self, job: Job, blank: Submission) -> Submission:
        """Return a job's request once more, with another seed if it named one."""
        draft = _draft(job)
        if draft.seed is not None and draft.seed >= 0:
            draft = replace(draft, seed=secrets.randbelow(_SEEDS))
        return await self.varied(job, replace(blank, draft=draft, again_of=job.job_id))

    async def varied(self, job: Job, submission: Submission) -> Submission:
        """Return a repetition of a result that has its draft, with the result's pictures."""
        if any(one.removed for one in await self._results.of_job(job.job_id)):
            raise AccessError(Denial.PICTURE_GONE)
        return await self._filled(job, submission)

    async def retry(self, job: Job, blank: Submission) -> Submission:
        """Return the request of a job without pictures as it was; twice gives the first ticket."""
        return await self._filled(job, replace(blank, draft=_draft(job), retry_of=job.job_id))

    async def to_rephrase(
        self, job: Job, blank: Submission, pictures: Sequence[ReferenceSource] = ()
    ) -> Submission:
        """Return a refused job's request, with other pictures in place of its own if there are."""
        submission = replace(blank, draft=_draft(job))
        if not pictures:
            return await self._filled(job, submission)
        # A mask belongs to the picture that was replaced, and so does the parent.
        return replace(submission, sources=tuple(pictures), **_place(job))

    async def _filled(self, job: Job, submission: Submission) -> Submission:
        if job.model_hidden:
            raise AccessError(Denial.MODEL_HIDDEN)
        if not job.request.prompt:
            raise AccessError(Denial.PROMPT_DELETED)
        async with self._database.read() as uow:
            stored = await uow.job_queries.references(job.job_id)
        variation = job.request.variation
        if variation and variation.wider:
            # It is drawn anew, with the canvas.
            stored = [one for one in stored if one.role != "mask"]
        sources = {(one.role, one.position): await self._source(one, job) for one in stored}
        parent = (job.parent_job_id, job.parent_index or 1) if job.parent_job_id else None
        return replace(
            submission,
            sources=tuple(source for (role, _), source in sources.items() if role != "mask"),
            mask=sources.get(("mask", 0)),
            parent=parent,
            **_place(job),
        )

    async def _source(self, stored: StoredReference, job: Job) -> ReferenceSource:
        """Find a reference: as the picture of a result that it was, else as it was kept."""
        if stored.result is not None:
            job_id, number = stored.result
            shown = [one for one in await self._results.of_job(job_id) if one.number == number]
            if not shown:
                raise AccessError(Denial.PICTURE_GONE)
            return await self._results.source(shown[0])
        path = await self._spool.get(stored.path)
        if path is None:
            raise AccessError(Denial.PICTURES_NOT_KEPT)
        ends = stored.url_expires_at
        lives = ends is None or ends > self._clock.now() + _SPARE_SECONDS
        url = stored.url if lives and not stored.converted else None
        return ReferenceSource(
            url=url,
            path=path,
            name=path.name,
            owner_id=stored.owner_id or job.user_id,
            whose=stored.whose,
        )


def blank(
    requester: Requester, origin: str, token: str | None, expires_at: int | None
) -> Submission:
    """Return a submission that says only who asks, for `again` and `retry` to fill in."""
    return Submission(
        draft=Draft(prompt=""),
        requester=requester,
        origin=origin,
        ticket_token=token,
        ticket_expires_at=expires_at,
    )


def _place(job: Job) -> dict[str, bool]:
    """Return how the result of a job was to be shown."""
    return {"spoiler": job.spoiler, "private": job.destination not in PUBLIC}


def _draft(job: Job) -> Draft:
    request = job.request
    chosen = request.chosen_options.items()
    return as_draft(request, {name: value for name, value in chosen if name in OPTION_FIELDS})
