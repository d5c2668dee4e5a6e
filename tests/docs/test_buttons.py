"""Every button that members and staff are shown is named on their page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.ui.cards.setup import menu_id
from tests.cogs.member_actions import (
    manager,
    picture,
    posted,
    press,
    quiet,
    tickets_of,
)
from tests.cogs.test_pickup import unposted
from tests.cogs.test_reports import log_of, on_member, reported
from tests.docs import pages
from tests.world import World, labels_of, png


def unnamed(page: str, labels: list[str]) -> list[str]:
    """Return the buttons that a page does not name; there must be some to look for."""
    assert labels
    named = pages.bold(pages.text(page)) + pages.code(pages.text(page))
    return [label for label in labels if label not in named and label not in ("◀", "▶")]


async def test_members_find_the_buttons_below_a_result_and_in_its_details(world: World) -> None:
    await picture(world, count=2)
    edited = await world.alice.slash(world.art, "edit", prompt="make it night")
    await world.finished()
    result = world.results()[-1]
    assert labels_of(result)[-1] == "Parent"
    details: Any = await press(world.bob, result, label="Details")
    two: Any = await press(world.bob, world.results()[0], label="Details")
    kept: Any = await world.bob.context_menu(world.art, "Use as reference", result)
    shown = [result, edited.response, details.response, two.response, kept.response]

    assert unnamed(pages.MEMBERS, [label for one in shown for label in labels_of(one)]) == []


async def test_members_find_the_buttons_of_their_tickets(world: World) -> None:
    world.apis.gate.clear()
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox", count=2, related="separate"
    )
    await world.until(lambda: "Stop the rest" in labels_of(asked.response))
    labels = labels_of(asked.response)
    world.apis.gate.set()
    await world.finished()
    private = await world.alice.slash(world.art, "imagine", prompt="a fox", private=True)
    await world.finished()
    refused = await world.alice.slash(world.art, "imagine", prompt="a fox", size="9x9")

    assert "Fix it" in labels_of(refused.response)
    labels += [*labels_of(private.response), *labels_of(refused.response)]
    assert unnamed(pages.MEMBERS, labels) == []


async def test_members_find_the_buttons_of_what_waits_and_of_what_failed(world: World) -> None:
    room = world.guild.create_text_channel("room")
    waiting = await unposted(world)
    world.apis.fail_next("moderation")
    failed: Any = await world.alice.slash(room, "imagine", prompt="a hen")
    await world.finished()

    world.apis.fail_next("524")
    late: Any = await world.alice.slash(room, "imagine", prompt="a hen")
    world.apis.fail_next("reference")
    picture: Any = {"image1": ("cat.png", png())}
    other: Any = await world.alice.slash(room, "edit", prompt="in a hat", **picture)
    await world.finished()
    over: Any = await world.alice.slash(room, "imagine", prompt="a hen", count=15)

    labels = [one for shown in (waiting, failed, late, other) for one in labels_of(shown.response)]
    assert {"Share to channel", "Why?", "Retry", "Rephrase", "Use other pictures"} <= set(labels)
    assert unnamed(pages.MEMBERS, labels) == []
    (fewer,) = labels_of(over.response)
    assert re.sub(r"\d+", "3", fewer) in pages.bold(pages.text(pages.MEMBERS))


async def test_members_find_the_buttons_of_their_quota_and_their_data(world: World) -> None:
    await log_of(world)
    quota = await world.alice.slash(world.art, "quota")
    assert labels_of(quota.response) == ["Ask for more"]
    data: Any = await world.alice.slash(world.art, "privacy")
    labels = [*labels_of(quota.response), *labels_of(data.response)]
    for label in ("Do not let others edit my pictures", "Delete"):
        pressed: Any = await press(world.alice, data, label=label)
        labels += labels_of(pressed.response)

    assert "Delete, and remove my pictures" in labels
    assert unnamed(pages.MEMBERS, labels) == []


async def test_members_find_the_button_of_a_reply_without_its_text(world: World) -> None:
    result = await posted(world)
    await quiet(world, "make it night", result)
    (helped,) = [one for one in world.art.history() if "Describe the change" in labels_of(one)]
    assert not tickets_of(world)
    assert unnamed(pages.MEMBERS, labels_of(helped)) == []


async def test_staff_find_the_buttons_of_reports_queue_and_changes(world: World) -> None:
    log = await log_of(world)
    labels = labels_of(await reported(world, log))
    card: Any = await on_member(world, world.mora, world.alice)
    labels += labels_of(card.response)
    blocked: Any = await world.mora.slash(world.art, "moderate block", member=world.bob)
    card = await on_member(world, world.mora, world.bob)
    labels += [*labels_of(blocked.response), *labels_of(card.response)]
    for credits in range(1, 13):
        await world.mora.slash(world.art, "moderate grant", member=world.alice, credits=credits)
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    for command in ("queue", "history"):
        listed: Any = await world.mora.slash(world.art, f"moderate {command}")
        labels += labels_of(listed.response)
    older: Any = await press(world.mora, listed, label="Older")
    labels += labels_of(older.response)
    world.apis.gate.set()
    await world.finished()

    assert {"Undo", "Unblock", "Dismiss", "Cancel"} <= set(labels)
    assert unnamed(pages.MODERATORS, labels) == []


@pytest.mark.parametrize("key", ["replies", "log_channel"])
async def test_staff_find_the_buttons_of_the_panel(world: World, key: str) -> None:
    maya = manager(world)
    shown: Any = await maya.slash(world.art, "easel setup")
    labels = labels_of(shown.response)
    await maya.select(shown.response, [key], custom_id=menu_id(key))

    assert unnamed(pages.MODERATORS, [*labels, *labels_of(shown.response)]) == []
