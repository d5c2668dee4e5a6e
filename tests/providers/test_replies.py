"""Replies: docs/spec/image-apis.md section 8."""

from __future__ import annotations

import json

import pytest

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_reader import parse_answer
from bot.services.ports import Reply, ReplyItem

URL = "https://cdn.example.org/a.jpeg?sig=1%2F2"


def parse(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_answer(Answer(status=status, body=data, headers=headers or {}))


def failure_of(body: object, status: int = 200) -> Failure:
    with pytest.raises(ProviderError) as caught:
        parse(body, status)
    return caught.value.failure


def test_a_set_with_one_refused_picture_is_the_documents_example() -> None:
    reply = parse(
        {
            "created": 1790000199,
            "model": "doubao-seedream-5-0-260128",
            "data": [
                {"url": "https://cdn.example.org/a.jpeg", "size": "2048x2048"},
                {
                    "error": {
                        "code": "OutputImageSensitiveContentDetected",
                        "message": "The request failed. Request id: 0217abc",
                    }
                },
                {"url": "https://cdn.example.org/c.jpeg", "size": "2048x2048"},
            ],
            "usage": {"generated_images": 2, "output_tokens": 32768, "total_tokens": 32768},
        }
    )
    assert reply == Reply(
        items=(
            ReplyItem(url="https://cdn.example.org/a.jpeg"),
            ReplyItem(
                failure=Failure(
                    error_class=ErrorClass.RESULT_WITHHELD,
                    code="OutputImageSensitiveContentDetected",
                    message="The request failed.",
                    request_id="0217abc",
                )
            ),
            ReplyItem(url="https://cdn.example.org/c.jpeg"),
        ),
        usage={"generated_images": 2, "output_tokens": 32768, "total_tokens": 32768},
    )


@pytest.mark.parametrize(
    ("entry", "item"),
    [
        ({"url": URL, "b64_json": None, "revised_prompt": "x", "novelty": {}}, ReplyItem(url=URL)),
        ({"url": "data:image/png;base64,iVBO"}, ReplyItem(url="data:image/png;base64,iVBO")),
        ({"b64_json": "iVBO\nRw0K", "url": ""}, ReplyItem(base64="iVBO\nRw0K")),
        ({"url": "ftp://x.example/", "b64_json": "iVBO"}, ReplyItem(base64="iVBO")),
        ({"url": 7, "b64_json": "iVBO"}, ReplyItem(base64="iVBO")),
    ],
)
def test_every_kind_of_picture_is_found(entry: object, item: ReplyItem) -> None:
    assert parse({"data": [entry]}).items == (item,)


@pytest.mark.parametrize("entry", [None, {}, {"url": None, "b64_json": ""}, {"url": " "}, "x", 3])
def test_an_entry_with_nothing_usable_is_a_failed_picture(entry: object) -> None:
    reply = parse({"data": [entry, {"url": URL}]})
    failure = reply.items[0].failure
    assert failure is not None
    assert (failure.error_class, failure.code) == (ErrorClass.NO_IMAGE, "empty_item")
    assert failure_of({"data": [entry]}).code == "empty_item"


def test_data_may_be_one_object() -> None:
    assert parse({"data": {"url": URL}}).items == (ReplyItem(url=URL),)
    assert parse({"data": {"b64_json": "iVBO"}}).items == (ReplyItem(base64="iVBO"),)


@pytest.mark.parametrize("data", [{}, [], None, "x", {"images": []}, 0])
def test_data_of_any_other_kind_is_no_image(data: object) -> None:
    failure = failure_of({"created": 1, "data": data})
    assert (failure.error_class, failure.code) == (ErrorClass.NO_IMAGE, "no_image")


def test_created_at_and_odd_usage_do_no_harm() -> None:
    assert parse({"created_at": 1, "data": [{"url": URL}], "usage": "much"}).usage is None
    tokens = {"input_tokens": 1, "input_tokens_details": {"image_tokens": 1}}
    assert parse({"data": [{"url": URL}], "usage": tokens}).usage == tokens


@pytest.mark.parametrize(
    "body", [b"", b"<html>ok</html>", b"[1]", b'"x"', b'{"data": [', b"[" * 9999]
)
def test_success_without_a_json_object_is_a_bad_response(body: bytes) -> None:
    assert failure_of(body).error_class is ErrorClass.BAD_RESPONSE


def test_a_top_level_error_under_status_200_is_that_error() -> None:
    error = {"code": "InputTextSensitiveContentDetected", "message": "no"}
    assert failure_of({"error": error, "data": []}).error_class is ErrorClass.PROMPT_REFUSED
    assert failure_of({"error": error}).http_status == 200


def test_a_usable_picture_beside_a_top_level_error_is_kept() -> None:
    assert parse({"error": {"code": "x"}, "data": [{"url": URL}]}).items == (ReplyItem(url=URL),)


def test_code_and_message_without_data_say_what_is_wrong() -> None:
    failure = failure_of({"code": "insufficient_user_quota", "message": "none", "data": None})
    assert failure.error_class is ErrorClass.CREDIT
    unknown = failure_of({"code": 17, "message": "what?", "data": None})
    assert (unknown.error_class, unknown.message) == (ErrorClass.NO_IMAGE, "what?")


def test_the_status_is_looked_at_first() -> None:
    assert failure_of({"data": [{"url": URL}]}, 500).error_class is ErrorClass.SERVER
    assert failure_of(b"<html>", 429).error_class is ErrorClass.RATE


def test_stray_surrogates_do_not_cost_a_paid_picture() -> None:
    body = b'{"data": [{"url": "https://a.example/0", "revised_prompt": "\\ud83d"}]}'
    assert parse(body).items == (ReplyItem(url="https://a.example/0"),)


def test_the_request_is_named_by_the_header() -> None:
    assert parse({"data": [{"url": URL}]}, headers={"x-request-id": "r-1"}).request_id == "r-1"
