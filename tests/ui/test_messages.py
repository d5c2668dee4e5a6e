"""Every value that can reach a person has its sentence, and none shows the machine behind it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from bot.catalog import CatalogProvider, load_catalog
from bot.domain.catalog import ASPECTS, Operation
from bot.domain.errors import (
    AccessError,
    Denial,
    ErrorClass,
    PictureProblem,
    QuotaError,
    QuotaScope,
)
from bot.domain.job import RESTORED_COPY, Reason
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Note,
    NoteKind,
    Reference,
    Violation,
    ViolationKind,
)
from bot.ui import messages
from bot.ui.text import escaped
from tests.cases import every_case
from tests.ui.samples import job, outcome

CATALOG = load_catalog(
    {}, {k: CatalogProvider(kind=k) for k in ("routescope", "seededit", "seedream")}
)

K = ViolationKind
VALUES: dict[ViolationKind, dict[str, Any]] = (
    {
        K.PROMPT_EMPTY: {},
        K.PROMPT_TOO_LONG: {"length": 4001, "limit": 4000},
        K.MODEL_UNKNOWN: {"model": "seedreem"},
        K.STYLE_UNKNOWN: {"style": "Inc"},
        K.STYLES_OFF: {"style": "Ink"},
        K.VARIATIONS_OFF: {},
        K.MODEL_OFF: {"model": "gpt-image-2"},
        K.OPERATION_NOT_OFFERED: {"model": "Seedream 3.0", "operation": "edit"},
        K.REFERENCE_MISSING: {"limit": 1},
        K.REFERENCE_NOT_TAKEN: {},
        K.REFERENCES_TOO_MANY: {"count": 15, "limit": 14},
        K.REFERENCE_RATIO: {
            "position": 1,
            "width": 4000,
            "height": 100,
            "low": Fraction(1, 16),
            "high": Fraction(16),
            "open": False,
        },
        K.REFERENCE_TOO_SMALL: {"position": 2, "width": 10, "height": 10, "limit": 14},
        K.REFERENCE_NEEDS_URL: {"position": 1},
        K.REFERENCE_NEEDS_CONVERSION: {"position": 1},
        K.PICTURE: {"position": 1, "name": "cat.png", "problem": PictureProblem.BROKEN},
        K.MASK_NOT_TAKEN: {},
        K.MASK_RATIO: {"width": 10, "height": 20, "wanted_width": 20, "wanted_height": 20},
        K.SIZE_UNREADABLE: {"size": "big", "legal": ("2K", "4K")},
        K.SIZE_KEYWORD: {"size": "8K", "legal": ("2K", "4K")},
        K.SIZE_PIXELS_NOT_TAKEN: {"size": "1024x1024", "legal": ("adaptive",)},
        K.ASPECT_UNKNOWN: {"aspect": "5:4", "legal": ASPECTS},
        K.ASPECT_NOT_TAKEN: {"aspect": "1:1"},
        K.ASPECT_CONTRADICTS_SIZE: {"size": "2048x2048", "aspect": "16:9"},
        K.COUNT_RANGE: {"count": 20, "limit": 15, "related": False},
        K.COUNT_WITH_REFERENCES: {"count": 15, "references": 3, "limit": 12, "total": 15},
        K.RELATED_NOT_TAKEN: {},
        K.WATERMARK_BY_LAW: {},
        K.OPTION_NOT_TAKEN: {"option": "guidance", "value": 3.0},
        K.OPTION_RANGE: {"option": "guidance", "value": 11.0, "low": 1.0, "high": 10.0},
        K.OPTION_CHOICE: {"option": "quality", "value": "best", "legal": ("low", "high")},
        K.OPTION_NEEDS: {
            "option": "background",
            "value": "transparent",
            "other": "format",
            "legal": ("png", "webp"),
        },
    }
    | {
        kind: {
            "size": "1024x1024",
            "pixels": 1_048_576,
            "min_pixels": 3_686_400,
            "max_pixels": 16_777_216,
            "min_ratio": Fraction(1, 16),
            "max_ratio": Fraction(16),
            "min_edge": 512,
            "max_edge": 2048,
            "multiple": 16,
        }
        for kind in (
            K.SIZE_TOO_FEW_PIXELS,
            K.SIZE_TOO_MANY_PIXELS,
            K.SIZE_RATIO,
            K.SIZE_EDGE_TOO_SHORT,
            K.SIZE_EDGE_TOO_LONG,
            K.SIZE_MULTIPLE,
        )
    }
    | {
        K.FLAG_VALUE: {"flag": "--n", "value": "many"},
        K.MODEL_UNCLEAR: {"model": "5", "models": ("Seedream 5.0", "Seedream 5.0 Lite")},
        K.PRIVATE_NOT_HERE: {},
        K.NO_SUCH_PICTURE: {"number": 5, "limit": 2},
        K.MODEL_NOT_HERE: {"model": "gpt-image-1"},
        K.COUNT_HERE: {"count": 5, "limit": 2},
        K.WORD: {"word": "gore"},
    }
)

NOTES: dict[NoteKind, dict[str, Any]] = {
    NoteKind.SIZE_DOUBTFUL: {"size": "1K"},
    NoteKind.SIZE_EXPERIMENTAL: {"size": "3840x2160"},
    NoteKind.SET_MAY_TIME_OUT: {"count": 8, "limit": 6},
    NoteKind.SET_WITHOUT_COUNT: {"count": 4},
    NoteKind.OPTION_DOUBTFUL: {"option": "watermark", "value": True},
    NoteKind.PROMPT_LONG: {"words": 900, "limit": 600},
    NoteKind.REFERENCE_CHANGED: {"position": 1, "changes": ("format", "rotated")},
    NoteKind.REFERENCE_WILL_BE_FETCHED: {"position": 1},
    NoteKind.FLAG_UNKNOWN: {"flag": "--modle", "near": "--model"},
    NoteKind.FLAG_NOT_OFFERED: {"flag": "--v", "left_out": True},
    NoteKind.FLAG_IN_QUOTES: {"flag": "--n"},
    NoteKind.MODEL_CHOSEN: {"model": "Seedream 3.0", "instead": "Seedream 4.5", "fields": ["seed"]},
    NoteKind.OPTION_WINS: {"flag": "--n 2", "option": "count"},
    NoteKind.NUMBER_GUESSED: {"numbers": [2, 3]},
    NoteKind.STYLE_USED: {"style": "Ink"},
    NoteKind.STYLE_ENFORCED: {"style": "Ink"},
    NoteKind.STYLE_LEFT_OUT: {"model": "", "style": "Ink", "fields": ["references"]},
    NoteKind.DEFAULT_LEFT_OUT: {"model": "Seedream 3.0", "style": "", "fields": ["size", "count"]},
    NoteKind.SPOILER_INHERITED: {},
    NoteKind.FORMAT_TO_FIT: {"format": "jpeg"},
}


def assert_fit_for_people(text: str) -> None:
    assert text
    assert not text[0].islower(), text
    assert text.endswith("."), text
    for machine in ("{", "}", "None", "Fraction", "ViolationKind", "<bot", "  "):
        assert machine not in text, text
    assert len(text) <= 300


@every_case("kind", ViolationKind)
def test_every_violation_has_its_sentence(kind: ViolationKind) -> None:
    assert_fit_for_people(
        messages.violation(Violation(field="size", kind=kind, suggestion="2K", values=VALUES[kind]))
    )
    assert_fit_for_people(messages.violation(Violation(field="x", kind=kind, values=VALUES[kind])))


@every_case("problem", PictureProblem)
@every_case("numbers", [{}, {"limit": 36_000_000, "width": 9, "height": 9}])
def test_every_picture_problem_has_its_sentence(
    problem: PictureProblem, numbers: dict[str, object]
) -> None:
    values = {"position": 3, "name": "cat.png", "problem": problem, **numbers}
    sentence = messages.violation(Violation(field="reference", kind=K.PICTURE, values=values))

    assert_fit_for_people(sentence)
    assert sentence.startswith("Picture 3 (“cat.png”) ")


def test_a_mask_that_cannot_be_used_is_called_one() -> None:
    values = {"name": "mask.png", "problem": PictureProblem.MASK_EMPTY}
    sentence = messages.violation(Violation(field="mask", kind=K.PICTURE, values=values))
    assert_fit_for_people(sentence)
    assert sentence.startswith("The mask (“mask.png”) marks nothing: ")


def test_all_that_was_changed_about_a_picture_is_one_sentence() -> None:
    changes = ("format", "rotated", "first_frame", "scaled", "compressed", "tone_mapped")
    note = Note(kind=NoteKind.REFERENCE_CHANGED, values={"position": 2, "changes": changes})
    assert messages.note(note) == (
        "Picture 2 was converted, turned upright, reduced to its first frame, scaled down, "
        "compressed and tone-mapped from HDR for this model."
    )


@pytest.mark.parametrize("kind", NoteKind)
def test_every_note_has_its_sentence(kind: NoteKind) -> None:
    assert_fit_for_people(messages.note(Note(kind=kind, values=NOTES[kind])))


@every_case("item", Denial)
def test_every_denial_has_its_sentence(item: Denial) -> None:
    values = {"until": 1_800_000_000, "reason": "a *long* story.", "channels": [7], "server": True}
    values |= {"model": "Seedream 4.5", "mine": True, "count": 25, "owner": 7}
    values |= {"check": "prompts", "categories": ("self-harm", "of_*our*_own")}
    error = AccessError(item, **values)
    assert_fit_for_people(
        messages.denial(error, messages.relative_time, escaped).removesuffix("story") + "."
    )


@every_case("item", Reason)
@every_case("size", ["2K", "4K", "4096x4096"])
@every_case("count", [1, 3])
def test_every_reason_has_its_sentence(item: Reason, size: str, count: int) -> None:
    assert_fit_for_people(messages.reason_of(job(reason=item, size=size, count=count)))


@every_case("item", ErrorClass)
def test_every_error_class_has_its_sentence(item: ErrorClass) -> None:
    assert_fit_for_people(messages.error_class(item))


@every_case("scope", QuotaScope)
@every_case("renews_at", [None, 1_800_000_000])
@every_case("left", [0, 2])
@every_case("cheaper", [(), ("size",), ("quality",), ("size", "quality")])
def test_every_quota_refusal_has_its_sentence(
    scope: QuotaScope, renews_at: int | None, left: int, cheaper: tuple[str, ...]
) -> None:
    error = QuotaError(
        scope, needed=3, left=left, window="day", renews_at=renews_at, cheaper=cheaper
    )
    sentences = [
        messages.quota_refusal(error, when)
        for when in (messages.relative_time, messages.plain_time)
    ]

    for sentence in sentences:
        assert_fit_for_people(sentence)
    if renews_at:
        assert "<t:1800000000:R>" in sentences[0]
        assert "2027-01-15 08:00 UTC" in sentences[1]


def test_who_asks_for_more_than_a_limit_ever_has_reads_the_limit_and_what_there_is_room_for() -> (
    None
):
    error = QuotaError(
        QuotaScope.MEMBER, needed=12, left=7, window="day", renews_at=None, limit=10, fits=7
    )
    assert messages.quota_refusal(error, messages.relative_time) == (
        "This needs 12 credits, but you have 7 left today. It will not be enough later either: "
        "the limit is 10 credits per day. There is room for 7 pictures now."
    )


def test_a_job_that_a_restored_copy_ended_does_not_blame_the_image_service() -> None:
    lost = replace(job(reason=Reason.UNKNOWN_OUTCOME, count=3), claimed_by=RESTORED_COPY)
    assert messages.reason_of(lost) == (
        "The bot's database was restored from a copy, so it is not known whether this was made."
    )


def test_whatever_the_check_refuses_can_be_said() -> None:
    said: set[ViolationKind] = set()
    for offer, draft in itertools.product(CATALOG.offers, _drafts()):
        result = check(draft, offer)
        if isinstance(result, ImageRequest):
            for note in result.notes:
                assert_fit_for_people(messages.note(note))
            continue
        for violation in result:
            assert_fit_for_people(messages.violation(violation))
            said.add(violation.kind)

    unsaid = {K.PICTURE, K.MODEL_UNKNOWN, K.MODEL_OFF, K.OPERATION_NOT_OFFERED}
    unsaid |= {K.MODEL_NOT_HERE, K.MODEL_UNCLEAR, K.COUNT_HERE, K.WORD}  # a server's own rules
    unsaid |= {K.STYLE_UNKNOWN, K.STYLES_OFF}  # found before
    unsaid |= {K.VARIATIONS_OFF}  # decided by the server
    unsaid |= {K.WATERMARK_BY_LAW}  # an operator's
    unsaid |= {K.FLAG_VALUE, K.PRIVATE_NOT_HERE, K.NO_SUCH_PICTURE}  # read from messages
    assert said == set(ViolationKind) - unsaid


def _drafts() -> list[Draft]:
    wide = Reference(url="https://a.example/x.png", width=4000, height=100, mime="image/png")
    tiny = Reference(width=10, height=10)
    heic = Reference(
        url="https://a.example/x", width=900, height=900, mime="image/heic", altered=True
    )
    drafts = [
        Draft(prompt=""),
        Draft(prompt="x" * 200_001),
        Draft(prompt="word " * 700),
        Draft(prompt="a", references=(wide, tiny, heic) * 6, count=15),
        Draft(prompt="a", references=(heic,) * 10, count=6),
        Draft(prompt="a", references=(heic,) * 14, related=True, count=5),
        Draft(prompt="a", references=(heic,), mask=Reference(width=100, height=200)),
        Draft(prompt="a", count=0),
        Draft(prompt="a", count=99, related=True),
        Draft(prompt="a", count=8, related=True),
        Draft(prompt="a", guidance=99.0, seed=-5, quality="best", background="transparent"),
        Draft(prompt="a", format="jpeg", background="transparent", compression=999),
        Draft(prompt="a", compression=50, format="png", moderation="none", watermark=True),
        Draft(prompt="a", aspect="5:4"),
        Draft(prompt="a", aspect="16:9", size="2048x2048"),
    ]
    sizes = "big 8K 1K adaptive auto 10x10 9000x9000 100x4000 2049x2049 600x512 3840x2160 4100x1000"
    return [*drafts, *(Draft(prompt="a", size=size) for size in sizes.split())]


def test_numbers_are_written_for_people() -> None:
    draft = Draft(prompt="a", size="1024x1024", operation=Operation.GENERATE)
    (offer, *_) = CATALOG.of("doubao-seedream-4-5-251128", Operation.GENERATE)
    result = check(draft, offer)

    assert isinstance(result, list)
    assert messages.violation(result[0]) == (
        "1024x1024 has 1,048,576 pixels; this model needs at least 3,686,400. Try 1920x1920."
    )


def test_missing_pictures_are_counted_and_free() -> None:
    assert messages.missing(outcome(4)) is None
    assert messages.missing(outcome(3, 1)) == "3 of 4 pictures: one was not made and not charged."
    assert messages.missing(outcome(1, 3, reason=Reason.WITHHELD)) == (
        "1 of 4 pictures: 3 were blocked by the safety filter and not charged."
    )


def test_a_long_value_is_not_repeated_in_full() -> None:
    violation = Violation(field="model", kind=K.MODEL_UNKNOWN, values={"model": "y" * 6000})

    assert len(messages.violation(violation)) < 80
