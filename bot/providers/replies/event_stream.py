"""Server-sent events of a streaming request, and what they amount to.

See docs/spec/image-apis.md section 9.

No I/O: bytes go in as they come, events come out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.replies.classify import error_in
from bot.providers.replies.reply_pictures import entry_items, is_usable, pictures_in
from bot.services.ports import Reply, ReplyItem

EVENT_CAP_BYTES = 64_000_000
_DONE = "[DONE]"
_FIELD_STARTS = (b"data:", b"event:", b"id:", b"retry:")
# Blank lines and comments, which keep a connection alive while a picture is made.
_KEEP_ALIVE = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n|[ \t]*:[^\r\n]*(?:\r?\n|$))*[ \t]*")
# What tells of progress may hold a preview.
_PROGRESS = re.compile(r"partial_image|progress|queued|started|created|preview|generating|ping")
_FAILED = frozenset({"failed", "error", "incomplete", "cancelled", "canceled", "refused"})
_PLAIN = frozenset(
    {"", "message", "data", "result", "image", "images", "final", "output", "done", "reply"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: the name of its `event:` line, and its `data:` lines joined."""

    name: str
    data: str


class EventTooLargeError(Exception):
    """An event passed the cap."""


class EventReader:
    """Cuts a stream of bytes into events; borders between chunks may fall anywhere."""

    def __init__(self, *, cap_bytes: int = EVENT_CAP_BYTES) -> None:
        self._cap_bytes = cap_bytes
        self._buffer = bytearray()
        self._searched = 0
        self._name = ""
        self._data: list[str] = []
        self._data_bytes = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """Take in some bytes and return the events that they completed."""
        self._buffer += chunk
        events: list[Event] = []
        start = 0
        while (end := self._buffer.find(b"\n", max(start, self._searched))) >= 0:
            # Whole lines only are decoded, so no character is ever cut in two.
            line = self._buffer[start:end].removesuffix(b"\r")
            start = end + 1
            events += self._line(line.decode("utf-8", "replace"))
        del self._buffer[:start]
        self._searched = len(self._buffer)
        if len(self._buffer) + self._data_bytes > self._cap_bytes:
            raise EventTooLargeError
        return events

    def close(self) -> list[Event]:
        """Return the event that the stream ended in without a blank line, if there is one."""
        return self.feed(b"\n\n")

    def _line(self, line: str) -> Iterator[Event]:
        if not line:
            if self._data:
                yield Event(name=self._name, data="\n".join(self._data))
            self._name, self._data, self._data_bytes = "", [], 0
            return
        field, _, value = line.removeprefix("\ufeff").partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
            self._data_bytes += len(value)


def looks_like_events(body: bytes) -> bool:
    """Whether a body is an event stream: plain JSON may answer a streaming request, too."""
    start = _after_keep_alive(body)
    head = body[start : start + 10]
    # Comments alone are a stream that broke.
    if head.startswith(b"data:image"):  # a picture alone
        return False
    return head.startswith(_FIELD_STARTS) or (not head and b":" in body[:start])


def without_keep_alive(body: bytes) -> bytes:
    """Return a body without the blank lines and comments before it."""
    start = _after_keep_alive(body)
    return body[start:] if start else body


def _after_keep_alive(body: bytes) -> int:
    found = _KEEP_ALIVE.match(body)
    return found.end() if found else 0


def read_events(body: bytes) -> Iterator[Event]:
    """Read a whole stream, in pieces, so that no second copy of it is held."""
    reader = EventReader()
    if b"\n" not in body:  # lines may end in CR alone
        body = body.replace(b"\r", b"\n")
    view = memoryview(body)
    try:
        for start in range(0, len(view), 1 << 20):
            yield from reader.feed(bytes(view[start : start + (1 << 20)]))
        yield from reader.close()
    except EventTooLargeError:
        raise ProviderError(
            Failure(error_class=ErrorClass.BAD_RESPONSE, code="event_too_large")
        ) from None


