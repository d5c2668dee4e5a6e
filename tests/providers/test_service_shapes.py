"""Replies as other services write them: pictures anywhere, tasks, and filters that say little.

docs/spec/replies.md section 1.
"""

from __future__ import annotations

import base64
import json

import pytest

from bot.domain.errors import ASYNCHRONOUS, ErrorClass, Failure, ProviderError
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_reader import parse_answer
from bot.services.ports import ReplyItem
from tests.cases import every_case
from tests.providers.servers import PNG

A, B = "https://cdn.example.org/a.png?s=1", "https://cdn.example.org/b.png"
SIGNED = "https://cdn.example.org/signed/42"
B64 = base64.b64encode(PNG).decode()
ONE, INLINE = [A], [B64]
OK_BODY = json.dumps({"data": [{"url": A, "revised_prompt": "café 狐狸"}]}, ensure_ascii=False)


def answer(body: object) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=200, body=data, base="https://api.example.org")


def pictures(body: object) -> list[str]:
    items = parse_answer(answer(body)).items
    return [item.url or item.base64 or "" for item in items if item.failure is None]


def failure(body: object) -> Failure:
    with pytest.raises(ProviderError) as caught:
        parse_answer(answer(body))
    return caught.value.failure


def events(*bodies: object) -> bytes:
    return "".join(f"data: {json.dumps(body)}\n\n" for body in bodies).encode()


