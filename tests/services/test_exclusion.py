"""What two decide at once is decided once, whichever database keeps it (docs/spec/data.md 9).

Each of these reads something and then writes by it. Half of those who ask are another process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import AccessError, Denial, ErrorClass, Failure
from bot.domain.job import JobState
from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window
from bot.domain.requests.consent import Whose
from bot.services.ports import ReferenceSource
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.requests.queue_wait import QueueCaps
from bot.services.servers.changes import UndoOffer
from bot.services.servers.decisions import RuleDecision, SettingDecision
from bot.storage.engine.database import SqlDatabase
from bot.storage.tables import jobs
from tests.services.fakes import failing
from tests.services.house import GUILD, MEMBER, House
from tests.services.test_moderation import RANKS, Office, budget
from tests.services.test_privacy import privacy_of

pytestmark = pytest.mark.on_server


@pytest.fixture
async def houses(house: House, address: str, tmp_path: Path) -> AsyncIterator[tuple[House, House]]:
    """Two processes on one database."""
    database = SqlDatabase(address)
    yield house, House(database, tmp_path / "other", me="two", clock=house.clock)
    await database.close()


@pytest.fixture
def offices(houses: tuple[House, House]) -> tuple[Office, Office]:
    return Office(houses[0]), Office(houses[1])


async def at_once(work: Sequence[Awaitable[Any]]) -> list[Any]:
    """Let all of it run at once; raise what nobody expects of a database."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException) and not isinstance(one, AccessError):
            raise one
    return ended


def accepted(ended: list[Any]) -> list[Any]:
    return [one for one in ended if not isinstance(one, BaseException)]


async def test_a_cooldown_lets_one_through(houses: tuple[House, House]) -> None:
    changes = Office(houses[0]).changes
    actor = changes.actor(GUILD, 7)
    await changes.set(actor, SettingDecision("cooldown_seconds"), 30, action="decided")
    ended = await at_once([houses[n % 2].ask() for n in range(8)])
    assert len(accepted(ended)) == 1


async def test_the_queue_takes_three_and_not_one_more(houses: tuple[House, House]) -> None:
    for house in houses:
        house.intake._queue = QueueCaps(per_member=100, per_server=3)
    ended = await at_once([houses[n % 2].ask(user_id=100 + n) for n in range(20)])
    assert len(accepted(ended)) == 3


async def test_grants_stay_within_the_budget(
    houses: tuple[House, House], offices: tuple[Office, Office]
) -> None:
    await budget(houses[0], 3, Window.MONTH)
    ended = await asyncio.gather(
        *(
            offices[n % 2].moderation.grant(offices[n % 2].act(), 100 + n, 1, expires_at=None)
            for n in range(8)
        ),
        return_exceptions=True,
    )
    assert len(accepted(ended)) == 3


async def test_the_same_grant_is_given_once(
    houses: tuple[House, House], offices: tuple[Office, Office]
) -> None:
    actor = offices[0].act("prize")
    entries = await at_once(
        [offices[n % 2].moderation.grant(actor, MEMBER, 5, expires_at=None) for n in range(8)]
    )
    assert len({entry.audit_id for entry in entries}) == 1
    assert [grant.left for grant in await houses[0].grants()] == [5]


async def test_the_same_decision_is_recorded_once(offices: tuple[Office, Office]) -> None:
    decision = RuleDecision(Subject.MEMBER, MEMBER, Window.DAY)
    value = {"credits": 7, "until": None}
    await at_once(
        [
            offices[n % 2].changes.set(offices[n % 2].act(), decision, value, action="limit")
            for n in range(4)
        ]
    )
    assert len(await offices[0].changes.history(GUILD, limit=9)) == 1


async def test_a_decision_is_undone_once(offices: tuple[Office, Office]) -> None:
    changes = offices[0].changes
    decision = SettingDecision("cooldown_seconds")
    entry = await changes.set(offices[0].act(), decision, 30, action="decided")
    assert entry is not None
    offers = await at_once(
        [offices[n % 2].changes.undo(entry.audit_id, offices[n % 2].act()) for n in range(4)]
    )
    assert [offer for offer, _ in offers].count(UndoOffer.DONE) == 1


