"""The states of a job, and what its ended calls amount to."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import ErrorClass
from bot.domain.job import (
    TRANSITIONS,
    Call,
    CallState,
    JobState,
    Picture,
    PictureState,
    Reason,
    new_job_id,
    reason_of,
)
from bot.domain.job_outcome import Outcome, outcome
from tests.cases import every_case

ENDS = (
    CallState.ANSWERED,
    CallState.REFUSED,
    CallState.FAILED,
    CallState.UNKNOWN,
    CallState.SKIPPED,
)
ERRORS = {
    CallState.REFUSED: ErrorClass.PROMPT_REFUSED,
    CallState.FAILED: ErrorClass.SERVER,
    CallState.UNKNOWN: ErrorClass.UNKNOWN_OUTCOME,
}


def ended(
    seq: int,
    state: CallState,
    *,
    asked: int = 1,
    made: int | None = None,
    try_number: int = 1,
    error: ErrorClass | None = None,
) -> Call:
    """Return a call that ended; an answered one made what was asked."""
    if made is None:
        made = asked if state is CallState.ANSWERED else 0
    return Call(
        job_id="J",
        seq=seq,
        try_number=try_number,
        state=state,
        images_asked=asked,
        images_made=made,
        error_class=error or ERRORS.get(state),
    )


def pictured(call: Call, state: PictureState = PictureState.FETCHED) -> list[Picture]:
    """Return the pictures of an answered call, all in one state."""
    return [
        Picture(job_id="J", position=call.seq * 100 + index, call_seq=call.seq, state=state)
        for index in range(call.images_made)
    ]


def folded(asked: int, *calls: Call, state: PictureState = PictureState.FETCHED) -> Outcome:
    return outcome(asked, calls, [p for call in calls for p in pictured(call, state)])


# --- states -----------------------------------------------------------------------------------


def test_every_state_has_its_transitions_and_final_ones_have_none() -> None:
    assert set(TRANSITIONS) == set(JobState)
    assert {state for state in JobState if not TRANSITIONS[state]} == {
        state for state in JobState if state.final
    }
    assert {state for state in JobState if state.final} == {
        JobState.DONE,
        JobState.FAILED,
        JobState.CANCELLED,
    }


def test_every_state_is_reached_from_queued_and_leads_to_an_end() -> None:
    reached, front = {JobState.QUEUED}, {JobState.QUEUED}
    while front:
        front = {after for state in front for after in TRANSITIONS[state]} - reached
        reached |= front
    assert reached == set(JobState)
    for state in JobState:
        assert state.final or any(after.final for after in TRANSITIONS[state])


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (JobState.QUEUED, JobState.RUNNING, True),
        (JobState.QUEUED, JobState.CANCELLED, True),
        (JobState.RUNNING, JobState.QUEUED, True),
        (JobState.RUNNING, JobState.CANCELLED, False),
        (JobState.RUNNING, JobState.DONE, False),
        (JobState.QUEUED, JobState.DELIVERING, False),
        (JobState.DELIVERING, JobState.RUNNING, False),
        (JobState.DELIVERING, JobState.FAILED, True),
    ],
)
def test_a_job_moves_as_drawn(before: JobState, after: JobState, allowed: bool) -> None:
    assert (after in TRANSITIONS[before]) is allowed


def test_job_ids_are_random_and_hold_no_letter_that_looks_like_another() -> None:
    ids = {new_job_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{13}", job_id) for job_id in ids)
    assert {letter for job_id in ids for letter in job_id} == set(
        "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    )


# --- outcomes ---------------------------------------------------------------------------------


@every_case("states", list(itertools.product(ENDS, repeat=3)), ids="-".join)
def test_every_mix_of_ended_calls_has_one_outcome(states: tuple[CallState, ...]) -> None:
    result = folded(3, *(ended(seq, state) for seq, state in enumerate(states)))
    answered = [seq * 100 for seq, state in enumerate(states) if state is CallState.ANSWERED]
    assert result.delivered_positions == tuple(answered)
    assert result.missing == 3 - len(answered)
    assert result.paid == len(answered) + states.count(CallState.UNKNOWN)
    assert result.state is (JobState.DELIVERING if answered else JobState.FAILED)
    errors = [ERRORS[state] for state in states if state in ERRORS]
    if len(answered) == 3:
        assert result.reason is None
    elif CallState.UNKNOWN in states:
        assert result.reason is Reason.UNKNOWN_OUTCOME
    elif errors:
        assert result.reason is reason_of(errors[0])
    else:
        assert result.reason is Reason.BY_MEMBER


def test_a_set_that_brings_fewer_than_asked_is_delivered_and_the_rest_missing() -> None:
    result = folded(4, ended(0, CallState.ANSWERED, asked=4, made=2))
    assert result == Outcome(
        delivered_positions=(0, 1), paid=2, missing=2, reason=Reason.PROVIDER_DOWN
    )


def test_a_surplus_is_neither_delivered_nor_charged() -> None:
    result = folded(4, ended(0, CallState.ANSWERED, asked=4, made=6))
    assert result == Outcome(delivered_positions=(0, 1, 2, 3), paid=4, missing=0, reason=None)


def test_pictures_are_delivered_in_the_order_of_their_positions() -> None:
    call = ended(0, CallState.ANSWERED, asked=3)
    assert outcome(3, [call], pictured(call)[::-1]).delivered_positions == (0, 1, 2)


@pytest.mark.parametrize("state", [PictureState.KNOWN, PictureState.FAILED, PictureState.WITHHELD])
def test_pictures_that_never_arrived_are_paid_but_not_delivered(state: PictureState) -> None:
    result = folded(2, ended(0, CallState.ANSWERED, asked=2), state=state)
    withheld = state is PictureState.WITHHELD
    assert result == Outcome(
        delivered_positions=(),
        paid=2,
        missing=2,
        reason=Reason.WITHHELD if withheld else Reason.PROVIDER_DOWN,
    )


def test_only_the_last_try_of_a_call_counts() -> None:
    tries = [
        ended(0, CallState.FAILED, error=ErrorClass.RATE),
        ended(0, CallState.ANSWERED, try_number=2),
    ]
    for calls in (tries, tries[::-1]):
        result = outcome(1, calls, pictured(tries[1]))
        assert result == Outcome(delivered_positions=(0,), paid=1, missing=0, reason=None)


def test_an_unknown_call_explains_more_than_a_refused_one() -> None:
    result = folded(2, ended(0, CallState.REFUSED), ended(1, CallState.UNKNOWN))
    assert result.reason is Reason.UNKNOWN_OUTCOME
    assert result.paid == 1


def test_an_unknown_set_is_paid_in_full() -> None:
    assert folded(4, ended(0, CallState.UNKNOWN, asked=4)).paid == 4


def test_a_job_without_calls_is_a_mistake_of_ours() -> None:
    assert outcome(1, [], []).reason is Reason.INTERNAL


@every_case(
    ("error", "reason"),
    [
        (ErrorClass.PROMPT_REFUSED, Reason.REFUSED_PROMPT),
        (ErrorClass.REFERENCE_REFUSED, Reason.REFUSED_REFERENCE),
        (ErrorClass.BAD_REFERENCE, Reason.REFUSED_REFERENCE),
        (ErrorClass.RESULT_WITHHELD, Reason.WITHHELD),
        (ErrorClass.BAD_SIZE, Reason.BAD_REQUEST),
        (ErrorClass.BAD_OPTION, Reason.BAD_REQUEST),
        (ErrorClass.TOO_LARGE, Reason.BAD_REQUEST),
        (ErrorClass.CREDIT, Reason.NO_CREDIT),
        (ErrorClass.UNKNOWN_OUTCOME, Reason.UNKNOWN_OUTCOME),
        (ErrorClass.AUTH, Reason.PROVIDER_DOWN),
        (ErrorClass.NOT_ALLOWED, Reason.PROVIDER_DOWN),
        (ErrorClass.NO_SUCH_MODEL, Reason.PROVIDER_DOWN),
        (ErrorClass.RATE, Reason.PROVIDER_DOWN),
        (ErrorClass.NO_CHANNEL, Reason.PROVIDER_DOWN),
        (ErrorClass.SERVER, Reason.PROVIDER_DOWN),
        (ErrorClass.BAD_RESPONSE, Reason.PROVIDER_DOWN),
        (ErrorClass.NO_IMAGE, Reason.PROVIDER_DOWN),
        (ErrorClass.UNREACHABLE, Reason.PROVIDER_DOWN),
        (None, Reason.INTERNAL),
    ],
)
def test_each_class_of_failure_has_its_reason(error: ErrorClass | None, reason: Reason) -> None:
    assert reason_of(error) is reason


CALLS = st.lists(
    st.tuples(st.sampled_from(ENDS), st.integers(1, 4), st.integers(0, 6)), min_size=1, max_size=6
)


@given(CALLS, st.sampled_from(PictureState))
def test_an_outcome_never_exceeds_what_was_asked(
    drawn: list[tuple[CallState, int, int]], state: PictureState
) -> None:
    calls = [
        ended(seq, kind, asked=asked, made=made if kind is CallState.ANSWERED else 0)
        for seq, (kind, asked, made) in enumerate(drawn)
    ]
    asked = sum(call.images_asked for call in calls)
    result = folded(asked, *calls, state=state)
    delivered = len(result.delivered_positions)
    assert delivered + result.missing == asked
    assert delivered <= result.paid <= asked
    assert (result.reason is None) == (result.missing == 0)
