"""Outside servers: direct messages, groups, and servers that do not have the bot."""

from __future__ import annotations

import json
from typing import Any

import discord
import pytest
import simcord

from bot.domain.job import Destination, Job, JobState
from bot.services.ports import Block
from bot.ui.messages import public_replies
from tests.cogs.member_actions import press, signs_in
from tests.cogs.test_pickup import gallery
from tests.world import World, labels_of, png, text_of

OFF = pytest.mark.parametrize("settings", [{}])

STAFF = {"limits", "moderate", "easel"}


@pytest.fixture
def settings() -> dict[str, dict[str, object]]:
    return {"access": {"direct": True}}


async def personal(world: World, member: simcord.MemberActor) -> list[Job]:
    """Return what a member asked for outside servers, newest first."""
    async with world.app.database.read() as uow:
        return await uow.job_queries.recent(member.id, guild_id=0, limit=20)


async def left(world: World, member: simcord.MemberActor) -> int | None:
    quota_status = await world.app.requests.intake.quota_status(guild_id=0, user_id=member.id)
    return quota_status.left


def said(member: simcord.MemberActor) -> list[discord.Message]:
    """Return the messages of a member's direct channel that are no private answers."""
    return member.user.dm_channel.history()


def pictures(member: simcord.MemberActor) -> list[discord.Message]:
    return [message for message in said(member) if message.attachments]


async def drawn(world: World, prompt: str = "a fox", **options: Any) -> discord.Message:
    """Let alice make a picture in her direct messages."""
    await world.alice.user.slash("imagine", prompt=prompt, **options)
    await world.finished()
    return pictures(world.alice)[-1]


def in_a_group(world: World) -> None:
    """Make alice's direct channel one that the bot is no member of."""
    world.rules.user_installed.add(world.alice.user.dm_channel.id)


def without_the_bot(world: World) -> None:
    """Make the server one that the bot never joined: she installed it for herself."""
    world.rules.user_installed.add(world.art.id)
    bot = world.env.bot
    guild = bot.get_guild(world.guild.id)
    assert guild is not None
    bot._connection._remove_guild(guild)


def commands_sent(world: World) -> dict[str, dict[str, Any]]:
    """Return the commands as Discord was told them, by name."""
    sent = [r for r in world.env.http_requests if r.path.endswith("/commands")]
    listed: Any = sent[-1].json
    return {command["name"]: command for command in listed}


# --- where commands are offered -------------------------------------------------------------


async def test_members_commands_go_everywhere_and_those_of_staff_stay_in_servers(
    world: World,
) -> None:
    commands = commands_sent(world)
    assert (commands["imagine"]["contexts"], commands["imagine"]["integration_types"]) == (
        [0, 1, 2],
        [0, 1],
    )
    for name in STAFF & commands.keys():
        assert commands[name]["contexts"] == [0], name
        assert commands[name]["integration_types"] == [0], name
    hidden = [c for c in commands.values() if c.get("default_member_permissions")]
    assert all(c["contexts"] == [0] for c in hidden), "Discord hides nothing in direct messages"


@OFF
async def test_as_shipped_every_command_stays_in_servers(world: World) -> None:
    for command in commands_sent(world).values():
        assert (command["contexts"], command["integration_types"]) == ([0], [0])
    assert not world.env.bot.intents.dm_messages


# --- direct messages ------------------------------------------------------------------------


async def test_a_picture_in_direct_messages_is_an_ordinary_message_there(world: World) -> None:
    asked = await world.alice.user.slash("imagine", prompt="a fox")
    assert asked.ephemeral
    assert "I will post the result here." in text_of(asked.response)
    await world.finished()

    (result,) = pictures(world.alice)
    assert labels_of(result) == ["Edit", "Again", "Details", "Remove"]
    jump = f"https://discord.com/channels/@me/{result.channel.id}/{result.id}"
    assert jump in text_of(asked.response)
    (job,) = await personal(world, world.alice)
    assert (job.guild_id, job.state, job.destination) == (0, JobState.DONE, Destination.CHANNEL)
    assert await left(world, world.alice) == 2
    assert await world.left(world.alice) == 10, "a server's quota is another one"


