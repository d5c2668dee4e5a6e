"""An image service's error, whatever its shape, as one of our classes.

See docs/spec/image-apis.md section 11.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from typing import cast

from bot.domain.errors import ErrorClass, Failure
from bot.providers.replies.http_answer import Answer

MESSAGE_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. With `together` the code counts only along with the wording."""

    error_class: ErrorClass
    codes: tuple[str, ...] = ()
    wording: str = ""
    statuses: tuple[int, ...] = ()
    together: bool = False

    def has_code(self, code: str, text: str, *, exact: bool) -> bool:
        """Whether a code is one of the row's, literally or by its pattern."""
        if self.together and not self.says(text):
            return False
        known = (pattern for pattern in self.codes if ("*" in pattern) is not exact)
        return any(fnmatchcase(code, pattern) for pattern in known)

    def says(self, text: str) -> bool:
        return bool(self.wording) and re.search(self.wording, text, re.IGNORECASE) is not None


# Codes that say no more than "something in the request": the wording tells what.
_GENERAL = ("InvalidParameter*", "invalid_value", "invalid_request*")
_SIZE = r"at (least|most) [\d,. ]+pixels|divisible by 16"
_REFERENCE = (
    r"invalid url specified|timeout while downloading|could not be downloaded|cannot exceed"
)

TABLE = (
    Row(error_class=ErrorClass.BAD_SIZE, codes=_GENERAL, wording="`(custom_)?size", together=True),
    Row(
        error_class=ErrorClass.BAD_REFERENCE,
        codes=_GENERAL,
        wording=rf"{_REFERENCE}|`(images?|image_urls?|mask)\b",
        together=True,
    ),
    Row(
        error_class=ErrorClass.BAD_SIZE,
        codes=_GENERAL,
        wording=rf"{_SIZE}|\bsize\b",
        together=True,
    ),
    # QuotaExceeded also stands for a full queue.
    Row(error_class=ErrorClass.RATE, codes=("QuotaExceeded",), wording="queue", together=True),
    Row(
        error_class=ErrorClass.PROMPT_REFUSED,
        codes=(
            "InputTextSensitiveContentDetected*",
            "SensitiveContentDetected*",
            "InputTextRiskDetection",
            "moderation_blocked",
            "content_policy_violation",
            "content_filter",
            "sensitive_words_detected",
            "prompt_blocked",
        ),
    ),
    Row(
        error_class=ErrorClass.REFERENCE_REFUSED,
        codes=("InputImageSensitiveContentDetected*", "InputImageRiskDetection"),
    ),
    Row(
        error_class=ErrorClass.RESULT_WITHHELD,
        codes=("OutputImageSensitiveContentDetected*", "OutputImageRiskDetection"),
    ),
    Row(error_class=ErrorClass.BAD_SIZE, wording=_SIZE),
    Row(
        error_class=ErrorClass.BAD_REFERENCE,
        codes=("InvalidImageURL*", "invalid_image_url", "unsupported_file_mimetype"),
        wording=_REFERENCE,
    ),
    Row(
        error_class=ErrorClass.BAD_OPTION,
        codes=(*_GENERAL, "MissingParameter*", "bad_request_body"),
        wording="unsupported parameter",
        statuses=(400, 405, 409, 415, 422),
    ),
    Row(
        error_class=ErrorClass.TOO_LARGE,
        codes=("read_request_body_failed",),
        statuses=(413,),
    ),
    Row(
        error_class=ErrorClass.AUTH,
        codes=("AuthenticationError", "InvalidAccountStatus", "invalid_api_key"),
        statuses=(401,),
    ),
    Row(
        error_class=ErrorClass.CREDIT,
        codes=(
            "AccountOverdueError",
            "*.ServiceOverdue",
            "insufficient_user_quota",
            "pre_consume_token_quota_failed",
            "insufficient_quota",
            "billing_hard_limit_reached",
            "billing_not_active",
            "credit_balance_exhausted",
            "QuotaExceeded",
            "SetLimitExceeded",
        ),
        statuses=(402,),
    ),
    Row(
        error_class=ErrorClass.NOT_ALLOWED,
        codes=("AccessDenied", "*.ServiceNotOpen", "access_denied"),
        statuses=(403,),
    ),
    Row(
        error_class=ErrorClass.NO_SUCH_MODEL,
        codes=("InvalidEndpointOrModel*", "ModelNotOpen", "UnsupportedModel", "model_not_found"),
        wording=r"\binvalid url\b",
        statuses=(404,),
    ),
    Row(
        error_class=ErrorClass.RATE,
        codes=(
            "RateLimitExceeded*",
            "*RateLimitExceeded",
            "rate_limit_exceeded",
            "RequestBurstTooFast",
            "ServerOverloaded",
            "InflightBatchsizeExceeded",
            "slow_down",
        ),
        statuses=(429,),
    ),
    Row(error_class=ErrorClass.NO_CHANNEL, codes=("get_channel_failed", "channel:*")),
    Row(
        error_class=ErrorClass.SERVER,
        codes=(
            "InternalServiceError",
            "do_request_failed",
            "bad_response*",
            "read_response_body_failed",
        ),
    ),
)
# A gateway's own page: what became of the call behind it nobody knows.
UNKNOWN_STATUSES = frozenset({504, 524})


