"""How the local image APIs judge reference pictures: form, bytes, sides, ratio, masks, addresses.

Accepted orders stop at an empty account, so that nothing is drawn: 429 `insufficient_quota`
means that every check was passed.
"""

import base64
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from bot.sandbox.image_apis import ImageApis

ACCEPTED = "insufficient_quota"
IMAGE = "InvalidParameter image"
PICTURE = "InvalidImageURL image"
URL = "https://img.example.org/1.png"

Verdict = Callable[[str, dict[str, object]], Awaitable[str]]


@functools.cache
def inline(width: int, height: int, kind: str = "png", mode: str = "RGB") -> str:
    """A picture of one colour as a data URL."""
    out = BytesIO()
    Image.new(mode, (width, height)).save(out, kind)
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode()}"


def gen(image: object) -> tuple[str, dict[str, object]]:
    model = "doubao-seedream-4-5-251128"
    return "/routescope/v1/images/generations", {"model": model, "prompt": "x", "image": image}


def gpt(**fields: object) -> tuple[str, dict[str, object]]:
    body = {"model": "gpt-image-2", "prompt": "x", "images": [{"image_url": URL}], **fields}
    return "/routescope/v1/images/edits", body


def se(image: object) -> tuple[str, dict[str, object]]:
    model = "doubao-seededit-3-0-i2i-250628"
    return "/seededit/v1/images/generations", {"model": model, "prompt": "x", "image": image}


def gate(*images: object) -> tuple[str, dict[str, object]]:
    return "/seedream/v1/images/edits", {
        "model": "seedream-4.5",
        "prompt": "x",
        "images": list(images),
    }


@pytest.fixture
async def verdict() -> AsyncIterator[Verdict]:
    """Post a body and give its error code and parameter."""
    headers = {"Authorization": "Bearer key", "Content-Type": "application/json"}
    async with ImageApis() as apis, aiohttp.ClientSession(headers=headers) as session:
        apis.fail_next("credit", times=None)

        async def post(path: str, body: dict[str, object]) -> str:
            content = BytesIO(json.dumps(body).encode())
            async with session.post(apis.url + path, data=content) as reply:
                error = (await reply.json())["error"]
                return f"{error['code']} {error['param'] or ''}".strip()

        yield post


def masked(width: int, height: int) -> str:
    return inline(width, height, mode="RGBA")


PICTURES = [
    (*se(inline(15, 15)), ACCEPTED),
    (*se(inline(300, 899)), ACCEPTED),
    (*se(inline(300, 900)), PICTURE),
    (*se(inline(64, 64, "jpeg")), ACCEPTED),
    (*se(inline(64, 64, "webp")), "unsupported_file_mimetype image"),
    (*gen(inline(14, 30)), PICTURE),
    (*gen(inline(15, 240)), ACCEPTED),
    (*gen(inline(15, 241)), PICTURE),
    (*gen(inline(6000, 6000, "jpeg", "L")), ACCEPTED),
    (*gen(inline(6001, 6000, "jpeg", "L")), PICTURE),
    (*gen([URL, inline(14, 14)]), PICTURE),
    (*gpt(images=[{"image_url": inline(64, 64, "webp")}]), ACCEPTED),
    (*gpt(images=[{"image_url": inline(640, 10)}]), ACCEPTED),
    (*gpt(images=[{"image_url": inline(64, 64, "gif")}]), "unsupported_file_mimetype images"),
    (*gpt(images=[{"image_url": inline(64, 48)}], mask=masked(64, 48)), ACCEPTED),
    (*gpt(images=[{"image_url": inline(64, 48)}], mask=masked(64, 64)), "InvalidParameter mask"),
    (*gpt(mask=masked(64, 64)), ACCEPTED),
    (*gpt(mask=inline(64, 48)), "InvalidParameter mask"),
    (*gpt(mask=inline(64, 48, "webp", "RGBA")), "unsupported_file_mimetype mask"),
    (*gate(inline(64, 64)), "InvalidParameter images"),
]


async def test_pictures_and_masks_are_judged_by_their_real_content(verdict: Verdict) -> None:
    for path, body, expected in PICTURES:
        assert await verdict(path, body) == expected, str(body)[:200]


def _payload(data_url: str) -> str:
    return data_url.partition(",")[2]


