"""A database of the first build, killed at work, under the bot of today: each request comes to one
outcome, and every button and form that was posted then still works.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from simcord.backend.models import Interaction, Message
from simcord.results import InteractionResult, ResponseMessage

from tests.e2e.first_build import FirstBuild, unpack
from tests.e2e.place import ROOT, Place
from tests.e2e.verdict import opened, rows, until_ended, verdict
from tests.world import text_of

pytestmark = pytest.mark.timeout(120)

# What the prompts of the fixture say, and how each ends: state, reason, pictures charged to the
# member and kept by the budget of all servers.
OUTCOMES = {
    "a fox": ("done", None, 2, 2),
    "hills fault:moderation": ("failed", "refused_prompt", 0, 0),
    "a post that is there": ("done", None, 1, 1),
    "a post that is lost": ("done", None, 1, 1),
    "a post never tried stop:divided": ("done", None, 2, 2),
    "a picture to pick up": ("done", None, 1, 1),
    "only for me": ("done", None, 1, 1),
    "a ticket that says nothing": ("done", None, 1, 1),
    "bad news fault:moderation": ("failed", "refused_prompt", 0, 0),
    "a reply unread stop:reply": ("done", None, 1, 1),
    "half of it stop:pictures": ("done", None, 2, 2),
    "claimed and not begun stop:claimed": ("done", None, 1, 1),
    "a call without an answer": ("failed", "unknown_outcome", 0, 1),
    "withdrawn by staff": ("cancelled", "by_moderator", 0, 0),
    "waiting its turn": ("done", None, 1, 1),
    "waiting in a hat": ("done", None, 1, 1),
    "waiting below a message": ("done", None, 1, 1),
}
# Whatever else had been sent is never sent again.
SENT_NOW = {
    "claimed and not begun stop:claimed",
    "waiting its turn",
    "waiting in a hat",
    "waiting below a message",
}
# Pictures of messages in the channels, in the order of posting.
SHOWN = {"posted": [1], "unposted": [1], "divided": [1, 1], "refused": []}
_ENDS = """
SELECT json_extract(request, '$.prompt') AS prompt, state, reason,
    sum(kept) FILTER (WHERE kind = 'member') AS member,
    sum(kept) FILTER (WHERE kind = 'global') AS everywhere
FROM jobs JOIN holds USING (job_id) GROUP BY job_id
"""
# Discord gives an answer three seconds, also on a busy machine.
AT_ONCE = 8
_TICKETS = "/webhooks/*/*/messages/@original"
_UNDER_WAY = "SELECT 1 FROM jobs WHERE state IN ('queued', 'running', 'delivering')"


@pytest.mark.long
async def test_what_the_first_build_left_comes_to_its_end_and_its_buttons_work(
    place: Place,
) -> None:
    # One process for all of it: most of the time goes into its start.
    old = unpack(place)
    await place.start()
    await each_request_comes_to_one_outcome(place, old)
    await drafts_and_the_basket_are_there(place, old)
    await each_button_and_form_has_its_handler(place, old)


async def each_request_comes_to_one_outcome(place: Place, old: FirstBuild) -> None:
    # The picture to pick up waits for its member, who presses the button of that time.
    await until(place, _UNDER_WAY, 1)
    await press(place, old, "dana", "e1:show:")
    await until_ended(place, jobs=len(OUTCOMES))
    assert await verdict(place) == []
    assert await ends(place) == OUTCOMES
    sent = sorted(str((one.body or {})["prompt"]) for one in place.apis.requests)
    assert sent == sorted(SENT_NOW)
    for name, counts in SHOWN.items():
        shown = [len(m.attachments) for m in old.channels[name].history() if m.attachments]
        assert shown == counts, name
    tickets = str([one.json for one in place.wire.sent("PATCH", _TICKETS)])
    for prompt in ("withdrawn by staff", "bad news", "a ticket that says nothing"):
        assert prompt in tickets, f"nobody said how this ended: {prompt}"
    code, said = await easel(place, "db", "check")
    assert code == 0, said


async def drafts_and_the_basket_are_there(place: Place, old: FirstBuild) -> None:
    shown = await press(place, old, "alice", "d1:fix:")
    assert "'wrong'" in str(shown.modal)
    await old.members["alice"].submit_modal(shown, {"prompt": "right"})
    told = await press(place, old, "bob", "d1:why:")
    assert "There is no picture 5" in said(told)
    await submit(place, old, "alice", "d1:edit:", {"prompt": "my cat in a hat"})
    await submit(place, old, "bob", "e1:blend:", {"prompt": "a fox from the basket"})
    await submit(place, old, "bob", "e1:edit:", {"prompt": "a fox at night", "which": ["2"]})
    new = ("right", "my cat in a hat", "a fox from the basket", "a fox at night")
    await until_ended(place, jobs=len(OUTCOMES) + len(new))
    assert await verdict(place) == []
    assert await ends(place) == OUTCOMES | dict.fromkeys(new, ("done", None, 1, 1))


async def each_button_and_form_has_its_handler(place: Place, old: FirstBuild) -> None:
    guild = place.art.guild
    assert guild
    # May do nothing but press: what is refused has been understood.
    stranger = guild.add_member(place.wire.create_user("stranger"))
    nothing = [("button", "e1:nothing:0000000000000"), ("menu", "s1:nothing")]
    unknown, *_ = answers = await press_all(place, stranger, [*nothing, *old.custom_ids])
    for (_, custom_id), answer in zip(old.custom_ids, answers[len(nothing) :], strict=True):
        assert answered(answer), custom_id
        assert said(answer) != said(unknown), custom_id
    assert said(unknown) == said(answers[1]) != ""

    unknown = await send(place, stranger, old.forms[0] | {"custom_id": "e1:nothing"})
    for form in old.forms:
        answer = await send(place, stranger, form)
        assert answered(answer), form["custom_id"]
        assert said(answer) != said(unknown), form["custom_id"]


async def ends(place: Place) -> dict[str, tuple[Any, ...]]:
    """Return how each request ended, by its prompt."""
    async with opened(place) as database:
        found = await rows(database, _ENDS)
    return {row.prompt: (row.state, row.reason, row.member, row.everywhere) for row in found}


async def until(place: Place, query: str, count: int) -> None:
    """Wait until a query finds so many rows."""
    async with opened(place) as database, asyncio.timeout(60):
        while len(await rows(database, query)) != count:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.05)


async def easel(place: Place, *arguments: str) -> tuple[int | None, str]:
    """Run a command beside the bot, on its database."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env={"EASEL_STORAGE__URL": place.database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def press(place: Place, old: FirstBuild, name: str, start: str) -> InteractionResult:
    """Let a member press the only button of that time whose custom id starts so."""
    found = [custom_id for _, custom_id in old.custom_ids if custom_id.startswith(start)]
    (pressed,) = await press_all(place, old.members[name], [("button", one) for one in found])
    return pressed


