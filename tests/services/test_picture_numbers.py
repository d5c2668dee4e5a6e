"""Which picture a number means, in replies and in forms."""

from __future__ import annotations

import pytest

from bot.domain.errors import AccessError, Denial, RefusedError
from bot.domain.job import Picture, PictureState, Post
from bot.services.ports import ResultPicture
from bot.services.requests import picture_numbers
from tests.ui.samples import job


def result(*removed: int) -> list[ResultPicture]:
    """Return five pictures in two posted messages, the third message of three lost."""
    posts = [
        Post(
            job_id="J",
            part=part,
            channel_id=22,
            nonce=str(part),
            positions=positions,
            message_id=message_id,
            removed_at=1 if part in removed else None,
        )
        for part, (positions, message_id) in enumerate([((0, 1), 7), ((2, 3, 4), 8), ((5,), None)])
    ]
    pictures = {
        position: Picture(job_id="J", position=position, call_seq=0, state=PictureState.FETCHED)
        for position in range(6)
    }
    return picture_numbers.numbered(job(), posts, pictures)


def numbers(shown: list[ResultPicture]) -> list[int]:
    return [one.number for one in shown]


def test_numbers_count_over_all_messages_of_a_result() -> None:
    shown = result()
    assert [(one.number, one.message_id, one.place) for one in shown] == [
        (1, 7, 0),
        (2, 7, 1),
        (3, 8, 0),
        (4, 8, 1),
        (5, 8, 2),
    ]
    assert {one.of for one in shown} == {6}


def test_a_removed_picture_keeps_its_number() -> None:
    shown = result(0)
    assert numbers(shown) == [1, 2, 3, 4, 5]
    assert numbers(picture_numbers.standing(shown)) == [3, 4, 5]
    assert numbers(picture_numbers.meant_by_reply(shown, [], [])) == [3]


def test_a_reply_means_the_numbers_that_it_names_in_their_order() -> None:
    every = result()
    meant = picture_numbers.meant_by_reply(every[:2], every, [4, 1])
    assert numbers(meant) == [4, 1]


def test_a_reply_that_names_an_unknown_number_is_refused_with_the_highest() -> None:
    every = result()
    with pytest.raises(RefusedError) as error:
        picture_numbers.meant_by_reply(every, every, [2, 9])
    (violation,) = error.value.refusal.violations
    assert violation.values == {"number": 9, "limit": 5}


def test_a_reply_without_a_number_leaves_a_choice_only_between_several() -> None:
    shown = result()
    assert picture_numbers.choices(shown[:2], []) == [1, 2]
    assert picture_numbers.choices(shown[:2], [2]) == []
    assert picture_numbers.choices(shown[:1], []) == []


def test_nothing_is_left_of_a_result_that_was_removed() -> None:
    with pytest.raises(AccessError) as error:
        picture_numbers.standing(result(0, 1))
    assert error.value.denial is Denial.PICTURE_GONE


def test_a_number_typed_in_a_form_counts_before_a_chosen_one() -> None:
    assert picture_numbers.in_form("2: darker", ["1"], 3) == ["2"]
    assert picture_numbers.in_form("darker", ["1", "3"], 3) == ["1", "3"]


def test_a_form_means_pictures_of_its_message_and_without_numbers_the_first() -> None:
    shown = result()[2:]
    assert numbers(picture_numbers.meant_by_form(shown, [])) == [3]
    assert numbers(picture_numbers.meant_by_form(shown, ["5", "4"])) == [4, 5]
    with pytest.raises(AccessError):
        picture_numbers.meant_by_form(shown, ["1"])
    assert picture_numbers.kept_for_form(["a", "b"], ["2", "7"]) == ["b"]
    assert picture_numbers.kept_for_form(["a", "b"], []) == ["a"]
