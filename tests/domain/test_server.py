"""What a server decided: odd stored values do no harm, and who may ask where for which model."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.domain.quotas.rules import AccessKind
from bot.domain.requests.request import ImageRequest
from bot.domain.server import AccessRule, Pause, ServerPolicy, ServerSettings, Watermark, zone_of
from bot.domain.text.reply_intent import ReplyMode
from bot.domain.text.wordlist import WordList
from tests.cases import every_case

YEAR = 366 * 86_400


@pytest.mark.parametrize(
    ("key", "stored", "read"),
    [
        ("replies", "off", ReplyMode.OFF),
        ("watermark", "on", Watermark.ON),
        ("prompts_shown", False, False),
        ("cooldown_seconds", 30, 30),
        ("cooldown_seconds", 10**12, YEAR),
        ("log_channel", 2**63, 2**63),
        ("time_zone", "Asia/Kathmandu", "Asia/Kathmandu"),
        ("paused", {"until": 5, "reason": "x"}, Pause(until=5, reason="x")),
        ("paused", {}, Pause()),
    ],
)
def test_a_stored_setting_is_read(key: str, stored: object, read: object) -> None:
    assert getattr(ServerSettings.of({key: stored}), key) == read


@every_case(
    ("key", "stored"),
    [
        ("replies", "sometimes"),
        ("replies", None),
        ("watermark", ["on"]),
        ("prompts_shown", 0),
        ("prompts_shown", "no"),
        ("cooldown_seconds", -1),
        ("cooldown_seconds", "30"),
        ("cooldown_seconds", True),
        ("max_pictures", 1.5),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("time_zone", "a\0b"),
        ("time_zone", 7),
        ("paused", True),
        ("paused", "yes"),
        ("nothing_of_ours", 1),
    ],
)
def test_a_stored_setting_that_does_not_fit_is_the_default(key: str, stored: object) -> None:
    assert ServerSettings.of({key: stored}) == ServerSettings()


@pytest.mark.parametrize("name", ["Europe", "", ".", "a" * 5000, "Europe/Berlin/"])
def test_what_is_no_time_zone_is_none(name: str) -> None:
    assert zone_of(name) is None


def test_a_pause_ends_at_its_time() -> None:
    assert Pause(until=10).in_force(9)
    assert not Pause(until=10).in_force(10)
    assert Pause().in_force(10**12)


def policy(*access: tuple[AccessKind, str, int, bool], **more: Any) -> ServerPolicy:
    rules = tuple(
        AccessRule(kind=kind, subject=subject, role_id=role_id, allowed=allowed)
        for kind, subject, role_id, allowed in access
    )
    return ServerPolicy(access=rules, **more)


def channel(channel_id: int, allowed: bool) -> tuple[AccessKind, str, int, bool]:
    return AccessKind.CHANNEL, str(channel_id), 0, allowed


def role(role_id: int, allowed: bool) -> tuple[AccessKind, str, int, bool]:
    return AccessKind.ROLE, str(role_id), 0, allowed


def model(allowed: bool, role_id: int = 0) -> tuple[AccessKind, str, int, bool]:
    return AccessKind.MODEL, "m", role_id, allowed


@pytest.mark.parametrize(
    ("rules", "places", "allowed"),
    [
        ([], (3, 2, 1), True),
        ([channel(2, True)], (3, 2, 1), True),
        ([channel(2, True)], (4, 1), False),
        ([channel(2, False)], (3, 2, 1), False),
        ([channel(2, False)], (4, 1), True),
        # The nearest rule decides: a thread, its channel, its category.
        ([channel(1, False), channel(2, True)], (3, 2, 1), True),
        ([channel(1, True), channel(2, False)], (3, 2, 1), False),
        ([channel(3, True), channel(2, False)], (3, 2, 1), True),
    ],
)
def test_the_nearest_rule_says_whether_a_place_takes_requests(
    rules: list[Any], places: tuple[int, ...], allowed: bool
) -> None:
    assert policy(*rules).channel_allowed(places) is allowed


@pytest.mark.parametrize(
    ("rules", "roles", "allowed"),
    [
        ([], (), True),
        ([role(20, True)], (), False),
        ([role(20, True)], (20,), True),
        ([role(20, False)], (), True),
        ([role(20, False)], (20,), False),
        ([role(20, True), role(21, False)], (20, 21), False),
        ([role(20, True), role(21, False)], (5,), False),
    ],
)
def test_one_denied_role_is_enough_to_refuse(
    rules: list[Any], roles: tuple[int, ...], allowed: bool
) -> None:
    assert policy(*rules).roles_allowed(roles) is allowed


@pytest.mark.parametrize(
    ("rules", "roles", "allowed"),
    [
        ([], (), True),
        ([model(False)], (20,), False),
        ([model(True, 20)], (), False),
        ([model(True, 20)], (20,), True),
        ([model(False, 20)], (), True),
        ([model(False, 20)], (20,), False),
        ([model(False), model(True, 20)], (20,), True),
        ([model(True), model(False, 20)], (20,), False),
        ([model(True, 20), model(False, 21)], (20, 21), False),
    ],
)
def test_a_rule_of_a_role_beats_that_for_everyone_and_a_denial_wins(
    rules: list[Any], roles: tuple[int, ...], allowed: bool
) -> None:
    assert policy(*rules).model_allowed("m", roles) is allowed
    assert policy(*rules).model_allowed("another", roles)


def test_every_objection_of_a_server_is_named_at_once() -> None:
    strict = policy(model(False), settings=ServerSettings(max_pictures=2), words=WordList(["fox"]))
    request = ImageRequest(
        model="m",
        source="s",
        provider="p",
        operation=Operation.GENERATE,
        prompt="a fox",
        size="2K",
        count=3,
    )
    found = strict.violations(request, (), suggestion="another")
    assert [(one.field, one.suggestion) for one in found] == [
        ("model", "another"),
        ("count", 2),
        ("prompt", None),
    ]
    assert policy().violations(request, ()) == []
