"""A database server: what is wrong with it is said in plain words, and it may go away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextvars import Context

import pytest
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bot.domain.errors import SetupError, StorageError
from bot.domain.requests.consent import Consent, ConsentState
from bot.domain.setup_problems import SetupProblem
from bot.services.ports import EVERYTHING, GUARDED, of_server
from bot.storage.engine import connect, schema, server_transactions
from bot.storage.engine.database import SqlDatabase
from bot.storage.engine.server_transactions import lock_number
from tests import postgres
from tests.network_line import Line

pytestmark = pytest.mark.on_server


@pytest.fixture
def way() -> str:
    return "postgresql"


@pytest.fixture(scope="module")
def own_server() -> Iterator[postgres.Server]:
    """Return a server that a test may stop."""
    if why := postgres.missing(own=True):
        pytest.skip(why)
    with postgres.running_server() as server:
        yield server


@pytest.fixture
async def own(own_server: postgres.Server) -> AsyncGenerator[SqlDatabase]:
    databases = postgres.Databases(own_server.url)
    database = SqlDatabase(await databases.make())
    yield database
    await database.close()
    await databases.drop(database.address)
    await databases.close()


async def put(database: SqlDatabase, value: str = "1") -> None:
    async with database.write() as uow:
        await uow.meta.put("key", value)
        await uow.commit()


async def got(database: SqlDatabase) -> str | None:
    async with database.read() as uow:
        return await uow.meta.get("key")


async def problem_of(url: URL) -> SetupProblem:
    """Return why a database cannot be used."""

    async def use() -> None:
        database = SqlDatabase(url.render_as_string(hide_password=False))
        try:
            await database.open()
            await put(database)
        finally:
            await database.close()

    with pytest.raises(SetupError) as raised:
        await use()
    assert not str(raised.value).count("Traceback")
    assert "secret" not in str(raised.value)
    return raised.value.problem


async def test_each_thing_that_can_be_wrong_is_named(database: SqlDatabase) -> None:
    url = database.url.set(password="secret")
    assert await problem_of(url.set(port=1)) is SetupProblem.SERVER_AWAY
    assert await problem_of(url.set(host="nowhere.invalid")) is SetupProblem.SERVER_AWAY
    assert await problem_of(url.set(username="nobody_here")) is SetupProblem.SERVER_LOGIN
    assert await problem_of(url.set(database="nothing")) is SetupProblem.SERVER_DATABASE
    other = url.set(drivername="postgresql+psycopg2")
    assert await problem_of(other) is SetupProblem.OTHER_DRIVER
    assert await problem_of(url.set(drivername="mysql")) is SetupProblem.OTHER_DRIVER


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SetupError) as raised:
        SqlDatabase("postgresql://easel@localhost/easel")
    assert raised.value.problem is SetupProblem.NO_SERVER_DRIVER


async def test_a_role_that_only_reads_is_told_so(database: SqlDatabase) -> None:
    role = f"reader_{make_url(database.address).database}"

    async def tell(statement: str) -> None:
        async with database.write() as uow:
            await uow.connection.exec_driver_sql(statement)
            await uow.commit()

    await tell(f"CREATE ROLE {role} LOGIN")
    await tell(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    url = database.url.set(username=role)
    assert await problem_of(url) is SetupProblem.SERVER_RIGHTS
    await tell(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    assert await problem_of(url) is SetupProblem.SERVER_READ_ONLY
    await tell(f"DROP OWNED BY {role}")
    await tell(f"DROP ROLE {role}")


async def test_a_zero_byte_is_left_out_wherever_it_stands(database: SqlDatabase) -> None:
    await put(database, "a\0b")
    assert await got(database) == "ab"


async def test_what_is_read_is_one_snapshot_and_nothing_can_be_written(
    database: SqlDatabase,
) -> None:
    await put(database, "before")
    async with database.read() as uow:
        assert await uow.meta.get("key") == "before"
        await asyncio.create_task(put(database, "after"), context=Context())
        assert await uow.meta.get("key") == "before"
        with pytest.raises(StorageError):
            await uow.meta.put("key", "never")
    assert await got(database) == "after"


async def test_an_error_of_a_unit_itself_is_not_the_servers(database: SqlDatabase) -> None:
    async def mistaken(error: Exception) -> None:
        async with database.write(GUARDED):
            raise error

    for error in (TimeoutError("a step took too long"), FileNotFoundError("a file is gone")):
        with pytest.raises(type(error)):
            await mistaken(error)


async def test_the_crowd_of_one_server_leaves_connections_to_the_others(
    database: SqlDatabase,
) -> None:
    other_process = SqlDatabase(database.address)
    try:
        async with asyncio.timeout(20):
            async with other_process.write(of_server(1)) as uow:
                crowd = [
                    asyncio.create_task(put_for(database, 1), context=Context()) for _ in range(40)
                ]
                await held_up(database)
                await asyncio.create_task(put_for(database, 2), context=Context())
                assert not any(one.done() for one in crowd)
                await uow.commit()
            await asyncio.gather(*crowd)
    finally:
        await other_process.close()


async def test_who_waits_too_long_for_a_turn_is_told_that_the_server_is_away(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_transactions, "ANSWER_SECONDS", 0.2)
    async with database.write(of_server(1)):
        waiting = asyncio.create_task(put_for(database, 1), context=Context())
        with pytest.raises(StorageError) as away:
            await waiting
        assert away.value.problem is SetupProblem.SERVER_AWAY
        # Who only waited leaves nothing behind.
        await asyncio.create_task(put_for(database, 2), context=Context())
    await put_for(database, 1)


async def put_for(database: SqlDatabase, guild_id: int) -> None:
    async with database.write(of_server(guild_id)) as uow:
        await uow.meta.put(f"key{guild_id}", "1")
        await uow.commit()


async def test_a_card_that_is_posted_while_its_consent_ends_is_taken_away(
    database: SqlDatabase,
) -> None:
    consent = Consent(
        consent_id="C", guild_id=1, channel_id=10, user_id=100, owner_id=200,
        origin="i:1", created_at=1, expires_at=1000,
    )  # fmt: skip

    async def end() -> None:
        async with database.write(GUARDED) as uow:
            await uow.consents.end_all(ConsentState.REFUSED, now=5, owner_id=200)
            await uow.commit()

    async with database.write(GUARDED) as uow:
        await uow.consents.add(consent)
        await uow.commit()
    async with database.write(GUARDED) as uow:
        assert await uow.consents.posted("C", 77)
        ending = asyncio.create_task(end(), context=Context())
        await held_up(database)
        await uow.commit()
    await ending
    async with database.read() as uow:
        assert await uow.scheduled_deletions.due(now=5) == [(10, 77, 5)]


async def held_up(database: SqlDatabase) -> None:
    """Wait until a statement waits for another transaction."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    engine = create_async_engine(database.url)
    async with engine.connect() as connection, asyncio.timeout(10):
        while not (await connection.exec_driver_sql(waiting)).scalar_one():  # noqa: ASYNC110 - the server's
            await asyncio.sleep(0.01)
    await engine.dispose()


