"""What the local image APIs accept and refuse: the reference's vectors, boundaries and types.

Accepted orders stop at an empty account, so that nothing is drawn.
"""

import base64
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO

import aiohttp
import pytest
from PIL import Image

from bot.sandbox.image_apis import ImageApis

ACCEPTED = "insufficient_quota"
PICTURE = "InvalidImageURL image"

GENERATION = "/routescope/v1/images/generations"
EDITS = "/routescope/v1/images/edits"
SEEDEDIT = "/seededit/v1/images/generations"
GATEWAY = "/seedream/v1/images/generations"
GATEWAY_EDITS = "/seedream/v1/images/edits"

Body = dict[str, object]
Verdict = Callable[[str, object], Awaitable[str]]


def no(param: str) -> str:
    """The verdict that a parameter is not valid."""
    return f"InvalidParameter {param}"


SIZE = no("size")
IMAGE = no("image")
SET = "sequential_image_generation"
MAX_IMAGES = no(f"{SET}_options.max_images")

IDS = {
    "3.0": "doubao-seedream-3-0-t2i-250415",
    "4.0": "doubao-seedream-4-0-250828",
    "4.5": "doubao-seedream-4-5-251128",
    "5.0": "doubao-seedream-5-0-260128",
    "lite": "doubao-seedream-5-0-lite-260128",
    "pro": "doubao-seedream-5-0-pro-260628",
    "gpt": "gpt-image-2",
    "seededit": "doubao-seededit-3-0-i2i-250628",
}
URL = "https://img.example.org/1.png"


@functools.cache
def inline(width: int, height: int, kind: str = "png", mode: str = "RGB") -> str:
    """A picture of one colour as a data URL."""
    out = BytesIO()
    Image.new(mode, (width, height)).save(out, kind)
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode()}"


def gen(model: str, **fields: object) -> tuple[str, Body]:
    return GENERATION, {"model": IDS[model], "prompt": "a red bicycle", **fields}


def edit(model: str, **fields: object) -> tuple[str, Body]:
    return EDITS, {"model": IDS[model], "prompt": "a red bicycle", "image": URL, **fields}


def gpt(**fields: object) -> tuple[str, Body]:
    body: Body = {"model": "gpt-image-2", "prompt": "a postcard", **fields}
    if not {"image", "images", "image_urls"} & set(fields):
        body["images"] = [{"image_url": URL}]
    return EDITS, body


def se(**fields: object) -> tuple[str, Body]:
    return SEEDEDIT, {"model": IDS["seededit"], "prompt": "yellow", "image": URL, **fields}


def gate(model: str, refs: int = 0, /, **fields: object) -> tuple[str, Body]:
    body: Body = {"model": model, "prompt": "a fox", **fields}
    if refs:
        body["images"] = [URL] * refs
    return GATEWAY_EDITS if any("image" in key[:5] for key in body) else GATEWAY, body


def many(count: int) -> list[str]:
    return [URL] * count


def auto(count: int) -> Body:
    return {
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": count},
    }


def custom(width: object, height: object) -> Body:
    return {"custom_size": {"width": width, "height": height}}


