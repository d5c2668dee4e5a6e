"""The local OpenAI, Ark and BytePlus, and a server at home: what they take, refuse and answer."""

from __future__ import annotations

import base64
import functools
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image

from bot.sandbox.image_apis import ImageApis
from tests.openai_images import load

GENERATIONS, EDITS = "/openai/v1/images/generations", "/openai/v1/images/edits"
HOME = "/home/v1/images/generations"
ARK, BYTEPLUS = "/ark/api/v3/images/generations", "/byteplus/api/v3/images/generations"
URL = "https://img.example.org/1.png"
ACCEPTED = "insufficient_quota"
SEQUENCE = "sequential_image_generation"
# What the official SDK of Volcengine writes for a call with a model and a prompt alone.
NULLS: dict[str, Any] = dict.fromkeys(
    (
        "image",
        "size",
        "response_format",
        "watermark",
        "stream",
        SEQUENCE,
        f"{SEQUENCE}_options",
        "output_format",
        "optimize_prompt_options",
        "tools",
        "seed",
        "guidance_scale",
        "layer_decomposition",
        "background",
    )
)

Case = tuple[str, dict[str, Any], str]


@functools.cache
def picture(width: int = 64, height: int = 48, kind: str = "png", mode: str = "RGBA") -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height)).save(out, kind)
    return out.getvalue()


@functools.cache
def inline(kind: str = "png") -> str:
    data = base64.b64encode(picture(kind=kind, mode="RGB")).decode()
    return f"data:image/{kind};base64,{data}"


def gpt(model: str = "gpt-image-2", **fields: Any) -> tuple[str, dict[str, Any]]:
    return GENERATIONS, {"model": model, "prompt": "a fox", **fields}


def edit(model: str = "gpt-image-2", **fields: Any) -> tuple[str, dict[str, Any]]:
    return EDITS, {"model": model, "prompt": "a fox", "images": [{"image_url": URL}], **fields}


def home(**fields: Any) -> tuple[str, dict[str, Any]]:
    return HOME, {"model": "home-diffusion", "prompt": "a fox", **fields}


def ark(model: str = "4-5-251128", **fields: Any) -> tuple[str, dict[str, Any]]:
    return ARK, {"model": f"doubao-seedream-{model}", "prompt": "a fox", **fields}