def fold(
    events: Iterable[Event],
    *,
    base: str = "",
    request_id: str | None = None,
) -> Reply:
    """Make a reply of a stream's events; raises ProviderError when no picture arrived."""
    stream = _Stream(base)
    for event in events:
        stream.take(event)
    items = stream.items()
    if any(item.failure is None for item in items):
        return Reply(
            items=items,
            usage=stream.usage,
            request_id=request_id,
            incomplete=not stream.ended,
        )
    failure = stream.error or next((item.failure for item in items if item.failure), None)
    if failure is None:
        kind = ErrorClass.NO_IMAGE if stream.ended else ErrorClass.UNKNOWN_OUTCOME
        failure = Failure(error_class=kind, code="no_image" if stream.ended else "stream_broken")
    # A stream is never repeated after its first event.
    raise ProviderError(
        replace(failure, should_retry=False, request_id=failure.request_id or request_id)
    )


class _Stream:
    def __init__(self, base: str) -> None:
        self._base = base
        self._indexed: list[tuple[int, ReplyItem]] = []
        self.usage: Mapping[str, object] | None = None
        self.error: Failure | None = None
        self.ended = False

    def items(self) -> tuple[ReplyItem, ...]:
        """Return pictures and failures in the order of their indices, then what ended it all."""
        items = [item for _, item in sorted(self._indexed, key=lambda pair: pair[0])]
        return (*items, *([ReplyItem(failure=self.error)] if self.error else ()))

    def take(self, event: Event) -> None:
        if event.data.strip() == _DONE:
            self.ended = True
            return
        try:
            value: object = json.loads(event.data)
        except (ValueError, RecursionError):  # cut off, nothing of ours, or the picture itself
            if event.name in _PLAIN:
                self._add_all(i for i in entry_items(event.data, self._base) if not i.failure)
            return
        if isinstance(value, list):
            pictures = pictures_in(cast("list[object]", value), self._base)
            self._add_all(item for item in pictures if item.failure is None)
        if not isinstance(value, dict):
            return
        data = cast("dict[str, object]", value)
        kind = data.get("type")
        kind = kind if isinstance(kind, str) and kind else event.name
        name = kind.rpartition(".")[2].lower()
        if name == "partial_succeeded":
            self._add(data)
        elif name == "partial_failed":
            self._add({**data, "url": None, "b64_json": None})
        elif name in ("completed", "succeeded"):
            self.ended = True
            self._take_usage(data)
            self._add_all(item for item in entry_items(data, self._base) if item.failure is None)
        elif name in _FAILED or (data.get("error") and name in _PLAIN):
            self._fail(data)
        elif name in _PLAIN and not _PROGRESS.search(kind):
            # An ordinary reply in the place of an event.
            items = pictures_in(data, self._base)
            self._add_all(items)
            self._take_usage(data)
            self.ended = self.ended or is_usable(items)

    def _take_usage(self, data: Mapping[str, object]) -> None:
        usage = data.get("usage")
        if isinstance(usage, dict):
            self.usage = cast("dict[str, object]", usage)

    def _fail(self, data: Mapping[str, object]) -> None:
        inner = data.get("response")
        inside = cast("dict[str, object]", inner) if isinstance(inner, dict) else data
        if not inside.get("error"):
            reason = inside.get("incomplete_details") or inside.get("status_details")
            inside = cast("dict[str, object]", reason) if isinstance(reason, dict) else inside
        # The event's own type says nothing of the error's.
        said = {name: text for name, text in inside.items() if name != "type"}
        if isinstance(inside.get("reason"), str) and not said.get("code"):
            said["code"] = inside["reason"]
        self.error = self.error or error_in(said, status=None)

    def _add_all(self, items: Iterable[ReplyItem]) -> None:
        for item in items:
            self._put(len(self._indexed), item)

    def _add(self, data: Mapping[str, object]) -> None:
        index = data.get("image_index")
        if not isinstance(index, int):
            index = len(self._indexed)
        for item in entry_items(data, self._base):
            self._put(index, item)

    def _put(self, index: int, item: ReplyItem) -> None:
        # The summary may name a picture again that came before.
        if item.failure is None and any(item == known for _, known in self._indexed):
            return
        self._indexed.append((index, item))
