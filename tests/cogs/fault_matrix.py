"""The ways in to a picture, and what a fault of the image service comes to by each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.job import JobState, Reason
from bot.storage.ledger.ledger_check import problems
from tests.cogs.member_actions import (
    edit,
    mention,
    picture,
    press,
)
from tests.services.test_faults import DONE, FAULTS, NOTHING_PAID, Fault, charged
from tests.world import World, png

Way = Callable[[World], Awaitable[object]]


async def _imagine(world: World) -> object:
    return await world.alice.slash(world.art, "imagine", prompt="a hen")


async def _edit(world: World) -> object:
    attached = ("cat.png", png())
    return await world.alice.slash(world.art, "edit", prompt="in a hat", image1=attached)


async def _reply(world: World) -> object:
    return await world.alice.send(world.art, "1: make it night", reply_to=world.results()[-1])


async def _again(world: World) -> object:
    return await press(world.alice, world.results()[-1], label="Again")


async def _form(world: World) -> object:
    return await edit(world, world.alice, world.results()[-1], "make it night")


async def _mention(world: World) -> object:
    return await world.alice.send(world.art, f"{mention(world)} a hen")


WAYS: dict[str, Way] = {
    "imagine": _imagine,
    "edit": _edit,
    "reply": _reply,
    "again": _again,
    "form": _form,
    "mention": _mention,
}
_ON_A_RESULT = frozenset({"reply", "again", "form"})
_WITH_A_REFERENCE = frozenset({"edit", "reply", "form"})
# Asked for one picture alone.
_ONE = {"partial": replace(NOTHING_PAID, reason=Reason.WITHHELD)}
_REFERENCE = {"reference": replace(NOTHING_PAID, reason=Reason.REFUSED_REFERENCE)}
_SIGN = "⏳"


def faults_for(way: str) -> dict[str, Fault]:
    """Return the faults that a way in can meet, with what they come to for one picture."""
    return FAULTS | _ONE | (_REFERENCE if way in _WITH_A_REFERENCE else {})


async def outcome_of(world: World, way: str, fault: str) -> list[str]:
    """Ask for a picture by a way in while its service is at fault; return all that is wrong."""
    expected = faults_for(way)[fault]
    if way in _ON_A_RESULT:
        await picture(world)
    standing, asked = len(world.results()), len(world.apis.requests)
    member, budget = await charged(world)
    if fault.endswith("-once") and not fault.startswith("asset-"):
        world.apis.fail_next(fault.removesuffix("-once"))
    else:
        world.apis.fail_next(fault, times=None)
    await WAYS[way](world)
    await world.finished()

    (job, *_) = await world.jobs(world.alice)
    now = await charged(world)
    found = {
        "state": job.state,
        "reason": job.reason,
        "requests": len(world.apis.requests) - asked,
        "posted": len(world.results()) - standing,
        "charged": (now[0] - member, now[1] - budget),
        "problems": await problems(world.app.database),
        "working": _working(world),
    }
    pictures = min(expected.member, DONE.member // 3)
    due = {
        "state": JobState.FAILED if expected.reason else JobState.DONE,
        "reason": expected.reason,
        "requests": expected.requests,
        "posted": pictures,
        "charged": (pictures, min(expected.budget, 1)),
        "problems": [],
        "working": [],
    }
    return [f"{name}: {found[name]}, not {due[name]}" for name in due if found[name] != due[name]]


def _working(world: World) -> list[str]:
    """Name what still says that a request is under way; private messages as well."""
    messages = world.env.backend.messages.get(world.art.id, {}).values()
    return [
        str(message.components)
        for message in messages
        if "e1:refresh:" in str(message.components)
        or any(reaction.emoji == _SIGN for reaction in message.reactions)
    ]