# fmt: off
# docs/spec/image-apis.md section 14; what it accepts with a note, or would never send, is decided
# here.
VECTORS = [
    (*gen("4.0", size="1K"), ACCEPTED),
    (*gen("4.5", size="1K"), ACCEPTED),
    (*gen("5.0", size="3K"), ACCEPTED),
    (*gen("4.0", size="3K"), SIZE),
    (*gen("4.0", size="1280x720"), ACCEPTED),
    (*gen("4.0", size="800x800"), SIZE),
    (*gen("4.0", size="1600x600"), ACCEPTED),
    (*gen("4.5", size="2560x1440"), ACCEPTED),
    (*gen("4.5", size="2559x1440"), SIZE),
    (*gen("5.0", size="1500x1500"), SIZE),
    (*gen("5.0", size="3750x1250"), ACCEPTED),
    (*gen("4.5", size="4096x4097"), SIZE),
    (*gen("4.0", size="16000x1000"), ACCEPTED),
    (*gen("4.0", size="16001x1000"), SIZE),
    (*gen("3.0", image=URL), IMAGE),
    (*gen("3.0", size="2K"), SIZE),
    (*gen("4.0", guidance_scale=5), no("guidance_scale")),
    (*gen("4.5", image=many(14)), ACCEPTED),
    (*gen("4.5", image=many(15)), IMAGE),
    (*gen("4.5", image=many(12), **auto(4)), MAX_IMAGES),
    (*gen("4.5", image=many(12)), ACCEPTED),
    (*edit("4.0", size="1280x720"), SIZE),
    (*edit("4.0", size="1920x1920"), ACCEPTED),
    (EDITS, {"model": IDS["5.0"], "prompt": "x"}, "MissingParameter image"),
    (*gpt(size="1792x936"), SIZE),
    (*gpt(size="1792x944"), ACCEPTED),
    (*gpt(size="3840x2160"), ACCEPTED),
    (*gpt(size="3840x2176"), SIZE),
    (*gpt(size="640x1024"), ACCEPTED),
    (*gpt(size="512x1024"), SIZE),
    (*gpt(size="3072x1008"), SIZE),
    (*gpt(background="transparent", output_format="jpeg"), no("background")),
    (*se(image=[URL, URL]), IMAGE),
    (*se(image=inline(900, 300)), PICTURE),
    (*se(image=inline(899, 300)), ACCEPTED),
    (*se(image=inline(14, 14)), PICTURE),
    (*se(guidance_scale=0.5), no("guidance_scale")),
    (*se(seed=2_147_483_648), no("seed")),
    (*gate("seedream-4.0", **custom(960, 960)), ACCEPTED),
    (*gate("seedream-4.5", **custom(960, 960)), no("custom_size")),
    (*gate("seedream-4.0", **custom(4097, 2000)), no("custom_size")),
    (*gate("seedream-4.5", n=7), no("n")),
    (*gate("seedream-4.0", 10, n=5), ACCEPTED),
    (*gate("seedream-4.0", 10, n=6), no("n")),
    (*gate("seedream-4.0", 11), no("images")),
    (*gate("seedream-4.5", images=[inline(64, 64)]), no("images")),
    (*gate("seedream-4.5", 9, n=6), ACCEPTED),
    (*gate("seedream-4.5", n=2, num_images=2), no("num_images")),
    (*gen("lite", stream=True), no("stream")),
    (*se(size="2048x2048"), SIZE),
    (*se(aspect="16:9"), no("aspect")),
    (*se(output_format="png"), no("output_format")),
    (*gpt(watermark=True), ACCEPTED),
    (*gen("4.5", prompt=""), no("prompt")),
    (*edit("4.5", prompt=" \n"), no("prompt")),
    (*gpt(prompt="\u3000"), no("prompt")),
    (*se(prompt=""), no("prompt")),
    (*gate("seedream-4.5", prompt=" "), no("prompt")),
]

