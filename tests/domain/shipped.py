"""The shipped catalog with every provider switched on, and short ways to ask it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.catalog import CatalogProvider, load_catalog
from bot.domain.catalog import Offer, Operation
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Policy,
    Reference,
    Refusal,
    Violation,
)
from bot.domain.requests.routing import Defaults, Router

GENERATION = "routescope-seedream-generation"
EDITS = "routescope-seedream-edits"
OPENAI = "routescope-openai-edits"
SEEDEDIT = "seededit"
GATEWAY = "seedream-gateway"

V3 = "doubao-seedream-3-0-t2i-250415"
V40 = "doubao-seedream-4-0-250828"
V45 = "doubao-seedream-4-5-251128"
V50 = "doubao-seedream-5-0-260128"
LITE = "doubao-seedream-5-0-lite-260128"
GPT = "gpt-image-2"
I2I = "doubao-seededit-3-0-i2i-250628"
G40 = "seedream-4.0"
G45 = "seedream-4.5"
G50 = "seedream-5.0-lite"

CATALOG = load_catalog(
    {},
    {
        "routescope": CatalogProvider(kind="routescope"),
        "seededit": CatalogProvider(kind="seededit"),
        "seedream": CatalogProvider(kind="seedream"),
    },
)
EVERY_OFFER = [pytest.param(o, id=f"{o.source}-{o.model_id}-{o.operation}") for o in CATALOG.offers]
ROUTER = Router(catalog=CATALOG, defaults=Defaults(generate=V45, edit=V45), policy=Policy())

Checked = ImageRequest | list[Violation]


def offer(source: str, model: str, operation: Operation | None = None) -> Offer:
    """Return the one offer of a source and a model."""
    (found,) = (o for o in CATALOG.of(model, operation) if o.source == source)
    return found


def pictures(count: int) -> tuple[Reference, ...]:
    """Return references that every model takes: square, small, public."""
    return tuple(picture(url=f"https://img.example.org/{n}.jpg") for n in range(1, count + 1))


def picture(**facts: object) -> Reference:
    """Return a reference that every model takes, but for the given facts."""
    plain = Reference(
        url="https://img.example.org/1.jpg",
        mime="image/jpeg",
        width=1024,
        height=1024,
        bytes=200_000,
    )
    return replace(plain, **facts)  # pyright: ignore[reportArgumentType]


def judge(offer: Offer, policy: Policy | None = None, **submission: object) -> Checked:
    """Hold a draft against an offer, once straight and once by way of the router: they agree.

    Where the offer changes pictures and none is named, one that every model takes is added.
    """
    if offer.operation is Operation.EDIT:
        submission.setdefault("references", pictures(1))
    submission.setdefault("prompt", "a lighthouse in fog")
    draft = Draft(model=offer.model_id, operation=offer.operation, **submission)  # pyright: ignore[reportArgumentType]
    result = check(draft, offer, policy)
    routed = replace(ROUTER, policy=policy or Policy()).route(draft)
    if isinstance(routed, Refusal):
        assert list(routed.violations) == result
        assert routed.offer == offer
    else:
        assert routed == (offer, result)
    return result


def accepted(result: Checked) -> ImageRequest:
    """Return the request; a refusal fails the test with its reasons."""
    assert isinstance(result, ImageRequest), result
    return result


def refused(result: Checked) -> list[Violation]:
    """Return the violations; an accepted draft fails the test."""
    assert not isinstance(result, ImageRequest), result
    assert result
    return result


def the_one(result: Checked) -> Violation:
    """Return the only violation."""
    (violation,) = refused(result)
    return violation


def notes(result: Checked) -> list[str]:
    """Return the kinds of an accepted draft's notes."""
    return [note.kind.value for note in accepted(result).notes]
