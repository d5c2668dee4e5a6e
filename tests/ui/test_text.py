"""What people typed must do nothing on Discord but be read."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.ui.text import escaped, plain, shown_prompt
from tests.cases import every_case
from tests.ui.samples import NASTY

_ALIVE = re.compile(r"[*_~`|<>\[\]]")
_ESCAPED_PAIR = re.compile(r"\\[^a-zA-Z\d\s]")


def assert_harmless(text: str) -> None:
    bare = _ESCAPED_PAIR.sub("¤", text)
    assert not _ALIVE.search(bare), text
    assert "\\" not in bare, text
    assert not re.search(r"@(everyone|here|[!&]?\d)", text), text
    assert "://" not in text
    assert not re.match(r"\s*([#+-]\s|\d+[.)])", bare), text
    assert "\n" not in text
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)
    hidden = {c for c in text if unicodedata.category(c) == "Cf"}
    assert hidden <= {"\u200c", "\u200d", "\u2060"}, hidden


@every_case("prompt", NASTY.values(), ids=NASTY)
def test_a_nasty_prompt_is_shown_as_it_is(prompt: str) -> None:
    assert_harmless(escaped(prompt))


@given(st.text(alphabet=st.sampled_from("@everyonhr<>!&#0189*_~`|[]()\\:/ \n-+.ab\u202e\u200b")))
def test_no_mixture_of_signs_comes_alive(text: str) -> None:
    assert_harmless(escaped(text))


def test_ordinary_words_stay_as_they_were() -> None:
    assert escaped("a fox, sitting (alone); 3.5 m - really!") == (
        "a fox, sitting (alone); 3.5 m - really!"
    )


def test_families_of_emoji_and_persian_joiners_survive() -> None:
    assert plain("👩‍👧 می‌خواهم") == "👩‍👧 می‌خواهم"


def test_a_long_prompt_is_shortened_at_a_word() -> None:
    shown = shown_prompt("a very long wish " * 100)

    assert shown.startswith("> a very long wish")
    assert shown.endswith(("wish…", "long…", "very…", "a…"))
    assert len(shown) <= 302


@every_case("prompt", NASTY.values(), ids=NASTY)
def test_a_shown_prompt_leaves_room_for_the_rest_of_a_caption(prompt: str) -> None:
    assert len(shown_prompt(prompt)) <= 700
