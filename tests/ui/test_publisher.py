"""The publisher against a Discord that refuses, forgets, or is away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.domain.errors import DeliveryError
from bot.domain.job import Destination, Job, JobState, Reason
from bot.services.ports import ResultPart, transaction_open
from bot.ui.discord_api.publisher import DiscordPublisher
from tests.ui.samples import job, part, progress
from tests.world import World, png, text_of

MESSAGES = "/channels/*/messages"


@pytest.fixture
def publisher(world: World) -> DiscordPublisher:
    return world.app.adapters.publisher


@pytest.fixture
def submission(world: World) -> Job:
    return job(guild_id=world.guild.id, channel_id=world.art.id, user_id=world.alice.id)


@pytest.fixture
def result(submission: Job, tmp_path: Path) -> ResultPart:
    path = tmp_path / "picture"
    path.write_bytes(png())
    return part(submission, [path])


def tried(world: World, result: ResultPart) -> ResultPart:
    """Return the part as delivery hands it over after a first try."""
    now = int(world.env.now().timestamp())
    return replace(result, post=replace(result.post, first_try_at=now))


async def ticket_of(world: World, submission: Job) -> Job:
    """Return the wish with the token of a real interaction of alice's."""
    await world.alice.slash(world.art, "help")
    (token,) = world.env.backend.interaction_tokens
    return replace(submission, ticket_token=token)


async def test_a_post_that_got_through_unnoticed_is_found_again(
    world: World, publisher: DiscordPublisher, result: ResultPart
) -> None:
    await world.bob.send(world.art, "mine", attachments=[("easel-0123456789ABC-1.png", png())])
    assert await publisher.find(tried(world, result)) is None
    message_id = await publisher.post(result)
    await world.env.settle()
    await world.alice.send(world.art, "nice!")

    assert await publisher.find(tried(world, result)) == message_id
    other = replace(result, job=replace(result.job, job_id="ZZZZZZZZZZZZZ"))
    assert await publisher.find(tried(world, other)) is None


async def test_the_second_message_is_not_mistaken_for_the_first(
    world: World, publisher: DiscordPublisher, submission: Job, result: ResultPart
) -> None:
    first, second = (
        part(submission, list(result.files), number=number, parts=2) for number in (0, 1)
    )
    message_id = await publisher.post(first)

    assert await publisher.find(tried(world, second)) is None
    assert await publisher.find(tried(world, first)) == message_id


async def test_a_repeated_post_is_made_once(
    world: World, publisher: DiscordPublisher, result: ResultPart
) -> None:
    assert await publisher.post(result) == await publisher.post(result)
    assert len(world.art.history()) == 1


async def test_without_read_message_history_the_post_is_simply_repeated(
    world: World, publisher: DiscordPublisher, result: ResultPart
) -> None:
    await publisher.post(result)
    world.env.inject_error("GET", MESSAGES, status=403, code=50001, times=1)

    assert await publisher.find(tried(world, result)) is None


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, 50001, 50001),
        (403, 50013, 50013),
        (404, 10003, 10003),
        (400, 50083, 50083),
        (400, 160005, 160005),
        (400, 50035, 50035),
        (400, 200000, 200000),
        (413, 40005, 40005),
        (413, 0, 40005),
    ],
)
async def test_a_refusal_for_good_is_told_by_its_code(
    world: World,
    publisher: DiscordPublisher,
    result: ResultPart,
    status: int,
    code: int,
    told: int,
) -> None:
    world.env.inject_error("POST", MESSAGES, status=status, code=code, times=1)

    with pytest.raises(DeliveryError) as caught:
        await publisher.post(result)
    assert caught.value.code == told


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, 0), (502, 0), (503, 0), (429, 0), (429, 20028), (400, 20016), (401, 0), (403, 0)],
)
async def test_what_may_pass_is_left_to_another_try(
    world: World, publisher: DiscordPublisher, result: ResultPart, status: int, code: int
) -> None:
    world.env.inject_error("POST", MESSAGES, status=status, code=code, times=1)

    with pytest.raises(discord.HTTPException):
        await publisher.post(result)
    await publisher.post(result)
    assert len(world.art.history()) == 1


