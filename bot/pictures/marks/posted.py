"""Names the marks of a file in few words, as they are stored with what was posted.

Runs in the bot's process too, on every result. So it looks for names and takes nothing apart that
a file could make large.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.provenance import PostedMark, stored_marks
from bot.pictures.marks.containers import Found, find

_SOURCE_TYPE, _AIGC = b"DigitalSourceType", re.compile(rb":AIGC[\s=>]")


def marks_in(data: bytes, mime: str, *, credentials: PostedMark) -> str:
    """Return which marks a file has, as they are stored; `credentials` says whose they are."""
    return stored_marks(_marks(find(data, mime), credentials))


def _marks(found: Found, credentials: PostedMark) -> Iterator[PostedMark]:
    if found.credentials:
        yield credentials
    if any(_SOURCE_TYPE in packet for packet in found.xmp):
        yield PostedMark.IPTC
    if found.aigc or any(_AIGC.search(packet) for packet in found.xmp):
        yield PostedMark.AIGC
