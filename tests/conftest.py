"""What tests of behaviour share: the simulated Discord with the whole bot in it.

The bot is imported inside the fixtures, so that tests of one part need only that part.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    import simcord
    from pebble import ProcessPool

    from bot.app import App
    from bot.sandbox.image_apis import ImageApis
    from bot.sandbox.world import Files
    from tests.local_judge import LocalJudge
    from tests.world import World

Settings = dict[str, dict[str, object]]

# Whatever the developer's shell speaks: the command line, also in processes of its own, is English.
os.environ.pop("LANGUAGE", None)
os.environ["LC_ALL"] = "C.UTF-8"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--on-server", action="store_true", help="run on PostgreSQL whatever can be")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave servers out of what is about SQLite or its file, and of most tests."""
    from tests.databases import of_sqlite

    every = bool(config.getoption("--on-server"))
    items[:] = [item for item in items if not of_sqlite(item, every=every)]


@pytest.fixture
def settings() -> Settings:
    """Configuration of a test, by section, over that of the fixtures; parametrize it."""
    return {}


@pytest.fixture
def expected_errors() -> list[str]:
    """Errors that a test provokes: parts of their log lines, filled in by the test."""
    return []


@pytest.fixture
def logged_errors(expected_errors: list[str]) -> Iterator[list[str]]:
    """Fail the test on any ERROR of the bot or of discord.py that it did not expect."""
    seen: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name.partition(".")[0] in ("discord", "bot", "cogs"):
                seen.append(self.format(record))

    collector = Collector(logging.ERROR)
    logging.getLogger().addHandler(collector)
    yield seen
    logging.getLogger().removeHandler(collector)
    unexpected = [line for line in seen if not any(part in line for part in expected_errors)]
    assert not unexpected, "\n".join(unexpected)


@pytest_asyncio.fixture
async def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated database to copy; made once, for migrating takes its time."""
    from bot.storage.engine import schema

    path = tmp_path_factory.getbasetemp() / "empty.db"
    if not path.exists():
        await schema.upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest_asyncio.fixture
async def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path
) -> AsyncIterator[str]:
    """Return the address of the bot's database: a file, or with `--on-server` on PostgreSQL."""
    if not request.config.getoption("--on-server"):
        yield f"sqlite+aiosqlite:///{shutil.copy(empty_database, tmp_path / 'easel.db')}"
        return
    server = request.getfixturevalue("server")
    made = await server.make()
    yield made
    await server.drop(made)


@pytest.fixture(scope="session")
def server() -> Iterator[object]:
    """Give databases on a PostgreSQL server."""
    from tests import postgres

    if why := postgres.missing():
        pytest.skip(why)
    with postgres.databases() as made:
        yield made


@pytest.fixture(scope="session")
def picture_workers() -> Iterator[ProcessPool]:
    """Start the picture workers once for all tests: spawning them takes a second."""
    from bot.pictures.pool import Pictures

    pool = Pictures()._start()
    yield pool
    pool.stop()
    pool.join()


@pytest.fixture
def shared_workers(picture_workers: ProcessPool, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.pictures import pool

    monkeypatch.setattr(pool.Pictures, "_start", lambda _: picture_workers)
    monkeypatch.setattr(pool, "_stop", lambda _: None)


@pytest.fixture(scope="session")
def pictures_drawn_once() -> Iterator[None]:
    """Draw what many tests ask for once for all of them."""
    from bot.sandbox.image_apis import fulfilment
    from tests.drawn_once import drawn_once

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fulfilment, "draw", drawn_once(fulfilment.draw))
        yield


@pytest_asyncio.fixture
async def apis(pictures_drawn_once: None) -> AsyncIterator[ImageApis]:
    """The local image APIs."""
    from bot.sandbox.image_apis import ImageApis

    async with ImageApis() as apis:
        yield apis


@pytest_asyncio.fixture
async def files() -> AsyncIterator[Files]:
    """Discord's file store on loopback, for the downloads of the bot."""
    from bot.sandbox.world import serve_files

    async with serve_files() as files:
        yield files


@pytest.fixture
def shard_count() -> int:
    """How many shards the bot has; tests of shards say more."""
    return 1