# Both sides of every boundary that the vectors leave out.
BOUNDARIES = [
    (*gen("3.0", size="512x512"), ACCEPTED),
    (*gen("3.0", size="511x1024"), SIZE),
    (*gen("3.0", size="2048x2048"), ACCEPTED),
    (*gen("3.0", size="2049x2047"), SIZE),
    (*gen("3.0", size="1536x512"), ACCEPTED),
    (*gen("3.0", size="1537x512"), SIZE),
    (*gen("3.0", n=10), ACCEPTED),
    (*gen("3.0", n=11), no("n")),
    (*gen("3.0", n=0), no("n")),
    (*gen("3.0", guidance_scale=1), ACCEPTED),
    (*gen("3.0", guidance_scale=10.0), ACCEPTED),
    (*gen("3.0", guidance_scale=10.1), no("guidance_scale")),
    (*gen("3.0", seed=-1), ACCEPTED),
    (*gen("3.0", seed=-2), no("seed")),
    (*gen("4.0", size="1279x720"), SIZE),
    (*gen("4.5", size="4096x4096"), ACCEPTED),
    (*gen("lite", size="2560x1440"), ACCEPTED),
    (*gen("lite", size="2559x1440"), SIZE),
    (*gen("pro", size="1.5K"), ACCEPTED),
    (*gen("pro", size="2152x2148"), ACCEPTED),
    (*gen("pro", size="2152x2149"), SIZE),
    (*gen("pro", image=many(10)), ACCEPTED),
    (*gen("pro", image=many(11)), IMAGE),
    (*gen("pro", sequential_image_generation="disabled"), no(SET)),
    (*gen("4.5", prompt="x" * 200_000), ACCEPTED),
    (*gen("4.5", prompt="x" * 200_001), no("prompt")),
    (*gen("4.5", **auto(15)), ACCEPTED),
    (*gen("4.5", **auto(16)), MAX_IMAGES),
    (*gen("4.5", **auto(0)), MAX_IMAGES),
    (*gen("4.5", image=many(14), **auto(1)), ACCEPTED),
    (*gen("4.5", image=many(14), **auto(2)), MAX_IMAGES),
    (*edit("5.0", image=many(14)), ACCEPTED),
    (*edit("5.0", image=many(15)), IMAGE),
    (*edit("4.5", size="1919x1920"), SIZE),
    (*edit("4.5", size="4096x4096"), ACCEPTED),
    (*edit("4.5", size="4097x4096"), SIZE),
    (*gpt(size="1440x480"), ACCEPTED),
    (*gpt(size="1456x480"), SIZE),
    (*gpt(size="3856x2144"), SIZE),
    (*gpt(n=10), ACCEPTED),
    (*gpt(n=11), no("n")),
    (*gpt(images=[{"image_url": URL}] * 16), ACCEPTED),
    (*gpt(images=[{"image_url": URL}] * 17), no("images")),
    (*gpt(output_format="webp", output_compression=0), ACCEPTED),
    (*gpt(output_format="jpeg", output_compression=100), ACCEPTED),
    (*gpt(output_format="jpeg", output_compression=101), no("output_compression")),
    (*gpt(prompt="x" * 32_000), ACCEPTED),
    (*gpt(prompt="x" * 32_001), no("prompt")),
    (*se(seed=2_147_483_647), ACCEPTED),
    (*se(guidance_scale=10), ACCEPTED),
    (*gate("seedream-4.5", **custom(2560, 1440)), ACCEPTED),
    (*gate("seedream-5.0-lite", **custom(2559, 1440)), no("custom_size")),
    (*gate("seedream-4.0", **custom(4096, 4096)), ACCEPTED),
    (*gate("seedream-4.0", **custom(4096, 256)), ACCEPTED),
    (*gate("seedream-4.0", **custom(4096, 255)), no("custom_size")),
    (*gate("seedream-4.5", n=6), ACCEPTED),
    (*gate("seedream-4.5", num_images=6), ACCEPTED),
    (*gate("seedream-4.5", n=0), no("n")),
]

