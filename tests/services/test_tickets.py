"""Tickets stay true: positions, the last word before they freeze, and nothing after the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

import bot.services.delivery.tickets
from bot.domain.job import JobState, Reason
from bot.services.delivery.progress import progress_of
from bot.services.delivery.tickets import MOST_EDITS
from bot.services.ports import Progress
from bot.services.requests.submission import Ticket
from bot.services.tasks.log_context import job_in_hand
from tests.services.fakes import Step
from tests.services.house import NOW, House, until

LIFE = 900


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.services.delivery.tickets, "REFRESH_SECONDS", 0.005)
    monkeypatch.setattr(bot.services.delivery.tickets, "POSITION_SECONDS", 0)


async def ask(house: House) -> Ticket:
    return await house.ask(ticket_token="t", ticket_expires_at=NOW + LIFE)


async def test_a_ticket_that_moved_up_says_so(house: House) -> None:
    first, second = await ask(house), await ask(house)
    assert second.progress.position == 2
    await house.tickets.opened(second.progress)
    async with running(house):
        await house.claimed()
        await until(lambda: bool(house.publisher.shown))
    (shown,) = house.publisher.shown
    assert (shown.job.job_id, shown.position) == (second.progress.job.job_id, 1)
    assert first.progress.job.job_id != shown.job.job_id


async def test_a_position_that_was_told_just_now_is_not_looked_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.services.delivery.tickets, "POSITION_SECONDS", 60)
    _, second = await ask(house), await ask(house)
    await house.tickets.opened(second.progress)
    async with running(house):
        await house.claimed()
        await asyncio.sleep(0.05)
    assert house.publisher.shown == []


async def test_a_request_that_is_stopped_while_its_position_is_looked_up_holds_up_no_ticket(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.services.delivery.tickets, "POSITION_SECONDS", 0.01)
    first, second, third = await ask(house), await ask(house), await ask(house)
    await house.tickets.opened(second.progress)
    look_up, ended = house.tickets._progress, second.progress.job

    async def stopped_meanwhile(job_id: str) -> Progress | None:
        found = await look_up(job_id)
        if job_id == ended.job_id:
            cancelled = replace(ended, state=JobState.CANCELLED, reason=Reason.BY_MEMBER)
            house.tickets.changed(progress_of(cancelled))
        return found

    monkeypatch.setattr(house.tickets, "_progress", stopped_meanwhile)
    assert first.progress.job.job_id == (await house.claimed()).job_id
    async with running(house):
        await until(lambda: bool(house.publisher.shown))
        await house.tickets.opened(third.progress)
        await until(lambda: len(house.publisher.shown) > 1)
    told = [(shown.job.job_id, shown.job.state) for shown in house.publisher.shown]
    assert told == [
        (ended.job_id, JobState.CANCELLED),
        (third.progress.job.job_id, JobState.QUEUED),
    ]


async def test_a_quick_job_is_told_of_once_by_its_end(house: House) -> None:
    ticket = await ask(house)
    await house.tickets.opened(ticket.progress)
    async with house.at_work():
        await until(lambda: bool(house.publisher.shown))
        await house.worker.drained()
    assert [shown.job.state for shown in house.publisher.shown] == [JobState.DONE]


async def test_a_job_that_takes_longer_is_said_to_have_started(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.services.delivery.tickets, "QUIET_SECONDS", 0.02)
    ticket = await ask(house)
    await house.tickets.opened(ticket.progress)
    job = await house.claimed()
    async with running(house):
        house.tickets.changed(progress_of(job))
        assert house.publisher.shown == []
        await until(lambda: bool(house.publisher.shown))
    assert [shown.job.state for shown in house.publisher.shown] == [JobState.RUNNING]


async def test_nothing_is_said_in_a_ticket_whose_place_a_private_result_took(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit would take the pictures away, and they are nowhere else."""
    monkeypatch.setattr(bot.services.delivery.tickets, "QUIET_SECONDS", 0)
    ticket = await house.ask(private=True, ticket_token="t", ticket_expires_at=NOW + LIFE)
    await house.tickets.opened(ticket.progress)
    said: list[str] = []
    going, gate = asyncio.Event(), asyncio.Event()

    async def show(progress: Progress) -> bool:
        if progress.job.state is JobState.DONE:
            return True
        going.set()
        await gate.wait()
        said.append(progress.job.state)
        return True

    def posting() -> None:
        said.append("result")

    monkeypatch.setattr(house.publisher, "show", show)
    house.publisher.before_post = posting
    step = Step(gate=asyncio.Event())
    house.service.script = [step]
    async with house.at_work():
        await asyncio.wait_for(going.wait(), 5)
        assert step.gate
        step.gate.set()  # the picture comes while the ticket is being edited
        await asyncio.sleep(0.2)
        started = progress_of(replace(ticket.progress.job, state=JobState.RUNNING))
        late = asyncio.create_task(house.tickets._show(started))
        gate.set()
        await house.worker.drained()
        await late
    assert said[-1] == "result"
    assert said.count("result") == 1


