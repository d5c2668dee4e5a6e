"""Menus on messages and members, and the form that mends a refused request."""

from __future__ import annotations

from typing import Any

import discord

from bot.ui import buttons
from tests.cogs.member_actions import chosen, posted, press, restart
from tests.cogs.test_actions import forged
from tests.world import World, labels_of, png, text_of

MENUS = (
    "Edit picture",
    "Use as reference",
    "Picture details",
    "Report picture",
    "Remove picture",
)


async def picked(world: World, member: Any, menu: str, message: Any) -> Any:
    return await member.context_menu(world.art, menu, message)


async def test_one_of_our_pictures_is_edited_by_the_menu(world: World) -> None:
    result = await posted(world, count=2)
    card = await picked(world, world.bob, "Edit picture", result)
    form = await chosen(world.bob, card, "2")
    asked = await world.bob.submit_modal(form, {"prompt": "make it night", "which": ["2"]})
    await world.finished()

    assert "**Done**" in text_of(asked.response)
    (job,) = await world.jobs(world.bob)
    assert job.parent_index == 2


async def test_somebodys_picture_is_edited_by_the_menu_also_after_a_restart(world: World) -> None:
    files = [("cat.png", png()), ("dog.png", png(800, 600, "brown"))]
    message = await world.alice.send(world.art, "my pets", attachments=files)
    card = await picked(world, world.bob, "Edit picture", message)
    await restart(world)
    form = await chosen(world.bob, card, "all")
    await restart(world)
    asked = await world.bob.submit_modal(form, {"prompt": "in hats", "which": ["1", "2"]})
    await world.finished()

    assert "**Done**" in text_of(asked.response)
    assert world.apis.requests[-1].references == 2
    form._interaction.modal_consumed = False
    await world.bob.submit_modal(form, {"prompt": "in hats", "which": ["1", "2"]})
    await world.finished()
    assert len(await world.jobs(world.bob)) == 1


async def test_a_message_without_pictures_is_no_use(world: World) -> None:
    message = await world.alice.send(world.art, "hello there")

    for menu in MENUS[:3]:
        asked = await picked(world, world.bob, menu, message)
        assert asked.ephemeral
        assert "no picture in this message" in text_of(asked.response)
    for menu in MENUS[3:]:
        asked = await picked(world, world.bob, menu, message)
        assert "not one of my pictures" in text_of(asked.response)


async def test_pictures_are_put_aside_by_the_menu(world: World) -> None:
    result = await posted(world, count=2)
    message = await world.alice.send(world.art, "my cat", attachments=[("cat.png", png())])
    await picked(world, world.bob, "Use as reference", result)
    await picked(world, world.bob, "Use as reference", result)
    kept = await picked(world, world.bob, "Use as reference", message)

    assert "**3 pictures in your basket.**" in text_of(kept.response)
    assert len(await world.app.requests.drafts.basket(world.bob.id, world.art.id)) == 3
    await world.env.advance_time(86401)
    assert await world.app.requests.drafts.basket(world.bob.id, world.art.id) == []


async def test_details_and_removal_by_the_menu(world: World) -> None:
    result = await posted(world)
    shown = await picked(world, world.bob, "Picture details", result)
    assert "> a fox" in text_of(shown.response)
    asked = await picked(world, world.mora, "Remove picture", result)
    await press(world.mora, asked, label="Remove")

    assert world.results() == []


async def test_a_report_reaches_the_moderators(world: World) -> None:
    result = await posted(world)
    nowhere = await picked(world, world.bob, "Report picture", result)
    assert "has no channel for reports" in text_of(nowhere.response)
    log = world.guild.create_text_channel("log")
    await world.decide("log_channel", log.id)

    form = await picked(world, world.bob, "Report picture", result)
    asked = await world.bob.submit_modal(form, {"reason": "other", "text": "@everyone look"})
    assert "Thank you" in text_of(asked.response)
    (card,) = [one for one in log.history() if "**Report**" in text_of(one)]
    assert result.jump_url in text_of(card)
    assert labels_of(card) == ["Remove", "Hide behind a spoiler", "Block 1 day", "Dismiss"]
    assert "@everyone" not in text_of(card)
    await press(world.mora, card, label="Remove")
    assert world.results() == []


