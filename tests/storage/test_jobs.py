"""Each transition of a job does what it should once, for its claimant, in its state only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import ErrorClass, Failure
from bot.domain.job import (
    CallState,
    Job,
    JobState,
    Picture,
    PictureState,
    Post,
    Reason,
)
from bot.services.ports import StoredReference
from bot.storage.engine.database import SqlDatabase, SqlUnit

NOW = 2_000
LEASE = 2_060
SOURCE = "https://cdn.example/p.png"
RATE = Failure(error_class=ErrorClass.RATE, code="rate", http_status=429, request_id="r-1")

Write = Callable[[Callable[[SqlUnit], Awaitable[Any]]], Awaitable[Any]]


@pytest.fixture
def write(database: SqlDatabase) -> Write:
    """Return a function that runs one act in a transaction of its own and commits."""

    async def run(act: Callable[[SqlUnit], Awaitable[Any]]) -> Any:
        async with database.write() as unit:
            answer = await act(unit)
            await unit.commit()
        return answer

    return run


async def stored(database: SqlDatabase, job: Job) -> Job:
    async with database.read() as unit:
        found = await unit.job_queries.get(job.job_id)
    assert found is not None
    return found


async def calls(database: SqlDatabase, job: Job) -> list[tuple[int, int, str]]:
    async with database.read() as unit:
        return [(c.seq, c.try_number, c.state) for c in await unit.calls.of_job(job.job_id)]


async def running(write: Write, job: Job) -> Job:
    await write(lambda uow: uow.jobs.add(job, []))
    return await write(
        lambda uow: uow.claims.claim(job.request.provider, me="me", now=NOW, lease_until=LEASE)
    )


async def answered(write: Write, job: Job) -> Job:
    """Run a job to where its one call is answered and its one picture fetched."""
    job = await running(write, job)
    picture = Picture(
        job_id=job.job_id,
        position=0,
        call_seq=0,
        state=PictureState.KNOWN,
        source_url=SOURCE,
    )
    fetched = replace(
        picture,
        state=PictureState.FETCHED,
        path=f"{job.job_id}/picture-0",
        sha256="0" * 64,
        mime="image/png",
        width=8,
        height=8,
        bytes=99,
    )

    async def act(uow: SqlUnit) -> None:
        assert await uow.calls.mark_sent(job, 0, 1, now=NOW)
        assert await uow.calls.end_call(
            job,
            0,
            1,
            CallState.ANSWERED,
            now=NOW,
            images_made=1,
            usage={"tokens": 5},
            pictures=[picture],
        )
        await uow.calls.update_picture(fetched)

    await write(act)
    return job


def post(job: Job, part: int = 0) -> Post:
    return Post(
        job_id=job.job_id, part=part, channel_id=10, nonce=f"{job.job_id}-{part}", positions=(0,)
    )


async def delivering(write: Write, job: Job) -> Job:
    job = await answered(write, job)
    assert await write(lambda uow: uow.jobs.deliver(job, [post(job)]))
    return job


def strangers(job: Job) -> list[Job]:
    """Return the job as others hold it who have lost it, or never had it."""
    return [
        replace(job, claimed_by="other"),
        replace(job, attempt=job.attempt + 1),
        replace(job, attempt=job.attempt - 1),
        replace(job, claimed_by=None),
    ]


# --- T1 -------------------------------------------------------------------------------------


async def test_a_job_comes_back_as_it_was_put_in(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    parent = make_job()
    job = make_job(
        count=3,
        spoiler=True,
        ticket_token="t" * 200,
        ticket_expires_at=1_900,
        parent_job_id=parent.job_id,
        parent_index=2,
        guild_id=2**63 - 1,
    )
    for each in (parent, job):
        assert await write(lambda uow, each=each: uow.jobs.add(each, []))
    assert await stored(database, job) == job
    async with database.read() as unit:
        assert await unit.job_queries.of_origin(job.origin) == job
        assert await unit.job_queries.get("UNKNOWN") is None


async def test_the_request_is_stored_in_one_spelling(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = make_job()
    turned = replace(job.request, prompt="žluťoučký 🦊", options={"seed": 7, "watermark": False})
    job = replace(job, request=turned)
    await write(lambda uow: uow.jobs.add(job, []))
    async with database.read() as unit:
        text_ = (await unit.connection.execute(text("SELECT request FROM jobs"))).scalar_one()
    assert text_.startswith('{"count":1,"mask":false,"model":"doubao-seedream-4-5-251128",')
    assert '"options":{"seed":7,"watermark":false}' in text_
    assert (await stored(database, job)).request == job.request


async def test_a_second_job_of_one_origin_is_refused(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    first, second = make_job(origin="i:same"), make_job(origin="i:same")
    assert await write(lambda uow: uow.jobs.add(first, []))
    assert not await write(lambda uow: uow.jobs.add(second, []))
    async with database.read() as unit:
        assert await unit.job_queries.of_origin("i:same") == first


async def test_of_many_deliveries_of_one_event_one_makes_a_job(write: Write, make_job: Any) -> None:
    made = await asyncio.gather(
        *(write(lambda uow: uow.jobs.add(make_job(origin="i:same"), [])) for _ in range(20))
    )
    assert sum(made) == 1


async def test_references_come_back_in_order_with_the_mask_last(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = make_job()

    def reference(role: str, position: int, **more: Any) -> StoredReference:
        return StoredReference(
            role=role,
            position=position,
            path=f"{job.job_id}/{role}-{position}",
            mime="image/png",
            width=4,
            height=5,
            bytes=6,
            sha256="0" * 64,
            **more,
        )

    mask = reference("mask", 0)
    first = reference("picture", 0, url="https://x.example/a", url_expires_at=9, converted=True)
    second = reference("picture", 1)
    await write(lambda uow: uow.jobs.add(job, [mask, second, first]))
    async with database.read() as unit:
        assert await unit.job_queries.references(job.job_id) == [first, second, mask]


# --- T2 and T11a ----------------------------------------------------------------------------


async def test_a_claim_starts_the_job_and_plans_its_calls(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = make_job(count=3)
    claimed = await running(write, job)
    assert claimed == replace(
        job, state=JobState.RUNNING, claimed_by="me", attempt=1, started_at=NOW
    )
    assert await stored(database, job) == claimed
    assert await calls(database, job) == [
        (0, 1, "planned"),
        (1, 1, "planned"),
        (2, 1, "planned"),
    ]


async def test_a_claim_finds_nothing_of_another_provider(write: Write, make_job: Any) -> None:
    await write(lambda uow: uow.jobs.add(make_job(provider="seededit"), []))
    assert (
        await write(lambda uow: uow.claims.claim("seedream", me="me", now=NOW, lease_until=LEASE))
        is None
    )


async def test_an_expired_job_is_not_claimed(write: Write, make_job: Any) -> None:
    await write(lambda uow: uow.jobs.add(make_job(expires_at=NOW), []))
    assert (
        await write(lambda uow: uow.claims.claim("routescope", me="me", now=NOW, lease_until=LEASE))
        is None
    )


async def test_each_job_is_claimed_once_however_many_ask(write: Write, make_job: Any) -> None:
    for _ in range(10):
        await write(lambda uow: uow.jobs.add(make_job(), []))
    claims = await asyncio.gather(
        *(
            write(lambda uow: uow.claims.claim("routescope", me="me", now=NOW, lease_until=LEASE))
            for _ in range(30)
        )
    )
    ids = [job.job_id for job in claims if job]
    assert len(ids) == len(set(ids)) == 10


async def test_a_requeued_job_keeps_its_place_and_its_calls(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job, later = await running(write, make_job(count=2)), make_job()
    await write(lambda uow: uow.jobs.add(later, []))
    assert await write(lambda uow: uow.claims.requeue(job))
    assert not await write(lambda uow: uow.claims.requeue(job))
    waiting = await stored(database, job)
    assert (waiting.state, waiting.claimed_by, waiting.started_at) == ("queued", None, None)
    again = await write(
        lambda uow: uow.claims.claim("routescope", me="you", now=NOW, lease_until=LEASE)
    )
    assert (again.job_id, again.attempt) == (job.job_id, 2)
    assert await calls(database, job) == [(0, 1, "planned"), (1, 1, "planned")]


async def test_a_requeued_job_waits_until_its_time(write: Write, make_job: Any) -> None:
    job = await running(write, make_job())
    assert await write(lambda uow: uow.claims.requeue(job, not_before=NOW + 30))

    def claim(now: int) -> Awaitable[Any]:
        return write(
            lambda uow: uow.claims.claim("routescope", me="me", now=now, lease_until=LEASE)
        )

    assert await claim(NOW + 29) is None
    assert (await claim(NOW + 30)).job_id == job.job_id


async def test_a_rate_limited_call_goes_back_with_its_next_try(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job())
    await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))
    await write(lambda uow: uow.calls.retry_call(job, 0, 1, RATE, now=NOW))
    assert await write(lambda uow: uow.claims.requeue(job))
    await write(lambda uow: uow.claims.claim("routescope", me="me", now=NOW, lease_until=LEASE))
    assert await calls(database, job) == [(0, 1, "failed"), (0, 2, "planned")]


@pytest.mark.parametrize("state", [None, CallState.ANSWERED, CallState.UNKNOWN, CallState.FAILED])
async def test_a_job_with_a_call_that_was_sent_is_not_requeued(
    write: Write, make_job: Any, state: CallState | None
) -> None:
    job = await running(write, make_job(count=2))
    await write(lambda uow: uow.calls.mark_sent(job, 1, 1, now=NOW))
    if state:
        await write(lambda uow: uow.calls.end_call(job, 1, 1, state, now=NOW))
    assert not await write(lambda uow: uow.claims.requeue(job))


async def test_a_stopped_job_is_not_requeued(write: Write, make_job: Any) -> None:
    job = await running(write, make_job())
    await write(lambda uow: uow.jobs.request_stop(job.job_id))
    assert not await write(lambda uow: uow.claims.requeue(job))


# --- T3 and T4 ------------------------------------------------------------------------------


async def test_a_call_is_marked_sent_once(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job())
    assert await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))
    assert not await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))
    assert not await write(lambda uow: uow.calls.mark_sent(job, 1, 1, now=NOW))
    assert await calls(database, job) == [(0, 1, "sent")]


async def test_a_retry_ends_one_try_and_plans_the_next(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job())
    assert not await write(lambda uow: uow.calls.retry_call(job, 0, 1, RATE, now=NOW))
    await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))
    assert await write(lambda uow: uow.calls.retry_call(job, 0, 1, RATE, now=NOW))
    assert not await write(lambda uow: uow.calls.retry_call(job, 0, 1, RATE, now=NOW))
    assert await calls(database, job) == [(0, 1, "failed"), (0, 2, "planned")]
    async with database.read() as unit:
        first, second = await unit.calls.of_job(job.job_id)
        row = (
            await unit.connection.execute(text("SELECT * FROM calls WHERE try_number = 1"))
        ).one()
    assert (first.error_class, first.error_code) == (ErrorClass.RATE, "rate")
    assert (row.http_status, row.upstream_request_id, row.certainty) == (429, "r-1", "none")
    assert second.images_asked == 1


async def test_a_call_ends_once_with_its_pictures(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await answered(write, make_job())
    again = write(lambda uow: uow.calls.end_call(job, 0, 1, CallState.UNKNOWN, now=NOW))
    assert not await again
    async with database.read() as unit:
        (call,) = await unit.calls.of_job(job.job_id)
        (picture,) = await unit.calls.pictures(job.job_id)
        row = (await unit.connection.execute(text("SELECT * FROM calls"))).one()
    assert (call.state, call.images_made) == (CallState.ANSWERED, 1)
    assert (row.usage, row.certainty, row.sent_at) == ('{"tokens":5}', "known", NOW)
    assert (picture.state, picture.bytes) == (PictureState.FETCHED, 99)


@pytest.mark.parametrize("state", [CallState.ANSWERED, CallState.UNKNOWN])
async def test_a_call_that_was_not_sent_has_no_answer(
    write: Write, make_job: Any, state: CallState
) -> None:
    job = await running(write, make_job())
    assert not await write(lambda uow: uow.calls.end_call(job, 0, 1, state, now=NOW))
    assert await write(lambda uow: uow.calls.end_call(job, 0, 1, CallState.SKIPPED, now=NOW))


async def test_an_unknown_call_is_booked_as_unknown(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job())
    await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))
    await write(lambda uow: uow.calls.end_call(job, 0, 1, CallState.UNKNOWN, now=NOW))
    async with database.read() as unit:
        found = (await unit.connection.execute(text("SELECT certainty FROM calls"))).scalar_one()
    assert found == "unknown"


async def test_words_of_a_service_that_no_database_takes_are_cleaned(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job())
    failure = Failure(error_class=ErrorClass.SERVER, code="a\0b\ud800", request_id="\udfff")
    usage = {"text": "\ud800"}
    assert await write(
        lambda uow: uow.calls.end_call(
            job, 0, 1, CallState.FAILED, now=NOW, failure=failure, usage=usage
        )
    )
    async with database.read() as unit:
        (call,) = await unit.calls.of_job(job.job_id)
    assert call.error_code == "ab?"


async def test_what_was_fetched_stays_fetched(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await answered(write, make_job())
    async with database.read() as unit:
        (fetched,) = await unit.calls.pictures(job.job_id)
    late = replace(fetched, state=PictureState.FAILED, path=None, error_code="timeout")
    await write(lambda uow: uow.calls.update_picture(late))
    async with database.read() as unit:
        assert await unit.calls.pictures(job.job_id) == [fetched]


async def test_a_stop_skips_what_is_planned_and_lets_what_is_sent_end(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job(count=2))
    await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))
    assert await write(lambda uow: uow.jobs.request_stop(job.job_id))
    assert await calls(database, job) == [(0, 1, "sent"), (1, 1, "skipped")]
    assert (await stored(database, job)).cancel_requested
    assert not await write(lambda uow: uow.calls.retry_call(job, 0, 1, RATE, now=NOW))
    assert await write(lambda uow: uow.calls.end_call(job, 0, 1, CallState.FAILED, now=NOW))


async def test_a_stop_between_claim_and_send_wins(write: Write, make_job: Any) -> None:
    job = await running(write, make_job())
    await write(lambda uow: uow.jobs.request_stop(job.job_id))
    assert not await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))


async def test_the_wish_to_stop_alone_keeps_a_planned_call_back(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job())
    async with database.write() as unit:
        # As if the call had been planned after the stop had skipped the others.
        await unit.connection.execute(text("UPDATE jobs SET cancel_requested = true"))
        assert not await unit.calls.mark_sent(job, 0, 1, now=NOW)
        assert not await unit.claims.requeue(job)


async def test_only_a_running_job_can_be_stopped(write: Write, make_job: Any) -> None:
    job = make_job()
    await write(lambda uow: uow.jobs.add(job, []))
    assert not await write(lambda uow: uow.jobs.request_stop(job.job_id))


# --- T5 to T8 -------------------------------------------------------------------------------


async def test_a_result_is_posted_and_found_by_its_message(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await delivering(write, make_job(ticket_token="token", ticket_expires_at=9))
    assert await write(lambda uow: uow.posts.mark_post_try(job.job_id, 0, now=NOW)) is None
    assert await write(lambda uow: uow.posts.mark_post_try(job.job_id, 0, now=NOW + 5)) == NOW
    assert not await write(lambda uow: uow.jobs.finish(job, now=NOW)), "nothing is posted yet"
    await write(lambda uow: uow.posts.posted(job.job_id, 0, 777, now=NOW))
    await write(lambda uow: uow.posts.posted(job.job_id, 0, 778, now=NOW))
    assert await write(lambda uow: uow.jobs.finish(job, now=NOW + 9))
    assert not await write(lambda uow: uow.jobs.finish(job, now=NOW + 9))
    async with database.read() as unit:
        done = await unit.job_queries.of_message(777)
        assert done is not None
        assert await unit.job_queries.of_message(778) is None
        assert await unit.posts.of_job(job.job_id) == [
            replace(post(job), first_try_at=NOW, message_id=777)
        ]
    assert (done.state, done.finished_at) == ("done", NOW + 9)
    assert done.ticket_token == "token", "its ticket is still to say so"
    async with database.read() as unit:
        assert [untold.job_id for untold in await unit.queue.untold()] == [job.job_id]
    assert await write(lambda uow: uow.jobs.told(job.job_id, now=NOW + 10))
    async with database.read() as unit:
        assert await unit.queue.untold() == []


async def test_done_forgets_the_addresses_of_the_pictures(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await delivering(write, make_job())
    await write(lambda uow: uow.posts.posted(job.job_id, 0, 777, now=NOW))
    async with database.read() as unit:
        assert [p.source_url for p in await unit.calls.pictures(job.job_id)] == [SOURCE]
    await write(lambda uow: uow.jobs.finish(job, now=NOW))
    async with database.read() as unit:
        assert [p.source_url for p in await unit.calls.pictures(job.job_id)] == [None]


async def test_a_job_is_not_delivered_before_its_calls_have_ended(
    write: Write, make_job: Any
) -> None:
    job = await answered(write, make_job(count=2))
    assert not await write(lambda uow: uow.jobs.deliver(job, [post(job)]))


async def test_a_job_without_a_picture_is_not_delivered(write: Write, make_job: Any) -> None:
    job = await running(write, make_job())
    await write(lambda uow: uow.calls.end_call(job, 0, 1, CallState.FAILED, now=NOW))
    assert not await write(lambda uow: uow.jobs.deliver(job, [post(job)]))


async def test_a_job_is_delivered_once(write: Write, make_job: Any) -> None:
    job = await delivering(write, make_job())
    assert not await write(lambda uow: uow.jobs.deliver(job, [post(job)]))


@pytest.mark.parametrize("reach", [running, delivering])
async def test_a_job_fails_once_and_is_told_once(
    database: SqlDatabase, write: Write, make_job: Any, reach: Any
) -> None:
    job = await reach(write, make_job(ticket_token="token", ticket_expires_at=9))
    assert await write(lambda uow: uow.jobs.fail(job, Reason.WITHHELD, now=NOW))
    assert not await write(lambda uow: uow.jobs.fail(job, Reason.INTERNAL, now=NOW))
    failed = await stored(database, job)
    assert (failed.state, failed.reason, failed.finished_at) == ("failed", "withheld", NOW)
    assert failed.ticket_token == "token", "the ticket is where it will be told"
    async with database.read() as unit:
        assert await unit.queue.untold() == [failed]
    assert await write(lambda uow: uow.jobs.told(job.job_id, now=NOW + 1))
    assert not await write(lambda uow: uow.jobs.told(job.job_id, now=NOW + 2))
    told = await stored(database, job)
    assert (told.told_at, told.ticket_token) == (NOW + 1, None)
    async with database.read() as unit:
        assert await unit.queue.untold() == []


async def test_nothing_moves_a_job_for_those_who_have_lost_it(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = await running(write, make_job())
    for stranger in strangers(job):
        acts: list[Callable[[SqlUnit], Awaitable[bool]]] = [
            lambda uow, s=stranger: uow.calls.mark_sent(s, 0, 1, now=NOW),
            lambda uow, s=stranger: uow.calls.end_call(s, 0, 1, CallState.SKIPPED, now=NOW),
            lambda uow, s=stranger: uow.claims.requeue(s),
            lambda uow, s=stranger: uow.jobs.fail(s, Reason.INTERNAL, now=NOW),
        ]
        for act in acts:
            assert not await write(act)
    await write(lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW))
    for stranger in strangers(job):
        assert not await write(lambda uow, s=stranger: uow.calls.retry_call(s, 0, 1, RATE, now=NOW))
    assert await stored(database, job) == job
    assert await calls(database, job) == [(0, 1, "sent")]

    job = await answered(write, make_job())
    for stranger in strangers(job):
        assert not await write(lambda uow, s=stranger: uow.jobs.deliver(s, [post(s)]))
    await write(lambda uow: uow.jobs.deliver(job, [post(job)]))
    await write(lambda uow: uow.posts.posted(job.job_id, 0, 777, now=NOW))
    for stranger in strangers(job):
        assert not await write(lambda uow, s=stranger: uow.jobs.finish(s, now=NOW))
    assert (await stored(database, job)).state is JobState.DELIVERING


async def test_nothing_moves_a_job_in_the_wrong_state(write: Write, make_job: Any) -> None:
    job = await delivering(write, make_job(count=1))
    acts: list[Callable[[SqlUnit], Awaitable[object]]] = [
        lambda uow: uow.calls.mark_sent(job, 0, 1, now=NOW),
        lambda uow: uow.calls.retry_call(job, 0, 1, RATE, now=NOW),
        lambda uow: uow.calls.end_call(job, 0, 1, CallState.FAILED, now=NOW),
        lambda uow: uow.claims.requeue(job),
        lambda uow: uow.jobs.request_stop(job.job_id),
        lambda uow: uow.jobs.cancel(job.job_id, Reason.BY_MEMBER, now=NOW),
        lambda uow: uow.jobs.told(job.job_id, now=NOW),
    ]
    for act in acts:
        assert not await write(act)


async def test_a_state_that_does_not_exist_cannot_be_stored(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    await write(lambda uow: uow.jobs.add(make_job(), []))

    async def spoil(unit: SqlUnit) -> None:
        await unit.connection.execute(text("UPDATE jobs SET state = 'lost'"))

    async with database.write() as unit:
        with pytest.raises(IntegrityError):
            await spoil(unit)


# --- T9 and T10 -----------------------------------------------------------------------------


async def test_a_queued_job_is_cancelled_once(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    job = make_job()
    await write(lambda uow: uow.jobs.add(job, []))
    cancelled = await write(lambda uow: uow.jobs.cancel(job.job_id, Reason.BY_MEMBER, now=NOW))
    assert cancelled == replace(
        job, state=JobState.CANCELLED, reason=Reason.BY_MEMBER, finished_at=NOW
    )
    assert await write(lambda uow: uow.jobs.cancel(job.job_id, Reason.EXPIRED, now=NOW)) is None
    assert await stored(database, job) == cancelled


async def test_of_a_cancel_and_a_claim_at_once_exactly_one_wins(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    for turn in range(20):
        job = make_job()
        await write(lambda uow, job=job: uow.jobs.add(job, []))
        race = [
            write(lambda uow: uow.claims.claim("routescope", me="me", now=NOW, lease_until=LEASE)),
            write(lambda uow, job=job: uow.jobs.cancel(job.job_id, Reason.BY_MEMBER, now=NOW)),
        ]
        if turn % 2:
            race.reverse()
        winners = [answer for answer in await asyncio.gather(*race) if answer]
        assert len(winners) == 1
        assert await stored(database, job) == winners[0]


async def test_only_queued_jobs_expire(database: SqlDatabase, write: Write, make_job: Any) -> None:
    await running(write, make_job(expires_at=NOW + 1))
    late, early = make_job(expires_at=NOW + 1), make_job(expires_at=NOW + 2)
    for job in (late, early):
        await write(lambda uow, job=job: uow.jobs.add(job, []))
    async with database.read() as unit:
        assert await unit.queue.expired(now=NOW) == []
        assert [job.job_id for job in await unit.queue.expired(now=NOW + 1)] == [late.job_id]


# --- questions ------------------------------------------------------------------------------


async def test_the_place_in_the_queue_counts_older_jobs_of_the_same_provider(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    await running(write, make_job(created_at=1))
    older, same, mine = make_job(created_at=999), make_job(), make_job()
    other, later = make_job(provider="seedream"), make_job()
    for job in (older, same, mine, other, later):
        await write(lambda uow, job=job: uow.jobs.add(job, []))
    async with database.read() as unit:
        assert await unit.queue.queued_ahead(mine) == 2
        waiting = [job.job_id for job in await unit.queue.queued_and_running("routescope")]
    assert waiting[1:] == [job.job_id for job in (older, same, mine, later)]


async def test_a_members_newest_jobs_come_first(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    mine = [make_job() for _ in range(4)]
    for job in (*mine, make_job(user_id=101), make_job(guild_id=2)):
        await write(lambda uow, job=job: uow.jobs.add(job, []))
    async with database.read() as unit:
        assert await unit.job_queries.recent(100, guild_id=1, limit=3) == [
            mine[3],
            mine[2],
            mine[1],
        ]


async def test_the_ends_of_jobs_are_told_for_the_spool(
    database: SqlDatabase, write: Write, make_job: Any
) -> None:
    ended, waiting = make_job(), make_job()
    for job in (ended, waiting):
        await write(lambda uow, job=job: uow.jobs.add(job, []))
    await write(lambda uow: uow.jobs.cancel(ended.job_id, Reason.EXPIRED, now=NOW))
    async with database.read() as unit:
        found = await unit.job_queries.ends([ended.job_id, waiting.job_id, "NOBODY"])
    assert found == {ended.job_id: NOW, waiting.job_id: None}
