"""What proves a key, and what does not; nothing that is asked may draw a picture."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.providers.key_check import KeyState
from bot.providers.service import HttpImageService
from tests.providers.servers import KEY, site

Open = Callable[..., HttpImageService]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MODELS = {"object": "list", "data": [{"id": "gpt-image-2"}]}
BAD_KEY = {"error": {"message": "Incorrect API key provided", "type": "invalid_request_error"}}
BAD_BODY = {"error": {"message": "prompt is required", "type": "invalid_request_error"}}
CLOUDFLARE = "<html><head><title>Access denied | Cloudflare</title></head>error 1010</html>"


def server(
    *, models: str = "closed", probe: str = "400", key_first: bool = True
) -> tuple[Handler, list[str]]:
    """Play a service; the list holds each picture that it drew."""
    drawn: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        right = request.headers.get("Authorization") == f"Bearer {KEY}"
        if request.path.endswith("/models"):
            if models == "none":
                return web.json_response({"error": {"code": "not_found"}}, status=404)
            if models == "closed" and not right:
                return web.json_response(BAD_KEY, status=401)
            if models == "page":
                return web.Response(status=403, text=CLOUDFLARE, content_type="text/html")
            return web.json_response(MODELS)
        if key_first and not right:
            return web.json_response(BAD_KEY, status=401)
        if probe == "page":
            return web.Response(status=403, text="error code: 1010")
        if probe == "draws":
            drawn.append(json.dumps(await request.json()))
            return web.json_response({"data": [{"url": "https://cdn.example.org/a.png"}]})
        return web.json_response(BAD_BODY, status=400)

    return answer, drawn


@pytest.mark.parametrize(
    ("said", "key", "expected"),
    [
        ({"models": "closed", "probe": "draws"}, KEY, KeyState.OK),
        ({"models": "closed", "probe": "draws"}, "wrong", KeyState.WRONG),
        ({"models": "open", "probe": "draws", "key_first": False}, KEY, KeyState.UNPROVEN),
        ({"models": "open", "probe": "draws", "key_first": False}, "wrong", KeyState.UNPROVEN),
        ({"models": "none"}, KEY, KeyState.OK),
        ({"models": "none"}, "wrong", KeyState.WRONG),
        ({"models": "none", "key_first": False}, KEY, KeyState.UNPROVEN),
        ({"models": "none", "key_first": False}, "wrong", KeyState.UNPROVEN),
        ({"models": "page"}, KEY, KeyState.BLOCKED),
        ({"models": "none", "probe": "page"}, KEY, KeyState.BLOCKED),
    ],
)
async def test_only_what_refuses_a_made_up_key_proves_one(
    connect: Open, said: dict[str, str], key: str, expected: KeyState
) -> None:
    handler, drawn = server(**said)  # pyright: ignore[reportArgumentType]
    async with site(handler) as running:
        found = await connect(running.url, api_key=key).check_key()
    assert found.state is expected
    assert drawn == []


async def test_a_kind_that_may_take_the_invalid_request_is_never_sent_it(connect: Open) -> None:
    handler, drawn = server(models="none", probe="draws", key_first=False)
    async with site(handler) as running:
        found = await connect(running.url, kind="openai").check_key()
        assert [request.method for request in running.requests] == ["GET"]
    assert found.state is KeyState.UNPROVEN
    assert drawn == []


async def test_a_server_that_draws_all_the_same_proves_nothing(connect: Open) -> None:
    handler, drawn = server(models="none", probe="draws", key_first=False)
    async with site(handler) as running:
        found = await connect(running.url).check_key()
    assert (found.state, found.detail) == (KeyState.UNPROVEN, "it answered with a picture")
    assert len(drawn) == 1


@pytest.mark.parametrize("path", ["/v1/models", "/v1/images/generations"])
async def test_the_operators_headers_travel_with_every_question(connect: Open, path: str) -> None:
    handler, _ = server(models="none")
    headers = {"User-Agent": SecretStr("easel-test"), "X-Gate": SecretStr("s3cret-word")}
    async with site(handler) as running:
        service = connect(running.url, headers=headers)
        await service.check_key()
        (asked, *_) = [request for request in running.requests if request.path == path]
    assert asked.headers["User-Agent"] == "easel-test"
    assert asked.headers["X-Gate"] == "s3cret-word"
    assert "s3cret-word" not in str(vars(service))


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ("open", KeyState.NO_KEY),
        # It needs a key after all.
        ("closed", KeyState.WRONG),
        ("none", KeyState.NO_KEY),
        ("page", KeyState.BLOCKED),
    ],
)
async def test_a_service_without_a_key_has_to_answer(
    connect: Open, models: str, expected: KeyState
) -> None:
    handler, drawn = server(models=models)
    async with site(handler) as running:
        found = await connect(running.url, kind="openai", api_key=None).check_key()
        assert [request.method for request in running.requests] == ["GET"]
    assert found.state is expected
    assert drawn == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (MODELS, {"gpt-image-2"}),
        ({"data": [{"id": "a"}, {"id": "b"}, {"object": "model"}, None]}, {"a", "b"}),
        ({"models": [{"name": "home"}]}, {"home"}),
        ([{"id": "a"}], {"a"}),
        ({"data": []}, set[str]()),
        ({"error": {"message": "no"}}, None),
        ("not a list", None),
    ],
)
async def test_the_models_that_a_service_lists_are_known_by_their_ids(
    connect: Open, body: object, expected: set[str] | None
) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body)

    async with site(answer) as running:
        assert await connect(running.url, kind="openai").models() == expected
        assert [request.path for request in running.requests] == ["/v1/models"]


async def test_a_service_that_does_not_answer_lists_nothing(connect: Open) -> None:
    assert await connect("http://127.0.0.1:9", kind="openai").models() is None
