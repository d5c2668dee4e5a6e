"""What somebody filled into a form, read from Discord's nested data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.services.ports import ReferenceSource
from bot.ui.discord_api.picture_finder import is_spoiler


class Fields:
    """The fields of a submitted form, by their names."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._fields = {str(part["custom_id"]): part for part in _fields(data["components"])}
        self._files: Mapping[str, Any] = data.get("resolved", {}).get("attachments", {})

    def text(self, name: str) -> str:
        """Return what was typed, or chosen as the only one; empty where nothing was."""
        return str(self._fields.get(name, {}).get("value") or "").strip()

    def chosen(self, name: str) -> list[str]:
        """Return what was chosen from a list."""
        return [str(value) for value in self._fields.get(name, {}).get("values") or ()]

    def files(self, name: str) -> tuple[ReferenceSource, ...]:
        """Return what was uploaded, in order."""
        found = [self._files[file_id] for file_id in self.chosen(name)]
        return tuple(
            ReferenceSource(
                url=file["url"],
                name=file["filename"],
                declared_bytes=file["size"],
                trusted=True,
                spoiler=is_spoiler(file),
            )
            for file in found
        )


def _fields(parts: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in parts:
        if "custom_id" in part:
            yield part
        if inner := part.get("component"):
            yield from _fields([inner])
        yield from _fields(part.get("components", ()))
