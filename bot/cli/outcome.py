"""How a command can end other than well; `program` turns it into words, JSON and exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from bot.domain.requests.request import OPTION_FIELDS, Suggestion

DONE, FAILED, REFUSED = 0, 1, 2

# Every option that a violation can name (docs/command-line.md).
FIELDS = (
    "prompt",
    "model",
    "operation",
    "reference",
    "mask",
    "size",
    "aspect",
    "count",
    "related",
    *OPTION_FIELDS,
)
_OTHER_NAMES = {"separate": "related", "no-watermark": "watermark"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One problem of a request, ready to be read; the suggestion has the option's own type."""

    field: str
    message: str
    suggestion: Suggestion = None

    def to_dict(self) -> dict[str, Suggestion]:
        """Return the JSON form."""
        return {"field": self.field, "message": self.message, "suggestion": self.suggestion}


class ComplaintsError(Exception):
    """The request was refused before anything was sent: every problem at once."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("; ".join(complaint.message for complaint in complaints))
        self.complaints = tuple(complaints)


class StoppedError(Exception):
    """The command ends here, for a reason that one sentence tells; `kind` is for scripts."""

    def __init__(self, kind: str, message: str, *, code: int = FAILED) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code


def usage_complaint(error: click.UsageError) -> Complaint | None:
    """Return a misuse as a violation where it is about an option that a request has."""
    if not isinstance(error, click.BadOptionUsage):
        return None
    name = error.option_name.lstrip("-")
    name = _OTHER_NAMES.get(name, name)
    return Complaint(field=name, message=error.format_message()) if name in FIELDS else None
