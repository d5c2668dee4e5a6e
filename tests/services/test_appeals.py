"""What members bring before the moderators counts from the moment that they begin."""

from __future__ import annotations

from bot.services.appeals import PATIENCE_SECONDS, Appeals
from tests.services.fakes import HandClock
from tests.services.house import MEMBER, NOW


def test_two_presses_at_once_are_one() -> None:
    appeals = Appeals(HandClock(NOW))
    assert appeals.begin(MEMBER, "more:1")
    assert not appeals.begin(MEMBER, "more:1")
    assert appeals.begin(MEMBER, "more:2")
    assert appeals.begin(MEMBER + 1, "more:1")


def test_it_may_be_brought_again_when_nobody_saw_it_and_when_time_went_by() -> None:
    clock = HandClock(NOW)
    appeals = Appeals(clock)
    appeals.begin(MEMBER, "more:1")
    appeals.forget(MEMBER, "more:1")
    assert appeals.begin(MEMBER, "more:1")
    clock.at += PATIENCE_SECONDS
    assert appeals.begin(MEMBER, "more:1")
