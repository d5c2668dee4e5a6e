"""`/limits`: who sees it, who may, what is answered, and what follows."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.domain.quotas.rules import Rule, Subject
from bot.domain.quotas.windows import Window
from bot.services.servers.decisions import RuleDecision
from tests.cogs.member_actions import manager, press, show_to
from tests.cogs.test_actions import forged
from tests.world import World, labels_of, text_of


async def limits(world: World, who: Any, which: str, **options: Any) -> str:
    """Type a command of the group; return its private answer."""
    told = await who.slash(world.art, f"limits {which}", **options)
    assert told.ephemeral
    return text_of(told.response)


async def imagine(world: World, who: Any, **options: Any) -> str:
    told = await who.slash(world.art, "imagine", prompt="a fox", **options)
    await world.finished()
    return text_of(told.response)


async def offered(world: World, who: Any, typed: str = "", *, of: int) -> list[dict[str, Any]]:
    """Type into the list of limits, once the memory behind it has so many."""
    await world.until(lambda: len(world.app.quotas.known_limits.of(world.guild.id)) == of)
    return await who.autocomplete(world.art, "limits clear", "rule", typed)


async def test_only_managers_see_the_command(world: World) -> None:
    maya = manager(world)
    admin = world.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    ada = world.guild.add_member(world.env.create_user("ada"), roles=[admin])

    for who, sees in ((maya, True), (ada, True), (world.mora, False), (world.alice, False)):
        assert ("limits everyone" in who.available_commands(world.art)) is sees
    told = await limits(world, ada, "everyone", credits=3, window="day")
    assert "not set → **3 credits**" in told


@pytest.mark.parametrize(
    ("which", "options"),
    [
        ("show", {}),
        ("everyone", {"credits": 1, "window": "day"}),
        ("budget", {"credits": 1, "window": "day"}),
        ("clear", {"rule": "everyone:0:day"}),
    ],
)
async def test_who_sees_what_is_for_managers_is_still_refused(
    world: World, which: str, options: dict[str, Any]
) -> None:
    show_to(world, "limits", world.alice, world.mora)
    for who in (world.alice, world.mora):
        assert "needs the Manage Server permission" in await limits(world, who, which, **options)
    role = world.guild.create_role("Artists")
    told = await limits(world, world.mora, "role", role=role, credits=1, window="day")
    assert "needs the Manage Server permission" in told
    told = await limits(world, world.alice, "member", member=world.bob, credits=1, window="day")
    assert "Only the server's moderators" in told
    assert await offered(world, world.mora, of=0) == []
    assert await world.app.servers.changes.history(world.guild.id, limit=5) == []


async def test_more_than_the_usual_limit_makes_nobody_wait(world: World) -> None:
    maya = manager(world)
    told = await limits(world, maya, "everyone", credits=20, window="day")
    assert "must wait until it renews" not in told
    told = await limits(world, maya, "everyone", credits=19, window="day")
    assert "must wait until it renews" in told


async def test_a_limit_for_everyone_is_told_old_and_new_and_applies_at_once(world: World) -> None:
    maya = manager(world)
    told = await limits(world, maya, "everyone", credits=2, window="day", reason="rush hour")
    assert "**Limit for everyone, per day**" in told
    assert "not set → **2 credits**" in told
    assert "Reason: rush hour" in told
    await imagine(world, world.alice, count=2)
    assert "used up" in await imagine(world, world.alice)

    told = await limits(world, maya, "everyone", credits=1, window="day")
    assert "2 credits → **1 credit**" in told
    assert "Members who have already used more must wait until it renews." in told
    told = await limits(world, maya, "everyone", credits=1, window="day")
    assert "Nothing changed: it was already set like that" in told
    told = await limits(world, maya, "everyone", credits=4, window="hour")
    assert "These limits also apply: 1 credit per day." in told


async def test_undo_takes_it_back_once_and_is_a_change_itself(world: World) -> None:
    maya = manager(world)
    shown = await maya.slash(world.art, "limits everyone", credits=2, window="day")
    assert labels_of(shown.response) == ["Undo"]
    undone = await press(maya, shown, label="Undo")
    assert undone.ephemeral
    assert "Undone: Limit for everyone, per day" in text_of(undone.response)
    assert "2 credits → **not set**" in text_of(undone.response)
    again = await press(maya, shown, label="Undo")
    assert "already undone" in text_of(again.response)
    assert await world.left(world.alice) == 10

    shown = await maya.slash(world.art, "limits everyone", credits=2, window="day")
    await maya.slash(world.art, "limits everyone", credits=5, window="day")
    late = await press(maya, shown, label="Undo")
    assert "changed again later" in text_of(late.response)
    assert await world.left(world.alice) == 5


async def test_zero_for_a_role_denies_and_says_so(world: World) -> None:
    maya = manager(world)
    muted = world.guild.create_role("Muted")
    noor = world.guild.add_member(world.env.create_user("noor"), roles=[muted])
    told = await limits(world, maya, "role", role=muted, credits=0, window="day")
    assert "0 means that members with this role cannot make pictures." in told
    assert "You cannot make pictures in this server" in await imagine(world, noor)
    assert "**Cannot make pictures**" in await limits(world, maya, "show", role=muted)
    assert f"<@&{muted.id}> · **cannot make pictures**" in await limits(world, maya, "show")

    told = await limits(world, maya, "member", member=noor, credits=3, window="day")
    assert "replaces the limits of roles and of everyone" in told
    assert await world.app.requests.intake.quota_status(guild_id=world.guild.id, user_id=noor.id)
    assert "used up" not in await imagine(world, noor)


async def test_credits_and_unlimited_are_one_or_the_other(world: World) -> None:
    maya = manager(world)
    role = world.guild.create_role("Artists")
    told = await limits(world, maya, "role", role=role, window="day", credits=3, unlimited=True)
    assert "not both" in told
    assert "give credits, or unlimited" in await limits(
        world, maya, "role", role=role, window="day"
    )
    assert "give credits, or unlimited" in await limits(
        world, maya, "member", member=world.bob, window="day"
    )
    told = await limits(world, maya, "role", role=role, window="day", unlimited=True)
    assert "→ **no limit**" in told
    assert "The whole server may still use only 500 credits per day." in told
    assert "**No limit**" in await limits(world, maya, "show", role=role)


async def test_everyone_is_no_role(world: World) -> None:
    maya = manager(world)
    everyone = world.guild.default_role
    told = await limits(world, maya, "role", role=everyone, window="day", credits=0)
    assert "use /limits everyone" in told
    assert "**Limits in this server**" in await limits(world, maya, "show", role=everyone)


async def test_a_budget_stays_below_the_operators_ceiling_which_the_answer_names(
    world: World,
) -> None:
    maya = manager(world)
    told = await limits(world, maya, "budget", credits=501, window="day")
    assert "The operator's ceiling for this server is 500 credits per day." in told
    assert "The most you can set here is 500 credits per day." in told
    told = await limits(world, maya, "budget", credits=3, window="day")
    assert "The operator's ceiling is 500 credits per day." in told
    assert "The budget counts what is used from now on." in told
    await imagine(world, world.alice, count=3)
    told = await limits(world, maya, "budget", credits=2, window="day")
    assert "3 credits → **2 credits**" in told
    assert "3 credits already used, so nothing is left. It renews <t:" in told
    assert "not have enough budget left" in await imagine(world, world.bob)
    told = await limits(world, maya, "budget", credits=16_000, window="month")
    assert "The most you can set here is 15,000 credits per month." in told


async def test_moderators_set_members_below_the_servers_budget(world: World) -> None:
    maya = manager(world)
    show_to(world, "limits", world.mora, maya)
    await limits(world, maya, "budget", credits=50, window="day")

    async def member(who: Any, **options: Any) -> str:
        return await limits(world, who, "member", member=world.bob, window="day", **options)

    told = await member(world.mora, credits=51)
    assert "The whole server may use 50 credits per day and 500 credits per day." in told
    assert "The most you can set here is 50 credits per day." in told
    assert "Only managers can set no limit." in await member(world.mora, unlimited=True)
    assert "→ **50 credits**" in await member(world.mora, credits=50)
    told = await member(maya, credits=60)
    assert "50 credits → **60 credits**" in told
    assert "The whole server may still use only 50 credits per day" in told
    assert "→ **no limit**" in await member(maya, unlimited=True)


async def test_the_staff_role_makes_a_moderator(world: World) -> None:
    helpers = world.guild.create_role("Helpers")
    hugo = world.guild.add_member(world.env.create_user("hugo"), roles=[helpers])
    show_to(world, "limits", hugo)
    options: dict[str, Any] = {"member": world.bob, "credits": 4, "window": "day"}
    assert "staff role" in await limits(world, hugo, "member", **options)
    await world.decide("staff_role", helpers.id)
    assert "→ **4 credits**" in await limits(world, hugo, "member", **options)
    assert "Manage Server" in await limits(world, hugo, "show")


async def test_a_members_limit_below_what_is_used_says_so(world: World) -> None:
    maya = manager(world)
    await imagine(world, world.alice, count=4)
    told = await limits(world, maya, "member", member=world.alice, credits=3, window="day")
    assert "4 credits already used, so nothing is left. It renews <t:" in told
    assert await world.left(world.alice) == 0


async def test_a_members_limit_ends_when_it_was_said_to(world: World) -> None:
    maya = manager(world)
    told = await limits(
        world, maya, "member", member=world.bob, credits=3, window="day", until="1 h"
    )
    assert "→ **3 credits, until <t:" in told
    shown = await limits(world, maya, "show", member=world.bob)
    assert "0 of 3 credits used today" in shown
    assert "from their own limit, ends <t:" in shown
    assert await world.left(world.bob) == 3
    await world.env.advance_time(3601)
    assert await world.left(world.bob) == 10
    assert "the default limit" in await limits(world, maya, "show", member=world.bob)
    assert await offered(world, maya, of=0) == []


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("tomorrow-ish *", "I cannot read “tomorrow-ish \\*” as a time."),
        ("2020-01-01", "“2020-01-01” is in the past"),
        ("3000 days", "The longest time is one year"),
    ],
)
async def test_a_time_that_cannot_be_changes_nothing(world: World, until: str, words: str) -> None:
    maya = manager(world)
    told = await limits(
        world, maya, "member", member=world.bob, credits=3, window="day", until=until
    )
    assert words in told
    assert await world.left(world.bob) == 10


async def test_times_are_suggested(world: World) -> None:
    maya = manager(world)

    async def times(typed: str) -> list[Any]:
        found = await maya.autocomplete(world.art, "limits member", "until", typed)
        return [one["value"] for one in found]

    assert await times("") == ["1 h", "1 day", "1 week", "30 days"]
    assert await times("3 d") == ["3 d"]
    assert await times("nonsense") == []


async def test_bots_and_strangers_get_no_limit(world: World) -> None:
    maya = manager(world)
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    told = await limits(world, maya, "member", member=robot, credits=3, window="day")
    assert "Bots cannot make pictures" in told
    stranger = world.env.create_user("stranger")
    told = await limits(world, maya, "member", member=stranger, credits=3, window="day")
    assert "not in this server" in told


async def test_show_tells_every_number_and_where_it_comes_from(world: World) -> None:
    maya = manager(world)
    assert "**Everyone** · 10 credits per day (default" in await limits(world, maya, "show")
    artists = world.guild.create_role("Artists")
    ivy = world.guild.add_member(world.env.create_user("ivy"), roles=[artists])
    await limits(world, maya, "everyone", credits=5, window="day")
    await limits(world, maya, "role", role=artists, credits=20, window="day")
    await limits(world, maya, "role", role=artists, credits=6, window="hour")
    await limits(world, maya, "member", member=world.bob, credits=1, window="week")
    await limits(world, maya, "budget", credits=100, window="day")

    shown = await limits(world, maya, "show")
    assert "**Everyone** · 5 credits per day" in shown
    # A role's windows stand in one line, the shortest first.
    assert f"<@&{artists.id}> · 6 credits per hour and 20 credits per day" in shown
    assert f"<@{world.bob.id}> · 1 credit per week" in shown
    assert "**Server budget** · 100 credits per day · 0 used, renews <t:" in shown
    assert "**Operator's ceiling** · 500 credits per day · 0 used, renews <t:" in shown

    one = await limits(world, maya, "show", member=ivy)
    assert "0 of 6 credits used this hour" in one
    assert "0 of 20 credits used today" in one
    assert one.count(f"from <@&{artists.id}>") == 2
    assert "The server's budget: plenty left." in one
    assert "from the limit for everyone" in await limits(world, maya, "show", member=world.alice)
    role = await limits(world, maya, "show", role=artists)
    assert f"**20 credits** per day\n-# from <@&{artists.id}>" in role


async def test_clear_suggests_what_is_set_and_says_what_applies_then(world: World) -> None:
    maya = manager(world)
    artists = world.guild.create_role("Artists")
    await limits(world, maya, "everyone", credits=5, window="day")
    await limits(world, maya, "everyone", credits=2, window="hour")
    await limits(world, maya, "role", role=artists, credits=20, window="day")
    await limits(world, maya, "member", member=world.bob, credits=1, window="week")
    await limits(world, maya, "budget", credits=100, window="day")

    found = {one["name"]: one["value"] for one in await offered(world, maya, of=5)}
    assert found == {
        "Everyone: 2 credits per hour": "everyone:0:hour",
        "Everyone: 5 credits per day": "everyone:0:day",
        "Artists: 20 credits per day": f"role:{artists.id}:day",
        "bob: 1 credit per week": f"member:{world.bob.id}:week",
        "Server budget: 100 credits per day": "budget:0:day",
    }
    named = await offered(world, maya, "bob", of=5)
    assert [one["value"] for one in named] == [f"member:{world.bob.id}:week"]
    assert await offered(world, maya, f"<@{world.bob.id}>", of=5) == named

    told = await limits(world, maya, "clear", rule="everyone:0:hour", reason="enough")
    assert "2 credits → **not set**" in told
    assert "These limits still apply: 5 credits per day." in told
    told = await limits(world, maya, "clear", rule="everyone:0:day")
    assert "The default limit applies again: 10 credits per day." in told
    told = await limits(world, maya, "clear", rule=f"role:{artists.id}:day")
    assert "The limit for everyone applies again." in told
    told = await limits(world, maya, "clear", rule=f"member:{world.bob.id}:week")
    assert "The limits of roles and of everyone apply again." in told
    told = await limits(world, maya, "clear", rule="budget:0:day")
    assert "The operator's ceiling remains: 500 credits per day." in told
    assert await offered(world, maya, of=0) == []


async def test_the_rule_of_a_deleted_role_is_named_and_can_be_cleared(world: World) -> None:
    maya = manager(world)
    artists = world.guild.create_role("Artists")
    await limits(world, maya, "role", role=artists, credits=20, window="day")
    world.env.backend.delete_role(world.guild.id, artists.id)
    await world.env.settle()
    assert f"deleted role {artists.id} · 20 credits" in await limits(world, maya, "show")
    (found,) = await offered(world, maya, of=1)
    assert found["name"] == f"deleted role {artists.id}: 20 credits per day"
    assert "Still" not in await limits(world, maya, "clear", rule=found["value"])
    assert await offered(world, maya, of=0) == []


@pytest.mark.parametrize(
    "typed",
    [
        "everyone:0:day",
        "my limit",
        "role:1:year",
        "role:x:day",
        "role::day",
        "::",
        f"role:{'9' * 30}:day",
        f"role:{2**63}:day",
        f"role:{'9' * 5000}:day",
        "ceiling:0:day",
    ],
)
async def test_a_rule_typed_by_hand_is_looked_for_and_not_found(world: World, typed: str) -> None:
    maya = manager(world)
    async with world.app.database.write() as uow:
        ceiling = Rule(subject=Subject.CEILING, window=Window.DAY, credits=400)
        await uow.rules.put(world.guild.id, ceiling, by=0, now=1)
        await uow.commit()
    assert "There is no such limit." in await limits(world, maya, "clear", rule=typed)
    assert "ceiling" not in str(await offered(world, maya, of=0))
    assert "**Operator's ceiling** · 400 credits" in await limits(world, maya, "show")


async def test_undo_asks_for_the_right_of_what_it_undoes(world: World) -> None:

    maya = manager(world)
    await limits(world, maya, "member", member=world.bob, credits=3, window="day")
    await limits(world, maya, "everyone", credits=3, window="day")
    everyone, member = await world.app.servers.changes.history(world.guild.id, limit=2)

    async def undo(who: Any, audit_id: int) -> str:
        pressed = await press(who, await forged(world, f"a1:undo:{audit_id}"), label="Press")
        assert pressed.ephemeral
        return text_of(pressed.response)

    assert "Only the server's moderators" in await undo(world.alice, member.audit_id)
    assert "Manage Server" in await undo(world.mora, everyone.audit_id)
    assert "Undone" in await undo(world.mora, member.audit_id)
    assert "Undone" in await undo(maya, everyone.audit_id)
    for made_up in (0, 999, 10**17):
        assert "cannot be undone" in await undo(maya, made_up)


async def test_what_the_operator_decided_is_not_undone_from_discord(world: World) -> None:

    maya = manager(world)
    changes = world.app.servers.changes
    for by in (0, maya.id):
        actor = changes.actor(world.guild.id, by)
        decision = RuleDecision(Subject.CEILING, 0, Window.DAY)
        value = {"credits": 100 + (by != 0), "until": None}
        entry = await changes.set(actor, decision, value, action="limit")
        assert entry
        button = await forged(world, f"a1:undo:{entry.audit_id}")
        pressed = await press(maya, button, label="Press")
        assert "cannot be undone" in text_of(pressed.response)
    assert "**Operator's ceiling** · 101 credits" in await limits(world, maya, "show")


async def test_suggestions_come_from_memory_and_the_next_key_has_what_was_missing(
    world: World,
) -> None:
    maya = manager(world)
    await world.app.servers.changes.set(
        world.app.servers.changes.actor(world.guild.id, maya.id),
        RuleDecision(Subject.MEMBER, world.bob.id, Window.DAY),
        {"credits": 3, "until": None},
        action="limit",
    )
    assert await maya.autocomplete(world.art, "limits clear", "rule", "") == []
    (found,) = await offered(world, maya, of=1)
    # Nobody named this member since the start: members are not kept in memory.
    assert found["name"] == f"member {world.bob.id}: 3 credits per day"


async def test_a_reason_is_shown_as_it_is_and_nobody_is_called_by_it(world: World) -> None:
    maya = manager(world)
    reason = "@everyone **look** " * 21
    told = await limits(world, maya, "everyone", credits=2, window="day", reason=reason[:400])
    assert "@everyone" not in told
    assert "\\*\\*look\\*\\*" in told


async def test_a_server_with_many_limits_still_fits_one_card(world: World) -> None:
    maya = manager(world)
    async with world.app.database.write() as uow:
        for number in range(60):
            for window in Window:
                role = Rule(
                    subject=Subject.ROLE, subject_id=10**17 + number, window=window, credits=99_999
                )
                await uow.rules.put(world.guild.id, role, by=1, now=1)
        await uow.commit()
    shown = await limits(world, maya, "show")
    assert "**Server budget** · none set" in shown
    assert "**Operator's ceiling**" in shown
    assert shown.endswith("There are more: choose a member or a role to see theirs.")
    found = await offered(world, maya, "deleted role", of=240)
    assert len(found) == 25


async def test_show_takes_a_member_or_a_role(world: World) -> None:
    maya = manager(world)
    role = world.guild.create_role("Artists")
    told = await limits(world, maya, "show", member=world.bob, role=role)
    assert "not both" in told


@pytest.mark.parametrize("settings", [{"access": {"open": False, "guilds": [1]}}])
async def test_a_server_that_the_operator_did_not_let_in_decides_nothing(world: World) -> None:
    maya = manager(world)
    told = await limits(world, maya, "everyone", credits=2, window="day")
    assert "not on the list of servers" in told
    assert await world.app.servers.changes.history(world.guild.id, limit=5) == []


async def test_undo_is_no_way_around_what_only_managers_may_give(world: World) -> None:
    maya = manager(world)
    await limits(world, maya, "member", member=world.bob, window="day", unlimited=True)
    await limits(world, maya, "member", member=world.bob, window="day", credits=3)
    (newest, _) = await world.app.servers.changes.history(world.guild.id, limit=2)
    button = await forged(world, f"a1:undo:{newest.audit_id}")
    told = await press(world.mora, button, label="Press")
    assert "Manage Server" in text_of(told.response)
    assert await world.left(world.bob) == 3
    told = await press(maya, button, label="Press")
    assert "3 credits → **no limit**" in text_of(told.response)
