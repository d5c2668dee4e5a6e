"""Finds the pictures in what a service answered, wherever it put them. No I/O.

The table of shapes is in docs/spec/replies.md section 1. What is not in it is not guessed at: a
reply may hold addresses that are no pictures.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import urljoin

from bot.domain.errors import ErrorClass, Failure
from bot.domain.file_types import RESULT_TYPES, picture_type
from bot.providers.replies.classify import clean, error_in
from bot.providers.replies.reply_search import found_anywhere
from bot.providers.replies.task_reply import is_pending
from bot.services.ports import ReplyItem

EMPTY_ITEM = Failure(error_class=ErrorClass.NO_IMAGE, code="empty_item")

# Where a picture is named, the most telling first. Base64 may stand in the field of an address.
_ADDRESSES = ("url", "urls")
_BASE64 = ("b64_json", "base64", "b64", "image_base64", "bytesBase64Encoded")
_FURTHER = (
    "image_url",
    "imageUrl",
    "image_urls",
    "imageUrls",
    "uri",
    "download_url",
    "file_url",
    "signed_url",
    "image",
    "src",
)
# What holds pictures, or holds such a thing.
_CONTAINERS = (
    "data",
    "images",
    "image",
    "output",
    "outputs",
    "result",
    "results",
    "response",
    "artifacts",
    "predictions",
    "generated_images",
    "generatedImages",
    "generations",
    "items",
    "candidates",
    "choices",
    "message",
    "content",
    "parts",
    "inlineData",
    "inline_data",
    "urls",
    "image_urls",
)
# Prose stands in the others.
_NO_TEXT = frozenset({"message", "content", "response"})
_DEEPEST = 8
_HEAD_CHARACTERS = 400
_RELATIVE = re.compile(r"(?![\w+.-]+:)[\w./~%!$&'()*+,;=:@-]+([?#]\S*)?")
_PICTURE_PATH = re.compile(r"^\.{0,2}/|\.(png|jpe?g|webp|gif|avif)([?#]|$)", re.IGNORECASE)
# How services end what a filter stopped: finish reasons of Gemini and Stability, states of BFL.
_BLOCKED = re.compile(
    r"filter|safety|prohibited|blocked|blocklist|moderated|recitation|spii|nsfw|sensitive", re.I
)
# Those of them that say so beyond doubt: beside a picture nothing less withholds it.
_STOPPED = re.compile(
    r"(content|image)?[ _-]?(content[ _-]?filter(ed)?|filtered|safety|prohibited[ _-]content|"
    r"moderated|recitation)",
    re.IGNORECASE,
)
_FILTER_CODE = "content_filter"
_ENDS = (
    "finish_reason",
    "finishReason",
    "blockReason",
    "raiFilteredReason",
    "status",
    "state",
    "task_status",
)


def pictures_in(body: object, base: str = "") -> tuple[ReplyItem, ...]:
    """Return the entries of a whole reply, failures included; `base` resolves relative addresses.

    Only the first place that holds a picture counts: others repeat it.
    """
    items = _Finder(base).whole(body)
    if is_usable(items) or is_withheld(items) or (mapping_or_none(body) or {}).get("error"):
        return items
    found = found_anywhere(body, is_base64_picture=_is_base64_picture, is_pending=is_pending)
    return found or items


def entry_items(entry: object, base: str = "") -> tuple[ReplyItem, ...]:
    """Return what one entry of a list, or one event, says: pictures or one failure."""
    return _Finder(base).entry(entry, 0)


def mapping_or_none(value: object) -> Mapping[str, object] | None:
    """Narrow parsed JSON to an object."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def list_or_none(value: object) -> Sequence[object] | None:
    """Narrow parsed JSON to a list."""
    return cast("list[object]", value) if isinstance(value, list) else None


def is_usable(items: Sequence[ReplyItem]) -> bool:
    """Whether there is a picture among them."""
    return any(item.failure is None for item in items)


