"""What a dead process left behind is brought to its end by the next one, and paid once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import bot.services.jobs.worker
from bot.domain.errors import StorageError
from bot.domain.job import CallState, Job, JobState, Reason
from bot.domain.setup_problems import SetupProblem
from bot.services.tasks import backoff
from bot.storage.engine.database import SqlDatabase, SqlUnit
from bot.storage.jobs.calls import SqlCalls
from bot.storage.jobs.claims import SqlClaims
from tests.services.fakes import Step
from tests.services.house import House, until


class DiedError(BaseException):
    """The process ends here: nothing of it runs any more."""


@pytest.fixture
def heir(house: House, database: SqlDatabase, tmp_path: Path) -> House:
    """The next process, on the same database, spool and clock."""
    return House(database, tmp_path, me="heir", clock=house.clock)


async def inherit(house: House, heir: House, job_id: str) -> Job:
    """Let the lease run out and the heir work until all is done."""
    house.clock.at += 61
    async with heir.at_work(), asyncio.timeout(10):
        await until_ended(heir, job_id)
        await heir.worker.drained()
    return await heir.job(job_id)


async def until_ended(house: House, job_id: str) -> None:
    while not (await house.job(job_id)).state.final:  # noqa: ASYNC110 - the database has no event
        await asyncio.sleep(0.002)


async def test_a_claimed_job_of_which_nothing_was_sent_goes_back_to_its_place(
    house: House, heir: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is claimed at once, not when the queue is looked at again.
    monkeypatch.setattr(bot.services.jobs.worker, "POLL_SECONDS", 1000)
    await house.ask(count=2)
    job = await house.claimed()
    ended = await inherit(house, heir, job.job_id)
    assert ended.state is JobState.DONE
    assert ended.attempt == 3  # claimed, adopted, claimed again
    assert len(heir.service.orders) == 2
    assert await heir.used() == {"member": 2, "ceiling": 2, "global": 2}


@pytest.mark.parametrize("unheard", ["claim", "adopt"])
async def test_a_claim_whose_commit_nobody_heard_of_is_taken_over(
    house: House, heir: House, monkeypatch: pytest.MonkeyPatch, unheard: str
) -> None:
    """The connection to the server was lost with the answer to COMMIT."""
    monkeypatch.setattr(bot.services.jobs.worker, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(bot.services.jobs.worker, "POLL_SECONDS", 0.05)
    act, commit, lost = getattr(SqlClaims, unheard), SqlUnit.commit, list[SqlClaims | None]()

    async def noted(claims: SqlClaims, *given: Any, **named: Any) -> Job | None:
        job = await act(claims, *given, **named)
        if job and not lost:
            lost.append(claims)
        return job

    async def losing(unit: SqlUnit) -> None:
        await commit(unit)
        if lost[:1] == [unit.__dict__.get("claims", unit)]:
            lost[0] = None
            raise StorageError(SetupProblem.SERVER_AWAY, host="h", port=1, database="d", why="lost")

    monkeypatch.setattr(SqlClaims, unheard, noted)
    monkeypatch.setattr(SqlUnit, "commit", losing)
    ticket = await house.ask()
    if unheard == "adopt":
        await mark_sent(house, await house.claimed(), 0)
        house.clock.at += 61
    async with heir.at_work(), asyncio.timeout(10):
        await until(lambda: lost == [None])
        while not (await heir.job(ticket.progress.job.job_id)).state.final:
            house.clock.at += 1
            await asyncio.sleep(0.01)
        await heir.worker.drained()
    assert len(heir.service.orders) == (unheard == "claim")


async def test_an_answer_whose_commit_nobody_heard_of_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, commit, lost = SqlCalls.end_call, SqlUnit.commit, list[SqlCalls | None]()

    async def noted(calls: SqlCalls, *given: Any, **named: Any) -> bool:
        lost[:] = lost or [calls]
        return await store(calls, *given, **named)

    async def losing(unit: SqlUnit) -> None:
        await commit(unit)
        if lost[:1] == [unit.__dict__.get("calls", unit)]:
            lost[0] = None
            raise StorageError(SetupProblem.SERVER_AWAY, host="h", port=1, database="d", why="lost")

    monkeypatch.setattr(backoff, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(SqlCalls, "end_call", noted)
    monkeypatch.setattr(SqlUnit, "commit", losing)
    job = await house.finish(await house.ask(count=2))
    assert lost == [None]
    assert job.state is JobState.DONE
    assert len(await house.results(job)) == 2
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}


async def test_a_call_that_was_sent_is_never_repeated(house: House, heir: House) -> None:
    await house.ask(count=2)
    job = await house.claimed()
    await mark_sent(house, job, 0)
    ended = await inherit(house, heir, job.job_id)
    assert ended.state is JobState.DONE
    assert len(heir.service.orders) == 1
    assert [call.state for call in await heir.calls(job)] == [
        CallState.UNKNOWN,
        CallState.ANSWERED,
    ]
    assert await heir.used() == {"member": 1, "ceiling": 2, "global": 2}


async def test_when_everything_was_sent_and_lost_the_member_is_refunded_and_told(
    house: House, heir: House
) -> None:
    await house.ask(count=2, related=True)
    job = await house.claimed()
    await mark_sent(house, job, 0)
    ended = await inherit(house, heir, job.job_id)
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason.UNKNOWN_OUTCOME)
    assert heir.service.orders == []
    assert len(heir.publisher.announced) == 1
    assert await heir.used() == {"member": 0, "ceiling": 2, "global": 2}


async def test_a_complete_reply_in_the_spool_is_read(house: House, heir: House) -> None:
    await house.ask(count=2, related=True)
    job = await house.claimed()
    await mark_sent(house, job, 0)
    house.spool.path(house.spool.reply(job.job_id, 0, 1)).write_text("complete")
    ended = await inherit(house, heir, job.job_id)
    assert ended.state is JobState.DONE
    assert heir.service.orders == []
    assert await heir.used() == {"member": 2, "ceiling": 2, "global": 2}


@pytest.mark.parametrize("calls", [1, 2])
async def test_pictures_that_were_named_but_not_fetched_are_fetched(
    house: House, heir: House, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    async def die(*_: object) -> None:
        # The last answer may be there before the one before it is stored.
        while len(await house.results(job)) < calls - 1:  # noqa: ASYNC110 - the database's
            await asyncio.sleep(0.01)
        raise DiedError

    await house.ask(count=2, related=calls == 1)
    job = await house.claimed()
    monkeypatch.setattr(house.service, "collect", die)
    with pytest.raises(BaseExceptionGroup):
        await house.runner.run(job, slot_held=False)
    # The last answer is stored with its pictures; until then the spool alone knows it.
    answered = [call.state for call in await house.calls(job)]
    assert sorted(answered) == ["answered", "sent"][-calls:]
    assert [picture.state for picture in await house.results(job)] == ["known"] * (calls - 1)
    ended = await inherit(house, heir, job.job_id)
    assert ended.state is JobState.DONE
    assert heir.service.orders == []
    assert await heir.used() == {"member": 2, "ceiling": 2, "global": 2}


async def test_pictures_in_the_spool_are_delivered_when_all_calls_had_ended(
    house: House, heir: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise DiedError

    await house.ask()
    job = await house.claimed()
    monkeypatch.setattr(house.delivery, "plan", die)
    with pytest.raises(DiedError):
        await house.runner.run(job, slot_held=False)
    ended = await inherit(house, heir, job.job_id)
    assert ended.state is JobState.DONE
    assert heir.service.orders == []
    assert len(heir.publisher.posted) == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_post_under_way_at_the_end_is_looked_for_first(
    house: House, heir: House, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    async def die(*_: object) -> int:
        raise DiedError

    await house.ask()
    job = await house.claimed()
    monkeypatch.setattr(house.publisher, "post", die)
    with pytest.raises(DiedError):
        await house.runner.run(job, slot_held=False)
    if arrived:
        heir.publisher.there[f"{job.job_id}.0"] = 4711
    ended = await inherit(house, heir, job.job_id)
    assert ended.state is JobState.DONE
    assert [post.message_id for post in await heir.posts(job)] == [4711 if arrived else 9001]
    assert len(heir.publisher.posted) == (0 if arrived else 1)
    assert await heir.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_bad_news_that_nobody_told_is_told_by_the_next_process(
    house: House, heir: House
) -> None:
    ticket = await house.ask()
    job = await house.claimed()
    async with house.database.write() as unit:
        await house.book.settle(unit, job, delivered=0, paid=0, now=house.clock.at)
        await unit.jobs.fail(job, Reason.PROVIDER_DOWN, now=house.clock.at)
        await unit.commit()
    house.clock.at += 31
    await heir.finish(ticket)
    assert [told.job_id for told in heir.publisher.announced] == [job.job_id]


async def test_a_ticket_that_never_said_that_its_result_is_there_says_so_after_a_restart(
    house: House, heir: House
) -> None:
    await house.ask(ticket_token="t", ticket_expires_at=house.clock.at + 900)
    job = await house.claimed()
    await house.runner.run(job, slot_held=False)
    assert house.publisher.shown == []
    house.clock.at += 31
    async with heir.at_work():
        await until(lambda: bool(heir.publisher.shown))
        while (await heir.job(job.job_id)).ticket_token:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
    (shown,) = heir.publisher.shown
    assert (shown.job.state, shown.message_id) == (JobState.DONE, 9001)
    assert shown.outcome
    assert heir.publisher.announced == []


# --- two processes at once ----------------------------------------------------------------------


async def test_who_was_superseded_changes_nothing_any_more(house: House, heir: House) -> None:
    gate = asyncio.Event()
    house.service.script = [Step(gate=gate)]
    await house.ask()
    job = await house.claimed()
    late = asyncio.create_task(house.runner.run(job, slot_held=False))
    await until(lambda: house.service.under_way == 1)
    ended = await inherit(house, heir, job.job_id)
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason.UNKNOWN_OUTCOME)
    gate.set()
    await late
    assert await house.job(job.job_id) == ended
    assert house.publisher.posted == house.publisher.announced == []
    assert len(heir.publisher.announced) == 1
    assert await house.used() == {"member": 0, "ceiling": 1, "global": 1}


async def test_who_comes_back_while_another_delivers_posts_nothing(
    house: House, heir: House
) -> None:
    gate = asyncio.Event()
    house.service.script = [Step(gate=gate), Step(gate=gate)]
    await house.ask(count=2)
    job = await house.claimed()
    late = asyncio.create_task(house.runner.run(job, slot_held=False))
    await until(lambda: house.service.under_way == 2)
    for seq in (0, 1):
        house.spool.path(house.spool.reply(job.job_id, seq, 1)).write_text("complete")
    ended = await inherit(house, heir, job.job_id)
    assert ended.state is JobState.DONE
    gate.set()
    await late
    assert house.publisher.posted == []
    assert len(heir.publisher.posted) == 1
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}


async def test_two_heirs_take_a_job_over_once(
    house: House, heir: House, database: SqlDatabase, tmp_path: Path
) -> None:
    other = House(database, tmp_path, me="other", clock=house.clock)
    ticket = await house.ask()
    await house.claimed()
    house.clock.at += 61
    async with heir.at_work(), other.at_work(), asyncio.timeout(10):
        await until_ended(heir, ticket.progress.job.job_id)
    assert len(heir.service.orders) + len(other.service.orders) == 1
    assert len(heir.publisher.posted) + len(other.publisher.posted) == 1


# --- the queue ----------------------------------------------------------------------------------


async def test_what_waited_for_an_hour_is_refunded_and_told(house: House) -> None:
    ticket = await house.ask(count=3)
    house.clock.at += 3600
    job = await house.finish(ticket)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.EXPIRED)
    assert house.service.orders == []
    assert [told.reason for told in house.publisher.announced] == [Reason.EXPIRED]
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


async def test_draining_lets_running_jobs_end_and_claims_no_more(
    house: House, database: SqlDatabase, tmp_path: Path
) -> None:
    narrow = House(database, tmp_path, slots=1)
    gate = asyncio.Event()
    narrow.service.script = [Step(gate=gate)]
    running, waiting = await narrow.ask(), await narrow.ask()
    async with narrow.at_work():
        await until(lambda: narrow.service.under_way == 1)
        draining = asyncio.create_task(narrow.worker.drain(10))
        await asyncio.sleep(0)
        gate.set()
        await draining
    assert (await house.job(running.progress.job.job_id)).state is JobState.DONE
    assert (await house.job(waiting.progress.job.job_id)).state is JobState.QUEUED
    assert len(narrow.service.orders) == 1


async def test_draining_leaves_what_does_not_end_in_time_to_the_next_process(
    house: House, heir: House
) -> None:
    house.service.script = [Step(gate=asyncio.Event())]
    ticket = await house.ask()
    async with house.at_work():
        await until(lambda: house.service.under_way == 1)
        await house.worker.drain(0)
    job = await house.job(ticket.progress.job.job_id)
    assert job.state is JobState.RUNNING
    # Its lease was given back: nobody has to wait for it to run out.
    async with heir.at_work(), asyncio.timeout(10):
        await until_ended(heir, job.job_id)
    ended = await heir.job(job.job_id)
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason.UNKNOWN_OUTCOME)


async def test_a_running_job_whose_provider_is_gone_is_ended(house: House, heir: House) -> None:
    ticket = await house.ask()
    job = await house.claimed()
    await mark_sent(house, job, 0)
    heir.runners.clear()
    house.clock.at += 61
    async with heir.at_work(), asyncio.timeout(10):
        await until_ended(heir, ticket.progress.job.job_id)
        await heir.worker.drained()
    ended = await heir.job(job.job_id)
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason.PROVIDER_DOWN)
    assert await heir.used() == {"member": 0, "ceiling": 1, "global": 1}


async def test_ended_jobs_lose_their_files_after_a_while(house: House) -> None:
    ticket = await house.ask()
    job = await house.finish(ticket)
    assert job.job_id in house.spool.job_ids()
    house.clock.at += 3600
    async with house.at_work():
        await until(lambda: house.spool.job_ids() == [])


async def mark_sent(house: House, job: Job, seq: int) -> None:
    async with house.database.write() as unit:
        assert await unit.calls.mark_sent(job, seq, 1, now=house.clock.at)
        await unit.commit()
