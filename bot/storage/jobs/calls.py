"""A job's upstream calls and their pictures: T3 and T4 of docs/spec/states.md.

Every change of a call is fenced: it does nothing once another instance, or a later attempt of
this one, has taken the job over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, exists, insert, select, update

from bot.domain.errors import Failure
from bot.domain.job import Call, CallState, Job, JobState, Picture, PictureState
from bot.storage.columns import Big
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import fence, fenced, moved, of_job, rows_of
from bot.storage.rows import call_of, canonical_json, failure_values, picture_of, picture_values
from bot.storage.tables import calls, jobs, pictures

_CALLS = select(calls).where(calls.c.job_id == of_job).order_by(calls.c.seq, calls.c.try_number)
_PICTURES = select(pictures).where(pictures.c.job_id == of_job).order_by(pictures.c.position)
_this_try = and_(
    calls.c.job_id == bindparam("of_job"),
    calls.c.seq == bindparam("of_seq"),
    calls.c.try_number == bindparam("of_try"),
)
# The job must not move under its call; SQLite, which has one writer, leaves the lock out.
_of_running = select(jobs.c.job_id).where(fenced(JobState.RUNNING)).with_for_update(read=True)
_running = exists(_of_running)
_not_stopped = exists(_of_running.where(~jobs.c.cancel_requested))
_sent = calls.c.state == CallState.SENT.value
_planned = calls.c.state == CallState.PLANNED.value
_failure: dict[str, BindParameter[Any]] = {
    "finished_at": bindparam("now"),
    "http_status": bindparam("new_http_status"),
    "error_class": bindparam("new_error_class"),
    "error_code": bindparam("new_error_code"),
    "upstream_request_id": bindparam("new_request_id"),
}
_images: BindParameter[int] = bindparam("new_images", type_=Big)
_lost: BindParameter[int] = bindparam("new_lost", type_=Big)
_end = update(calls).values(
    state=bindparam("new_state"),
    images_made=_images,
    usage=bindparam("new_usage"),
    certainty=bindparam("new_certainty"),
    charged_micro=bindparam("new_charged"),
    # The outcome of a lost call is unknown: everything that it asked for may have been paid.
    spend_micro=bindparam("new_price", type_=Big) * (_images + _lost * calls.c.images_asked),
    **_failure,
)
_SEND = (
    update(calls)
    .where(_this_try, _planned, _not_stopped)
    .values(state=CallState.SENT.value, sent_at=bindparam("now"))
)
_FAIL_TRY = (
    update(calls)
    .where(_this_try, _sent, _not_stopped)
    .values(state=CallState.FAILED.value, **_failure)
    .returning(calls.c.images_asked, calls.c.provider)
)
_PLAN = insert(calls)
_END_SENT = _end.where(_this_try, _sent, _running)
_END_ANY = _end.where(_this_try, _sent | _planned, _running)
_ADD_PICTURES = insert(pictures)
_PICTURE_KEY = ("job_id", "position", "call_seq")
_UPDATE_PICTURE = (
    update(pictures)
    .where(
        pictures.c.job_id == bindparam("of_job"),
        pictures.c.position == bindparam("of_position"),
        # A late instance may fail to fetch what another one has fetched.
        pictures.c.state != PictureState.FETCHED.value,
    )
    .values(
        {
            column: bindparam(f"new_{column.name}")
            for column in pictures.c
            if column.name not in _PICTURE_KEY
        }
    )
)
_POSTED_AS = (
    update(pictures)
    .where(
        pictures.c.job_id == bindparam("of_job"),
        pictures.c.position == bindparam("of_position"),
    )
    .values(
        posted_sha256=bindparam("new_sha256"),
        pixel_hash=bindparam("new_pixel_hash"),
        marks=bindparam("new_marks"),
    )
)
_FORGET_URLS = (
    update(pictures)
    .where(
        pictures.c.job_id.in_(bindparam("of_jobs", expanding=True)),
        pictures.c.source_url.is_not(None),
    )
    .values(source_url=None)
)


class SqlCalls:
    """Calls and pictures (port Calls)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_job(self, job_id: str) -> list[Call]:
        """Return every try of every call, in order."""
        return [call_of(row) for row in await rows_of(self._connection, _CALLS, of_job=job_id)]

    async def pictures(self, job_id: str) -> list[Picture]:
        """Return a job's pictures by position."""
        return [
            picture_of(row) for row in await rows_of(self._connection, _PICTURES, of_job=job_id)
        ]

    async def mark_sent(self, job: Job, seq: int, try_number: int, *, now: int) -> bool:
        """T3, the write-ahead mark: planned to sent, unless the job was stopped."""
        return await moved(self._connection, _SEND, **_try(job, seq, try_number), now=now)

    async def retry_call(
        self, job: Job, seq: int, try_number: int, failure: Failure, *, now: int
    ) -> bool:
        """T3b: the sent try failed unpaid; plan the next one, unless the job was stopped."""
        values = {**_try(job, seq, try_number), **failure_values(failure), "now": now}
        row = (await self._connection.execute(_FAIL_TRY, values)).one_or_none()
        if row is None:
            return False
        await self._connection.execute(
            _PLAN,
            {
                "job_id": job.job_id,
                "seq": seq,
                "try_number": try_number + 1,
                "state": CallState.PLANNED.value,
                "images_asked": row.images_asked,
                "provider": row.provider,
            },
        )
        return True

    async def end_call(
        self,
        job: Job,
        seq: int,
        try_number: int,
        state: CallState,
        *,
        now: int,
        images_made: int = 0,
        failure: Failure | None = None,
        usage: Mapping[str, object] | None = None,
        charged_micro: int | None = None,
        pictures: Sequence[Picture] = (),
    ) -> bool:
        """T4: a call to its end, with the pictures that its reply named and what they cost.

        Only what was sent can be answered or unknown; a planned call may end otherwise.
        """
        was_sent = state in (CallState.ANSWERED, CallState.UNKNOWN)
        known = images_made or charged_micro is not None
        certainty = "unknown" if state is CallState.UNKNOWN else "known" if known else "none"
        ended = await moved(
            self._connection,
            _END_SENT if was_sent else _END_ANY,
            **_try(job, seq, try_number),
            **failure_values(failure),
            now=now,
            new_state=state.value,
            new_images=images_made,
            new_usage=None if usage is None else canonical_json(usage),
            new_certainty=certainty,
            new_charged=charged_micro,
            new_price=job.request.price_micro or None,
            new_lost=int(state is CallState.UNKNOWN),
        )
        if ended and pictures:
            rows = [picture_values(picture) for picture in pictures]
            await self._connection.execute(_ADD_PICTURES, rows)
        return ended

    async def update_picture(self, picture: Picture) -> None:
        """Record that a picture was fetched, or why it was not; what is fetched stays fetched."""
        values = {
            f"new_{name}": value
            for name, value in picture_values(picture).items()
            if name not in _PICTURE_KEY
        }
        await moved(
            self._connection,
            _UPDATE_PICTURE,
            of_job=picture.job_id,
            of_position=picture.position,
            **values,
        )

    async def posted_as(self, picture: Picture) -> None:
        """T7: record that another file was posted than the one that was fetched."""
        await moved(
            self._connection,
            _POSTED_AS,
            of_job=picture.job_id,
            of_position=picture.position,
            new_sha256=picture.posted_sha256,
            new_pixel_hash=picture.pixel_hash,
            new_marks=picture.marks,
        )

    async def forget_urls(self, job_ids: Sequence[str]) -> None:
        """Forget where the pictures of jobs came from."""
        await moved(self._connection, _FORGET_URLS, of_jobs=list(job_ids))


def _try(job: Job, seq: int, try_number: int) -> dict[str, Any]:
    return {**fence(job), "of_seq": seq, "of_try": try_number}
