"""What is needed of the picture workers, which the composition root hands in."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from bot.domain.errors import PictureError, PictureProblem


class Inspected(Protocol):
    """A decoded picture, as the workers describe it."""

    @property
    def mime(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def frames(self) -> int: ...


class Converted(Protocol):
    """A converted picture and the names of what was done to it."""

    @property
    def info(self) -> Inspected: ...
    @property
    def changes(self) -> Sequence[str]: ...


class Shrinker(Protocol):
    """Makes a reference smaller for a body that is too large."""

    async def shrink(self, source: Path, target: Path, *, longest_edge: int) -> object: ...


class PictureWorkers(Protocol):
    """What is needed of the picture workers; their errors carry a `kind`, sizes and a `limit`."""

    async def inspect(self, source: Path) -> Inspected: ...

    async def prepare(self, source: Path, target: Path, needs: Any) -> Converted: ...

    async def mask(
        self, source: Path, target: Path, *, width: int, height: int, limit_bytes: int
    ) -> Inspected: ...


_PROBLEMS = {
    "not_a_picture": PictureProblem.NOT_A_PICTURE,
    "broken": PictureProblem.BROKEN,
    "crashed": PictureProblem.BROKEN,
    "too_many_pixels": PictureProblem.TOO_MANY_PIXELS,
    "too_small": PictureProblem.CANNOT_FIT,
    "too_large": PictureProblem.TOO_MANY_BYTES,
    "mask_shape": PictureProblem.MASK_SHAPE,
    "mask_content": PictureProblem.MASK_KIND,
    "mask_empty": PictureProblem.MASK_KIND,
    "timeout": PictureProblem.TIMEOUT,
    "memory": PictureProblem.MEMORY,
}


@contextmanager
def as_picture_error() -> Generator[None]:
    """Translate the workers' refusals, told by their `kind`; everything else passes."""
    try:
        yield
    except Exception as error:
        problem = _PROBLEMS.get(str(getattr(error, "kind", "")))
        if problem is None:
            raise
        values = {
            name: value
            for name in ("width", "height", "limit")
            if (value := getattr(error, name, None)) is not None
        }
        raise PictureError(problem, **values) from None
