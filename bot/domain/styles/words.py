"""Puts a member's words into those of a style: a request keeps them apart, a service gets both."""

from __future__ import annotations

# Where the member's words go; without it they come first.
PLACE = "{prompt}"


def with_words(style: str | None, own: str) -> str:
    """Return what a service is sent: the words of a style with a member's own in every place.

    What a member typed is put in as it is: a place in it is none.
    """
    if not style:
        return own
    if PLACE in style:
        return style.replace(PLACE, own)
    return f"{own}, {style}" if own else style


def own_room(style: str | None, limit: int) -> int:
    """Return how many characters of their own a member has left within a limit."""
    if not style:
        return limit
    rest = len(with_words(style, "."))
    places = max(style.count(PLACE), 1)
    return max((limit - (rest - places)) // places, 0)
