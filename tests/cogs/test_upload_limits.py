"""Upload limits are learnt: what fits is posted as it came, and nothing is refused for ever."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.domain.message_limits import DOUBT_SECONDS
from bot.services.delivery.upload_limits import KEY
from bot.services.ports import of_server
from bot.storage.people.drafts import SqlSettings
from tests.cogs.member_actions import newest, picture, restart
from tests.world import World

# A picture of 960 × 960 has about 30,000 bytes.
SMALL, LARGE = 24_000, 10 * 2**20
POSTS = "/channels/*/messages"


async def learnt(world: World) -> object:
    async with world.app.database.read() as uow:
        return await uow.settings.get(world.guild.id, KEY)


def posts(world: World) -> list[Any]:
    """Return every try to post a message."""
    tries = [r for r in world.env.http_requests if r.method == "POST"]
    return [r for r in tries if r.path.endswith("/messages")]


def boosts_promise(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """Let discord.py's table of boosts, which grows old, say something else."""
    monkeypatch.setattr(discord.Guild, "filesize_limit", property(lambda _: limit))


async def test_an_interaction_announces_more_than_the_table_of_boosts_knows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    boosts_promise(monkeypatch, SMALL)
    result = await picture(world)

    assert "Re-encoded" not in result.content
    assert result.attachments[0].size > SMALL
    assert await learnt(world) == {"announced_bytes": LARGE}


async def test_what_an_interaction_announces_as_too_much_is_never_sent(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    result = await picture(world)

    assert "Re-encoded" in result.content
    assert result.attachments[0].size <= SMALL
    assert len(posts(world)) == 1


async def test_a_limit_is_known_after_a_restart_and_rises_with_the_next_interaction(
    world: World,
) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    await picture(world)
    await restart(world)
    job = await newest(world)
    assert await world.app.delivery.upload_limits.of(job) == SMALL

    world.rules.file_limits[world.guild.id] = LARGE
    assert "Re-encoded" not in (await picture(world)).content
    assert await learnt(world) == {"announced_bytes": LARGE}


async def test_the_nitro_of_a_member_is_not_the_servers(world: World) -> None:
    """Discord announces the larger of the two, and refuses what only the member may upload."""
    world.rules.file_limits[world.guild.id] = SMALL
    world.rules.nitro[world.alice.id] = LARGE
    await world.bob.slash(world.art, "help")
    result = await picture(world)
    assert result.attachments[0].size <= SMALL
    assert await learnt(world) == {"announced_bytes": SMALL}


async def test_a_refused_size_is_learnt_and_forgotten_after_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    world.rules.nitro[world.alice.id] = LARGE
    boosts_promise(monkeypatch, SMALL)

    result = await picture(world)
    assert SMALL * 0.5 < result.attachments[0].size <= SMALL
    assert len(posts(world)) - len(world.results()) == 1
    await picture(world)
    assert len(posts(world)) - len(world.results()) == 1
    await world.env.advance_time(DOUBT_SECONDS)
    world.rules.file_limits[world.guild.id] = LARGE
    assert "Re-encoded" not in (await picture(world)).content


async def test_one_wrong_refusal_costs_no_later_picture_its_size(world: World) -> None:
    world.env.inject_error("POST", POSTS, status=413, code=40005, times=1)
    assert "Re-encoded" in (await picture(world)).content
    await world.env.advance_time(DOUBT_SECONDS)
    assert "Re-encoded" not in (await picture(world)).content


async def test_what_every_process_guesses_is_not_written(world: World) -> None:
    await picture(world)
    assert await learnt(world) is None


async def test_nothing_is_written_while_nothing_changes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.alice.slash(world.art, "help")
    await world.bob.slash(world.art, "help")
    written: list[object] = []
    put = SqlSettings.put

    async def noted(self: SqlSettings, guild_id: int, key: str, value: object) -> None:
        written.append(value)
        await put(self, guild_id, key, value)

    monkeypatch.setattr(SqlSettings, "put", noted)
    world.rules.nitro[world.mora.id] = 50 * LARGE
    await world.mora.slash(world.art, "help")
    await world.alice.slash(world.art, "help")
    assert written == []
    world.rules.file_limits[world.guild.id] = 2 * LARGE
    await world.alice.slash(world.art, "help")
    assert written == [{"announced_bytes": 2 * LARGE}]


async def test_what_another_process_learnt_is_read_once_a_minute(world: World) -> None:
    limits = world.app.delivery.upload_limits
    await picture(world)
    job = await newest(world)
    usual = await limits.of(job)
    async with world.app.database.write(of_server(world.guild.id)) as uow:
        await uow.settings.put(world.guild.id, KEY, {"announced_bytes": SMALL})
        await uow.commit()
    assert await limits.of(job) == usual
    await world.env.advance_time(60)
    assert await limits.of(job) == SMALL


async def test_boosts_of_a_server_count_at_once(world: World) -> None:
    world.rules.file_limits[world.guild.id] = SMALL
    await picture(world)
    world.rules.boost(world.guild.id, tier=2, limit_bytes=50 * 2**20)
    await world.env.settle()
    assert await world.app.delivery.upload_limits.of(await newest(world)) == 50 * 2**20
