"""Undo gives back nothing that the same person could not decide anew."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import LimitError, LimitProblem, Objection, StaffError
from bot.domain.job import JobState, Reason
from bot.domain.quotas.rules import Rule, Subject
from bot.domain.quotas.windows import Window
from bot.services.moderation.spoilers import Spoilers
from bot.services.moderation.staff_hierarchy import Rank
from bot.services.moderation.undo import Undo
from bot.services.ports import AuditEntry
from bot.services.servers.changes import UndoOffer
from bot.services.servers.decisions import RuleDecision
from tests.services.fakes import ScriptedSpoilers
from tests.services.house import GUILD, MEMBER, House
from tests.services.test_limits import Desk
from tests.services.test_moderation import RANKS, Office, budget


class Bureau(Office):
    """An office with limits and Undo."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.limits = Desk(house).limits
        spoilers = Spoilers(
            changes=self.changes,
            database=house.database,
            results=self.results,
            messages=house.publisher,
            spoilers=ScriptedSpoilers(),
            clock=house.clock,
        )
        self.undoing = Undo(
            changes=self.changes,
            limits=self.limits,
            moderation=self.moderation,
            spoilers=spoilers,
            database=house.database,
        )

    async def undo(
        self,
        entry: AuditEntry | None,
        *,
        manager: bool = False,
        ranks: tuple[Rank, Rank] = RANKS,
    ) -> UndoOffer:
        assert entry is not None
        actor = self.act()
        return (await self.undoing.undo(entry.audit_id, actor, manager=manager, ranks=ranks))[0]

    async def limit(self, credits: int, subject: Subject = Subject.MEMBER) -> AuditEntry | None:
        subject_id = MEMBER if subject is Subject.MEMBER else 0
        rule = Rule(subject=subject, subject_id=subject_id, window=Window.DAY, credits=credits)
        return (await self.limits.set(self.act(), rule, manager=True)).entry


@pytest.fixture
def bureau(house: House) -> Bureau:
    return Bureau(house)


async def test_grants_taken_back_do_not_come_back_beyond_the_budget(
    house: House, bureau: Bureau
) -> None:
    await budget(house, 20, Window.MONTH)
    revoked: list[AuditEntry] = []
    for _ in range(3):
        given = await bureau.moderation.grant(bureau.act(), MEMBER, 20, expires_at=None)
        grant_id = int(given.subject_id.partition(":")[0])
        revoked.append(await bureau.moderation.revoke(bureau.act(), grant_id))
    ended = await asyncio.gather(*map(bureau.undo, revoked), return_exceptions=True)
    assert [one for one in ended if one is UndoOffer.DONE] == [UndoOffer.DONE]
    refused = [one for one in ended if isinstance(one, StaffError)]
    assert [one.objection for one in refused] == [Objection.GRANT_BEYOND_BUDGET] * 2
    assert sum(grant.left for grant in await house.grants()) == 20


async def test_a_grant_that_is_over_comes_back_whatever_the_budget(
    house: House, bureau: Bureau
) -> None:
    soon = house.clock.at + 60
    given = await bureau.moderation.grant(bureau.act(), MEMBER, 20, expires_at=soon)
    grant_id = int(given.subject_id.partition(":")[0])
    revoked = await bureau.moderation.revoke(bureau.act(), grant_id)
    await budget(house, 5, Window.MONTH)
    house.clock.at = soon
    assert await bureau.undo(revoked) is UndoOffer.DONE
    assert await house.grants() == []


async def test_a_moderator_does_not_bring_a_managers_limit_back_above_the_budget(
    house: House, bureau: Bureau
) -> None:
    await bureau.limit(9000)
    lowered = await bureau.limit(5)
    with pytest.raises(LimitError) as refused:
        await bureau.undo(lowered)
    assert refused.value.problem is LimitProblem.ABOVE_BUDGET
    assert await bureau.undo(lowered, manager=True) is UndoOffer.DONE


async def test_a_budget_does_not_come_back_above_a_ceiling_that_was_lowered_since(
    house: House, bureau: Bureau
) -> None:
    await bureau.limit(400, Subject.BUDGET)
    lowered = await bureau.limit(50, Subject.BUDGET)
    decision = RuleDecision(Subject.CEILING, 0, Window.DAY)
    operator = bureau.changes.actor(GUILD, 0)
    value = {"credits": 100, "until": None}
    await bureau.changes.set(operator, decision, value, action="ceiling")
    with pytest.raises(LimitError) as refused:
        await bureau.undo(lowered, manager=True)
    assert refused.value.problem is LimitProblem.ABOVE_CEILING


async def test_a_block_comes_back_only_for_who_stands_above_the_member(
    house: House, bureau: Bureau
) -> None:
    await bureau.moderation.block(bureau.act(), MEMBER, until=None, ranks=RANKS)
    lifted = await bureau.moderation.unblock(bureau.act(), MEMBER)
    with pytest.raises(StaffError) as refused:
        await bureau.undo(lifted, ranks=(Rank.MODERATOR, Rank.MODERATOR))
    assert refused.value.objection is Objection.BLOCK_STAFF
    assert await bureau.moderation.blocked(GUILD, MEMBER) is None


async def test_a_block_that_comes_back_stops_what_was_asked_for_meanwhile(
    house: House, bureau: Bureau
) -> None:
    await bureau.moderation.block(bureau.act(), MEMBER, until=None, ranks=RANKS)
    lifted = await bureau.moderation.unblock(bureau.act(), MEMBER)
    ticket = await house.ask(count=2)
    assert await bureau.undo(lifted) is UndoOffer.DONE
    job = await house.job(ticket.progress.job.job_id)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.BLOCKED)
    assert (await house.used())["member"] == 0


async def test_a_block_that_would_be_over_stops_nothing(house: House, bureau: Bureau) -> None:
    soon = house.clock.at + 60
    await bureau.moderation.block(bureau.act(), MEMBER, until=soon, ranks=RANKS)
    lifted = await bureau.moderation.unblock(bureau.act(), MEMBER)
    ticket = await house.ask()
    house.clock.at = soon
    assert await bureau.undo(lifted) is UndoOffer.DONE
    assert (await house.job(ticket.progress.job.job_id)).state is JobState.QUEUED
