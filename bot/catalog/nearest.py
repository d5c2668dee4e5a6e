"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def near(wrong: str, known: Collection[str]) -> str | None:
    """Return the known name most like a wrong one."""
    return next(iter(difflib.get_close_matches(wrong, known, n=1)), None)
