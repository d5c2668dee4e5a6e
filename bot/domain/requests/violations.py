"""What holding a draft against an offer brings up; knows no rule itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.requests.request import (
    Note,
    NoteKind,
    Suggestion,
    Violation,
    ViolationKind,
)


@dataclass(slots=True)
class Findings:
    """Violations and notes, in the order in which they were found."""

    violations: list[Violation] = field(default_factory=list[Violation])
    notes: list[Note] = field(default_factory=list[Note])

    def refuse(
        self,
        field_name: str,
        kind: ViolationKind,
        suggestion: Suggestion = None,
        **values: object,
    ) -> None:
        """Add a violation; `values` hold the numbers for its sentence."""
        self.violations.append(
            Violation(field=field_name, kind=kind, suggestion=suggestion, values=values)
        )

    def note(self, kind: NoteKind, **values: object) -> None:
        """Add a remark."""
        self.notes.append(Note(kind=kind, values=values))
