"""What the local image APIs judge before a body means anything: key, type, bytes, JSON, path."""

import json
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest

from bot.sandbox.image_apis import ImageApis

GENERATION = "/routescope/v1/images/generations"
EDITS = "/routescope/v1/images/edits"
SEEDEDIT = "/seededit/v1/images/generations"
GATEWAY = "/seedream/v1/images/generations"
GATEWAY_EDITS = "/seedream/v1/images/edits"
BODY = {"model": "doubao-seedream-4-5-251128", "prompt": "a red bicycle"}


@pytest.fixture
async def apis() -> AsyncIterator[ImageApis]:
    """The APIs with an empty account: 429 means that a request was read and accepted."""
    async with ImageApis() as running:
        running.fail_next("credit", times=None)
        yield running


@pytest.mark.parametrize("key", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic key", "key"])
@pytest.mark.parametrize("path", [GENERATION, EDITS, SEEDEDIT, GATEWAY, GATEWAY_EDITS])
async def test_the_key_is_judged_before_the_body(
    apis: ImageApis, path: str, key: str | None
) -> None:
    headers = {} if key is None else {"Authorization": key}
    async with (
        aiohttp.ClientSession() as session,
        session.post(apis.url + path, data=b"{", headers=headers) as reply,
    ):
        assert reply.status == 401
        assert (await reply.json())["error"]["code"] == "AuthenticationError"
    assert apis.requests[-1].body is None
    assert (apis.requests[-1].status, apis.requests[-1].error_code) == (401, "AuthenticationError")


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b'{"model": "x"}', "text/plain", 415),
        (b"model=x", "application/x-www-form-urlencoded", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b"\xff{}", "application/json", 400),
        (b'{"model": NaN}', "application/json", 400),
        (b'{"model": "a", "model": "b"}', "application/json", 400),
        (b'{"prompt": "\\ud800"}', "application/json", 400),
        (b'{"a":' * 50_000, "application/json", 400),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    apis: ImageApis, content: bytes, content_type: str, status: int
) -> None:
    headers = {"Authorization": "Bearer k", "Content-Type": content_type}
    async with (
        aiohttp.ClientSession() as session,
        session.post(apis.url + GENERATION, data=content, headers=headers) as reply,
    ):
        assert reply.status == status
        assert (await reply.json())["error"]["code"] == "bad_request_body"


async def test_a_body_of_24_megabytes_is_read_and_one_byte_more_is_not(apis: ImageApis) -> None:
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
    body = json.dumps(BODY).encode()
    async with aiohttp.ClientSession(headers=headers) as session:
        for total, status, code in (
            (24_000_000, 429, "insufficient_quota"),
            (24_000_001, 413, "read_request_body_failed"),
        ):
            content = BytesIO(body.ljust(total))
            async with session.post(apis.url + GENERATION, data=content) as reply:
                assert reply.status == status
                assert (await reply.json())["error"]["code"] == code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", GENERATION),
        ("POST", "/routescope/v1/images/variations"),
        ("POST", "/seededit/v1/images/edits"),
        ("POST", GENERATION + "/"),
        ("POST", "/v1/images/generations"),
        ("GET", "/"),
    ],
)
async def test_another_path_or_method_is_404_with_an_envelope(
    apis: ImageApis, method: str, path: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, apis.url + path) as reply,
    ):
        assert reply.status == 404
        assert (await reply.json())["error"]["message"].startswith(f"Invalid URL ({method} {path})")
