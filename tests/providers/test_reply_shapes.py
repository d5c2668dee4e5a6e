"""The table of reply shapes: docs/spec/replies.md section 1."""

from __future__ import annotations

import base64
import json

import pytest

from bot.domain.errors import ASYNCHRONOUS, ErrorClass, Failure, ProviderError
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_reader import parse_answer
from bot.services.ports import Reply, ReplyItem
from tests.cases import every_case
from tests.providers.servers import JPEG, PNG

A, B = "https://cdn.example.org/a.png?s=1", "https://cdn.example.org/b.png"
BASE = "https://api.example.org"
B64 = base64.b64encode(PNG).decode()
B64_JPEG = base64.b64encode(JPEG).decode()
SAFE = base64.urlsafe_b64encode(PNG + b"\xfb\xff\xfe").decode()
ONE = (ReplyItem(url=A),)
TWO = (ReplyItem(url=A), ReplyItem(url=B))
INLINE = (ReplyItem(base64=B64),)


def parse(body: object, status: int = 200) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_answer(Answer(status=status, body=data, base=BASE))


def failure_of(body: object, status: int = 200) -> Failure:
    with pytest.raises(ProviderError) as caught:
        parse(body, status)
    return caught.value.failure


_API = "https://host.example/api/v3"
RELATIVE = [
    (_API, "/files/x.png", "https://host.example/files/x.png"),
    (_API, "files/x.png", "https://host.example/api/v3/files/x.png"),
    (_API, "./x.png", "https://host.example/api/v3/x.png"),
    (_API, "../files/x.png", "https://host.example/api/files/x.png"),
    (_API, "//cdn.example/x.png", "https://cdn.example/x.png"),
    ("http://host.example:81/api", "//cdn.example/x.png", "http://cdn.example/x.png"),
    ("http://host.example:81/api", "/x.png?s=%2F", "http://host.example:81/x.png?s=%2F"),
    ("https://host.example", "/files/x.png", "https://host.example/files/x.png"),
    ("https://host.example", "files/x.png", "https://host.example/files/x.png"),
]
PLAIN = {"created": 1, "data": [{"url": A}]}
TEXT = json.dumps(PLAIN).encode()
SHAPES: list[tuple[object, tuple[ReplyItem, ...]]] = [
    ({"data": [{"url": A}, {"url": B}]}, TWO),
    ({"images": [{"url": A}, {"url": B}]}, TWO),
    ({"images": [A, B]}, TWO),
    ({"data": [A, B]}, TWO),
    ({"data": A}, ONE),
    ({"data": {"images": [{"url": A}, {"url": B}]}}, TWO),
    ({"data": {"data": [{"url": A}, {"url": B}]}}, TWO),
    ({"data": {"data": {"images": [A]}}}, ONE),
    ({"code": 0, "message": "ok", "data": {"image_urls": [A, B]}}, TWO),
    ([{"url": A}, {"url": B}], TWO),
    ([A, B], TWO),
    ([[A], [B]], TWO),
    ({"data": [{"url": [A, B]}]}, TWO),
    ({"data": [{"urls": [A, B]}]}, TWO),
    ({"url": A}, ONE),
    ({"data": [{"image_url": A}]}, ONE),
    ({"data": [{"image_url": {"url": A}}]}, ONE),
    ({"data": [{"url": {"url": A}}]}, ONE),
    ({"data": [{"image": A}]}, ONE),
    ({"data": [{"url": "", "image_url": A}]}, ONE),
    ({"data": [], "images": [{"url": A}]}, ONE),
    ({"data": None, "output": [A]}, ONE),
    ({"output": A}, ONE),
    ({"result": {"images": [{"url": A}]}}, ONE),
    ({"output": {"results": [{"url": A}]}}, ONE),
    ({"output": {"choices": [{"message": {"content": [{"image": A}]}}]}}, ONE),
    ({"choices": [{"message": {"content": "Here", "images": [{"image_url": {"url": A}}]}}]}, ONE),
    ({"artifacts": [{"base64": B64}]}, INLINE),
    ({"predictions": [{"bytesBase64Encoded": B64, "mimeType": "image/png"}]}, INLINE),
    ({"output": [{"type": "image_generation_call", "result": B64}]}, INLINE),
    (
        {"candidates": [{"content": {"parts": [{"text": "x"}, {"inlineData": {"data": B64}}]}}]},
        (ReplyItem(failure=Failure(error_class=ErrorClass.NO_IMAGE, code="empty_item")), *INLINE),
    ),
    ({"data": [{"b64_json": B64}]}, INLINE),
    ({"data": [{"url": B64}]}, INLINE),
    ({"data": [{"url": B64_JPEG}]}, (ReplyItem(base64=B64_JPEG),)),
    ({"data": [B64]}, INLINE),
    ({"images": B64}, INLINE),
    ({"data": [{"url": SAFE}]}, (ReplyItem(base64=SAFE),)),
    ({"data": [{"b64_json": SAFE}]}, (ReplyItem(base64=SAFE),)),
    (
        {"data": [{"url": "data:image/png;base64," + B64}]},
        (ReplyItem(url=f"data:image/png;base64,{B64}"),),
    ),
    ({"data": [{"b64_json": A}]}, ONE),
    ({"data": [{"url": "/v1/images/1/content"}]}, (ReplyItem(url=f"{BASE}/v1/images/1/content"),)),
    ({"data": [{"url": "files/a?x=1"}]}, (ReplyItem(url=f"{BASE}/files/a?x=1"),)),
    ({"data": [{"url": "//cdn.example.org/b.png"}]}, (ReplyItem(url=B),)),
    ({"images": ["/files/a.png"]}, (ReplyItem(url=f"{BASE}/files/a.png"),)),
    (b"\n" * 5000 + TEXT, ONE),
    (b" \r\n\t" * 2000 + TEXT, ONE),
    (b"\xef\xbb\xbf" + TEXT, ONE),
    (b": keep-alive\n\n" * 500 + TEXT, ONE),
    (b": PROCESSING\r\n\r\n" * 3 + b"\n" + TEXT, ONE),
    (b"data: " + TEXT + b"\n\n", ONE),
    (b"data: " + TEXT + b"\n\ndata: [DONE]\n\n", ONE),
    (b"\n" * 3000 + b": ping\n\nevent: message\ndata: " + TEXT + b"\n\n", ONE),
    (b"data: [" + json.dumps({"url": A}).encode() + b"]\n\n", ONE),
    (TEXT + b"\n{}", ONE),
    (TEXT + b"\x00\x00", ONE),
    (json.dumps(json.dumps(PLAIN)).encode(), ONE),
    (TEXT.decode().encode("utf-16"), ONE),
    (PNG, INLINE),
]