async def test_a_retry_is_one_job(houses: tuple[House, House]) -> None:
    house = houses[0]
    house.service.script = [failing(ErrorClass.SERVER)]
    first = await house.finish(await house.ask())
    assert first.state is JobState.FAILED
    tickets = await at_once([houses[n % 2].ask(retry_of=first.job_id) for n in range(5)])
    assert len({ticket.progress.job.job_id for ticket in tickets}) == 1
    assert (await house.used())["member"] == 1


async def test_again_tapped_twice_is_one_job(houses: tuple[House, House]) -> None:
    first = await houses[0].finish(await houses[0].ask())
    tickets = await at_once([houses[n % 2].ask(again_of=first.job_id) for n in range(5)])
    assert len({ticket.progress.job.job_id for ticket in tickets}) == 1


async def test_nobody_who_is_blocked_has_a_job_that_waits(
    houses: tuple[House, House], offices: tuple[Office, Office]
) -> None:
    block = offices[1].moderation.block(offices[1].act(), MEMBER, until=None, ranks=RANKS)
    await at_once([*(houses[n % 2].ask() for n in range(6)), block])
    async with houses[0].database.read() as uow:
        assert await uow.queue.under_way(GUILD, user_id=MEMBER) == []


async def test_a_basket_holds_what_was_put_into_it(houses: tuple[House, House]) -> None:
    baskets = [
        DraftsAndBasket(
            database=house.database,
            results=Office(house).results,
            spool=house.spool,
            clock=house.clock,
        )
        for house in houses
    ]
    pictures = [ReferenceSource(url=f"https://example.com/{n}.png") for n in range(8)]
    await at_once(
        [baskets[n % 2].put_in_basket(MEMBER, 10, [one]) for n, one in enumerate(pictures)]
    )
    assert await baskets[0].basket_size(MEMBER, 10) == 8


async def test_nobody_is_asked_who_has_just_said_that_nobody_may(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    asking, owner_id = houses[0], 200
    office = Office(asking)
    await office.changes.set(office.act(), SettingDecision("photos"), "ask", action="decided")

    class Decided:
        """A member who decides while it is looked whether they are there (port Membership)."""

        async def is_member(self, guild_id: int, user_id: int) -> bool:
            await privacy_of(houses[1]).let_others_edit(user_id, allowed=False)
            return True

    monkeypatch.setattr(asking.intake, "_membership", Decided())
    photo = ReferenceSource(url="https://example.com/1.png", owner_id=owner_id, whose=Whose.MEMBER)
    with pytest.raises(AccessError) as refused:
        await asking.ask(sources=(photo,))
    assert refused.value.denial is Denial.NOT_YOUR_PICTURE
    async with asking.database.read() as uow:
        assert await uow.consents.due(now=asking.clock.at) == []


async def test_each_failure_of_a_service_counts(houses: tuple[House, House]) -> None:
    lost = Failure(error_class=ErrorClass.SERVER)
    await at_once([houses[n % 2].circuits.ended("routescope", lost) for n in range(3)])
    async with houses[0].database.read() as uow:
        assert (await uow.circuits.all())["routescope"].failures == 3


async def test_every_job_has_a_turn_of_its_own(houses: tuple[House, House]) -> None:
    await at_once([houses[n % 2].ask(user_id=100 + n, guild_id=1 + n % 2) for n in range(40)])
    async with houses[0].database.read() as uow:
        turns = [row.turn for row in await uow.connection.execute(jobs.select())]
    assert len(set(turns)) == 40


async def test_reservations_of_fresh_windows_never_lock_each_other_out(
    houses: tuple[House, House],
) -> None:
    for _ in range(3):
        houses[0].clock.at += 86_400
        ended = await at_once(
            [houses[n % 2].ask(user_id=100 + n % 16, guild_id=1 + n % 2) for n in range(60)]
        )
        assert len(accepted(ended)) == 60
