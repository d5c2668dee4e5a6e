"""Flags in prompts: they work wherever somebody types a prompt, and are read once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cogs.member_actions import edit, mention, newest, posted, press
from tests.world import World, labels_of, png, text_of


async def test_flags_in_the_prompt_of_a_command_are_its_options(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a castle --ar 16:9 --n 2")
    assert "> a castle\n" in text_of(asked.response)
    assert "2 pictures · 2 credits, 8 left" in text_of(asked.response)
    await world.finished()

    (result,) = world.results()
    assert result.content.startswith("> a castle\n")
    assert [(p.width, p.height) for p in result.attachments] == [(2848, 1600)] * 2
    assert await world.left(world.alice) == 8


async def test_what_phones_make_of_two_dashes_is_understood(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="一座城堡 ——ar 16：9 —n 2")
    await world.finished()

    job = await newest(world)
    assert (job.request.prompt, job.request.count) == ("一座城堡", 2)
    assert job.request.size == "2848x1600"


async def test_flags_of_edit_and_of_its_form(world: World) -> None:
    result = await posted(world)
    await world.alice.slash(world.art, "edit", prompt="make it night --n 2 --spoiler")
    await world.finished()
    job = await newest(world)
    assert (job.request.prompt, job.request.count, job.spoiler) == ("make it night", 2, True)

    await edit(world, world.alice, result, "make it day --ar 9:16")
    await world.finished()
    job = await newest(world)
    assert (job.request.prompt, job.request.size) == ("make it day", "1600x2848")


async def test_flags_in_the_form_of_blend(world: World) -> None:
    form = await world.alice.slash(world.art, "blend")
    await world.alice.submit_modal(
        form, {"prompt": "side by side --n 2", "pictures": [("a.png", png())]}
    )
    await world.finished()

    job = await newest(world)
    assert (job.request.prompt, job.request.count) == ("side by side", 2)


async def test_an_option_wins_over_a_flag_and_the_ticket_says_so(world: World) -> None:
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox --n 2 --private --ar 16:9", count=3, private=False
    )
    told = text_of(asked.response)
    assert "3 pictures" in told
    assert "I ignored “--n 2”, because you also set the option count." in told
    assert "I ignored “--private”, because you also set the option private." in told
    await world.finished()

    (result,) = world.results()
    assert len(result.attachments) == 3
    assert "I ignored “--n 2”" in text_of(asked.response)


async def test_flags_that_easel_lacks_are_named_also_when_the_result_is_quick(
    world: World,
) -> None:
    prompt = "a castle --v 6.1 --s 250 --modle gpt --no people"
    asked = await world.alice.slash(world.art, "imagine", prompt=prompt)
    await world.finished()

    ticket = text_of(asked.response)
    assert "**Done**" in ticket
    (result,) = world.results()
    assert result.content.startswith("> a castle --modle gpt --no people\n")
    details = text_of((await press(world.alice, result, label="Details")).response)
    for told in (ticket, details):
        assert "“--v” is a Midjourney flag that I do not have, so I left it out." in told
        assert "“--s” is a Midjourney flag that I do not have, so I left it out." in told
        assert "“--no” is a Midjourney flag that I do not have, so it stayed" in told
        assert "I do not know “--modle”, so it stayed in the prompt." in told
        assert "The nearest flag is --model." in told


async def test_the_details_of_a_mention_name_an_unknown_flag(world: World) -> None:
    await world.alice.send(world.art, f"{mention(world)} a fox --sped 3")
    await world.finished()

    (result,) = world.results()
    details = await press(world.alice, result, label="Details")
    assert "I do not know “--sped”, so it stayed in the prompt." in text_of(details.response)


async def test_others_do_not_read_notes_about_a_hidden_prompt(world: World) -> None:
    result = await posted(world, "a fox --modle gpt")
    await world.decide("prompts_shown", value=False)

    details = await press(world.bob, result, label="Details")
    assert "--modle" not in text_of(details.response)


async def test_flags_without_words_are_an_empty_prompt(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="--ar 16:9 --n 2")

    assert "The prompt is empty" in text_of(asked.response)
    assert await world.left(world.alice) == 10


async def test_a_flag_beyond_its_limit_is_refused_as_the_option_is(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox --n 99 --ar wide")

    told = text_of(asked.response)
    assert "This model makes at most 15 pictures at once." in told
    assert "“wide” is not a valid value for --ar." in told
    assert await world.left(world.alice) == 10


async def test_a_picture_of_words_keeps_the_flags_in_them(world: World) -> None:
    prompt = "a poster that says “use --n 2 wisely” --ar 1:1"
    asked = await world.alice.slash(world.art, "imagine", prompt=prompt)
    await world.finished()

    job = await newest(world)
    assert (job.request.prompt, job.request.count) == (
        "a poster that says “use --n 2 wisely”",
        1,
    )
    assert "“--n” is in quotation marks, so it stayed in the prompt." in text_of(asked.response)


# --- once, from the member's own words --------------------------------------------------------


async def test_a_stored_prompt_is_not_read_again(world: World) -> None:
    prompt = "a poster that says “use --n 2 wisely”"
    result = await posted(world, prompt)
    await press(world.bob, result, label="Again")
    await world.finished()

    (job,) = await world.jobs(world.bob)
    assert (job.request.prompt, job.request.count) == (prompt, 1)


async def refused(world: World, prompt: str) -> Any:
    return await world.alice.slash(world.art, "imagine", prompt=prompt, seed=5, model="4.5")


async def test_the_form_that_fixes_a_request_reads_what_was_added(world: World) -> None:
    asked = await refused(world, "a fox --modle gpt")
    form = await press(world.alice, asked, label="Fix it")
    sent = await world.alice.submit_modal(form, {"prompt": "a fox --n 2"})
    await world.finished()

    job = await newest(world)
    assert (job.request.prompt, job.request.count) == ("a fox", 2)
    assert "--modle" not in text_of(sent.response)


async def test_the_form_that_fixes_a_request_does_not_read_what_was_in_it(world: World) -> None:
    asked = await refused(world, "says “--n 2” --modle gpt")
    assert "I do not know “--modle”" in text_of(asked.response)
    assert "Fix it" in labels_of(asked.response)
    form = await press(world.alice, asked, label="Fix it")
    sent = await world.alice.submit_modal(form, {"prompt": "says “--n 2” --modle gpt"})
    await world.finished()

    job = await newest(world)
    assert (job.request.prompt, job.request.count) == ("says “--n 2” --modle gpt", 1)
    assert "I do not know “--modle”" in text_of(sent.response)


@pytest.mark.parametrize(("count", "made"), [({}, 2), ({"count": "3"}, 3)])
async def test_a_flag_wins_over_a_field_that_was_left_alone(
    world: World, count: dict[str, str], made: int
) -> None:
    asked = await refused(world, "a fox")
    form = await press(world.alice, asked, label="Fix it")
    await world.alice.submit_modal(form, {"prompt": "a fox --n 2", **count})
    await world.finished()

    assert (await newest(world)).request.count == made
