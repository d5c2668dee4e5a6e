"""`/imagine` where something is in the way: the place, Discord, the image service, time."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from typing import Any

import discord
import pytest

from bot.domain.job import JobState
from bot.services.requests.submission import Submission, Ticket
from bot.ui.discord_api import discord_limits
from tests.world import World, labels_of, png, text_of


async def test_where_the_bot_may_not_post_it_says_so_before_anything_is_spent(
    world: World,
) -> None:
    assert world.guild.me
    quiet = world.guild.create_text_channel(
        "quiet", overwrites={world.guild.default_role: discord.PermissionOverwrite()}
    )
    overwrite = discord.PermissionOverwrite(attach_files=False)
    closed = world.guild.create_text_channel("closed", overwrites={world.guild.me: overwrite})

    refused = await world.alice.slash(closed, "imagine", prompt="a fox")
    assert "I cannot post pictures in this channel" in text_of(refused.response)
    private = await world.alice.slash(closed, "imagine", prompt="a fox", private=True)
    assert "**Queued**" in text_of(private.response)
    await world.alice.slash(quiet, "imagine", prompt="a fox")
    await world.finished()
    assert await world.left(world.alice) == 8


@pytest.mark.parametrize("settings", [{"access": {"open": False, "guilds": [1]}}])
async def test_a_server_that_is_not_on_the_list_is_refused(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")

    assert "This server is not on the list" in text_of(asked.response)


async def test_a_direct_message_gets_a_clear_word(world: World) -> None:
    def as_direct_message(event: str, payload: Any) -> None:
        if event == "INTERACTION_CREATE":
            payload["user"] = payload.pop("member")["user"]
            for key in ("guild_id", "guild", "guild_locale"):
                payload.pop(key, None)

    world.env.backend.subscribers.insert(0, as_direct_message)
    for name, options in (("imagine", {"prompt": "a fox"}), ("quota", {})):
        asked = await world.alice.slash(world.art, name, **options)
        assert "You can make pictures only in servers." in text_of(asked.response)


async def test_the_same_event_twice_makes_one_picture(world: World) -> None:
    def twice(event: str, payload: Any) -> None:
        if event == "INTERACTION_CREATE":
            world.env._gateway_feed(event, deepcopy(payload))

    world.env.backend.subscribers.insert(0, twice)
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()

    assert len(world.results()) == 1
    assert await world.left(world.alice) == 9


@pytest.mark.parametrize("pictures", [{}, {"image1": ("cat.png", png())}])
async def test_a_slow_check_is_deferred_once_and_answered_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, pictures: dict[str, Any]
) -> None:
    submit = world.app.requests.intake.submit

    async def slowly(submission: Submission) -> Ticket:
        await asyncio.sleep(discord_limits.PATIENCE_SECONDS * 4)  # on the simulated clock
        return await submit(submission)

    monkeypatch.setattr(discord_limits, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(world.app.requests.intake, "submit", slowly)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", **pictures)

    assert world.first_answers() == [discord.InteractionResponseType.deferred_channel_message]
    assert asked.ephemeral
    await world.finished()
    assert "**Done**" in text_of(asked.response)


async def test_a_ticket_that_discord_does_not_take_does_not_stop_the_picture(
    world: World,
) -> None:
    world.env.inject_error("POST", "/interactions/*", status=404, code=10062, times=1)
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()

    assert len(world.results()) == 1


async def test_an_error_that_nobody_foresaw_has_a_code_that_the_log_knows(
    world: World, monkeypatch: pytest.MonkeyPatch, expected_errors: list[str]
) -> None:
    async def broken(_: object) -> None:
        raise ZeroDivisionError("secret detail")

    expected_errors.append("imagine failed")
    monkeypatch.setattr(world.app.requests.intake, "submit", broken)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")

    told = text_of(asked.response)
    code = told.rpartition(" ")[2].rstrip(".")
    assert asked.ephemeral
    assert "secret" not in told
    assert len(code) == 6
    assert any(code in line for line in world.errors)


# --- how it can end -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("moderation", "The safety filter refused the prompt."),
        ("output", "safety filter blocked the result"),
        ("credit", "has no credit left"),
        ("404", "The image service had a problem."),
        ("524", "did not answer in time"),
    ],
)
async def test_a_failure_is_explained_in_the_ticket_and_costs_nothing(
    world: World, fault: str, words: str
) -> None:
    world.apis.fail_next(fault, times=None)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()

    told = text_of(asked.response)
    assert words in told
    assert "Nothing was charged." in told
    refused = fault in ("moderation", "output")
    assert labels_of(asked.response) == ["Why?", "Rephrase" if refused else "Retry"]
    assert world.art.history() == []
    assert await world.left(world.alice) == 10


async def test_a_failure_is_announced_where_the_ticket_is_out_of_reach(world: World) -> None:
    world.apis.gate.clear()
    world.apis.fail_next("moderation")
    await world.alice.slash(world.art, "imagine", prompt="a secret wish")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(901)
    world.apis.gate.set()
    await world.finished()

    (line,) = world.art.history()
    assert line.content == (
        f"<@{world.alice.id}>, your picture request could not be finished. Nothing was charged."
    )
    assert line.mentions


async def test_the_last_word_comes_before_the_ticket_freezes(world: World) -> None:
    world.apis.gate.clear()
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(850)
    await world.until(lambda: "taking a while" in text_of(asked.response))
    assert "post the result in this channel" in text_of(asked.response)

    await world.env.advance_time(100)
    world.apis.gate.set()
    await world.finished()
    assert len(world.results()) == 1
    (job,) = await world.jobs(world.alice)
    assert job.state is JobState.DONE


async def test_an_answer_that_discord_limits_for_minutes_is_told_in_the_channel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def limited(*_: object, **__: object) -> None:
        await asyncio.sleep(400)  # as discord.py does for `retry_after`, on the simulated clock

    monkeypatch.setattr(discord.InteractionResponse, "send_message", limited)
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.env.advance_time(discord_limits.ANSWER_SECONDS + 1)
    await world.finished()

    told = [one.content for one in world.art.history()]
    assert any(f"<@{world.alice.id}> Discord does not let me answer" in one for one in told)
    assert len(world.results()) == 1
