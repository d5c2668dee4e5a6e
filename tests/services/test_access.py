"""The gate: what memory decides at once, and what only the transaction knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import AccessError, Denial, QuotaError
from bot.domain.job import Reason
from bot.domain.quotas.rules import AccessKind, Subject
from bot.domain.quotas.windows import Window
from bot.services.servers.access import (
    REFUSALS,
    REFUSALS_SECONDS,
    Access,
    Requester,
)
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import (
    AccessDecision,
    BlockDecision,
    Decision,
    RuleDecision,
    SettingDecision,
)
from bot.services.servers.staff_rights import StaffRights
from tests.services.house import CHANNEL, GUILD, MEMBER, NOW, House

WHO = Requester(user_id=MEMBER, guild_id=GUILD, channel_id=CHANNEL, role_ids=frozenset({20}))


@pytest.fixture
def changes(house: House) -> Changes:
    return Changes(database=house.database, policies=house.policies, clock=house.clock)


@pytest.fixture
def decide(house: House, changes: Changes) -> Callable[..., Any]:
    async def decide(decision: Decision, value: object, guild_id: int = GUILD) -> None:
        await changes.set(changes.actor(guild_id, 7), decision, value, action="decided")

    return decide


async def denied(house: House, who: Requester = WHO, **how: Any) -> AccessError:
    """Return why the transaction says no."""
    with pytest.raises(AccessError) as raised:
        async with house.database.read() as uow:
            await house.access.confirm(uow, who, **how)
    return raised.value


async def let_in(house: House, who: Requester = WHO, **how: Any) -> None:
    await house.access.admit(who, **how)
    async with house.database.read() as uow:
        await house.access.confirm(uow, who, **how)


DECISIONS: list[tuple[Decision, object, Denial]] = [
    (SettingDecision("paused"), {"until": NOW + 9, "reason": "x"}, Denial.PAUSED),
    (SettingDecision("operator_paused"), {"until": None, "reason": None}, Denial.PAUSED),
    (AccessDecision(AccessKind.CHANNEL, str(CHANNEL)), "deny", Denial.CHANNEL_NOT_ALLOWED),
    (AccessDecision(AccessKind.CHANNEL, "11"), "allow", Denial.CHANNEL_NOT_ALLOWED),
    (AccessDecision(AccessKind.ROLE, "20"), "deny", Denial.ROLE_NOT_ALLOWED),
    (AccessDecision(AccessKind.ROLE, "21"), "allow", Denial.ROLE_NOT_ALLOWED),
]


@pytest.mark.parametrize(("decision", "value", "denial"), DECISIONS, ids=lambda v: str(v)[:30])
async def test_a_decision_is_met_by_memory_and_by_the_transaction_alike(
    house: House, decide: Any, decision: Decision, value: object, denial: Denial
) -> None:
    await let_in(house)
    await decide(decision, value)
    with pytest.raises(AccessError) as raised:
        await house.access.admit(WHO)
    assert raised.value.denial is (await denied(house)).denial is denial
    await decide(decision, None)
    await let_in(house)


@pytest.mark.parametrize(
    ("who", "denial"),
    [
        ({"is_bot": True}, Denial.BOT),
        ({"guild_id": None}, Denial.DIRECT_MESSAGE),
        ({"visiting": True}, Denial.DIRECT_MESSAGE),
        ({"guild_id": 999}, Denial.SERVER_NOT_ALLOWED),
        ({"timed_out": True}, Denial.TIMED_OUT),
        ({"thread_locked": True}, Denial.THREAD_LOCKED),
        ({"may_send": False}, Denial.MAY_NOT_SEND),
        ({"may_attach": False}, Denial.MAY_NOT_ATTACH),
        ({"can_post": False}, Denial.CANNOT_POST),
    ],
)
async def test_who_and_where_are_asked_again_in_the_transaction(
    house: House, who: dict[str, Any], denial: Denial
) -> None:
    assert (await denied(house, replace(WHO, **who))).denial is denial


async def test_the_operator_pauses_the_whole_bot(house: House, decide: Any) -> None:
    await decide(SettingDecision("operator_paused"), {"until": None, "reason": "moving"}, 0)
    with pytest.raises(AccessError) as raised:
        await house.access.admit(WHO)
    assert raised.value.denial is (await denied(house)).denial is Denial.PAUSED
    await decide(SettingDecision("operator_paused"), None, 0)
    await let_in(house)


async def test_a_private_result_needs_no_right_to_post(house: House) -> None:
    quiet = replace(WHO, can_post=False, may_attach=False)
    await let_in(house, quiet, private=True)
    timed_out = replace(quiet, timed_out=True)
    assert (await denied(house, timed_out, private=True)).denial is Denial.TIMED_OUT


async def test_a_role_that_was_lost_closes_the_gate(house: House, decide: Any) -> None:
    await decide(AccessDecision(AccessKind.ROLE, "20"), "allow")
    await let_in(house)
    lost = replace(WHO, role_ids=frozenset())
    assert (await denied(house, lost)).denial is Denial.ROLE_NOT_ALLOWED


async def test_a_block_holds_until_it_ends(house: House, decide: Any) -> None:
    await decide(BlockDecision(MEMBER), {"until": NOW + 60, "reason": "spam"})
    found = await denied(house)
    assert (found.denial, found.values) == (Denial.BLOCKED, {"until": NOW + 60, "reason": "spam"})
    await let_in(house, replace(WHO, user_id=MEMBER + 1))
    await let_in(house, replace(WHO, guild_id=GUILD + 1))
    house.clock.at = NOW + 60
    await let_in(house)


async def test_a_block_everywhere_holds_in_every_server(house: House, decide: Any) -> None:
    await decide(BlockDecision(MEMBER), {"until": None, "reason": None}, guild_id=0)
    for guild_id in (GUILD, GUILD + 1):
        assert (await denied(house, replace(WHO, guild_id=guild_id))).denial is Denial.BLOCKED
    # A server that lifts its own block does not lift that of the operator.
    await decide(BlockDecision(MEMBER), {"until": NOW + 1, "reason": None})
    await decide(BlockDecision(MEMBER), None)
    assert (await denied(house)).denial is Denial.BLOCKED


async def test_a_block_everywhere_holds_in_direct_messages(house: House, decide: Any) -> None:
    open_to_direct = Access(
        guilds=(), open_to_all=False, policies=house.policies, clock=house.clock, direct=True
    )
    house.access = open_to_direct
    direct = replace(WHO, guild_id=None)
    await let_in(house, direct)
    await decide(BlockDecision(MEMBER), {"until": None, "reason": None}, guild_id=0)
    assert (await denied(house, direct)).denial is Denial.BLOCKED


async def test_a_newcomer_waits(house: House, decide: Any) -> None:
    await decide(SettingDecision("newcomer_seconds"), 3600)
    new = replace(WHO, joined_at=NOW - 3599)
    found = await denied(house, new)
    assert (found.denial, found.values["until"]) == (Denial.NEWCOMER, NOW + 1)
    await let_in(house, replace(WHO, joined_at=NOW - 3600))
    await let_in(house)  # where it is not known, nobody is kept out


async def test_a_member_waits_between_wishes_and_others_do_not(house: House, decide: Any) -> None:
    await decide(SettingDecision("cooldown_seconds"), 30)
    await house.ask()
    found = await denied(house)
    assert (found.denial, found.values["until"]) == (Denial.COOLDOWN, NOW + 30)
    await let_in(house, replace(WHO, user_id=MEMBER + 1))
    await let_in(house, replace(WHO, guild_id=GUILD + 1))
    house.clock.at = NOW + 30
    await let_in(house)


async def test_a_channel_rests_between_wishes_and_others_do_not(house: House, decide: Any) -> None:
    await decide(SettingDecision("channel_cooldown_seconds"), 30)
    await decide(SettingDecision("post_to"), CHANNEL + 5)
    await house.ask()
    someone = replace(WHO, user_id=MEMBER + 1)
    found = await denied(house, someone)
    assert (found.denial, found.values["until"]) == (Denial.CHANNEL_COOLDOWN, NOW + 30)
    await let_in(house, replace(someone, channel_id=CHANNEL + 1))


async def test_who_is_refused_too_often_waits_until_the_first_of_it_is_over(
    house: House,
) -> None:
    for _ in range(REFUSALS - 1):
        house.access.strike(MEMBER)
    await let_in(house)
    house.clock.at += 10
    house.access.strike(MEMBER)
    found = await denied(house)
    assert found.denial is Denial.REFUSED_TOO_OFTEN
    assert found.values["until"] == NOW + REFUSALS_SECONDS
    await let_in(house, replace(WHO, user_id=MEMBER + 1))
    house.clock.at = NOW + REFUSALS_SECONDS
    await let_in(house)


async def test_the_service_s_refusals_count_like_the_server_s_words(house: House) -> None:
    for _ in range(REFUSALS):
        await house.ask()
        job = await house.claimed()
        async with house.database.write() as uow:
            await uow.jobs.fail(job, Reason.REFUSED_PROMPT, now=house.clock.at)
            await house.book.settle(uow, job, delivered=0, paid=0, now=house.clock.at)
            await uow.commit()
    assert (await denied(house)).denial is Denial.REFUSED_TOO_OFTEN


async def test_many_at_once_pass_a_cooldown_once(house: House, decide: Any) -> None:
    await decide(SettingDecision("cooldown_seconds"), 30)
    ended = await asyncio.gather(*(house.ask() for _ in range(8)), return_exceptions=True)
    assert [isinstance(one, AccessError) for one in ended].count(True) == 7
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


# --- denial and allowance ---------------------------------------------------------------------


async def test_who_is_denied_cannot_spend_grants_and_keeps_them(house: House, decide: Any) -> None:
    await house.grant(5)
    await decide(
        RuleDecision(Subject.MEMBER, MEMBER, Window.DAY), {"credits": 0, "until": NOW + 60}
    )
    with pytest.raises(AccessError) as raised:
        await house.ask()
    assert raised.value.denial is Denial.NO_ALLOWANCE
    with pytest.raises(AccessError):
        await house.intake.admit(WHO)
    assert (await house.intake.quota_status(guild_id=GUILD, user_id=MEMBER)).left == 0
    house.clock.at = NOW + 60
    assert (await house.intake.quota_status(guild_id=GUILD, user_id=MEMBER)).left == 15


async def test_nothing_for_everyone_leaves_grants_of_use(house: House, decide: Any) -> None:
    await decide(RuleDecision(Subject.EVERYONE, 0, Window.DAY), {"credits": 0, "until": None})
    with pytest.raises(QuotaError):
        await house.ask()
    await house.grant(2)
    await house.ask(count=2)
    assert await house.grants() == []


# --- who may moderate -------------------------------------------------------------------------


async def test_moderators_are_known_by_permission_or_by_the_staff_role(
    house: House, decide: Any
) -> None:
    rights = StaffRights(access=house.access, policies=house.policies)
    assert not await rights.is_moderator(WHO)
    assert await rights.is_moderator(replace(WHO, moderator=True))
    assert await rights.is_moderator(replace(WHO, manager=True))
    await decide(SettingDecision("staff_role"), 20)
    assert await rights.is_moderator(WHO)
    assert not await rights.is_moderator(replace(WHO, guild_id=GUILD + 1))
    assert not await rights.is_moderator(replace(WHO, visiting=True, manager=True))
    assert not await rights.is_moderator(replace(WHO, guild_id=None))