def is_withheld(items: Sequence[ReplyItem]) -> bool:
    """Whether a filter held back one of them."""
    return any(
        item.failure is not None
        and (item.failure.error_class, item.failure.code)
        == (ErrorClass.RESULT_WITHHELD, _FILTER_CODE)
        for item in items
    )


class _Finder:
    def __init__(self, base: str) -> None:
        self._base = base

    def whole(self, body: object) -> tuple[ReplyItem, ...]:
        fields = mapping_or_none(body)
        if fields is None:
            return self._list(list_or_none(body) or [], 0)
        # A reply may name its own address.
        inside = self._inside(fields, 0)
        if is_usable(inside):
            return _unless_withheld(fields, inside)
        return _unless_withheld(fields, self._named(fields, 0)) or inside

    def entry(self, entry: object, depth: int) -> tuple[ReplyItem, ...]:
        if isinstance(entry, str):
            return self._text(entry) or (ReplyItem(failure=EMPTY_ITEM),)
        if (entries := list_or_none(entry)) is not None:
            return self._list(entries, depth + 1)
        fields = mapping_or_none(entry) or {}
        if found := self._named(fields, depth):
            return _unless_withheld(fields, found)
        inside = self._inside(fields, depth)
        if is_usable(inside):
            return _unless_withheld(fields, inside)
        failure = failure_in(fields)
        if failure is not None:
            return (ReplyItem(failure=failure),)
        return inside or (ReplyItem(failure=EMPTY_ITEM),)

    def _list(self, entries: Sequence[object], depth: int) -> tuple[ReplyItem, ...]:
        if depth > _DEEPEST:
            return ()
        return tuple(
            item for entry in cast("list[object]", entries) for item in self.entry(entry, depth + 1)
        )

    def _inside(self, fields: Mapping[str, object], depth: int) -> tuple[ReplyItem, ...]:
        """Return the first container's entries that hold a picture, else the first at all."""
        first: tuple[ReplyItem, ...] = ()
        for name in _CONTAINERS:
            value = fields.get(name)
            if isinstance(value, str) and name in _NO_TEXT:
                continue
            found = self._container(value, depth + 1)
            if is_usable(found):
                return found
            first = first or found
        return first

    def _container(self, value: object, depth: int) -> tuple[ReplyItem, ...]:
        if depth > _DEEPEST or not value:
            return ()
        if isinstance(value, str):
            return self._text(value)
        if (entries := list_or_none(value)) is not None:
            return self._list(entries, depth)
        fields = mapping_or_none(value)
        if fields is None:
            return ()
        if found := self._named(fields, depth):
            return _unless_withheld(fields, found)
        inside = self._inside(fields, depth)
        if is_usable(inside):
            return _unless_withheld(fields, inside)
        failure = failure_in(fields)
        return (ReplyItem(failure=failure),) if failure is not None else inside

    def _named(self, fields: Mapping[str, object], depth: int) -> tuple[ReplyItem, ...]:
        """Return the pictures that the fields of an object name directly."""
        for name in (*_ADDRESSES, *_BASE64, *_FURTHER):
            found = tuple(self._values(fields.get(name), depth, inline=name in _BASE64))
            if found:
                return found
        return ()

    def _values(self, value: object, depth: int, *, inline: bool) -> Iterator[ReplyItem]:
        if depth > _DEEPEST:
            return
        if isinstance(value, str):
            yield from self._text(value, named=not inline, inline=inline)
        elif (values := list_or_none(value)) is not None:
            for one in values:
                yield from self._values(one, depth + 1, inline=inline)
        elif (fields := mapping_or_none(value)) is not None:
            yield from self._named(fields, depth + 1)

    def _text(
        self, text: str, *, named: bool = False, inline: bool = False
    ) -> tuple[ReplyItem, ...]:
        """Return the picture that a text is or leads to.

        `named` says that it stands where an address belongs, `inline` where Base64 does.
        """
        stripped = text.strip() if len(text) < 5000 or text[:1].isspace() else text
        if len(stripped) < 5000:
            # As they stand in Markdown, in quotes and in HTML.
            stripped = stripped.strip("<>\"'").replace("&amp;", "&")
        start = stripped[:12].lower()
        if start.startswith(("http:", "https:", "data:")):
            return (ReplyItem(url=stripped),)
        if _is_base64_picture(stripped) or (inline and stripped):
            return (ReplyItem(base64=text),)
        relative = bool(self._base) and len(stripped) < 5000 and _RELATIVE.fullmatch(stripped)
        if relative and (named or _PICTURE_PATH.search(stripped)):
            return (ReplyItem(url=urljoin(f"{self._base}/", stripped)),)
        return ()


