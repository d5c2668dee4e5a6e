"""Limits that staff set: bounds as they are in the transaction, and what follows from them."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import LimitError, LimitProblem
from bot.domain.quotas.rules import Rule, Subject
from bot.domain.quotas.windows import Window
from bot.services.quotas.limit_cache import LimitCache
from bot.services.quotas.limits import Decided, Limits
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import RuleDecision
from bot.services.servers.policies import Policies
from tests.services.house import GUILD, MEMBER, House

MODERATOR = 77


class Desk:
    """The limits of one process; a second one on the same database has its own memory."""

    def __init__(self, house: House) -> None:
        database, clock = house.database, house.clock
        self.policies = Policies(database=database, clock=clock)
        self.changes = Changes(database=database, policies=self.policies, clock=clock)
        self.known = LimitCache(database=database, policies=self.policies, clock=clock)
        self.limits = Limits(
            database=database,
            policies=self.policies,
            changes=self.changes,
            quotas=house.book,
            known=self.known,
            clock=clock,
        )

    async def set(
        self,
        subject: Subject,
        credits: int | None,
        window: Window = Window.DAY,
        *,
        manager: bool = True,
        until: int | None = None,
    ) -> Decided:
        subject_id = MEMBER if subject is Subject.MEMBER else 0
        rule = Rule(
            subject=subject, subject_id=subject_id, window=window, credits=credits, until=until
        )
        actor = self.changes.actor(GUILD, MODERATOR)
        return await self.limits.set(actor, rule, manager=manager)

    async def refused(
        self,
        subject: Subject,
        credits: int | None,
        window: Window = Window.DAY,
        *,
        manager: bool = True,
    ) -> LimitError:
        with pytest.raises(LimitError) as raised:
            await self.set(subject, credits, window, manager=manager)
        return raised.value


@pytest.mark.parametrize(
    ("window", "most"),
    [
        (Window.HOUR, 500),
        (Window.DAY, 500),
        (Window.WEEK, 3500),
        (Window.MONTH, 15_000),
    ],
)
async def test_a_budget_goes_up_to_the_ceiling_in_every_window(
    house: House, window: Window, most: int
) -> None:
    desk = Desk(house)
    error = await desk.refused(Subject.BUDGET, most + 1, window)
    assert error.problem is LimitProblem.ABOVE_CEILING
    assert error.values["most"] == most
    assert (await desk.set(Subject.BUDGET, most, window)).entry


async def test_a_moderator_is_bound_by_the_tightest_of_budget_and_ceiling(house: House) -> None:
    desk = Desk(house)
    await desk.set(Subject.BUDGET, 5, Window.HOUR)
    await desk.set(Subject.BUDGET, 40, Window.DAY)
    error = await desk.refused(Subject.MEMBER, 41, manager=False)
    assert (error.problem, error.values["most"]) == (LimitProblem.ABOVE_BUDGET, 40)
    error = await desk.refused(Subject.MEMBER, 6, Window.HOUR, manager=False)
    assert error.values["most"] == 5
    assert (await desk.set(Subject.MEMBER, 40, manager=False)).entry
    assert (await desk.refused(Subject.MEMBER, None, manager=False)).problem is (
        LimitProblem.UNLIMITED
    )


async def test_bounds_are_those_of_the_transaction_and_not_of_the_memory(house: House) -> None:
    here, there = Desk(house), Desk(house)
    assert not (await here.policies.of(GUILD)).rules
    await there.set(Subject.BUDGET, 7)
    assert (await here.refused(Subject.MEMBER, 8, manager=False)).values["most"] == 7


async def test_nothing_is_half_done_when_it_is_refused(house: House) -> None:
    desk = Desk(house)
    await desk.set(Subject.MEMBER, 3)
    await desk.refused(Subject.MEMBER, 501, manager=False)
    with pytest.raises(LimitError):
        await desk.limits.clear(desk.changes.actor(GUILD, MODERATOR), "role:5:day")
    assert len(await desk.changes.history(GUILD, limit=9)) == 1
    async with house.database.read() as uow:
        assert [rule.credits for rule in await uow.rules.of_member(GUILD, MEMBER)] == [3]


async def test_the_same_limit_twice_at_once_is_one_change(house: House) -> None:
    desk = Desk(house)
    decided = await asyncio.gather(*(desk.set(Subject.EVERYONE, 4) for _ in range(5)))
    assert len([one for one in decided if one.entry]) == 1
    assert len(await desk.changes.history(GUILD, limit=9)) == 1


async def test_what_is_used_already_is_told(house: House) -> None:
    desk = Desk(house)
    await house.ask(count=4)
    decided = await desk.set(Subject.MEMBER, 3)
    assert decided.used
    assert (decided.used.used, decided.used.left) == (4, 0)
    assert decided.lowered
    assert not (await desk.set(Subject.MEMBER, 9)).lowered


async def test_an_expired_limit_is_neither_shown_nor_said_to_apply(house: House) -> None:
    desk = Desk(house)
    await desk.set(Subject.MEMBER, 3, until=house.clock.at + 60)
    assert (await desk.set(Subject.MEMBER, 2, Window.HOUR)).others[0].credits == 3
    assert len((await desk.limits.overview(GUILD)).members) == 2
    house.clock.at += 60
    assert [r.credits for r in (await desk.limits.overview(GUILD)).members] == [2]
    assert (await desk.set(Subject.MEMBER, 1, Window.HOUR)).others == ()


async def test_the_memory_is_read_anew_behind_the_answer(house: House) -> None:
    here, there = Desk(house), Desk(house)
    reading = asyncio.create_task(here.known.run())
    actor = there.changes.actor(GUILD, MODERATOR)
    decision = RuleDecision(Subject.MEMBER, MEMBER, Window.DAY)
    await there.changes.set(actor, decision, {"credits": 3, "until": None}, action="limit")
    assert here.known.of(GUILD) == []
    async with asyncio.timeout(5):
        while not here.known.of(GUILD):  # noqa: ASYNC110
            await asyncio.sleep(0.001)  # read by a loop of its own: nothing to wait on
    assert [rule.credits for rule in here.known.of(GUILD)] == [3]
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