@every_case(("body", "items"), SHAPES)
def test_every_shape_of_a_reply_is_read(body: object, items: tuple[ReplyItem, ...]) -> None:
    assert parse(body).items == items


@every_case(("base", "address", "wanted"), RELATIVE)
def test_a_relative_address_is_read_against_the_base(base: str, address: str, wanted: str) -> None:
    body = json.dumps({"data": [{"url": address}]}).encode()
    assert parse_answer(Answer(status=200, body=body, base=base)).items == (ReplyItem(url=wanted),)


@every_case(
    ("body",),
    [
        ({"data": [], "message": "See https://docs.example.org/errors"},),
        ({"message": "https://docs.example.org/errors"},),
        ({"data": [{"revised_prompt": "a fox"}]},),
        ({"data": [{"url": "see the log"}]},),
        ({"data": "pending"},),
        ({"input": {"image_url": A}, "data": []},),
    ],
)
def test_not_every_address_in_a_reply_is_a_picture(body: object) -> None:
    assert failure_of(body).error_class is ErrorClass.NO_IMAGE


@every_case(
    ("body", "status", "task"),
    [
        ({"task_id": "t-1"}, 200, "t-1"),
        ({"code": 0, "data": {"task_id": "t-1", "task_status": "PENDING"}}, 200, "t-1"),
        ({"output": {"task_id": "t-1", "task_status": "RUNNING"}, "request_id": "r"}, 200, "t-1"),
        ({"id": "t-1", "status": "queued"}, 202, "t-1"),
        ({"id": "t-1", "status": "in_progress", "data": []}, 200, "t-1"),
        ({"data": [{"status": "submitted", "task_id": "t-1"}]}, 200, "t-1"),
        ({"jobId": 17, "state": "waiting"}, 200, "17"),
        ({}, 202, "without an id"),
        (b"", 202, "without an id"),
    ],
)
def test_an_asynchronous_answer_is_named_with_its_task(
    body: object, status: int, task: str
) -> None:
    failure = failure_of(body, status)
    assert (failure.error_class, failure.code) == (ErrorClass.BAD_RESPONSE, ASYNCHRONOUS)
    assert failure.message.endswith(f"task {task}")


@every_case(
    ("body", "expected"),
    [
        (
            {"task_id": "t", "status": "failed", "error": {"code": "content_policy_violation"}},
            ErrorClass.PROMPT_REFUSED,
        ),
        ({"task_id": "t", "data": [{"url": A}]}, None),
        ({"task_id": "t", "status": "succeeded", "data": []}, ErrorClass.NO_IMAGE),
    ],
)
def test_a_task_that_has_ended_is_no_asynchronous_answer(
    body: object, expected: ErrorClass | None
) -> None:
    if expected is None:
        assert parse(body).items == ONE
    else:
        failure = failure_of(body)
        assert failure.error_class is expected
        assert failure.code != ASYNCHRONOUS


