"""The sentence of each note: what a member should know about an accepted request."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.request import Note, NoteKind
from bot.ui.messages.words import listed, number, quoted

_CHANGES = {
    "format": "converted",
    "rotated": "turned upright",
    "first_frame": "reduced to its first frame",
    "scaled": "scaled down",
    "compressed": "compressed",
}


def note(item: Note) -> str:
    """Return the sentence of a note, in plain text."""
    return _SENTENCES[item.kind](item.values)


def _changed(values: Mapping[str, object]) -> str:
    changes = values["changes"]
    names = changes if isinstance(changes, tuple | list) else ()
    words = listed((_CHANGES.get(str(name), str(name)) for name in names), "and")
    return f"Picture {values['position']} was {words} for this model."


def _flag_unknown(values: Mapping[str, object]) -> str:
    near = f" The nearest flag is {values['near']}." if values["near"] else ""
    return f"{quoted(values['flag'])} is not known, so it stayed in the prompt.{near}"


_SENTENCES: dict[NoteKind, Callable[[Mapping[str, object]], str]] = {
    NoteKind.SIZE_DOUBTFUL: lambda v: (
        f"{v['size']} is announced for this model, but its maker may refuse it."
    ),
    NoteKind.SIZE_EXPERIMENTAL: lambda v: f"{v['size']} is experimental for this model.",
    NoteKind.SET_MAY_TIME_OUT: lambda v: (
        f"A set of more than {v['limit']} may take too long for the service; separate pictures "
        "do not."
    ),
    NoteKind.OPTION_DOUBTFUL: lambda v: (
        f"The service may not support {v['option']} {quoted(v['value'])}."
    ),
    NoteKind.PROMPT_LONG: lambda v: (
        f"Beyond {number(v['limit'])} words the model may overlook details."
    ),
    NoteKind.REFERENCE_CHANGED: _changed,
    NoteKind.FLAG_UNKNOWN: _flag_unknown,
    NoteKind.REFERENCE_WILL_BE_FETCHED: lambda v: (
        f"Picture {v.get('position', 1)} would be fetched from its address and sent along."
    ),
}