async def test_several_that_migrate_at_once_do_it_once(server: postgres.Databases) -> None:
    address = await server.make(empty=True)
    done = await asyncio.gather(*(schema.upgrade(address) for _ in range(4)))
    assert sorted(before or "" for before, _ in done) == ["", *[schema.HEAD] * 3]
    await server.drop(address)


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
async def test_a_server_that_stops_is_a_database_that_is_away_and_comes_back(
    own_server: postgres.Server, own: SqlDatabase, mode: str
) -> None:
    await put(own, "before")

    async def stopped_meanwhile() -> None:
        async with own.write() as uow:
            await uow.meta.put("key", "lost")
            await asyncio.to_thread(
                own_server.kill if mode == "kill" else lambda: own_server.stop(mode)
            )
            await uow.commit()

    with pytest.raises(StorageError) as lost:
        await stopped_meanwhile()
    with pytest.raises(StorageError) as away:
        await put(own)
    await asyncio.to_thread(own_server.start)
    assert {lost.value.problem, away.value.problem} == {SetupProblem.SERVER_AWAY}
    assert await got(own) == "before"
    await put(own, "after")
    assert await got(own) == "after"


@pytest.fixture
async def line(own_server: postgres.Server) -> AsyncGenerator[Line]:
    """Return the network between the bot and the server."""
    line = Line(own_server.port)
    await line.mend()
    yield line
    await line.cut()


@pytest.mark.parametrize("lost", ["cut", "silent"])
async def test_a_network_that_fails_is_a_database_that_is_away_and_comes_back(
    own: SqlDatabase, line: Line, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    # Nobody would wait for a minute here.
    monkeypatch.setattr(server_transactions, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(connect, "_CONNECT_SECONDS", 0.5)
    far = SqlDatabase(own.url.set(port=line.port).render_as_string(hide_password=False))
    try:
        await put(far, "before")

        async def lost_meanwhile() -> None:
            async with far.write() as uow:
                await uow.meta.put("key", "lost")
                if lost == "cut":
                    await line.cut()
                else:
                    line.silence()
                await uow.commit()

        problems: set[SetupProblem] = set()
        for act in (lost_meanwhile, lambda: put(far)):
            with pytest.raises(StorageError) as away:
                await act()
            problems.add(away.value.problem)
        await line.mend()
        assert problems == {SetupProblem.SERVER_AWAY}
        assert await got(far) == "before"
        await put(far, "after")
        assert await got(own) == "after"
    finally:
        await far.close()


def test_the_number_of_a_scope_never_changes() -> None:
    # Processes of two releases may run side by side.
    assert lock_number(EVERYTHING) == 1179643546853132877
    assert lock_number(of_server(1)) == 262956998691628068
