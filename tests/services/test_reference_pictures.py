"""References and masks from the wish to the image API's door: what is sent, and how."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.domain.catalog import Operation
from bot.domain.errors import RefusedError
from bot.domain.requests.request import Draft, NoteKind, Refusal
from bot.services.ports import ReferenceSource
from bot.services.requests.submission import Submission, Ticket
from bot.services.servers.access import Requester
from tests.pictures.samples import SECRET, animation, encoded, exif, glass, noise, scene
from tests.world import World

GPT = "gpt-image-2"
SEEDREAM = "doubao-seedream-4-5-251128"
GATEWAY = "seedream-4.5"
CLEAN = encoded(scene(60, 40), "PNG")

Upload = Callable[..., ReferenceSource]


@pytest.fixture
def upload(world: World) -> Upload:
    """Put a file where attachments are downloaded from, under an address that is signed."""
    numbers = iter(range(1, 99))

    def put(data: bytes, *, expires_in: int = 86_400) -> ReferenceSource:
        number = next(numbers)
        name = f"{number}.png"
        cdn = world.rules.cdn
        stored = cdn.store_attachment(number, world.art.id, name, data, None)
        query = f"ex={int(time.time()) + expires_in:x}&is=1&hm=ab12&"
        return ReferenceSource(url=f"{stored['url']}?{query}", name=name, trusted=True)

    return put


async def submit(
    world: World,
    *sources: ReferenceSource,
    model: str,
    mask: ReferenceSource | None = None,
    **draft: Any,
) -> Ticket:
    submission = Submission(
        draft=Draft(prompt="a fox", model=model, operation=Operation.EDIT, **draft),
        sources=sources,
        mask=mask,
        requester=Requester(
            user_id=world.alice.id, guild_id=world.guild.id, channel_id=world.art.id
        ),
        origin="i:1",
    )
    return await world.app.requests.intake.submit(submission)


async def refusal(world: World, *sources: ReferenceSource, **submission: Any) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        await submit(world, *sources, **submission)
    assert world.apis.requests == []
    assert not world.app.spool.job_ids()
    return caught.value.refusal


async def sent(world: World, *sources: ReferenceSource, **submission: Any) -> dict[str, Any]:
    """Return the body of the one call, which the API has accepted."""
    await submit(world, *sources, **submission)
    await world.finished()
    (received,) = world.apis.requests
    assert received.status == 200
    assert received.body is not None
    return dict(received.body)


def inline(text: object) -> Image.Image:
    """Open a data URL, out of which nothing but the picture may come."""
    assert isinstance(text, str)
    assert text.startswith("data:image/")
    data = base64.b64decode(text.partition(",")[2])
    assert SECRET not in data
    return Image.open(BytesIO(data))


def addresses(body: dict[str, Any]) -> list[str]:
    return [item["image_url"] for item in body["images"]]


async def test_a_clean_picture_goes_by_its_address_and_one_with_a_position_does_not(
    world: World, upload: Upload
) -> None:
    clean = upload(CLEAN)
    photograph = upload(encoded(scene(60, 40), "JPEG", exif=exif()))
    ticket_notes = (await submit(world, clean, photograph, model=GPT)).notes
    await world.finished()

    assert ticket_notes == ()  # stripped metadata is nothing to tell
    (received,) = world.apis.requests
    first, second = addresses(dict(received.body or {}))
    assert first == clean.url
    assert inline(second).size == (60, 40)


async def test_an_address_that_ends_within_ten_minutes_is_not_sent(
    world: World, upload: Upload
) -> None:
    ending, lasting = upload(CLEAN, expires_in=590), upload(CLEAN, expires_in=660)
    first, second = addresses(await sent(world, ending, lasting, model=GPT))
    assert first.startswith("data:image/png;base64,")
    assert second == lasting.url


async def test_a_second_try_by_address_is_not_made_for_a_picture_with_a_position(
    world: World, upload: Upload
) -> None:
    world.apis.fail_next("wire-form")
    await submit(world, upload(encoded(scene(60, 40), "JPEG", exif=exif())), model=SEEDREAM)
    await world.finished()
    assert [received.error_code for received in world.apis.requests] == ["InvalidParameter"]


TIGHT = {"edit": {"references": {"max_pixels": 10_000, "max_bytes": 20_000}}}


@pytest.mark.parametrize("settings", [{"models": {"custom": {SEEDREAM: TIGHT}}}])
async def test_what_had_to_be_changed_is_told_in_the_ticket(world: World, upload: Upload) -> None:
    pictures = {
        "clean": CLEAN,
        "turned": encoded(scene(60, 40), "JPEG", exif=exif(6)),
        "animated": animation("GIF"),
        "telephone": encoded(scene(60, 40), "HEIF"),
        "bitmap": encoded(scene(60, 40), "BMP"),
        "scan": encoded(scene(60, 40), "TIFF"),
        "large": encoded(scene(120, 90), "PNG"),
        "heavy": encoded(noise(90, 90), "PNG"),
    }
    ticket = await submit(world, *map(upload, pictures.values()), model=SEEDREAM)
    assert {note.kind for note in ticket.notes} == {NoteKind.REFERENCE_CHANGED}
    names = list(pictures)
    told = {names[int(str(n.values["position"])) - 1]: n.values["changes"] for n in ticket.notes}
    assert told == {
        "turned": ("rotated",),
        "animated": ("format", "first_frame"),
        "telephone": ("format",),
        "bitmap": ("format",),
        "scan": ("format",),
        "large": ("scaled",),
        "heavy": ("format", "compressed"),
    }
    await world.finished()
    assert world.apis.requests[0].status == 200


# --- masks ------------------------------------------------------------------------------------


def black_and_white(width: int, height: int) -> bytes:
    """White, and so free to change, on the left."""
    image = Image.new("RGB", (width, height))
    image.paste("white", (0, 0, width // 2, height))
    return encoded(image, "PNG")


@pytest.mark.parametrize(
    "mask",
    [black_and_white(30, 20), encoded(glass(120, 80), "PNG")],
    ids=["black and white", "transparent"],
)
async def test_a_mask_becomes_holes_in_a_png_of_the_first_pictures_size(
    world: World, upload: Upload, mask: bytes
) -> None:
    body = await sent(world, upload(CLEAN), upload(CLEAN), model=GPT, mask=upload(mask))
    assert len(addresses(body)) == 2
    image = inline(body["mask"])
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (60, 40))
    alpha = image.getchannel("A")
    assert (alpha.getpixel((5, 20)), alpha.getpixel((55, 20))) == (0, 255)


async def test_a_mask_follows_its_picture_when_that_is_turned(world: World, upload: Upload) -> None:
    turned = upload(encoded(scene(60, 40), "JPEG", exif=exif(6)))
    mask = upload(black_and_white(20, 30))
    body = await sent(world, turned, model=GPT, mask=mask)
    (picture,) = addresses(body)
    assert inline(picture).size == inline(body["mask"]).size == (40, 60)


async def test_problems_of_pictures_mask_and_options_are_told_at_once(
    world: World, upload: Upload
) -> None:
    told = await refusal(
        world,
        upload(CLEAN),
        upload(CLEAN[: len(CLEAN) // 2]),
        model=GPT,
        mask=upload(b"not a mask"),
        size="100x100",
    )
    assert [(v.field, v.kind) for v in told.violations] == [
        ("reference", "picture"),
        ("mask", "picture"),
        ("size", "size_multiple"),
    ]
    broken, no_mask, _ = told.violations
    assert (broken.values["position"], broken.values["problem"]) == (2, "broken")
    assert no_mask.values == {"name": "3.png", "problem": "not_a_picture"}


async def test_a_mask_that_marks_nothing_is_refused_with_its_reason(
    world: World, upload: Upload
) -> None:
    black = upload(encoded(Image.new("RGB", (30, 20)), "PNG"))
    (violation,) = (await refusal(world, upload(CLEAN), model=GPT, mask=black)).violations
    assert (violation.field, violation.values["problem"]) == ("mask", "mask_empty")


async def test_a_mask_of_another_shape_is_refused(world: World, upload: Upload) -> None:
    mask = upload(black_and_white(40, 60))
    (violation,) = (await refusal(world, upload(CLEAN), model=GPT, mask=mask)).violations
    assert (violation.field, violation.kind) == ("mask", "mask_ratio")


async def test_a_mask_for_a_model_without_masks_names_the_one_that_has_them(
    world: World, upload: Upload
) -> None:
    mask = upload(black_and_white(30, 20))
    told = await refusal(world, upload(CLEAN), model=SEEDREAM, mask=mask)
    assert [v.kind for v in told.violations] == ["mask_not_taken"]
    assert told.other_model == GPT


# --- a source that takes addresses only -------------------------------------------------------


async def test_the_gateway_fetches_the_members_own_address(world: World, upload: Upload) -> None:
    photograph = upload(encoded(scene(60, 40), "JPEG", exif=exif()))
    body = await sent(world, photograph, model=GATEWAY)
    assert body["images"] == [photograph.url]


@pytest.mark.parametrize(
    "data",
    [
        encoded(scene(60, 40), "HEIF"),
        encoded(scene(60, 40), "JPEG", exif=exif(6)),
        animation("GIF"),
    ],
    ids=["telephone", "turned", "animated"],
)
async def test_the_gateway_refuses_what_must_be_converted_and_names_who_takes_it(
    world: World, upload: Upload, data: bytes
) -> None:
    told = await refusal(world, upload(data), model=GATEWAY)
    assert [v.kind for v in told.violations] == ["reference_needs_conversion"]
    assert told.other_model == SEEDREAM


async def test_a_broken_picture_for_the_gateway_is_not_asked_for_by_address(
    world: World, upload: Upload
) -> None:
    told = await refusal(world, upload(b"no picture"), model=GATEWAY)
    assert [v.kind for v in told.violations] == ["picture"]
