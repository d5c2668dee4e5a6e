"""Faults of the local image APIs on demand: in prompts, planned, and over `/control`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.sandbox.image_apis import FAULTS, ImageApis

GENERATION = "/routescope/v1/images/generations"
EDITS = "/routescope/v1/images/edits"
MODEL = "doubao-seedream-4-0-250828"
REFERENCE = "https://img.example.org/1.png"
INLINE = "data:image/gif;base64,R0lGODlhEAAQAIAAAP///wAAACwAAAAAEAAQAAACDoSPqcvtD6OctNqLsz4FADs="


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.text)

    @property
    def code(self) -> str | None:
        return self.body["error"]["code"]


Post = Callable[..., Coroutine[Any, Any, Answer]]


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
    """Post a small 4.0 order with a prompt."""

    async def send(prompt: str, path: str = GENERATION, **fields: object) -> Answer:
        size = "1280x720" if path == GENERATION else "1920x1920"
        body = {"model": MODEL, "prompt": prompt, "size": size, **fields}
        headers = {"Authorization": "Bearer key"}
        async with session.post(apis.url + path, json=body, headers=headers) as reply:
            headers = {key.lower(): value for key, value in reply.headers.items()}
            return Answer(status=reply.status, headers=headers, text=await reply.text())

    return send


def _set(count: int) -> dict[str, object]:
    return {
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": count},
    }


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("401", 401, "AuthenticationError"),
        ("404", 404, "ModelNotOpen"),
        ("413", 413, "read_request_body_failed"),
        ("429", 429, "RateLimitExceeded"),
        ("credit", 429, "insufficient_quota"),
        ("overdue", 403, "AccountOverdueError"),
        ("500", 500, "InternalServiceError"),
        ("500-other", 500, "do_request_failed"),
        ("503", 503, None),
        ("524", 524, None),
        ("no-channel", 503, "get_channel_failed"),
        ("validation-500", 500, "invalid_request"),
        ("moderation", 400, "InputTextSensitiveContentDetected"),
        ("output", 400, "OutputImageSensitiveContentDetected"),
    ],
)
async def test_a_fault_in_the_prompt_is_answered_with_its_envelope(
    post: Post, fault: str, status: int, code: str | None
) -> None:
    answer = await post(f"a fox fault:{fault}")
    assert (answer.status, answer.code) == (status, code)
    assert set(answer.body["error"]) == {"code", "message", "param", "type"}


@pytest.mark.parametrize(
    ("fault", "header", "value"),
    [
        ("429", "retry-after", "1"),
        ("429-long", "retry-after", "300"),
        ("429-ms", "retry-after-ms", "50"),
        ("500-final", "x-should-retry", "false"),
    ],
)
async def test_the_servers_word_on_retrying_stands_in_the_headers(
    post: Post, fault: str, header: str, value: str
) -> None:
    assert (await post(f"fault:{fault}")).headers[header] == value


@pytest.mark.parametrize("fault", ["502", "504"])
async def test_a_proxy_fails_with_a_page(post: Post, apis: ImageApis, fault: str) -> None:
    answer = await post(f"fault:{fault}")
    assert answer.status == int(fault) == apis.requests[0].status
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("fault", ["500", "503", "429", "empty"])
async def test_a_fault_once_meets_the_same_prompt_a_single_time(post: Post, fault: str) -> None:
    def failed(answer: Answer) -> bool:
        return answer.status >= 400 or answer.body["data"] == []

    fox, bear = f"a fox fault:{fault}-once", f"a bear fault:{fault}-once"
    assert [failed(await post(prompt)) for prompt in (fox, fox, bear, fox, bear)] == [
        True,
        False,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("word", "status", "code"),
    [
        ("forbidden", 400, "InputTextSensitiveContentDetected"),
        ("Withheld", 400, "OutputImageSensitiveContentDetected"),
        ("overloaded", 503, None),
        ("bankrupt", 429, "insufficient_quota"),
    ],
)
async def test_plain_words_bring_faults_too(
    post: Post, word: str, status: int, code: str | None
) -> None:
    answer = await post(f"a {word}, fox")
    assert (answer.status, answer.code) == (status, code)
    assert (await post(f"a {word}ly fox")).status == 200


async def test_gpt_image_speaks_of_moderation_in_its_own_words(post: Post) -> None:
    fields = {"model": "gpt-image-2", "size": "1024x1024", "image": REFERENCE}
    answer = await post("forbidden", EDITS, **fields)
    assert answer.code == "moderation_blocked"
    assert "moderation_stage" in answer.body["error"]["moderation_details"]


async def test_reference_faults_need_such_a_reference(post: Post) -> None:
    for fault, inline, url in [
        ("reference", 400, 400),
        ("wire-form", 400, 200),
        ("wire-url", 200, 400),
    ]:
        assert (await post(f"fault:{fault}")).status == 200
        assert (await post(f"fault:{fault}", EDITS, image=INLINE)).status == inline
        assert (await post(f"fault:{fault}", EDITS, image=REFERENCE)).status == url
    answer = await post("fault:wire-form", EDITS, image=INLINE)
    assert "invalid url specified" in answer.body["error"]["message"]
    answer = await post("fault:wire-url", EDITS, image=REFERENCE)
    assert "Timeout while downloading" in answer.body["error"]["message"]


async def test_an_unknown_fault_is_told_by_name(post: Post) -> None:
    answer = await post("fault:nonsense")
    assert answer.status == 400
    assert "unknown fault nonsense" in answer.body["error"]["message"]
    assert (await post("default:nonsense")).status == 200


@pytest.mark.parametrize(
    ("fault", "data"),
    [
        ("empty", []),
        ("object", {}),
        ("nulls", [{"url": None, "b64_json": None, "revised_prompt": ""}]),
    ],
)
async def test_a_reply_without_pictures_has_status_200(
    post: Post, fault: str, data: object
) -> None:
    answer = await post(f"fault:{fault}", stream=True)
    assert answer.status == 200
    assert answer.body["data"] == data


async def test_a_reply_can_be_spoilt_in_other_ways(post: Post) -> None:
    assert (await post("fault:html")).headers["content-type"].startswith("text/html")
    broken = await post("fault:broken")
    with pytest.raises(json.JSONDecodeError):
        _ = broken.body
    error = await post("fault:error-200")
    assert (error.status, error.code, "data" in error.body) == (200, "InternalServiceError", False)
    assert (await post("fault:one-object")).body["data"]["url"].startswith("http://127.0.0.1")
    (item,) = (await post("fault:data-url")).body["data"]
    assert item["url"].startswith("data:image/jpeg;base64,/9j/")


async def test_connections_can_be_lost_at_every_stage(post: Post, apis: ImageApis) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post("fault:reset")
    with pytest.raises(aiohttp.ClientPayloadError):
        await post("fault:half")
    with pytest.raises(aiohttp.ClientPayloadError):
        await post("fault:stream-break", stream=True, **_set(2))
    await apis.until(lambda: all(received.status for received in apis.requests))
    assert [received.status for received in apis.requests] == [499, 499, 499]


async def test_a_hanging_request_ends_when_the_client_leaves(
    session: aiohttp.ClientSession, apis: ImageApis
) -> None:
    body = {"model": MODEL, "prompt": "fault:hang"}
    with pytest.raises(TimeoutError):
        await session.post(
            apis.url + GENERATION,
            json=body,
            headers={"Authorization": "Bearer key"},
            timeout=aiohttp.ClientTimeout(total=0.1),
        )
    await apis.until(lambda: apis.requests[0].status == 499)


async def test_a_slow_answer_comes_at_last(
    session: aiohttp.ClientSession, apis: ImageApis, post: Post
) -> None:
    apis.gate.clear()
    slow = asyncio.create_task(post("a sluggish fox"))
    await apis.until(lambda: apis.waiting == 1)
    apis.gate.set()
    await apis.until(lambda: apis.waiting == 0)
    async with session.post(f"{apis.url}/control", json={"slow_seconds": 0}) as reply:
        assert (await reply.json())["slow_seconds"] == 0
    assert (await post("fault:slow")).status == 200
    assert not slow.done()
    slow.cancel()


async def test_a_set_can_lack_one_picture_or_return_fewer(post: Post) -> None:
    partial = (await post("fault:partial", **_set(3))).body
    assert ["error" in item for item in partial["data"]] == [False, True, False]
    assert partial["usage"]["generated_images"] == 2
    fewer = (await post("fault:fewer", **_set(3))).body
    assert len(fewer["data"]) == fewer["usage"]["generated_images"] == 2
    single = (await post("fault:partial")).body
    assert single["data"][0]["error"]["code"] == "OutputImageSensitiveContentDetected"


async def test_a_stream_can_end_in_an_error_or_be_answered_in_json(post: Post) -> None:
    lines = (await post("fault:stream-error", stream=True, **_set(2))).text.split("\n\n")
    assert "partial_succeeded" in lines[0]
    assert json.loads(lines[1].removeprefix("data: "))["error"]["code"] == "InternalServiceError"
    assert lines[2:] == ["data: [DONE]", ""]
    answer = await post("fault:stream-json", stream=True, **_set(2))
    assert len(answer.body["data"]) == 2


@pytest.mark.parametrize(
    ("fault", "statuses", "starts"),
    [
        ("asset-500", [500, 500], b'{"error"'),
        ("asset-500-once", [500, 200], b"\xff\xd8\xff"),
        ("asset-404", [404, 404], b'{"error"'),
        ("asset-html", [200, 200], b"<!doctype html>"),
        ("not-a-picture", [200, 200], b"These bytes"),
    ],
)
async def test_downloads_can_fail(
    post: Post,
    session: aiohttp.ClientSession,
    fault: str,
    statuses: list[int],
    starts: bytes,
) -> None:
    url = URL((await post(f"fault:{fault}")).body["data"][0]["url"], encoded=True)
    found: list[int] = []
    content = b""
    for _ in range(2):
        async with session.get(url) as reply:
            found.append(reply.status)
            content = await reply.read()
    assert found == statuses
    assert content.startswith(starts)


async def test_planned_faults_meet_one_request_each_in_their_order(
    apis: ImageApis, post: Post
) -> None:
    apis.fail_next("500")
    apis.fail_next("credit", times=2, prompt="fox")
    assert (await post("a bear")).code == "InternalServiceError"
    assert (await post("a bear")).status == 200
    assert [(await post("a fox")).status for _ in range(3)] == [429, 429, 200]


async def test_a_planned_fault_waits_for_a_request_it_applies_to(
    apis: ImageApis, post: Post
) -> None:
    apis.fail_next("wire-form")
    apis.fail_next("503", model="seedream-4.5")
    assert (await post("a fox")).status == 200
    assert (await post("a fox", EDITS, image=INLINE)).status == 400
    assert (await post("a fox", EDITS, image=INLINE)).status == 200


def test_planning_an_unknown_fault_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        ImageApis().fail_next("nonsense")


async def test_every_fault_leaves_the_next_request_alone(apis: ImageApis, post: Post) -> None:
    for fault in FAULTS:
        if fault not in ("hang", "slow", "reset", "half"):
            await post(f"fault:{fault}", image=INLINE)
    assert (await post("a fox")).status == 200


async def test_control_plans_faults_shows_requests_and_resets(
    apis: ImageApis, post: Post, session: aiohttp.ClientSession
) -> None:
    control = f"{apis.url}/control"
    planned = {"fault": "500", "times": 1, "match": {"model": MODEL}}
    plan = {"faults": [planned, {"fault": "wire-url"}], "delay_seconds": 0.001}
    async with session.post(control, json=plan) as reply:
        assert (await reply.json())["delay_seconds"] == apis.delay_seconds == 0.001
    assert (await post("a fox")).status == 500
    for _ in range(2):
        assert (await post("a fox", EDITS, image=REFERENCE)).status == 400
    long = INLINE[:22] + INLINE[22:] + " " * 60
    assert (await post("a fox", EDITS, image=long)).status == 400
    async with session.get(f"{control}/requests") as reply:
        rows = (await reply.json())["requests"]
    assert [row["status"] for row in rows] == [500, 400, 400, 400]
    assert rows[1]["references"] == 1
    assert rows[3]["body"]["image"].endswith(f"... ({len(long)} characters)")
    async with session.delete(control) as reply:
        assert reply.status == 200
    assert apis.requests == []
    assert (await post("a fox", EDITS, image=REFERENCE)).status == 200


@pytest.mark.parametrize(
    "plan",
    [
        {"faults": [{"fault": "nonsense"}]},
        {"faults": [{"fault": "500", "times": 0}]},
        {"faults": [{"fault": "500", "match": {"colour": "red"}}]},
        {"faults": [{"fault": "500"}], "delay_seconds": -1},
        {"delay": 1},
    ],
)
async def test_control_takes_all_of_a_plan_or_nothing(
    apis: ImageApis, post: Post, session: aiohttp.ClientSession, plan: object
) -> None:
    async with session.post(f"{apis.url}/control", json=plan) as reply:
        assert reply.status == 400
    assert (await post("a fox")).status == 200
