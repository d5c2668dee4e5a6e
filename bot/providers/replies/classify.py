"""An image service's error, whatever its shape, as one of our classes.

See docs/spec/image-apis.md section 11.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from bot.domain.errors import ErrorClass, Failure
from bot.domain.providers.rate_limits import seconds_asked
from bot.providers.replies.error_table import TABLE, UNKNOWN_STATUSES
from bot.providers.replies.http_answer import Answer

MESSAGE_CHARACTERS = 300

# Where services keep an error, its code and its words.
# Names are compared without case, `_` and `-`.
_ERRORS = ("error", "errors", "err", "fault", "baseresp")
_ENVELOPES = ("response", "responsemetadata", "result", "data", "output", "body")
_INVALID = "invalid_request"
_CODES = ("code", "errorcode", "statuscode", "errcode")
_WORDS = (
    "message",
    "msg",
    "detail",
    "error",
    "errormessage",
    "errormsg",
    "errmsg",
    "statusmsg",
    "failreason",
    "failurereason",
    "reason",
    "description",
)
# What stands behind is no words of a service any more.
_READ_CHARACTERS = 20_000
# These statuses leave open what was wrong.
_OPEN_STATUSES = frozenset({400, 409, 422})
_REFUSED = frozenset(
    {ErrorClass.PROMPT_REFUSED, ErrorClass.REFERENCE_REFUSED, ErrorClass.RESULT_WITHHELD}
)
_OUTRANKING = _REFUSED | {ErrorClass.CREDIT}
_WORD_OF_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def classify(
    code: str, message: str, *, status: int | None, param: str = "", kind: str = ""
) -> ErrorClass:
    """Return the class: exact code, code pattern, wording, the error's `type`, HTTP status.

    The type never outranks a status that says something: OpenAI puts `invalid_request_error` on
    every 4xx.
    """
    text = f"`{param}` {message}" if param else message
    found = _by_words(code, text, kind, status)
    if found in (None, ErrorClass.SERVER) and status in UNKNOWN_STATUSES:
        return ErrorClass.UNKNOWN_OUTCOME
    return found or _by_status(status)


def failure_of(answer: Answer) -> Failure:
    """Read the error that an HTTP answer stands for: JSON of any known shape, HTML or nothing."""
    if 300 <= answer.status < 400:
        # Following would send prompt and key to somebody else.
        return Failure(
            error_class=ErrorClass.BAD_RESPONSE, code="redirect", http_status=answer.status
        )
    try:
        body: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = _page(answer.body)
    return error_in(body, status=answer.status, answer=answer)


def error_in(body: object, *, status: int | None, answer: Answer | None = None) -> Failure:
    """Read an error object or a body that holds one; `status` None for a single picture's."""
    code, message, param, kind = _parts(body)
    message, request_id = _without_request_id(message)
    # A number in an answer that otherwise says "fine" is the status of the service behind it.
    if code.isdecimal() and 400 <= int(code) < 600 and (status is None or status < 300):
        found = classify("", message, status=int(code), param=param, kind=kind)
    else:
        found = classify(code, message, status=status, param=param, kind=kind)
    headers: Mapping[str, str] = answer.headers if answer else {}
    failure = Failure(
        error_class=found,
        code=clean(code)[:80],
        message=clean(message),
        http_status=status,
        request_id=request_id or request_id_of(headers),
        retry_after=seconds_asked(headers, answer.received_at) if answer else None,
        should_retry={"true": True, "false": False}.get(
            headers.get("x-should-retry", "").strip().lower()
        ),
    )
    for inner in (_repeated(message), _relayed(body)):
        if inner is not None and (said := _known(inner, status)) is not None:
            return replace(failure, error_class=said)
    return failure


def _parts(body: object) -> tuple[str, str, str, str]:
    """Find code, words, parameter and type of an error, at the place where each service has it."""
    outer, error = _error_of(body)
    fields = _mapping(_first(error))
    code = next(
        (
            str(place[name])
            for place in (fields, _mapping(fields.get("innererror")), outer)
            for name in _CODES
            if isinstance(place.get(name), str | int) and not isinstance(place.get(name), bool)
        ),
        "",
    )
    message = _text(error)
    if not message:
        message = _text({name: text for name, text in outer.items() if name not in _ERRORS})
    if code.isdecimal():  # Google repeats the status there, and says more in the details
        reason = _mapping(_first(fields.get("details"))).get("reason")
        code = reason if isinstance(reason, str) else code
    details = _mapping(_first(fields.get("detail")))
    place = details.get("loc")  # FastAPI's: ["body", "size"]
    places = cast("list[object]", place) if isinstance(place, list) else []
    param = fields.get("param") or (places[-1] if places else None)
    kind = fields.get("type") or details.get("type")
    return (
        code,
        message[:_READ_CHARACTERS],
        param if isinstance(param, str) else "",
        kind if isinstance(kind, str) else "",
    )


def _error_of(body: object) -> tuple[Mapping[str, object], object]:
    """Return the fields around an error, and the error; the body itself where it has none."""
    fields = _mapping(body)
    for outer in (fields, *(_mapping(fields.get(name)) for name in _ENVELOPES)):
        for name in _ERRORS:
            if outer.get(name):
                return outer, outer[name]
    return fields, body


