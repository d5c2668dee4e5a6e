"""Where a PNG may be too large for a server, a smaller format is asked for before the call."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.requests.request import ImageRequest, NoteKind
from bot.services.delivery.upload_limits import UploadLimits
from bot.storage.ledger.ledger_check import problems
from tests.cogs.member_actions import newest, press
from tests.world import World, png, text_of

# A picture of 1024 × 1024 has up to 3 MiB as a PNG, and some 30 KB here.
SMALL, LARGE = 2**20, 10 * 2**20
SAYS = "Asked for as JPEG, so that it is posted as the service made it."


async def drawn(world: World, **options: Any) -> Any:
    """Let Alice have a picture changed by a model that makes PNGs; return what she was told."""
    values = {"model": "gpt-image-2", "size": "1024x1024", **options}
    asked = await world.alice.slash(
        world.art, "edit", prompt="make it night", image1=("cat.png", png()), **values
    )
    await world.finished()
    return asked


def formats(world: World) -> list[Any]:
    """Return the format of each call."""
    return [(request.body or {}).get("output_format") for request in world.apis.requests]


def noted(request: ImageRequest) -> bool:
    return any(note.kind is NoteKind.FORMAT_TO_FIT for note in request.notes)


async def test_a_jpeg_is_asked_for_once_and_posted_as_it_came(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    asked = await drawn(world)

    assert formats(world) == ["jpeg"]
    assert SAYS in text_of(asked.response)
    (result,) = world.results()
    assert result.attachments[0].filename.endswith(".jpg")
    assert "Re-encoded" not in result.content
    job = await newest(world)
    assert noted(job.request)
    assert await world.left(world.alice) == 10 - job.request.credits
    assert await problems(world.app.database) == []


async def test_where_a_png_fits_nothing_is_asked_and_nothing_said(world: World) -> None:
    asked = await drawn(world)

    assert formats(world) == [None]
    assert SAYS not in text_of(asked.response)
    assert world.results()[0].attachments[0].filename.endswith(".png")
    assert not noted((await newest(world)).request)


async def test_a_format_that_the_member_chose_is_sent(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    asked = await drawn(world, format="png")

    assert formats(world) == ["png"]
    assert SAYS not in text_of(asked.response)


async def test_a_transparent_background_becomes_a_webp(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    asked = await drawn(world, background="transparent")

    assert formats(world) == ["webp"]
    assert "Asked for as WebP" in text_of(asked.response)


async def test_private_pictures_share_the_room_of_one_message(world: World) -> None:
    await drawn(world, private=True, size="1024x1536")
    await drawn(world, private=True, count=9, size="1024x1536")
    assert formats(world) == [None, "jpeg"]


async def test_again_asks_anew_where_the_limit_rose(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    await drawn(world)
    world.rules.file_limits[world.guild.id] = LARGE
    asked = await press(world.alice, world.results()[-1], label="Again")
    await world.finished()

    assert formats(world) == ["jpeg", None]
    assert SAYS not in text_of(asked.response)
    assert not noted((await newest(world)).request)


async def test_again_asks_for_it_once_more_and_says_so_where_it_did_not(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    await drawn(world)
    asked = await press(world.bob, world.results()[-1], label="Again")
    await world.finished()

    assert formats(world) == ["jpeg", "jpeg"]
    assert text_of(asked.response).count(SAYS) == 1


async def test_a_call_that_is_tried_again_asks_for_the_same(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    world.apis.fail_next("429", times=1)
    await drawn(world)
    assert formats(world) == ["jpeg", "jpeg"]


async def test_a_model_that_makes_no_pngs_asks_the_database_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unasked(*_: object) -> int:
        raise AssertionError

    monkeypatch.setattr(UploadLimits, "of_each", unasked)
    await world.alice.slash(world.art, "imagine", prompt="a fox", size="4K")
    assert len(await world.jobs(world.alice)) == 1
    monkeypatch.undo()
    await world.finished()