async def test_a_file_above_the_limit_is_refused_with_the_code_for_it(
    world: World, publisher: DiscordPublisher, result: ResultPart
) -> None:
    result.files[0].write_bytes(png() + b"\0" * (10 * 2**20))

    with pytest.raises(DeliveryError) as caught:
        await publisher.post(result)
    assert caught.value.code == 40005


async def test_a_private_result_without_a_living_ticket_is_refused_for_good(
    world: World, publisher: DiscordPublisher, submission: Job, result: ResultPart
) -> None:
    private = replace(submission, destination=Destination.INTERACTION)
    with pytest.raises(DeliveryError):
        await publisher.post(replace(result, job=private))

    ticket = replace(await ticket_of(world, private))
    await publisher.post(replace(result, job=ticket))
    await publisher.post(replace(result, job=ticket))
    (shown,) = world.art.history(viewer=world.alice)
    assert "> a fox" in text_of(shown)

    await world.env.advance_time(901)
    with pytest.raises(DeliveryError):
        await publisher.post(replace(result, job=ticket))


async def test_a_ticket_out_of_reach_is_reported(
    world: World, publisher: DiscordPublisher, submission: Job
) -> None:
    assert not await publisher.show(progress(submission))
    ticket = await ticket_of(world, submission)
    assert await publisher.show(progress(ticket))
    await world.env.advance_time(901)
    assert not await publisher.show(progress(ticket))


async def test_a_passing_trouble_with_a_ticket_is_not_its_end(
    world: World, publisher: DiscordPublisher, submission: Job
) -> None:
    ticket = await ticket_of(world, submission)
    world.env.inject_error("PATCH", "/webhooks/*", status=500, code=0, times=1)

    with pytest.raises(discord.HTTPException):
        await publisher.show(progress(ticket))


async def test_a_private_result_is_not_covered_by_its_ticket(
    world: World, publisher: DiscordPublisher, submission: Job
) -> None:
    done = replace(submission, state=JobState.DONE, destination=Destination.INTERACTION)
    ticket = await ticket_of(world, done)
    before = len(world.env.http_requests)

    assert await publisher.show(progress(ticket))
    assert len(world.env.http_requests) == before


async def test_bad_news_pings_only_who_asked_and_gives_no_reason(
    world: World, publisher: DiscordPublisher, submission: Job
) -> None:
    failed = replace(submission, state=JobState.FAILED, reason=Reason.REFUSED_PROMPT)
    assert await publisher.announce(failed)
    await publisher.announce(failed)

    (line,) = world.art.history()
    assert "fox" not in line.content
    assert "filter" not in line.content
    assert [user.id for user in line.mentions] == [world.alice.id]


async def test_bad_news_that_cannot_be_said_is_reported(
    world: World, publisher: DiscordPublisher, submission: Job
) -> None:
    world.env.inject_error("POST", MESSAGES, status=403, code=50013, times=1)

    assert not await publisher.announce(submission)


async def test_boosted_servers_take_larger_files(
    world: World, publisher: DiscordPublisher, submission: Job
) -> None:
    guild = world.app.client.get_guild(world.guild.id)
    assert guild
    assert publisher.upload_limit(submission) == 10 * 2**20
    guild.premium_tier = 3
    assert publisher.upload_limit(submission) == 100 * 2**20
    assert publisher.upload_limit(replace(submission, guild_id=0)) == 10 * 2**20


@pytest.mark.parametrize("name", ["post", "find", "show", "announce"])
async def test_nothing_is_sent_inside_a_transaction(
    publisher: DiscordPublisher, submission: Job, result: ResultPart, name: str
) -> None:
    argument: dict[str, Any] = {"show": progress(submission), "announce": submission}
    before = transaction_open.set(True)
    try:
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await getattr(publisher, name)(argument.get(name, result))
    finally:
        transaction_open.reset(before)
