"""From a complete HTTP answer to pictures or a failure (docs/spec/image-apis.md section 8). No I/O.

Fields are looked at one by one and unknown ones ignored: a gateway's novelty must not throw a
paid picture away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from pydantic_core import from_json

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.replies.classify import error_in, failure_of, request_id_of
from bot.providers.replies.event_stream import fold, looks_like_events, read_events
from bot.providers.replies.http_answer import Answer
from bot.services.ports import Reply, ReplyItem

EMPTY_ITEM = Failure(error_class=ErrorClass.NO_IMAGE, code="empty_item")


def parse_answer(answer: Answer) -> Reply:
    """Read an answer in the order status, JSON, top-level error, data.

    Raises ProviderError when there is no usable picture in it.
    """
    if answer.status >= 300:
        raise ProviderError(failure_of(answer))
    request_id = request_id_of(answer.headers)
    if looks_like_events(answer.body):
        return fold(read_events(answer.body), item_of, request_id=request_id)
    body = _json(answer.body)
    if not isinstance(body, dict):
        raise ProviderError(_bad_response(answer, "the body is not a JSON object"))
    fields = cast("dict[str, object]", body)
    items = _items(fields.get("data"))
    if items and any(item.failure is None for item in items):
        return Reply(items=items, usage=mapping_or_none(fields.get("usage")), request_id=request_id)
    raise ProviderError(_no_picture(fields, items, answer))


def item_of(entry: object) -> ReplyItem:
    """Read one entry of `data`, or one event: an address, Base64, or a failure."""
    fields = mapping_or_none(entry) or {}
    url, base64 = fields.get("url"), fields.get("b64_json")
    if isinstance(url, str) and url.strip().lower().startswith(("http:", "https:", "data:")):
        return ReplyItem(url=url.strip())
    if isinstance(base64, str) and base64.strip():
        return ReplyItem(base64=base64)
    if fields.get("error"):
        failure = error_in(fields["error"], status=None)
        return ReplyItem(failure=failure)
    return ReplyItem(failure=EMPTY_ITEM)


def mapping_or_none(value: object) -> Mapping[str, object] | None:
    """Narrow parsed JSON to an object."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _json(body: bytes) -> object:
    try:
        # Reads bytes without a decoded copy: Base64 replies are large.
        return from_json(body, cache_strings=False)
    except ValueError:
        pass
    try:
        # Stricter about stray surrogates than a paid picture deserves: the lenient reader decides.
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _items(data: object) -> tuple[ReplyItem, ...]:
    if isinstance(data, list):
        return tuple(item_of(entry) for entry in cast("list[object]", data))
    fields = mapping_or_none(data)
    if fields is not None and (fields.get("url") or fields.get("b64_json")):
        return (item_of(fields),)
    return ()


def _no_picture(
    fields: Mapping[str, object], items: Sequence[ReplyItem], answer: Answer
) -> Failure:
    if fields.get("error"):
        return error_in(fields, status=answer.status, answer=answer)
    for item in items:
        if item.failure is not None:
            return item.failure
    said = error_in(fields, status=answer.status, answer=answer)
    if said.message:  # {"code", "message", "data": null}
        known = said.error_class is not ErrorClass.SERVER
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
