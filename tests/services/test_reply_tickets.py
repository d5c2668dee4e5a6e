"""Signs, public tickets and bad news of replies: once, taken away again, also after a crash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.catalog import Operation
from bot.domain.job import Job, JobState, Reason
from bot.domain.requests.request import Draft
from bot.domain.text.reply_intent import ReplyMode
from bot.services.delivery import reply_tickets
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.ports import NO_REMEDIES, MessageReference, Progress, Reaction
from bot.services.requests.submission import Submission
from bot.services.servers.access import Requester
from tests.services.house import GUILD, House

CHANNEL, MESSAGE, MEMBER = 5, 77, 9
ASKED = MessageReference(guild_id=GUILD, channel_id=CHANNEL, message_id=MESSAGE, user_id=MEMBER)


@pytest.fixture
async def job(house: House) -> Job:
    """Accept the wish of a message, with its sign on it."""
    submission = Submission(
        draft=Draft(prompt="a fox", operation=Operation.GENERATE),
        requester=Requester(user_id=MEMBER, guild_id=GUILD, channel_id=CHANNEL),
        origin=f"m:{MESSAGE}",
        reply_to=MESSAGE,
    )
    await house.replies.sign(CHANNEL, MESSAGE, Reaction.WORKING)
    return (await house.intake.submit(submission)).progress.job


async def stored(house: House, job: Job) -> Job:
    async with house.database.read() as uow:
        found = await uow.job_queries.get(job.job_id)
    assert found
    return found


async def cancelled(house: House, job: Job, by: Reason = Reason.BY_MEMBER) -> Job:
    ended = await house.intake.cancel(job.job_id, by=by)
    assert ended
    return ended


def new_process(house: House) -> ReplyTickets:
    """Return the service as another process would begin it: nothing remembered."""
    return ReplyTickets(
        publisher=house.publisher,
        messages=house.publisher,
        database=house.database,
        policies=house.policies,
        clock=house.clock,
    )


async def test_a_ticket_waits_ten_seconds_and_is_posted_once(house: House, job: Job) -> None:
    house.clock.at += 9
    await house.replies._refresh()
    assert house.publisher.lines == {}

    house.clock.at += 1
    await house.replies._refresh()
    await house.replies._refresh()
    await new_process(house)._refresh()
    (ticket,) = house.publisher.lines
    assert (await stored(house, job)).ticket_message_id == ticket


async def test_a_ticket_that_was_posted_while_its_job_ended_is_taken_away(
    house: House, job: Job
) -> None:
    await house.replies.ended(await cancelled(house, job))
    await house.replies._open(Progress(job=job))

    assert house.publisher.lines == {}
    assert (await stored(house, job)).ticket_message_id is None


async def test_a_ticket_whose_number_was_lost_is_found_by_the_next_process(
    house: House, job: Job
) -> None:
    house.clock.at += 10
    # Posted, and dead before that was stored (K5).
    await house.publisher.post_ticket(Progress(job=job))
    replies = new_process(house)
    house.publisher.away = True
    await replies._find_lost()
    house.publisher.away = False
    await replies._find_lost()
    assert (await stored(house, job)).ticket_message_id in house.publisher.lines

    await replies.ended(await cancelled(house, job))
    assert house.publisher.lines == {}


async def test_the_end_takes_sign_and_ticket_away(house: House, job: Job) -> None:
    house.clock.at += 10
    await house.replies._refresh()
    assert await house.replies.ended(await cancelled(house, job))

    assert (house.publisher.lines, house.publisher.signs) == ({}, set())
    assert (await stored(house, job)).told_at


async def test_who_cancels_hears_nothing_and_who_was_cancelled_does(house: House, job: Job) -> None:
    ended = await cancelled(house, job, by=Reason.BY_MODERATOR)
    assert await house.replies.ended(ended)
    assert list(house.publisher.lines.values()) == [ended]

    house.clock.at += reply_tickets.TAKE_AWAY_SECONDS
    await new_process(house)._clean()
    assert house.publisher.lines == {}


async def test_a_sign_that_outlived_its_process_is_taken_away_by_the_next(
    house: House, job: Job
) -> None:
    house.publisher.away = True  # for signs and lines; results are posted
    await house.runner.run(await house.claimed(), slot_held=False)
    async with house.database.read() as uow:
        (untold,) = await uow.queue.untold()
    assert (untold.job_id, untold.state) == (job.job_id, JobState.DONE)

    house.publisher.away = False
    await house.delivery.tell(untold)
    assert house.publisher.signs == set()
    async with house.database.read() as uow:
        assert await uow.queue.untold() == []


async def test_while_discord_is_away_nothing_is_told_and_nothing_lost(
    house: House, job: Job
) -> None:
    house.clock.at += 10
    await house.replies._refresh()
    house.publisher.away = True
    ended = await cancelled(house, job, by=Reason.EXPIRED)
    await house.delivery.tell(ended)
    assert (await stored(house, job)).told_at is None

    house.publisher.away = False
    await house.delivery.tell(ended)
    assert (await stored(house, job)).told_at
    assert list(house.publisher.lines.values()) == [ended]


async def test_a_message_that_cannot_be_deleted_is_tried_for_a_day(house: House) -> None:
    house.publisher.away = True
    await house.replies.take_away(CHANNEL, 1, after_seconds=0)
    await house.replies._clean()
    async with house.database.read() as uow:
        assert len(await uow.scheduled_deletions.due(now=house.clock.now())) == 1

    house.clock.at += reply_tickets.GIVE_UP_SECONDS + 1
    await house.replies._clean()
    async with house.database.read() as uow:
        assert await uow.scheduled_deletions.due(now=house.clock.now()) == []


async def test_why_is_told_to_its_member_alone_and_for_a_day(house: House) -> None:
    await house.replies.refuse(ASKED, ["too long"])
    (why_id,) = map(str, house.publisher.lines.values())

    assert await house.replies.why(why_id, MEMBER) == (["too long"], NO_REMEDIES)
    assert await house.replies.why(why_id, MEMBER + 1) is None
    house.clock.at += reply_tickets.WHY_SECONDS
    assert await house.replies.why(why_id, MEMBER) is None


async def test_help_is_offered_once_an_hour_to_each_member(house: House) -> None:
    replies = house.replies
    assert replies.may_help(GUILD, MEMBER)
    assert not replies.may_help(GUILD, MEMBER)
    assert replies.may_help(GUILD, MEMBER + 1)
    house.clock.at += reply_tickets.HELP_SECONDS
    assert replies.may_help(GUILD, MEMBER)


@pytest.mark.parametrize("value", [None, "nonsense", 7, ["off"]])
async def test_a_server_that_decided_nothing_readable_is_asked_first(
    house: House, value: object
) -> None:
    async with house.database.write() as uow:
        await uow.settings.put(GUILD, "replies", value)
        await uow.commit()

    assert await house.replies.mode(GUILD) is ReplyMode.CONFIRM


# --- where nothing can be said below a message ------------------------------------------------


async def test_where_the_bot_may_not_post_a_sign_says_no(house: House) -> None:
    house.publisher.may_post = False
    await house.replies.refuse(ASKED, ["too long"])

    assert house.publisher.signs == {(MESSAGE, Reaction.REFUSED)}
    assert house.publisher.whispers == []


async def test_where_it_may_not_react_either_the_member_is_written_to_once_an_hour(
    house: House,
) -> None:
    house.publisher.may_post = house.publisher.may_react = False
    await house.replies.refuse(ASKED, ["too long"])
    elsewhere = replace(ASKED, guild_id=GUILD + 1, message_id=78)
    assert not await house.replies.tell_elsewhere(elsewhere, ["too short"])
    assert house.publisher.whispers == [(MEMBER, ["too long"])]

    house.clock.at += reply_tickets.HELP_SECONDS
    assert await house.replies.tell_elsewhere(elsewhere, ["too short"])
    assert len(house.publisher.whispers) == 2


async def test_a_closed_door_is_not_knocked_at_again(house: House) -> None:
    house.publisher.may_post = house.publisher.may_react = house.publisher.doors_open = False
    await house.replies.refuse(ASKED, ["too long"])
    house.publisher.doors_open = True
    await house.replies.refuse(ASKED, ["too long"])

    assert house.publisher.whispers == []


async def test_bad_news_that_cannot_be_posted_is_told_elsewhere(house: House, job: Job) -> None:
    house.publisher.may_post = house.publisher.may_react = False
    ended = await cancelled(house, job, by=Reason.EXPIRED)

    assert await house.replies.ended(ended)
    assert house.publisher.whispers == [(MEMBER, ended)]
    assert (await stored(house, job)).told_at


async def test_a_refusal_while_discord_is_away_breaks_nothing(house: House) -> None:
    house.publisher.away = True
    await house.replies.refuse(ASKED, ["too long"])

    assert house.publisher.whispers == []


# --- a process that dies before there is a job ------------------------------------------------


async def test_a_sign_without_a_job_is_taken_away_by_the_next_process(house: House) -> None:
    await house.replies.begin(CHANNEL, MESSAGE)
    house.clock.at += reply_tickets.WORKING_SECONDS - 1
    await new_process(house)._clean()
    assert house.publisher.signs == {(MESSAGE, Reaction.WORKING)}

    house.clock.at += 1
    house.publisher.away = True
    await new_process(house)._clean()
    house.publisher.away = False
    await new_process(house)._clean()
    assert house.publisher.signs == set()
    assert await signs_kept(house) == []


async def test_the_sign_of_a_job_is_left_to_its_end(house: House, job: Job) -> None:
    await house.replies.begin(CHANNEL, MESSAGE)
    house.clock.at += reply_tickets.WORKING_SECONDS
    await house.replies._clean()

    assert house.publisher.signs == {(MESSAGE, Reaction.WORKING)}
    assert await signs_kept(house) == []


async def test_a_members_message_is_never_deleted_for_its_sign(house: House) -> None:
    house.publisher.lines[MESSAGE] = "what the member wrote"
    await house.replies.begin(CHANNEL, MESSAGE)
    house.clock.at += reply_tickets.GIVE_UP_SECONDS * 2
    await house.replies._clean()

    assert house.publisher.lines == {MESSAGE: "what the member wrote"}
    assert await signs_kept(house) == []


async def test_a_refused_request_leaves_no_sign_and_no_trace(house: House) -> None:
    await house.replies.begin(CHANNEL, MESSAGE)
    await house.replies.withdraw(CHANNEL, MESSAGE)

    assert house.publisher.signs == set()
    assert await signs_kept(house) == []


async def signs_kept(house: House) -> list[tuple[int, int, int]]:
    async with house.database.read() as uow:
        return await uow.scheduled_deletions.signs_due(now=house.clock.now() + 10**6)
