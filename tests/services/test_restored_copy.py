"""What was open in a restored copy ends as unknown: paid once, posted once, and told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.job import CallState, Job, JobState, Reason
from bot.domain.quotas.windows import Window
from bot.services.jobs.restored_copy import RestoredCopy, end_open_jobs
from bot.services.ports import CounterKind
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import GONE
from tests.services.house import NOW, House


@pytest.fixture
def heir(house: House, database: SqlDatabase, tmp_path: Path) -> House:
    """The next process, on the same database, spool and clock."""
    return House(database, tmp_path, me="heir", clock=house.clock)


async def restored(house: House) -> RestoredCopy:
    async with house.database.write() as unit:
        done = await end_open_jobs(unit, house.book, now=house.clock.at)
        await unit.commit()
    return done


async def told(house: House, heir: House, job: Job) -> Job:
    """Let the next process work until nothing is left; it tells what another one ended."""
    house.clock.at += 31
    async with heir.at_work():
        await heir.worker.drained()
    return await heir.job(job.job_id)


async def waiting(house: House) -> Job:
    return (await house.ask(count=2)).progress.job


async def claimed(house: House) -> Job:
    await house.ask(count=2)
    return await house.claimed()


async def half_sent(house: House) -> Job:
    job = await claimed(house)
    async with house.database.write() as unit:
        assert await unit.calls.mark_sent(job, 0, 1, now=house.clock.at)
        await unit.commit()
    return job


async def stopped(house: House) -> Job:
    job = await half_sent(house)
    async with house.database.write() as unit:
        assert await unit.jobs.request_stop(job.job_id)
        await unit.commit()
    return job


async def parked(house: House) -> Job:
    house.publisher.script = [GONE]
    job = await house.finish(await house.ask(count=2))
    assert job.waits_for_pickup
    return job


@pytest.mark.parametrize(
    ("left", "kept", "states"),
    [
        (waiting, 2, [CallState.UNKNOWN, CallState.UNKNOWN]),
        (claimed, 2, [CallState.UNKNOWN, CallState.UNKNOWN]),
        (half_sent, 2, [CallState.UNKNOWN, CallState.UNKNOWN]),
        (stopped, 1, [CallState.UNKNOWN, CallState.SKIPPED]),
        (parked, 2, [CallState.ANSWERED, CallState.ANSWERED]),
    ],
    ids=lambda left: getattr(left, "__name__", None),
)
async def test_d19_nothing_of_a_restored_copy_is_sent_again(
    house: House,
    heir: House,
    left: Callable[[House], Awaitable[Job]],
    kept: int,
    states: list[CallState],
) -> None:
    job = await left(house)
    assert (await restored(house)).ended == 1
    ended = await told(house, heir, job)
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason.UNKNOWN_OUTCOME)
    assert ended.told_at is not None
    assert [call.state for call in await heir.calls(job)] == states
    assert heir.service.orders == []
    # That a wait for pick-up is over is said in /jobs alone.
    said = [] if left is parked else [job.job_id]
    assert [one.job_id for one in heir.publisher.announced] == said
    assert await heir.used() == {"member": 0, "ceiling": kept, "global": kept}


class DiedError(BaseException):
    """The process ends here: nothing of it runs any more."""


async def test_what_the_copy_knows_as_posted_is_charged(
    house: House, heir: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.delivery.posting.MESSAGE_BYTES", 2500)
    await house.ask(count=3)
    job = await house.claimed()

    def die() -> None:
        if house.publisher.posted:
            raise DiedError

    house.publisher.before_post = die
    with pytest.raises(DiedError):
        await house.runner.run(job, slot_held=False)
    assert (await restored(house)).ended == 1
    ended = await told(house, heir, job)
    assert ended.state is JobState.DONE
    assert (heir.publisher.posted, heir.publisher.announced) == ([], [])
    assert await heir.used() == {"member": 2, "ceiling": 3, "global": 3}


async def test_it_says_since_when_nothing_is_counted_and_which_windows_are_behind(
    house: House,
) -> None:
    assert await restored(house) == RestoredCopy(ended=0, made_at=None, behind=())
    await house.finish(await house.ask())
    house.clock.at += 60
    done = await restored(house)
    assert (done.ended, done.made_at) == (0, NOW)
    assert {(one.window, one.kind, one.counters) for one in done.behind} == {
        (Window.DAY, kind, 1)
        for kind in (CounterKind.MEMBER, CounterKind.CEILING, CounterKind.GLOBAL)
    }
    house.clock.at += 86_400
    assert (await restored(house)).behind == ()