@pytest.mark.parametrize(
    "reference",
    [
        f"data:image/jpg;base64,{_payload(inline(64, 64, 'jpeg'))}",
        f"data:image/PNG;base64,{_payload(inline(64, 64))}",
        f"DATA:image/png;base64,{_payload(inline(64, 64))}",
        f"data:image/png;charset=utf-8;base64,{_payload(inline(64, 64))}",
        f"data:image/heic;base64,{_payload(inline(64, 64))}",
    ],
)
async def test_a_data_url_of_another_form_is_refused(verdict: Verdict, reference: str) -> None:
    assert await verdict(*gen(reference)) == IMAGE


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (inline(64, 64)[:-8] + "\n" + inline(64, 64)[-8:], PICTURE),
        (inline(64, 64)[:-1], PICTURE),
        ("data:image/png;base64,", "unsupported_file_mimetype image"),
        ("data:image/png;base64,aGVsbG8=", "unsupported_file_mimetype image"),
        (f"data:image/png;base64,{_payload(inline(64, 64, 'jpeg'))}", PICTURE),
        (inline(640, 640, "jpeg")[: 23 + 1200], "unsupported_file_mimetype image"),
    ],
)
async def test_inline_data_that_is_no_such_picture_is_refused(
    verdict: Verdict, reference: str, expected: str
) -> None:
    assert await verdict(*gen(reference)) == expected


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "tiff", "gif"])
async def test_seedream_takes_all_six_formats(verdict: Verdict, kind: str) -> None:
    assert await verdict(*gen([inline(64, 64, kind), URL])) == ACCEPTED


def _padded(total: int) -> str:
    """A picture followed by zeros, which decoders ignore: exactly `total` bytes."""
    content = base64.b64decode(_payload(inline(64, 64)))
    padded = base64.b64encode(content.ljust(total, b"\0")).decode()
    return f"data:image/png;base64,{padded}"


async def test_a_reference_of_ten_megabytes_passes_and_one_byte_more_does_not(
    verdict: Verdict,
) -> None:
    assert await verdict(*gen(_padded(10_000_000))) == ACCEPTED
    assert await verdict(*gen(_padded(10_000_001))) == PICTURE


async def test_a_mask_of_four_megabytes_passes_and_one_byte_more_does_not(
    verdict: Verdict,
) -> None:
    content = base64.b64decode(_payload(inline(64, 64, mode="RGBA")))
    for total, expected in ((4_000_000, ACCEPTED), (4_000_001, "InvalidImageURL mask")):
        mask = base64.b64encode(content.ljust(total, b"\0")).decode()
        assert await verdict(*gpt(mask=f"data:image/png;base64,{mask}")) == expected


@pytest.fixture
async def pictures() -> AsyncIterator[str]:
    """A server of pictures on loopback, by size: `/64x48`."""

    async def picture(request: web.Request) -> web.Response:
        width, _, height = request.match_info["size"].partition("x")
        return web.Response(body=base64.b64decode(_payload(inline(int(width), int(height)))))

    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPFound("https://img.example.org/1.png")

    app = web.Application()
    app.router.add_get("/redirect", elsewhere)
    app.router.add_get(r"/{size:\d+x\d+}", picture)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_reference_on_loopback_is_fetched_and_judged_like_an_inline_one(
    verdict: Verdict, pictures: str
) -> None:
    assert await verdict(*se(f"{pictures}/899x300")) == ACCEPTED
    assert await verdict(*se(f"{pictures}/900x300")) == PICTURE
    assert await verdict(*gate(f"{pictures}/64x64")) == ACCEPTED
    assert await verdict(*gate(f"{pictures}/14x14")) == ("InvalidImageURL images")


async def test_a_reference_on_loopback_that_cannot_be_fetched_is_refused(
    verdict: Verdict, pictures: str
) -> None:
    assert await verdict(*se(f"{pictures}/missing")) == PICTURE
    assert await verdict(*se(f"{pictures}/redirect")) == PICTURE
    assert await verdict(*se("http://127.0.0.1:1/a.png")) == PICTURE
    assert await verdict(*gpt(images=[{"image_url": "http://[::1]:1/a.png"}])) == (
        "invalid_image_url images"
    )