# Fields that real gateways drop silently, and forms that the documents do not know.
STRICTNESS = [
    (*gen("4.5", n=2), no("n")),
    (*gen("4.5", seed=7), no("seed")),
    (*gen("4.5", output_format="png"), no("output_format")),
    (*gen("5.0", output_format="png"), ACCEPTED),
    (*gen("5.0", output_format="webp"), no("output_format")),
    (*gen("3.0", sequential_image_generation="disabled"), no(SET)),
    (*gen("3.0", stream=True), ACCEPTED),
    (*gen("lite", stream=False), no("stream")),
    (*edit("lite", stream=True), no("stream")),
    (*gen("4.5", sequential_image_generation="disabled"), ACCEPTED),
    (*gen("4.5", sequential_image_generation="on"), no(SET)),
    (*gen("4.5", **{f"{SET}_options": {"max_images": 2}}), no(f"{SET}_options")),
    (*gen( "4.5", **{SET: "auto", f"{SET}_options": {"n": 2}}), no(f"{SET}_options.n")),
    (*gen("4.5", images=[URL]), no("images")),
    (*gen("4.5", image=[]), IMAGE),
    (*gen("4.5", image=""), IMAGE),
    (*gen("4.5", image="ftp://img.example.org/1.png"), IMAGE),
    (*gen("4.5", image="https://"), IMAGE),
    (*gen("4.5", image="https://img.example.org/a b.png"), IMAGE),
    (*gen("4.5", image="iVBORw0KGgo="), IMAGE),
    (*gen("4.5", size=""), SIZE),
    (*gen("4.5", size="2k"), SIZE),
    (*gen("4.5", size="2048×2048"), SIZE),
    (*gen("4.5", size="2048x2048 "), SIZE),
    (*gen("4.5", size="02048x2048"), SIZE),
    (*gen("4.5", response_format="base64"), no("response_format")),
    (*gen("4.5", quality="high"), no("quality")),
    (*gen("4.0", optimize_prompt_options={"mode": "fast"}), ACCEPTED),
    (*gen("4.5", optimize_prompt_options={"mode": "fast"}), no("optimize_prompt_options.mode")),
    (*gen("lite", tools=[{"type": "web_search"}]), ACCEPTED),
    (*gen("lite", tools=[]), no("tools")),
    (*gen("5.0", tools=[{"type": "web_search"}]), no("tools")),
    (GENERATION, {"prompt": "x"}, "MissingParameter model"),
    (GENERATION, {"model": IDS["4.5"]}, "MissingParameter prompt"),
    (GENERATION, {"model": "gpt-image-2", "prompt": "x"}, "InvalidEndpointOrModel.NotFound model"),
    (*edit("3.0"), "InvalidEndpointOrModel.NotFound model"),
    (*edit("4.5", size="2K"), SIZE),
    (*edit("4.5", n=1), no("n")),
    (*edit("4.5", mask=URL), no("mask")),
    (*edit("4.5", image_urls=[URL]), no("image_urls")),
    (*edit("5.0", output_format="png"), no("output_format")),
    (*gpt(model="my-own-model"), ACCEPTED),
    (*gpt(model="seedream-4.5"), "InvalidEndpointOrModel.NotFound model"),
    (*gpt(images=[]), "MissingParameter images"),
    (EDITS, {"model": "gpt-image-2", "prompt": "x"}, "MissingParameter images"),
    (*gpt(images=[{"image_url": URL}], image=URL), no("image")),
    (*gpt(images=[URL]), no("images")),
    (*gpt(images=[{"url": URL}]), no("images")),
    (*gpt(image=URL), ACCEPTED),
    (*gpt(image=[URL, URL]), ACCEPTED),
    (*gpt(image={"image_url": URL}), ACCEPTED),
    (*gpt(image_urls=[URL]), ACCEPTED),
    (*gpt(image_urls=URL), no("image_urls")),
    (*gpt(size="auto"), ACCEPTED),
    (*gpt(size="2K"), SIZE),
    (*gpt(stream=False), no("stream")),
    (*gpt(input_fidelity="high"), no("input_fidelity")),
    (*gpt(quality="hd"), no("quality")),
    (*gpt(moderation="low", background="opaque", quality="high", user="u_1"), ACCEPTED),
    (*gpt(background="transparent"), ACCEPTED),
    (*gpt(background="transparent", output_format="webp"), ACCEPTED),
    (*gpt(output_compression=90), no("output_compression")),
    (*gpt(output_format="png", output_compression=90), no("output_compression")),
    (*gpt(mask=URL), ACCEPTED),
    (*se(user="u_1"), no("user")),
    (*se(stream=False), no("stream")),
    (*se(size="adaptive"), ACCEPTED),
    (*se(model=IDS["4.5"]), "InvalidEndpointOrModel.NotFound model"),
    (*gate("seedream-4.5", watermark=False), no("watermark")),
    (*gate("seedream-4.5", size="2048x2048"), no("size")),
    (*gate("seedream-4.5", user="u_1"), no("user")),
    (*gate("seedream-4.5", response_format="url"), no("response_format")),
    (*gate("seedream-4.5", custom_size={"width": 2048}), "MissingParameter custom_size.height"),
    (*gate("seedream-4.5", custom_size={"width": 2048, "unit": "px"}), no("custom_size.unit")),
    (*gate("seedream-4.5", images=[URL], image=URL), no("images")),
    (*gate("seedream-4.5", image=URL), ACCEPTED),
    (*gate("seedream-4.5", image_url={"url": URL}), ACCEPTED),
    (*gate("seedream-4.5", image_url={"image_url": URL}), no("image_url")),
    (*gate("seedream-4.5", image_urls=[URL, URL]), ACCEPTED),
    (*gate("seedream-4.5", image_urls=[{"url": URL}]), no("image_urls")),
    (*gate("seedream-4.5", images=[URL, {"url": URL}, {"image_url": URL}]), ACCEPTED),
    (*gate("seedream-4.5", images=[{"url": URL, "image_url": URL}]), no("images")),
    (*gate("seedream-5.0"), "InvalidEndpointOrModel.NotFound model"),
    (*gate("seedream-4.5", timeout_seconds=285), ACCEPTED),
    (*gate("seedream-4.5", timeout_seconds=0), no("timeout_seconds")),
    (GATEWAY_EDITS, {"model": "seedream-4.5", "prompt": "x"}, "MissingParameter images"),
    (GATEWAY, {"model": "seedream-4.5", "prompt": "x", "image": URL}, IMAGE),
]


