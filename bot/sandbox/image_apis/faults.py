"""Faults on demand: words in a prompt, or planned beforehand for the next requests.

`fault:<name>` in a prompt asks for a fault, any refusal also as `fault:<name>-once`; a few plain
words do the same, so that somebody trying the demo comes upon them.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.references import is_inline
from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal, invalid
from bot.sandbox.image_apis.openrouter import replies as openrouter

_ASKED = re.compile(r"(?<!\w)fault:([a-z0-9-]+)")
PLAIN_WORDS = {
    "forbidden": "moderation",
    "withheld": "output",
    "overloaded": "503-once",
    "bankrupt": "credit",
    "sluggish": "slow",
}
_HUGE = re.compile(r"\bhuge\b", re.IGNORECASE)

# Name: status, code, message, further headers (image API reference, 11).
_Row = tuple[int, str | None, str, dict[str, str]]
_BUSY = "The requests have exceeded the rate limit."
_REFUSALS: dict[str, _Row] = {
    "401": (401, "AuthenticationError", "The API key in the request is invalid.", {}),
    "404": (404, "ModelNotOpen", "The model is not open any more.", {}),
    "413": (413, "read_request_body_failed", "The request body is too large.", {}),
    "429": (429, "RateLimitExceeded", _BUSY, {"Retry-After": "1"}),
    "429-long": (429, "RateLimitExceeded", _BUSY, {"Retry-After": "300"}),
    "429-ms": (429, "rate_limit_exceeded", _BUSY, {"retry-after-ms": "50"}),
    "credit": (429, "insufficient_quota", "You exceeded your current quota.", {}),
    "overdue": (403, "AccountOverdueError", "Your account has an overdue balance.", {}),
    "500": (500, "InternalServiceError", "The service encountered an error.", {}),
    "500-other": (500, "do_request_failed", "The upstream could not be asked.", {}),
    "500-final": (500, "InternalServiceError", "An error.", {"x-should-retry": "false"}),
    "502": (502, "bad_response_status_code", "Bad gateway.", {}),
    "503": (503, None, "The service is temporarily unavailable.", {}),
    "504": (504, None, "Gateway timeout.", {}),
    "524": (524, None, "A timeout occurred.", {}),
    "529": (529, None, "Provider returned error: the model is overloaded.", {}),
    "no-channel": (503, "get_channel_failed", "No available channel for this model.", {}),
    "wrapped-500": (
        500,
        "bad_response_status_code",
        "Your request was rejected by the safety system. (upstream status 400)",
        {},
    ),
    "validation-500": (500, "invalid_request", "The parameter is not valid.", {}),
    "output": (
        400,
        "OutputImageSensitiveContentDetected",
        "The request failed because the output image may contain sensitive information.",
        {},
    ),
    "reference": (
        400,
        "InputImageSensitiveContentDetected",
        "The request failed because the input image may contain sensitive information.",
        {},
    ),
    "wire-form": (
        400,
        "InvalidParameter",
        "The parameter `image` specified in the request is not valid: invalid url specified.",
        {},
    ),
    "wire-url": (
        400,
        "InvalidImageURL",
        "Timeout while downloading, the image could not be downloaded.",
        {},
    ),
    "moderation": (
        400,
        "InputTextSensitiveContentDetected",
        "The request failed because the input text may contain sensitive information.",
        {},
    ),
}
# 502 and 504 come from a proxy that knows no JSON.
PROXY_PAGES = ("502", "504")
CONNECTION = ("slow", "hang", "reset", "half")
REPLIES = (
    "broken",
    "html",
    "empty",
    "object",
    "nulls",
    "data-url",
    "one-object",
    "error-200",
    "gzip",
    "images-field",
    "task-202",
)
PICTURES = ("partial", "fewer", "not-a-picture")
ASSETS = (
    "asset-500",
    "asset-500-once",
    "asset-404",
    "asset-404-once",
    "asset-html",
    "asset-html-once",
)
STREAMS = ("stream-break", "stream-error", "stream-json")
REFUSALS = tuple(_REFUSALS)
FAULTS = (*REFUSALS, *CONNECTION, *REPLIES, *PICTURES, *ASSETS, *STREAMS)


@dataclass(slots=True, kw_only=True)
class Planned:
    """A fault waiting for requests; `times` None means until it is reset."""

    fault: str
    times: int | None = 1
    match: Mapping[str, str] = field(default_factory=dict[str, str])

    def meets(self, order: CheckedRequest) -> bool:
        """Tell whether this order is meant: `model` and `source` exactly, `prompt` in part."""
        return (
            _applies(_base(self.fault), order)
            and self.match.get("model", order.model) == order.model
            and self.match.get("source", order.source) == order.source
            and self.match.get("prompt", "") in order.prompt
        )


class FaultPlan:
    """Decides which faults meet an order; remembers what was due only once."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []
        self._spent: set[bytes] = set()

    def add(
        self, fault: str, times: int | None = 1, match: Mapping[str, str] | None = None
    ) -> None:
        """Plan a fault for the next orders it applies to; ValueError for an unknown name."""
        if not is_fault(fault):
            raise ValueError(f"unknown fault {fault!r}; known: {', '.join(FAULTS)}")
        self._planned.append(Planned(fault=fault, times=times, match=match or {}))

    def clear(self) -> None:
        """Forget everything planned and everything spent."""
        self._planned.clear()
        self._spent.clear()

    def take(self, order: CheckedRequest) -> tuple[str, ...]:
        """Give the faults that this order meets, counting them as used.

        Raises Refusal for a `fault:` word in the prompt that is not known.
        """
        names = [name for name in _asked(order.prompt) if self._due(name, order)]
        meeting = [planned for planned in self._planned if planned.meets(order)]
        names += [planned.fault for planned in meeting if planned.times is None]
        # Of the counted ones only the first: two planned refusals meet two requests.
        for planned in [planned for planned in meeting if planned.times is not None][:1]:
            names.append(planned.fault)
            planned.times = (planned.times or 1) - 1
        self._planned = [planned for planned in self._planned if planned.times != 0]
        return tuple(_base(name) for name in names if _applies(_base(name), order))

    def _due(self, name: str, order: CheckedRequest) -> bool:
        if _base(name) == name:
            return True
        text = f"{name}\0{order.source}\0{order.model}\0{order.prompt}"
        key = hashlib.sha256(text.encode()).digest()
        if key in self._spent:
            return False
        self._spent.add(key)
        return True


