"""Hiding a result: decided once, brought to Discord however often it takes, posted again once."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import DeliveryError, Objection, StaffError
from bot.domain.job import Job
from bot.services.moderation.spoilers import TRY_FOR_SECONDS, Spoilers
from tests.services.fakes import ScriptedSpoilers
from tests.services.house import House
from tests.services.test_moderation import Office


class Studio(Office):
    """An office that hides results."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.house = house
        self.discord = ScriptedSpoilers()
        self.spoilers = self.process()

    def process(self) -> Spoilers:
        """Return what another process, or one after a crash, would hide with."""
        return Spoilers(
            changes=self.changes,
            database=self.house.database,
            results=self.results,
            messages=self.house.publisher,
            spoilers=self.discord,
            clock=self.house.clock,
        )

    async def messages(self, job: Job) -> list[int | None]:
        async with self.house.database.read() as uow:
            return [post.message_id for post in await uow.posts.of_job(job.job_id)]

    async def due(self) -> list[str]:
        async with self.house.database.read() as uow:
            return [job_id for job_id, _ in await uow.spoilers.due()]

    async def deletions(self) -> set[int]:
        async with self.house.database.read() as uow:
            due = await uow.scheduled_deletions.due(now=self.house.clock.now() + 1)
        return {message_id for _, message_id, _ in due}


@pytest.fixture
def studio(house: House) -> Studio:
    return Studio(house)


async def posted(house: House) -> Job:
    """Return a result that everybody sees."""
    return await house.finish(await house.ask())


async def test_a_result_is_hidden_once_and_on_the_record(house: House, studio: Studio) -> None:
    job = await posted(house)
    entry, shown = await studio.spoilers.hide(studio.act(), job.job_id)

    assert shown
    assert (entry.action, entry.old, entry.new) == ("hide", None, True)
    (message_id,) = await studio.messages(job)
    assert studio.discord.covered == {message_id: True}
    assert await studio.due() == []
    with pytest.raises(StaffError) as refused:
        await studio.spoilers.hide(studio.act(), job.job_id)
    assert refused.value.objection is Objection.PICTURE_HIDDEN


async def test_k27_a_spoiler_that_discord_did_not_show_is_brought_after_a_start(
    house: House, studio: Studio
) -> None:
    job = await posted(house)
    studio.discord.cover_error = OSError("Discord is away")
    _, shown = await studio.spoilers.hide(studio.act(), job.job_id)
    assert not shown
    assert await studio.due() == [job.job_id]

    studio.discord.cover_error = None
    await studio.process().sweep()
    assert list(studio.discord.covered.values()) == [True]
    assert await studio.due() == []


async def test_k28_a_message_posted_again_whose_number_was_lost_is_not_posted_twice(
    house: House, studio: Studio
) -> None:
    job = await posted(house)
    (old,) = await studio.messages(job)
    studio.discord.edits = False

    async def die() -> None:
        raise asyncio.CancelledError

    studio.discord.before_post = die
    with pytest.raises(asyncio.CancelledError):
        await studio.spoilers.hide(studio.act(), job.job_id)
    # The old message stands, and nothing is to delete it.
    assert await studio.messages(job) == [old]
    assert await studio.deletions() == set()

    studio.discord.before_post = None
    await studio.process().sweep()
    (new,) = studio.discord.posted
    assert await studio.messages(job) == [new]
    assert await studio.due() == []


async def test_a_result_removed_while_it_is_posted_again_leaves_nothing_behind(
    house: House, studio: Studio
) -> None:
    job = await posted(house)
    (old,) = await studio.messages(job)
    studio.discord.edits = False

    async def remove() -> None:
        await studio.moderation.remove(studio.act(), job.job_id)

    studio.discord.before_post = remove
    house.publisher.away = True  # nothing can be deleted now: it is to be done later
    await studio.spoilers.hide(studio.act(), job.job_id)

    (new,) = studio.discord.posted
    assert new in await studio.deletions()
    assert await studio.messages(job) == [old]


async def test_two_processes_post_a_message_again_once(house: House, studio: Studio) -> None:
    job = await posted(house)
    studio.discord.edits = False
    studio.discord.cover_error = OSError("Discord is away")
    await studio.spoilers.hide(studio.act(), job.job_id)
    studio.discord.cover_error = None
    await asyncio.gather(studio.process().show(job.job_id), studio.process().show(job.job_id))

    (new,) = set(studio.discord.again.values())
    assert await studio.messages(job) == [new]
    assert new not in await studio.deletions()


async def test_hiding_and_removing_at_once_ends_with_nothing_shown(
    house: House, studio: Studio
) -> None:
    job = await posted(house)
    hidden, removed = await asyncio.gather(
        studio.spoilers.hide(studio.act(), job.job_id),
        studio.moderation.remove(studio.act(), job.job_id),
        return_exceptions=True,
    )
    assert not isinstance(removed, BaseException)
    if isinstance(hidden, BaseException):
        assert isinstance(hidden, StaffError)
        assert hidden.objection is Objection.PICTURE_REMOVED
    await studio.spoilers.sweep()
    assert await studio.due() == []


async def test_a_message_that_is_gone_is_known_to_be_removed(house: House, studio: Studio) -> None:
    job = await posted(house)
    (old,) = await studio.messages(job)
    studio.discord.gone.add(old or 0)
    await studio.spoilers.hide(studio.act(), job.job_id)

    shown = await studio.results.of_job(job.job_id)
    assert [one.removed for one in shown] == [True]
    assert await studio.due() == []


async def test_what_discord_refuses_is_given_up_after_a_day(house: House, studio: Studio) -> None:
    job = await posted(house)
    studio.discord.cover_error = DeliveryError(50001, "Missing Access")
    await studio.spoilers.hide(studio.act(), job.job_id)
    await studio.spoilers.sweep()
    assert await studio.due() == [job.job_id]

    house.clock.at += TRY_FOR_SECONDS + 1
    await studio.spoilers.sweep()
    assert await studio.due() == []


async def test_a_private_result_is_nobodys_to_hide(house: House, studio: Studio) -> None:
    asked = await house.ask(private=True, ticket_token="t", ticket_expires_at=house.clock.at + 900)
    await house.tickets.opened(asked.progress)
    job = await house.finish(asked)
    with pytest.raises(StaffError) as refused:
        await studio.spoilers.hide(studio.act(), job.job_id)
    assert refused.value.objection is Objection.PICTURE_PRIVATE
