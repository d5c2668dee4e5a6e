"""Which models can do all of a style, what it costs with them, and what the others leave out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.catalog import Offer
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Reference
from bot.domain.styles.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """A model with a style: the credits of one picture, and the fields that it leaves out."""

    offer: Offer
    credits: int
    without: tuple[str, ...] = ()


def able(style: Style, offers: Iterable[Offer]) -> list[Able]:
    """Return what each offer makes of a style, the style's own model first, then the ablest."""
    found = [_with(style, offer) for offer in offers]
    return sorted(found, key=lambda one: (one.offer.model_id != style.model, len(one.without)))


def _with(style: Style, offer: Offer) -> Able:
    values: dict[str, Any] = {n: v for n, v in style.values.items() if n != "model"}
    pictures = (Reference(),) * style.pictures
    draft = Draft(
        prompt="x", operation=offer.operation, style_words=style.words, references=pictures
    )
    without: list[str] = []
    # Each round gives something up, or it is the last.
    for _ in range(len(values) + 2):
        asked = check(replace(draft, **values), offer)
        if isinstance(asked, ImageRequest):
            return Able(offer=offer, credits=asked.unit_credits, without=tuple(without))
        for problem in asked:
            if problem.field == "reference" and draft.references:
                draft = replace(draft, references=())
                without.append("references")
            elif problem.field in values:
                del values[problem.field]
                without.append(problem.field)
    return Able(offer=offer, credits=offer.cost.credits, without=tuple(without))