def byteplus(model: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return BYTEPLUS, {"model": model, "prompt": "a fox", **fields}


def bad(param: str) -> str:
    return f"invalid_value {param}"


def ark_bad(param: str = "") -> str:
    return f"InvalidParameter {param}".strip()


# fmt: off
CASES: list[Case] = [
    (*gpt(), ACCEPTED),
    (*gpt(n=10, quality="high", background="transparent", output_format="webp"), ACCEPTED),
    (*gpt(n=None, size=None, quality=None, user=None, stream=None), ACCEPTED),
    (*gpt(user="u", safety_identifier="u", moderation="low"), ACCEPTED),
    (*gpt(n=11), bad("n")),
    (*gpt(n="1"), bad("n")),
    (*gpt(size="1792x944"), ACCEPTED),
    (*gpt(size="1792x936"), bad("size")),
    (*gpt(size="2K"), bad("size")),
    (*gpt(quality="xhigh"), bad("quality")),
    (*gpt("gpt-image-2.5-flare", quality="xhigh"), ACCEPTED),
    (*gpt("gpt-image-2.5-sunburst", quality="max", size="3840x2160"), ACCEPTED),
    (*gpt("gpt-image-1.5", size="1536x1024"), ACCEPTED),
    (*gpt("gpt-image-1.5", size="1536x1152"), bad("size")),
    (*gpt("gpt-image-1-mini", quality="max"), bad("quality")),
    (*gpt("gpt-image-2.6-flare", size="auto"), ACCEPTED),
    (*gpt(background="transparent", output_format="jpeg"), bad("background")),
    (*gpt(output_compression=50), bad("output_compression")),
    (*gpt(output_format="jpeg", output_compression=0), ACCEPTED),
    (*gpt(response_format="b64_json"), "unknown_parameter response_format"),
    (*gpt(watermark=True), "unknown_parameter watermark"),
    (*gpt(seed=1), "unknown_parameter seed"),
    (*gpt("dall-e-3"), "model_not_found model"),
    (*gpt("doubao-seedream-4-5-251128"), "model_not_found model"),
    (*gpt(prompt=" "), bad("prompt")),
    (*gpt(prompt="x" * 32_000), ACCEPTED),
    (*gpt(prompt="x" * 32_001), bad("prompt")),
    (*edit(), ACCEPTED),
    (*edit(images=[{"image_url": inline()}] * 16, mask={"image_url": URL}), ACCEPTED),
    (*edit(images=[{"image_url": URL}] * 17), bad("images")),
    (*edit(images=[]), bad("images")),
    (*edit(images=None), "missing_required_parameter images"),
    (*edit(images=[URL]), bad("images[0]")),
    (*edit(images=[{"image_url": URL, "file_id": "f"}]), bad("images[0]")),
    (*edit(mask=URL), bad("mask")),
    (*edit(image=URL), "unknown_parameter image"),
    (*edit(input_fidelity="low", moderation="auto"), ACCEPTED),
    (*edit(images=[{"image_url": inline("gif")}]), "unsupported_file_mimetype images"),
    (*home(), ACCEPTED),
    (*home(size="512x768", response_format="url", n=4), ACCEPTED),
    (*home(size="auto"), bad("size")),
    (*home(size="500x500"), bad("size")),
    (*home(quality="high"), "unknown_parameter quality"),
    (*home(model="other"), "model_not_found model"),
    (*ark(), ACCEPTED),
    (*ark(**NULLS), ACCEPTED),
    (*ark(n=1), ACCEPTED),
    (*ark(n=2), ark_bad()),
    (*ark(user="u"), ark_bad("user")),
    (*ark(size="2k"), ACCEPTED),
    (*ark(size="1K"), ark_bad("size")),
    (*ark(size="2560x1440", image=[inline()] * 14), ACCEPTED),
    (*ark(image=[URL] * 15), ark_bad("image")),
    (*ark(size="2559x1440"), ark_bad("size")),
    (*ark(output_format="png"), ark_bad()),
    (*ark(**{SEQUENCE: "auto", f"{SEQUENCE}_options": {"max_images": 15}}), ACCEPTED),
    (*ark(**{SEQUENCE: "disabled"}, stream=True), ACCEPTED),
    (*ark(image=URL, **{SEQUENCE: "auto", f"{SEQUENCE}_options": {"max_images": 15}}),
     ark_bad(f"{SEQUENCE}_options.max_images")),
    (*ark("4-0-250828", size="1280x720", image=inline()), ACCEPTED),
    (*ark("4-0-250828", size="3K"), ark_bad("size")),
    (*ark("5-0-260128", size="3K", output_format="png"), ACCEPTED),
    (*ark("5-0-lite-260128", tools=[{"type": "web_search"}]), ACCEPTED),
    (*ark("5-0-pro-260628", size="1.5K", image=[URL] * 10, output_format="png"), ACCEPTED),
    (*ark("5-0-pro-260628", **NULLS), ACCEPTED),
    (*ark("5-0-pro-260628", image=[URL] * 11), ark_bad("image")),
    (*ark("5-0-pro-260628", size="3K"), ark_bad("size")),
    (*ark("5-0-pro-260628", size="960x960"), ACCEPTED),
    (*ark("5-0-pro-260628", size="2151x2151"), ark_bad("size")),
    (*ark("5-0-pro-260628", **{SEQUENCE: "disabled"}), ark_bad()),
    (*ark("5-0-pro-260628", stream=True), ark_bad()),
    (*ark("5-5-261028"), "InvalidEndpointOrModel.NotFound model"),
    (*byteplus("seedream-4-5-251128", size="4K"), ACCEPTED),
    (*byteplus("doubao-seedream-4-5-251128"), "InvalidEndpointOrModel.NotFound model"),
    (*byteplus("seedream-5-5-261028", background="transparent"), ACCEPTED),
    (*byteplus("seedream-5-5-261028", background="transparent", output_format="jpeg"),
     ark_bad("background")),
    (*byteplus("dola-seedream-5-0-pro-260628", size="2K"), ACCEPTED),
    (*byteplus("seedream-5-0-260128", background="opaque"), ark_bad("background")),
]
# fmt: on


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer k"}) as opened:
        yield opened


def verdict(body: dict[str, Any]) -> str:
    error = body.get("error", {})
    return f"{error.get('code')} {error.get('param') or ''}".strip()


async def test_each_body_is_accepted_or_refused_for_the_documented_reason(
    session: aiohttp.ClientSession,
) -> None:
    wrong: list[str] = []
    async with ImageApis() as apis:
        apis.fail_next("credit", times=None)
        for path, body, expected in CASES:
            async with session.post(apis.url + path, json=body) as reply:
                found = verdict(await reply.json())
            if found != expected:
                wrong.append(f"{path} {str(body)[:200]}: {found}, not {expected}")
    assert wrong == []


def form(*files: tuple[str, bytes, str], **texts: str) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    for name, text in {"model": "gpt-image-2", "prompt": "a fox", **texts}.items():
        made.add_field(name, text)
    for name, content, kind in files:
        made.add_field(name, BytesIO(content), filename="picture", content_type=kind)
    return made


PNG, JPEG = (picture(), "image/png"), (picture(kind="jpeg", mode="RGB"), "image/jpeg")


@pytest.mark.parametrize(
    ("files", "texts", "expected"),
    [
        ([("image", *PNG)], {}, ACCEPTED),
        ([("image[]", *PNG), ("image[]", *JPEG), ("mask", *PNG)], {"n": "2"}, ACCEPTED),
        ([("image[]", *PNG)], {"size": "1024x1024", "quality": "low"}, ACCEPTED),
        ([("image", *PNG)], {"n": "11"}, bad("n")),
        ([("image", *PNG)], {"n": "two"}, bad("n")),
        ([("image", *PNG)], {"moderation": "low"}, "unknown_parameter moderation"),
        ([], {}, "missing_required_parameter image"),
        ([], {"image": URL}, "invalid_type image"),
        ([("image", *PNG)], {"mask": URL}, "invalid_type image"),
        ([("image[]", *PNG)] * 17, {}, bad("image[]")),
        ([("image", PNG[0], "image/jpeg")], {}, "invalid_image_url image"),
        ([("image", PNG[0], "application/octet-stream")], {}, bad("image")),
        ([("image", *PNG), ("mask", picture(8, 8), "image/png")], {}, bad("mask")),
    ],
)
async def test_a_form_is_judged_like_the_json_that_it_stands_for(
    session: aiohttp.ClientSession,
    files: list[tuple[str, bytes, str]],
    texts: dict[str, str],
    expected: str,
) -> None:
    async with ImageApis() as apis:
        apis.fail_next("credit")
        async with session.post(apis.url + EDITS, data=form(*files, **texts)) as reply:
            assert verdict(await reply.json()) == expected


@pytest.mark.parametrize("path", [GENERATIONS, EDITS, ARK, BYTEPLUS])
async def test_a_wrong_key_is_refused_in_the_words_of_its_service(path: str) -> None:
    headers = {"Authorization": "Bearer wrong"}
    async with ImageApis() as apis, aiohttp.ClientSession(headers=headers) as session:
        async with session.post(apis.url + path, json={}) as reply:
            code = "invalid_api_key" if "openai" in path else "AuthenticationError"
            assert (reply.status, verdict(await reply.json())) == (401, code)
        async with session.get(apis.url + path.partition("/images")[0] + "/models") as reply:
            assert reply.status == 401


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/openai/v1/models", "gpt-image-2.5-flare"),
        ("/home/v1/models", "home-diffusion"),
        ("/ark/api/v3/models", "doubao-seedream-4-5-251128"),
        ("/byteplus/api/v3/models", "seedream-4-5-251128"),
    ],
)
async def test_the_models_are_listed_as_openais_schema_has_it(path: str, known: str) -> None:
    key = {} if "home" in path else {"Authorization": "Bearer k"}
    async with (
        ImageApis() as apis,
        aiohttp.ClientSession(headers=key) as session,
        session.get(apis.url + path) as reply,
    ):
        listed = await reply.json()
    assert known in {entry["id"] for entry in listed["data"]}
    judge = load()
    assert judge is None or judge.models(listed) == []


