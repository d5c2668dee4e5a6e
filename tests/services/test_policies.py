"""What is remembered of a server's decisions is never newer, and hardly older, than the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bot.domain.errors import AccessError, Denial
from bot.domain.quotas.rules import Rule, Subject
from bot.domain.quotas.windows import Window
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import RuleDecision, SettingDecision
from bot.services.servers.policies import FRESH_SECONDS, Policies
from bot.storage.engine.database import SqlDatabase
from bot.storage.servers.decisions import SqlVersions
from tests.services.fakes import HandClock
from tests.services.house import GUILD, NOW, House

DAY = RuleDecision(Subject.EVERYONE, 0, Window.DAY)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def process(database: SqlDatabase, clock: HandClock) -> Callable[[], Changes]:
    """Return a maker of processes: each has a memory of its own."""

    def process() -> Changes:
        policies = Policies(database=database, clock=clock)
        return Changes(database=database, policies=policies, clock=clock)

    return process


@pytest.fixture
def policies(database: SqlDatabase, clock: HandClock) -> Policies:
    return Policies(database=database, clock=clock)


async def decide(changes: Changes, credits: int) -> None:
    actor = changes.actor(GUILD, 7)
    await changes.set(actor, DAY, {"credits": credits, "until": None}, action="limit_set")


async def limit(policies: Policies) -> int | None:
    return _limit((await policies.of(GUILD)).rules)


def _limit(rules: tuple[Rule, ...]) -> int | None:
    return rules[0].credits if rules else None


async def test_a_server_that_decided_nothing_has_a_policy(policies: Policies) -> None:
    policy = await policies.of(GUILD)
    assert (policy.version, policy.rules, policy.settings.time_zone) == (0, (), "UTC")


async def test_a_decision_of_this_process_is_seen_at_once(
    database: SqlDatabase, policies: Policies, clock: HandClock
) -> None:
    changes = Changes(database=database, policies=policies, clock=clock)
    assert await limit(policies) is None
    await decide(changes, 5)
    assert await limit(policies) == 5


async def test_a_decision_of_another_process_is_seen_by_memory_soon_and_in_a_transaction_at_once(
    database: SqlDatabase, policies: Policies, clock: HandClock, process: Callable[[], Changes]
) -> None:
    assert await limit(policies) is None
    await decide(process(), 5)
    assert await limit(policies) is None
    async with database.write() as uow:
        assert _limit((await policies.current(uow, GUILD)).rules) == 5
    await decide(process(), 6)
    clock.at += FRESH_SECONDS
    assert await limit(policies) == 6


async def test_what_a_transaction_saw_anew_is_also_seen_by_the_next_look(
    database: SqlDatabase, policies: Policies, process: Callable[[], Changes]
) -> None:
    assert await limit(policies) is None
    await decide(process(), 5)
    async with database.write() as uow:
        await policies.current(uow, GUILD)
    assert await limit(policies) == 5


async def test_a_decision_that_was_never_committed_is_never_remembered(
    database: SqlDatabase, policies: Policies, process: Callable[[], Changes]
) -> None:
    changes = process()
    async with database.write() as uow:
        actor = changes.actor(GUILD, 7)
        await changes.set_in(uow, actor, DAY, {"credits": 99, "until": None}, action="limit_set")
        assert _limit((await policies.current(uow, GUILD)).rules) == 99
    assert await limit(policies) is None
    # The next decision has the very version that was never committed.
    await decide(changes, 5)
    async with database.write() as uow:
        assert _limit((await policies.current(uow, GUILD)).rules) == 5
    assert await limit(policies) == 5


async def test_what_was_read_before_a_decision_is_not_remembered_after_it(
    database: SqlDatabase,
    policies: Policies,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes = Changes(database=database, policies=policies, clock=clock)
    real = SqlVersions.of

    async def slow(self: SqlVersions, guild_ids: Sequence[int]) -> dict[int, int]:
        versions = await real(self, guild_ids)
        monkeypatch.setattr(SqlVersions, "of", real)
        policies.forget(GUILD)  # as a change does that is committed meanwhile
        return versions

    monkeypatch.setattr(SqlVersions, "of", slow)
    assert await limit(policies) is None
    assert policies.known(GUILD) is None
    await decide(changes, 5)
    assert await limit(policies) == 5


async def test_a_clock_that_is_set_back_makes_nothing_fresh(
    policies: Policies, clock: HandClock, process: Callable[[], Changes]
) -> None:
    assert await limit(policies) is None
    await decide(process(), 5)
    clock.at -= 3600
    assert await limit(policies) == 5


async def test_servers_are_told_apart(policies: Policies, process: Callable[[], Changes]) -> None:
    await decide(process(), 5)
    assert (await policies.of(GUILD + 1)).rules == ()
    assert await limit(policies) == 5


async def test_a_pause_by_another_process_stops_a_wish_that_memory_would_let_through(
    house: House, process: Callable[[], Changes]
) -> None:
    await house.ask()
    changes = process()
    actor = changes.actor(GUILD, 7)
    value = {"until": None, "reason": "spring cleaning"}
    await changes.set(actor, SettingDecision("paused"), value, action="pause")
    with pytest.raises(AccessError) as raised:
        await house.ask()
    assert raised.value.denial is Denial.PAUSED
    assert raised.value.values["reason"] == "spring cleaning"
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}
