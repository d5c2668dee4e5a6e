"""From the texts of `generate`'s options to a draft; what cannot be read is a complaint."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.cli.outcome import Complaint
from bot.domain.catalog import Operation
from bot.domain.requests.request import Draft, Suggestion
from bot.ui import terminal
from bot.ui.language import Phrase
from bot.ui.messages.words import quoted

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The options as they were typed, None where they were not; `output` and the like apart."""

    prompt: str
    model: str | None
    operation: str | None
    reference: tuple[str, ...]
    mask: str | None
    size: str | None
    aspect: str | None
    count: str | None
    related: bool | None
    seed: str | None
    guidance: str | None
    quality: str | None
    background: str | None
    format: str | None
    compression: str | None
    moderation: str | None
    watermark: bool | None
    stream: bool | None


def read_draft(submission: Submission) -> tuple[Draft, list[Complaint]]:
    """Return the draft, without its pictures, and a complaint for each unreadable value.

    Whether a value is legal for a model is for the domain to say.
    """
    complaints: list[Complaint] = []

    def whole(field: str, text: str | None) -> int | None:
        return _read(field, text, int, _nearest_whole, terminal.NOT_WHOLE, complaints)

    draft = Draft(
        prompt=submission.prompt,
        model=submission.model,
        operation=_read(
            "operation",
            submission.operation,
            lambda text: Operation(text.strip().lower()),
            _nearest_operation,
            terminal.NOT_AN_OPERATION,
            complaints,
        ),
        size=submission.size,
        aspect=submission.aspect,
        count=whole("count", submission.count),
        related=submission.related,
        guidance=_read(
            "guidance",
            submission.guidance,
            float,
            _nearest_number,
            terminal.NOT_A_NUMBER,
            complaints,
        ),
        seed=whole("seed", submission.seed),
        quality=submission.quality,
        background=submission.background,
        format=submission.format,
        compression=whole("compression", submission.compression),
        moderation=submission.moderation,
        watermark=submission.watermark,
        stream=submission.stream,
    )
    return draft, complaints


def _read(
    field: str,
    text: str | None,
    parse: Callable[[str], T],
    nearest: Callable[[str], Suggestion],
    sentence: Phrase,
    complaints: list[Complaint],
) -> T | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        message = sentence.filled(value=quoted(text))
        complaints.append(Complaint(field=field, message=message, suggestion=nearest(text)))
        return None


def _nearest_number(text: str) -> float | None:
    """Read what was probably meant: a decimal comma."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _nearest_whole(text: str) -> int | None:
    number = _nearest_number(text)
    return None if number is None else round(number)


def _nearest_operation(text: str) -> str | None:
    names = [operation.value for operation in Operation]
    close = difflib.get_close_matches(text.strip().lower(), names, n=1, cutoff=0.4)
    return close[0] if close else None
