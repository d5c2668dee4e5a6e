"""What members bring before the moderators counts from the moment that they begin."""

from __future__ import annotations

from bot.services.moderation.report_cooldown import PATIENCE_SECONDS, ReportCooldown
from tests.services.fakes import HandClock
from tests.services.house import MEMBER, NOW


def test_two_presses_at_once_are_one() -> None:
    report_cooldown = ReportCooldown(HandClock(NOW))
    assert report_cooldown.begin(MEMBER, "more:1")
    assert not report_cooldown.begin(MEMBER, "more:1")
    assert report_cooldown.begin(MEMBER, "more:2")
    assert report_cooldown.begin(MEMBER + 1, "more:1")


def test_it_may_be_brought_again_when_nobody_saw_it_and_when_time_went_by() -> None:
    clock = HandClock(NOW)
    report_cooldown = ReportCooldown(clock)
    report_cooldown.begin(MEMBER, "more:1")
    report_cooldown.forget(MEMBER, "more:1")
    assert report_cooldown.begin(MEMBER, "more:1")
    clock.at += PATIENCE_SECONDS
    assert report_cooldown.begin(MEMBER, "more:1")
