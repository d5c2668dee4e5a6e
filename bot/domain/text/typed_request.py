"""Joins what was chosen in options with the flags of a prompt: an option wins over a flag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.domain.catalog import Operation
from bot.domain.requests.request import Draft, Note, NoteKind, Violation
from bot.domain.text.flags import Value
from bot.domain.text.prompt import ParsedText


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRequest:
    """A draft as a member typed and chose it, with what reading it found.

    `decided` are those of `spoiler` and `private` that were said: their defaults do not count then.
    """

    draft: Draft
    spoiler: bool = False
    private: bool = False
    problems: tuple[Violation, ...] = ()
    notes: tuple[Note, ...] = ()
    decided: frozenset[str] = frozenset()


def typed_request(
    parsed: ParsedText, operation: Operation, options: Mapping[str, Value | None]
) -> TypedRequest:
    """Return what a prompt and options ask for together.

    `options` are fields of a Draft, `spoiler` and `private`; None where nothing was chosen.
    """
    chosen = {name: value for name, value in options.items() if value is not None}
    typed = {**parsed.options, "spoiler": parsed.spoiler, "private": parsed.private}
    both = typed | chosen
    shown = ("spoiler", "private")
    decided = frozenset(name for name in shown if name in chosen or both[name])
    spoiler, private = bool(both.pop("spoiler")), bool(both.pop("private"))
    return TypedRequest(
        draft=replace(Draft(prompt=parsed.prompt, operation=operation), **both),  # pyright: ignore[reportArgumentType]
        spoiler=spoiler,
        private=private,
        problems=tuple(one for one in parsed.problems if one.field not in chosen),
        notes=(*parsed.notes, *_beaten(parsed, typed, chosen)),
        decided=decided,
    )


def _beaten(
    parsed: ParsedText, typed: Mapping[str, Value], chosen: Mapping[str, Value]
) -> Iterator[Note]:
    """Yield a note for each flag whose option was chosen with another value."""
    flags = {name: flag for name, flag in parsed.flags.items() if typed[name] != chosen.get(name)}
    for one in parsed.problems:
        flags[one.field] = f"{one.values['flag']} {one.values['value']}".strip()
    for name, flag in flags.items():
        if name in chosen:
            yield Note(kind=NoteKind.OPTION_WINS, values={"flag": flag, "option": name})
