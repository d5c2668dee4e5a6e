"""After a refusal there is a way on: other words, fewer pictures, more credits; none in vain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.domain.job import Destination, JobState
from bot.services.servers.access import REFUSALS
from bot.services.servers.decisions import WordDecision
from bot.ui import buttons
from tests.cogs.member_actions import mention, newest, picture, posted, press, restart
from tests.cogs.test_actions import answer_to, forged
from tests.world import World, labels_of, png, text_of


def quota(limit: str, **more: str) -> Any:
    return pytest.mark.parametrize("settings", [{"quota": {"default": limit, **more}}])


async def forbid_word(world: World, word: str) -> None:
    changes = world.app.servers.changes
    actor = changes.actor(world.guild.id, world.mora.id)
    await changes.set(actor, WordDecision(word), True, action="word")


async def imagine(world: World, prompt: str = "a fox", **options: Any) -> Any:
    asked = await world.alice.slash(world.art, "imagine", prompt=prompt, **options)
    await world.finished()
    return asked


async def rephrased(
    world: World, shown: Any, prompt: str, label: str = "Rephrase", **fields: Any
) -> Any:
    form = await press(world.alice, shown, label=label)
    sent = await world.alice.submit_modal(form, {"prompt": prompt, **fields})
    await world.finished()
    return sent


async def pressed(world: World, shown: Any, label: str) -> Any:
    answer = await press(world.alice, shown, label=label)
    await world.finished()
    return answer


def filled_in(form: Any) -> Mapping[str, Any]:
    """Return what the fields of a form hold when it opens."""
    fields = [part["component"] for part in form._interaction.modal["components"]]
    return {field["custom_id"]: field.get("value") for field in fields}


# --- other words ----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["moderation", "output"])
async def test_a_refused_prompt_comes_back_in_a_form_and_is_asked_in_other_words(
    world: World, fault: str
) -> None:
    world.apis.fail_next(fault)
    asked = await imagine(world, "a rude fox", size="4K", spoiler=True)
    assert labels_of(asked.response) == ["Why?", "Rephrase"]
    why = await press(world.alice, asked, label="Why?")
    assert labels_of(why.response) == ["Rephrase"]

    form = await press(world.alice, asked, label="Rephrase")
    assert filled_in(form) == {"prompt": "a rude fox"}
    sent = await world.alice.submit_modal(form, {"prompt": "a kind fox"})
    await world.finished()
    assert "**Done**" in text_of(sent.response)
    job = await newest(world)
    assert (job.request.prompt, job.request.size, job.spoiler) == ("a kind fox", "4K", True)
    assert "No picture this time" in text_of(asked.response)

    # The form sent twice is one request; opened once more it is another one.
    form._interaction.modal_consumed = False
    await world.alice.submit_modal(form, {"prompt": "a kind fox"})
    await world.finished()
    assert len(world.results()) == 1
    await rephrased(world, asked, "a very kind fox")
    assert len(world.results()) == 2
    assert await world.left(world.alice) == 6


async def test_the_list_of_requests_offers_it_after_a_restart_and_to_nobody_else(
    world: World,
) -> None:
    world.apis.fail_next("moderation")
    await imagine(world, "a rude fox", private=True)
    await restart(world)
    listed = await world.alice.slash(world.art, "jobs")
    job = await newest(world)
    assert listed.response
    shown = await world.alice.select(listed.response.message, [job.job_id])
    assert labels_of(shown.response)[:2] == ["Why?", "Rephrase"]

    own = buttons.job_button("rephrase", job.job_id)
    assert "no longer stored" in await answer_to(world, own)
    await rephrased(world, shown, "a kind fox")
    again = await newest(world)
    assert (again.state, again.destination) == (JobState.DONE, Destination.INTERACTION)


async def test_retry_on_a_message_of_an_earlier_release_opens_the_form_too(world: World) -> None:
    world.apis.fail_next("moderation", times=None)
    await imagine(world, "a rude fox")
    job = await newest(world)
    old = buttons.job_button("retry", job.job_id)

    for _ in range(REFUSALS):
        form = await world.alice.click(await forged(world, old), custom_id=old)
        assert filled_in(form) == {"prompt": "a rude fox"}
    assert len(await world.jobs(world.alice)) == 1


async def test_a_refused_picture_is_replaced_and_the_words_stay(world: World) -> None:
    world.apis.fail_next("reference")
    asked = await world.alice.slash(
        world.art, "edit", prompt="in a hat", image1=("face.png", png(colour="pink"))
    )
    await world.finished()
    assert labels_of(asked.response) == ["Why?", "Use other pictures"]

    sent = await rephrased(
        world, asked, "in a hat", "Use other pictures", pictures=[("cat.png", png())]
    )
    assert "**Done**" in text_of(sent.response)
    world.apis.fail_next("reference")
    asked = await world.alice.slash(
        world.art, "edit", prompt="in a hat", image1=("face.png", png(colour="pink"))
    )
    await world.finished()
    # Without others the same ones are sent once more: the words may have been the reason.
    sent = await rephrased(world, asked, "in a cap", "Use other pictures")
    assert "**Done**" in text_of(sent.response)
    job = await newest(world)
    assert (job.request.prompt, job.request.references) == ("in a cap", 1)


async def test_the_public_line_does_not_tell_that_a_request_was_refused(world: World) -> None:
    result = await posted(world)
    world.apis.fail_next("moderation")
    await world.alice.send(world.art, "1: make it rude", reply_to=result)
    await world.finished()
    line = world.art.history()[-1]
    assert labels_of(line) == ["Why?"]

    why = await world.alice.click(line, label="Why?")
    await rephrased(world, why, "make it kind")
    job = await newest(world)
    assert (job.state, job.request.prompt) == (JobState.DONE, "make it kind")
    assert job.parent_job_id


async def test_a_model_that_left_the_catalog_is_told_with_the_form_to_fix_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.apis.fail_next("moderation")
    asked = await imagine(world, "a rude fox", model="doubao-seedream-4-0-250828")
    form = await press(world.alice, asked, label="Rephrase")
    router = world.app.requests.intake._router
    left = router.catalog.__class__(
        tuple(o for o in router.catalog.offers if o.model_id != "doubao-seedream-4-0-250828")
    )
    object.__setattr__(router, "catalog", left)
    sent = await world.alice.submit_modal(form, {"prompt": "a kind fox"})

    assert "There is no model" in text_of(sent.response)
    assert labels_of(sent.response) == ["Fix it"]


# --- the server's words ---------------------------------------------------------------------


async def test_a_forbidden_word_is_the_servers_rule_and_is_rephrased(world: World) -> None:
    await forbid_word(world, "turnip")
    asked = await imagine(world, "a turnip", size="4K")
    told = text_of(asked.response)
    assert told.startswith("**The rules of this server do not allow this.**")
    assert "Seedream" not in told
    assert labels_of(asked.response) == ["Rephrase"]

    form = await press(world.alice, asked, label="Rephrase")
    assert filled_in(form) == {"prompt": "a turnip"}
    still = await rephrased(world, asked, "two turnips and a turnip")
    assert "“turnip”" in text_of(still.response)
    await rephrased(world, still, "a carrot")
    await rephrased(world, asked, "a cabbage")
    prompts = [(job.request.prompt, job.request.size) for job in await world.jobs(world.alice)]
    assert prompts == [("a cabbage", "4K"), ("a carrot", "4K")]


async def test_a_forbidden_word_in_a_reply_is_rephrased_behind_why(world: World) -> None:
    result = await posted(world)
    await forbid_word(world, "turnip")
    await world.alice.send(world.art, "1: as a turnip", reply_to=result)
    why = await world.alice.click(world.art.history()[-1], label="Why?")
    assert labels_of(why.response) == ["Rephrase"]

    await restart(world)
    await rephrased(world, why, "as a carrot")
    job = await newest(world)
    assert (job.state, job.request.prompt) == (JobState.DONE, "as a carrot")
    assert job.parent_job_id


async def test_a_forbidden_word_beside_other_problems_is_fixed_with_them(world: World) -> None:
    await forbid_word(world, "turnip")
    asked = await imagine(world, "a turnip", size="9x9")

    assert text_of(asked.response).startswith("**This cannot be done as it is.**")
    assert labels_of(asked.response) == ["Fix it"]


# --- fewer pictures, more credits -------------------------------------------------------------


@quota("3/day")
async def test_over_quota_there_are_fewer_pictures_and_more_credits_right_there(
    world: World,
) -> None:
    await world.decide("log_channel", world.art.id)
    asked = await imagine(world, count=5, size="2K")
    assert (
        "This needs 5 credits, but you have 3 left today. It will not be enough later either: the "
        "limit is 3 credits per day. There is room for 3 pictures now."
    ) in text_of(asked.response)
    assert labels_of(asked.response) == ["Make 3 instead", "Ask for more"]

    more = await pressed(world, asked, "Ask for more")
    assert "I told the moderators" in text_of(more.response)
    again = await pressed(world, asked, "Ask for more")
    assert "a while ago" in text_of(again.response)
    asks = [one for one in world.art.history() if "asks for more" in text_of(one)]
    assert len(asks) == 1

    await restart(world)
    made = await pressed(world, asked, "Make 3 instead")
    assert "**Done** · [3 pictures]" in text_of(made.response)
    # Tapped twice, it is one request.
    twice = await pressed(world, asked, "Make 3 instead")
    assert "**Done** · [3 pictures]" in text_of(twice.response)
    assert len(world.results()) == 1
    assert await world.left(world.alice) == 0


@quota("3/day")
async def test_fewer_pictures_are_counted_anew_when_the_button_is_pressed(world: World) -> None:
    asked = await imagine(world, count=4)
    assert labels_of(asked.response) == ["Make 3 instead"]
    await imagine(world)
    late = await pressed(world, asked, "Make 3 instead")
    assert "you have 2 left today" in text_of(late.response)
    assert labels_of(late.response) == ["Make 2 instead"]

    await pressed(world, late, "Make 2 instead")
    assert [len(one.attachments) for one in world.results()] == [1, 2]
    last = await pressed(world, asked, "Make 3 instead")
    assert "used up" in text_of(last.response)
    assert labels_of(last.response) == []


@quota("3/day")
async def test_fewer_pictures_are_for_who_asked_and_kept_for_a_day(world: World) -> None:
    asked = await imagine(world, count=4)
    assert asked.response
    (button,) = [
        part["custom_id"]
        for part in _parts(asked.response)
        if str(part.get("custom_id", "")).startswith("d1:fewer")
    ]
    assert "no longer stored" in await answer_to(world, button)
    await world.env.advance_time(86_401)
    late = await pressed(world, asked, "Make 3 instead")
    assert "no longer stored" in text_of(late.response)
    assert world.results() == []


def _parts(shown: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    todo: list[Any] = list(shown.components)
    while todo:
        part = todo.pop()
        raw = part if isinstance(part, dict) else part.to_dict()
        found.append(raw)
        todo += raw.get("components", ())
    return found


@quota("3/day")
async def test_a_reply_over_quota_has_the_same_ways_behind_why(world: World) -> None:
    await world.decide("log_channel", world.art.id)
    result = await posted(world)
    await world.alice.send(world.art, "1: make it night --n 4", reply_to=result)
    why = await world.alice.click(world.art.history()[-1], label="Why?")
    assert labels_of(why.response) == ["Make 2 instead", "Ask for more"]

    await pressed(world, why, "Make 2 instead")
    job = await newest(world)
    assert (job.state, job.request.count) == (JobState.DONE, 2)
    assert job.parent_job_id
    await world.alice.send(world.art, "1: make it night", reply_to=result)
    why = await world.alice.click(world.art.history()[-1], label="Why?")
    assert labels_of(why.response) == ["Ask for more"]
    edit = await press(world.alice, world.results()[0], label="Edit")
    assert labels_of(edit.response) == ["Ask for more"]


@quota("3/day")
async def test_a_choice_of_pictures_over_quota_has_the_same_ways(world: World) -> None:
    result = await picture(world, count=2)
    await world.alice.send(world.art, f"{mention(world)} make it night --n 3", reply_to=result)
    chosen = await world.alice.select(world.art.history()[-1], ["1"])
    (told,) = chosen.followups
    assert labels_of(told) == ["Make 1 instead"]


@quota("3/day")
async def test_again_and_retry_over_quota_have_the_same_ways(world: World) -> None:
    await imagine(world, count=2)
    again = await pressed(world, world.results()[-1], "Again")
    assert labels_of(again.response) == ["Make 1 instead"]
    await pressed(world, again, "Make 1 instead")
    assert await world.left(world.alice) == 0

    await world.mora.slash(world.art, "moderate reset", member=world.alice)
    world.apis.fail_next("524", times=3)
    failed = await world.alice.slash(
        world.art, "edit", prompt="in a hat", count=3, image1=("cat.png", png())
    )
    await world.finished()
    assert labels_of(failed.response) == ["Why?", "Retry"]
    await imagine(world, "a hen")
    retried = await pressed(world, failed, "Retry")
    assert labels_of(retried.response) == ["Make 2 instead"]
    await pressed(world, retried, "Make 2 instead")
    job = await newest(world)
    assert (job.state, job.request.count, job.request.references) == (JobState.DONE, 2, 1)


@quota("10/day", server_budget="3/day")
async def test_a_budget_offers_fewer_pictures_and_asks_no_moderator_in_vain(world: World) -> None:
    await world.decide("log_channel", world.art.id)
    asked = await imagine(world, count=5)

    assert "This server does not have enough budget left for today." in text_of(asked.response)
    assert labels_of(asked.response) == ["Make 3 instead"]


@quota("1/day")
@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"size": "4K", "model": "doubao-seedream-4-0-250828"}, "A smaller size costs less."),
        ({}, ""),
    ],
)
async def test_only_what_can_help_is_advised(
    world: World, options: dict[str, Any], advice: str
) -> None:
    if not advice:
        await imagine(world)
    asked = await imagine(world, **options)

    told = text_of(asked.response)
    assert labels_of(asked.response) == []
    assert told.endswith(advice or ">.")
    assert advice or "smaller" not in told


@pytest.mark.parametrize(
    "settings", [{"quota": {"default": f"1/{one}"}} for one in ("hour", "day", "week", "month")]
)
async def test_every_window_has_its_own_words(world: World, settings: Any) -> None:
    window = settings["quota"]["default"].partition("/")[2]
    said = {"hour": "this hour", "day": "today", "week": "this week", "month": "this month"}[window]
    asked = await imagine(world, count=2)

    assert f"you have 1 left {said}." in text_of(asked.response)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({}, "Please try again later."),
        ({"count": 2}, "Please try fewer pictures."),
        ({"size": "4K"}, "Please try a smaller size."),
        ({"count": 2, "size": "4K"}, "Please try a smaller size or fewer pictures."),
    ],
)
async def test_who_waited_in_vain_is_advised_only_what_can_help(
    world: World, options: dict[str, Any], advice: str
) -> None:
    world.apis.fail_next("524", times=None)
    asked = await imagine(world, **options)

    assert f"did not answer in time. {advice} Nothing was charged." in text_of(asked.response)
