"""From a complete HTTP answer to pictures or a failure (docs/spec/replies.md). No I/O.

Fields are looked at one by one and unknown ones ignored: a gateway's novelty must not throw a
paid picture away.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from pydantic_core import from_json

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.file_types import RESULT_TYPES, picture_type
from bot.providers.replies.classify import error_in, failure_of, request_id_of
from bot.providers.replies.event_stream import (
    fold,
    looks_like_events,
    read_events,
    without_keep_alive,
)
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_pictures import (
    EMPTY_ITEM,
    failure_in,
    is_usable,
    mapping_or_none,
    pictures_in,
)
from bot.providers.replies.task_reply import asynchronous, task_in
from bot.services.ports import Reply, ReplyItem

# Where JSON may begin, and how far from the beginning of a body it is looked for.
_VALUE = re.compile(r"\s*[{\[]")
_LONGEST_PREFACE = 2000


def parse_answer(answer: Answer) -> Reply:
    """Read an answer in the order status, pictures, error, task.

    Raises ProviderError when there is no usable picture in it.
    """
    if answer.status >= 300:
        raise ProviderError(failure_of(answer))
    request_id = request_id_of(answer.headers)
    if looks_like_events(answer.body):
        events = read_events(answer.body)
        return fold(events, base=answer.base, request_id=request_id)
    if picture_type(answer.body[:64]) in RESULT_TYPES:
        item = ReplyItem(base64=base64.b64encode(answer.body).decode("ascii"))
        return Reply(items=(item,), request_id=request_id)
    body = read_json(answer.body)
    if body is None:  # an address, Base64 or Markdown alone
        body = answer.body.decode("ascii", "ignore").strip()
    items = pictures_in(body, answer.base)
    fields = mapping_or_none(body)
    if is_usable(items):
        usage = mapping_or_none(fields.get("usage")) if fields else None
        return Reply(items=items, usage=usage, request_id=request_id)
    if fields is None and not any(item.failure != EMPTY_ITEM for item in items):
        if answer.status == 202:
            raise ProviderError(asynchronous(answer, {}))
        raise ProviderError(_bad_response(answer, "the body is not a JSON object"))
    raise ProviderError(_no_picture(fields or {}, items, answer))


def is_whole(answer: Answer) -> bool:
    """Whether a reply has come to its end, though the connection has not."""
    if looks_like_events(answer.body):
        return b"[DONE]" in answer.body[-200:]
    return isinstance(read_json(answer.body), dict | list)


def is_worth_keeping(answer: Answer) -> bool:
    """Whether a reply whose connection broke is whole, or names pictures in its events."""
    if not is_whole(answer) and looks_like_events(answer.body):
        try:
            fold(read_events(answer.body))
        except ProviderError:
            return False
        return True
    return is_whole(answer)


def read_json(body: bytes) -> object:
    """Return what a body says, None where it is no JSON; what follows the first value is ignored.

    Comments that keep a connection alive may stand before it.
    """
    body = without_keep_alive(body)
    try:
        # Reads bytes without a decoded copy: Base64 replies are large.
        value: object = from_json(body, cache_strings=False)
    except ValueError:
        value = _leniently(body)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        # Written as JSON twice.
        value = _leniently(value.encode("utf-8", "surrogatepass"))
    return value


def _leniently(body: bytes) -> object:
    # Stricter readers refuse stray surrogates, control characters and what stands around.
    for encoding in (json.detect_encoding(body), "gb18030", "latin-1"):
        try:
            text = body.decode(encoding, "surrogatepass").lstrip("\ufeff \t\r\n")
            return _first_value(text)
        except (ValueError, RecursionError):
            continue
    return None


def _first_value(text: str) -> object:
    """Read JSON with something behind it, or a little before it, as warnings and callbacks are.

    Objects one behind the other count as one, whose lists are joined: the last ones say what
    became of it. Raises ValueError.
    """
    decoder = json.JSONDecoder(strict=False)
    try:
        value, end = decoder.raw_decode(text)
    except ValueError:
        starts = [at.end() - 1 for at in _VALUE.finditer(text[:_LONGEST_PREFACE])]
        for start in starts:
            try:
                value, end = decoder.raw_decode(text, start)
            except ValueError:
                continue
            if not text[end:].strip(" \r\n\t);"):
                return cast("object", value)
        raise
    while isinstance(value, dict) and (following := _VALUE.match(text, end)):
        try:
            more, end = decoder.raw_decode(text, following.end() - 1)
        except ValueError:
            break
        if not isinstance(more, dict):
            break
        value = _joined(cast("dict[str, object]", value), cast("dict[str, object]", more))
    return cast("object", value)


def _joined(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    lists = {
        name: [*cast("list[object]", one[name]), *cast("list[object]", value)]
        for name, value in other.items()
        if isinstance(value, list) and isinstance(one.get(name), list)
    }
    return {**one, **other, **lists}


def _no_picture(
    fields: Mapping[str, object], items: Sequence[ReplyItem], answer: Answer
) -> Failure:
    if fields.get("error"):
        return error_in(fields, status=answer.status, answer=answer)
    told = [item.failure for item in items if item.failure and item.failure != EMPTY_ITEM]
    if told:
        return told[0]
    if (failure := failure_in(fields)) is not None:
        return failure
    if (later := task_in(fields, answer)) is not None:
        return later
    for item in items:
        if item.failure is not None:
            return item.failure
    said = error_in(fields, status=answer.status, answer=answer)
    known = said.error_class is not ErrorClass.SERVER
    if said.message or (said.code and known):  # {"code", "message", "data": null}
        return said if known else _no_image(answer, said.code, said.message)
    return _no_image(answer)


def _no_image(answer: Answer, code: str = "", message: str = "") -> Failure:
    return Failure(
        error_class=ErrorClass.NO_IMAGE,
        code=code or "no_image",
        message=message,
        http_status=answer.status,
        request_id=request_id_of(answer.headers),
    )


def _bad_response(answer: Answer, message: str) -> Failure:
    return Failure(
        error_class=ErrorClass.BAD_RESPONSE,
        code="bad_response",
        message=f"{message} ({answer.content_type or 'no content type'})",
        http_status=answer.status,
        request_id=request_id_of(answer.headers),
    )