def _is_base64_picture(text: str) -> bool:
    head = "".join(text[:_HEAD_CHARACTERS].split()).translate(str.maketrans("-_", "+/"))
    whole = len(head) // 4 * 4
    try:
        start = base64.b64decode(head[:whole], validate=True)
    except ValueError:  # also for letters that are none of ASCII
        return False
    return picture_type(start) in RESULT_TYPES


def _unless_withheld(
    fields: Mapping[str, object], items: tuple[ReplyItem, ...]
) -> tuple[ReplyItem, ...]:
    """Hold back the pictures of an object whose own flag says that a filter stopped its result.

    Some services send it all the same, blurred or whole.
    """
    ends = [str(fields[name]) for name in _ENDS if isinstance(fields.get(name), str)]
    names = list(_filtered(fields.get("content_filter_results")))
    names += [end for end in ends if _STOPPED.fullmatch(end)]
    if not names and fields.get("is_image_safe") is not False:
        return items
    said = Failure(
        error_class=ErrorClass.RESULT_WITHHELD,
        code=_FILTER_CODE,
        message=clean(", ".join(names)),
    )
    return tuple(ReplyItem(failure=item.failure or said) for item in items)


def failure_in(fields: Mapping[str, object]) -> Failure | None:
    """Return why an entry, or a whole reply, has no picture, where it says so."""
    if fields.get("error"):
        return error_in(fields["error"], status=None)
    for name, kind in (
        ("content_filter_results", ErrorClass.RESULT_WITHHELD),
        ("prompt_filter_results", ErrorClass.PROMPT_REFUSED),
        ("promptFeedback", ErrorClass.PROMPT_REFUSED),
    ):
        if names := list(_filtered(fields.get(name))):
            return Failure(error_class=kind, code=_FILTER_CODE, message=", ".join(names))
    refusal = fields.get("refusal")  # a chat model's own words
    if isinstance(refusal, str) and refusal:
        return Failure(
            error_class=ErrorClass.PROMPT_REFUSED, code="refusal", message=clean(refusal)
        )
    ends = [str(fields[name]) for name in _ENDS if isinstance(fields.get(name), str)]
    ended = next(filter(_BLOCKED.search, ends), "")
    if ended or fields.get("is_image_safe") is False:
        requested = "request" in ended.lower() or "prompt" in ended.lower()
        return Failure(
            error_class=ErrorClass.PROMPT_REFUSED if requested else ErrorClass.RESULT_WITHHELD,
            code=_FILTER_CODE,
            message=clean(ended),
        )
    if any(isinstance(fields.get(name), str) for name in ("code", "message", "msg", "detail")):
        said = error_in(fields, status=None)
        if said.error_class is not ErrorClass.SERVER:
            return said
    return None


def _filtered(results: object) -> Iterator[str]:
    """Yield the names of the filters that stopped something, as Azure and Gemini report them."""
    for one in list_or_none(results) or ():
        yield from _filtered(one)
    for name, found in (mapping_or_none(results) or {}).items():
        fields = mapping_or_none(found) or {}
        if fields.get("filtered") is True or (name == "blockReason" and found):
            yield name
        elif fields or list_or_none(found):
            yield from _filtered(found)
