"""What the local image APIs answer: the documented shapes, streams, assets and the journal."""

import asyncio
import base64
import json
import re
import tomllib
from collections.abc import AsyncIterator, Callable, Coroutine
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image
from yarl import URL

from bot.sandbox.image_apis import ImageApis, configuration_fragment, serve

GENERATION = "/routescope/v1/images/generations"
EDITS = "/routescope/v1/images/edits"
SEEDEDIT = "/seededit/v1/images/generations"
GATEWAY = "/seedream/v1/images/generations"
MODEL = "doubao-seedream-4-0-250828"
REFERENCE = "https://img.example.org/1.png"
REQUEST_ID = re.compile(r" Request id: [0-9a-f]{16}$")

Json = dict[str, Any]
Post = Callable[..., Coroutine[Any, Any, Json]]


@pytest.fixture
async def apis() -> AsyncIterator[ImageApis]:
    async with ImageApis() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def post(apis: ImageApis, session: aiohttp.ClientSession) -> Post:
    """Post a small 4.0 order, or another body, and give the JSON that comes back."""

    async def send(path: str = GENERATION, **fields: object) -> Json:
        body = {"model": MODEL, "prompt": "a red bicycle", **fields}
        if path == GENERATION:
            body = {"size": "1280x720", "watermark": False, **body}
        headers = {"Authorization": "Bearer key"}
        async with session.post(apis.url + path, json=body, headers=headers) as reply:
            return await reply.json()

    return send


async def _download(session: aiohttp.ClientSession, url: str) -> Image.Image:
    async with session.get(URL(url, encoded=True)) as reply:
        assert reply.status == 200
        return Image.open(BytesIO(await reply.read()))


def _set(count: int) -> Json:
    return {
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": count},
    }


async def test_routescope_answers_one_picture_as_documented(
    post: Post, session: aiohttp.ClientSession
) -> None:
    reply = await post()
    assert set(reply) == {"created", "data"}
    (item,) = reply["data"]
    assert set(item) == {"url", "b64_json", "revised_prompt"}
    assert item["b64_json"] is None
    picture = await _download(session, item["url"])
    assert (picture.format, picture.size) == ("JPEG", (1280, 720))


async def test_routescope_answers_base64_when_asked(post: Post) -> None:
    (item,) = (await post(response_format="b64_json"))["data"]
    assert item["url"] is None
    assert Image.open(BytesIO(base64.b64decode(item["b64_json"]))).size == (1280, 720)


async def test_a_set_carries_model_sizes_and_usage(post: Post) -> None:
    reply = await post(**_set(3))
    assert set(reply) == {"created", "data", "model", "usage"}
    assert reply["model"] == MODEL
    assert [set(item) for item in reply["data"]] == [{"url", "size"}] * 3
    assert {item["size"] for item in reply["data"]} == {"1280x720"}
    assert reply["usage"] == {"generated_images": 3, "output_tokens": 10800, "total_tokens": 10800}


async def test_seedream_3_counts_with_n(post: Post) -> None:
    reply = await post(model="doubao-seedream-3-0-t2i-250415", n=2, guidance_scale=2.5, seed=5)
    assert set(reply) == {"created", "data"}
    assert len(reply["data"]) == 2


async def test_the_5_family_delivers_png_when_asked(
    post: Post, session: aiohttp.ClientSession
) -> None:
    fields = {"model": "doubao-seedream-5-0-lite-260128", "size": "2560x1440"}
    reply = await post(**fields, output_format="png")
    assert (await _download(session, reply["data"][0]["url"])).format == "PNG"


async def test_edits_answer_one_picture_as_documented(
    post: Post, session: aiohttp.ClientSession
) -> None:
    reply = await post(EDITS, image=REFERENCE)
    (item,) = reply["data"]
    assert set(item) == {"url", "b64_json", "revised_prompt"}
    assert (await _download(session, item["url"])).size == (1920, 1920)


