"""What is read out of a text: picture numbers, flags, and what phones make of them."""

from __future__ import annotations

import pytest

from bot.domain.requests.request import NoteKind
from bot.domain.text import prompt
from bot.domain.text.prompt import ParsedText, read
from tests.cases import every_case


@every_case(
    ("text", "numbers", "left"),
    [
        ("make it night", (), "make it night"),
        ("2: make it night", (2,), "make it night"),
        ("2 : make it night", (2,), "make it night"),
        ("#2: make it night", (2,), "make it night"),
        ("2,3: swap them", (2, 3), "swap them"),
        ("3 & 2: swap them", (3, 2), "swap them"),
        ("2,2: swap them", (2,), "swap them"),
        ("２，３：夜にして", (2, 3), "夜にして"),
        ("2、3：换一下", (2, 3), "换一下"),
        ("12: 3 cats", (12,), "3 cats"),
        ("2:", (2,), ""),
        ("16:9 please", (), "16:9 please"),
        ("１６：９ please", (), "１６：９ please"),
        ("12:30 on the clock", (), "12:30 on the clock"),
        ("200: a number", (), "200: a number"),
        ("a fox, 2: night", (), "a fox, 2: night"),
        ("😀: make it night", (), "😀: make it night"),
    ],
)
def test_numbers_stand_at_the_beginning_and_end_in_a_colon(
    text: str, numbers: tuple[int, ...], left: str
) -> None:
    parsed = read(text)

    assert (parsed.numbers, parsed.prompt) == (numbers, left)
    assert parsed.explicit is bool(numbers)


@every_case(
    ("text", "options"),
    [
        ("night --ar 16:9", {"aspect": "16:9"}),
        ("night --aspect auto", {"aspect": "auto"}),
        ("night —ar 16:9", {"aspect": "16:9"}),
        ("night ——ar 16：9", {"aspect": "16:9"}),
        ("night – ar 16:9", {}),
        ("night –ar 16:9", {"aspect": "16:9"}),
        ("night －－ar １６：９", {"aspect": "16:9"}),
        ("night −−ar 16∶9", {"aspect": "16:9"}),
        ("night --ar=16:9", {"aspect": "16:9"}),
        ("night --ar: 16:9", {"aspect": "16:9"}),
        ("night --ar16:9", {"aspect": "16:9"}),
        ("night --ar 9×16", {"aspect": "9:16"}),
        ("night --AR 3/2", {"aspect": "3:2"}),
        ("night --n 2", {"count": 2}),
        ("night --n２", {"count": 2}),
        ("night\u3000--n\u3000２", {"count": 2}),
        ("night\u00a0--n\u00a02", {"count": 2}),
        ("night, --n 2, --seed 7.", {"count": 2, "seed": 7}),
        ("night --seed -1", {"seed": -1}),
        ("night --size 2k", {"size": "2K"}),
        ("night --size ２Ｋ", {"size": "2K"}),
        ("night --size 2048×1024", {"size": "2048x1024"}),
        ("night --size 2048*1024", {"size": "2048x1024"}),
        ("night --model gpt-image-2", {"model": "gpt-image-2"}),
        ("night --model Seedream 4.5", {"model": "Seedream 4.5"}),
        ("night --model Seedream 5.0 lite", {"model": "Seedream 5.0 lite"}),
        ("night --model “Seedream 4.5”", {"model": "Seedream 4.5"}),
        ("night --model 4.5", {"model": "4.5"}),
        ("night --guidance 3,5", {"guidance": 3.5}),
        ("night --quality High", {"quality": "high"}),
        ("night --format jpg", {"format": "jpeg"}),
        ("night --background transparent", {"background": "transparent"}),
        ("night --compression 80", {"compression": 80}),
        ("night --no-watermark", {"watermark": False}),
        ("night --model gpt image 2", {"model": "gpt image 2"}),
        ("night --ar 16:9--n 2", {"aspect": "16:9", "count": 2}),
        ("night —ar 16:9—n 2", {"aspect": "16:9", "count": 2}),
        ("night --watermark=false", {"watermark": False}),
        ("night --no-watermark=no", {"watermark": True}),
        ("night --related", {"related": True}),
        ("night —separate", {"related": False}),
        ("night --n 2 —separate --ar 1:1", {"count": 2, "related": False, "aspect": "1:1"}),
    ],
)
def test_flags_are_read_however_the_keyboard_wrote_them(
    text: str, options: dict[str, prompt.Value]
) -> None:
    parsed = read(text)

    assert parsed.options == options
    if options:
        assert parsed.prompt.rstrip(",.") == "night"
    assert (parsed.problems, parsed.notes) == ((), ())


@every_case(
    "text",
    [
        "a fox —size matters here",
        "a fox —related to wolves",
        "a fox —private and shy",
        "a fox —format unclear, quality low",
        "a fox —red and bold",
        "a well--known fox",
        "make it -- well, darker",
        "a fox - n 2",
        "one -n 2",
        "👨‍👩‍👧 --> 🦊",
        "把狐狸——换成狼",
        "一只狐狸 ——private and shy",
    ],
)
def test_prose_with_dashes_stays_prose(text: str) -> None:
    assert read(text) == ParsedText(prompt=text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("--n 2 a fox", "a fox"),
        ("a --n 2 fox", "a fox"),
        ("画--n 2", "画--n 2"),
        ("画 --n 2张猫", "画 张猫"),
        ("😀 --n 2 🦊", "😀 🦊"),
        ("one\ntwo --n 2\nthree", "one\ntwo \nthree"),
        ("ＦＯＸ １２ --n 2", "ＦＯＸ １２"),
    ],
)
def test_what_is_left_is_the_prompt_as_it_was_typed(text: str, left: str) -> None:
    assert read(text).prompt == left