@pytest.mark.parametrize(
    "settings", [{"access": {"direct": True}, "quota": {"personal": "2/week"}}]
)
async def test_the_personal_quota_is_its_own_and_is_told(world: World) -> None:
    await drawn(world, count=2)
    refused = await world.alice.user.slash("imagine", prompt="one more")
    assert "your quota for this week is used up" in text_of(refused.response)
    quota = await world.alice.user.slash("quota")
    told = text_of(quota.response)
    assert "Your quota outside servers" in told
    assert "2 of 2 credits used this week" in told
    assert "in this server" not in told

    asked = await world.alice.slash(world.art, "imagine", prompt="a hen")
    assert "Queued" in text_of(asked.response) or "Started" in text_of(asked.response)
    await world.finished()
    assert "Your quota in this server" in text_of(
        (await world.alice.slash(world.art, "quota")).response
    )
    # Bob has his own.
    await world.bob.user.slash("imagine", prompt="a cat")
    await world.finished()
    assert len(pictures(world.bob)) == 1


@pytest.mark.parametrize(
    "settings", [{"access": {"direct": True}, "quota": {"global_budget": "1/day"}}]
)
async def test_the_budget_of_all_counts_outside_servers_too(world: World) -> None:
    await drawn(world)
    refused = await world.bob.user.slash("imagine", prompt="a hen")
    assert "The bot does not have enough budget left" in text_of(refused.response)
    elsewhere = await world.bob.slash(world.art, "imagine", prompt="a hen")
    assert "The bot does not have enough budget left" in text_of(elsewhere.response)


@pytest.mark.parametrize("settings", [{"access": {"direct": True}, "quota": {"personal": "0/day"}}])
async def test_a_personal_quota_of_nothing_lets_nothing_through(world: World) -> None:
    refused = await world.alice.user.slash("imagine", prompt="a fox")
    assert "is used up" in text_of(refused.response)
    assert world.apis.requests == []


async def test_the_buttons_below_a_direct_result_work(world: World) -> None:
    result = await drawn(world)
    again = await world.alice.user.click(result, label="Again")
    assert again.ephemeral
    await world.finished()
    assert len(pictures(world.alice)) == 2
    details = await world.alice.user.click(result, label="Details")
    assert "a fox" in text_of(details.response)

    form = await world.alice.user.click(result, label="Edit")
    await world.alice.user.submit_modal(form, {"prompt": "make it night"})
    await world.finished()
    edited = pictures(world.alice)[-1]
    assert "make it night" in edited.content
    parent = next(b for row in edited.components for b in row.children if b.label == "Parent")  # pyright: ignore
    assert parent.url == f"https://discord.com/channels/@me/{result.channel.id}/{result.id}"  # pyright: ignore

    asked = await world.alice.user.click(edited, label="Remove")
    await world.alice.user.click(asked.response.message, label="Remove")
    assert edited.id not in [message.id for message in said(world.alice)]


async def test_edit_takes_the_newest_picture_of_the_direct_channel(world: World) -> None:
    await drawn(world)
    asked = await world.alice.user.slash("edit", prompt="in a hat")
    assert "channels/@me/" in text_of(asked.response)
    await world.finished()
    assert "in a hat" in pictures(world.alice)[-1].content


async def test_a_reply_to_a_direct_picture_is_done_at_once(world: World) -> None:
    result = await drawn(world)
    await world.alice.user.send_dm("make it night", reference=_to(result))
    await world.finished()

    edited = pictures(world.alice)[-1]
    assert "make it night" in edited.content
    (job, _) = await personal(world, world.alice)
    assert job.parent_job_id is not None
    assert signs_in(said(world.alice)) == []


async def test_thanks_for_a_direct_picture_stay_thanks(world: World) -> None:
    result = await drawn(world)
    await world.alice.user.send_dm("thank you!", reference=_to(result))
    assert len(await personal(world, world.alice)) == 1


async def test_what_is_refused_of_a_direct_reply_is_told_there(world: World) -> None:
    result = await drawn(world)
    await world.alice.user.send_dm("make it night --size 10x10", reference=_to(result))
    line = said(world.alice)[-1]
    assert "I could not do that" in line.content
    why = await world.alice.user.click(line, label="Why?")
    assert "10x10" in text_of(why.response) or "10×10" in text_of(why.response)