@every_case(
    "flag",
    [
        {"content_filter_results": {"sexual": {"filtered": True}}},
        {"is_image_safe": False},
        {"finishReason": "CONTENT_FILTERED"},
        {"finish_reason": "content_filter"},
        {"state": "Content Moderated"},
    ],
)
def test_a_picture_with_a_filters_flag_is_withheld_and_the_others_are_not(
    flag: dict[str, object],
) -> None:
    assert failure_of({"data": [{"url": A, **flag}]}).error_class is ErrorClass.RESULT_WITHHELD
    assert failure_of({"url": A, **flag}).error_class is ErrorClass.RESULT_WITHHELD
    reply = parse({"data": [{"url": A}, {"url": A.replace("a", "b", 1), **flag}]})
    assert [item.failure is None for item in reply.items] == [True, False]


@every_case(
    "flag",
    [
        {"content_filter_results": {"sexual": {"filtered": False, "severity": "safe"}}},
        {"is_image_safe": True},
        {"finish_reason": "stop"},
        {"finishReason": "SUCCESS"},
        {"status": "unfiltered"},
        {"status": "safety_checked"},
    ],
)
def test_a_flag_that_stopped_nothing_withholds_nothing(flag: dict[str, object]) -> None:
    assert parse({"data": [{"url": A, **flag}]}).items == ONE
    assert parse({"url": A, **flag}).items == ONE


FILTERED = {"sexual": {"filtered": True, "severity": "high"}, "hate": {"filtered": False}}


@every_case(
    ("entry", "expected"),
    [
        ({"content_filter_results": FILTERED}, ErrorClass.RESULT_WITHHELD),
        ({"url": None, "content_filter_results": FILTERED}, ErrorClass.RESULT_WITHHELD),
        (
            {"prompt_filter_results": [{"content_filter_results": FILTERED}]},
            ErrorClass.PROMPT_REFUSED,
        ),
        ({"error": {"message": "rejected by the safety system"}}, ErrorClass.PROMPT_REFUSED),
        (
            {"error": "The generated image may violate our content policy."},
            ErrorClass.RESULT_WITHHELD,
        ),
        ({"finish_reason": "content_filter"}, ErrorClass.RESULT_WITHHELD),
        ({"finishReason": "IMAGE_SAFETY"}, ErrorClass.RESULT_WITHHELD),
        ({"raiFilteredReason": "Filtered for safety"}, ErrorClass.RESULT_WITHHELD),
        (
            {"code": "OutputImageSensitiveContentDetected", "message": "no"},
            ErrorClass.RESULT_WITHHELD,
        ),
    ],
)
def test_a_picture_that_a_filter_held_back_inside_a_reply_is_named_so(
    entry: object, expected: ErrorClass
) -> None:
    assert failure_of({"data": [entry]}).error_class is expected
    reply = parse({"data": [entry, {"url": A}]})
    assert reply.items[0].failure is not None
    assert reply.items[0].failure.error_class is expected
    assert reply.items[1:] == ONE


def _events(*values: object) -> bytes:
    return b"".join(f"data: {json.dumps(value)}\n\n".encode() for value in values)


WORDS = {"code": None, "message": "Your request was rejected by the safety system."}


@every_case(
    ("event",),
    [
        ({"type": "response.failed", "response": {"status": "failed", "error": WORDS}},),
        ({"type": "image_generation.failed", "error": WORDS},),
        ({"type": "image_generation.failed", **WORDS},),
        ({"type": "image_edit.failed", "error": WORDS["message"]},),
        ({"type": "error", **WORDS},),
        (
            {
                "type": "error",
                "error": {"type": "image_generation_user_error", "code": "moderation_blocked"},
            },
        ),
        (
            {
                "type": "response.incomplete",
                "response": {"incomplete_details": {"reason": "content_filter"}},
            },
        ),
        ({"error": WORDS},),
    ],
)
def test_a_refusal_as_an_event_is_a_refusal(event: object) -> None:
    failure = failure_of(_events({"type": "image_generation.in_progress"}, event))
    assert failure.error_class is ErrorClass.PROMPT_REFUSED
    assert failure.should_retry is False


def test_the_event_of_another_service_holds_its_pictures() -> None:
    done = {"type": "image_generation.completed", "b64_json": B64, "usage": {"n": 1}}
    reply = parse(_events({"type": "image_generation.partial_image", "b64_json": "AAAA"}, done))
    assert (reply.items, reply.usage, reply.incomplete) == (INLINE, {"n": 1}, False)
    output = [{"type": "image_generation_call", "result": B64}]
    done = {"type": "response.completed", "response": {"output": output}}
    assert parse(_events({"type": "response.created", "response": {}}, done)).items == INLINE
