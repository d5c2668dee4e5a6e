"""Results that could not be posted wait a day for their member, and are settled once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.errors import AccessError, DeliveryError
from bot.domain.job import PICKUP_SECONDS, Destination, Job, JobState, Reason
from bot.services.ports import Block
from bot.services.servers.access import Requester
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import GONE, TOO_LARGE
from tests.services.house import CHANNEL, GUILD, MEMBER, NOW, House

ELSEWHERE = CHANNEL + 1
DEAD = DeliveryError(50027, "Invalid Webhook Token")
PRESS = {"token": "press", "token_expires_at": NOW + 900}
HERE = Requester(user_id=MEMBER, guild_id=GUILD, channel_id=ELSEWHERE)
HELD = {"member": 2, "ceiling": 2, "global": 2}
REFUNDED = {"member": 0, "ceiling": 2, "global": 2}


async def parked(house: House, **submission: object) -> Job:
    """Return a job of two pictures that Discord refuses for good."""
    house.publisher.script = [GONE]
    job = await house.finish(await house.ask(**{"count": 2, **submission}))
    assert job.waits_for_pickup
    return job


async def settled(house: House, job: Job) -> Job:
    """Work until nothing is left to do; return the job."""
    async with house.at_work(), asyncio.timeout(10):
        await house.worker.drained()
    return await house.job(job.job_id)


async def ended(house: House, job: Job) -> Job:
    """Work until a job has ended and was told; return it."""
    async with house.at_work(), asyncio.timeout(10):
        while (await house.job(job.job_id)).told_at != house.clock.at:  # noqa: ASYNC110
            await asyncio.sleep(0.002)  # the database has no event
    return await house.job(job.job_id)


@pytest.fixture
def heir(house: House, database: SqlDatabase, tmp_path: Path) -> House:
    """The next process, on the same database, spool and clock."""
    return House(database, tmp_path, me="heir", clock=house.clock)


async def test_what_discord_refuses_for_good_waits_for_a_day_with_its_holds(house: House) -> None:
    job = await parked(house)
    assert (job.destination, job.expires_at) == (Destination.PICKUP, NOW + PICKUP_SECONDS)
    assert job.told_at == NOW
    assert await house.used() == HELD
    assert [told.waits_for_pickup for told in house.publisher.announced] == [True]
    assert await house.pickups.waiting(guild_id=GUILD, user_id=MEMBER) == [job]
    assert await house.pickups.waiting(guild_id=GUILD, user_id=MEMBER + 1) == []


async def test_a_private_result_whose_ticket_is_dead_waits_and_is_nobody_elses_business(
    house: House,
) -> None:
    house.publisher.script = [DEAD]
    job = await house.finish(await house.ask(private=True))
    assert job.waits_for_pickup
    assert house.publisher.announced == []


async def test_a_ticket_that_lives_tells_it_alone(house: House) -> None:
    house.publisher.script = [GONE]
    ticket = await house.ask(ticket_token="t", ticket_expires_at=NOW + 900)
    await house.tickets.opened(ticket.progress)
    await house.finish(ticket)
    assert house.publisher.shown[-1].job.waits_for_pickup
    assert house.publisher.announced == []


async def test_news_that_discord_did_not_take_is_told_later(house: House) -> None:
    house.publisher.script = [GONE]
    house.publisher.announcing = [ConnectionError("away")]
    ticket = await house.ask()
    await house.runner.run(await house.claimed(), slot_held=False)
    job = await house.job(ticket.progress.job.job_id)
    assert (job.waits_for_pickup, job.told_at) == (True, None)
    house.clock.at += 30
    assert (await settled(house, job)).told_at == NOW + 30


# --- restarts and time ----------------------------------------------------------------------


async def test_what_waits_is_no_orphan_and_its_files_stay(house: House, heir: House) -> None:
    job = await parked(house)
    house.clock.at += PICKUP_SECONDS - 1
    assert await settled(heir, job) == job
    async with heir.database.read() as unit:
        assert await unit.claims.orphans(me="heir", now=heir.clock.at) == []
    await heir.worker._clean()
    assert job.job_id in heir.spool.job_ids()
    assert await heir.used() == HELD


async def test_after_a_day_it_is_over_refunded_and_told(house: House, heir: House) -> None:
    job = await parked(house)
    house.clock.at += PICKUP_SECONDS
    over = await ended(heir, job)
    assert (over.state, over.reason) == (JobState.FAILED, Reason.UNDELIVERABLE)
    assert (over.told_at, over.ticket_token) == (house.clock.at, None)
    assert await heir.used() == REFUNDED
    assert not await heir.pickups.show(job, HERE, **PRESS)


async def test_what_was_taken_up_is_delivered_by_the_next_process(
    house: House, heir: House
) -> None:
    job = await parked(house)
    assert await house.pickups.show(job, HERE, **PRESS)
    assert (await settled(heir, job)).state is JobState.DONE
    assert len(heir.publisher.posted) == 1
    assert await heir.used() == HELD


async def test_a_post_that_was_shared_as_the_process_died_is_found(
    house: House, heir: House
) -> None:
    job = await parked(house)
    await house.pickups.share(job, HERE, **PRESS)
    async with house.database.write() as unit:
        await unit.posts.mark_post_try(job.job_id, 0, now=NOW)
        await unit.commit()
    heir.publisher.there[f"{job.job_id}.0"] = 4711
    done = await settled(heir, job)
    assert heir.publisher.posted == []
    assert [post.message_id for post in await heir.posts(done)] == [4711]
    assert await heir.used() == HELD


# --- show -----------------------------------------------------------------------------------


async def test_showing_settles_once_and_the_pictures_go_to_the_press(house: House) -> None:
    job = await parked(house)
    taken = await asyncio.gather(*(house.pickups.show(job, HERE, **PRESS) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    done = await settled(house, job)
    assert (done.state, done.destination) == (JobState.DONE, Destination.INTERACTION)
    (part,) = house.publisher.posted
    assert part.job.ticket_token == "press"
    assert not part.ping
    assert await house.used() == HELD
    assert not await house.pickups.show(job, HERE, **PRESS)
    assert await house.used() == HELD


async def test_a_press_whose_answer_is_out_of_reach_leaves_it_waiting(house: House) -> None:
    job = await parked(house)
    house.publisher.script = [DEAD]
    assert await house.pickups.show(job, HERE, **PRESS)
    assert (await settled(house, job)).waits_for_pickup
    assert await house.used() == HELD
    assert len(house.publisher.announced) == 1, "the channel hears of it once"


async def test_more_pictures_than_one_answer_holds_are_all_shown(
    house: House, database: SqlDatabase, tmp_path: Path
) -> None:
    rich = House(database, tmp_path, member="100/day")
    job = await parked(rich, count=15)
    await rich.pickups.show(job, HERE, **PRESS)
    await settled(rich, job)
    assert [len(part.pictures) for part in rich.publisher.posted] == [10, 5]
    assert (await rich.used())["member"] == 15


# --- share ----------------------------------------------------------------------------------


async def test_sharing_posts_once_where_it_was_pressed(house: House) -> None:
    job = await parked(house, private=True)
    taken = await asyncio.gather(*(house.pickups.share(job, HERE, **PRESS) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    done = await settled(house, job)
    assert (done.destination, done.channel_id) == (Destination.CHANNEL, ELSEWHERE)
    assert [part.post.channel_id for part in house.publisher.posted] == [ELSEWHERE]
    assert await house.used() == HELD


async def test_a_share_whose_answer_was_lost_is_posted_once(house: House) -> None:
    job = await parked(house)
    await house.pickups.share(job, HERE, **PRESS)
    house.publisher.there[f"{job.job_id}.0"] = 4711
    house.publisher.script = [ConnectionError("the answer was lost")]
    done = await settled(house, job)
    assert house.publisher.posted == []
    assert [post.message_id for post in await house.posts(done)] == [4711]
    assert await house.used() == HELD


async def test_only_who_may_post_there_shares(house: House) -> None:
    job = await parked(house)
    for right in ("may_send", "may_attach", "can_post"):
        who = Requester(user_id=MEMBER, guild_id=GUILD, channel_id=CHANNEL, **{right: False})  # pyright: ignore[reportArgumentType]
        with pytest.raises(AccessError):
            await house.pickups.share(job, who, **PRESS)
    assert await house.job(job.job_id) == job


async def test_who_was_blocked_meanwhile_shares_nothing_and_may_look_at_it(house: House) -> None:
    job = await parked(house)
    block = Block(
        guild_id=GUILD, user_id=MEMBER, until=None, set_by=7, reason=None, set_at=house.clock.at
    )
    async with house.database.write() as uow:
        await uow.blocks.put(block)
        await uow.commit()
    with pytest.raises(AccessError, match="blocked"):
        await house.pickups.share(job, HERE, **PRESS)
    assert (await house.job(job.job_id)).waits_for_pickup
    assert await house.pickups.show(job, HERE, **PRESS)


async def test_a_channel_that_refuses_as_well_leaves_it_waiting(house: House) -> None:
    job = await parked(house)
    house.publisher.script = [GONE]
    await house.pickups.share(job, HERE, **PRESS)
    again = await settled(house, job)
    assert again.waits_for_pickup
    assert house.publisher.shown[-1].job.waits_for_pickup, "the answer to the press says so"
    assert await house.pickups.show(again, HERE, **PRESS)
    assert (await settled(house, job)).state is JobState.DONE


async def test_show_and_share_at_once_are_one_of_both(house: House) -> None:
    job = await parked(house)
    taken = await asyncio.gather(
        house.pickups.show(job, HERE, **PRESS),
        house.pickups.share(job, HERE, **PRESS),
        house.pickups.discard(job),
    )
    assert taken.count(True) == 1
    await settled(house, job)
    assert len(house.publisher.posted) <= 1


# --- discard, and files that are gone -------------------------------------------------------


async def test_discarding_twice_refunds_once(house: House) -> None:
    job = await parked(house)
    assert await house.pickups.discard(job)
    assert not await house.pickups.discard(job)
    assert await house.used() == REFUNDED
    over = await settled(house, job)
    assert (over.reason, over.told_at) == (Reason.UNDELIVERABLE, NOW)
    assert len(house.publisher.announced) == 1, "who discards it knows"
    assert not await house.pickups.share(job, HERE, **PRESS)


async def test_what_lost_its_files_ends_and_is_not_charged(house: House) -> None:
    job = await parked(house)
    house.spool.remove(job.job_id)
    assert not await house.pickups.show(job, HERE, **PRESS)
    assert (await house.job(job.job_id)).state is JobState.FAILED
    assert await house.used() == REFUNDED


async def test_pictures_that_are_left_are_shown_and_only_they_are_charged(house: House) -> None:
    job = await parked(house)
    first, _ = await house.results(job)
    house.spool.path(first.path or "").unlink()
    await house.pickups.show(job, HERE, **PRESS)
    await settled(house, job)
    assert [len(part.pictures) for part in house.publisher.posted] == [1]
    assert await house.used() == {"member": 1, "ceiling": 2, "global": 2}


async def test_what_is_too_large_for_every_place_does_not_wait_for_ever(house: House) -> None:
    job = await parked(house)
    house.publisher.script = [TOO_LARGE] * 6
    await house.pickups.show(job, HERE, **PRESS)
    assert (await settled(house, job)).state is JobState.FAILED
    assert await house.used() == REFUNDED
