"""The rows of docs/spec/image-apis.md section 14.

The numbers are typed from the documents, never taken from the catalog.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.catalog import Offer, Operation
from bot.providers.dialects.dialect import CallContent
from bot.providers.dialects.seedream_gateway import SeedreamGateway
from tests.cases import every_case
from tests.domain.shipped import (
    CATALOG,
    EDITS,
    G40,
    G45,
    G50,
    GATEWAY,
    GENERATION,
    GPT,
    I2I,
    LITE,
    OPENAI,
    SEEDEDIT,
    V3,
    V40,
    V45,
    V50,
    accepted,
    judge,
    notes,
    offer,
    picture,
    pictures,
    the_one,
)

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT
DATA_URL = picture(url="data:image/png;base64,iVBORw0KGgo=")


def sized(width: int, height: int) -> dict[str, Any]:
    return {"references": (picture(width=width, height=height),)}


# Where a gateway row says "any", it is asked of each of its models.
ACCEPTED: list[tuple[str, str, Operation, dict[str, Any], list[str]]] = [
    (GENERATION, V40, GENERATE, {"size": "1K"}, []),
    (GENERATION, V45, GENERATE, {"size": "1K"}, ["size_doubtful"]),
    (GENERATION, V50, GENERATE, {"size": "3K"}, []),
    (GENERATION, V40, GENERATE, {"size": "1280x720"}, []),
    (GENERATION, V40, GENERATE, {"size": "1600x600"}, []),
    (GENERATION, V45, GENERATE, {"size": "2560x1440"}, []),
    (GENERATION, V50, GENERATE, {"size": "3750x1250"}, []),
    (GENERATION, V40, GENERATE, {"size": "16000x1000"}, []),
    (GENERATION, V45, GENERATE, {"references": pictures(14), "count": 1}, []),
    (GENERATION, V45, GENERATE, {"references": pictures(12), "count": 4, "related": False}, []),
    (EDITS, V40, EDIT, {"size": "1920x1920"}, []),
    (OPENAI, GPT, EDIT, {"size": "1792x944"}, []),
    (OPENAI, GPT, EDIT, {"size": "3840x2160"}, ["size_experimental"]),
    (OPENAI, GPT, EDIT, {"size": "640x1024"}, []),
    (OPENAI, GPT, EDIT, {"watermark": True}, ["option_doubtful"]),
    (SEEDEDIT, I2I, EDIT, sized(899, 300), []),
    (GATEWAY, G40, GENERATE, {"size": "960x960"}, []),
    *((GATEWAY, m, EDIT, {"references": pictures(10), "count": 5}, []) for m in (G40, G45, G50)),
    *((GATEWAY, m, EDIT, {"references": pictures(9), "count": 6}, []) for m in (G40, G45, G50)),
]

REFUSED: list[tuple[str, str, Operation, dict[str, Any], str, str]] = [
    (GENERATION, V40, GENERATE, {"size": "3K"}, "size", "size_keyword"),
    (GENERATION, V40, GENERATE, {"size": "800x800"}, "size", "size_too_few_pixels"),
    (GENERATION, V45, GENERATE, {"size": "2559x1440"}, "size", "size_too_few_pixels"),
    (GENERATION, V50, GENERATE, {"size": "1500x1500"}, "size", "size_too_few_pixels"),
    (GENERATION, V45, GENERATE, {"size": "4096x4097"}, "size", "size_too_many_pixels"),
    (GENERATION, V40, GENERATE, {"size": "16001x1000"}, "size", "size_ratio"),
    (GENERATION, V3, GENERATE, {"references": pictures(1)}, "reference", "reference_not_taken"),
    (GENERATION, V3, GENERATE, {"size": "2K"}, "size", "size_keyword"),
    (GENERATION, V40, GENERATE, {"guidance": 5.0}, "guidance", "option_not_taken"),
    (GENERATION, V45, GENERATE, {"references": pictures(15)}, "reference", "references_too_many"),
    (
        GENERATION,
        V45,
        GENERATE,
        {"references": pictures(12), "count": 4, "related": True},
        "count",
        "count_with_references",
    ),
    (EDITS, V40, EDIT, {"size": "1280x720"}, "size", "size_too_few_pixels"),
    (EDITS, V50, EDIT, {"references": ()}, "reference", "reference_missing"),
    (OPENAI, GPT, EDIT, {"size": "1792x936"}, "size", "size_multiple"),
    (OPENAI, GPT, EDIT, {"size": "3840x2176"}, "size", "size_too_many_pixels"),
    (OPENAI, GPT, EDIT, {"size": "512x1024"}, "size", "size_too_few_pixels"),
    (OPENAI, GPT, EDIT, {"size": "3072x1008"}, "size", "size_ratio"),
    (
        OPENAI,
        GPT,
        EDIT,
        {"background": "transparent", "format": "jpeg"},
        "background",
        "option_needs",
    ),
    (SEEDEDIT, I2I, EDIT, {"references": pictures(2)}, "reference", "references_too_many"),
    (SEEDEDIT, I2I, EDIT, sized(900, 300), "reference", "reference_ratio"),
    (SEEDEDIT, I2I, EDIT, sized(14, 14), "reference", "reference_too_small"),
    (SEEDEDIT, I2I, EDIT, {"guidance": 0.5}, "guidance", "option_range"),
    (SEEDEDIT, I2I, EDIT, {"seed": 2147483648}, "seed", "option_range"),
    (SEEDEDIT, I2I, EDIT, {"size": "2048x2048"}, "size", "size_pixels_not_taken"),
    (SEEDEDIT, I2I, EDIT, {"aspect": "16:9"}, "aspect", "aspect_not_taken"),
    (SEEDEDIT, I2I, EDIT, {"format": "png"}, "format", "option_not_taken"),
    (GATEWAY, G45, GENERATE, {"size": "960x960"}, "size", "size_too_few_pixels"),
    (GATEWAY, G40, GENERATE, {"size": "4097x2000"}, "size", "size_edge_too_long"),
    (GENERATION, LITE, GENERATE, {"stream": True}, "stream", "option_not_taken"),
    *(
        (GATEWAY, m, op, {"count": 7}, "count", "count_range")
        for m, op in [
            (G40, GENERATE),
            (G45, GENERATE),
            (G50, GENERATE),
            (G40, EDIT),
            (G45, EDIT),
            (G50, EDIT),
        ]
    ),
    *(
        (
            GATEWAY,
            model,
            EDIT,
            {"references": pictures(10), "count": 6},
            "count",
            "count_with_references",
        )
        for model in (G40, G45, G50)
    ),
    *(
        (GATEWAY, m, EDIT, {"references": pictures(11)}, "reference", "references_too_many")
        for m in (G40, G45, G50)
    ),
    *(
        (GATEWAY, m, EDIT, {"references": (DATA_URL,)}, "reference", "reference_needs_url")
        for m in (G40, G45, G50)
    ),
]


@every_case(("source", "model", "operation", "submission", "expected"), ACCEPTED)
def test_a_vector_that_the_reference_accepts_is_accepted(
    source: str, model: str, operation: Operation, submission: dict[str, Any], expected: list[str]
) -> None:
    assert notes(judge(offer(source, model, operation), **submission)) == expected


@every_case(("source", "model", "operation", "submission", "field", "kind"), REFUSED)
def test_a_vector_that_the_reference_refuses_is_refused_for_that_reason_alone(
    source: str, model: str, operation: Operation, submission: dict[str, Any], field: str, kind: str
) -> None:
    violation = the_one(judge(offer(source, model, operation), **submission))
    assert (violation.field, violation.kind) == (field, kind)


@every_case("one", CATALOG.offers, ids=lambda o: f"{o.source}-{o.model_id}")
@every_case(
    "prompt",
    ["", " ", "\n\t", "\u200b\u200d\ufeff", "\u202e", "\0", "\ud800", "\u3164", "\u2800", "\u0301"],
)
def test_a_prompt_that_shows_nothing_is_refused_everywhere(one: Offer, prompt: str) -> None:
    violation = the_one(judge(one, prompt=prompt))
    assert (violation.field, violation.kind) == ("prompt", "prompt_empty")


@pytest.mark.parametrize("prompt", ["fox", "狐", "🦊", "?", "\U0001fae9", "\uf8ff", "a\u0301"])
def test_a_prompt_of_a_single_sign_is_enough(prompt: str) -> None:
    assert accepted(judge(offer(GENERATION, V45), prompt=prompt)).prompt == prompt


def test_twelve_references_and_four_separate_pictures_are_four_calls() -> None:
    request = accepted(judge(offer(GENERATION, V45), references=pictures(12), count=4))
    assert request.calls() == (1, 1, 1, 1)
    assert not request.related


def test_the_gateways_two_names_of_the_count_never_travel_together() -> None:
    request = accepted(judge(offer(GATEWAY, G45, GENERATE), count=6))
    call = SeedreamGateway().build(
        CallContent(
            request=request,
            images=6,
            references=(),
            mask=None,
            user="",
            timeout_seconds=300,
        )
    )
    assert call.body["n"] == 6
    assert "num_images" not in call.body
