"""Another provider takes over while nothing may have been paid (T14), and never afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import bot.services.delivery.posting
from bot.domain.catalog import Cost, CountRule, SizeRule
from bot.domain.errors import AccessError, Denial, ErrorClass, Failure
from bot.domain.job import CallState, Job, JobState, Reason
from bot.services.ports import CounterKind, ReferenceSource
from bot.services.requests.submission import Ticket
from bot.storage.engine import schema
from bot.storage.engine.database import SqlDatabase
from bot.storage.tables import counters
from tests.services.fakes import ScriptedService, Step, failing
from tests.services.house import House

CENTS = 10_000
UNREACHABLE = failing(ErrorClass.UNREACHABLE, sent=False)
CREDIT = failing(ErrorClass.CREDIT)
UNKNOWN = failing(ErrorClass.UNKNOWN_OUTCOME)
PICTURE = ReferenceSource(url="https://cdn.example.org/in.png", path=None, name="in.png")

# What each of them says of the service, not of the request.
OF_THE_SERVICE = (
    ErrorClass.AUTH,
    ErrorClass.CREDIT,
    ErrorClass.NOT_ALLOWED,
    ErrorClass.NO_SUCH_MODEL,
    ErrorClass.NO_CHANNEL,
    ErrorClass.RATE,
    ErrorClass.SERVER,
    ErrorClass.UNREACHABLE,
)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.services.delivery.posting, "FIRST_WAIT_SECONDS", 0.0)


@pytest.fixture
async def house(database: SqlDatabase, tmp_path: Path) -> AsyncIterator[House]:
    """A process with a second provider of the same model; its books agree after the test."""
    house = House(database, tmp_path, backups={"backup": {}})
    yield house
    assert await house.problems() == []


def backup(house: House) -> ScriptedService:
    return house.services["backup"]


async def run(house: House, ticket: Ticket, provider: str = "routescope") -> Job:
    """Claim the next job of a provider and run it to where it stands then."""
    job = await claimed(house, provider)
    await house.runners[provider].run(job, slot_held=False)
    return await house.job(ticket.progress.job.job_id)


async def claimed(house: House, provider: str) -> Job:
    async with house.database.write() as unit:
        at = house.clock.at
        job = await unit.claims.claim(provider, me=house.me, now=at, lease_until=at + 60)
        await unit.commit()
    assert job is not None
    return job


@asynccontextmanager
async def fresh(
    folder: Path, differs: Mapping[str, Any] | None = None, *more: Mapping[str, Any], **given: Any
) -> AsyncIterator[House]:
    """Give a process of its own whose second provider differs, and further ones."""
    with TemporaryDirectory(dir=folder) as name:
        url = f"sqlite+aiosqlite:///{name}/easel.db"
        await schema.upgrade(url)
        database = SqlDatabase(url)
        backups = {"backup": differs or {}, **{f"more{n}": one for n, one in enumerate(more)}}
        try:
            yield House(database, Path(name), backups=backups, **given)
        finally:
            await database.close()


async def money(house: House) -> int:
    """Return what the counter of money says, in cents."""
    async with house.database.read() as unit:
        kind = counters.c.kind == CounterKind.MONEY.value
        found = await unit.connection.execute(select(counters.c.used).where(kind))
        return sum(used for (used,) in found) // CENTS


# --- who takes over, and when -------------------------------------------------------------------


@pytest.mark.parametrize("error_class", OF_THE_SERVICE)
async def test_another_provider_takes_over_what_the_first_one_fails_at(
    house: House, error_class: ErrorClass
) -> None:
    house.service.script = [failing(error_class), failing(error_class)]
    ticket = await house.ask(count=2)
    moved = await run(house, ticket)
    assert (moved.state, moved.request.provider) == (JobState.QUEUED, "backup")
    job = await house.finish(ticket)
    assert job.state is JobState.DONE
    assert [(c.seq, c.try_number, c.state, c.provider) for c in await house.calls(job)] == [
        (0, 1, CallState.FAILED, "routescope"),
        (0, 2, CallState.ANSWERED, "backup"),
        (1, 1, CallState.FAILED, "routescope"),
        (1, 2, CallState.ANSWERED, "backup"),
    ]
    assert (len(house.service.orders), len(backup(house).orders)) == (2, 2)
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}
    assert len(house.publisher.posted) == 1


@pytest.mark.parametrize("error_class", sorted(set(ErrorClass) - set(OF_THE_SERVICE)))
async def test_what_may_be_paid_or_was_refused_is_asked_of_nobody_else(
    house: House, error_class: ErrorClass
) -> None:
    house.service.script = [failing(error_class)]
    job = await house.finish(await house.ask())
    assert (job.state, job.request.provider) == (JobState.FAILED, "routescope")
    assert backup(house).orders == []


@pytest.mark.parametrize(
    "beside",
    [Step(), UNKNOWN, failing(ErrorClass.PROMPT_REFUSED)],
    ids=["answered", "unknown", "refused"],
)
async def test_one_call_that_is_not_known_to_be_unpaid_keeps_the_job_where_it_is(
    beside: Step, tmp_path: Path
) -> None:
    async with fresh(tmp_path) as house:
        house.service.script = [CREDIT, beside]
        job = await house.finish(await house.ask(count=2))
        assert job.request.provider == "routescope"
        assert backup(house).orders == []
        assert await house.problems() == []


async def test_nothing_is_moved_for_want_of_room_in_the_spool(house: House) -> None:
    full = Failure(error_class=ErrorClass.SERVER, code="spool_full", sent=False)
    house.service.script = [Step(failure=full)]
    job = await house.finish(await house.ask())
    assert (job.reason, backup(house).orders) == (Reason.PROVIDER_DOWN, [])


async def test_each_provider_is_tried_once_and_the_last_failure_is_told(house: House) -> None:
    house.service.script = [UNREACHABLE]
    backup(house).script = [CREDIT]
    job = await house.finish(await house.ask())
    assert (job.state, job.reason) == (JobState.FAILED, Reason.NO_CREDIT)
    assert (len(house.service.orders), len(backup(house).orders)) == (1, 1)
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


async def test_a_stopped_job_goes_nowhere(house: House) -> None:
    gate = asyncio.Event()
    house.service.script = [Step(gate=gate, failure=CREDIT.failure)]
    ticket = await house.ask()
    job = await claimed(house, "routescope")
    running = asyncio.create_task(house.runner.run(job, slot_held=False))
    while not house.service.under_way:  # noqa: ASYNC110 - the scripted service has no event
        await asyncio.sleep(0)
    await house.intake.cancel(job.job_id, by=Reason.BY_MEMBER)
    gate.set()
    await running
    assert (await house.job(ticket.progress.job.job_id)).state is JobState.FAILED
    assert backup(house).orders == []


async def test_a_rate_limit_without_another_provider_waits_in_its_place(house: House) -> None:
    house.service.script = [failing(ErrorClass.RATE)]
    backup(house).script = [failing(ErrorClass.RATE)]
    ticket = await house.ask()
    await run(house, ticket)
    job = await run(house, ticket, "backup")
    assert (job.state, job.request.provider) == (JobState.QUEUED, "backup")
    house.clock.at += 60
    assert (await house.finish(ticket)).state is JobState.DONE
    assert len(backup(house).orders) == 2


async def test_another_number_of_calls_is_planned_where_the_other_provider_takes_several(
    tmp_path: Path,
) -> None:
    async with fresh(tmp_path, {"count": CountRule(per_call=4)}) as house:
        house.service.script = [UNREACHABLE] * 3
        ticket = await house.ask(count=3)
        backup(house).script = [failing(ErrorClass.RATE)]
        await run(house, ticket)
        # Its one call waits, although two of the first provider's ended for good.
        assert (await run(house, ticket, "backup")).state is JobState.QUEUED
        house.clock.at += 60
        job = await house.finish(ticket)
        assert job.state is JobState.DONE
        assert [order.images for order in backup(house).orders] == [3, 3]
        assert await house.used() == {"member": 3, "ceiling": 3, "global": 3}


# --- paused providers ---------------------------------------------------------------------------


async def test_what_waits_moves_when_the_operator_pauses_its_provider(house: House) -> None:
    tickets = [await house.ask() for _ in range(3)]
    await house.circuits.pause("routescope")
    for ticket in tickets:
        assert (await house.finish(ticket)).state is JobState.DONE
    assert (len(house.service.orders), len(backup(house).orders)) == (0, 3)


async def test_a_new_request_chooses_a_provider_that_works(house: House) -> None:
    await house.circuits.pause("routescope")
    ticket = await house.ask()
    assert ticket.progress.job.request.provider == "backup"
    await house.circuits.resume("routescope")
    assert (await house.ask()).progress.job.request.provider == "routescope"


async def test_with_every_provider_paused_a_request_is_refused_and_what_waits_stays(
    house: House,
) -> None:
    ticket = await house.ask()
    await house.circuits.pause("routescope")
    await house.circuits.pause("backup")
    with pytest.raises(AccessError) as error:
        await house.ask()
    assert error.value.denial is Denial.PROVIDER_PAUSED
    await house.moves.move_waiting("routescope")
    job = await house.job(ticket.progress.job.job_id)
    assert (job.state, job.request.provider) == (JobState.QUEUED, "routescope")


async def test_what_is_claimed_meanwhile_is_not_moved(house: House) -> None:
    ticket = await house.ask()
    queued = await house.job(ticket.progress.job.job_id)
    await claimed(house, "routescope")
    assert not await house.moves.move(queued)


async def test_the_second_key_of_a_provider_takes_over_when_the_first_is_out_of_credit(
    database: SqlDatabase, tmp_path: Path
) -> None:
    house = House(database, tmp_path, backups={"routescope#2": {}})
    house.service.script = [CREDIT]
    job = await house.finish(await house.ask(sources=(PICTURE,)))
    assert (job.state, job.request.provider) == (JobState.DONE, "routescope#2")
    assert await house.problems() == []


# --- the same request, for the same credits -----------------------------------------------------


@pytest.mark.parametrize(
    "differs",
    [
        {"cost": Cost(credits=2)},
        {"sizes": SizeRule(keywords=("4K",), default="4K")},
        {"max_prompt": 3},
        {"enabled": False},
    ],
    ids=["credits", "size", "prompt", "off"],
)
async def test_who_does_not_take_the_same_request_gets_nothing(
    differs: dict[str, Any], tmp_path: Path
) -> None:
    async with fresh(tmp_path, differs) as house:
        house.service.script = [UNREACHABLE]
        job = await house.finish(await house.ask(size="1K"))
        assert (job.state, job.reason) == (JobState.FAILED, Reason.PROVIDER_DOWN)
        assert backup(house).orders == []


@pytest.mark.parametrize("listed", [((), "routescope"), (("backup",), "backup")])
async def test_pictures_go_only_to_providers_that_the_operator_listed(
    listed: tuple[tuple[str, ...], str], tmp_path: Path
) -> None:
    allowed, served = listed
    async with fresh(tmp_path, references_to=allowed) as house:
        house.service.script = [UNREACHABLE]
        job = await house.finish(await house.ask(sources=(PICTURE,)))
        assert job.request.provider == served
        await house.circuits.pause("routescope")
        if allowed:
            ticket = await house.ask(sources=(PICTURE,))
            assert ticket.progress.job.request.provider == "backup"
        else:
            with pytest.raises(AccessError):
                await house.ask(sources=(PICTURE,))


# --- money --------------------------------------------------------------------------------------


PRICES = {"price": 0.04}
DEARER = {"cost": Cost(price_micro=9 * CENTS)}


async def test_money_is_held_at_the_dearest_that_may_serve_and_kept_at_what_served(
    tmp_path: Path,
) -> None:
    async with fresh(tmp_path, DEARER, spend="1/day", prices=PRICES) as house:
        first = await house.ask(count=2)
        assert await money(house) == 18
        await house.finish(first)
        assert await money(house) == 8
        house.service.script = [UNREACHABLE]
        await house.finish(await house.ask())
        assert await money(house) == 8 + 9
        assert await house.problems() == []


@pytest.mark.parametrize("spend", [("1/day", JobState.DONE, 9), ("0.08/day", JobState.FAILED, 0)])
async def test_a_provider_that_is_dearer_than_the_hold_needs_the_budget_for_the_difference(
    spend: tuple[str, JobState, int], tmp_path: Path
) -> None:
    limit, state, spent = spend
    async with fresh(tmp_path, DEARER, spend=limit, prices=PRICES) as house:
        # It was accepted before the other provider was there.
        alone = House(house.database, tmp_path, spend=limit, prices=PRICES, me="before")
        ticket = await alone.ask()
        assert await money(house) == 4
        house.service.script = [UNREACHABLE]
        job = await house.finish(ticket)
        assert job.state is state
        assert await money(house) == spent
        assert await house.problems() == []


# --- a crash around T14 -------------------------------------------------------------------------


async def test_a_job_whose_process_died_before_the_move_is_moved_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.service.script = [UNREACHABLE]
    ticket = await house.ask()

    async def die(job: Job) -> bool:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(house.moves, "move", die)
        with pytest.raises(asyncio.CancelledError):
            await run(house, ticket)
    house.me = "two"
    house.clock.at += 61
    job = await house.finish(ticket)
    assert (job.state, job.request.provider) == (JobState.DONE, "backup")
    assert (len(house.service.orders), len(backup(house).orders)) == (1, 1)


async def test_a_move_that_was_not_committed_never_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.service.script = [UNREACHABLE]
    ticket = await house.ask()

    async def die(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(house.book, "hold_up_to", die)
        with pytest.raises(asyncio.CancelledError):
            await run(house, ticket)
    job = await house.job(ticket.progress.job.job_id)
    assert (job.state, job.request.provider) == (JobState.RUNNING, "routescope")
    assert [call.state for call in await house.calls(job)] == [CallState.FAILED]
    house.me = "two"
    house.clock.at += 61
    job = await house.finish(ticket)
    assert (job.state, job.request.provider) == (JobState.DONE, "backup")
    assert (len(house.service.orders), len(backup(house).orders)) == (1, 1)


async def test_a_job_that_moved_is_claimed_where_nobody_was_woken(
    house: House, tmp_path: Path
) -> None:
    house.service.script = [UNREACHABLE]
    first, ticket = await house.ask(), await house.ask()
    await run(house, first)
    other = House(house.database, tmp_path, me="two", backups={"backup": {}})
    job = await other.finish(ticket)
    assert job.state is JobState.DONE
    assert (await house.job(first.progress.job.job_id)).request.provider == "backup"
    assert len(backup(other).orders) == 1
    assert len(house.service.orders) + len(other.service.orders) == 2


async def test_a_job_of_a_provider_that_is_gone_moves_to_one_that_is_there(house: House) -> None:
    ticket = await house.ask()
    await claimed(house, "routescope")
    del house.runners["routescope"]
    del house.wake_events["routescope"]
    house.me = "two"
    house.clock.at += 61
    async with house.at_work(), asyncio.timeout(10):
        while backup(house).orders == []:  # noqa: ASYNC110 - the scripted service has no event
            await asyncio.sleep(0.01)
        await house.worker.drained()
    job = await house.job(ticket.progress.job.job_id)
    assert (job.state, job.request.provider) == (JobState.DONE, "backup")


# --- whatever happens ---------------------------------------------------------------------------

STEPS = st.sampled_from(
    [Step(), UNKNOWN, *(failing(one) for one in ErrorClass), failing(ErrorClass.RATE, again=True)]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    scripts=st.lists(st.lists(STEPS, max_size=4), min_size=3, max_size=3),
    count=st.integers(1, 3),
    several=st.booleans(),
)
def test_no_picture_is_ever_asked_twice_where_both_may_be_paid(
    scripts: list[list[Step]], count: int, several: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def tried() -> None:
        third = {"count": CountRule(per_call=4)} if several else {}
        async with fresh(tmp_path_factory.mktemp("any"), {}, third) as house:
            for service, script in zip(house.services.values(), scripts, strict=True):
                service.script = list(script)
            ticket = await house.ask(count=count)
            async with house.at_work(), asyncio.timeout(20):
                while not (await house.job(ticket.progress.job.job_id)).state.final:
                    house.clock.at += 61
                    for wake_event in house.wake_events.values():
                        wake_event.wake()
                    await asyncio.sleep(0.005)
                await house.worker.drained()
            job = await house.job(ticket.progress.job.job_id)
            calls = await house.calls(job)
            paid = [c for c in calls if c.state in (CallState.ANSWERED, CallState.UNKNOWN)]
            assert sum(call.images_asked for call in paid) <= count
            assert len({call.provider for call in paid}) <= 1
            assert len({call.seq for call in paid}) == len(paid)
            assert await house.problems() == []

    asyncio.run(tried())
