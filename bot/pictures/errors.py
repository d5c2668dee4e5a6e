"""The one error of this package; the words a member reads are made elsewhere, from its numbers."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """Why a picture was refused."""

    NOT_A_PICTURE = "not_a_picture"  # none of the formats of `sniff`
    BROKEN = "broken"  # truncated, damaged, or a variant the decoder does not know
    TOO_MANY_PIXELS = "too_many_pixels"  # limit: pixels
    TOO_SMALL = "too_small"  # limit: each side must be longer than this many pixels
    TOO_LARGE = "too_large"  # limit: bytes that no quality and no size would meet
    MASK_SHAPE = "mask_shape"  # another ratio than the picture it belongs to
    MASK_CONTENT = "mask_content"  # neither transparent anywhere nor black and white
    MASK_EMPTY = "mask_empty"  # marks nothing that may change
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"  # the worker died over it


class PictureError(Exception):
    """A picture that cannot be used.

    width and height are those of the picture in pixels where they are known, `limit` is in the
    unit that its kind names. `detail` is technical and for the log only.
    """

    def __init__(
        self,
        kind: Problem,
        detail: str = "",
        width: int | None = None,
        height: int | None = None,
        limit: int | None = None,
    ) -> None:
        # All of it in `args`: that is what survives the way back from the worker.
        super().__init__(kind, detail, width, height, limit)
        self.kind = kind
        self.detail = detail
        self.width = width
        self.height = height
        self.limit = limit

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)
