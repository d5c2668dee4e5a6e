"""Every accepted job ends in pictures that are posted and charged, or in nothing and a reason."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from bot.domain.errors import ErrorClass
from bot.domain.job import Call, CallState, Job, JobState, PictureState, Reason
from bot.storage.engine.database import SqlUnit
from bot.storage.jobs.calls import SqlCalls
from bot.storage.spool import DiskSpool
from tests.services.fakes import Step, failing
from tests.services.house import House

REFUSED = failing(ErrorClass.PROMPT_REFUSED)
DOWN = failing(ErrorClass.SERVER)
UNKNOWN = failing(ErrorClass.UNKNOWN_OUTCOME)


async def test_what_is_posted_is_charged_to_member_and_budgets(house: House) -> None:
    ticket = await house.ask(count=3)
    assert await house.used() == {"member": 3, "ceiling": 3, "global": 3}
    job = await house.finish(ticket)
    assert (job.state, job.reason) == (JobState.DONE, None)
    (part,) = house.publisher.posted
    assert [picture.position for picture in part.pictures] == [0, 100, 200]
    assert part.outcome.missing == 0
    assert await house.used() == {"member": 3, "ceiling": 3, "global": 3}
    assert [hold.kept for hold in await house.holds(job)] == [3, 3, 3]


async def test_a_request_without_trouble_takes_five_transactions_that_write(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed: list[None] = []
    commit = SqlUnit.commit

    async def counted(self: SqlUnit) -> None:
        if self.writes:
            committed.append(None)
        await commit(self)

    monkeypatch.setattr(SqlUnit, "commit", counted)
    await house.ask()
    ((job, stored),) = await house.worker._claim("routescope", asyncio.Semaphore(0))
    await house.runner.run(job, slot_held=False, stored=stored)
    # T1, T2, T3, T4 with T5, T7.
    assert len(committed) == 5
    assert (await house.job(job.job_id)).state is JobState.DONE


async def test_a_jobs_folder_is_on_the_disk_before_the_database_names_a_reply_in_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync_names, end_call = DiskSpool.sync_names, SqlCalls.end_call

    def synced(self: DiskSpool) -> None:
        steps.append(f"synced {' '.join(self.job_ids())}")
        sync_names(self)

    async def ended(self: SqlCalls, job: Job, *call: Any, **values: Any) -> bool:
        steps.append(f"named {job.job_id}")
        return await end_call(self, job, *call, **values)

    monkeypatch.setattr(DiskSpool, "sync_names", synced)
    monkeypatch.setattr(SqlCalls, "end_call", ended)
    job = await house.finish(await house.ask())
    assert steps == [f"synced {job.job_id}", f"named {job.job_id}"]


MIXES = list(itertools.combinations_with_replacement([Step(), REFUSED, DOWN, UNKNOWN], 3))


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: "-".join(name(step) for step in mix))
async def test_every_mix_of_calls_ends_in_one_outcome(house: House, mix: tuple[Step, ...]) -> None:
    house.service.script = list(mix)
    job = await house.finish(await house.ask(count=3))
    made = [name(step) for step in mix].count("made")
    unknown = mix.count(UNKNOWN)
    assert job.state is (JobState.DONE if made else JobState.FAILED)
    assert len(house.service.orders) == 3
    assert sum(len(part.pictures) for part in house.publisher.posted) == made
    used = await house.used()
    assert used == {"member": made, "ceiling": made + unknown, "global": made + unknown}
    if made:
        assert job.reason is None
        assert house.publisher.posted[0].outcome.missing == 3 - made
        assert house.publisher.announced == []
        return
    assert house.publisher.posted == []
    assert [told.job_id for told in house.publisher.announced] == [job.job_id]
    if unknown:
        assert job.reason is Reason.UNKNOWN_OUTCOME
    else:
        assert job.reason in (Reason.REFUSED_PROMPT, Reason.PROVIDER_DOWN)


def name(step: Step) -> str:
    return step.failure.error_class.value if step.failure else "made"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ErrorClass.PROMPT_REFUSED, CallState.REFUSED),
        (ErrorClass.BAD_SIZE, CallState.REFUSED),
        (ErrorClass.TOO_LARGE, CallState.REFUSED),
        (ErrorClass.AUTH, CallState.FAILED),
        (ErrorClass.UNKNOWN_OUTCOME, CallState.UNKNOWN),
    ],
)
async def test_a_failed_call_is_stored_with_its_class(
    house: House, error: ErrorClass, state: CallState
) -> None:
    house.service.script = [failing(error)]
    job = await house.finish(await house.ask())
    (call,) = await house.calls(job)
    assert (call.state, call.error_class, call.error_code) == (state, error, "c")


# --- sets and surplus ---------------------------------------------------------------------------


async def test_a_set_that_brings_fewer_is_delivered_and_the_rest_given_back(house: House) -> None:
    house.service.script = [Step(images=2)]
    job = await house.finish(await house.ask(count=4, related=True))
    assert job.state is JobState.DONE
    (call_request,) = house.service.orders
    assert (call_request.images, call_request.request.related) == (4, True)
    (part,) = house.publisher.posted
    assert (len(part.pictures), part.outcome.missing) == (2, 2)
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}


async def test_a_set_with_a_withheld_picture_is_charged_for_the_others(house: House) -> None:
    house.service.script = [Step(images=2, withheld=1)]
    job = await house.finish(await house.ask(count=3, related=True))
    assert [picture.state for picture in await house.results(job)] == [
        PictureState.FETCHED,
        PictureState.FETCHED,
        PictureState.WITHHELD,
    ]
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}


async def test_a_surplus_is_kept_in_the_books_of_calls_but_neither_posted_nor_charged(
    house: House,
) -> None:
    house.service.script = [Step(images=5)]
    job = await house.finish(await house.ask(count=2, related=True))
    assert [len(part.pictures) for part in house.publisher.posted] == [2]
    assert len(await house.results(job)) == 5
    assert (await house.calls(job))[0].images_made == 5
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}


async def test_a_picture_that_cannot_be_fetched_is_paid_but_not_charged(house: House) -> None:
    house.service.script = [Step(images=3, lost=1)]
    job = await house.finish(await house.ask(count=3, related=True))
    assert job.state is JobState.DONE
    assert await house.used() == {"member": 2, "ceiling": 3, "global": 3}


async def test_when_no_picture_can_be_fetched_nothing_is_charged(house: House) -> None:
    house.service.script = [Step(images=2, lost=2)]
    job = await house.finish(await house.ask(count=2, related=True))
    assert (job.state, job.reason) == (JobState.FAILED, Reason.PROVIDER_DOWN)
    assert await house.used() == {"member": 0, "ceiling": 2, "global": 2}


# --- repeats ------------------------------------------------------------------------------------


async def test_a_call_that_may_be_repeated_is_and_the_last_try_counts(house: House) -> None:
    again = failing(ErrorClass.RATE, again=True)
    house.service.script = [again, again]
    job = await house.finish(await house.ask())
    assert job.state is JobState.DONE
    assert tries(await house.calls(job)) == [
        (1, CallState.FAILED),
        (2, CallState.FAILED),
        (3, CallState.ANSWERED),
    ]
    assert len({call_request.reply for call_request in house.service.orders}) == 3
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_a_call_that_may_not_be_repeated_is_made_once(house: House) -> None:
    house.service.script = [UNKNOWN]
    job = await house.finish(await house.ask())
    assert len(house.service.orders) == 1
    assert tries(await house.calls(job)) == [(1, CallState.UNKNOWN)]


def tries(calls: list[Call]) -> list[tuple[int, CallState]]:
    return [(call.try_number, call.state) for call in calls]


# --- our own mistakes ---------------------------------------------------------------------------


async def test_a_mistake_of_ours_refunds_the_member_and_the_queue_goes_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.service.script = [Step(breaks=ZeroDivisionError("ours"))]
    broken = await house.ask()
    healthy = await house.ask()
    job = await house.finish(broken)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.INTERNAL)
    assert (await house.job(healthy.progress.job.job_id)).state is JobState.DONE
    assert "failed unexpectedly" in caplog.text
    # It may have been paid: the call was under way.
    assert await house.used() == {"member": 1, "ceiling": 2, "global": 2}


async def test_an_unknown_call_counts_for_the_budgets_also_when_a_mistake_follows(
    house: House,
) -> None:
    house.service.script = [UNKNOWN, Step(breaks=ZeroDivisionError("ours"))]
    job = await house.finish(await house.ask(count=2))
    assert (job.state, job.reason) == (JobState.FAILED, Reason.INTERNAL)
    assert await house.used() == {"member": 0, "ceiling": 2, "global": 2}


async def test_a_spool_that_filled_up_meanwhile_sends_nothing_and_charges_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(expected_bytes: int, *, granted: bool = True) -> bool:
        return False

    ticket = await house.ask(count=2)
    monkeypatch.setattr(house.spool, "room_for", nothing)
    job = await house.finish(ticket)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.PROVIDER_DOWN)
    assert house.service.orders == []
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}
