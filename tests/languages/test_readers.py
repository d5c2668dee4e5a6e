"""Who reads what in which language: members their own, everybody the server's."""

from __future__ import annotations

import re
from typing import Any

import discord
import pytest
import pytest_asyncio
from sqlalchemy import update

from bot.storage.tables import jobs
from tests.cogs.member_actions import (
    forbid,
    manager,
    posted,
    press,
    restart,
    tickets_of,
)
from tests.cogs.test_pickup import chosen, pictures_in, unposted
from tests.world import World, labels_of, text_of

CHINESE = "zh-CN"


@pytest_asyncio.fixture(autouse=True)
async def alice_reads_chinese(world: World) -> None:
    world.rules.locales[world.alice.id] = CHINESE


async def asked(world: World, who: Any, **options: Any) -> Any:
    shown = await who.slash(world.art, "imagine", prompt="a fox", **options)
    await world.finished()
    return shown


async def test_a_member_has_private_answers_in_their_language_and_others_in_theirs(
    world: World,
) -> None:
    mine = await asked(world, world.alice)
    theirs = await asked(world, world.bob)
    assert "**完成**" in text_of(mine.response)
    assert "**Done**" in text_of(theirs.response)
    refused = await world.alice.slash(world.art, "imagine", prompt="a fox", size="10x10")
    assert "尺寸" in text_of(refused.response)
    assert labels_of(refused.response) == ["改一改"]
    assert "额度" in text_of((await world.alice.slash(world.art, "quota")).response)


async def test_a_result_is_for_everybody_and_says_so_in_the_servers_language(world: World) -> None:
    await asked(world, world.alice)
    await world.decide("language", CHINESE)
    await asked(world, world.bob)
    english, chinese = world.results()
    assert labels_of(english)[:2] == ["Edit", "Again"]
    assert labels_of(chinese)[:2] == ["修改", "再来一次"]
    assert chinese.attachments[0].description == "AI 生成的图片：a fox"


async def test_without_a_decision_the_servers_own_language_on_discord_counts(world: World) -> None:
    world.env.backend.guilds[world.guild.id].preferred_locale = CHINESE
    await asked(world, world.bob)
    (result,) = world.results()
    assert "修改" in labels_of(result)


async def test_a_private_result_is_in_its_members_language(world: World) -> None:
    shown = await asked(world, world.alice, private=True)
    assert "修改" in labels_of(shown.response)


async def test_a_ticket_keeps_its_language_over_a_restart(world: World) -> None:
    world.apis.gate.clear()
    shown = await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await restart(world)
    world.apis.gate.set()
    await world.finished()
    assert "**完成**" in text_of(shown.response)


async def test_a_form_and_its_answer_are_in_the_language_of_who_fills_it_in(world: World) -> None:
    result = await posted(world)
    form = await press(world.alice, result, label="Edit")
    assert form.modal["title"] == "修改图片"
    sent = await world.alice.submit_modal(form, {"prompt": "make it night"})
    await world.finished()
    assert "**完成**" in text_of(sent.response)


async def test_what_is_said_below_a_message_is_in_the_servers_language(world: World) -> None:
    await world.decide("language", CHINESE)
    await world.decide("replies", "instant")
    result = await posted(world)
    await world.bob.send(world.art, "7: make it night", reply_to=result)
    (said,) = [m for m in world.art.history() if m.reference and not m.attachments and m.author.bot]
    assert said.content.endswith("没有扣点。")
    assert labels_of(said) == ["为什么？"]


async def test_the_log_channel_is_told_in_the_servers_language(world: World) -> None:
    log = world.guild.create_text_channel("staff-log")
    await world.decide("log_channel", log.id)
    await world.decide("language", CHINESE)
    maya = manager(world)
    answer = await maya.slash(world.art, "limits everyone", credits=5, window="day")
    assert "credits" in text_of(answer.response)
    world.app.delivery.log_channel_feed.wake_event.wake()
    await world.until(lambda: any("所有人" in m.content for m in log.history()))


