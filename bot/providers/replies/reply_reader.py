"""From a complete HTTP answer to pictures or a failure (docs/spec/replies.md). No I/O.

Fields are looked at one by one and unknown ones ignored: a gateway's novelty must not throw a
paid picture away.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import cast

from pydantic_core import from_json

from bot.domain.errors import ASYNCHRONOUS, ErrorClass, Failure, ProviderError
from bot.domain.file_types import RESULT_TYPES, picture_type
from bot.providers.replies.classify import clean, error_in, failure_of, request_id_of
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
from bot.services.ports import Reply, ReplyItem

_TASKS = ("task_id", "taskId", "job_id", "jobId", "prediction_id", "generation_id")
_STATES = ("status", "state", "task_status", "taskStatus")
_LATER = frozenset(
    {
        "accepted",
        "created",
        "in_progress",
        "in_queue",
        "inprogress",
        "new",
        "not_start",
        "pending",
        "processing",
        "queued",
        "queueing",
        "running",
        "scheduled",
        "starting",
        "submitted",
        "waiting",
    }
)
_ENDED = frozenset({"succeeded", "success", "completed", "failed", "error", "done", "canceled"})


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
    items = pictures_in(body, answer.base)
    fields = mapping_or_none(body)
    if is_usable(items):
        usage = mapping_or_none(fields.get("usage")) if fields else None
        return Reply(items=items, usage=usage, request_id=request_id)
    if fields is None and not any(item.failure != EMPTY_ITEM for item in items):
        if answer.status == 202:
            raise ProviderError(_asynchronous(answer, {}))
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
    # Stricter readers refuse stray surrogates, control characters and what stands behind.
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass").lstrip("\ufeff \t\r\n")
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return cast("object", value)


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
    if (later := _later(fields, answer)) is not None:
        return later
    for item in items:
        if item.failure is not None:
            return item.failure
    said = error_in(fields, status=answer.status, answer=answer)
    if said.message:  # {"code", "message", "data": null}
        known = said.error_class is not ErrorClass.SERVER
        return said if known else _no_image(answer, said.code, said.message)
    return _no_image(answer)


def _later(fields: Mapping[str, object], answer: Answer) -> Failure | None:
    """Recognise a service that answers with a task to ask for, which Easel does not do."""
    for name in ("", "data", "output", "result", "task", "response"):
        place = fields if not name else mapping_or_none(_only(fields.get(name))) or {}
        state = next((str(place[key]).lower() for key in _STATES if place.get(key)), "")
        has_task = any(place.get(key) for key in _TASKS) and state not in _ENDED
        if has_task or (state in _LATER and place.get("id")):
            return _asynchronous(answer, place)
    return _asynchronous(answer, fields) if answer.status == 202 else None


def _only(value: object) -> object:
    if not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    return items[0] if len(items) == 1 else None


def _asynchronous(answer: Answer, place: Mapping[str, object]) -> Failure:
    task = next((str(place[key]) for key in (*_TASKS, "id", "request_id") if place.get(key)), "")
    task = task or answer.headers.get("operation-location", "")
    return Failure(
        error_class=ErrorClass.BAD_RESPONSE,
        code=ASYNCHRONOUS,
        message=f"the service answers later; task {clean(task) or 'without an id'}",
        http_status=answer.status,
        request_id=request_id_of(answer.headers),
    )


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
