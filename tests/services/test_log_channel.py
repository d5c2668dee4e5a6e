"""The log channel: every change once, in handfuls, and never in the way of anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.domain.errors import DeliveryError
from bot.domain.server import ServerPolicy, ServerSettings
from bot.services.delivery.log_channel import (
    CLAIM_SECONDS,
    TRY_FOR_SECONDS,
    WAIT_SECONDS,
    LogChannelFeed,
)
from bot.services.operations.alerts import Alerts
from bot.services.ports import AuditEntry, ComparisonPost, ReportCard, ResultSummary
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import SettingDecision, WordDecision
from bot.services.servers.policies import Policies
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import HandClock
from tests.services.house import NOW, Ear

LOG = 77


class Paper:
    """A log channel that takes three lines at a time, or nothing."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, int, list[int]]] = []
        self.trouble: dict[int, Exception] = {}
        # What happens once while a message is on its way.
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def changes(
        self, guild_id: int, settings: ServerSettings, entries: Sequence[AuditEntry]
    ) -> int:
        if guild_id in self.trouble:
            raise self.trouble[guild_id]
        told = [entry.audit_id for entry in entries[:3]]
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
        self.messages.append((guild_id, settings.log_channel, told))
        return len(told)

    async def result(self, settings: ServerSettings, made: ResultSummary) -> None:
        raise AssertionError("no result was made")

    async def vote(self, settings: ServerSettings, shown: ComparisonPost, message_id: int) -> None:
        raise AssertionError("nothing was compared")

    async def take_pictures(self, settings: ServerSettings, card: ReportCard) -> None:
        raise AssertionError("nothing was reported")

    @property
    def told(self) -> list[int]:
        return [audit_id for _, _, ids in self.messages for audit_id in ids]


class Desk:
    """Servers that decide, and the echo of it."""

    def __init__(self, database: SqlDatabase) -> None:
        self.database = database
        self.clock = HandClock(NOW)
        self.policies = Policies(database=database, clock=self.clock)
        self.changes = Changes(database=database, policies=self.policies, clock=self.clock)
        self.paper = Paper()
        self.alerts = Alerts(
            alarm=Ear(), database=database, clock=self.clock, words=lambda *_: "trouble"
        )
        self.log_channel_feed = self.another()

    def another(self) -> LogChannelFeed:
        return LogChannelFeed(
            channel=self.paper,
            database=self.database,
            policies=self.policies,
            clock=self.clock,
            alerts=self.alerts,
            operator_words=lambda entry: None if entry.actor_id else f"used: {entry.new}",
        )

    async def log_channel(self, guild_id: int) -> int:
        return await self._set(guild_id, SettingDecision("log_channel"), LOG)

    async def forbid(self, guild_id: int, count: int = 1) -> list[int]:
        things = [WordDecision(f"word{number}") for number in range(count)]
        return [await self._set(guild_id, decision, True) for decision in things]

    async def budget_of_all(self, percent: int) -> None:
        """Let the budget of the whole bot be used up so far."""
        async with self.database.write() as uow:
            await uow.audit.add(
                0,
                at=NOW,
                actor_id=0,
                action="budget_warning",
                subject_kind="budget",
                subject_id="global",
                old=None,
                new=percent,
                reason=None,
            )
            await uow.commit()

    async def _set(
        self, guild_id: int, decision: SettingDecision | WordDecision, value: object
    ) -> int:
        actor = self.changes.actor(guild_id, 5)
        entry = await self.changes.set(actor, decision, value, action="setting")
        assert entry is not None
        return entry.audit_id

    async def rounds(self) -> None:
        while await self.log_channel_feed.round():
            pass

    async def waiting(self) -> list[int]:
        async with self.database.read() as uow:
            return [entry.audit_id for entry in await uow.audit.unechoed(limit=1000)]


@pytest.fixture
def desk(database: SqlDatabase) -> Desk:
    return Desk(database)


