"""Judges of words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from bot.domain.safety.verdicts import Score


class Judge(Protocol):
    """Scores words and pictures by categories; decides nothing.

    Raises ProviderError where no whole answer came in time.
    """

    @property
    def name(self) -> str: ...

    async def words(self, text: str) -> Mapping[str, Score]:
        """Score a text, by category."""
        ...

    async def picture(self, path: Path) -> Mapping[str, Score]:
        """Score a JPEG of a picture, by category."""
        ...
