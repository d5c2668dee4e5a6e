"""Accepting a wish: once, in full, or not at all and with every reason."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, Denial, QuotaError, RefusedError
from bot.domain.job import Destination, JobState
from bot.services.ports import ReferenceSource
from bot.storage.engine.database import SqlUnit
from tests.services.house import CHANNEL, GUILD, MEMBER, MODEL, NOW, House

PICTURE = ReferenceSource(url="https://img.example.org/a.png", name="a.png")
SMALL = ReferenceSource(url="https://img.example.org/s.png", name="small.png")
BAD = ReferenceSource(url="https://img.example.org/b.txt", name="bad.txt")


async def refused(house: House, **submission: Any) -> list[tuple[str, str]]:
    """Return what a refusal names; nothing may be left of the wish."""
    with pytest.raises(RefusedError) as raised:
        await house.ask(**submission)
    await nothing_left(house)
    return [(problem.field, problem.kind.value) for problem in raised.value.refusal.violations]


async def nothing_left(house: House) -> None:
    assert house.spool.job_ids() == []
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}
    async with house.database.read() as unit:
        assert await unit.queue.queued_and_running("routescope") == []


async def test_an_accepted_wish_is_a_stored_and_paid_job(house: House) -> None:
    ticket = await house.ask(
        count=2, sources=(PICTURE, PICTURE), size="4K", operation=Operation.GENERATE
    )
    job = await house.job(ticket.progress.job.job_id)
    assert job == ticket.progress.job
    assert (job.state, job.destination) == (JobState.QUEUED, Destination.CHANNEL)
    assert (job.guild_id, job.channel_id, job.user_id) == (GUILD, CHANNEL, MEMBER)
    assert (job.created_at, job.expires_at) == (NOW, NOW + 3600)
    assert (job.request.model, job.request.size, job.request.references) == (MODEL, "4K", 2)
    assert await house.used() == {"member": 4, "ceiling": 4, "global": 4}
    assert (ticket.known, ticket.progress.position, ticket.quota_status.left) == (False, 1, 6)
    assert ticket.progress.ready_at == NOW + 30
    async with house.database.read() as unit:
        stored = await unit.job_queries.references(job.job_id)
    assert [(one.role, one.position, one.url) for one in stored] == [
        ("picture", 0, PICTURE.url),
        ("picture", 1, PICTURE.url),
    ]
    assert all(house.spool.path(one.path).exists() for one in stored)


async def test_who_comes_later_waits_behind(house: House) -> None:
    positions = [(await house.ask()).progress.position for _ in range(3)]
    assert positions == [1, 2, 3]


# --- the same event twice -----------------------------------------------------------------------


async def test_the_same_event_twice_is_one_job_and_one_charge(house: House) -> None:
    first = await house.ask(origin="i:7", sources=(PICTURE,))
    again = await house.ask(origin="i:7", sources=(PICTURE,))
    assert (first.known, again.known) == (False, True)
    assert again.progress.job == first.progress.job
    assert house.spool.job_ids() == [first.progress.job.job_id]
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_the_same_event_many_times_at_once_is_one_job(house: House) -> None:
    tickets = await asyncio.gather(*(house.ask(origin="i:7", count=3) for _ in range(8)))
    assert len({ticket.progress.job.job_id for ticket in tickets}) == 1
    assert [ticket.known for ticket in tickets].count(False) == 1
    assert await house.used() == {"member": 3, "ceiling": 3, "global": 3}


async def test_an_event_that_spent_the_last_credit_is_still_known(house: House) -> None:
    first = await house.ask(origin="i:7", count=10)
    assert (await house.ask(origin="i:7", count=10)).progress.job == first.progress.job


# --- refusals -----------------------------------------------------------------------------------


async def test_every_problem_is_told_at_once_pictures_included(house: House) -> None:
    problems = await refused(
        house, prompt=" ", sources=(BAD, SMALL), count=99, size="1x1", guidance=5.0
    )
    assert problems == [
        ("reference", "picture"),
        ("prompt", "prompt_empty"),
        ("reference", "reference_too_small"),
        ("size", "size_too_few_pixels"),
        ("count", "count_range"),
        ("guidance", "option_not_taken"),
    ]


async def test_an_unusable_picture_still_counts_as_one(house: House) -> None:
    assert await refused(house, sources=(BAD,)) == [("reference", "picture")]


async def test_a_private_answer_holds_ten_pictures(house: House) -> None:
    assert await refused(house, private=True, count=11) == [("count", "count_range")]
    ticket = await house.ask(private=True, count=10)
    assert ticket.progress.job.destination is Destination.INTERACTION


async def test_a_wish_beyond_the_quota_leaves_nothing_behind(house: House) -> None:
    with pytest.raises(QuotaError):
        await house.ask(count=11, sources=(PICTURE,))
    await nothing_left(house)


async def test_a_mistake_while_storing_leaves_nothing_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.book, "reserve", broken)
    with pytest.raises(ZeroDivisionError):
        await house.ask(sources=(PICTURE,))
    await nothing_left(house)


# --- the gate -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("submission", "denial"),
    [
        ({"guild_id": None}, Denial.DIRECT_MESSAGE),
        ({"guild_id": 99}, Denial.SERVER_NOT_ALLOWED),
        ({"can_post": False}, Denial.CANNOT_POST),
    ],
)
async def test_the_gate_comes_before_everything(
    house: House, submission: dict[str, Any], denial: Denial
) -> None:
    with pytest.raises(AccessError) as raised:
        await house.ask(prompt="", sources=(BAD,), **submission)
    assert raised.value.denial is denial
    await nothing_left(house)


async def test_a_private_answer_needs_no_permission_to_post(house: House) -> None:
    await house.ask(private=True, can_post=False)


async def test_who_is_stopping_takes_no_more_wishes(house: House) -> None:
    house.access.close()
    with pytest.raises(AccessError) as raised:
        await house.ask()
    assert raised.value.denial is Denial.SHUTTING_DOWN


async def test_a_cancellation_at_the_commit_leaves_an_accepted_job_its_pictures(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = SqlUnit.commit

    async def cut_short(unit: SqlUnit) -> None:
        await commit(unit)
        raise asyncio.CancelledError

    monkeypatch.setattr(SqlUnit, "commit", cut_short)
    with pytest.raises(asyncio.CancelledError):
        await house.ask(sources=(PICTURE,), operation=Operation.GENERATE)
    async with house.database.read() as unit:
        (job,) = await unit.queue.queued_and_running("routescope")
        (stored,) = await unit.job_queries.references(job.job_id)
    assert house.spool.path(stored.path).exists()
