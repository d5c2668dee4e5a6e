"""A gateway and a worker over one database: no edit of a ticket follows the private result in it.

Its pictures are nowhere else.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import bot.services.delivery.posting
import bot.services.delivery.ticket_turns
from bot.domain.job import Job, JobState
from bot.services.delivery.progress import progress_of
from bot.services.ports import Progress
from bot.services.requests.submission import Ticket
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import Step
from tests.services.house import NOW, House, until

TOKEN = {"ticket_token": "t", "ticket_expires_at": NOW + 900}


@dataclass(slots=True)
class Two:
    """Two processes, and what was put into the place of the ticket, in its order."""

    gateway: House
    worker: House
    said: list[str] = field(default_factory=list[str])

    async def ask(self) -> Ticket:
        return await self.gateway.ask(private=True, **TOKEN)

    async def delivering(self, job: Job) -> None:
        async with asyncio.timeout(10):
            while (await self.worker.job(job.job_id)).state is not JobState.DELIVERING:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def done(self, ticket: Ticket) -> None:
        async with asyncio.timeout(10):
            await self.worker.worker.drained()
        job = await self.worker.job(ticket.progress.job.job_id)
        assert job.state is JobState.DONE


@pytest.fixture
def two(database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    monkeypatch.setattr(bot.services.delivery.posting, "FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(bot.services.delivery.ticket_turns, "_LOOK_SECONDS", 0.005)
    gateway = House(database, tmp_path, me="gateway", alone=False)
    worker = House(database, tmp_path, me="worker", alone=False, clock=gateway.clock)
    two = Two(gateway, worker)

    async def show(progress: Progress) -> bool:
        if not progress.job.state.final:
            two.said.append(progress.job.state)
        return True

    for house in (gateway, worker):
        monkeypatch.setattr(house.publisher, "show", show)
        house.publisher.before_post = lambda: two.said.append("result")
    return two


@pytest.mark.on_server
async def test_a_result_waits_for_an_edit_that_another_process_began(two: Two) -> None:
    ticket = await two.ask()
    await two.gateway.tickets.opened(ticket.progress)
    job = ticket.progress.job
    async with two.worker.at_work():
        async with two.gateway.tickets.turn(job) as is_open:
            assert is_open
            await two.delivering(job)
            await asyncio.sleep(0.1)
            two.said.append("edit")
        await two.done(ticket)
    assert two.said == ["edit", "result"]


@pytest.mark.on_server
async def test_nothing_is_edited_after_a_result_of_another_process(two: Two) -> None:
    ticket = await two.ask()
    await two.gateway.tickets.opened(ticket.progress)
    async with two.worker.at_work():
        await two.done(ticket)
    async with two.gateway.tickets.turn(ticket.progress.job) as is_open:
        assert not is_open
    started = progress_of(replace(ticket.progress.job, state=JobState.RUNNING))
    assert not await two.gateway.tickets._show(started)
    assert two.said == ["result"]


async def test_nothing_is_edited_while_another_process_posts(two: Two) -> None:
    """Discord is away in the middle of it: the result may be there, and may not."""
    ticket = await two.ask()
    await two.gateway.tickets.opened(ticket.progress)
    two.worker.publisher.script = [ConnectionError("Discord is away")] * 50
    async with two.worker.at_work():
        await until(lambda: bool(two.said))
        async with two.gateway.tickets.turn(ticket.progress.job) as is_open:
            assert not is_open
        await two.done(ticket)


async def test_a_result_waits_until_another_process_has_shown_the_ticket(two: Two) -> None:
    ticket = await two.ask()
    async with two.worker.at_work():
        await two.delivering(ticket.progress.job)
        await asyncio.sleep(0.1)
        two.said.append("ticket")
        await two.gateway.tickets.opened(ticket.progress)
        await two.done(ticket)
    assert two.said == ["ticket", "result"]


async def test_a_result_waits_until_its_own_process_has_shown_the_ticket(house: House) -> None:
    """It was promised, so that the result finds a message whose place it can take."""
    ticket = await house.ask(private=True, **TOKEN)
    async with house.at_work():
        await asyncio.sleep(0.2)
        assert house.publisher.posted == []
        await house.tickets.opened(ticket.progress)
        await house.worker.drained()
    assert len(house.publisher.posted) == 1


async def test_a_process_that_died_before_it_showed_the_ticket_holds_a_result_up_for_a_minute(
    two: Two,
) -> None:
    """K54."""
    ticket = await two.ask()
    async with two.worker.at_work():
        await two.delivering(ticket.progress.job)
        await asyncio.sleep(0.1)
        assert two.said == []
        two.gateway.clock.at += bot.services.delivery.ticket_turns.LEASE_SECONDS
        await two.done(ticket)
    assert two.said == ["result"]


async def test_a_turn_leaves_nothing_behind(two: Two) -> None:
    ticket = await two.ask()
    await two.gateway.tickets.opened(ticket.progress)
    two.worker.service.script = [step := Step(gate=asyncio.Event())]
    async with two.worker.at_work():
        async with two.gateway.tickets.turn(ticket.progress.job):
            pass
        assert step.gate
        step.gate.set()
        await two.done(ticket)
    async with two.gateway.database.read() as uow:
        rows = await uow.connection.exec_driver_sql("SELECT name FROM leases")
        assert list(rows) == []
