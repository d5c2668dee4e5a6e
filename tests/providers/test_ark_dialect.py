"""Kind `ark`: one path, and no field unknown to its SDKs (docs/spec/image-apis.md section 17)."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.providers.dialects.dialect import ApiSettings, CallContent, HttpCall
from bot.providers.dialects.sources import dialects
from tests.providers.servers import make_request

A, B = "data:image/jpeg;base64,/9j/4AAQ", "data:image/png;base64,iVBORw0KGgo="
# The fields of `images.generate` in volcengine-python-sdk 5.0.54 and byteplus-python-sdk-v2 3.0.63.
FIELDS = {
    "model",
    "prompt",
    "image",
    "size",
    "response_format",
    "watermark",
    "stream",
    "sequential_image_generation",
    "sequential_image_generation_options",
    "output_format",
    "optimize_prompt_options",
    "tools",
    "seed",
    "guidance_scale",
    "layer_decomposition",
    "background",
}


def build(images: int = 1, references: tuple[str, ...] = (), **changes: Any) -> HttpCall:
    request = make_request("ark-images", provider="ark", **changes)
    dialect = dialects(ApiSettings())["ark-images"]
    return dialect.build(
        CallContent(
            request=request,
            images=images,
            references=references,
            mask=None,
            user="u_1",
            timeout_seconds=285,
        )
    )


def test_words_alone_are_the_smallest_body() -> None:
    call = build(size="2K")
    assert (call.method, call.path) == ("POST", "/images/generations")
    assert call.body == {
        "model": "doubao-seedream-4-5-251128",
        "prompt": "a fox",
        "size": "2K",
        "watermark": False,
        "response_format": "url",
    }


def test_edits_go_to_the_same_path_with_their_pictures_in_order() -> None:
    one = build(references=(A,), operation=Operation.EDIT)
    several = build(references=(A, B), operation=Operation.EDIT)
    assert one.path == several.path == "/images/generations"
    assert one.body["image"] == A
    assert several.body["image"] == [A, B]


def test_a_set_names_its_largest_number() -> None:
    body = build(4, related=True, count=4).body
    assert body["sequential_image_generation"] == "auto"
    assert body["sequential_image_generation_options"] == {"max_images": 4}


@pytest.mark.parametrize(("related", "images"), [(False, 4), (True, 1), (False, 1)])
def test_nothing_of_sets_or_streams_is_sent_unless_it_is_wanted(related: bool, images: int) -> None:
    body = build(images, related=related, options={"stream": False}).body
    assert not {
        "sequential_image_generation",
        "sequential_image_generation_options",
        "stream",
    } & set(body)


def test_every_field_is_one_of_the_vendors_sdks() -> None:
    options = {
        "format": "png",
        "background": "transparent",
        "watermark": True,
        "stream": True,
        "seed": 1,
        "quality": "high",
    }
    body = build(3, (A,), related=True, options=options).body
    assert body.keys() <= FIELDS
    assert not {"n", "user"} & set(body)
    assert (body["output_format"], body["background"], body["stream"]) == (
        "png",
        "transparent",
        True,
    )