async def press_all(
    place: Place, member: Any, custom_ids: Sequence[tuple[str, str]]
) -> list[InteractionResult]:
    """Let a member press buttons and use menus with these custom ids, a few at a time."""
    answers: list[InteractionResult] = []
    for start in range(0, len(custom_ids), AT_ONCE):
        some = [(*one, carrier(place, *one)) for one in custom_ids[start : start + AT_ONCE]]
        pressed = await place.wire.burst(
            member.click(message, custom_id=custom_id)
            if kind == "button"
            else member.select(message, ["1"], custom_id=custom_id)
            for kind, custom_id, message in some
        )
        answers += await whole(place, pressed)
    return answers


async def whole(place: Place, answers: list[InteractionResult]) -> list[InteractionResult]:
    """Wait for what was promised; what never comes is for the test to say."""
    with contextlib.suppress(TimeoutError):
        await place.wire.until(lambda: all(map(answered, answers)))
    return answers


def answered(answer: InteractionResult) -> bool:
    return bool(answer.modal or said(answer))


def carrier(place: Place, kind: str, custom_id: str) -> ResponseMessage:
    """Return a message of the bot with a single button or menu."""
    part: dict[str, Any] = {"type": 2, "style": 2, "label": "x", "custom_id": custom_id}
    if kind == "menu":
        options = [{"label": "1", "value": "1"}]
        part = {"type": 3, "options": options, "custom_id": custom_id}
    backend = place.wire.backend
    message = Message(
        id=backend.snowflake(),
        channel_id=place.art.id,
        author_id=backend.bot_user.id,
        timestamp=backend.now_iso(),
        # A layout, as every card is.
        flags=1 << 15,
        components=[{"type": 1, "components": [part]}],
    )
    backend.messages[place.art.id][message.id] = message
    return ResponseMessage(place.wire, message)


async def submit(
    place: Place, old: FirstBuild, name: str, start: str, values: dict[str, Any]
) -> None:
    """Let a member send a form of that time whose custom id starts so."""
    form = next(one for one in old.forms if one["custom_id"].startswith(start))
    await send(place, old.members[name], form, values)


async def send(
    place: Place, member: Any, form: dict[str, Any], values: dict[str, Any] | None = None
) -> InteractionResult:
    """Send a form that an earlier process opened; what must be filled in is, with anything."""
    backend = place.wire.backend
    interaction: Interaction = backend.new_interaction(2, place.art.id, member.id, member.guild.id)
    interaction.show_modal(form)
    shown = InteractionResult(place.wire, interaction)
    sent = await member.submit_modal(shown, required(form) if values is None else values)
    (answer,) = await whole(place, [sent])
    return answer


def required(form: dict[str, Any]) -> dict[str, Any]:
    """Return something for each field that may not stay empty."""
    values: dict[str, Any] = {}
    for part in form["components"]:
        field = part.get("component") or {}
        if field and field.get("required", True):
            first = field["options"][0]["value"] if field.get("options") else "1"
            # A menu takes a list, other fields take a text.
            values[field["custom_id"]] = [first] if field["type"] == 3 else first
    return values


def said(answer: InteractionResult) -> str:
    """Return what an interaction was answered with at last; empty for nothing."""
    shown = answer.followups[-1] if answer.followups else answer.response
    return text_of(shown) if shown else ""
