"""Tickets and refusals: true in every state, and never more than Discord takes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from discord import ui

from bot.domain.job import REFUSALS, Destination, JobState, Reason
from bot.domain.requests.request import (
    Note,
    NoteKind,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.discord_api import discord_limits
from tests.cases import every_case
from tests.ui.samples import NASTY, job, outcome, progress

STATES: dict[str, Any] = {
    "queued": {"state": JobState.QUEUED},
    "running": {"state": JobState.RUNNING, "started_at": 1_800_000_001, "count": 4},
    "stopping": {"state": JobState.RUNNING, "count": 4, "cancel_requested": True},
    "delivering": {"state": JobState.DELIVERING},
    "done": {"state": JobState.DONE},
    **{
        f"failed {reason}": {"state": JobState.FAILED, "reason": reason}
        for reason in (Reason.REFUSED_PROMPT, Reason.PROVIDER_DOWN, Reason.UNKNOWN_OUTCOME, None)
    },
    "cancelled": {"state": JobState.CANCELLED, "reason": Reason.BY_MEMBER},
    "expired": {"state": JobState.CANCELLED, "reason": Reason.EXPIRED},
}
NOTES = (
    Note(kind=NoteKind.SIZE_EXPERIMENTAL, values={"size": "3840x2160"}),
    Note(kind=NoteKind.REFERENCE_CHANGED, values={"position": 2, "changes": ("format",)}),
)


def texts(card: cards.Card) -> list[str]:
    return [item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay)]


def shown_buttons(card: cards.Card) -> list[ui.Button[Any]]:
    return [item for item in card.walk_children() if isinstance(item, ui.Button)]


def assert_within_limits(card: cards.Card) -> None:
    children = list(card.walk_children())
    contents = texts(card)
    assert len(children) <= discord_limits.LAYOUT_COMPONENTS
    assert contents
    assert all(contents)
    assert sum(map(len, contents)) <= discord_limits.LAYOUT_CHARACTERS
    assert sum(len(text.encode()) + 12 for text in contents) <= discord_limits.LAYOUT_BYTES
    ids = [button.custom_id for button in shown_buttons(card)]
    assert len(ids) == len(set(ids))
    assert all(len(custom_id or "") <= 100 for custom_id in ids)


@every_case("destination", [Destination.CHANNEL, Destination.INTERACTION])
@every_case("state", STATES.values(), ids=STATES)
@every_case("prompt", NASTY.values(), ids=NASTY)
def test_a_ticket_fits_in_every_state(
    prompt: str, state: dict[str, Any], destination: Destination
) -> None:
    submission = job(prompt, destination=destination, notes=NOTES, **state)
    for last_word in (False, True) if not submission.state.final else (False,):
        card = cards.ticket(progress(submission, last_word=last_word), label="Seedream 4.5", left=7)
        assert_within_limits(card)
        assert "None" not in "".join(texts(card)).replace("%s None", "")


def test_a_waiting_ticket_tells_place_time_quota_and_notes() -> None:
    card = cards.ticket(progress(job(count=2, notes=NOTES)), label="Seedream 4.5", left=7)

    assert texts(card) == [
        "**Queued** · number 3 in line · expected <t:1800000030:R>",
        "> a fox in a birch forest",
        "-# Seedream 4.5 · 2K · 2 pictures · 2 credits, 7 left",
        "-# 3840x2160 is experimental for this model.",
        "-# Picture 2 was converted for this model.",
        "-# I will post the result in this channel.",
    ]
    cancel, refresh = shown_buttons(card)
    assert (cancel.label, refresh.label) == ("Cancel", "Refresh")
    assert buttons.CANCEL.fullmatch(cancel.custom_id or "")
    assert buttons.REFRESH.fullmatch(refresh.custom_id or "")


def test_only_further_calls_can_be_stopped() -> None:
    def labels(**changes: Any) -> list[str | None]:
        card = cards.ticket(progress(job(state=JobState.RUNNING, **changes)), label="x")
        return [button.label for button in shown_buttons(card)]

    assert labels(count=4) == ["Stop the rest", "Refresh"]
    assert labels(count=1) == ["Refresh"]
    assert labels(count=4, related=True) == ["Refresh"]
    assert labels(count=4, cancel_requested=True) == ["Refresh"]


def test_a_finished_ticket_leads_to_the_pictures_and_names_the_charge() -> None:
    submission = job(count=4, state=JobState.DONE)
    card = cards.ticket(progress(submission, outcome=outcome(3, 1)), label="Seedream 4.5")

    assert texts(card)[0] == (
        "**Done** · [3 pictures](https://discord.com/channels/11/22/44) · 3 credits\n"
        "3 of 4 pictures: one was not made and not charged."
    )
    assert shown_buttons(card) == []


@pytest.mark.parametrize("state", [s for s in STATES if s.startswith(("failed", "canc", "exp"))])
def test_a_request_without_pictures_says_that_nothing_was_charged(state: str) -> None:
    card = cards.ticket(progress(job(**STATES[state])), label="Seedream 4.5")

    assert texts(card)[0].endswith("Nothing was charged.")
    # A cancelled request has no more behind it than its first line says.
    why = ["Why?"] if state.startswith("failed") else []
    refused = STATES[state].get("reason") in REFUSALS
    way_on = "Rephrase" if refused else "Retry"
    assert [button.label for button in shown_buttons(card)] == [*why, way_on]


@every_case("state", STATES.values(), ids=STATES)
def test_no_ticket_speaks_of_work_that_goes_on_for_ever(state: dict[str, Any]) -> None:
    for last_word in (False, True):
        card = cards.ticket(progress(job(**state), last_word=last_word), label="x")
        assert not re.search(r"(?i)working|please wait|…", "\n".join(texts(card)))


def test_the_last_word_says_where_the_result_will_be() -> None:
    waiting = progress(job(state=JobState.RUNNING), last_word=True)
    private = progress(job(destination=Destination.INTERACTION), last_word=True)

    assert "post the result in this channel" in texts(cards.ticket(waiting, label="x"))[0]
    assert "nothing is charged" in texts(cards.ticket(private, label="x"))[0]


def test_a_refusal_names_every_problem_and_a_way_out() -> None:
    problems = (
        Violation(field="prompt", kind=ViolationKind.PROMPT_EMPTY),
        Violation(field="reference", kind=ViolationKind.REFERENCE_NOT_TAKEN),
    )
    card = cards.refusal(Refusal(violations=problems, other_credits=1), other_label="Seedream 4.0")

    assert texts(card) == [
        "**This cannot be done as it is.**",
        "**prompt** · The prompt is empty: say what you would like to see.",
        "**pictures** · This model does not use reference pictures. Please leave them out.",
        "**Seedream 4.0** can do it for 1 credit.",
        "-# Nothing was charged.",
    ]


@every_case("prompt", NASTY.values(), ids=NASTY)
def test_what_somebody_typed_cannot_break_a_refusal(prompt: str) -> None:
    problems = tuple(
        Violation(field="size", kind=ViolationKind.SIZE_UNREADABLE, values=values)
        for values in [{"size": prompt, "legal": ("2K",)}] * 60
    )
    card = cards.refusal(Refusal(violations=problems))

    assert_within_limits(card)
    assert not re.search(r"@(everyone|here|[!&]?\d)|(?<!\\)[<`]", "".join(texts(card)))


async def test_discord_py_keeps_nothing_of_a_card() -> None:
    assert cards.notice("Hello.").is_finished()
