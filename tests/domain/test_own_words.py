"""What was typed into a form is told from the words that already stood in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text.own_words import edited
from tests.cases import every_case


@every_case(
    ("stored", "typed", "own"),
    [
        ("a fox", "a fox", ""),
        ("a fox", "a fox --n 2", "--n 2"),
        ("a fox", "--n 2 a fox", "--n 2"),
        ("a fox --n 2", "a fox --n 2", ""),
        ("a fox --n 2", "a fox --ar 16:9 --n 2", "--ar 16:9"),
        ("a fox --n 2", "a fox --n 3", "--n 3"),
        ("a fox --arr 16:9 now", "a fox --ar 16:9 now", "--ar 16:9"),
        ("a fox —n 2", "a fox —n 3", "—n 3"),
        ("a red fox", "a blue fox", "blue"),
        ("a fox", "a hen", "hen"),
        ("a fox", "something else", "something else"),
        ("", "a fox --n 2", "a fox --n 2"),
        ("a fox", "", ""),
        ("a a a", "a a", ""),
        ("a a", "a a a", "a"),
        ("一只狐狸 --n 4", "一只狐狸 在雪地 --n 4", "在雪地"),
    ],
)
def test_only_what_differs_is_the_members_own(stored: str, typed: str, own: str) -> None:
    assert edited(stored, typed).own == own


@given(stored=st.lists(st.sampled_from("abc"), max_size=6), typed=st.lists(st.sampled_from("abc")))
def test_the_parts_make_the_whole(stored: list[str], typed: list[str]) -> None:
    parts = edited(" ".join(stored), " ".join(typed))
    assert parts.with_own(parts.own) == " ".join(typed)
    assert parts.with_own("x") == " ".join(p for p in (parts.before, "x", parts.after) if p)
