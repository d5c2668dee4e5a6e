"""Event streams: docs/spec/image-apis.md section 9."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.errors import ErrorClass, ProviderError
from bot.providers.replies.event_stream import Event, EventReader, EventTooLargeError
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_reader import parse_answer
from bot.services.ports import Reply, ReplyItem

TRANSCRIPT = """event: image_generation.partial_succeeded
data: {"type":"image_generation.partial_succeeded","model":"doubao-seedream-4-5-251128",\
"created":1790002000,"image_index":0,"url":"https://cdn.example.org/s/0.jpeg","size":"2848x1600"}

: keep-alive

event: image_generation.partial_failed
data: {"type":"image_generation.partial_failed","model":"doubao-seedream-4-5-251128",\
"created":1790002021,"image_index":1,"error":{"code":"OutputImageSensitiveContentDetected",\
"message":"The request failed because the output image may contain sensitive information."}}

event: image_generation.completed
data: {"type":"image_generation.completed","model":"doubao-seedream-4-5-251128",\
"created":1790002040,"usage":{"generated_images":1,"output_tokens":17800,"total_tokens":17800}}

data: [DONE]

"""


def events(*data: object, done: bool = True) -> bytes:
    texts = [item if isinstance(item, str) else json.dumps(item) for item in data]
    stream = "".join(f"data: {text}\n\n" for text in texts)
    return (stream + ("data: [DONE]\n\n" if done else "")).encode()


def parse(body: bytes) -> Reply:
    headers = {"content-type": "text/event-stream", "x-request-id": "r-1"}
    return parse_answer(Answer(status=200, body=body, headers=headers))


def picture(index: int | None, url: str, kind: str = "partial_succeeded") -> dict[str, Any]:
    data: dict[str, Any] = {"type": f"image_generation.{kind}", "url": url}
    return data if index is None else {**data, "image_index": index}


def test_the_documents_transcript_is_one_picture_and_one_withheld() -> None:
    reply = parse(TRANSCRIPT.encode())
    assert reply.items[0] == ReplyItem(url="https://cdn.example.org/s/0.jpeg")
    withheld = reply.items[1].failure
    assert withheld is not None
    assert withheld.error_class is ErrorClass.RESULT_WITHHELD
    assert reply.usage == {"generated_images": 1, "output_tokens": 17800, "total_tokens": 17800}
    assert (reply.request_id, reply.incomplete) == ("r-1", False)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_chunks_may_end_at_every_byte(newline: str) -> None:
    body = "event: é\ndata: {“1”}\n\n: ü\n\ndata:two\ndata:  ä€😀\nid: 4\n\n"
    stream = body.replace("\n", newline).encode()
    expected = [Event(name="é", data="{“1”}"), Event(name="", data="two\n ä€😀")]
    for cut in range(len(stream) + 1):
        reader = EventReader()
        assert reader.feed(stream[:cut]) + reader.feed(stream[cut:]) == expected, cut
    reader = EventReader()
    assert [event for byte in stream for event in reader.feed(bytes([byte]))] == expected


def test_a_byte_order_mark_and_unknown_fields_are_passed_over() -> None:
    reader = EventReader()
    assert reader.feed(b"\xef\xbb\xbfdata: 1\nretry: 5\nnonsense\n\n\n\n") == [
        Event(name="", data="1")
    ]


def test_the_last_event_needs_no_blank_line() -> None:
    reader = EventReader()
    assert reader.feed(b"data: [DONE]") == []
    assert reader.close() == [Event(name="", data="[DONE]")]
    assert reader.close() == []


def test_an_event_above_the_cap_is_refused_however_it_comes() -> None:
    reader = EventReader(cap_bytes=100)
    for _ in range(9):
        reader.feed(b"data: 123456789\n")
    assert reader.feed(b"\n")
    with pytest.raises(EventTooLargeError):
        reader.feed(b"data: 123456789\n" * 12)
    with pytest.raises(EventTooLargeError):
        EventReader(cap_bytes=100).feed(b"x" * 101)


def test_completed_without_a_picture_is_the_end_and_with_one_a_picture() -> None:
    end = {"type": "image_generation.completed", "usage": {"total_tokens": 1}}
    reply = parse(events(picture(0, "https://a.example/0"), end, done=False))
    assert (len(reply.items), reply.incomplete) == (1, False)
    for kind in ("image_generation.completed", "image_edit.completed"):
        only = parse(events({"type": kind, "b64_json": "iVBO", "usage": {"a": 1}}, done=False))
        assert only.items == (ReplyItem(base64="iVBO"),)
        assert (only.usage, only.incomplete) == ({"a": 1}, False)


def test_a_picture_named_again_by_the_summary_counts_once() -> None:
    url = "https://a.example/0"
    reply = parse(events(picture(0, url), picture(None, url, "completed")))
    assert reply.items == (ReplyItem(url=url),)


def test_previews_and_unknown_events_are_ignored() -> None:
    preview = {"type": "image_edit.partial_image", "b64_json": "AAAA", "partial_image_index": 0}
    stray: list[object] = ["not json", "[1]", {"type": "ping"}, {"type": "x", "error": "no"}]
    reply = parse(events(preview, *stray, picture(0, "https://a.example/0")))
    assert reply.items == (ReplyItem(url="https://a.example/0"),)


def test_the_event_line_names_the_kind_where_the_data_does_not() -> None:
    body = b'event: image_generation.partial_succeeded\ndata: {"url": "https://a.example/0"}\n\n'
    assert parse(body).items == (ReplyItem(url="https://a.example/0"),)


def test_pictures_stand_in_the_order_of_their_indices() -> None:
    body = events(picture(1, "https://a.example/1"), picture(0, "https://a.example/0"))
    assert [item.url for item in parse(body).items] == [
        "https://a.example/0",
        "https://a.example/1",
    ]


def test_reading_goes_on_after_a_failed_picture() -> None:
    failed = {
        "type": "image_generation.partial_failed",
        "image_index": 0,
        "error": {"code": "InternalServiceError", "message": "oh"},
    }
    reply = parse(events(failed, picture(1, "https://a.example/1")))
    assert [item.failure is None for item in reply.items] == [False, True]


def test_a_stream_without_an_end_keeps_its_pictures_and_is_incomplete() -> None:
    whole = events(picture(0, "https://a.example/0"), picture(1, "https://a.example/1"), done=False)
    reply = parse(whole[:-20])
    assert reply.items == (ReplyItem(url="https://a.example/0"),)
    assert reply.incomplete


def failure_of(body: bytes) -> Iterator[object]:
    with pytest.raises(ProviderError) as caught:
        parse(body)
    failure = caught.value.failure
    return iter((failure.error_class, failure.code, failure.should_retry))


def test_a_bare_error_fails_the_request_and_is_never_repeated() -> None:
    error = {"error": {"code": "InternalServiceError", "message": "oh"}}
    assert list(failure_of(events(error))) == [ErrorClass.SERVER, "InternalServiceError", False]


def test_a_bare_error_after_a_picture_is_a_partial_success() -> None:
    error = {"error": {"code": "InternalServiceError", "message": "oh"}}
    reply = parse(events(picture(0, "https://a.example/0"), error))
    assert reply.items[0].url == "https://a.example/0"
    failure = reply.items[1].failure
    assert failure is not None
    assert failure.code == "InternalServiceError"


def test_a_stream_of_failures_alone_fails_with_the_first() -> None:
    failed = {
        "type": "image_generation.partial_failed",
        "image_index": 0,
        "error": {"code": "OutputImageRiskDetection", "message": ""},
    }
    kind, code, _ = failure_of(events(failed))
    assert (kind, code) == (ErrorClass.RESULT_WITHHELD, "OutputImageRiskDetection")


def test_an_empty_stream_is_no_picture_and_a_broken_one_nobody_knows() -> None:
    assert next(failure_of(events())) is ErrorClass.NO_IMAGE
    assert next(failure_of(b": hello\n\n")) is ErrorClass.UNKNOWN_OUTCOME


def test_json_instead_of_a_stream_is_read_as_json() -> None:
    body = b' \n{"data": [{"url": "https://a.example/0"}]}'
    assert parse(body).items == (ReplyItem(url="https://a.example/0"),)


def test_a_stream_is_known_by_its_first_characters_whatever_its_type() -> None:
    answer = Answer(status=200, body=b"\n" + TRANSCRIPT.encode(), headers={})
    assert len(parse_answer(answer).items) == 2