async def test_gpt_image_answers_base64_with_its_settings(post: Post) -> None:
    images = [{"image_url": REFERENCE}]
    reply = await post(EDITS, model="gpt-image-2", images=images, n=2, quality="low")
    assert set(reply) == {"created", "data", "output_format", "quality", "size", "usage"}
    assert [set(item) for item in reply["data"]] == [{"b64_json"}] * 2
    assert (reply["output_format"], reply["quality"], reply["size"]) == ("png", "low", "1024x1024")
    usage = reply["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert set(usage["input_tokens_details"]) == {"image_tokens", "text_tokens"}
    picture = Image.open(BytesIO(base64.b64decode(reply["data"][0]["b64_json"])))
    assert (picture.format, picture.size) == ("PNG", (1024, 1024))


async def test_gpt_image_answers_links_when_asked(post: Post) -> None:
    images = [{"image_url": REFERENCE}]
    reply = await post(EDITS, model="gpt-image-2", images=images, response_format="url")
    assert set(reply["data"][0]) == {"url"}


async def test_seededit_answers_a_jpeg_in_the_ratio_of_its_input(
    post: Post, session: aiohttp.ClientSession
) -> None:
    out = BytesIO()
    Image.new("RGB", (800, 400), (200, 30, 30)).save(out, "PNG")
    image = f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
    model = "doubao-seededit-3-0-i2i-250628"
    reply = await post(SEEDEDIT, model=model, image=image)
    assert set(reply) == {"created", "model", "data", "usage"}
    assert set(reply["data"][0]) == {"url"}
    assert reply["usage"]["generated_images"] == 1
    picture = await _download(session, reply["data"][0]["url"])
    assert picture.format == "JPEG"
    assert picture.width == pytest.approx(2 * picture.height, abs=1)
    assert 512 <= picture.height <= picture.width <= 1536


async def test_the_gateway_answers_links_only(post: Post) -> None:
    size = {"width": 1280, "height": 720}
    reply = await post(GATEWAY, model="seedream-4.0", n=2, custom_size=size)
    assert set(reply) == {"created", "data"}
    assert [set(item) for item in reply["data"]] == [{"url"}] * 2


async def _events(reply: aiohttp.ClientResponse) -> list[str]:
    return (await reply.text()).split("\n\n")


async def test_a_stream_follows_the_transcript(
    apis: ImageApis, session: aiohttp.ClientSession
) -> None:
    apis.fail_next("partial")
    body = {"model": MODEL, "prompt": "x", "size": "1280x720", "stream": True, **_set(2)}
    headers = {"Authorization": "Bearer key"}
    async with session.post(apis.url + GENERATION, json=body, headers=headers) as reply:
        assert reply.content_type == "text/event-stream"
        first, comment, second, last, done, rest = await _events(reply)
    assert (comment, done, rest) == (": keep-alive", "data: [DONE]", "")
    names, data = zip(*(event.split("\n") for event in (first, second, last)), strict=True)
    kinds = [f"image_generation.{kind}" for kind in ("partial_succeeded", "partial_failed")]
    kinds.append("image_generation.completed")
    assert list(names) == [f"event: {kind}" for kind in kinds]
    picture, failure, summary = (json.loads(line.removeprefix("data: ")) for line in data)
    assert [item["type"] for item in (picture, failure, summary)] == kinds
    assert list(picture) == ["type", "model", "created", "image_index", "url", "size"]
    assert list(failure) == ["type", "model", "created", "image_index", "error"]
    assert failure["error"]["code"] == "OutputImageSensitiveContentDetected"
    assert (picture["image_index"], failure["image_index"]) == (0, 1)
    assert list(summary) == ["type", "model", "created", "usage"]
    assert summary["usage"]["generated_images"] == 1
    assert (await _download(session, picture["url"])).size == (1280, 720)


async def test_a_stream_carries_base64_when_asked(
    apis: ImageApis, session: aiohttp.ClientSession
) -> None:
    body = {"model": MODEL, "prompt": "x", "size": "1280x720", "stream": True}
    headers = {"Authorization": "Bearer key"}
    body["response_format"] = "b64_json"
    async with session.post(apis.url + GENERATION, json=body, headers=headers) as reply:
        picture, completed, done, _ = await _events(reply)
    assert "b64_json" in json.loads(picture.partition("data: ")[2])
    assert "completed" in completed
    assert done == "data: [DONE]"


async def test_an_asset_needs_its_exact_query_and_takes_no_key(
    post: Post, session: aiohttp.ClientSession
) -> None:
    url = (await post())["data"][0]["url"]
    tidied = url.replace("%2F", "/")
    statuses: list[int] = []
    for address, headers in [
        (url, {}),
        (url, {"Authorization": "Bearer key"}),
        (tidied, {}),
        (url.partition("?")[0], {}),
        (url + "&x=1", {}),
        (url.replace("/assets/", "/assets/0"), {}),
    ]:
        async with session.get(URL(address, encoded=True), headers=headers) as reply:
            statuses.append(reply.status)
    assert tidied != url
    assert statuses == [200, 400, 403, 403, 403, 404]


async def test_errors_name_the_limit_and_end_with_a_request_id(post: Post) -> None:
    error = (await post(model="doubao-seedream-4-5-251128", size="1024x1024"))["error"]
    message = error.pop("message")
    assert error == {"code": "InvalidParameter", "param": "size", "type": "BadRequest"}
    assert REQUEST_ID.search(message)
    assert "image size must be at least 3686400 pixels." in message


async def test_what_is_legal_but_unwise_is_noted_and_not_refused(
    apis: ImageApis, post: Post
) -> None:
    apis.fail_next("credit", times=None)
    await post(EDITS, image=REFERENCE)
    assert apis.requests[-1].notes == ("watermark was not sent", "size was not sent")
    await post(model="doubao-seedream-4-5-251128", size="1K", **_set(7))
    assert apis.requests[-1].notes == (
        "1K is listed by Routescope, not by the vendor",
        "a set of 7 may outlast the service's 150 s",
    )
    await post(size="1K")
    assert apis.requests[-1].notes == ()


async def test_every_request_is_kept_with_its_answer(apis: ImageApis, post: Post) -> None:
    await post()
    await post(n=2)
    await post(EDITS, model="gpt-image-2", image=REFERENCE, mask="data:")
    good, bad, third = apis.requests
    assert (good.source, good.path, good.model) == ("routescope-generation", GENERATION, MODEL)
    assert good.body is not None
    assert good.body["prompt"] == "a red bicycle"
    assert (good.status, good.error_code) == (200, None)
    assert (bad.status, bad.error_code) == (400, "InvalidParameter")
    assert (third.source, third.references) == ("openai-edits", 1)


async def test_a_limited_journal_keeps_the_newest_without_inline_pictures(
    session: aiohttp.ClientSession,
) -> None:
    body = {"model": MODEL, "prompt": "x", "image": "data:image/png;base64," + "A" * 400}
    headers = {"Authorization": "Bearer key"}
    async with ImageApis(journal_limit=2) as apis:
        for _ in range(3):
            async with session.post(apis.url + GENERATION, json=body, headers=headers) as reply:
                assert reply.status == 400
        assert [received.number for received in apis.requests] == [2, 3]
        assert apis.requests[-1].status == 400
        assert len(str(apis.requests[-1].body)) < 300


async def test_a_shut_gate_holds_accepted_requests_after_they_are_recorded(
    apis: ImageApis, post: Post
) -> None:
    apis.gate.clear()
    tasks = [asyncio.create_task(post()) for _ in range(3)]
    await apis.until(lambda: apis.waiting == 3)
    assert [received.status for received in apis.requests] == [None] * 3
    assert "error" in await post(n=2)
    tasks[0].cancel()
    await apis.until(lambda: apis.waiting == 2)
    assert apis.requests[0].status == 499
    apis.gate.set()
    assert [len((await task)["data"]) for task in tasks[1:]] == [1, 1]
    assert apis.waiting == 0


async def test_closing_releases_whoever_waits(session: aiohttp.ClientSession) -> None:
    body = {"model": MODEL, "prompt": "fault:hang", "size": "1280x720"}
    headers = {"Authorization": "Bearer key"}
    async with ImageApis() as apis:
        apis.gate.clear()
        hanging = asyncio.create_task(
            session.post(apis.url + GENERATION, json=body, headers=headers).__aenter__()
        )
        await apis.until(lambda: apis.waiting == 1)
        apis.gate.set()
        await apis.until(lambda: apis.waiting == 0)
    with pytest.raises(aiohttp.ClientError):
        await hanging


async def test_served_alone_it_tells_its_address_and_stops_when_cancelled(
    session: aiohttp.ClientSession,
) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.create_task(serve(0, told.put_nowait))
    url = await told.get()
    async with session.get(f"{url}/control") as reply:
        assert reply.status == 200
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.get(f"{url}/control")


async def test_a_taken_port_is_told(apis: ImageApis) -> None:
    with pytest.raises(OSError, match="in use"):
        async with ImageApis(port=URL(apis.url).port or 0):
            pass


def test_the_configuration_fragment_names_every_provider_without_a_version_path() -> None:
    providers = tomllib.loads(configuration_fragment("http://127.0.0.1:1"))["providers"]
    kinds = {"byteplus": "ark"}
    named = ("routescope", "seededit", "seedream", "openai", "ark", "byteplus", "openrouter")
    assert providers == {
        **{
            name: {
                "kind": kinds.get(name, name),
                "base_url": f"http://127.0.0.1:1/{name}",
                "api_key": "local",
            }
            for name in named
        },
        "home": {
            "kind": "openai",
            "base_url": "http://127.0.0.1:1/home",
            "auth": "none",
            "response_format": "b64_json",
        },
    }
