"""The books as a state machine: whatever is decided, asked, settled and whatever the clock does.

A model in plain Python (`books_model`) keeps the same books beside the database and says
beforehand whether a request is let through, and by how much each counter moves.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, QuotaError
from bot.domain.job import Destination, Job, JobState, Reason
from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window, window_end, window_start
from bot.domain.requests.request import ImageRequest
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers.changes import Changes, UndoOffer
from bot.services.servers.decisions import (
    GrantDecision,
    RuleDecision,
    SettingDecision,
    decision_of,
)
from bot.services.servers.policies import Policies
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.ledger_check import problems
from bot.storage.tables import counters, grants
from tests.services.fakes import HandClock
from tests.services.ledger_model import (
    GUILD,
    MONEY,
    MONEY_SCOPE,
    RULES,
    Gift,
    Model,
    Span,
    Wished,
)
from tests.zones import zone_named

T = TypeVar("T")

MODERATOR = 7
# The week, the month and the clock of Lord Howe all change in these days.
START = 1_727_712_000  # Monday, 2024-09-30 16:00:00 UTC
USERS = (100, 101)
ROLES = (20, 21)
WINDOWS = tuple(Window)
ZONES = ("UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo", "Europe/Berlin")
# Member, roles, pictures, credits for each, price of each; which job, delivered, unknown.
WISHES = st.tuples(
    st.sampled_from(USERS),
    st.sets(st.sampled_from(ROLES)),
    st.integers(1, 5),
    st.sampled_from((1, 1, 2)),
    st.sampled_from((0, 7)),
)
ENDS = st.tuples(st.integers(0, 99), st.integers(0, 5), st.integers(0, 5))


class Books(Model, RuleBasedStateMachine):
    """Two members of one server, with everything that can be done to their books."""

    migrated: Path

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        Model.__init__(self, HandClock(START))
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        file = shutil.copy(self.migrated, Path(self.folder.name) / "easel.db")
        self.database = SqlDatabase(f"sqlite+aiosqlite:///{file}")
        self.book = QuotaBook(RULES)
        # What asks and what decides are two processes: one learns of the other by the version.
        self.policies = Policies(database=self.database, clock=self.clock)
        deciding = Policies(database=self.database, clock=self.clock)
        self.changes = Changes(database=self.database, policies=deciding, clock=self.clock)
        self.open: list[Wished] = []
        self.entries: list[int] = []
        self.made = 0

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    @initialize(zone=st.sampled_from(ZONES))
    def settle_in(self, zone: str) -> None:
        self.move_to_zone(zone)

    # --- the clock ------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((1, 59, 1800, 3600, 3601, 43_200, 86_400, 8 * 86_400)))
    def time_passes(self, seconds: int) -> None:
        self.clock.at += seconds

    @rule(window=st.sampled_from(WINDOWS), early=st.sampled_from((0, 1)))
    def a_window_ends(self, window: Window, early: int) -> None:
        end = window_end(
            window,
            window_start(window, self.clock.at, zone_named(self.zone)),
            zone_named(self.zone),
        )
        self.clock.at = max(self.clock.at, end - early)

    @rule(seconds=st.sampled_from((1, 2, 3600, 90_000)))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.clock.at -= seconds

    # --- decisions ------------------------------------------------------------------------

    @rule(
        who=st.sampled_from(
            (
                (Subject.EVERYONE, 0),
                *((Subject.ROLE, role) for role in ROLES),
                *((Subject.MEMBER, user) for user in USERS),
                (Subject.BUDGET, 0),
                (Subject.CEILING, 0),
            )
        ),
        window=st.sampled_from(WINDOWS),
        credits=st.one_of(st.none(), st.integers(0, 9)),
        lasts=st.sampled_from((None, None, 1, 3600)),
    )
    def a_rule_is_set(
        self, who: tuple[Subject, int], window: Window, credits: int | None, lasts: int | None
    ) -> None:
        until = None
        if lasts is not None and who[0] is Subject.MEMBER:
            until = self.clock.at + lasts
        value = {"credits": credits, "until": until}
        self.decide(RuleDecision(*who, window), value)
        self.decided[(*who, window)] = value

    @precondition(lambda self: self.decided)
    @rule(pick=st.integers(0, 99))
    def a_rule_is_cleared(self, pick: int) -> None:
        key = list(self.decided)[pick % len(self.decided)]
        self.decide(RuleDecision(*key), None)
        del self.decided[key]

    @rule(zone=st.sampled_from(ZONES))
    def move_to_zone(self, zone: str) -> None:
        self.decide(SettingDecision("time_zone"), zone)
        self.zone = zone

    @precondition(lambda self: self.entries)
    @rule(pick=st.integers(0, 9))
    def a_change_is_undone(self, pick: int) -> None:
        audit_id = self.entries[-1 - pick % len(self.entries)]
        entry = self.run(self.changes.entry(audit_id))
        assert entry is not None
        actor = self.changes.actor(GUILD, MODERATOR)
        ended, undone = self.run(self.changes.undo(audit_id, actor))
        assert (ended is UndoOffer.DONE) == (undone is not None)
        if undone is None:
            return
        self.entries.append(undone.audit_id)
        decision = decision_of(entry.subject_kind, entry.subject_id)
        old: Any = entry.old
        match decision:
            case RuleDecision() if old is None:
                del self.decided[decision.subject, decision.subject_id, decision.window]
            case RuleDecision():
                self.decided[decision.subject, decision.subject_id, decision.window] = old
            case SettingDecision():
                self.zone = old or "UTC"
            case GrantDecision():
                self.gifts[decision.grant_id].revoked = old is None
            case _:
                raise AssertionError(decision)
        assert self.run(self.changes.undo(audit_id, actor))[0] is UndoOffer.TWICE

    @rule(credits=st.integers(0, 9))
    def a_decision_is_not_committed(self, credits: int) -> None:
        """Also looks at the policy within: what was never true may not be remembered."""

        async def decide() -> None:
            actor = self.changes.actor(GUILD, MODERATOR)
            decision = RuleDecision(Subject.EVERYONE, 0, Window.HOUR)
            async with self.database.write() as uow:
                await self.changes.set_in(
                    uow, actor, decision, {"credits": credits, "until": 5}, action="limit_set"
                )
                await self.policies.current(uow, GUILD)

        self.run(decide())

    def decide(
        self, decision: RuleDecision | SettingDecision | GrantDecision, value: object
    ) -> None:
        actor = self.changes.actor(GUILD, MODERATOR)
        entry = self.run(self.changes.set(actor, decision, value, action="decided"))
        if entry is not None:
            self.entries.append(entry.audit_id)

    # --- grants and resets ----------------------------------------------------------------

    @rule(
        user=st.sampled_from(USERS),
        amount=st.integers(1, 5),
        lasts=st.sampled_from((None, 1, 3600, 86_400)),
    )
    def a_grant_is_given(self, user: int, amount: int, lasts: int | None) -> None:
        expires_at = None if lasts is None else self.clock.at + lasts

        async def give() -> int:
            async with self.database.write() as uow:
                actor = self.changes.actor(GUILD, MODERATOR)
                grant_id = await uow.grants.give(
                    GUILD,
                    user,
                    amount,
                    expires_at=expires_at,
                    by=MODERATOR,
                    reason=None,
                    now=actor.now,
                )
                decision = GrantDecision(grant_id, user)
                new = await decision.read(uow, GUILD)
                entry = await self.changes.record(
                    uow, actor, decision.kind, decision.name, None, new, action="grant"
                )
                await uow.commit()
            self.entries.append(entry.audit_id)
            return grant_id

        grant_id = self.run(give())
        self.gifts[grant_id] = Gift(grant_id, user, amount, expires_at)

    @precondition(lambda self: self.gifts)
    @rule(pick=st.integers(0, 99))
    def a_grant_is_taken_back(self, pick: int) -> None:
        gift = list(self.gifts.values())[pick % len(self.gifts)]
        self.decide(GrantDecision(gift.grant_id, gift.user_id), None)
        gift.revoked = True

    @rule(user=st.sampled_from(USERS), times=st.sampled_from((1, 1, 2)))
    def a_member_begins_anew(self, user: int, times: int) -> None:
        async def reset() -> int:
            async with self.database.write() as uow:
                most = await self.book.reset(
                    uow, guild_id=GUILD, user_id=user, by=MODERATOR, reason=None, now=self.clock.at
                )
                await uow.commit()
            return most

        for _ in range(times):
            most = 0
            for window in WINDOWS:
                spans = self.spans.get(("member", GUILD, user, window), [])
                begins = max(self.clock.at, spans[-1].start + 1) if spans else 0
                if spans and spans[-1].used and begins < spans[-1].end:
                    most = max(most, spans[-1].used)
                    spans.append(Span(begins, spans[-1].end))
            assert self.run(reset()) == most

    # --- requests -------------------------------------------------------------------------

    @rule(submissions=st.lists(WISHES, min_size=1, max_size=6))
    def some_ask(self, submissions: list[tuple[int, set[int], int, int, int]]) -> None:
        for user, roles, count, unit, price in submissions:
            self.ask(self.job(user, count, unit, price), roles)

    @rule(user=st.sampled_from(USERS), roles=st.sets(st.sampled_from(ROLES)))
    def one_asks_until_nothing_is_left(self, user: int, roles: set[int]) -> None:
        for count in (5, 5, 3, 2, 1, 1):
            self.ask(self.job(user, count, 1, 0), roles)

    def ask(self, job: Job, roles: set[int]) -> None:
        requested = self.expected(job, roles)
        try:
            self.run(self.accept(job, roles))
        except (AccessError, QuotaError):
            assert requested is None, "refused, though every limit has room"
            return
        assert requested is not None, "let through beyond a limit"
        for where in requested.on:
            self.hold(where)
        for gift, amount in requested.of:
            gift.used += amount
        self.open.append(requested)

    @precondition(lambda self: self.open)
    @rule(pick=st.integers(0, 99), extra=st.sampled_from((-1, 0, 1, 9, 500)))
    def a_call_costs_more_than_its_price(self, pick: int, extra: int) -> None:
        requested = self.open[pick % len(self.open)]

        async def end() -> None:
            async with self.database.write() as uow:
                job, seq = requested.job, requested.calls
                await self.book.overrun(uow, job, seq, extra, now=self.clock.at)
                await uow.commit()

        self.run(end())
        requested.calls += 1
        if extra > 0:
            where = (*self.span(MONEY_SCOPE, "UTC"), extra)
            self.hold(where)
            requested.more.append(where)

    @precondition(lambda self: self.open)
    @rule(pick=st.integers(0, 99), amount=st.sampled_from((0, 7, 40, 400)))
    def a_job_moves_to_a_provider_of_another_price(self, pick: int, amount: int) -> None:
        requested = self.open[pick % len(self.open)]
        where = self.lacking(requested, amount)

        async def move() -> None:
            async with self.database.write() as uow:
                await self.book.hold_up_to(uow, requested.job, amount, now=self.clock.at)
                await uow.commit()

        if where is not None and where[1].used + where[2] > MONEY[Window.DAY]:
            with pytest.raises(QuotaError):
                self.run(move())
            return
        self.run(move())
        if where is not None:
            self.hold(where)
            requested.moved.append(where)

    @precondition(lambda self: self.open)
    @rule(picks=st.lists(ENDS, min_size=1, max_size=4))
    def some_jobs_end(self, picks: list[tuple[int, int, int]]) -> None:
        for pick, delivered, unknown in picks:
            if self.open:
                self.end(self.open.pop(pick % len(self.open)), delivered, unknown)

    def end(self, requested: Wished, delivered: int, unknown: int) -> None:
        job = requested.job
        delivered = min(delivered, job.request.count)
        paid = delivered + unknown
        unit, price = job.request.unit_credits, job.request.price_micro
        spent = paid * price + sum(amount for _, _, amount in requested.more)

        async def settle() -> None:
            for kept in (delivered, 0):  # settled again, nothing moves
                async with self.database.write() as uow:
                    await self.book.settle(
                        uow,
                        job,
                        delivered=kept,
                        paid=paid,
                        spent_micro=spent,
                        now=self.clock.at,
                    )
                    await uow.jobs.cancel(job.job_id, Reason.EXPIRED, now=self.clock.at)
                    await uow.jobs.told(job.job_id, now=self.clock.at)
                    await uow.commit()

        self.run(settle())
        # The allowance is kept first, side by side in all its windows; then the grants.
        left = delivered * unit
        member = [amount for scope, _, amount in requested.on if scope[0] == "member"]
        of_grants = max(left - (member[0] if member else 0), 0)
        for scope, span, amount in (*requested.on, *requested.more, *requested.moved):
            keeps = {"member": left, "money": spent}.get(scope[0], paid * unit)
            span.used -= amount - min(keeps, amount)
            if scope[0] == "money":
                spent -= min(spent, amount)
        for gift, amount in requested.of:
            kept = min(of_grants, amount)
            of_grants -= kept
            gift.used -= amount - kept

    def job(self, user: int, count: int, unit: int, price: int) -> Job:
        self.made += 1
        request = ImageRequest(
            model="m",
            source="s",
            provider="routescope",
            operation=Operation.GENERATE,
            prompt="a lighthouse in fog",
            size="2K",
            count=count,
            unit_credits=unit,
            price_micro=price,
        )
        return Job(
            job_id=f"{self.made:013}",
            origin=f"i:{self.made}",
            guild_id=GUILD,
            channel_id=10,
            user_id=user,
            request=request,
            state=JobState.QUEUED,
            destination=Destination.CHANNEL,
            spoiler=False,
            created_at=self.clock.at,
            expires_at=self.clock.at + 3600,
        )

    async def accept(self, job: Job, roles: set[int]) -> None:
        await self.policies.of(GUILD)
        async with self.database.write() as uow:
            policy = await self.policies.current(uow, GUILD)
            await uow.jobs.add(job, [])
            await self.book.reserve(uow, policy, job, role_ids=roles, now=self.clock.at)
            await uow.commit()

    # --- what is always true --------------------------------------------------------------

    @invariant()
    def ledger_holds_counters_and_grants_agree(self) -> None:
        assert self.run(problems(self.database, now=self.clock.at)) == []

    @invariant()
    def the_books_are_those_of_the_model(self) -> None:
        async def stored() -> tuple[list[Any], list[Any]]:
            async with self.database.read() as unit:
                rows = await unit.connection.execute(counters.select())
                given = await unit.connection.execute(grants.select())
                return list(rows.all()), list(given.all())

        rows, given = self.run(stored())
        assert {
            (row.kind, row.guild_id, row.user_id, row.window, row.starts_at): (
                row.ends_at,
                row.used,
            )
            for row in rows
        } == {
            (kind, guild, user, window.value, span.start): (span.end, span.used)
            for (kind, guild, user, window), spans in self.spans.items()
            for span in spans
        }
        assert {row.grant_id: (row.used, row.revoked_at is not None) for row in given} == {
            gift.grant_id: (gift.used, gift.revoked) for gift in self.gifts.values()
        }

    @invariant()
    def windows_of_one_kind_follow_each_other(self) -> None:
        """No window begins before the one before it ended, but by a reset."""
        for scope, spans in self.spans.items():
            for before, after in pairwise(spans):
                assert before.start < after.start < after.end
                assert before.end in (after.end, min(before.end, after.start)), scope