async def test_members_see_their_quota_and_moderators_everybodys(world: World) -> None:
    mine = await world.alice.context_menu(world.art, "Image quota", world.alice)
    assert "10 left" in text_of(mine.response)
    other = await world.alice.context_menu(world.art, "Image quota", world.bob)
    assert "Only moderators" in text_of(other.response)
    seen = await world.mora.context_menu(world.art, "Image quota", world.alice)
    assert f"Quota of <@{world.alice.id}>" in text_of(seen.response)


# --- fix it ---------------------------------------------------------------------------------


def values_of(form: Any) -> dict[str, Any]:
    """Return what a form is filled with."""
    fields = [part["component"] for part in form._interaction.modal["components"]]
    return {
        field["custom_id"]: field.get("value")
        or [option["value"] for option in field.get("options", ()) if option.get("default")]
        for field in fields
    }


async def test_a_refused_request_is_fixed_with_the_nearest_values(world: World) -> None:
    asked = await world.alice.slash(
        world.art,
        "imagine",
        prompt="a fox",
        size="1024x1024",
        seed=7,
        count=2,
        model="doubao-seedream-4-5-251128",
        image1=("cat.png", png()),
    )
    form = await press(world.alice, asked, label="Fix it")
    assert values_of(form) == {
        "prompt": "a fox",
        "size": "1920x1920",
        "count": "2",
        "model": ["doubao-seedream-4-5-251128"],
        "aspect": [],
    }
    await restart(world)
    filled = {name: value for name, value in values_of(form).items() if value}
    fixed = await world.alice.submit_modal(form, filled)
    await world.finished()

    assert "**Done**" in text_of(fixed.response)
    assert len(world.results()[0].attachments) == 2
    assert world.apis.requests[-1].references == 1
    form._interaction.modal_consumed = False
    await world.alice.submit_modal(form, filled)
    await world.finished()
    assert len(await world.jobs(world.alice)) == 1


async def test_what_is_still_wrong_can_be_fixed_again(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", size="10x10")
    form = await press(world.alice, asked, label="Fix it")
    still = await world.alice.submit_modal(form, {"prompt": "a fox", "count": "99"})
    assert "**count**" in text_of(still.response)
    assert "Fix it" in labels_of(still.response)
    odd = await press(world.alice, asked, label="Fix it")
    told = await world.alice.submit_modal(odd, {"prompt": "a fox", "count": "two"})
    assert "as a number" in text_of(told.response)
    assert await world.left(world.alice) == 10


async def test_a_draft_is_its_members_alone_and_for_a_day(world: World) -> None:
    asked: Any = await world.alice.slash(world.art, "imagine", prompt="a fox", size="10x10")
    (row,) = [part for part in asked.response.components[0]["components"] if part["type"] == 1]
    button = await forged(world, row["components"][0]["custom_id"])
    other = await press(world.bob, button, label="Press")
    assert "no longer stored" in text_of(other.response)

    await world.env.advance_time(86401)
    late = await press(world.alice, button, label="Press")
    assert "no longer stored" in text_of(late.response)


async def test_a_picture_that_cannot_be_used_has_nothing_to_type(world: World) -> None:
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox", image1=("notes.txt", b"hello there")
    )

    assert "is not a picture" in text_of(asked.response)
    assert labels_of(asked.response) == []


async def test_made_up_forms_get_a_clear_private_answer(world: World) -> None:
    result = await posted(world)
    for custom_id, words in (
        ("e1:edit:1:2", "This picture is gone"),
        (buttons.draft_button("fix", "0" * 13), "no longer stored"),
        ("x1:anything", "no longer works"),
    ):
        form = await press(world.bob, result, label="Edit")
        form._interaction.modal = {**form._interaction.modal, "custom_id": custom_id}
        told = await world.bob.submit_modal(form, {"prompt": "x"})
        assert told.ephemeral
        assert words in text_of(told.response)
    assert isinstance(result, discord.Message)
