"""OpenRouter's Image API: bodies, replies, what they cost, errors, and the check of a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.domain.errors import ErrorClass, ProviderError
from bot.domain.lost_calls import failed_state
from bot.providers.dialects.dialect import CallContent
from bot.providers.dialects.openrouter_images import OpenRouterImages
from bot.providers.key_check import KeyState
from bot.providers.replies.classify import classify, error_in
from bot.providers.service import HttpImageService
from bot.sandbox.image_apis import ImageApis
from bot.services.ports import CallRequest
from tests.cases import every_case
from tests.providers.servers import make_request

SOURCE = "openrouter-images"
SEEDREAM = "bytedance-seed/seedream-4.5"
DATA = "data:image/jpeg;base64,/9j/4AAQ"

Requests = Callable[..., CallRequest]
Open = Callable[..., HttpImageService]


def body(images: int = 1, references: tuple[str, ...] = (), **changes: object) -> dict[str, Any]:
    values: dict[str, object] = {"model": SEEDREAM, "size": "2K", "options": {}, **changes}
    request = make_request(SOURCE, **values)
    call = OpenRouterImages().build(
        CallContent(
            request=request,
            images=images,
            references=references,
            mask=None,
            user="u_1",
            timeout_seconds=165,
        )
    )
    assert (call.method, call.path) == ("POST", "/images")
    return dict(call.body)


def test_one_picture_from_words() -> None:
    assert body(upstream_id="bytedance-seed/seedream-5") == {
        "model": "bytedance-seed/seedream-5",
        "prompt": "a fox",
        "resolution": "2K",
        "user": "u_1",
    }


@every_case(
    ("size", "sent"),
    [
        ("auto", {}),
        ("4K", {"resolution": "4K"}),
        ("4K 16:9", {"resolution": "4K", "aspect_ratio": "16:9"}),
        ("2:3", {"aspect_ratio": "2:3"}),
        ("2048x1152", {"size": "2048x1152"}),
    ],
)
def test_a_size_is_sent_by_the_names_that_a_model_lists(size: str, sent: dict[str, str]) -> None:
    assert body(size=size) == {"model": SEEDREAM, "prompt": "a fox", "user": "u_1", **sent}


def test_references_and_options_go_under_their_names() -> None:
    options = {
        "quality": "high",
        "background": "transparent",
        "format": "webp",
        "compression": 80,
        "seed": 7,
        "stream": True,
        "watermark": False,
    }
    edit = {"operation": Operation.EDIT, "per_call": 10, "count": 3, "options": options}
    assert body(3, (DATA, "https://img.example.org/a.png"), size="auto", **edit) == {
        "model": SEEDREAM,
        "prompt": "a fox",
        "input_references": [
            {"type": "image_url", "image_url": {"url": DATA}},
            {"type": "image_url", "image_url": {"url": "https://img.example.org/a.png"}},
        ],
        "n": 3,
        "quality": "high",
        "background": "transparent",
        "output_format": "webp",
        "output_compression": 80,
        "seed": 7,
        "user": "u_1",
    }


def flagged(**metadata: object) -> dict[str, object]:
    return {"code": 403, "message": "Forbidden", "metadata": metadata}


@every_case(
    ("status", "error", "expected", "state"),
    [
        (400, {"code": 400, "message": "Unsupported parameter"}, "bad_option", "refused"),
        (400, {"code": 400, "message": "x is not a valid model ID"}, "no_such_model", "failed"),
        (401, {"code": 401, "message": "No auth credentials found"}, "auth", "failed"),
        (402, {"code": 402, "message": "Insufficient credits"}, "credit", "failed"),
        (403, {"code": 403, "message": "Key lacks a permission"}, "not_allowed", "failed"),
        (403, flagged(reasons=["violence"], flagged_input="..."), "prompt_refused", "refused"),
        (404, {"code": 404, "message": "No endpoints found for x"}, "no_such_model", "failed"),
        (413, {"code": 413, "message": "Payload too large"}, "too_large", "refused"),
        (429, {"code": 429, "message": "Slow down"}, "rate", "failed"),
        (500, {"code": 500, "message": "Internal"}, "server", "failed"),
        # What became of these calls nobody knows: perhaps they were paid.
        (502, {"code": 502, "message": "Provider returned error"}, "server", "unknown"),
        (524, {"code": 524, "message": "Timeout"}, "unknown_outcome", "unknown"),
        (529, {"code": 529, "message": "Provider overloaded"}, "server", "failed"),
    ],
)  # fmt: skip
def test_errors_have_the_class_of_their_status_and_metadata(
    status: int, error: dict[str, object], expected: str, state: str
) -> None:
    failure = error_in({"error": error}, status=status)
    assert (failure.error_class, failed_state(failure)) == (expected, state)


def test_only_an_overloaded_service_is_asked_again(call_request: Requests) -> None:
    service = HttpImageService(name="o", base_url="http://127.0.0.1:1", api_key="k")
    order = call_request(request=make_request(SOURCE, model=SEEDREAM))
    repeated = {
        status: service.retry(order, error_in({}, status=status), 1) is not None
        for status in (500, 502, 503, 524, 529)
    }
    assert repeated == {500: False, 502: False, 503: True, 524: False, 529: True}
    assert classify("", "", status=529) is ErrorClass.SERVER


@pytest.mark.parametrize(
    ("changes", "images", "micro"),
    [
        ({"model": SEEDREAM, "size": "1K 16:9"}, 1, 40_000),
        ({"model": SEEDREAM, "size": "1K", "per_call": 3, "count": 3}, 3, 120_000),
        ({"model": "black-forest-labs/flux.2-klein-4b", "size": "1:1"}, 1, 14_680),
    ],
)
async def test_a_call_brings_pictures_and_what_it_cost(
    apis: ImageApis,
    call_request: Requests,
    connect: Open,
    changes: dict[str, object],
    images: int,
    micro: int,
) -> None:
    async def sent() -> None: ...

    service = connect(f"{apis.url}/openrouter", kind="openrouter")
    request = make_request(SOURCE, **{"options": {}, **changes})
    order = call_request(request=request, images=images)
    reply = await service.attempt(order, sent)
    assert [item.base64 is not None for item in reply.items] == [True] * images
    assert reply.cost_micro == micro
    (received,) = apis.requests
    assert (received.path, received.status) == ("/openrouter/api/v1/images", 200)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("moderation", "prompt_refused"), ("credit", "credit"), ("524", "unknown_outcome")],
)
async def test_the_local_api_refuses_as_the_page_says(
    apis: ImageApis, call_request: Requests, connect: Open, fault: str, expected: str
) -> None:
    async def sent() -> None: ...

    apis.fail_next(fault)
    service = connect(f"{apis.url}/openrouter", kind="openrouter")
    request = make_request(SOURCE, model=SEEDREAM, size="1K", options={})
    with pytest.raises(ProviderError) as raised:
        await service.attempt(call_request(request=request), sent)
    assert raised.value.failure.error_class == expected


@pytest.mark.parametrize(("key", "state"), [("local", KeyState.OK), ("wrong", KeyState.WRONG)])
async def test_a_key_is_proven_although_the_models_are_open_to_everybody(
    apis: ImageApis, connect: Open, key: str, state: KeyState
) -> None:
    service = connect(f"{apis.url}/openrouter", kind="openrouter", api_key=key)
    assert (await service.check_key()).state is state