def is_fault(name: str) -> bool:
    """Tell whether a name, with or without `-once`, is known."""
    return name in FAULTS or name.removesuffix("-once") in (*REFUSALS, *CONNECTION, *REPLIES)


def wants_huge(prompt: str) -> bool:
    """Tell whether the prompt asks for a file above Discord's upload limit."""
    return bool(_HUGE.search(prompt))


def refusal_of(name: str, order: CheckedRequest) -> Refusal:
    """Build the refusal that a fault stands for, in the words of the order's source."""
    status, code, message, headers = _REFUSALS[name]
    if order.source is Source.OPENROUTER:
        return openrouter.refusal_of(name, status, message, headers, order.model)
    details: JsonObject = {}
    if order.source in (Source.OPENAI_EDITS, Source.OPENAI, Source.HOME):
        if name == "moderation":
            code = "moderation_blocked"
            details = {"moderation_details": {"moderation_stage": "input", "categories": ["other"]}}
        elif name == "wire-url":
            code = "invalid_image_url"
    param = "image" if name in ("wire-form", "wire-url") else None
    kind = "BadRequest" if status == 400 else "Error"
    return Refusal(status, code, message, param=param, kind=kind, headers=headers, details=details)


def _base(name: str) -> str:
    return name if name in FAULTS else name.removesuffix("-once")


def _asked(prompt: str) -> list[str]:
    names: list[str] = _ASKED.findall(prompt)
    for name in names:
        if not is_fault(name):
            raise invalid("prompt", f"unknown fault {name}; known: {', '.join(FAULTS)}")
    words = set(re.findall(r"\w+", prompt.lower()))
    return names + [fault for word, fault in PLAIN_WORDS.items() if word in words]


def _applies(name: str, order: CheckedRequest) -> bool:
    if name == "reference":
        return bool(order.references)
    if name == "wire-form":
        return any(is_inline(item) for item in order.references)
    if name == "wire-url":
        return any(not is_inline(item) for item in order.references)
    return order.stream if name in STREAMS else True