async def test_what_was_said_last_is_the_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = await ask(house)
    await house.tickets.opened(ticket.progress)
    started = progress_of(await house.claimed())
    ended = replace(started, job=replace(started.job, state=JobState.DONE))
    show, slow, under_way = house.publisher.show, asyncio.Event(), asyncio.Event()

    async def held_up(progress: Progress) -> bool:
        if not progress.job.state.final:
            under_way.set()
            await slow.wait()
        return await show(progress)

    monkeypatch.setattr(house.publisher, "show", held_up)
    first = asyncio.create_task(house.tickets.settle(started))
    await under_way.wait()
    last = asyncio.create_task(house.tickets.settle(ended))
    await asyncio.sleep(0)
    slow.set()
    assert (await first, await last) == (True, True)
    assert not await house.tickets.settle(started)
    states = [shown.job.state for shown in house.publisher.shown]
    assert states == [JobState.RUNNING, JobState.DONE]


async def test_a_crowd_gets_few_edits_at_a_time_and_the_nearest_come_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.services.delivery.tickets, "REFRESH_SECONDS", 3600)
    tickets = [await ask(house) for _ in range(9)]
    for ticket in tickets:
        await house.tickets.opened(ticket.progress)
    house.tickets.changed(progress_of(await house.claimed()))
    async with running(house):
        await house.tickets._refresh()  # pyright: ignore[reportPrivateUsage]
        await until(lambda: len(house.publisher.shown) == MOST_EDITS)
    positions = sorted(shown.position for shown in house.publisher.shown)
    assert positions == list(range(1, MOST_EDITS + 1))


async def test_the_last_word_comes_a_minute_before_the_ticket_freezes(house: House) -> None:
    ticket = await ask(house)
    await house.tickets.opened(ticket.progress)
    house.clock.at = NOW + LIFE - 60
    async with running(house):
        await until(lambda: bool(house.publisher.shown))
    assert house.publisher.shown[0].last_word


async def test_a_ticket_opened_after_its_job_had_ended_gets_no_last_word(house: House) -> None:
    ticket = await ask(house)
    async with house.at_work():
        await until(lambda: bool(house.publisher.posted))
        # The interaction was answered late: Discord took its time, the job did not.
        await house.tickets.opened(ticket.progress)
        await until(lambda: bool(house.publisher.shown))
        await house.worker.drained()
    house.clock.at = NOW + LIFE - 60
    later = await ask(house)
    await house.tickets.opened(later.progress)
    async with running(house):
        await until(lambda: any(shown.last_word for shown in house.publisher.shown))
    words = [(shown.job.job_id, shown.last_word) for shown in house.publisher.shown]
    assert (ticket.progress.job.job_id, True) not in words


async def test_an_edit_waits_until_the_ticket_is_there(house: House) -> None:
    ticket = await ask(house)
    async with house.at_work():
        await until(lambda: bool(house.publisher.posted))
        assert house.publisher.shown == []
        await house.tickets.opened(ticket.progress)
        await until(lambda: bool(house.publisher.shown))
    assert house.publisher.shown[-1].job.state in (JobState.RUNNING, JobState.DONE)


async def test_an_expired_ticket_is_left_alone(house: House) -> None:
    ticket = await ask(house)
    await house.tickets.opened(ticket.progress)
    house.clock.at = NOW + LIFE
    async with house.at_work():
        await house.worker.drained()
    assert house.publisher.shown == []
    assert len(house.publisher.posted) == 1


async def test_a_ticket_that_cannot_be_edited_does_not_hold_up_the_job(house: House) -> None:
    house.publisher.ticket_alive = False
    ticket = await ask(house)
    await house.tickets.opened(ticket.progress)
    assert (await house.finish(ticket)).state is JobState.DONE


class running:
    """The tickets alone at work, without a worker."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._house.tickets.run())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_whatever_is_logged_while_a_ticket_is_edited_names_the_job(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[tuple[str, str | None]] = []
    show = house.publisher.show

    async def watched(progress: Progress) -> bool:
        named.append((progress.job.job_id, job_in_hand.get()))
        return await show(progress)

    monkeypatch.setattr(house.publisher, "show", watched)
    for ticket in [await ask(house), await ask(house)]:
        await house.tickets.opened(ticket.progress)
    async with house.at_work():
        await house.worker.drained()
    assert len({job_id for job_id, _ in named}) == 2
    assert all(job_id == said for job_id, said in named)
