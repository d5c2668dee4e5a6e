"""The bot as an operator runs it: health, JSON in the log, and exit codes, in a real process."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from typing import Any

import aiohttp
import pytest

from tests.e2e.place import Place

_NO_MIGRATE = ("-c", "import sys; sys.argv += ['--no-migrate']; from bot.cli import main; main()")
_LISTENS = re.compile(r"health and metrics: (http://127\.0\.0\.1:\d+)")


@pytest.mark.long
async def test_a_watched_bot_answers_logs_json_and_stops_when_asked(place: Place) -> None:
    process = await place.start(EASEL_HEALTH__PORT="0", EASEL_LOG__FORMAT="json")
    async with aiohttp.ClientSession() as session:
        await place.wire.until(lambda: _LISTENS.search(place.log()) is not None)
        found = _LISTENS.search(place.log())
        assert found

        async def ready() -> bool:
            async with session.get(f"{found[1]}/readyz") as answer:
                return answer.status == 200

        async with asyncio.timeout(20):
            while not await ready():  # noqa: ASYNC110 - it connects while we ask
                await asyncio.sleep(0.05)
        for path, text in (("/healthz", "alive"), ("/metrics", "easel_ready 1")):
            async with session.get(found[1] + path) as answer:
                assert answer.status == 200
                assert text in await answer.text()
    await place.alice.slash(place.art, "imagine", prompt="a fox")
    await place.wire.until(lambda: len(place.results()) == 1)
    assert await place.stop(process) == 0
    strange = [line for line in place.log().splitlines() if not line.startswith("{")]
    assert strange == []
    lines: list[dict[str, Any]] = [json.loads(line) for line in place.log().splitlines()]
    (said,) = [line["event"] for line in lines if line["event"].startswith("ready: ")]
    assert re.fullmatch(r"ready: Easel \d+\.\d+\.\d+ as .+, servers: 1, shards: 1", said)
    assert all(line.keys() >= {"timestamp", "level", "logger", "event"} for line in lines)
    assert place.wire.token not in place.log()


async def test_a_refused_token_is_a_mistake_that_no_start_mends(place: Place) -> None:
    process = await place.launch(EASEL_DISCORD__TOKEN="not-the-token")
    assert await process.wait() == 2
    assert "Discord refused the token" in place.log().splitlines()[-1]


@pytest.mark.long
async def test_what_is_not_discord_is_told_in_one_sentence(place: Place) -> None:
    place.wire.inject_error("GET", "/users/@me", status=200)  # an answer without a user in it
    process = await place.launch()
    assert await process.wait() == 1
    assert "Traceback" not in place.log()
    assert "fix discord.api_base" in place.log().splitlines()[-1]


@pytest.mark.long
async def test_a_token_that_is_taken_back_meanwhile_is_told_like_a_wrong_one(place: Place) -> None:
    process = await place.start()
    # A session that ends while it begins is begun again.
    await place.wire.until(lambda: "ready: Easel" in place.log(), timeout=30)
    await place.wire.drop_gateway(4004)
    assert await process.wait() == 2
    assert "Traceback" not in place.log()
    assert "Discord refused the token" in place.log().splitlines()[-1]


@pytest.mark.long
async def test_a_stop_is_heard_while_discord_does_not_answer(place: Place) -> None:
    with place.wire.hold("GET", "/users/@me") as held:
        process = await place.launch()
        await place.wire.until(lambda: bool(held.waiting), timeout=30)
        assert await place.stop(process) == 0
    assert not place.wire.connected


async def test_without_leave_to_migrate_a_database_is_not_made_either(place: Place) -> None:
    process = await place.launch(program=_NO_MIGRATE)
    assert await process.wait() == 1
    assert "easel db upgrade" in place.log().splitlines()[-1]
    assert "Traceback" not in place.log()
    assert not (place.folder / "easel.db").exists()


async def test_without_leave_to_migrate_an_older_database_is_refused_and_left_alone(
    place: Place,
) -> None:
    file = place.folder / "easel.db"
    await place.stop(await place.start())
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    process = await place.launch(program=_NO_MIGRATE)
    assert await process.wait() == 1
    assert "easel db upgrade" in place.log().splitlines()[-1]
    assert not (place.folder / "backups").exists()