async def test_openais_replies_follow_its_schema(session: aiohttp.ClientSession) -> None:
    judge = load()
    if judge is None:
        pytest.skip("OpenAI's schema is not at hand")
    async with ImageApis() as apis:
        for path, body in (gpt(n=2, size="1024x1024"), edit(quality="high")):
            async with session.post(apis.url + path, json=body) as reply:
                answer = await reply.json()
            assert judge.reply(answer) == []
            assert [*answer["data"][0]] == ["b64_json"]


async def test_ark_answers_addresses_and_sizes_and_counts_what_it_made(
    session: aiohttp.ClientSession,
) -> None:
    _, body = ark("4-0-250828", size="1K", watermark=False)
    async with (
        ImageApis() as apis,
        session.post(apis.url + ARK, json=body) as reply,
    ):
        answer = await reply.json()
    assert answer["model"] == "doubao-seedream-4-0-250828"
    assert answer["data"][0]["size"] == "1024x1024"
    assert answer["data"][0]["url"].startswith("http://127.0.0.1")
    assert answer["usage"]["generated_images"] == 1


async def test_a_server_at_home_needs_no_key_and_names_its_files_without_itself() -> None:
    async with ImageApis() as apis, aiohttp.ClientSession() as session:
        _, body = home(response_format="url", size="256x256")
        async with session.post(apis.url + HOME, json=body) as reply:
            address = (await reply.json())["data"][0]["url"]
        assert address.startswith("/assets/")
        async with session.post(apis.url + HOME, json=home(size="256x256")[1]) as reply:
            data = base64.b64decode((await reply.json())["data"][0]["b64_json"])
    assert Image.open(BytesIO(data)).size == (256, 256)
