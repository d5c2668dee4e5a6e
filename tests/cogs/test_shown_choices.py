"""Options whose text is the name that a suggestion shows: some clients send it for the value."""

from __future__ import annotations

import pytest
from discord import app_commands

from cogs.shown_choices import shown_as
from tests.cogs.member_actions import newest, picture
from tests.world import World, text_of

LARGER = "doubao-seedream-5-0-260128"


async def test_model_and_size_are_taken_by_the_names_that_they_show(world: World) -> None:
    models = await world.alice.autocomplete(world.art, "imagine", "model", "5.0", prompt="x")
    name = next(one["name"] for one in models if one["value"] == LARGER)
    sizes = await world.alice.autocomplete(
        world.art, "imagine", "size", "4K", prompt="x", model=LARGER
    )
    await world.alice.slash(world.art, "imagine", prompt="a fox", size=sizes[0]["name"], model=name)

    job = await newest(world)
    assert (job.request.model, str(job.request.size)) == (LARGER, sizes[0]["value"])


async def test_a_model_that_only_edits_is_taken_by_its_name(world: World) -> None:
    models = await world.alice.autocomplete(world.art, "edit", "model", "gpt", prompt="x")
    await picture(world)
    await world.alice.slash(world.art, "edit", prompt="in a hat", model=models[0]["name"])

    assert (await newest(world)).request.model == "gpt-image-2"


async def test_a_picture_is_taken_by_its_name_also_when_it_is_older_by_now(world: World) -> None:
    await picture(world, count=2)
    found = await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x")
    second = next(one for one in found if str(one["value"]).endswith(":2"))
    await world.env.advance_time(300)
    await world.alice.slash(world.art, "edit", prompt="in a hat", of=second["name"])

    job = await newest(world)
    assert f"{job.parent_job_id}:{job.parent_index}" == second["value"]


async def test_moderators_options_are_taken_by_their_names_too(world: World) -> None:
    found = await world.mora.autocomplete(
        world.art, "moderate grant", "expires", "3 days", member=world.alice, credits=5
    )
    asked = await world.mora.slash(
        world.art, "moderate grant", member=world.alice, credits=5, expires=found[0]["name"]
    )
    assert "5 credits" in text_of(asked.response)


@pytest.mark.parametrize(
    ("typed", "changing", "value"),
    [
        ("Fox  · 2K · 1 credit", None, "fox"),
        ("FOX · 2k · 1 CREDIT", None, "fox"),
        ("fox", None, "fox"),
        ("wolf · 2K · 1 credit", None, None),
        ("wolf · 2K · 1 credit", 0, None),  # two fit
        ("wolf · 4K · 1 credit", 0, "bear"),
        ("2 days · until 2030-01-01 12:05", None, "2 days"),
        ("3 days · until 2030-01-01 12:05", None, None),
    ],
)
def test_a_name_stands_for_one_value_or_none(
    typed: str, changing: int | None, value: str | None
) -> None:
    choices = [
        app_commands.Choice(name=name, value=value)
        for name, value in (
            ("Fox · 2K · 1 credit", "fox"),
            ("Owl · 2K · 1 credit", "owl"),
            ("Bear · 4K · 1 credit", "bear"),
            ("2 days · until 2030-01-01 12:00", "2 days"),
        )
    ]
    assert shown_as(typed, choices, changing=changing) == value
