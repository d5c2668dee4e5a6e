"""Searches a whole reply for pictures where none is in a place that is known. No I/O.

The last resort for a reply that was paid: what a field is called tells whether an address in it is
a picture. What a service repeats of the request, previews and addresses to ask at are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from bot.services.ports import ReplyItem

_DEEPEST = 12
_LONGEST_TEXT = 1_000_000
# Names of fields, without case, digits and signs between their words.
_PICTURES = re.compile(
    r"image|img|picture|photo|pic(s|url)?$|sample|render|artwork|result|output|file|download|oss"
    r"|media|final|asset"
)
_OTHERS = re.compile(
    r"input|request|prompt|param|source|reference|init|origin|mask|thumb|preview|cover|webhook"
    r"|callback|status|cancel|poll|stream|log|doc|help|upload|avatar|responseurl|usage|meta|config"
)
_PICTURE_FILE = re.compile(r"\.(png|jpe?g|webp|gif|avif)([?#!]|$)", re.IGNORECASE)
# An address that may be a picture or may not needs a field that says so.
_WEB = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"!\[[^\]]*\]\(\s*<?([^\s)>]+)", re.IGNORECASE)

IsBase64 = Callable[[str], bool]
IsPending = Callable[[Mapping[str, object]], bool]


def found_anywhere(
    body: object, *, is_base64_picture: IsBase64, is_pending: IsPending
) -> tuple[ReplyItem, ...]:
    """Return the pictures that a reply names at all, each once."""
    search = _Search(is_base64_picture, is_pending)
    return tuple(dict.fromkeys(search.within(body, "", 0)))


class _Search:
    def __init__(self, is_base64_picture: IsBase64, is_pending: IsPending) -> None:
        self._is_base64_picture = is_base64_picture
        self._is_pending = is_pending

    def within(self, value: object, name: str, depth: int) -> Iterator[ReplyItem]:
        if depth > _DEEPEST:
            return
        if isinstance(value, str):
            yield from self._text(value, name, depth)
        elif isinstance(value, list):
            for one in cast("list[object]", value):
                yield from self.within(one, name, depth + 1)
        elif isinstance(value, dict):
            yield from self._fields(cast("dict[str, object]", value), name, depth)

    def _fields(self, fields: Mapping[str, object], name: str, depth: int) -> Iterator[ReplyItem]:
        """Yield an object's pictures; one may stand there in several forms, the first counts."""
        if self._is_pending(fields):
            return
        counted = ""
        for key, value in fields.items():
            # `image_1` and `image_2` are pictures of one list, and so are "0" and "1".
            plain = re.sub(r"[\W\d_]+", "", key).lower() or name
            if _OTHERS.search(plain):
                continue
            direct = isinstance(value, str) or _is_texts(value)
            if direct and counted not in ("", plain):
                continue
            for item in self.within(value, plain, depth + 1):
                counted = plain if direct else counted
                yield item

    def _text(self, text: str, name: str, depth: int) -> Iterator[ReplyItem]:
        start = text[:64].lstrip()
        if start[:1] in ("{", "[") and len(text) <= _LONGEST_TEXT:
            try:
                value: object = json.loads(text)
            except (ValueError, RecursionError):
                return
            yield from self.within(value, name, depth + 1)
        elif start[:11].lower() == "data:image/":
            yield ReplyItem(url=text.strip())
        elif self._is_base64_picture(text):
            yield ReplyItem(base64=text)
        elif len(text) <= _LONGEST_TEXT and _WEB.fullmatch(text.strip()):
            if _PICTURES.search(name) or _PICTURE_FILE.search(text):
                yield ReplyItem(url=text.strip())
        else:
            for found in _MARKDOWN.finditer(text):
                if found[1][:5].lower() in ("http:", "https", "data:"):
                    yield ReplyItem(url=found[1])


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) for one in cast("list[object]", value)
    )
