"""The whole way to an image service and back, against the local image APIs."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain.catalog import Operation
from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.http.transport import Timeouts
from bot.providers.key_check import KeyState
from bot.providers.replies.spooled import first_line
from bot.providers.service import HttpImageService
from bot.sandbox.image_apis import ImageApis
from bot.services.ports import (
    CallRequest,
    ImageService,
    ReferenceFile,
    Reply,
    ReplyItem,
    Retry,
    transaction_open,
)
from tests.pictures.samples import encoded, glass, scene
from tests.providers.servers import KEY, PNG, make_request, names, site

Make = Callable[..., CallRequest]
Open = Callable[..., HttpImageService]


@pytest.fixture
def service(connect: Open, apis: ImageApis) -> HttpImageService:
    return connect(f"{apis.url}/routescope/")


async def nothing() -> None:
    """Stand in for the write-ahead mark."""


async def failure(service: HttpImageService, call_request: CallRequest) -> Failure:
    with pytest.raises(ProviderError) as caught:
        await service.attempt(call_request, nothing)
    return caught.value.failure


def test_the_service_is_the_port(connect: Open) -> None:
    service: ImageService = connect("http://127.0.0.1:9", slots=3)
    assert (service.name, service.slots) == ("routescope", 3)


async def test_a_picture_is_ordered_read_and_collected(
    service: HttpImageService, apis: ImageApis, call_request: Make, tmp_path: Path
) -> None:
    marks: list[int] = []

    async def mark() -> None:
        marks.append(len(apis.requests))

    wanted = call_request()
    assert await service.read(wanted) is None
    reply = await service.attempt(wanted, mark)
    assert marks == [0]
    (received,) = apis.requests
    assert received.body == {
        "model": "doubao-seedream-4-5-251128",
        "prompt": "a fox",
        "size": "2560x1440",
        "response_format": "url",
        "watermark": False,
        "user": "u_1",
    }
    assert await service.read(wanted) == reply
    await service.collect(reply.items[0], tmp_path / "picture")
    assert (tmp_path / "picture").read_bytes().startswith(b"\xff\xd8\xff")
    assert names(tmp_path) == ["picture", "reply-0"]


SOURCES = [
    ("routescope", make_request(related=True, count=3), 3),
    ("routescope", make_request("routescope-seedream-edits", size="1920x1920"), 1),
    (
        "routescope",
        make_request(
            "routescope-openai-edits", model="gpt-image-2", size="1024x1024", options={}, mask=True
        ),
        2,
    ),
    (
        "seededit",
        make_request(
            "seededit",
            model="doubao-seededit-3-0-i2i-250628",
            size="adaptive",
            options={"watermark": True, "seed": 4, "guidance": 5.5},
        ),
        1,
    ),
    ("seedream", make_request("seedream-gateway", model="seedream-4.5", options={}), 2),
]


@pytest.mark.parametrize(("base", "request_", "images"), SOURCES)
async def test_every_source_answers_what_its_dialect_asks(
    connect: Open,
    apis: ImageApis,
    call_request: Make,
    tmp_path: Path,
    base: str,
    request_: Any,
    images: int,
) -> None:
    picture = tmp_path / "reference.png"
    picture.write_bytes(encoded(scene(320, 240), "PNG"))
    mask = None
    if request_.mask:
        (tmp_path / "mask.png").write_bytes(encoded(glass(320, 240), "PNG"))
        mask = ReferenceFile(path=tmp_path / "mask.png", mime="image/png", url=None, converted=True)
    reference = ReferenceFile(path=picture, mime="image/png", url=None)
    references = () if base == "seedream" else (reference,)
    service = connect(f"{apis.url}/{base}")
    wanted = call_request(request=request_, images=images, references=references, mask=mask)
    reply = await service.attempt(wanted, nothing)
    assert [item.failure for item in reply.items] == [None] * images
    for number, item in enumerate(reply.items):
        await service.collect(item, tmp_path / f"picture-{number}")
    if base == "seedream":
        body = apis.requests[-1].body
        assert body is not None
        assert body["timeout_seconds"] == 340 - 15


STREAMED = make_request(
    related=True, count=3, options={"watermark": False, "stream": True}, operation=Operation.EDIT
)


async def test_a_stream_gives_the_same_pictures(
    service: HttpImageService, apis: ImageApis, call_request: Make
) -> None:
    wanted = call_request(request=STREAMED, images=3)
    reply = await service.attempt(wanted, nothing)
    assert len(reply.items) == 3
    assert not reply.incomplete
    assert await service.read(wanted) == reply
    apis.fail_next("stream-json")
    assert (
        len((await service.attempt(call_request(request=STREAMED, images=3), nothing)).items) == 3
    )


async def test_a_stream_with_an_error_keeps_what_came_before(
    service: HttpImageService, apis: ImageApis, call_request: Make
) -> None:
    apis.fail_next("stream-error")
    reply = await service.attempt(call_request(request=STREAMED, images=3), nothing)
    assert [item.failure is None for item in reply.items] == [True, False]


FAULTS = [
    ("401", "auth"),
    ("404", "no_such_model"),
    ("413", "too_large"),
    ("429", "rate"),
    ("credit", "credit"),
    ("overdue", "credit"),
    ("500", "server"),
    ("502", "server"),
    ("503", "server"),
    ("504", "unknown_outcome"),
    ("524", "unknown_outcome"),
    ("no-channel", "no_channel"),
    ("validation-500", "bad_option"),
    ("moderation", "prompt_refused"),
    ("output", "result_withheld"),
    ("reset", "unknown_outcome"),
    ("half", "unknown_outcome"),
    ("html", "bad_response"),
    ("broken", "bad_response"),
    ("empty", "no_image"),
    ("object", "no_image"),
    ("nulls", "no_image"),
    ("error-200", "server"),
]


@pytest.mark.parametrize(("fault", "expected"), FAULTS)
async def test_every_fault_has_its_class_and_is_posted_once(
    service: HttpImageService, apis: ImageApis, call_request: Make, fault: str, expected: str
) -> None:
    apis.fail_next(fault)
    wanted = call_request()
    found = await failure(service, wanted)
    assert found.error_class == ErrorClass(expected)
    assert len(apis.requests) == 1
    # What was answered is read the same way after a crash; what was not is not there.
    if fault in ("reset", "half"):
        assert await service.read(wanted) is None
    else:
        with pytest.raises(ProviderError) as caught:
            await service.read(wanted)
        assert caught.value.failure == found


async def test_a_hanging_service_is_given_up_and_asked_once(
    connect: Open, apis: ImageApis, call_request: Make
) -> None:
    service = connect(f"{apis.url}/routescope", timeouts=Timeouts(read=0.1))
    apis.fail_next("hang")
    found = await failure(service, call_request())
    assert found.error_class is ErrorClass.UNKNOWN_OUTCOME
    assert len(apis.requests) == 1
    assert service.retry(call_request(), found, 1) is None


async def test_what_the_mark_raises_stops_the_call_before_it_leaves(
    service: HttpImageService, apis: ImageApis, call_request: Make
) -> None:
    async def stopped() -> None:
        raise LookupError("stopped")

    with pytest.raises(LookupError):
        await service.attempt(call_request(), stopped)
    assert apis.requests == []


async def test_a_reference_that_is_gone_is_told_before_sending(
    service: HttpImageService, apis: ImageApis, call_request: Make, tmp_path: Path
) -> None:
    gone = ReferenceFile(path=tmp_path / "gone", mime="image/png", url=None)
    found = await failure(service, call_request(references=(gone,)))
    assert (found.error_class, found.sent) == (ErrorClass.BAD_REFERENCE, False)
    assert apis.requests == []


async def test_a_rate_answer_makes_other_calls_wait_too(
    connect: Open, apis: ImageApis, call_request: Make
) -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(seconds)

    service = connect(f"{apis.url}/routescope", pause=pause)
    apis.fail_next("429-ms")
    found = await failure(service, call_request())
    assert service.retry(call_request(), found, 1) == Retry(wait_seconds=0.05)
    assert waits == []
    await asyncio.gather(*(service.attempt(call_request(), nothing) for _ in range(2)))
    assert len(waits) == 2
    assert all(0 < wait <= 0.05 for wait in waits)


async def test_a_long_pause_fails_other_calls_at_once_and_unsent(
    service: HttpImageService, apis: ImageApis, call_request: Make
) -> None:
    apis.fail_next("429-long")
    assert service.retry(call_request(), await failure(service, call_request()), 1) is None
    found = await failure(service, call_request())
    assert (found.error_class, found.sent) == (ErrorClass.RATE, False)
    assert service.retry(call_request(), found, 1) is None
    assert len(apis.requests) == 1


async def test_the_wire_form_changes_once(
    service: HttpImageService, apis: ImageApis, call_request: Make, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    said = "The parameter `image` is not valid: invalid url specified."
    found = Failure(
        error_class=ErrorClass.BAD_REFERENCE, code="InvalidParameter", message=said, http_status=400
    )
    reference_file = ReferenceFile(
        path=tmp_path / "a.png", mime="image/png", url="https://a.example/a.png"
    )
    wanted = call_request(references=(reference_file,))
    assert service.retry(wanted, found, 1) == Retry(wait_seconds=0.0, second_form=True)
    assert service.retry(replace(wanted, second_form=True), found, 2) is None


# --- replies after a crash ------------------------------------------------------------------


async def test_a_spooled_reply_is_parsed_without_the_service(
    connect: Open, call_request: Make
) -> None:
    service = connect("http://127.0.0.1:9")
    wanted = call_request()
    body = json.dumps({"data": [{"url": "https://a.example/0"}]}).encode()
    head = first_line(200, {"Content-Type": "application/json"}, 0.0)
    wanted.reply.with_name(wanted.reply.name + ".part").write_bytes(head + body)
    assert await service.read(wanted) is None
    wanted.reply.write_bytes(head + body)
    assert await service.read(wanted) == Reply(items=(ReplyItem(url="https://a.example/0"),))


# --- what the operator sees -----------------------------------------------------------------


async def test_a_preview_is_what_would_be_sent_without_the_key(
    service: HttpImageService, apis: ImageApis, call_request: Make, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    references = (
        ReferenceFile(path=tmp_path / "a.png", mime="image/png", url=None),
        ReferenceFile(path=None, mime=None, url="https://img.example.org/b.png"),
    )
    shown = await service.preview(call_request(references=references))
    body = shown.pop("body")
    assert shown == {
        "method": "POST",
        "url": f"{apis.url}/routescope/v1/images/generations",
        "headers": {
            "Authorization": "Bearer ***",
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
    }
    assert isinstance(body, dict)
    assert body["image"] == [  # pyright: ignore[reportUnknownVariableType]
        "data:image/png;base64," + base64.b64encode(PNG).decode(),
        "https://img.example.org/b.png",
    ]
    assert apis.requests == []


async def test_a_preview_hides_the_operators_headers_but_the_agent(
    connect: Open, call_request: Make
) -> None:
    headers = {"User-Agent": SecretStr("easel-test"), "X-Gate": SecretStr("s3cret-word")}
    shown = await connect("http://127.0.0.1:9", headers=headers).preview(call_request())
    sent = shown["headers"]
    assert isinstance(sent, dict)
    assert (sent["User-Agent"], sent["X-Gate"]) == ("easel-test", "***")


@pytest.mark.parametrize("base", ["routescope", "seededit", "seedream"])
async def test_a_key_is_checked_without_ordering_anything(
    connect: Open, apis: ImageApis, base: str
) -> None:
    assert (await connect(f"{apis.url}/{base}").check_key()).state is KeyState.OK
    wrong = connect(f"{apis.url}/{base}", api_key="wrong")
    assert (await wrong.check_key()).state is KeyState.WRONG
    # The invalid request with the key and with a made-up one, then with the wrong one.
    assert [request.status for request in apis.requests] == [400, 401, 401]


@pytest.mark.parametrize("status", [200, 404, 502, 301])
async def test_a_web_page_in_its_place_is_no_image_service(connect: Open, status: int) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(status=status, text="<title>Hello</title>", content_type="text/html")

    async with site(page) as server:
        assert (await connect(server.url).check_key()).state is KeyState.UNREACHABLE
    assert (await connect(server.url).check_key()).state is KeyState.UNREACHABLE


async def test_the_key_shows_nowhere(
    connect: Open, call_request: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def tell(request: web.Request) -> web.Response:
        said = request.headers["Authorization"]
        word = said.removeprefix("Bearer ")
        error = {"code": word, "message": f"Wrong key {word}, {said}"}
        return web.json_response({"error": error}, status=401)

    async with site(tell) as server:
        service = connect(server.url)
        found = await failure(service, call_request())
        check = await service.check_key()
    assert found.error_class is ErrorClass.AUTH
    for text in (repr(found), repr(check), repr(service), str(vars(service)), caplog.text):
        assert KEY not in text


async def test_nothing_runs_inside_a_transaction(
    service: HttpImageService, call_request: Make, tmp_path: Path
) -> None:
    token = transaction_open.set(True)
    try:
        with pytest.raises(RuntimeError, match="transaction"):
            await service.attempt(call_request(), nothing)
        with pytest.raises(RuntimeError, match="transaction"):
            await service.collect(ReplyItem(base64="AAAA"), tmp_path / "p")
    finally:
        transaction_open.reset(token)
