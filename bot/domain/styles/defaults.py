"""A member's own defaults: what holds for their requests where they say nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.domain.catalog import ASPECTS
from bot.domain.requests.request import OptionValue
from bot.domain.server import Language

# What several of nearly every model's offers can: a list for a phone.
SIZES = ("1K", "2K", "4K")
COUNTS = (1, 2, 3, 4)
LANGUAGES = tuple(one.value for one in Language if one is not Language.AUTO)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDefaults:
    """None where a member has decided nothing. `style` is the id of one."""

    model: str | None = None
    aspect: str | None = None
    size: str | None = None
    count: int | None = None
    style: str | None = None
    private: bool | None = None
    spoiler: bool | None = None
    language: str | None = None

    @classmethod
    def of(cls, stored: object) -> MemberDefaults:
        """Read stored values; what does not fit is nothing, so that no odd row stops anybody."""
        if not isinstance(stored, Mapping):
            return cls()
        values: Mapping[str, Any] = stored  # pyright: ignore[reportUnknownVariableType]
        return cls(**{name: v for name, v in values.items() if _fits(name, v)})

    def stored(self) -> dict[str, OptionValue] | None:
        """Return plain values for storage; None where nothing is decided."""
        return {name: v for name, v in asdict(self).items() if v is not None} or None

    @property
    def wishes(self) -> dict[str, OptionValue]:
        """Fields of a draft."""
        names = ("model", "aspect", "size", "count")
        return {name: v for name, v in asdict(self).items() if name in names and v is not None}


NO_DEFAULTS = MemberDefaults()
NAMES = tuple(f.name for f in fields(MemberDefaults))


def _fits(name: str, value: object) -> bool:
    match name:
        case "aspect":
            return value in ASPECTS
        case "size":
            return value in SIZES
        case "count":
            return isinstance(value, int) and not isinstance(value, bool) and value in COUNTS
        case "private" | "spoiler":
            return isinstance(value, bool)
        case "language":
            return value in LANGUAGES
        case "model" | "style":
            return isinstance(value, str) and 0 < len(value) <= 200
        case _:
            return False
