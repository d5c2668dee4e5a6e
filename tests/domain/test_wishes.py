"""Styles and defaults in a request: kept where they can be, left out and named where not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain.catalog import Operation
from bot.domain.requests.offer_check import as_draft, check
from bot.domain.requests.request import Draft, ImageRequest, NoteKind, Reference, Refusal
from bot.domain.requests.wishes import Wishes, fulfilled
from bot.domain.styles.able import able
from bot.domain.styles.kept import values_of
from bot.domain.styles.style import Style
from bot.domain.styles.words import own_room, with_words
from tests.cases import every_case
from tests.domain.shipped import CATALOG, ROUTER, V3, V40, V45


def served(draft: Draft, wishes: Wishes, **how: Any) -> ImageRequest | Refusal:
    """Return what becomes of a draft for the shipped catalog."""
    found = fulfilled(lambda one: ROUTER.route(one), draft, wishes, **how)
    return found if isinstance(found, Refusal) else found[1]


def notes(request: ImageRequest | Refusal, kind: NoteKind) -> list[str]:
    """Return the fields that the notes of one kind name."""
    return [str(name) for one in request.notes if one.kind is kind for name in one.values["fields"]]  # pyright: ignore[reportGeneralTypeIssues]


FOX = Draft(prompt="a fox", operation=Operation.GENERATE)


@every_case(
    ("style", "own", "sent"),
    [
        (None, "a fox", "a fox"),
        ("", "a fox", "a fox"),
        ("in ink", "a fox", "a fox, in ink"),
        ("{prompt}, in ink", "a fox", "a fox, in ink"),
        ("{prompt} and {prompt}", "a fox", "a fox and a fox"),
        ("ink {prompt}", "a {prompt}", "ink a {prompt}"),
        ("ink {prompt} {x} {0}", "{y}", "ink {y} {x} {0}"),
    ],
)
def test_words_stand_in_those_of_the_style(style: str | None, own: str, sent: str) -> None:
    assert with_words(style, own) == sent


@every_case(("style",), [("",), ("in ink",), ("ink {prompt}",), ("{prompt} {prompt} twice",)])
def test_what_is_left_of_a_limit_is_used_up_and_not_passed(style: str) -> None:
    room = own_room(style, 100)
    assert len(with_words(style, "x" * room)) <= 100 < len(with_words(style, "x" * (room + 1)))


def test_without_wishes_nothing_changes() -> None:
    found = served(FOX, Wishes())
    assert isinstance(found, ImageRequest)
    assert (found.model, found.notes) == (V45, ())


def test_the_style_comes_before_the_member_and_the_draft_before_both() -> None:
    wishes = Wishes(of_style={"model": V40}, of_member={"model": V3, "count": 2})
    found = served(FOX, wishes)
    assert isinstance(found, ImageRequest)
    assert (found.model, found.count) == (V40, 2)
    typed = served(replace(FOX, model=V45, count=1), wishes)
    assert isinstance(typed, ImageRequest)
    assert (typed.model, typed.count, typed.notes) == (V45, 1, ())


def test_what_a_typed_model_cannot_do_is_left_out_by_whose_wish_it_was() -> None:
    wishes = Wishes(style="Ink", of_style={"quality": "high"}, of_member={"size": "4K"})
    found = served(replace(FOX, model=V3), wishes)
    assert isinstance(found, ImageRequest)
    assert notes(found, NoteKind.STYLE_LEFT_OUT) == ["quality"]
    assert notes(found, NoteKind.DEFAULT_LEFT_OUT) == ["size"]


def test_examples_are_left_out_where_a_model_takes_none() -> None:
    wishes = Wishes(style="Ink", pictures=(Reference(), Reference()))
    whole = served(replace(FOX, model=V40), wishes)
    without = served(replace(FOX, model=V3), wishes)
    assert isinstance(whole, ImageRequest)
    assert isinstance(without, ImageRequest)
    assert (whole.references, without.references) == (2, 0)
    assert notes(without, NoteKind.STYLE_LEFT_OUT) == ["references"]


def test_a_typed_shape_does_not_meet_the_pixels_of_a_style() -> None:
    found = served(replace(FOX, aspect="1:1"), Wishes(of_style={"size": "2560x1440"}))
    assert isinstance(found, ImageRequest)
    width, height = found.size.split("x")
    assert width == height


def test_too_many_of_a_default_become_as_many_as_there_may_be() -> None:
    most = CATALOG.of(V40, Operation.GENERATE)[0].count.separate_max
    many = served(replace(FOX, model=V40), Wishes(of_member={"count": most + 1}))
    assert isinstance(many, ImageRequest)
    assert many.count == most
    assert notes(many, NoteKind.DEFAULT_LEFT_OUT) == ["count"]


def test_a_model_whose_service_is_paused_gives_way() -> None:
    wishes = Wishes(style="Ink", of_style={"model": V40})
    found = served(FOX, wishes, works=lambda offer: offer.model_id != V40)
    assert isinstance(found, ImageRequest)
    assert found.model == V45
    assert notes(found, NoteKind.STYLE_LEFT_OUT) == ["model"]


def test_what_was_typed_is_refused_as_ever() -> None:
    found = served(
        replace(FOX, prompt="", size="9x9"), Wishes(of_style={"aspect": "16:9"}, of_member={})
    )
    assert isinstance(found, Refusal)
    assert {one.field for one in found.violations} >= {"prompt"}


def test_a_style_takes_over_the_shape_and_nothing_that_is_usual() -> None:
    found = served(replace(FOX, model=V40, aspect="16:9", size="4K", seed=None), Wishes())
    assert isinstance(found, ImageRequest)
    offer = CATALOG.of(V40, Operation.GENERATE)[0]
    assert values_of(found, offer) == {"model": V40, "size": "4K", "aspect": "16:9"}
    plain = served(replace(FOX, model=V40), Wishes())
    assert isinstance(plain, ImageRequest)
    assert values_of(plain, offer) == {"model": V40}


def test_a_style_says_who_can_do_it() -> None:
    style = Style(
        style_id="x", name="Ink", words="ink", made_by=1, values={"model": V40}, pictures=2
    )
    offers = [CATALOG.of(one, Operation.GENERATE)[0] for one in (V3, V40, V45)]
    found = {one.offer.model_id: one.without for one in able(style, offers)}
    assert found == {V40: (), V45: (), V3: ("references",)}
    assert able(style, offers)[0].offer.model_id == V40


def test_a_repeated_request_has_the_words_of_its_style_once() -> None:
    draft = replace(FOX, model=V40, style="Ink", style_words="ink {prompt}")
    offer = CATALOG.of(V40, Operation.GENERATE)[0]
    first = check(draft, offer)
    assert isinstance(first, ImageRequest)
    again = check(as_draft(first, {}), offer)
    assert isinstance(again, ImageRequest)
    assert again.styled_prompt == first.styled_prompt == "ink a fox"
    assert ImageRequest.from_dict(first.to_dict()) == first
