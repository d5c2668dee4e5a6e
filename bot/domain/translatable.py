"""Sentences of parts that say none themselves: in English for the log, marked for the catalogs.

`bot.ui.messages` translates them into the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


def N_(english: str) -> str:
    """Mark a text for the catalogs that is said later, in the reader's language."""
    return english


class Sentence(StrEnum):
    """A kind of what went wrong; its value is the sentence, with `{names}` to fill in."""

    def filled(self, values: Mapping[str, object]) -> str:
        """Return the sentence as the log has it."""
        return self.value.format_map(values)