async def test_who_writes_directly_and_asks_for_nothing_hears_once_how_to_ask(
    world: World,
) -> None:
    await world.alice.user.send_dm("hello?")
    await world.alice.user.send_dm("anybody there?")
    assert [m.content for m in said(world.alice)] == [
        "hello?",
        str(public_replies.DIRECT),
        "anybody there?",
    ]
    assert await personal(world, world.alice) == []


async def test_somebody_else_knows_nothing_of_a_direct_result(world: World) -> None:
    await drawn(world)
    (job,) = await personal(world, world.alice)
    for person in (world.bob, world.mora):
        listed = await person.user.slash("jobs")
        assert "have no requests here yet" in text_of(listed.response)
        asked = await person.user.slash("edit", prompt="in a hat", of=f"{job.job_id}:1")
        assert "I cannot find the picture" in text_of(asked.response)
    in_server = await world.alice.slash(world.art, "jobs")
    assert "have no requests here yet" in text_of(in_server.response)


async def test_where_direct_messages_are_closed_the_pictures_wait(world: World) -> None:
    world.apis.gate.clear()
    asked = await world.alice.user.slash("imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=1)
    world.apis.gate.set()
    await world.finished()

    assert "Your pictures are ready" in text_of(asked.response)
    await world.alice.user.click(asked.response.message, label="Show")
    await world.finished()
    assert gallery(asked.response) == 1
    assert await left(world, world.alice) == 2


async def test_a_block_everywhere_holds_outside_servers(world: World) -> None:
    async with world.app.database.write() as uow:
        await uow.blocks.put(
            Block(
                guild_id=0,
                user_id=world.alice.id,
                until=None,
                set_by=0,
                reason="spam",
                set_at=0,
            )
        )
        await uow.commit()
    refused = await world.alice.user.slash("imagine", prompt="a fox")
    assert "Your requests are blocked here. Reason: spam" in text_of(refused.response)


# --- where only the member has installed it -------------------------------------------------


async def test_in_a_group_the_answer_carries_the_pictures(world: World) -> None:
    in_a_group(world)
    asked = await world.alice.user.slash("imagine", prompt="a fox")
    assert "only you can see it" in text_of(asked.response)
    await world.finished()

    assert gallery(asked.response) == 1
    assert said(world.alice) == [], "nothing is sent to a place that the bot is not in"
    assert await left(world, world.alice) == 2
    edit = await world.alice.user.click(asked.response.message, label="Edit")
    again = await world.alice.user.submit_modal(edit, {"prompt": "make it night"})
    await world.finished()
    assert gallery(again.response) == 1


async def test_a_server_without_the_bot_decides_nothing_and_pays_nothing(world: World) -> None:
    await world.decide("paused", {"until": None, "reason": "not hers"})
    without_the_bot(world)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()

    assert gallery(asked.response) == 1
    (job,) = await personal(world, world.alice)
    assert (job.guild_id, job.destination) == (0, Destination.INTERACTION)
    assert await left(world, world.alice) == 2
    listed = await world.alice.slash(world.art, "jobs")
    assert "a fox" in text_of(listed.response)
    quota = await world.alice.slash(world.art, "quota")
    assert "Your quota outside servers" in text_of(quota.response)


async def test_where_the_bot_is_a_member_the_server_decides_also_for_user_installs(
    world: World,
) -> None:
    await world.decide("paused", {"until": None, "reason": "exams"})
    world.rules.user_installed.add(world.art.id)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    assert "Pictures are paused here. Reason: exams" in text_of(asked.response)


async def test_a_thread_of_a_server_without_the_bot_is_a_place_like_any_other(
    world: World,
) -> None:
    thread = world.env.backend.create_thread(world.art.id, "sketches", world.alice.id)
    place = simcord.ChannelHandle(world.env, world.guild, thread)
    await world.env.settle()
    without_the_bot(world)
    world.rules.user_installed.add(thread.id)
    asked = await world.alice.slash(place, "imagine", prompt="a fox")
    await world.finished()
    assert gallery(asked.response) == 1


async def test_more_pictures_than_an_answer_holds_are_refused_before_they_are_made(
    world: World,
) -> None:
    in_a_group(world)
    asked = await world.alice.user.slash("imagine", prompt="a fox", count=11)
    assert "10" in text_of(asked.response)
    assert "Fix it" in labels_of(asked.response)
    assert world.apis.requests == []


async def test_a_moderator_elsewhere_has_no_say_over_what_people_do_by_themselves(
    world: World,
) -> None:
    without_the_bot(world)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    (job,) = await personal(world, world.alice)
    peeked = await world.mora.context_menu(world.art, "Image quota", world.alice)
    assert "Your quota" not in text_of(peeked.response)
    assert "of 3" not in text_of(peeked.response)
    listed = await world.mora.slash(world.art, "edit", prompt="x", of=f"{job.job_id}:1")
    assert "I cannot find the picture" in text_of(listed.response)
    assert gallery(asked.response) == 1


async def test_what_came_too_late_for_its_answer_waits_in_the_list(world: World) -> None:
    in_a_group(world)
    world.apis.gate.clear()
    await world.alice.user.slash("imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(901)
    world.apis.gate.set()
    await world.finished()

    listed = await world.alice.user.slash("jobs")
    assert "ready to pick up" in text_of(listed.response)
    (job,) = await personal(world, world.alice)
    await world.alice.user.select(listed.response.message, [job.job_id])
    shared = await world.alice.user.click(listed.response.message, label="Share to channel")
    assert "I am not a member of this server" in text_of(shared.followups[-1])
    await world.alice.user.click(listed.response.message, label="Show")
    await world.finished()
    assert gallery(listed.response) == 1
    assert await left(world, world.alice) == 2


# --- closed ---------------------------------------------------------------------------------


@OFF
async def test_as_shipped_every_command_has_a_clear_word_outside_servers(world: World) -> None:
    def outside(event: str, payload: Any) -> None:
        if event == "INTERACTION_CREATE":
            payload["user"] = payload.pop("member")["user"]
            payload["context"] = 1
            for key in ("guild_id", "guild", "guild_locale"):
                payload.pop(key, None)

    result = await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    assert result.ephemeral
    posted = world.results()[-1]
    world.env.backend.subscribers.insert(0, outside)
    for name, options in (
        ("imagine", {"prompt": "a fox"}),
        ("edit", {"prompt": "a hat", "image1": ("cat.png", png())}),
        ("quota", {}),
        ("jobs", {}),
    ):
        asked = await world.alice.slash(world.art, name, **options)
        assert asked.ephemeral
        assert "You can make pictures only in servers." in text_of(asked.response), name
    again = await press(world.alice, posted, label="Again")
    assert "This request is no longer stored" in text_of(again.response)
    assert len(world.apis.requests) == 1


def _to(message: discord.Message) -> dict[str, str]:
    return {"channel_id": str(message.channel.id), "message_id": str(message.id)}


async def test_nothing_of_it_names_a_server_that_is_not_there(world: World) -> None:
    await drawn(world)
    sent = json.dumps([r.json for r in world.env.http_requests if r.json])
    assert "channels/0/" not in sent


# --- languages ------------------------------------------------------------------------------


async def test_a_talk_in_direct_messages_goes_on_in_the_language_it_began_in(world: World) -> None:
    """Messages do not tell a language; the request before, which a message made, knows one."""
    world.rules.locales[world.alice.id] = "zh-CN"
    result = await drawn(world)
    for change in ("make it night", "make it red"):
        await world.alice.user.send_dm(change, reference=_to(result))
        await world.finished()
        result = pictures(world.alice)[-1]
        assert "修改" in labels_of(result)
    await world.alice.user.send_dm("make it blue --size 10x10", reference=_to(result))
    assert labels_of(said(world.alice)[-1]) == ["为什么？"]
    await world.alice.user.send_dm("hello?")
    assert said(world.alice)[-1].content.startswith("你好")


async def test_a_picture_chosen_in_direct_messages_keeps_the_members_language(
    world: World,
) -> None:
    result = await drawn(world, count=2)
    world.rules.locales[world.alice.id] = "zh-CN"
    await world.alice.user.send_dm("make it night", reference=_to(result))
    await world.alice.user.select(said(world.alice)[-1], ["2"])
    await world.finished()
    assert "修改" in labels_of(pictures(world.alice)[-1])
