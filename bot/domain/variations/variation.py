"""The kinds of variations, as they are stored with a request and named in custom ids."""

from __future__ import annotations

from enum import StrEnum

# Versions that one choice makes at most.
MOST_VERSIONS = 4


class Variation(StrEnum):
    """What is made of a result; `WIDER_...` says to which side it grows."""

    VARY = "vary"
    UPSCALE = "upscale"
    WIDER_LEFT = "wider-left"
    WIDER_RIGHT = "wider-right"
    WIDER_UP = "wider-up"
    WIDER_DOWN = "wider-down"
    WIDER_AROUND = "wider-around"
    BACKGROUND = "background"

    @property
    def wider(self) -> bool:
        return self in _WIDER

    @property
    def of_picture(self) -> bool:
        """Whether it starts from the finished picture, and not from its request."""
        return self is not Variation.VARY


_WIDER = frozenset(
    {
        Variation.WIDER_LEFT,
        Variation.WIDER_RIGHT,
        Variation.WIDER_UP,
        Variation.WIDER_DOWN,
        Variation.WIDER_AROUND,
    }
)
