"""Who reads what in which language: members their own, everybody the server's."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import pytest_asyncio

from tests.cogs.acts import manager, posted, press, restart
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
    assert chinese.attachments[0].description == "图片：a fox"


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
    world.app.echo.bell.ring()
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


async def test_a_language_that_easel_does_not_speak_is_english(world: World) -> None:
    world.rules.locales[world.bob.id] = "ja"
    shown = await asked(world, world.bob)
    assert "**Done**" in text_of(shown.response)


@pytest.mark.parametrize("value", ["zh-CN", "en-US", "auto"])
async def test_a_manager_chooses_the_language_on_the_panel(world: World, value: str) -> None:
    maya = manager(world)
    shown = await maya.slash(world.art, "easel setup")
    await maya.select(shown.response, ["language"], custom_id="s1:setup")
    await maya.select(shown.response, [value], custom_id="s1:set:language")
    settings = (await world.app.server.policy(world.guild.id)).settings
    assert settings.language == value
    assert isinstance(discord.Locale(settings.locale("en-GB") or ""), discord.Locale)
