"""OpenRouter's API on loopback: each rule of its page, and its lists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox.image_apis import ImageApis

SEEDREAM = "bytedance-seed/seedream-4.5"
FLUX = "black-forest-labs/flux.2-klein-4b"
GPT = "openai/gpt-image-2"
URL = {"type": "image_url", "image_url": {"url": "https://img.example.org/1.png"}}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer local"}) as opened:
        yield opened


async def post(apis: ImageApis, session: aiohttp.ClientSession, **body: object) -> Any:
    """Send a body; an accepted one stops at an empty account, so that nothing is drawn."""
    apis.fail_next("credit", None)
    url = f"{apis.url}/openrouter/api/v1/images"
    async with session.post(url, json={"prompt": "a fox", **body}) as reply:
        error = (await reply.json())["error"]
        assert error["code"] == reply.status
        return reply.status, error["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"model": SEEDREAM},
        {"model": SEEDREAM, "size": "2K"},
        {"model": SEEDREAM, "size": "2848x1600"},
        {"model": SEEDREAM, "size": "2K", "resolution": "2K", "aspect_ratio": "16:9"},
        {"model": SEEDREAM, "size": "2048x1152", "aspect_ratio": "16:9"},
        # What a model does not have among its shapes becomes the nearest one.
        {"model": SEEDREAM, "resolution": "4K", "aspect_ratio": "1:8"},
        {"model": SEEDREAM, "n": 3, "seed": 7, "user": "u_1", "stream": True},
        {"model": SEEDREAM, "input_references": [URL] * 14},
        {"model": SEEDREAM, "provider": {"only": ["bytedance"]}, "session_id": "s", "trace": {}},
        {"model": GPT, "quality": "high", "background": "opaque", "output_compression": 50},
        {"model": FLUX, "output_format": "jpeg", "aspect_ratio": "16:9"},
        {"model": "inclusionai/layers", "input_references": [URL]},
    ],
)
async def test_what_the_page_allows_is_taken(
    apis: ImageApis, session: aiohttp.ClientSession, body: dict[str, object]
) -> None:
    assert (await post(apis, session, **body))[0] == 402


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"model": "nobody/knows"}, 404, "nobody/knows"),
        ({"model": SEEDREAM, "prompt": " "}, 400, "prompt"),
        ({"model": SEEDREAM, "n": 4}, 400, "`n`"),
        ({"model": FLUX, "n": 2}, 400, "`n`"),
        ({"model": GPT, "n": 11}, 400, "`n`"),
        ({"model": SEEDREAM, "size": "3K"}, 400, "size"),
        ({"model": SEEDREAM, "size": "768"}, 400, "size"),
        ({"model": GPT, "size": "1024x1024"}, 400, "size"),
        ({"model": GPT, "resolution": "1K"}, 400, "resolution"),
        ({"model": GPT, "output_format": "png"}, 400, "output_format"),
        ({"model": GPT, "background": "transparent"}, 400, "background"),
        ({"model": GPT, "quality": "max"}, 400, "quality"),
        ({"model": SEEDREAM, "quality": "low"}, 400, "quality"),
        ({"model": SEEDREAM, "aspect_ratio": "7:3"}, 400, "aspect_ratio"),
        ({"model": SEEDREAM, "size": "2K", "resolution": "4K"}, 400, "contradicts"),
        ({"model": SEEDREAM, "size": "2048x2048", "aspect_ratio": "16:9"}, 400, "contradicts"),
        ({"model": SEEDREAM, "size": "1024x1024", "resolution": "2K"}, 400, "contradicts"),
        ({"model": FLUX, "output_format": "webp"}, 400, "output_format"),
        ({"model": SEEDREAM, "input_references": [URL] * 15}, 400, "input_references"),
        ({"model": SEEDREAM, "input_references": ["https://a.example/1.png"]}, 400, "each item"),
        ({"model": "recraft/recraft-v4.1", "input_references": [URL]}, 400, "input_references"),
        ({"model": "inclusionai/layers"}, 400, "input_references"),
        ({"model": GPT, "seed": 1}, 400, "seed"),
        ({"model": SEEDREAM, "mask": "data:,"}, 400, "mask"),
        ({"model": SEEDREAM, "response_format": "url"}, 400, "response_format"),
    ],
)
async def test_what_it_forbids_is_refused_by_name(
    apis: ImageApis,
    session: aiohttp.ClientSession,
    body: dict[str, object],
    status: int,
    named: str,
) -> None:
    found, message = await post(apis, session, **body)
    assert (found, named in message) == (status, True), message


async def test_the_lists_need_no_key_and_the_record_of_a_key_does(apis: ImageApis) -> None:
    base = f"{apis.url}/openrouter/api/v1"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{base}/images/models") as reply:
            listed = {model["id"]: model for model in (await reply.json())["data"]}
        assert listed[SEEDREAM]["architecture"]["input_modalities"] == ["text", "image"]
        assert listed["recraft/recraft-v4.1"]["architecture"]["input_modalities"] == ["text"]
        async with session.get(f"{base}/images/models/{SEEDREAM}/endpoints") as reply:
            (endpoint,) = (await reply.json())["endpoints"]
        assert endpoint["pricing"][0]["cost_usd"] == 0.04
        async with session.get(f"{base}/images/models/a/b/endpoints") as reply:
            assert reply.status == 404
        async with session.get(f"{base}/key") as reply:
            assert reply.status == 401


@pytest.mark.parametrize(("model", "events"), [(GPT, True), (FLUX, False)])
async def test_only_models_that_stream_do(
    apis: ImageApis, session: aiohttp.ClientSession, model: str, events: bool
) -> None:
    body = {"model": model, "prompt": "a fox", "stream": True}
    async with session.post(f"{apis.url}/openrouter/api/v1/images", json=body) as reply:
        text = await reply.text()
    assert ("image_generation.completed" in text and text.endswith("[DONE]\n\n")) is events
