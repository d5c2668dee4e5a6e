"""Words are found whatever their case, width and accents, in every language."""

from __future__ import annotations

from bot.domain.text.search import contains, words_of
from tests.cases import every_case


@every_case(
    ("typed", "text"),
    [
        ("fox", "A Fox in the snow"),
        ("snow fox", "a fox in the snow"),
        ("狐狸", "一只狐狸在雪地里"),
        ("ＦＯＸ", "a fox"),
        ("fox", "a ｆｏｘ"),
        ("creme", "Crème brûlée"),
        ("CRÈME", "creme"),
        ("strasse", "eine Straße"),
        ("❤", "a ❤\ufe0f"),
        ("“red fox”", "a red, sly fox"),
        ("100%", "100% wool"),
        ("a_b", "a_b"),
        ("きつね", "白いきつね"),
        ("лис", "ЛИСА"),
    ],
)
def test_a_text_with_the_words_is_found(typed: str, text: str) -> None:
    assert contains(text, words_of(typed))


@every_case(
    ("typed", "text"),
    [
        ("fox hen", "a fox"),
        ("%", "a fox"),
        ("a_b", "axb"),
        ("\\", "a fox"),
        ("ﬀx", "a fox"),
        ("狗", "一只狐狸"),
    ],
)
def test_a_text_without_one_of_them_is_not(typed: str, text: str) -> None:
    assert not contains(text, words_of(typed))


@every_case("typed", ["", "   ", '""', "“”", "\u3000", "\ufe0f"])
def test_nothing_to_look_for_is_in_everything(typed: str) -> None:
    assert words_of(typed) == ()
    assert contains("a fox", words_of(typed))
    assert contains("", words_of(typed))
