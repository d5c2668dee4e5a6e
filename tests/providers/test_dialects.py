"""Requests in, bodies out: the pairs of docs/spec/image-apis.md sections 3 to 7."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.domain.requests.request import ImageRequest
from bot.providers.dialects.dialect import ApiSettings, CallContent, HttpCall, WireForm
from bot.providers.dialects.sources import dialects
from tests.providers.servers import make_request

DIALECTS = dialects(ApiSettings())
A, B = "https://img.example.org/a.png", "https://img.example.org/b.png"
DATA = "data:image/jpeg;base64,/9j/4AAQ"


def build(
    request: ImageRequest,
    images: int = 1,
    references: tuple[str, ...] = (),
    mask: str | None = None,
    user: str = "",
    timeout_seconds: int = 165,
) -> HttpCall:
    dialect = DIALECTS[request.source]
    return dialect.build(
        CallContent(
            request=request,
            images=images,
            references=references,
            mask=mask,
            user=user,
            timeout_seconds=timeout_seconds,
        )
    )


def test_generation_of_one_picture_is_the_documents_example() -> None:
    request = make_request(
        prompt="A lighthouse on a basalt cliff at dusk, gouache, wide view", size="2848x1600"
    )
    call = build(request, user="u_5f1c0a77")
    assert (call.method, call.path) == ("POST", "/images/generations")
    assert call.body == {
        "model": "doubao-seedream-4-5-251128",
        "prompt": "A lighthouse on a basalt cliff at dusk, gouache, wide view",
        "size": "2848x1600",
        "response_format": "url",
        "watermark": False,
        "user": "u_5f1c0a77",
    }


def test_a_set_from_two_references_is_the_documents_example() -> None:
    request = make_request(
        model="doubao-seedream-5-0-260128",
        prompt="Four separate pictures",
        size="2K",
        count=4,
        related=True,
        references=2,
    )
    assert build(request, 4, (DATA, B)).body == {
        "model": "doubao-seedream-5-0-260128",
        "prompt": "Four separate pictures",
        "image": [DATA, B],
        "size": "2K",
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": 4},
        "response_format": "url",
        "watermark": False,
    }


def test_seedream_3_counts_with_n_and_is_the_documents_example() -> None:
    request = make_request(
        model="doubao-seedream-3-0-t2i-250415",
        prompt="Poster draft, red bicycle, flat colours",
        size="1024x1024",
        per_call=10,
        options={"guidance": 2.5, "watermark": False},
    )
    expected = {
        "model": "doubao-seedream-3-0-t2i-250415",
        "prompt": "Poster draft, red bicycle, flat colours",
        "size": "1024x1024",
        "n": 1,
        "guidance_scale": 2.5,
        "response_format": "url",
        "watermark": False,
    }
    assert build(request).body == expected
    assert build(request, 3).body == {**expected, "n": 3}


@pytest.mark.parametrize(("related", "images"), [(False, 4), (False, 1), (True, 1)])
def test_nothing_about_sets_or_counts_is_sent_unless_a_set_is_wanted(
    related: bool, images: int
) -> None:
    body = build(make_request(related=related), images).body
    assert not {"sequential_image_generation", "sequential_image_generation_options", "n"} & set(
        body
    )


def test_generation_sends_its_further_options_under_their_names() -> None:
    request = make_request(
        options={"seed": 7, "format": "png", "watermark": True, "stream": True, "quality": "high"}
    )
    body = build(request, references=(DATA,)).body
    assert body["image"] == DATA
    assert (body["seed"], body["output_format"], body["stream"]) == (7, "png", True)
    assert body["watermark"] is True
    assert "quality" not in body


@pytest.mark.parametrize("source", list(DIALECTS))
def test_stream_is_never_sent_as_false(source: str) -> None:
    request = make_request(source, options={"stream": False})
    assert "stream" not in build(request, references=(A,)).body


def test_seedream_edits_are_the_documents_examples() -> None:
    one = make_request(
        "routescope-seedream-edits",
        model="doubao-seedream-5-0-260128",
        prompt="snowy night",
        size="1920x1920",
        operation=Operation.EDIT,
    )
    call = build(one, references=(DATA,))
    assert call.path == "/images/edits"
    assert call.body == {
        "model": "doubao-seedream-5-0-260128",
        "prompt": "snowy night",
        "image": DATA,
        "size": "1920x1920",
        "watermark": False,
    }
    several = make_request("routescope-seedream-edits", prompt="same light", size="2304x1728")
    assert build(several, references=(A, B), user="u_1").body == {
        "model": "doubao-seedream-4-5-251128",
        "prompt": "same light",
        "image": [A, B],
        "size": "2304x1728",
        "watermark": False,
        "user": "u_1",
    }


def test_openai_edits_are_the_documents_examples() -> None:
    request = make_request(
        "routescope-openai-edits",
        model="gpt-image-2",
        prompt="Merge both drawings into one postcard",
        size="1536x1024",
        options={"quality": "medium", "format": "jpeg", "compression": 90},
    )
    call = build(request, references=(A, B))
    assert call.path == "/images/edits"
    assert call.body == {
        "model": "gpt-image-2",
        "prompt": "Merge both drawings into one postcard",
        "images": [{"image_url": A}, {"image_url": B}],
        "size": "1536x1024",
        "quality": "medium",
        "output_format": "jpeg",
        "output_compression": 90,
        "n": 1,
    }
    masked = make_request(
        "routescope-openai-edits",
        model="gpt-image-2",
        prompt="northern lights",
        size="auto",
        mask=True,
        options={"background": "opaque", "moderation": "auto"},
    )
    assert build(masked, 2, (A,), "data:image/png;base64,iVBO", user="u_1").body == {
        "model": "gpt-image-2",
        "prompt": "northern lights",
        "images": [{"image_url": A}],
        "mask": "data:image/png;base64,iVBO",
        "size": "auto",
        "background": "opaque",
        "moderation": "auto",
        "n": 2,
        "user": "u_1",
    }


def test_seededit_is_the_documents_example_and_names_no_user() -> None:
    request = make_request(
        "seededit",
        model="doubao-seededit-3-0-i2i-250628",
        prompt="Make the umbrella yellow",
        size="adaptive",
        options={"seed": 42, "guidance": 5.5, "watermark": False},
    )
    call = build(request, references=("https://img.example.org/street.jpg",), user="u_1")
    assert call.path == "/images/generations"
    assert call.body == {
        "model": "doubao-seededit-3-0-i2i-250628",
        "prompt": "Make the umbrella yellow",
        "image": "https://img.example.org/street.jpg",
        "response_format": "url",
        "size": "adaptive",
        "seed": 42,
        "guidance_scale": 5.5,
        "watermark": False,
    }


def test_gateway_text_only_is_the_documents_example() -> None:
    request = make_request(
        "seedream-gateway",
        model="seedream-4.5",
        prompt="Paper-cut style fox in a birch forest",
        per_call=6,
        options={"watermark": False, "stream": True, "seed": 3},
    )
    call = build(request, 2, timeout_seconds=325, user="u_1")
    assert call.path == "/images/generations"
    assert call.body == {
        "model": "seedream-4.5",
        "prompt": "Paper-cut style fox in a birch forest",
        "n": 2,
        "custom_size": {"width": 2560, "height": 1440},
        "timeout_seconds": 325,
    }


def test_gateway_with_references_goes_to_the_edits() -> None:
    request = make_request(
        "seedream-gateway", model="seedream-5.0-lite", prompt="the jacket", size="1728x2304"
    )
    call = build(request, references=(A, B), timeout_seconds=285)
    assert call.path == "/images/edits"
    assert call.body == {
        "model": "seedream-5.0-lite",
        "prompt": "the jacket",
        "images": [A, B],
        "n": 1,
        "custom_size": {"width": 1728, "height": 2304},
        "timeout_seconds": 285,
    }


@pytest.mark.parametrize(
    ("source", "images", "seconds"),
    [
        ("routescope-seedream-generation", 15, 180),
        ("routescope-seedream-edits", 1, 180),
        ("routescope-openai-edits", 10, 180),
        ("seededit", 1, 300),
        ("seedream-gateway", 2, 340),
        ("seedream-gateway", 40, 900),
        ("openai-generation", 10, 660),
        ("openai-edits", 1, 300),
        ("ark-images", 15, 860),
        ("openrouter-images", 3, 380),
    ],
)
def test_each_source_gets_the_time_of_section_12(source: str, images: int, seconds: float) -> None:
    assert DIALECTS[source].read_seconds(images) == seconds


def test_wire_forms_are_those_of_section_10() -> None:
    forms: dict[str, Any] = {source: dialect.form for source, dialect in DIALECTS.items()}
    assert forms == {
        "routescope-seedream-generation": WireForm.INLINE,
        "routescope-seedream-edits": WireForm.INLINE,
        "routescope-openai-edits": WireForm.PREFER_URL,
        "seededit": WireForm.INLINE,
        "seedream-gateway": WireForm.URL_ONLY,
        "openai-generation": WireForm.INLINE,
        "openai-edits": WireForm.FILES,
        "ark-images": WireForm.INLINE,
        "openrouter-images": WireForm.INLINE,
    }
