"""The retry table of docs/spec/image-apis.md section 12."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.errors import ErrorClass, Failure
from bot.providers.retry import decide
from bot.services.ports import Retry
from tests.cases import every_case


def fails(kind: str, **values: Any) -> Failure:
    return Failure(error_class=ErrorClass(kind), **values)


def waits(failure: Failure, *, chance: float = 0.0, **values: Any) -> list[float]:
    """Return the waits of all the tries that a failure is worth."""
    found: list[float] = []
    while retry := decide(failure, len(found) + 1, random=lambda: chance, **values):
        found.append(retry.wait_seconds)
    return found


def test_what_never_left_is_tried_three_times_with_growing_waits() -> None:
    assert waits(fails("unreachable", sent=False)) == [0.5, 1.0]
    assert waits(fails("unreachable", sent=False), chance=1.0) == [0.375, 0.75]


def test_rates_are_tried_three_times_after_the_wait_that_was_asked_for() -> None:
    assert waits(fails("rate", http_status=429, retry_after=7.0), chance=0.9) == [7.0, 7.0]
    assert waits(fails("rate", http_status=429, retry_after=0.0)) == [0.0, 0.0]
    assert waits(fails("rate", http_status=429)) == [2.0, 4.0]
    assert waits(fails("rate", http_status=429), chance=1.0) == [1.5, 3.0]


def test_a_wish_above_two_minutes_ends_it() -> None:
    assert waits(fails("rate", retry_after=120.0)) == [120.0, 120.0]
    assert waits(fails("rate", retry_after=121.0)) == []


@pytest.mark.parametrize(
    "failure",
    [
        fails("server", http_status=503),
        fails("no_channel", http_status=500),
        fails("server", http_status=500, code="InternalServiceError"),
    ],
)
def test_passing_troubles_are_tried_twice(failure: Failure) -> None:
    assert waits(failure) == [2.0]
    assert waits(failure, chance=1.0) == [5.0]


@every_case(
    "failure",
    [
        fails("server", http_status=500, code="do_request_failed"),
        fails("server", http_status=502),
        fails("server", code="InternalServiceError"),  # of a single picture
        fails("unknown_outcome"),
        fails("unknown_outcome", http_status=504),
        fails("unknown_outcome", http_status=524),
        fails("no_such_model", http_status=503),
        fails("prompt_refused", http_status=400),
        fails("reference_refused", http_status=400),
        fails("result_withheld", http_status=400),
        fails("bad_size", http_status=400),
        fails("bad_reference", http_status=400),
        fails("bad_option", http_status=400),
        fails("bad_option", http_status=500),
        fails("too_large", http_status=413),
        fails("too_large", sent=False),
        fails("auth", http_status=401),
        fails("credit", http_status=429, retry_after=1.0),
        fails("not_allowed", http_status=403),
        fails("bad_response", http_status=200),
        fails("no_image", http_status=200),
    ],
)
def test_everything_else_is_tried_once(failure: Failure) -> None:
    assert waits(failure) == []


def test_the_services_explicit_word_comes_first() -> None:
    assert waits(fails("rate", should_retry=False)) == []
    assert waits(fails("server", http_status=503, should_retry=False)) == []
    assert waits(fails("bad_reference", should_retry=False), other_form_helps=True) == []
    assert waits(fails("server", http_status=500, should_retry=True)) == [2.0]
    assert waits(fails("server", http_status=500, should_retry=True, retry_after=300.0)) == []


@pytest.mark.parametrize(
    "kind", ["unknown_outcome", "prompt_refused", "credit", "no_image", "bad_response"]
)
def test_no_header_makes_us_pay_twice_or_repeat_a_refusal(kind: str) -> None:
    assert waits(fails(kind, http_status=504, should_retry=True)) == []


def test_the_other_wire_form_is_tried_once_and_at_once() -> None:
    failure = fails("bad_reference", http_status=400)
    retry = decide(failure, 1, random=lambda: 0.5, other_form_helps=True)
    assert retry == Retry(wait_seconds=0.0, second_form=True)
    again = decide(failure, 2, random=lambda: 0.5, second_form=True, other_form_helps=True)
    assert again is None


def test_a_retry_after_the_change_of_form_keeps_it_and_does_not_count_it() -> None:
    busy = fails("rate", http_status=429, retry_after=1.0)
    retry = decide(busy, 3, random=lambda: 0.5, second_form=True)
    assert retry == Retry(wait_seconds=1.0, second_form=True)
    assert decide(busy, 4, random=lambda: 0.5, second_form=True) is None
