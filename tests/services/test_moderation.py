"""What moderators decide, without Discord: one transaction each, and the books stay right."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.errors import AccessError, Denial, Objection, QuotaError, StaffError
from bot.domain.job import CallState, JobState, Reason
from bot.domain.quotas.rules import Rule, Subject
from bot.domain.quotas.windows import Window
from bot.services.jobs import worker
from bot.services.moderation.member_moderation import Moderation
from bot.services.moderation.staff_hierarchy import Rank
from bot.services.moderation.staff_suggestions import StaffSuggestions
from bot.services.requests.recent_results import RecentResults
from bot.services.requests.results import Results
from bot.services.servers.changes import Changes, UndoOffer
from bot.services.servers.decisions import Actor, BlockDecision
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import Step
from tests.services.house import GUILD, MEMBER, House, until

MODERATOR = 7
RANKS = (Rank.MODERATOR, Rank.MEMBER)


class Office:
    """The moderators of a house."""

    def __init__(self, house: House) -> None:
        self.changes = Changes(database=house.database, policies=house.policies, clock=house.clock)
        self.results = Results(
            database=house.database,
            messages=house.publisher,
            spool=house.spool,
            clock=house.clock,
            recent_results=RecentResults(house.clock),
        )
        self.moderation = Moderation(
            changes=self.changes,
            policies=house.policies,
            quotas=house.book,
            results=self.results,
            tickets=house.tickets,
            database=house.database,
            clock=house.clock,
        )

    def act(self, reason: str | None = None, guild_id: int = GUILD) -> Actor:
        return self.changes.actor(guild_id, MODERATOR, reason)


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


async def budget(house: House, credits: int, window: Window) -> None:
    rule = Rule(subject=Subject.BUDGET, window=window, credits=credits)
    async with house.database.write() as uow:
        await uow.rules.put(GUILD, rule, by=1, now=0)
        await uow.versions.bump(GUILD)
        await uow.commit()


# --- grants ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credits", "window", "room"), [(20, Window.MONTH, 20), (3, Window.DAY, 90)]
)
async def test_grants_together_stay_within_the_budgets_month(
    house: House, office: Office, credits: int, window: Window, room: int
) -> None:
    await budget(house, credits, window)
    await office.moderation.grant(office.act(), MEMBER, room - 5, expires_at=None)
    with pytest.raises(StaffError) as refused:
        await office.moderation.grant(office.act(), 101, 6, expires_at=None)
    assert refused.value.values == {"left": 5}
    await office.moderation.grant(office.act(), 101, 5, expires_at=None)
    assert await house.problems() == []


async def test_grants_at_once_do_not_pass_the_budget(house: House, office: Office) -> None:
    await budget(house, 10, Window.MONTH)
    given = await asyncio.gather(
        *(office.moderation.grant(office.act(), 100 + n, 3, expires_at=None) for n in range(8)),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in given) == 3


async def test_what_ended_or_was_taken_back_makes_room_again(house: House, office: Office) -> None:
    await budget(house, 10, Window.MONTH)
    soon = house.clock.at + 60
    entry = await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=soon)
    await office.moderation.revoke(office.act(), int(entry.subject_id.split(":")[0]))
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    house.clock.at = soon
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    assert await house.problems() == []


async def test_another_servers_grant_is_unknown(house: House, office: Office) -> None:
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    with pytest.raises(StaffError, match="grant_unknown"):
        await office.moderation.revoke(office.act(guild_id=GUILD + 1), 1)
    assert [grant.left for grant in await house.grants()] == [5]


async def test_a_reset_leaves_what_is_held_with_the_old_window(
    house: House, office: Office
) -> None:
    ticket = await house.ask(count=4)
    entry = await office.moderation.reset(office.act("a mistake"), MEMBER)
    assert entry is not None
    assert (entry.old, entry.new, entry.reason) == ({"used": 4}, {"used": 0}, "a mistake")
    await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MEMBER)
    assert await house.problems() == []
    assert await office.moderation.reset(office.act(), MEMBER) is None


# --- blocks ---------------------------------------------------------------------------------


async def test_a_block_refunds_what_waits_and_stops_what_runs(
    house: House, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.05)
    gate = asyncio.Event()
    house.service.script = [Step(gate=gate) for _ in range(4)]
    running = await house.ask(count=6)
    async with house.at_work():
        await until(lambda: house.service.under_way == 4)
        waiting = await house.ask(count=1)
        other = await house.ask(user_id=MEMBER + 1)
        done = await office.moderation.block(office.act("spam"), MEMBER, until=None, ranks=RANKS)
        assert (done.withdrawn, done.removed) == (2, 0)
        gate.set()
        house.clock.at += 60  # whoever's ticket is gone is told by then
        async with asyncio.timeout(10):
            await house.worker.drained()
    ended = await house.job(running.progress.job.job_id)
    assert ended.state is JobState.DONE
    states = [call.state for call in await house.calls(ended)]
    assert states.count(CallState.SKIPPED) == 2
    cancelled = await house.job(waiting.progress.job.job_id)
    assert (cancelled.state, cancelled.reason) == (JobState.CANCELLED, Reason.BLOCKED)
    assert (await house.job(other.progress.job.job_id)).state is JobState.DONE
    assert await house.problems() == []
    with pytest.raises(AccessError) as refused:
        await house.ask()
    assert refused.value.denial is Denial.BLOCKED


@pytest.mark.parametrize("blocked", [True, False])
async def test_a_job_that_staff_stopped_before_anything_was_sent_says_so(
    house: House, office: Office, blocked: bool
) -> None:
    await house.ask()
    job = await house.claimed()
    if blocked:
        await office.moderation.block(office.act(), MEMBER, until=None, ranks=RANKS)
    else:
        await office.moderation.cancel(office.act(), job.job_id)
    await house.runner.run(job, slot_held=False)

    ended = await house.job(job.job_id)
    reason = Reason.BLOCKED if blocked else Reason.BY_MODERATOR
    assert (ended.state, ended.reason) == (JobState.FAILED, reason)
    assert [told.reason for told in house.publisher.announced] == [reason]
    assert house.service.orders == []
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


async def test_who_stops_a_job_first_names_the_reason(house: House, office: Office) -> None:
    await house.ask()
    job = await house.claimed()
    await house.intake.cancel(job.job_id, by=Reason.BY_MEMBER)
    with pytest.raises(StaffError, match="job_ended"):
        await office.moderation.cancel(office.act(), job.job_id)
    done = await office.moderation.block(office.act(), MEMBER, until=None, ranks=RANKS)
    assert done.withdrawn == 0
    await house.runner.run(job, slot_held=False)
    assert (await house.job(job.job_id)).reason is Reason.BY_MEMBER


@pytest.mark.parametrize(
    ("actor_id", "ranks", "objection"),
    [
        (MEMBER, RANKS, Objection.BLOCK_YOURSELF),
        (MODERATOR, (Rank.MODERATOR, Rank.MODERATOR), Objection.BLOCK_STAFF),
        (MODERATOR, (Rank.MODERATOR, Rank.MANAGER), Objection.BLOCK_STAFF),
        (MODERATOR, (Rank.MANAGER, Rank.OWNER), Objection.BLOCK_OWNER),
        (MODERATOR, (Rank.OWNER, Rank.MANAGER), None),
        (MODERATOR, (Rank.MANAGER, Rank.MODERATOR), None),
    ],
)
async def test_only_who_stands_above_somebody_blocks_them(
    house: House,
    office: Office,
    actor_id: int,
    ranks: tuple[Rank, Rank],
    objection: Objection | None,
) -> None:
    actor = office.changes.actor(GUILD, actor_id)
    ticket = await house.ask()
    if objection is None:
        await office.moderation.block(actor, MEMBER, until=None, ranks=ranks)
        return
    with pytest.raises(StaffError) as refused:
        await office.moderation.block(actor, MEMBER, until=None, ranks=ranks)
    assert refused.value.objection is objection
    assert (await house.job(ticket.progress.job.job_id)).state is JobState.QUEUED
    assert await office.changes.history(GUILD, limit=9) == []


async def test_a_block_and_a_request_at_once_leave_nothing_that_runs(
    house: House, office: Office
) -> None:
    asked, _ = await asyncio.gather(
        house.ask(),
        office.moderation.block(office.act(), MEMBER, until=None, ranks=RANKS),
        return_exceptions=True,
    )
    if not isinstance(asked, BaseException):
        job = await house.job(asked.progress.job.job_id)
        assert job.state is JobState.CANCELLED
    async with house.database.read() as uow:
        assert await uow.queue.under_way(GUILD, user_id=MEMBER) == []
    assert await house.problems() == []


async def test_blocking_again_the_same_way_changes_nothing(house: House, office: Office) -> None:
    first = await office.moderation.block(office.act("x"), MEMBER, until=None, ranks=RANKS)
    again = await office.moderation.block(office.act("x"), MEMBER, until=None, ranks=RANKS)
    assert first.entry is not None
    assert again.entry is None
    longer = await office.moderation.block(
        office.act("x"), MEMBER, until=house.clock.at + 60, ranks=RANKS
    )
    assert longer.entry is not None
    how, _ = await office.changes.undo(first.entry.audit_id, office.act())
    assert how is UndoOffer.CHANGED_SINCE


# --- requests and pictures ------------------------------------------------------------------


async def test_nothing_of_another_server_is_touched(house: House, office: Office) -> None:
    ticket = await house.ask()
    job = await house.finish(ticket)
    waiting = await house.ask(guild_id=GUILD)
    far = office.act(guild_id=GUILD + 1)
    with pytest.raises(StaffError, match="job_unknown"):
        await office.moderation.cancel(far, waiting.progress.job.job_id)
    with pytest.raises(StaffError, match="picture_unknown"):
        await office.moderation.remove(far, job.job_id)
    await office.moderation.block(far, MEMBER, until=None, ranks=RANKS, remove_since=0)
    assert (await house.job(waiting.progress.job.job_id)).state is JobState.QUEUED
    assert all(post.removed_at is None for post in await house.posts(job))


async def test_a_block_of_the_operator_stays_whatever_moderators_do(
    house: House, office: Office
) -> None:
    operator = office.changes.actor(GUILD, 0, "spam")
    await office.changes.set(operator, BlockDecision(MEMBER), {"until": None}, action="block")
    actor = office.act()
    with pytest.raises(StaffError, match="blocked_by_operator"):
        await office.moderation.unblock(actor, MEMBER)
    with pytest.raises(StaffError, match="blocked_by_operator"):
        await office.moderation.block(actor, MEMBER, until=house.clock.at + 9, ranks=RANKS)
    async with house.database.read() as uow:
        block = await uow.blocks.get(GUILD, MEMBER)
    assert block is not None
    assert (block.until, block.set_by) == (None, 0)


async def test_removed_results_of_a_blocked_member_are_deleted_even_after_a_crash(
    house: House, office: Office
) -> None:
    job = await house.finish(await house.ask(count=2))
    done = await office.moderation.block(
        office.act(), MEMBER, until=None, ranks=RANKS, remove_since=house.clock.at
    )
    assert done.removed == 1
    async with house.database.read() as uow:
        due = await uow.scheduled_deletions.due(now=house.clock.at)
    posts = await house.posts(job)
    assert [message_id for _, message_id, _ in due] == [post.message_id for post in posts]
    assert all(post.removed_at is not None for post in posts)
    history = await office.changes.history(GUILD, limit=9, about=MEMBER)
    assert [entry.action for entry in history] == ["remove", "block"]


# --- pauses ---------------------------------------------------------------------------------


async def test_a_pause_lets_what_waits_be_drawn_and_refuses_the_next(
    house: House, office: Office
) -> None:
    ticket = await house.ask()
    await office.moderation.pause(office.act("a storm"), until=house.clock.at + 60)
    with pytest.raises(AccessError) as refused:
        await house.ask()
    assert refused.value.values["reason"] == "a storm"
    assert (await house.finish(ticket)).state is JobState.DONE
    house.clock.at += 61
    assert await office.moderation.resume(office.act()) is None
    await house.ask()


async def test_a_pause_without_a_reason_is_refused(office: Office) -> None:
    with pytest.raises(StaffError, match="reason_needed"):
        await office.moderation.pause(office.act("  "), until=None)


# --- lists ----------------------------------------------------------------------------------


async def test_lists_are_read_behind_the_answer(house: House, office: Office) -> None:
    lists = StaffSuggestions(house.clock)
    await house.ask()
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    assert lists.of(GUILD).jobs == ()
    task = asyncio.create_task(lists.run(office.moderation))
    await until(lambda: len(lists.of(GUILD).jobs) == 1)
    assert [grant.left for grant in lists.of(GUILD).grants] == [5]
    lists.heard(MEMBER, "alice")
    assert (lists.name(MEMBER), lists.name(1)) == ("alice", "1")
    task.cancel()


async def test_a_grant_helps_when_the_quota_is_used_up(house: House, office: Office) -> None:
    await house.ask(count=10)
    with pytest.raises(QuotaError):
        await house.ask()
    await office.moderation.grant(office.act(), MEMBER, 1, expires_at=None)
    await house.ask()
    with pytest.raises(QuotaError):
        await house.ask()


async def test_the_same_grant_delivered_to_two_processes_is_given_once(
    house: House, office: Office, database: SqlDatabase, tmp_path: Path
) -> None:
    twin = Office(House(database, tmp_path, me="twin", clock=house.clock))
    actor = office.act("prize")
    entries = await asyncio.gather(
        *(one.moderation.grant(actor, MEMBER, 5, expires_at=None) for one in (office, twin))
    )
    assert entries[0] == entries[1]
    assert [grant.left for grant in await house.grants()] == [5]


async def test_another_grant_like_the_last_is_given(house: House, office: Office) -> None:
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    house.clock.at += 5
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    await office.moderation.grant(office.act("one more"), MEMBER, 5, expires_at=None)
    await office.moderation.grant(office.act("one more"), MEMBER + 1, 5, expires_at=None)
    assert [grant.left for grant in await house.grants()] == [5, 5, 5]
