"""Nobody is told which model made a picture of a comparison before the vote on it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
import pytest

from bot.domain.variations.variation import Variation
from bot.ui import buttons
from tests.cogs.member_actions import press, removed
from tests.cogs.test_actions import forged
from tests.cogs.test_compare import LABELS, MODELS, compared, entries, settled, started, vote
from tests.cogs.test_history import choose
from tests.cogs.test_log_channel import log, told
from tests.cogs.test_privacy import rows
from tests.cogs.test_reviews import staff_channel
from tests.local_judge import LocalJudge
from tests.world import World, labels_of, text_of

HIDDEN = "model hidden until the vote ends"
WAIT = "This would tell which model made the picture."


def tells(text: str) -> bool:
    """Tell whether a text says which model made a picture, or its price, which may tell that."""
    names = (*LABELS.values(), *MODELS, "routescope", "1 credit")
    return any(name in text for name in names)


async def letters(world: World) -> dict[str, str]:
    """Return the id of the request behind each letter."""
    return {row["label"]: row["job_id"] for row in await entries(world)}


async def ended(world: World, post: discord.Message) -> None:
    await press(world.alice, post, label="End the vote")
    await settled(world)


async def test_it_cannot_be_made_again_before_the_vote_ends(world: World) -> None:
    post = await compared(world)
    job_id = (await letters(world))["A"]
    again = buttons.job_button("again", job_id)
    for member in (world.alice, world.bob):
        refused = await member.click(await forged(world, again), custom_id=again)
        assert WAIT in text_of(refused.response)
    assert len(await rows(world, "jobs")) == 2
    await ended(world, post)
    made = await world.bob.click(await forged(world, again), custom_id=again)
    assert "Seedream" in text_of(made.response)


async def test_details_tell_nothing_that_differs_by_model(world: World) -> None:
    post = await compared(world)
    shown: Any = await world.bob.context_menu(world.art, "Picture details", post)
    text = text_of(shown.response)
    assert HIDDEN in text
    assert not tells(text)
    assert "watermark" not in text
    assert "Marks in the file" not in text
    await ended(world, post)
    shown = await world.bob.context_menu(world.art, "Picture details", post)
    assert "Marks in the file" in text_of(shown.response)


async def test_variations_are_neither_offered_nor_made(world: World) -> None:
    post = await compared(world)
    job_id = (await letters(world))["A"]
    details: Any = await world.bob.context_menu(world.art, "Picture details", post)
    assert "Change it…" not in str(details.response.message.components)
    for what in Variation:
        custom_id = buttons.variation_make(job_id, f"{what.value}:1", number=1, credits=9, opened=5)
        refused = await world.bob.click(await forged(world, custom_id), custom_id=custom_id)
        assert WAIT in text_of(refused.response), what
    assert len(await rows(world, "jobs")) == 2


async def test_it_becomes_no_style_before_the_vote_ends(world: World) -> None:
    post = await compared(world)
    link = f"https://discord.com/channels/{world.guild.id}/{world.art.id}/{post.id}"
    for options in ({"words": "in ink"}, {}):
        refused = await world.bob.slash(world.art, "style save", name="Ink", of=link, **options)
        assert WAIT in text_of(refused.response)
    assert await rows(world, "styles") == []


async def test_jobs_tell_no_model_and_no_price_from_the_start(world: World) -> None:
    world.apis.gate.clear()
    await started(world)
    await world.apis.until(lambda: world.apis.waiting == 2)
    page = await world.alice.slash(world.art, "jobs")
    assert not tells(text_of(page.response))
    for job in await world.jobs(world.alice):
        page = await world.alice.slash(world.art, "jobs")
        await choose(world, page, job.job_id)
        text = text_of(page.response)
        assert HIDDEN in text
        assert "I will post the pictures together in this channel" in text
        assert not tells(text)
    world.apis.gate.set()
    await settled(world)
    for job in await world.jobs(world.alice):
        page = await world.alice.slash(world.art, "jobs")
        assert not tells(text_of(page.response))
        await choose(world, page, job.job_id)
        text = text_of(page.response)
        assert text.startswith("**Done** · [the comparison](")
        assert not tells(text)
        assert "Again" not in labels_of(page.response)


async def test_jobs_list_the_pictures_in_an_order_that_tells_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turned(_: object, items: Sequence[Any], count: int) -> list[Any]:
        return [*items[1:count], items[0]]

    monkeypatch.setattr("secrets.SystemRandom.sample", turned)
    await compared(world, *MODELS)
    by_turn = sorted(await rows(world, "jobs"), key=lambda row: row["turn"])
    by_place = sorted(await entries(world), key=lambda row: row["place"])
    assert [row["job_id"] for row in by_turn] == [row["job_id"] for row in by_place]
    assert [row["model_id"] for row in by_place] == [*MODELS[1:], MODELS[0]]


async def test_a_picture_that_waits_for_the_others_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[object] = []

    async def fail(comparison: object) -> None:
        tries.append(comparison)
        raise ConnectionError("Discord is away")

    monkeypatch.setattr(world.app.comparisons.comparisons, "_complete", fail)
    await started(world)
    await world.until(lambda: bool(tries))
    page = await world.alice.slash(world.art, "jobs")
    assert text_of(page.response).count("ready, waits for the others") == 2
    await choose(world, page, (await world.jobs(world.alice))[0].job_id)
    assert "**Ready.** This picture waits for the others" in text_of(page.response)


async def test_favourites_tell_no_model(world: World) -> None:
    post = await compared(world)
    details: Any = await world.bob.context_menu(world.art, "Picture details", post)
    await press(world.bob, details, label="Keep")
    page: Any = await world.bob.slash(world.art, "favourites")
    assert HIDDEN in text_of(page.response)
    (kept,) = await rows(world, "favourites")
    await world.bob.select(page.response.message, [kept["job_id"]])
    text = text_of(page.response)
    assert HIDDEN in text
    assert not tells(text)
    assert "Again" not in labels_of(page.response)


async def test_reports_tell_staff_no_model(world: World) -> None:
    staff = world.guild.create_text_channel("staff")
    await world.decide("log_channel", staff.id)
    await world.env.settle()
    post = await compared(world)
    form = await world.bob.context_menu(world.art, "Report picture", post)
    await world.bob.submit_modal(form, {"reason": "other", "text": "odd"})
    await world.env.settle()
    card = list(staff.history())[-1]
    text = text_of(card)
    assert HIDDEN in text
    assert not tells(text)


async def test_the_log_names_the_models_when_the_vote_has_ended(world: World) -> None:
    channel = await log(world)
    await world.decide("log_results", True)
    await told(world, channel, 2)
    post = await compared(world)
    *_, first, second = await told(world, channel, 4)
    for line in (first, second):
        assert HIDDEN in line.content
        assert not tells(line.content)
    await vote(world.bob, post, "A")
    await ended(world, post)
    *_, last = await told(world, channel, 5)
    named = {row["label"]: LABELS[row["model_id"]] for row in await entries(world)}
    assert f"[Comparison](https://discord.com/channels/{world.guild.id}/" in last.content
    assert last.content.endswith(f"<@{world.alice.id}> · A · {named['A']}, B · {named['B']}")


async def test_the_log_names_them_though_the_message_was_removed(world: World) -> None:
    channel = await log(world)
    await world.decide("log_results", True)
    await told(world, channel, 2)
    post = await compared(world)
    await told(world, channel, 4)
    await removed(world, world.alice, post)
    await settled(world)
    *_, last = await told(world, channel, 5)
    assert "A · Seedream" in last.content


async def test_who_logs_no_results_is_told_of_no_vote(world: World) -> None:
    channel = await log(world)
    post = await compared(world)
    await ended(world, post)
    assert len(channel.history()) == 1


class TestHeld:
    """A judge is not sure about every result."""

    @pytest.fixture
    def settings(self, judge: LocalJudge) -> dict[str, dict[str, object]]:
        return {"safety": {"judges": {"local": judge.settings("results")}}}

    async def test_cards_of_reviews_tell_staff_no_model(self, world: World) -> None:
        channel = await staff_channel(world)
        await started(world)
        await world.until(lambda: len(list(channel.history())) == 2)
        cards = list(channel.history())
        assert all(HIDDEN in text_of(card) and not tells(text_of(card)) for card in cards)
        for card in cards:
            await world.mora.click(card, label="Approve")
        await settled(world)
        cards = list(channel.history())
        assert all(HIDDEN in text_of(card) and not tells(text_of(card)) for card in cards)
