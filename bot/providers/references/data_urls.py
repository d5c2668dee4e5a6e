"""Pictures inside of JSON: Base64 and data URLs into files, files into data URLs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path

from bot.domain.file_types import HEAD_BYTES, JPEG, picture_type

_DATA_URL = re.compile(r"\s*data:[^,]{0,200}?;base64,", re.IGNORECASE)
_SLICE_CHARACTERS = 1 << 20
# Whitespace goes, and the two letters of the URL-safe alphabet become the standard ones.
_STANDARD = {**dict.fromkeys(map(ord, " \t\r\n")), ord("-"): "+", ord("_"): "/"}


def data_url(path: Path, mime: str | None) -> str:
    """Write a file as `data:image/png;base64,…`; the vendor refuses `jpg` and capitals."""
    data = path.read_bytes()
    mime = (mime or picture_type(data[:HEAD_BYTES]) or JPEG).lower()
    mime = JPEG if mime == "image/jpg" else mime
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def data_url_length(size_bytes: int) -> int:
    """Return about how many characters a file of that size takes as a data URL."""
    return 30 + (size_bytes + 2) // 3 * 4


def decoded(text: str) -> Iterator[bytes]:
    """Decode Base64, with or without a data URL's beginning, piece by piece.

    Raises ValueError for anything else.
    """
    prefix = _DATA_URL.match(text)
    if prefix is None and text[:20].lstrip()[:5].lower() == "data:":
        raise ValueError("a data URL without Base64")
    start = prefix.end() if prefix else 0
    rest = ""
    for position in range(start, len(text), _SLICE_CHARACTERS):
        rest += text[position : position + _SLICE_CHARACTERS].translate(_STANDARD)
        whole = len(rest) // 4 * 4
        yield _strict(rest[:whole])
        rest = rest[whole:]
    if rest:
        yield _strict(rest + "=" * (-len(rest) % 4))


def _strict(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
