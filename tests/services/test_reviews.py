"""Held results: one outcome whatever staff, members, Discord and crashes do (T15 to T17)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.errors import DeliveryError, Objection, StaffError
from bot.domain.job import HOLD_SECONDS, Job, JobState, PictureState, Reason
from bot.domain.safety.reviews import ReviewOutcome
from bot.domain.safety.verdicts import Check
from bot.services.jobs.restored_copy import end_open_jobs
from bot.services.jobs.worker import TELL_SECONDS
from bot.services.people.guild_removal import GuildRemoval
from bot.services.people.privacy import Privacy
from bot.services.servers.decisions import Actor
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import GONE
from tests.services.house import GUILD, MEMBER, NOW, House
from tests.services.judging import GORE, HATE, NUDITY, PlayedJudge, reviewing, seat

CHANNEL, MODERATOR = 77, 500
HELD = {"member": 2, "ceiling": 2, "global": 2}
REFUNDED = {"member": 0, "ceiling": 2, "global": 2}

Open = Callable[..., House]


@pytest.fixture
def opened(database: SqlDatabase, tmp_path: Path) -> Open:
    def house(*queue: str, found: str = GORE, me: str = "one", **settings: object) -> House:
        judge = PlayedJudge(queue=list(queue), found=found)
        return House(database, tmp_path, judges=[seat(judge, Check.RESULTS)], me=me, **settings)  # pyright: ignore[reportArgumentType]

    return house


async def held(house: House, **submission: object) -> Job:
    """Return a job of two pictures that waits for staff."""
    await reviewing(house)
    ticket = await house.ask(**{"count": 2, **submission})
    if "ticket_token" in submission:
        await house.tickets.opened(ticket.progress)
    job = await house.finish(ticket)
    assert job.held
    return job


def moderator(house: House, actor_id: int = MODERATOR) -> Actor:
    return Actor(guild_id=GUILD, actor_id=actor_id, reason=None, now=house.clock.at)


async def settled(house: House, job: Job) -> Job:
    """Work until nothing is left to do, and bring the cards up; return the job."""
    async with house.at_work(), asyncio.timeout(10):
        await house.worker.drained()
    for _ in range(2):  # a card that could not be posted is refused by the first
        await house.reviews.sweep()
    async with house.database.read() as uow:
        assert await uow.reviews.due() == []
        review = await uow.reviews.get(job.job_id)
    now = await house.job(job.job_id)
    assert (review is not None) == now.held
    assert await house.problems() == []
    return now


async def objected(work: object) -> Objection:
    with pytest.raises(StaffError) as refused:
        await work  # pyright: ignore[reportGeneralTypeIssues]
    return refused.value.objection


# --- holding --------------------------------------------------------------------------------------


async def test_a_held_result_keeps_its_credits_and_is_told_once_and_posted_nowhere(
    opened: Open,
) -> None:
    house = opened()
    job = await held(house)
    assert (job.expires_at, job.claimed_by, job.told_at) == (NOW + HOLD_SECONDS, None, NOW)
    assert await house.used() == HELD
    assert (house.publisher.posted, await house.posts(job)) == ([], [])
    assert [told.state for told in house.publisher.announced] == [JobState.HELD]
    await house.reviews.sweep()
    await house.reviews.sweep()
    (card,) = house.cards.posted
    assert (card.review.channel_id, card.review.categories, len(card.files)) == (77, (GORE,), 2)
    assert [
        path
        for path in house.spool.path(f"{job.job_id}/x").parent.iterdir()
        if path.name.startswith("judged")
    ] == []
    async with house.database.read() as uow:
        assert await uow.queue.load(GUILD, MEMBER) == (0, 0)
        (entry,) = await uow.audit.of_guild(GUILD, limit=9)
        assert (await uow.metrics.under_way())[0].state is JobState.HELD
        assert [one.state for one in await uow.metrics.open()] == [JobState.HELD]
    assert entry.new == {"verdict": "hold", "categories": [GORE]}


async def test_a_ticket_says_it_and_says_how_it_ended(opened: Open) -> None:
    house = opened()
    job = await held(house, ticket_token="t", ticket_expires_at=NOW + 900)
    assert house.publisher.announced == []
    assert house.publisher.shown[-1].job.state is JobState.HELD
    await house.reviews.approve(job, moderator(house), manager=False)
    job = await settled(house, job)
    assert job.state is JobState.DONE
    assert house.publisher.shown[-1].job.state is JobState.DONE


async def test_a_refused_picture_of_a_held_result_is_never_shown(opened: Open) -> None:
    house = opened(HATE, GORE, NUDITY)
    job = await held(house, count=3)
    await house.reviews.sweep()
    assert len(house.cards.posted[0].files) == 2
    await house.reviews.approve(job, moderator(house), manager=False)
    job = await settled(house, job)
    assert (job.state, job.spoiler) == (JobState.DONE, True)
    assert await house.used() == {"member": 2, "ceiling": 3, "global": 3}
    assert [len(part.files) for part in house.publisher.posted] == [2]


# --- deciding -------------------------------------------------------------------------------------


async def test_approved_it_is_posted_and_charged(opened: Open) -> None:
    house = opened()
    job = await held(house)
    await house.reviews.sweep()
    await house.reviews.approve(job, moderator(house), manager=False)
    job = await settled(house, job)
    assert job.state is JobState.DONE
    assert await house.used() == HELD
    assert len(house.publisher.posted) == 1
    (card,) = house.cards.shown
    assert (card.review.outcome, card.review.decided_by, card.files) == (
        ReviewOutcome.APPROVED,
        MODERATOR,
        (),
    )


async def test_refused_it_is_refunded_and_its_pictures_are_named_nowhere(opened: Open) -> None:
    house = opened()
    job = await held(house)
    await house.reviews.sweep()
    await house.reviews.refuse(job, moderator(house))
    job = await settled(house, job)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.REFUSED_RESULT)
    assert await house.used() == REFUNDED
    assert house.publisher.posted == []
    assert {(one.state, one.path) for one in await house.results(job)} == {
        (PictureState.REFUSED, None)
    }
    assert [told.state for told in house.publisher.announced] == [JobState.HELD, JobState.FAILED]
    assert house.cards.shown[0].review.outcome is ReviewOutcome.REFUSED


@pytest.mark.parametrize("first", ["approve", "refuse"])
async def test_of_two_decisions_at_once_one_counts(opened: Open, first: str) -> None:
    house = opened()
    job = await held(house)

    def decide(what: str, who: int) -> object:
        actor = moderator(house, who)
        if what == "approve":
            return house.reviews.approve(job, actor, manager=False)
        return house.reviews.refuse(job, actor)

    second = "refuse" if first == "approve" else "approve"
    answers = await asyncio.gather(
        *(decide(what, 500 + n) for n, what in enumerate((first, second, first, second))),  # pyright: ignore
        return_exceptions=True,
    )
    losers = [one for one in answers if isinstance(one, StaffError)]
    assert [one.objection for one in losers] == [Objection.REVIEW_OVER] * 3
    job = await settled(house, job)
    approved = job.state is JobState.DONE
    assert await house.used() == (HELD if approved else REFUNDED)
    assert len(house.publisher.posted) == approved
    async with house.database.read() as uow:
        entries = await uow.audit.of_guild(GUILD, limit=9)
    assert len(entries) == 2


async def test_nobody_approves_their_own_but_managers(opened: Open) -> None:
    house = opened()
    job = await held(house)
    own = moderator(house, MEMBER)
    approving = house.reviews.approve(job, own, manager=False)
    assert await objected(approving) is Objection.REVIEW_YOURSELF
    await house.reviews.approve(job, own, manager=True)
    assert (await settled(house, job)).state is JobState.DONE


async def test_nothing_is_posted_for_a_member_who_left(opened: Open) -> None:
    house = opened()
    job = await held(house)
    house.members.left.add(MEMBER)
    approving = house.reviews.approve(job, moderator(house), manager=False)
    assert await objected(approving) is Objection.REVIEW_MEMBER_LEFT
    job = await settled(house, job)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.BLOCKED)
    assert await house.used() == REFUNDED


# --- ends without a decision ----------------------------------------------------------------------


async def test_after_a_day_it_is_refused(opened: Open) -> None:
    house = opened()
    job = await held(house)
    house.clock.at += HOLD_SECONDS - 1
    await house.reviews.sweep()
    assert (await house.job(job.job_id)).held
    house.clock.at += 1
    job = await settled(house, job)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.HOLD_EXPIRED)
    assert await house.used() == REFUNDED
    assert house.cards.shown[0].review.outcome is ReviewOutcome.EXPIRED
    assert await objected(house.reviews.refuse(job, moderator(house))) is Objection.REVIEW_OVER


async def test_its_member_may_cancel_it(opened: Open) -> None:
    house = opened()
    job = await held(house)
    await house.intake.cancel(job.job_id, by=Reason.BY_MEMBER)
    approving = house.reviews.approve(job, moderator(house), manager=False)
    assert await objected(approving) is Objection.REVIEW_OVER
    job = await settled(house, job)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.BY_MEMBER)
    assert await house.used() == REFUNDED


def removal(house: House) -> GuildRemoval:
    return GuildRemoval(
        database=house.database,
        quotas=house.book,
        privacy=privacy(house),
        membership=house.members,
        clock=house.clock,
        tell=house.delivery.tell,
    )


def privacy(house: House) -> Privacy:
    return Privacy(
        database=house.database,
        quotas=house.book,
        spool=house.spool,
        clock=house.clock,
        keep_seconds=3600,
        tell=house.delivery.tell,
    )


async def test_its_member_may_be_banned_forgotten_or_lose_server_and_channel(
    opened: Open,
) -> None:
    house = opened(member="50/day")
    ends = {
        Reason.BLOCKED: lambda: removal(house).banned(GUILD, MEMBER),
        Reason.BY_MEMBER: lambda: privacy(house).forget(MEMBER),
        Reason.HOLD_EXPIRED: lambda: removal(house).channel_gone(CHANNEL),
        Reason.UNDELIVERABLE: lambda: removal(house).guild_left(GUILD),
    }
    for reason, end in ends.items():
        job = await held(house)
        await house.reviews.sweep()
        await end()
        job = await settled(house, job)
        assert (job.state, job.reason) == (JobState.FAILED, reason)
        assert (await house.used())["member"] == 0
        approving = house.reviews.approve(job, moderator(house), manager=True)
        assert await objected(approving) is Objection.REVIEW_OVER
    assert house.publisher.posted == []
    assert len(house.cards.shown) == len(ends)


async def test_a_copy_of_it_is_told_with_what_else_is_not_known(opened: Open) -> None:
    house = opened()
    job = await held(house)
    await house.reviews.sweep()
    async with house.database.write() as uow:
        assert (await end_open_jobs(uow, house.book, now=NOW)).ended == 1
        await uow.commit()
    house.clock.at += TELL_SECONDS
    job = await settled(house, job)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.UNKNOWN_OUTCOME)
    assert await house.used() == REFUNDED
    assert house.cards.shown[0].review.outcome is ReviewOutcome.WITHDRAWN


# --- cards ----------------------------------------------------------------------------------------


async def test_where_discord_takes_no_card_nobody_is_asked_and_the_member_is_refunded(
    opened: Open,
) -> None:
    house = opened()
    job = await held(house)
    house.cards.script = [GONE]
    job = await settled(house, job)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.HOLD_EXPIRED)
    assert await house.used() == REFUNDED


async def test_while_discord_is_away_a_card_waits(opened: Open) -> None:
    house = opened()
    job = await held(house)
    house.cards.script = [OSError("away"), OSError("away")]
    for _ in range(2):
        await house.reviews.sweep()
        assert house.cards.posted == []
    await house.reviews.sweep()
    assert len(house.cards.posted) == 1
    house.cards.script = [OSError("away")]
    await house.reviews.refuse(job, moderator(house))
    await house.reviews.sweep()
    assert house.cards.shown == []
    await settled(house, job)
    assert len(house.cards.shown) == 1


async def test_a_card_whose_number_was_lost_is_found_and_not_posted_again(opened: Open) -> None:
    house = opened()
    job = await held(house)
    async with house.database.write() as uow:
        assert await uow.reviews.mark_card_try(job.job_id, now=NOW) is None
        await uow.commit_mark()
    house.cards.there[job.job_id] = 7009
    await house.reviews.sweep()
    assert house.cards.posted == []
    await house.reviews.refuse(job, moderator(house))
    await settled(house, job)
    assert [card.review.message_id for card in house.cards.shown] == [7009]


async def test_a_card_that_is_gone_is_forgotten_once_it_is_decided(opened: Open) -> None:
    house = opened()
    job = await held(house)
    await house.reviews.sweep()
    await house.reviews.refuse(job, moderator(house))
    house.cards.script = [DeliveryError(10008, "Unknown Message")]
    assert (await settled(house, job)).state is JobState.FAILED


async def test_another_process_delivers_what_was_approved(opened: Open) -> None:
    house = opened()
    job = await held(house)
    await house.reviews.approve(job, moderator(house), manager=False)
    heir = opened(me="heir", clock=house.clock)
    job = await settled(heir, job)
    assert (job.state, job.claimed_by) == (JobState.DONE, "heir")
    assert (len(heir.publisher.posted), house.publisher.posted) == (1, [])


async def test_a_private_result_whose_ticket_died_meanwhile_waits_for_pick_up(
    opened: Open,
) -> None:
    house = opened()
    job = await held(house, private=True)
    house.publisher.script = [DeliveryError(50027, "Invalid Webhook Token")]
    await house.reviews.approve(job, moderator(house), manager=False)
    job = await settled(house, job)
    assert job.waits_for_pickup
    assert await house.used() == HELD


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_of_200_stand_ins_every_hold_is_held_and_none_of_them_is_posted(
    database: SqlDatabase, tmp_path: Path
) -> None:
    kinds = [("", GORE, NUDITY, HATE)[n * 7 % 11 % 4] for n in range(200)]
    judge = PlayedJudge(queue=[*kinds])
    limits = dict.fromkeys(("member", "ceiling", "everywhere"), "1000/day")
    house = House(database, tmp_path, judges=[seat(judge, Check.RESULTS)], **limits)
    await reviewing(house)
    tickets = [await house.ask() for _ in kinds]
    async with house.at_work(), asyncio.timeout(300):
        await house.worker.drained()
    jobs = [await house.job(ticket.progress.job.job_id) for ticket in tickets]
    ended = [(job.state, job.spoiler) for job in jobs]
    meant = {
        "": (JobState.DONE, False),
        NUDITY: (JobState.DONE, True),
        GORE: (JobState.HELD, False),
        HATE: (JobState.FAILED, False),
    }
    # What is judged first is not what was asked for first.
    found = {
        Path(picture).parent.name: kind for picture, kind in zip(judge.asked, kinds, strict=True)
    }
    assert ended == [meant[found[job.job_id]] for job in jobs]
    posted = {part.job.job_id for part in house.publisher.posted}
    assert posted == {job.job_id for job in jobs if job.state is JobState.DONE}
    await house.reviews.sweep()
    assert {card.job.job_id for card in house.cards.posted} == {
        job.job_id for job in jobs if job.held
    }