async def test_changes_are_told_once_and_in_their_order(desk: Desk) -> None:
    ids = [await desk.log_channel(1), *await desk.forbid(1, 7)]
    await desk.rounds()
    await desk.rounds()

    assert desk.paper.told == ids
    assert [len(ids) for _, _, ids in desk.paper.messages] == [3, 3, 2]
    assert {channel for _, channel, _ in desk.paper.messages} == {LOG}
    assert await desk.waiting() == []


async def test_without_a_log_channel_nothing_waits(desk: Desk) -> None:
    await desk.forbid(1, 3)
    await desk.rounds()
    assert await desk.waiting() == []
    # What was decided before there was one is not told later.
    chosen = await desk.log_channel(1)
    await desk.rounds()
    assert desk.paper.told == [chosen]


async def test_a_closed_log_channel_is_not_tried_again(desk: Desk) -> None:
    await desk.log_channel(1)
    desk.paper.trouble[1] = DeliveryError(50013, "Missing Permissions")
    await desk.rounds()

    assert await desk.waiting() == []


async def test_one_channel_out_of_reach_does_not_hold_up_the_others(desk: Desk) -> None:
    await desk.log_channel(1)
    mine = await desk.forbid(1, 60)
    desk.paper.trouble[1] = ConnectionResetError()
    other = await desk.log_channel(2)
    await desk.rounds()
    assert desk.paper.told == [other]

    del desk.paper.trouble[1]
    await desk.rounds()
    assert desk.paper.told == [other]  # it rests for a while first
    desk.clock.at += WAIT_SECONDS
    await desk.rounds()
    assert desk.paper.told[2:] == mine


async def test_what_nobody_took_for_an_hour_is_left_to_the_history(desk: Desk) -> None:
    await desk.log_channel(1)
    desk.paper.trouble[1] = ConnectionResetError()
    await desk.rounds()
    desk.clock.at += TRY_FOR_SECONDS + WAIT_SECONDS
    (late,) = await desk.forbid(1)
    await desk.rounds()

    assert await desk.waiting() == [late]


async def test_another_process_goes_on_where_the_first_stopped(desk: Desk) -> None:
    ids = [await desk.log_channel(1), *await desk.forbid(1, 4)]
    await desk.log_channel_feed.round()
    desk.log_channel_feed = desk.another()
    await desk.rounds()

    assert desk.paper.told == ids


@pytest.mark.on_server
async def test_who_goes_on_after_a_process_that_was_stopped_tells_the_very_same(
    desk: Desk,
) -> None:
    ids = [await desk.log_channel(1), *await desk.forbid(1)]
    other = desk.another()
    later: list[int] = []

    async def stopped() -> None:
        """Let the time of a claim pass, and another process do what it finds."""
        later.append(await desk._set(1, WordDecision("later"), True))
        await other.round()
        # It is another one's, for now.
        assert desk.paper.messages == []
        desk.clock.at += CLAIM_SECONDS
        await other.round()

    desk.paper.meanwhile = stopped
    await desk.rounds()

    # Discord knows by the nonce, which names these two, that it is one message.
    assert [told for _, _, told in desk.paper.messages] == [ids, ids, later]
    assert await desk.waiting() == []


@pytest.mark.on_server
async def test_a_process_that_was_stopped_before_it_posts_does_not_post(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.log_channel(1)
    settings, other = desk.policies.of, desk.another()

    async def stopped(guild_id: int) -> ServerPolicy:
        monkeypatch.undo()
        desk.clock.at += CLAIM_SECONDS
        await other.round()
        return await settings(guild_id)

    monkeypatch.setattr(desk.policies, "of", stopped)
    await desk.rounds()
    assert len(desk.paper.messages) == 1
    assert await desk.waiting() == []


async def test_what_concerns_the_whole_bot_is_told_to_the_operator_once(desk: Desk) -> None:
    await desk.budget_of_all(80)
    await desk.log_channel_feed.round()
    await desk.another().round()
    assert desk.alerts._waiting.qsize() == 1
    assert desk.alerts._waiting.get_nowait().text == "used: 80"
    assert desk.paper.messages == []