@pytest.mark.parametrize(
    ("text", "flag", "near"),
    [
        ("night --modle 4.5", "--modle", "--model"),
        ("night --aspekt 1:1", "--aspekt", "--aspect"),
        ("night —guidence 3", "--guidence", "--guidance"),
        ("night --zzzz", "--zzzz", ""),
    ],
)
def test_an_unknown_flag_stays_and_is_named_with_the_nearest(
    text: str, flag: str, near: str
) -> None:
    parsed = read(text)

    assert parsed.prompt == text
    (note,) = parsed.notes
    assert note.values == {"flag": flag, "near": near}


@every_case(
    ("text", "left", "flags"),
    [
        ("night --v 6.1 --s 250 --ar 1:1", "night", ["--v", "--s"]),
        ("night --stylize 50, --chaos 20 --q .5", "night", ["--stylize", "--chaos", "--q"]),
        ("night --quality 2", "night", ["--quality"]),
        ("night --v6 --tile", "night", ["--v", "--tile"]),
        ("night —v 6", "night", ["--v"]),
        ("night --style raw --sref https://a.example/b.png", "night", ["--style", "--sref"]),
        ("night --p abc123 --niji", "night", ["--p", "--niji"]),
        ("night --style random", "night", ["--style"]),
        ("night --no cats, dogs", "night --no cats, dogs", ["--no"]),
    ],
)
def test_flags_of_midjourney_are_named_without_a_guess(
    text: str, left: str, flags: list[str]
) -> None:
    parsed = read(text)

    assert parsed.prompt == left
    assert [(n.kind, n.values["flag"]) for n in parsed.notes] == [
        (NoteKind.FLAG_NOT_OFFERED, flag) for flag in flags
    ]


@every_case(
    ("text", "left", "options"),
    [
        ('says "use --n 2" --n 3', 'says "use --n 2"', {"count": 3}),
        ("says “use --n 2”.", "says “use --n 2”.", {}),
        ("type `--n 2` in it", "type `--n 2` in it", {}),
        ("她说“用 --n 2”", "她说“用 --n 2”", {}),
        ("写着「--n 2」的牌子 --n 3", "写着「--n 2」的牌子", {"count": 3}),
        ('a 12" bat --n 2 and a 14" pan', 'a 12" bat and a 14" pan', {"count": 2}),
        ('"a castle" --n 2', '"a castle"', {"count": 2}),
        ('"a castle --n 2"', "a castle", {"count": 2}),
        ("`a castle --n 2`", "a castle", {"count": 2}),
        ('"a castle"', '"a castle"', {}),
    ],
)
def test_flags_in_quotation_marks_are_words_unless_these_hold_everything(
    text: str, left: str, options: dict[str, prompt.Value]
) -> None:
    parsed = read(text)

    assert (parsed.prompt, parsed.options) == (left, options)


def test_a_ticket_is_not_filled_with_unknown_flags() -> None:
    parsed = read(" ".join(f"--zz{chr(97 + n)}" for n in range(20)))

    assert len(parsed.notes) == 5
    assert read("--zz --zz").notes == read("--zz").notes


def test_without_numbers_a_prompt_may_begin_with_one() -> None:
    assert read("2: the sequel --n 2", with_numbers=False).prompt == "2: the sequel"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("night --n many", "count", "many"),
        ("night --n", "count", ""),
        ("night --n --seed 7", "count", ""),
        ("night --ar wide", "aspect", "wide"),
        ("night --size huge", "size", "huge"),
        ("night --n 2.5", "count", "2.5"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_problem(text: str, field: str, value: str) -> None:
    (problem,) = read(text).problems

    assert (problem.field, problem.values["value"]) == (field, value)


@pytest.mark.parametrize(
    ("text", "explicit"),
    [
        ("--n 2 night", True),
        ("--n many night", True),
        ("--private night", True),
        ("night --n 2", False),
        ("--zzz night", False),
    ],
)
def test_a_flag_at_the_beginning_is_no_accident(text: str, explicit: bool) -> None:
    assert read(text).explicit is explicit


def test_a_flag_that_is_switched_off_is_off() -> None:
    parsed = read("night --private=false --spoiler=yes")

    assert (parsed.prompt, parsed.private, parsed.spoiler) == ("night", False, True)


def test_private_and_spoiler_are_told_apart_from_the_models_options() -> None:
    parsed = read("night --spoiler --private")

    assert (parsed.private, parsed.spoiler, parsed.options) == (True, True, {})


@pytest.mark.parametrize(
    ("text", "left", "began"),
    [
        ("<@5> make it night", "make it night", True),
        ("  <@!5>, make it night", "make it night", True),
        ("make <@5> it night", "make   it night", False),
        ("<@6> make it night", "<@6> make it night", False),
        ("<@5>", "", True),
    ],
)
def test_a_mention_is_taken_out_and_its_place_told(text: str, left: str, began: bool) -> None:
    assert prompt.without_mention(text, 5) == (left, began)