@pytest.fixture
def app(
    tmp_path: Path,
    database_url: str,
    shared_workers: None,
    apis: ImageApis,
    files: Files,
    settings: Settings,
    shard_count: int,
    monkeypatch: pytest.MonkeyPatch,
) -> App:
    """The whole bot on a database of its own, not started."""
    from bot import models
    from bot.app import App
    from bot.config import Configuration
    from tests.known_catalogs import known_catalog

    monkeypatch.setattr(models, "load_catalog", known_catalog)
    sections: Settings = {
        "discord": {"cdn_base": files.base},
        "access": {"open": True},
        "storage": {"url": database_url, "data_dir": tmp_path},
        "providers": {
            name: {"base_url": f"{apis.url}/{name}", "api_key": "local"}
            for name in ("routescope", "seededit", "seedream")
        },
    }
    merged = {name: sections.get(name, {}) | settings.get(name, {}) for name in sections | settings}
    return App(Configuration.model_validate(merged), shard_count=shard_count)


@pytest.fixture
def spoken_locales(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for each text of a command in the languages that there are, not in all of Discord's.

    Those are 34, and the answer of the translator is none: twenty thousand times in each test.
    """
    from discord import Locale
    from discord.app_commands import commands, transformers

    from bot.ui.discord_api import command_translator

    class Spoken:
        def __iter__(self) -> Iterator[Locale]:
            return (one for one in Locale if str(one) in command_translator.CATALOGS)

    for module in (commands, transformers):
        monkeypatch.setattr(module, "Locale", Spoken())


@pytest_asyncio.fixture
async def env(
    app: App,
    spoken_locales: None,
    logged_errors: list[str],
    expected_errors: list[str],
    shard_count: int,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[simcord.Env]:
    """A running simulated Discord with the bot logged in; its services are not running."""
    import simcord

    from bot.clock import SystemClock
    from bot.services.delivery import log_channel, reply_tickets, tickets
    from bot.services.jobs import worker
    from bot.services.people import consents
    from tests.world import traffic_problems

    # SimCord polls this often for silence; its own 50 ms make every verb slow
    # (docs/spec/simulated-discord.md section 2).
    monkeypatch.setitem(simcord.Env._settle_internal.__kwdefaults__, "idle", 0.002)  # pyright: ignore[reportArgumentType]
    env = simcord.Env(app.client, shard_count=shard_count, check_errors=False)
    # One clock for Discord and the bot: SimCord's, which only `advance_time` moves.
    monkeypatch.setattr(SystemClock, "now", lambda _: int(env.now().timestamp()))
    monkeypatch.setattr(tickets, "REFRESH_SECONDS", 0.03)
    monkeypatch.setattr(tickets, "QUIET_SECONDS", 0)
    monkeypatch.setattr(tickets, "POSITION_SECONDS", 0)
    monkeypatch.setattr(reply_tickets, "REFRESH_SECONDS", 0.03)
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.05)
    # Log channels are told when a test rings the bell, and not in between.
    monkeypatch.setattr(log_channel, "POLL_SECONDS", 3600)
    monkeypatch.setattr(consents, "POLL_SECONDS", 3600)
    # A test that moves the clock must not make the worker lose its own jobs.
    monkeypatch.setattr(worker, "LEASE_SECONDS", 10**6)
    await env.start()
    try:
        yield env
    finally:
        await env.shutdown()
        assert expected_errors or not env.errors
        assert not traffic_problems(env)


@pytest_asyncio.fixture
async def world(
    env: simcord.Env, app: App, apis: ImageApis, files: Files, logged_errors: list[str]
) -> AsyncIterator[World]:
    """A server with members, and the bot at work in it."""
    from tests.world import populated

    world = populated(env, app, apis, files, logged_errors)
    # Inside the world's context the services get its clock and its webhooks.
    services = app.services()
    with env.time_context():
        await services.__aenter__()
    try:
        yield world
    finally:
        await services.__aexit__(None, None, None)


@pytest_asyncio.fixture
async def judge() -> AsyncIterator[LocalJudge]:
    """A judge on loopback."""
    from tests.local_judge import local_judge

    async with local_judge() as judge:
        yield judge
