"""Strict reading of one JSON body: exact types, ranges, and nothing that was not asked for.

Real gateways drop what they do not know; these APIs refuse it, so that a mistake is seen.
"""

from collections.abc import Mapping
from typing import cast

from bot.sandbox.image_apis.apis.limits import (
    MAX_GUIDANCE,
    MAX_SEED,
    MIN_GUIDANCE,
    MIN_SEED,
)
from bot.sandbox.image_apis.apis.refusal import JsonObject, invalid, missing


class Fields:
    """The fields of a body; each is read by name, and `finish` refuses those never read.

    With `nulls`, a null stands for a field that was not sent: official SDKs write all of them.
    """

    def __init__(
        self, body: Mapping[str, object], prefix: str = "", *, nulls: bool = False
    ) -> None:
        self._body = body
        if nulls:
            self._body = {name: value for name, value in body.items() if value is not None}
        self._nulls = nulls
        self._prefix = prefix
        self._read: set[str] = set()

    def has(self, name: str) -> bool:
        """Tell whether the field was sent; else a null counts, and is refused when it is read."""
        return name in self._body

    def raw(self, name: str) -> object:
        """Give the value as it is."""
        self._read.add(name)
        return self._body.get(name)

    def param(self, name: str) -> str:
        """Name the field as error envelopes do."""
        return self._prefix + name

    def text(self, name: str, *, choices: tuple[str, ...] | None = None) -> str | None:
        """Read a string, None where it was not sent."""
        value = self.raw(name)
        if not self.has(name):
            return None
        if not isinstance(value, str):
            raise invalid(self.param(name), "it must be a string")
        if choices and value not in choices:
            raise invalid(self.param(name), f"it must be one of {', '.join(choices)}")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """Read one of a few words."""
        value = self.text(name, choices=choices)
        return default if value is None else value

    def required_text(self, name: str) -> str:
        """Read a string that must be there and not be empty."""
        value = self.text(name)
        if value is None:
            raise missing(self.param(name))
        if not value:
            raise invalid(self.param(name), "it is empty")
        return value

    def prompt(self, longest: int) -> str:
        """Read the prompt: not blank, valid Unicode, at most `longest` characters."""
        value = self.required_text("prompt")
        if not value.strip():
            raise invalid("prompt", "it is empty")
        if len(value) > longest:
            raise invalid("prompt", f"it must have at most {longest} characters")
        return value

    def integer(self, name: str, low: int, high: int | None) -> int | None:
        """Read an integer between `low` and `high`; true, 1.0 and "1" are none."""
        value = self.raw(name)
        if not self.has(name):
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(self.param(name), "it must be an integer")
        if value < low or (high is not None and value > high):
            bounds = f"at least {low}" if high is None else f"between {low} and {high}"
            raise invalid(self.param(name), f"it must be {bounds}")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        """Read true or false."""
        value = self.raw(name)
        if not self.has(name):
            return default
        if not isinstance(value, bool):
            raise invalid(self.param(name), "it must be a boolean")
        return value

    def guidance(self) -> None:
        """Check `guidance_scale`, a number between 1 and 10."""
        value = self.raw("guidance_scale")
        if not self.has("guidance_scale"):
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid("guidance_scale", "it must be a number")
        if not MIN_GUIDANCE <= value <= MAX_GUIDANCE:
            raise invalid("guidance_scale", "it must be between 1 and 10")

    def seed(self) -> int:
        """Read `seed`; -1 stands for any."""
        value = self.integer("seed", MIN_SEED, MAX_SEED)
        return -1 if value is None else value

    def object(self, name: str) -> "Fields | None":
        """Read a nested object; the caller finishes it."""
        value = self.raw(name)
        if not self.has(name):
            return None
        if not isinstance(value, dict):
            raise invalid(self.param(name), "it must be an object")
        body = as_object(cast("object", value))
        return Fields(body, prefix=f"{self.param(name)}.", nulls=self._nulls)

    def finish(self) -> None:
        """Refuse everything that was sent beyond the fields that were read."""
        for name in self._body:
            if name not in self._read:
                raise invalid(self.param(name)[:80], "Unsupported parameter")


def as_object(value: object) -> JsonObject:
    """Narrow parsed JSON to an object; anything else has no fields."""
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Narrow parsed JSON to a list; anything else has no items."""
    return cast("list[object]", value) if isinstance(value, list) else []
