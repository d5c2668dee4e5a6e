"""How far a picture is extended to a side: sizes to ask for, and margins around the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.domain.catalog import PixelSize
from bot.domain.requests.sizes import ASPECT_TOLERANCE
from bot.domain.variations.variation import Variation

# An edge that grows becomes so many times as long.
GROWTH = 1.5
# Less than this would not be worth its credit: the model takes no shape that is wide enough.
LEAST_GROWTH = 1.15
# What is sent to be filled in has no more pixels than the largest result that a model makes.
MAX_CANVAS_PIXELS = 16_777_216

_SIDEWAYS = frozenset({Variation.WIDER_LEFT, Variation.WIDER_RIGHT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """Empty pixels around a picture."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """To which side a picture grows, and the shape (width / height) that it is to have then."""

    where: Variation
    ratio: float | None = None

    def margins(self, width: int, height: int) -> Margins:
        """Return the margins that give a picture of this size the shape."""
        ratio = self.ratio
        size = PixelSize(width, height)
        if ratio is None or not is_wider(ratio, size, self.where):
            ratio = float(grown(size, self.where).ratio)
        if self.where is Variation.WIDER_AROUND:
            wide = max(round(width * GROWTH), round(height * GROWTH * ratio))
            more, higher = wide - width, round(wide / ratio) - height
            left, top = more // 2, higher // 2
            return Margins(left=left, top=top, right=more - left, bottom=higher - top)
        if self.where in _SIDEWAYS:
            more = round(height * ratio) - width
            left = more if self.where is Variation.WIDER_LEFT else 0
            return Margins(left=left, right=more - left)
        more = round(width / ratio) - height
        top = more if self.where is Variation.WIDER_UP else 0
        return Margins(top=top, bottom=more - top)


def grown(picture: PixelSize, where: Variation) -> PixelSize:
    """Return the size of a picture after it was extended to a side, before any model's limits."""
    width, height = round(picture.width * GROWTH), round(picture.height * GROWTH)
    if where is Variation.WIDER_AROUND:
        return PixelSize(width, height)
    if where in _SIDEWAYS:
        return PixelSize(width, picture.height)
    return PixelSize(picture.width, height)


def is_wider(ratio: float, picture: PixelSize, where: Variation) -> bool:
    """Tell whether a shape is enough wider, or higher, than a picture to extend it to a side."""
    change = math.log(ratio / float(picture.ratio))
    if where is Variation.WIDER_AROUND:
        return abs(change) <= ASPECT_TOLERANCE
    return (change if where in _SIDEWAYS else -change) >= math.log(LEAST_GROWTH)
