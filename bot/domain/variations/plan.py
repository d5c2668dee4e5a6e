"""A variation that somebody chose, and how it is made."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.catalog import Offer
from bot.domain.requests.request import Draft, ImageRequest
from bot.domain.variations.variation import Variation


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody chose: a variation, how many, and of which picture of how many."""

    what: Variation
    count: int = 1
    number: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A variation that can be made, by an offer; `request` says what it costs.

    `same_model`: it is the model that made the result.
    """

    wish: Wish
    draft: Draft
    offer: Offer
    request: ImageRequest
    same_model: bool

    @property
    def asks_first(self) -> bool:
        """Whether its price is said once more before it is made."""
        return self.request.credits > 1 or self.wish.what is Variation.UPSCALE
