"""What is needed of the picture workers, which the composition root hands in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from bot.domain.variations.canvas import Margins
from bot.services.ports import PictureFacts


class Converted(Protocol):
    """A converted picture, the names of what was done to it, and whether nothing was at all."""

    @property
    def info(self) -> PictureFacts: ...

    @property
    def changes(self) -> Sequence[str]: ...

    @property
    def same_bytes(self) -> bool: ...


class Shrinker(Protocol):
    """Makes a reference smaller for a body that is too large; raises PictureError."""

    async def shrink(self, source: Path, target: Path, *, longest_edge: int) -> object: ...


class PictureWorkers(Protocol):
    """What references need of the picture workers; raises PictureError."""

    async def inspect(self, source: Path) -> PictureFacts: ...

    async def prepare(self, source: Path, target: Path, needs: Any) -> Converted: ...

    async def mask(
        self, source: Path, target: Path, *, width: int, height: int, limit_bytes: int
    ) -> PictureFacts: ...

    async def extend(
        self, source: Path, target: Path, mask: Path, *, margins: Margins
    ) -> tuple[PictureFacts, PictureFacts]: ...
