"""What an API may be said to need."""

from __future__ import annotations

import pytest

from bot.domain.file_types import PNG, WEBP
from bot.pictures.picture_values import Needs


def test_needs_without_a_format_to_fall_back_on_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="as PNG and as JPEG"):
        Needs(formats=frozenset({WEBP, PNG}), max_bytes=1)