async def test_a_report_is_settled_in_the_servers_language_with_its_buttons(world: World) -> None:
    """Posted in one language and pressed after the server chose another."""
    log = world.guild.create_text_channel("staff-log")
    await world.decide("log_channel", log.id)
    result = await posted(world)
    form = await world.alice.context_menu(world.art, "Report picture", result)
    await world.alice.submit_modal(form, {"reason": "other", "text": "x"})
    card = log.history()[-1]
    assert "Dismiss" in labels_of(card)
    await world.decide("language", CHINESE)
    await world.mora.click(card, label="Remove")
    card = next(m for m in log.history() if m.id == card.id)
    assert f"✅ <@{world.mora.id}> 移除了" in text_of(card)
    assert len(labels_of(card)) == 1


async def test_a_reason_of_easels_own_is_read_by_each_in_their_language(world: World) -> None:
    """A report that was acted on: the moderator, the member and the record each say it."""
    log = world.guild.create_text_channel("staff-log")
    await world.decide("log_channel", log.id)
    result = await posted(world)
    form = await world.bob.context_menu(world.art, "Report picture", result)
    await world.bob.submit_modal(form, {"reason": "other", "text": "x"})
    await world.mora.click(log.history()[-1], label="Block 1 day")
    refused = await world.alice.slash(world.art, "imagine", prompt="a fox")
    assert text_of(refused.response).endswith("原因：被举报的图片")
    history = await world.mora.slash(world.art, "moderate history")
    assert "“Reported picture”" in text_of(history.response)


async def test_a_language_that_easel_does_not_speak_is_english(world: World) -> None:
    world.rules.locales[world.bob.id] = "ja"
    shown = await asked(world, world.bob)
    assert "**Done**" in text_of(shown.response)


@pytest.mark.parametrize("value", ["zh-CN", "en-US", "auto"])
async def test_a_manager_chooses_the_language_on_the_panel(world: World, value: str) -> None:
    maya = manager(world)
    shown = await maya.slash(world.art, "easel setup")
    await maya.select(shown.response, ["language"], custom_id="s1:setup:place")
    await maya.select(shown.response, [value], custom_id="s1:set:language")
    settings = (await world.app.servers.settings.policy(world.guild.id)).settings
    assert settings.language == value
    assert isinstance(discord.Locale(settings.locale("en-GB") or ""), discord.Locale)


# --- private answers about requests that a message asked for, or that are older -----------------


async def test_a_request_that_a_message_asked_for_is_in_the_list_as_its_member_reads(
    world: World,
) -> None:
    """Below the message everybody reads of it; in /jobs its member alone does."""
    await world.decide("replies", "instant")
    result = await posted(world)
    world.apis.gate.clear()
    await world.alice.send(world.art, "make it night", reply_to=result)
    await world.apis.until(lambda: world.apis.waiting == 1)
    listed = await chosen(world, world.art)
    assert "已开始" in text_of(listed.response)
    assert "刷新" in labels_of(listed.response)
    world.apis.gate.set()
    await world.finished()
    await world.alice.click(listed.response.message, label="刷新")
    assert "**完成**" in text_of(listed.response)


async def test_a_moderator_who_cancels_reads_it_in_their_own_language(world: World) -> None:
    world.rules.locales[world.mora.id] = CHINESE
    await world.decide("replies", "instant")
    result = await posted(world)
    ticket = await held_up(world, result)
    answer = await world.mora.click(ticket, label="Cancel")
    assert "**已取消**" in text_of(answer.response)


async def test_what_stays_below_a_message_stays_in_the_servers_language(world: World) -> None:
    await world.decide("replies", "instant")
    result = await posted(world)
    ticket = await held_up(world, result)
    await world.alice.click(ticket, label="Refresh")
    (now,) = tickets_of(world)
    assert "Queued" in text_of(now)
    assert "Refresh" in labels_of(now)