def classify(
    code: str, message: str, *, status: int | None, param: str = "", kind: str = ""
) -> ErrorClass:
    """Return the class: exact code, code pattern, wording, the error's `type`, HTTP status."""
    found = _by_words(code, f"`{param}` {message}" if param else message, kind)
    if found in (None, ErrorClass.SERVER) and status in UNKNOWN_STATUSES:
        return ErrorClass.UNKNOWN_OUTCOME
    if found is not None:
        return found
    for row in TABLE:
        if status in row.statuses:
            return row.error_class
    # Of the 4xx without a row, none is about an option of the member's.
    return ErrorClass.SERVER


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
        body = _title(answer.body)
    return error_in(body, status=answer.status, answer=answer)


def error_in(body: object, *, status: int | None, answer: Answer | None = None) -> Failure:
    """Read an error object or a body that holds one; `status` None for a single picture's."""
    error = body
    fields = _mapping(body)
    if fields.get("error"):
        error = fields["error"]
    fields = _mapping(error)
    message, request_id = _without_request_id(_text(error))
    code = fields.get("code")
    code = "" if code is None or isinstance(code, bool) else str(code)
    param, kind = fields.get("param"), fields.get("type")
    headers: Mapping[str, str] = answer.headers if answer else {}
    return Failure(
        error_class=classify(
            code,
            message,
            status=status,
            param=param if isinstance(param, str) else "",
            kind=kind if isinstance(kind, str) else "",
        ),
        code=clean(code)[:80],
        message=clean(message),
        http_status=status,
        request_id=request_id or request_id_of(headers),
        retry_after=_retry_after(headers, answer.received_at) if answer else None,
        should_retry={"true": True, "false": False}.get(
            headers.get("x-should-retry", "").strip().lower()
        ),
    )


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


def _by_words(code: str, text: str, kind: str) -> ErrorClass | None:
    for word in (code, kind):
        for exact in (True, False):
            for row in TABLE:
                if word and row.has_code(word, text, exact=exact):
                    return row.error_class
        for row in TABLE if word == code else ():
            if not row.together and row.says(text):
                return row.error_class
    return None


def _text(error: object) -> str:
    """Find the words of an error: `message`, `detail` as text or FastAPI's list, or itself."""
    if isinstance(error, str):
        return error
    fields = _mapping(error)
    for name in ("message", "msg", "detail", "error"):
        value = fields.get(name)
        if isinstance(value, list):
            return "; ".join(filter(None, map(_text, cast("list[object]", value))))
        if value:
            return _text(value)
    return ""


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


_REQUEST_ID = re.compile(r"[\s(]*\brequest[ _]id:?\s*([\w-]+)\s*\)?\.?\s*$", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def _without_request_id(message: str) -> tuple[str, str | None]:
    found = _REQUEST_ID.search(message)
    return (message[: found.start()], found[1][:80]) if found else (message, None)


def _title(body: bytes) -> str:
    found = _TITLE.search(body[:10_000])
    return found[1].decode("utf-8", "replace").strip() if found else ""


def _retry_after(headers: Mapping[str, str], received_at: float) -> float | None:
    """Return the seconds that the service wants us to wait."""
    seconds = _number(headers.get("retry-after-ms"))
    if seconds is not None:
        return seconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - received_at)
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None
