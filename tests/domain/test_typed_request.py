"""What options and flags ask for together."""

from __future__ import annotations

from bot.domain.catalog import Operation
from bot.domain.requests.request import NoteKind
from bot.domain.text.prompt import read
from bot.domain.text.typed_request import TypedRequest, typed_request


def typed(text: str, **options: str | float | None) -> TypedRequest:
    return typed_request(read(text), Operation.GENERATE, options)


def test_flags_fill_in_what_no_option_says() -> None:
    found = typed("a fox --n 2 --ar 1:1 --spoiler", count=None, size="4K")

    assert (found.draft.count, found.draft.aspect, found.draft.size) == (2, "1:1", "4K")
    assert (found.spoiler, found.private, found.notes) == (True, False, ())


def test_an_option_wins_with_a_note_unless_both_say_the_same() -> None:
    found = typed("a fox --n 2 --ar 1:1", count=3, aspect="1:1")

    assert (found.draft.count, found.draft.aspect) == (3, "1:1")
    (note,) = found.notes
    assert note.kind is NoteKind.OPTION_WINS
    assert note.values == {"flag": "--n 2", "option": "count"}


def test_an_option_also_wins_over_a_flag_that_cannot_be_read() -> None:
    found = typed("a fox --n many", count=3)

    assert (found.draft.count, found.problems) == (3, ())
    assert found.notes[0].values == {"flag": "--n many", "option": "count"}
    assert len(typed("a fox --n many").problems) == 1


def test_a_no_is_an_answer() -> None:
    found = typed("a fox --private --spoiler", private=False)

    assert (found.private, found.spoiler) == (False, True)
    assert found.notes[0].values == {"flag": "--private", "option": "private"}
