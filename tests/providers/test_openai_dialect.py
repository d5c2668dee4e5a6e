"""Kind `openai`: requests in, JSON or forms out (docs/spec/image-apis.md section 16)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.domain.requests.request import ImageRequest
from bot.providers.dialects.dialect import ApiSettings, CallContent, HttpCall
from bot.providers.dialects.sources import dialects
from tests.openai_images import Judge, load
from tests.providers.servers import make_request

A = "data:image/jpeg;base64,/9j/4AAQ"
B = "data:image/png;base64,iVBORw0KGgo="
MASK = "data:image/png;base64,iVBORw0KGgoA"
GENERATE, EDIT = "openai-generation", "openai-edits"


def wanted(source: str = GENERATE, **changes: Any) -> ImageRequest:
    values = {
        "model": "gpt-image-2",
        "provider": "openai",
        "operation": Operation.EDIT if source == EDIT else Operation.GENERATE,
        "size": "1536x1024",
        "options": {},
        **changes,
    }
    return make_request(source, **values)


def build(
    request: ImageRequest,
    images: int = 1,
    references: tuple[str, ...] = (),
    mask: str | None = None,
    user: str = "",
    **settings: str,
) -> HttpCall:
    dialect = dialects(ApiSettings(**settings))[request.source]
    return dialect.build(
        CallContent(
            request=request,
            images=images,
            references=references,
            mask=mask,
            user=user,
            timeout_seconds=285,
        )
    )


def test_a_generation_names_only_what_was_chosen() -> None:
    call = build(wanted(), 2, user="u_1")
    assert (call.method, call.path, call.files) == ("POST", "/images/generations", None)
    assert call.body == {
        "model": "gpt-image-2",
        "prompt": "a fox",
        "n": 2,
        "size": "1536x1024",
        "user": "u_1",
    }


def test_every_option_goes_under_openais_name_and_no_other_vendors_goes_at_all() -> None:
    options = {
        "quality": "xhigh",
        "background": "transparent",
        "format": "webp",
        "compression": 80,
        "moderation": "low",
        "watermark": True,
        "seed": 3,
        "guidance": 2.0,
        "stream": False,
    }
    body = build(wanted(size="auto", options=options)).body
    assert body == {
        "model": "gpt-image-2",
        "prompt": "a fox",
        "n": 1,
        "size": "auto",
        "quality": "xhigh",
        "background": "transparent",
        "output_format": "webp",
        "output_compression": 80,
        "moderation": "low",
    }


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("absent", None), ("b64_json", "b64_json"), ("url", "url")],
)
@pytest.mark.parametrize("source", [GENERATE, EDIT])
def test_the_form_of_the_reply_is_asked_for_only_if_the_operator_says_so(
    setting: str, expected: str | None, source: str
) -> None:
    body = build(wanted(source), references=(A,), response_format=setting).body
    assert body.get("response_format") == expected


@pytest.mark.parametrize(
    ("setting", "field"), [("user", "user"), ("safety_identifier", "safety_identifier")]
)
def test_the_members_code_goes_into_the_field_that_the_operator_chose(
    setting: str, field: str
) -> None:
    body = build(wanted(), user="u_1", member_code=setting).body
    assert {name: body[name] for name in body if body[name] == "u_1"} == {field: "u_1"}


def test_the_members_code_stays_here_if_the_operator_says_so() -> None:
    assert "u_1" not in build(wanted(), user="u_1", member_code="none").body.values()


def test_an_edit_is_a_form_with_its_pictures_as_files() -> None:
    one = build(wanted(EDIT), references=(A,))
    assert one.path == "/images/edits"
    assert one.files == [("image", A)]
    assert one.body == {"model": "gpt-image-2", "prompt": "a fox", "n": 1, "size": "1536x1024"}
    several = build(wanted(EDIT, mask=True), 3, (A, B), MASK, "u_1")
    assert several.files == [("image[]", A), ("image[]", B), ("mask", MASK)]
    assert (several.body["n"], several.body["user"]) == (3, "u_1")


def test_an_edit_as_json_has_its_mask_as_an_object() -> None:
    call = build(wanted(EDIT, mask=True), 1, (A, B), MASK, edits="json")
    assert (call.path, call.files) == ("/images/edits", None)
    assert call.body == {
        "model": "gpt-image-2",
        "prompt": "a fox",
        "n": 1,
        "size": "1536x1024",
        "images": [{"image_url": A}, {"image_url": B}],
        "mask": {"image_url": MASK},
    }


@pytest.fixture
def judge() -> Judge:
    found = load()
    if found is None:
        pytest.skip("OpenAI's schema is not at hand")
    return found


OPTIONS: list[dict[str, Any]] = [
    {},
    {"quality": "max", "background": "opaque", "moderation": "low"},
    {"format": "jpeg", "compression": 0},
    {"format": "png", "background": "transparent"},
]


def test_openais_own_schema_accepts_every_request(judge: Judge) -> None:
    problems: list[str] = []
    every = itertools.product(
        OPTIONS, ("auto", "1024x1024", "3840x2160"), (1, 10), ("user", "safety_identifier", "none")
    )
    for options, size, images, member in every:
        drawn = build(wanted(size=size, options=options), images, user="u_1", member_code=member)
        problems += judge.request(drawn.path, drawn.body)
        for references, mask in (((A,), None), ((A, B), MASK), ((A,) * 16, None)):
            edit = wanted(EDIT, size=size, options=options)
            form = build(edit, images, references, mask, "u_1", member_code=member)
            files = {name.removesuffix("[]"): "<bytes>" for name, _ in form.files or ()}
            problems += judge.request(form.path, {**form.body, **files}, form=True)
            written = build(edit, images, references, mask, "u_1", edits="json", member_code=member)
            problems += judge.request(written.path, written.body)
    assert problems == []


def test_the_judge_refuses_what_openai_refuses(judge: Judge) -> None:
    good = build(wanted()).body
    assert judge.request("/images/generations", {**good, "watermark": False})
    assert judge.request("/images/generations", {**good, "n": 11})
    edit = build(wanted(EDIT), 1, (A,), MASK, edits="json").body
    assert judge.request("/images/edits", {**edit, "mask": MASK})
    assert judge.request("/images/edits", {**edit, "images": []})