FOUND: dict[str, tuple[object, list[str]]] = {
    "imageBytes": ({"generatedImages": [{"image": {"imageBytes": B64}}]}, INLINE),
    "fileUri": ({"candidates": [{"content": {"parts": [{"fileData": {"fileUri": A}}]}}]}, ONE),
    "sample": ({"id": "1", "status": "Ready", "result": {"sample": SIGNED}}, [SIGNED]),
    "render_urls": ({"output": {"task_status": "SUCCEEDED", "render_urls": [A]}}, ONE),
    "b64_image": ({"data": [{"object": "image", "b64_image": B64}]}, INLINE),
    "ResultImage": ({"Response": {"ResultImage": SIGNED, "RequestId": "r"}}, [SIGNED]),
    "final_image_list": ({"data": {"tasks": [{"final_image_list": [{"img_url": A}]}]}}, ONE),
    "binary": ({"code": 10000, "data": {"binary_data_base64": [B64], "image_urls": None}}, INLINE),
    "task_result": (
        {"data": {"task_id": "t", "task_status": "succeed", "task_result": {"images": [A]}}},
        ONE,
    ),
    "generations": ({"generations_by_pk": {"generated_images": [{"url": A}]}}, ONE),
    "oss_url": ({"data": [{"oss_url": SIGNED}]}, [SIGNED]),
    "JSON in a field": ({"data": {"resultJson": json.dumps({"resultUrls": [A]})}}, ONE),
    "JSON for data": ({"code": 200, "data": json.dumps({"images": [A]})}, ONE),
    "numbered": ({"images": {"0": A, "1": B}}, [A, B]),
    "numbered names": ({"made": {"image_1": A, "image_2": B}}, [A, B]),
    "the same one twice": ({"one": {"img_url": A}, "two": {"img_url": A}}, ONE),
    "one in two forms": ({"made": {"img_url": A, "img_b64": B64}}, ONE),
    "Markdown": ({"choices": [{"message": {"content": f"Here: ![fox]({A})"}}]}, ONE),
    "Markdown in url": ({"data": [{"url": f"![fox]({A})"}]}, ONE),
    "angle brackets": ({"data": [{"url": f"<{A}>"}]}, ONE),
    "quotes": ({"data": [{"url": f'"{A}"'}]}, ONE),
    "HTML": ({"data": [{"url": A + "&amp;t=2"}]}, [A + "&t=2"]),
    "a callback": (f"done({OK_BODY});".encode(), ONE),
    "a guard before it": (f")]}}'\n{OK_BODY}".encode(), ONE),
    "a warning before it": (f"<br />\n<b>Warning</b>: x in y.php\n{OK_BODY}".encode(), ONE),
    "Latin-1": (OK_BODY.replace("狐狸", "").encode("latin-1"), ONE),
    "GBK": (OK_BODY.replace("é", "").encode("gbk"), ONE),
    "lines": (b'{"status": "processing"}\n' + OK_BODY.encode() + b"\n", ONE),
    "lines of pictures": (
        b'{"images": ["%s"]}\n{"images": ["%s"]}' % (A.encode(), B.encode()),
        [A, B],
    ),
    "an address": (A.encode(), ONE),
    "Base64": (B64.encode(), INLINE),
    "a data URL": (f"data:image/png;base64,{B64}".encode(), [f"data:image/png;base64,{B64}"]),
    "events of parts": (
        events(
            {"candidates": [{"content": {"parts": [{"text": "a"}]}}]},
            {"candidates": [{"content": {"parts": [{"inlineData": {"data": B64}}]}}]},
        ),
        INLINE,
    ),
    "events of a chat": (
        events({"choices": [{"delta": {"images": [{"image_url": {"url": A}}]}}]}),
        ONE,
    ),
    "an event that is an address": (
        f"event: output\ndata: {A}\n\nevent: done\ndata: {{}}\n\n".encode(),
        ONE,
    ),
    "events that end in CR": (f"data: {OK_BODY}\r\rdata: [DONE]\r\r".encode(), ONE),
}
NO_PICTURE: dict[str, object] = {
    "the input": {"input": {"image": B64}, "output": None, "status": "succeeded"},
    "the request": {"request": {"image_url": A}, "images": []},
    "its parameters": {"parameters": {"init_images": [B64]}, "images": []},
    "a small preview": {"data": {"thumbnail_url": A}},
    "a page of help": {"code": 1, "message": "See the manual", "doc_url": A, "help": A},
    "a person's picture": {"user": {"avatar_url": A}, "data": []},
    "a link in prose": {"choices": [{"message": {"content": f"See {A}"}}]},
    "an address without a name": {"more": SIGNED},
    "letters that are none of ASCII": {"data": "生成中"},
    "a list of them": {"data": ["生成中", "🎨"]},
}
TASKS: dict[str, tuple[object, str]] = {
    "status_url": (
        {"status": "IN_QUEUE", "request_id": "7", "response_url": A, "status_url": B},
        "7",
    ),
    "polling_url": ({"id": "7", "polling_url": "https://api.example.org/result?id=7"}, "7"),
    "a job inside": ({"sdGenerationJob": {"generationId": "7", "apiCreditCost": 7}}, "7"),
    "words": ({"code": 1, "description": "提交成功", "result": "7"}, "7"),
    "an address to ask at": ({"status": "PENDING", "id": "7", "result_url": B}, "7"),
    "another state": ({"id": "7", "status": "Pending", "result": None}, "7"),
}
HELD_BACK: dict[str, tuple[object, set[str]]] = {
    "a state": ({"status": "Request Moderated", "result": None}, {"prompt_refused"}),
    "another state": ({"status": "Content Moderated", "result": None}, {"result_withheld"}),
    "a reason to end": ({"finish_reason": "CONTENT_FILTERED", "seed": 1}, {"result_withheld"}),
    **{
        reason: ({"candidates": [{"finishReason": reason}]}, {"result_withheld"})
        for reason in ("IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "SPII", "BLOCKLIST")
    },
    "a chat's refusal": (
        {"output": [{"content": [{"type": "refusal", "refusal": "I can't draw that."}]}]},
        {"prompt_refused"},
    ),
    "a flag": ({"data": [{"is_image_safe": False, "url": None}]}, {"result_withheld"}),
    "a code and words": (
        {"data": {}, "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}},
        {"prompt_refused"},
    ),
    "words of the output": (
        {"base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}},
        {"result_withheld"},
    ),
    "a code alone": ({"code": "sensitive_content", "data": None}, {"prompt_refused"}),
    "a code of another style": (
        {"code": "ContentModerationFailed", "message": ""},
        {"prompt_refused"},
    ),
    "a code in an error": ({"error": {"code": "SENSITIVE_CONTENT"}}, {"prompt_refused"}),
    "a type alone": ({"error": {"type": "safety_error", "message": ""}}, {"prompt_refused"}),
    "capitals": (
        {"Response": {"Error": {"Code": "TextIllegalDetected", "Message": "审核不通过"}}},
        {"prompt_refused"},
    ),
}


@every_case(("body", "found"), FOUND.values(), ids=FOUND.keys())
def test_a_picture_is_found_wherever_a_service_puts_it(body: object, found: list[str]) -> None:
    assert pictures(body) == found


@every_case(("body",), [(body,) for body in NO_PICTURE.values()], ids=NO_PICTURE.keys())
def test_what_is_no_result_is_not_taken_for_one(body: object) -> None:
    assert failure(body).error_class in (ErrorClass.NO_IMAGE, ErrorClass.SERVER)


@every_case(("body", "task"), TASKS.values(), ids=TASKS.keys())
def test_a_task_is_known_whatever_it_is_called(body: object, task: str) -> None:
    found = failure(body)
    assert (found.code, found.message) == (ASYNCHRONOUS, f"the service answers later; task {task}")


@every_case(("body", "classes"), HELD_BACK.values(), ids=HELD_BACK.keys())
def test_a_filter_is_told_as_one_however_little_it_says(body: object, classes: set[str]) -> None:
    assert failure(body).error_class in classes


def test_an_empty_reply_of_any_kind_is_a_failure_and_no_crash() -> None:
    for body in (
        b"",
        b"null",
        b"7",
        b'"ok"',
        b"true",
        b"[]",
        b"{}",
        b"<html>ok</html>",
        b"\xff\xfe",
    ):
        assert failure(body).error_class in (ErrorClass.BAD_RESPONSE, ErrorClass.NO_IMAGE)
    assert parse_answer(answer({"data": [A]})).items == (ReplyItem(url=A),)