# Every field with a value of the wrong JSON type; true is no integer, 1.0 neither, null nothing.
TYPES = [
    (path, {**body, field: wrong}, f"InvalidParameter {field}")
    for (path, body), field, wrongs in [
        (gen("4.5"), "model", [1, None, ["x"]]),
        (gen("4.5"), "prompt", [1, None, ["x"]]),
        (gen("4.5"), "image", [1, None, [1], {"url": URL}]),
        (gen("4.5"), "size", [2048, None, [2048, 2048]]),
        (gen("4.5"), "response_format", [True, None]),
        (gen("4.5"), "watermark", ["true", 1, None]),
        (gen("4.5"), "stream", ["true", 0, None]),
        (gen("4.5"), "user", [123, None]),
        (gen("4.5"), "sequential_image_generation", [True, None]),
        (gen("4.5", **auto(2)), "sequential_image_generation_options", [2, None, []]),
        (gen("3.0"), "n", ["1", 1.0, True, None]),
        (gen("3.0"), "guidance_scale", ["5", True, None]),
        (gen("3.0"), "seed", [1.0, True, None]),
        (gen("5.0"), "output_format", [None, 1]),
        (edit("4.5"), "image", [1, None, [None]]),
        (edit("4.5"), "watermark", [0, None]),
        (gpt(), "images", [URL, None, {"image_url": URL}]),
        (gpt(), "mask", [1, None]),
        (gpt(), "n", [True, 1.0, "1", None]),
        (gpt(), "quality", [1, None]),
        (gpt(output_format="jpeg"), "output_compression", [90.0, True, "90"]),
        (se(), "image", [None, {"url": URL}]),
        (se(), "seed", [4.2, False]),
        (se(), "watermark", ["false"]),
        (gate("seedream-4.5"), "n", [True, 2.0]),
        (gate("seedream-4.5"), "custom_size", ["2048x2048", [2048, 2048]]),
        (gate("seedream-4.5"), "timeout_seconds", [2.5, "285"]),
    ]
    for wrong in wrongs
]
# fmt: on


@pytest.fixture
async def apis() -> AsyncIterator[ImageApis]:
    async with ImageApis() as running:
        running.fail_next("credit", times=None)
        yield running


@pytest.fixture
async def verdict(apis: ImageApis) -> AsyncIterator[Verdict]:
    """Post a body and give its error code and parameter."""
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer key"}) as session:

        async def post(path: str, body: object) -> str:
            async with session.post(apis.url + path, json=body) as reply:
                error = (await reply.json())["error"]
                assert reply.status >= 400
                assert set(error) == {"code", "message", "param", "type"}
                return f"{error['code']} {error['param'] or ''}".strip()

        yield post


async def _assert_verdicts(rows: list[tuple[str, Body, str]], verdict: Verdict) -> None:
    wrong = [
        f"{str(body)[:160]}: {given}, not {expected}"
        for path, body, expected in rows
        if (given := await verdict(path, body)) != expected
    ]
    assert wrong == []


async def test_every_validation_vector_of_the_reference_has_its_verdict(verdict: Verdict) -> None:
    await _assert_verdicts(VECTORS, verdict)


async def test_both_sides_of_every_boundary_are_told_apart(verdict: Verdict) -> None:
    await _assert_verdicts(BOUNDARIES, verdict)


async def test_what_the_documents_do_not_know_is_refused_by_name(verdict: Verdict) -> None:
    await _assert_verdicts(STRICTNESS, verdict)


async def test_a_value_of_another_json_type_is_refused(verdict: Verdict) -> None:
    await _assert_verdicts(TYPES, verdict)
