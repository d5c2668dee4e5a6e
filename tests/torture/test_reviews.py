"""The bot dies by SIGKILL around a result that waits for staff: K42 to K45."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.storage.engine import schema
from bot.storage.engine.database import SqlDatabase
from bot.ui.cards.reports import has_pictures
from tests.databases import chosen
from tests.e2e.place import Place, new_place
from tests.e2e.verdict import opened, until_ended, verdict
from tests.local_judge import LocalJudge
from tests.torture.test_crash_points import SETTINGS, ask, death, dying

pytestmark = pytest.mark.timeout(180)


@pytest_asyncio.fixture
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, judge: LocalJudge
) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place, chosen(request, place.settings):
        place.settings |= SETTINGS
        place.settings["EASEL_SAFETY__JUDGES"] = json.dumps({"local": judge.settings()})
        yield place


async def staffed(place: Place) -> tuple[simcord.ChannelHandle, simcord.MemberActor]:
    """Give the server a moderator, and a channel where only staff reviews."""
    guild = place.art.guild
    assert guild is not None
    moderates = discord.Permissions(moderate_members=True, view_channel=True)
    role = guild.create_role("Moderators", permissions=moderates)
    mora = guild.add_member(place.wire.create_user("mora"), roles=[role])
    channel = guild.create_text_channel("staff")
    seen, everyone = discord.Permissions(view_channel=True).value, guild.default_role.id
    bot, of_role = place.wire.backend.bot_user.id, OverwriteType.ROLE
    for overwrite in (
        Overwrite(target_id=everyone, type=of_role, allow=0, deny=seen),
        Overwrite(target_id=role.id, type=of_role, allow=seen, deny=0),
        Overwrite(target_id=bot, type=OverwriteType.MEMBER, allow=seen, deny=0),
    ):
        place.wire.backend.set_overwrite(channel.id, overwrite)
    await schema.upgrade(place.database_url)
    database = SqlDatabase(place.database_url)
    try:
        async with database.write() as uow:
            await uow.settings.put(guild.id, "review_channel", channel.id)
            await uow.commit()
    finally:
        await database.close()
    return channel, mora


def cards(channel: simcord.ChannelHandle) -> list[Any]:
    return list(channel.history())


async def asked(place: Place, channel: simcord.ChannelHandle) -> Any:
    """Wait until staff is asked, and return the card."""
    await place.wire.until(lambda: bool(cards(channel)), timeout=30)
    (card,) = cards(channel)
    assert has_pictures(card)
    return card


async def all_quiet(place: Place, channel: simcord.ChannelHandle, **states: int) -> None:
    """Prove that everything came to one outcome, and that the only card shows it."""
    await until_ended(place, jobs=sum(states.values()))
    await place.wire.until(lambda: not any(map(has_pictures, cards(channel))), timeout=30)
    assert await verdict(place) == []
    assert await place.states() == states
    assert len(cards(channel)) <= 1
    async with opened(place) as database, database.read() as uow:
        assert await uow.reviews.due() == []


async def test_k42_a_result_that_was_judged_is_judged_again_and_held_once(
    place: Place, judge: LocalJudge
) -> None:
    channel, mora = await staffed(place)
    process = await dying(place, "before:hold")
    await ask(place)
    await death(place, process)
    assert judge.asked == 1
    await place.start()
    card = await asked(place, channel)
    assert (judge.asked, place.results()) == (2, [])
    with place.wire.unsettled():
        await mora.click(card, label="Approve")
    await all_quiet(place, channel, done=1)
    assert len(place.results()) == 1
    assert (await place.books())["member"] == 1


@pytest.mark.parametrize("point", ["after:hold", "after:mark_card_try", "before:card_posted"])
async def test_k43_the_card_of_a_held_result_is_posted_once(place: Place, point: str) -> None:
    channel, mora = await staffed(place)
    process = await dying(place, point)
    await ask(place)
    await death(place, process)
    await place.start()
    card = await asked(place, channel)
    with place.wire.unsettled():
        await mora.click(card, label="Refuse")
    await all_quiet(place, channel, failed=1)
    assert place.results() == []
    assert (await place.books())["member"] == 0


@pytest.mark.parametrize(
    ("label", "point"),
    [
        ("Approve", "before:approve"),
        ("Approve", "after:approve"),
        ("Refuse", "before:end_held"),
        ("Refuse", "after:end_held"),
    ],
)
async def test_k44_what_staff_decided_happens_once_and_the_card_shows_it(
    place: Place, label: str, point: str
) -> None:
    channel, mora = await staffed(place)
    process = await dying(place, point)
    await ask(place)
    card = await asked(place, channel)
    with place.wire.unsettled():
        await mora.click(card, label=label)
    await death(place, process)
    await place.start()
    if point.startswith("before"):
        # Nothing was decided: whoever pressed was not answered, and presses again.
        with place.wire.unsettled():
            await mora.click(card, label=label)
    await all_quiet(place, channel, **{"done" if label == "Approve" else "failed": 1})
    assert len(place.results()) == (label == "Approve")
    assert (await place.books())["member"] == (label == "Approve")


async def test_k45_files_that_concern_minors_go_after_a_crash_too(
    place: Place, judge: LocalJudge
) -> None:
    channel, _ = await staffed(place)
    judge.found = "minors"
    process = await dying(place, "after:minors")
    await ask(place)
    await death(place, process)
    assert list((place.folder / "spool").glob("*/picture-*"))
    await place.start()
    await place.wire.until(lambda: not list((place.folder / "spool").iterdir()), timeout=30)
    await all_quiet(place, channel, failed=1)
    assert (cards(channel), place.results()) == ([], [])