async def held_up(world: World, result: discord.Message) -> discord.Message:
    """Return the public ticket of a reply of alice's that waits for its turn."""
    world.apis.gate.clear()
    slots = world.app.configuration.providers["routescope"].concurrency
    for _ in range(slots):
        await world.bob.slash(world.art, "imagine", prompt="a hen")
    await world.apis.until(lambda: world.apis.waiting == slots)
    await world.alice.send(world.art, "make it night", reply_to=result)
    await world.env.advance_time(11)
    await world.until(lambda: bool(tickets_of(world)))
    return tickets_of(world)[-1]


async def test_pictures_that_waited_are_shown_in_the_language_of_who_picks_them_up(
    world: World,
) -> None:
    await world.decide("replies", "instant")
    result = await posted(world)
    world.apis.gate.clear()
    await world.alice.send(world.art, "make it night", reply_to=result)
    await world.apis.until(lambda: world.apis.waiting == 1)
    await forbid(world, "send_messages")
    world.apis.gate.set()
    await world.finished()
    room = world.guild.create_text_channel("room")
    listed = await chosen(world, room)
    assert labels_of(listed.response) == ["查看", "分享到频道", "丢弃", "返回"]
    await world.alice.click(listed.response.message, label="查看")
    await world.finished()
    assert labels_of(listed.response)[:2] == ["修改", "再来一次"]


async def test_pictures_are_shared_in_the_language_that_the_server_has_by_then(
    world: World,
) -> None:
    room = world.guild.create_text_channel("room")
    await unposted(world)
    await world.decide("language", CHINESE)
    listed = await chosen(world, room)
    await world.alice.click(listed.response.message, label="分享到频道")
    await world.finished()
    (shared,) = pictures_in(room)
    assert "修改" in labels_of(shared)


async def test_a_request_from_before_languages_is_told_in_that_of_who_looks(world: World) -> None:
    await asked(world, world.alice)
    async with world.app.database.write() as uow:
        await uow.connection.execute(update(jobs).values(locale=None, server_locale=None))
        await uow.commit()
    listed = await chosen(world, world.art)
    assert "**完成**" in text_of(listed.response)


# --- why a message was refused --------------------------------------------------------------------


async def test_why_a_message_was_refused_is_told_in_its_authors_language(world: World) -> None:
    """Nobody knew it when the words were put down: the message did not tell."""
    await world.decide("replies", "instant")
    result = await posted(world)
    await world.alice.send(world.art, "make it night --size 10x10", reply_to=result)
    line = world.art.history()[-1]
    assert line.content == "I could not do that. Nothing was charged."
    await restart(world)
    why = await world.alice.click(line, label="Why?")
    assert "**尺寸**" in text_of(why.response)
    assert labels_of(why.response) == ["改一改"]


async def test_an_error_that_nobody_foresaw_has_one_code_in_every_language(
    world: World, monkeypatch: pytest.MonkeyPatch, expected_errors: list[str]
) -> None:
    expected_errors.append("a message failed")
    await world.decide("replies", "instant")
    result = await posted(world)

    async def broken(*_: object) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(world.app.requests.intake, "submit", broken)
    await world.alice.send(world.art, "make it night", reply_to=result)
    why = await world.alice.click(world.art.history()[-1], label="Why?")
    (logged,) = [one for one in world.errors if "a message failed" in one]
    found = re.search(r"代码 ([0-9A-F]{6}) ", text_of(why.response))
    assert found
    assert found[1] in logged


async def test_a_size_may_be_typed_as_it_is_suggested(world: World) -> None:
    """Whoever types on does not choose from the list: Discord then sends what it showed."""
    await posted(world)
    shown = await world.alice.slash(
        world.art, "edit", prompt="make it night", model="gpt-image-2", size="自动"
    )
    await world.finished()
    assert "**完成**" in text_of(shown.response)