def _relayed(body: object) -> object:
    """Return the answer that OpenRouter passes on beside its own words."""
    _, error = _error_of(body)
    raw = _mapping(_mapping(_first(error)).get("metadata")).get("raw")
    return (_repeated(raw) or raw) if isinstance(raw, str) else raw


def _repeated(message: str) -> object:
    """Return the error that a relay repeats inside of its own words; None where there is none."""
    start = message.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(message, start)
    except (ValueError, RecursionError):
        return None
    return cast("object", value)


def _known(body: object, status: int | None) -> ErrorClass | None:
    code, message, param, kind = _parts(body)
    found = _by_words(code, f"`{param}` {message}" if param else message, kind, status)
    # What says "something in the request" of the relay's own request is no word of the member's.
    return None if found in (ErrorClass.SERVER, ErrorClass.BAD_OPTION) else found


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return the service's name for the request, for the log."""
    return headers.get("x-request-id", "")[:80] or None


_SECRETS = (
    (re.compile(r"data:[\w.+/-]*;base64,[\w+/=-]*", re.IGNORECASE), "data:…"),
    (re.compile(r"(https?://[^\s?#'\"<>]+)[?#][^\s'\"<>]*", re.IGNORECASE), r"\1?…"),
    (re.compile(r"\b(bearer)\s+\S+", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"\bsk-[\w*.-]{6,}"), "***"),
    (re.compile(r"[A-Za-z0-9+/_=-]{80,}"), "…"),
)


def clean(text: str) -> str:
    """Return text fit for a log: no keys, no Base64, no signatures of addresses, cut short."""
    text = text[: 20 * MESSAGE_CHARACTERS]
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    text = " ".join(text.split())
    return text if len(text) <= MESSAGE_CHARACTERS else text[: MESSAGE_CHARACTERS - 1] + "…"


def _by_words(code: str, text: str, kind: str, status: int | None) -> ErrorClass | None:
    for exact in (True, False):
        for row in TABLE:
            if code and row.has_code(code, exact=exact):
                return row.error_class
    # xAI writes its words where others have a code.
    text = f"{code}: {text}" if " " in code else text
    # A status in the place of a code says nothing; FastAPI's 422 is about the request alone.
    beside = kind if not code or code.isdecimal() else code
    beside = _INVALID if status == 422 and not code else beside
    for row in TABLE:
        if row.says(beside, text, status):
            return row.error_class
    # A name may be all that a filter says.
    named = " ".join(_WORD_OF_NAME.findall(f"{code} {kind}"))
    for row in TABLE:
        if row.error_class in _REFUSED and row.says("", named, status):
            return row.error_class
    for found in (_by_type(kind, status), _by_general(code)):
        if found is not None:
            return found
    # Gateways send what they refuse themselves with status 500, too.
    vague = status is None or status < 300 or (status >= 500 and status not in UNKNOWN_STATUSES)
    return _by_general(kind) if vague else None


def _by_type(kind: str, status: int | None) -> ErrorClass | None:
    """Return what an error's `type` says where the status leaves it open."""
    vague = status is None or status in _OPEN_STATUSES or status < 300 or status >= 500
    for row in TABLE:
        # A filter also hides behind a 403, an empty account behind a 429.
        if kind and row.has_type(kind) and (vague or row.error_class in _OUTRANKING):
            return row.error_class
    return None


def _by_general(code: str) -> ErrorClass | None:
    return next((row.error_class for row in TABLE if code and row.has_general_code(code)), None)


def _by_status(status: int | None) -> ErrorClass:
    for row in TABLE:
        if status in row.statuses:
            return row.error_class
    # Of the 4xx without a row, none is about an option of the member's.
    return ErrorClass.SERVER


def _text(error: object) -> str:
    """Find the words of an error: in a field that has them, in a list of errors, or itself."""
    if isinstance(error, str):
        return error
    if isinstance(error, list):
        return "; ".join(filter(None, map(_text, cast("list[object]", error))))
    fields = _mapping(error)
    if not fields:
        return ""
    found = next((text for name in _WORDS if (text := _text(fields.get(name)))), "")
    # OpenRouter names there what its filter found.
    flagged = _mapping(fields.get("metadata")).get("reasons")
    return f"{found} (flagged_input: {_text(flagged)})" if flagged else found


def _first(value: object) -> object:
    if not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    return items[0] if items else None


def _mapping(value: object) -> Mapping[str, object]:
    """Return an object's fields by their plain names; an empty one for anything else."""
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    plain: dict[str, object] = {}
    for name, content in fields.items():
        plain.setdefault(name.replace("_", "").replace("-", "").lower(), content)
    return plain


_REQUEST_ID = re.compile(r"[\s(]*\brequest[ _]id:?\s*([\w-]+)\s*\)?\.?\s*$", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def _without_request_id(message: str) -> tuple[str, str | None]:
    found = _REQUEST_ID.search(message)
    return (message[: found.start()], found[1][:80]) if found else (message, None)


def _page(body: bytes) -> str:
    """Return what a body without JSON says: the title of a page, or the beginning of a text."""
    head = body[:10_000]
    found = _TITLE.search(head)
    if found is not None:
        return found[1].decode("utf-8", "replace").strip()
    text = head[:2000].decode("utf-8", "replace").strip()
    return "" if text.startswith("<") or "\ufffd" in text else text
