"""Which picture the beginning of a reply means, and when a number is part of its words."""

from __future__ import annotations

from bot.domain.requests.request import NoteKind
from bot.domain.text.prompt import read
from tests.cases import every_case


@every_case(
    ("text", "numbers", "words"),
    [
        ("2 make it winter", (2,), "make it winter"),
        ("2  Make it winter", (2,), "Make it winter"),
        ("#2 add snow", (2,), "add snow"),
        ("2, remove the hat", (2,), "remove the hat"),
        ("2. turn the sky red", (2,), "turn the sky red"),
        ("2) change only the hat", (2,), "change only the hat"),
        ("1,3 put them together", (1, 3), "put them together"),
        ("1+3 combine", (1, 3), "combine"),
        ("2 make it winter --ar 16:9", (2,), "make it winter"),
        ("2 改成冬天", (2,), "改成冬天"),
        ("2换成雪景", (2,), "换成雪景"),
        ("第2张 变成油画", (2,), "变成油画"),
        ("第 2 张，去掉帽子", (2,), "去掉帽子"),
        ("２ 加上雪", (2,), "加上雪"),
    ],
)
def test_a_number_before_a_change_means_a_picture_and_is_told(
    text: str, numbers: tuple[int, ...], words: str
) -> None:
    parsed = read(text, pictures=4)

    assert (parsed.numbers, parsed.prompt) == (numbers, words)
    assert parsed.explicit
    assert [note.kind for note in parsed.notes] == [NoteKind.NUMBER_GUESSED]


@every_case(
    "text",
    [
        "2 cats on the moon",
        "2 make-up artists",
        "2 make up artists",
        "2 give me chills",
        "2 make me laugh",
        "2 turn tables",
        "2 use cases",
        "2 looks great",
        "2 makes more sense",
        "2",
        "2make it winter",
        "2.5 make it larger",
        "2,000 make a crowd",
        "16:9 make it wide",
        "5 make it winter",
        "0 make it winter",
        "2 and 3 are nice",
        "2 只猫",
        "2 把椅子",
        "2 加仑水",
        "第二张",
        "make 2 of it",
    ],
)
def test_any_other_number_stays_in_the_words(text: str) -> None:
    parsed = read(text, pictures=4)

    assert (parsed.numbers, parsed.prompt, parsed.notes) == ((), text, ())


@every_case("pictures", [0, 1])
def test_where_there_is_no_choice_no_number_is_taken(pictures: int) -> None:
    assert read("2 make it winter", pictures=pictures).prompt == "2 make it winter"


def test_a_colon_means_a_picture_whatever_follows_and_needs_no_word_about_it() -> None:
    parsed = read("1: 2 make-up artists", pictures=4)

    assert (parsed.numbers, parsed.prompt, parsed.notes) == ((1,), "2 make-up artists", ())
