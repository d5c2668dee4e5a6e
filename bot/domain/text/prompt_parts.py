"""Words of a server's managers that go before and after every prompt.

They never become the member's words: a request keeps the two apart, and only what an image service
is sent has them joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# Enough for a style and a place; the shortest limits of models leave room for the member's own.
MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptParts:
    """What is added to a prompt; empty where nothing is."""

    before: str = ""
    after: str = ""

    @classmethod
    def typed(cls, before: str, after: str) -> PromptParts:
        """Return the parts that somebody typed, as they are kept."""
        return cls(before=_kept(before), after=_kept(after))

    @classmethod
    def of(cls, stored: object) -> PromptParts | None:
        """Read stored parts; None where they do not fit."""
        if not isinstance(stored, Mapping):
            return None
        values: Mapping[str, Any] = stored  # pyright: ignore[reportUnknownVariableType]
        texts = {name: values.get(name, "") for name in ("before", "after")}
        if not all(isinstance(text, str) for text in texts.values()):
            return None
        return cls.typed(**texts)

    def stored(self) -> dict[str, str]:
        """Return plain values for storage: only what is not empty."""
        return {name: text for name, text in asdict(self).items() if text}

    def __bool__(self) -> bool:
        return bool(self.before or self.after)

    @property
    def characters(self) -> int:
        """How many characters they take from the limit of a model."""
        return len(self.around(".")) - 1

    def around(self, prompt: str) -> str:
        """Return what is sent for a prompt."""
        return " ".join(filter(None, (self.before, prompt, self.after)))


NO_PARTS = PromptParts()


def _kept(text: str) -> str:
    """Return a text on one line, without what no service can read."""
    return " ".join(text.replace("\0", "").split())[:MOST_CHARACTERS].strip()
