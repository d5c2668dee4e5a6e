"""Edit on several pictures: a private card shows them, and a choice opens the form."""

from __future__ import annotations

from typing import Any

from bot.ui import buttons
from tests.cogs.member_actions import (
    chosen,
    newest,
    picture,
    press,
    removed,
    restart,
)
from tests.cogs.test_actions import answer_to
from tests.cogs.test_history import parts_of, thumbnails_of
from tests.cogs.test_made_up import chosen as made_up
from tests.cogs.test_menus import values_of
from tests.world import World, png, text_of


def options_of(card: Any) -> list[str]:
    (found,) = parts_of(card.response, 3)
    return [option["label"] for option in found["options"]]


async def test_the_pictures_are_shown_and_the_chosen_one_is_put_into_the_form(
    world: World,
) -> None:
    result = await picture(world, count=3)
    before = len(world.env.http_requests)
    card = await press(world.bob, result, label="Edit")

    assert card.ephemeral
    assert "Which picture do you want to change?" in text_of(card.response)
    assert [part["description"] for part in parts_of(card.response, 11)] == [
        f"AI-made picture {number} of 3: a fox" for number in (1, 2, 3)
    ]
    assert options_of(card) == ["Picture 1", "Picture 2", "Picture 3", "All of them"]
    assert [r for r in world.env.http_requests[before:] if r.method == "GET"] == []

    form = await chosen(world.bob, card, "2")
    assert values_of(form)["which"] == ["2"]
    await world.bob.submit_modal(form, {"prompt": "make it night", "which": ["2"]})
    await world.finished()
    job = await newest(world, world.bob)
    assert (job.parent_index, job.request.references) == (2, 1)


async def test_all_of_them_go_into_one_request(world: World) -> None:
    result = await picture(world, count=2)
    form = await chosen(world.bob, await press(world.bob, result, label="Edit"), "all")

    assert values_of(form)["which"] == ["1", "2"]
    await world.bob.submit_modal(form, {"prompt": "side by side", "which": ["1", "2"]})
    await world.finished()
    assert (await newest(world, world.bob)).request.references == 2


async def test_a_single_picture_opens_the_form_at_once(world: World) -> None:
    form = await press(world.bob, await picture(world), label="Edit")

    assert "which" not in values_of(form)


async def test_a_choice_works_after_a_restart_and_when_only_the_post_is_left(world: World) -> None:
    result = await picture(world, count=2)
    world.app.spool.remove((await newest(world)).job_id)
    before = len(world.env.http_requests)
    card = await press(world.bob, result, label="Edit")

    read = [r for r in world.env.http_requests[before:] if r.method == "GET"]
    assert len(read) == 1, "one message is read once for all of its pictures"
    assert thumbnails_of(card) == [file.url for file in result.attachments]
    await restart(world)
    form = await chosen(world.bob, card, "2")
    assert values_of(form)["which"] == ["2"]


async def test_choosing_twice_opens_two_forms_that_are_two_requests(world: World) -> None:
    files = [("cat.png", png()), ("dog.png", png(800, 600, "brown"))]
    others = await world.alice.send(world.art, "my pets", attachments=files)
    cards = [
        await press(world.bob, await picture(world, count=2), label="Edit"),
        await world.bob.context_menu(world.art, "Edit picture", others),
    ]
    for card in cards:
        forms = [await chosen(world.bob, card, number) for number in ("1", "2")]
        for number, form in zip(("1", "2"), forms, strict=True):
            await world.bob.submit_modal(form, {"prompt": f"night {number}", "which": [number]})
    await world.finished()

    assert len(await world.jobs(world.bob)) == 4
    assert await world.left(world.bob) == 6


async def test_a_choice_of_what_was_removed_since_is_told(world: World) -> None:
    result = await picture(world, count=2)
    card = await press(world.bob, result, label="Edit")
    await removed(world, world.alice, result)

    told = await chosen(world.bob, card, "2")
    assert told.modal is None
    assert "This picture is gone" in text_of(told.response)


async def test_pictures_that_were_deleted_unseen_are_told_before_a_choice(world: World) -> None:
    result = await picture(world, count=2)
    job = await newest(world)
    world.app.spool.remove(job.job_id)
    del world.env.backend.messages[world.art.id][result.id]

    assert "This picture is gone" in await answer_to(world, buttons.job_button("edit", job.job_id))


async def test_a_made_up_choice_shows_nothing_that_is_not_the_members(world: World) -> None:
    await world.alice.slash(
        world.art, "imagine", prompt="a fox", count=2, related="separate", private=True
    )
    await world.finished()
    shown = await world.app.requests.results.of_job((await newest(world)).job_id)
    for message_id in (shown[0].message_id, 0):
        told = await made_up(world, world.bob, buttons.edit_pick(message_id), "all")
        assert told.modal is None
        assert "This picture is gone" in text_of(told.response)
    draft = buttons.draft_button("pick", "0" * 13)
    told = await made_up(world, world.bob, draft, "all")
    assert "no longer stored" in text_of(told.response)


async def test_a_private_set_is_shown_to_its_member_alone(world: World) -> None:
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox", count=2, related="separate", private=True
    )
    await world.finished()
    card = await press(world.alice, asked, label="Edit")

    assert len(thumbnails_of(card)) == 2
    form = await chosen(world.alice, card, "2")
    again = await world.alice.submit_modal(form, {"prompt": "make it night", "which": ["2"]})
    await world.finished()
    assert "> make it night" in text_of(again.response)
    assert world.results() == []


async def test_hidden_prompts_are_not_read_from_the_card(world: World) -> None:
    await world.decide("prompts_shown", False)
    result = await picture(world, count=2)
    card = await press(world.bob, result, label="Edit")

    told = [part["description"] for part in parts_of(card.response, 11)]
    assert told == [
        f"AI-made picture {number} of 2: this server does not show prompts." for number in (1, 2)
    ]


async def test_anybodys_pictures_are_shown_and_those_behind_a_spoiler_stay_there(
    world: World,
) -> None:
    files = [("cat.png", png()), ("SPOILER_dog.png", png(800, 600, "brown"))]
    message = await world.alice.send(world.art, "my pets", attachments=files)
    card = await world.bob.context_menu(world.art, "Edit picture", message)

    shown = list(parts_of(card.response, 11))
    assert [part["media"]["url"] for part in shown] == [one.url for one in message.attachments]
    assert [part["spoiler"] for part in shown] == [False, True]
    await world.env.advance_time(86401)
    told = await chosen(world.bob, card, "2")
    assert told.modal is None


async def test_a_card_that_discord_refuses_comes_without_pictures(world: World) -> None:
    result = await picture(world, count=2)
    world.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, times=1)
    card = await press(world.bob, result, label="Edit")

    assert thumbnails_of(card) == []
    assert options_of(card) == ["Picture 1", "Picture 2", "All of them"]
