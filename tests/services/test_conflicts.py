"""A unit of work that the server ends for the sake of another one runs again, and unseen."""

from __future__ import annotations

import ast
import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.domain.errors import StorageError
from bot.domain.job import Job, Reason
from bot.domain.setup_problems import SetupProblem
from bot.services.ports import GUARDED, ReferenceSource, of_job
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.servers.decisions import SettingDecision
from bot.services.tasks import conflicts as running_again
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.quotas import SqlQuotas
from tests.services.house import GUILD, MEMBER, NOW, House
from tests.services.test_moderation import RANKS, Office
from tests.services.test_privacy import privacy_of

SERVICES = Path(__file__).parents[2] / "bot/services"
# Parts that members, staff and the operator's shell reach by a command.
COMMANDED = ("moderation", "people", "quotas", "requests", "servers")
# Sweeps come again by themselves, and go on where they were.
SWEPT = {"_show", "_post_again", "_forget", "finish", "_purge"}
# So do the steps of what waits for somebody: consents and reviews.
SWEPT |= {"_claimed", "_post", "_submit", "_tell", "sweep"}
# What happens on the server when a unit writes to a table for the first time, and is ended by it:
# a sequence keeps its count when a transaction does not.
CONFLICT = (
    "CREATE SEQUENCE conflicts",
    """
    CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('conflicts') <= {times} THEN
            RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
        END IF;
        RETURN coalesce(NEW, OLD);
    END $$
    """,
    "CREATE TRIGGER conflict BEFORE INSERT OR UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION conflict()",
)

Command = Callable[[House, Office], Awaitable[object]]


@pytest.fixture
def way() -> str:
    return "postgresql"


async def conflicts(database: SqlDatabase, table: str, *, times: int = 1) -> None:
    """Let the server end the first units that write to a table."""
    engine = create_async_engine(database.url)
    async with engine.begin() as connection:
        for statement in CONFLICT:
            await connection.exec_driver_sql(statement.format(table=table, times=times))
    await engine.dispose()


async def decide(_: House, office: Office) -> None:
    decision = SettingDecision("cooldown_seconds")
    assert await office.changes.set(office.act(), decision, 30, action="decided")
    assert len(await office.changes.history(GUILD, limit=9)) == 1


async def grant(house: House, office: Office) -> None:
    await office.moderation.grant(office.act(), MEMBER, 5, expires_at=None)
    assert [one.left for one in await house.grants()] == [5]


async def block(_: House, office: Office) -> None:
    done = await office.moderation.block(office.act("spam"), MEMBER, until=None, ranks=RANKS)
    assert done.entry is not None
    assert await office.moderation.blocked(GUILD, MEMBER)


async def ask(house: House, _: Office) -> None:
    await house.ask(count=2)
    assert (await house.used())["member"] == 2


async def cancel(house: House, _: Office) -> None:
    (job,) = await house.intake.recent(guild_id=GUILD, user_id=MEMBER, limit=9)
    assert await house.intake.cancel(job.job_id, by=Reason.BY_MEMBER)
    assert (await house.used())["member"] == 0


async def put_aside(house: House, office: Office) -> None:
    baskets = DraftsAndBasket(
        database=house.database, results=office.results, spool=house.spool, clock=house.clock
    )
    picture = ReferenceSource(url="https://example.com/1.png")
    assert await baskets.put_in_basket(MEMBER, 10, [picture]) == 1


async def forget(house: House, _: Office) -> None:
    assert (await privacy_of(house).forget(MEMBER)).cancelled == 1


@pytest.mark.on_server
@pytest.mark.parametrize(
    ("table", "command"),
    [
        ("audit", decide),
        ("guild_versions", grant),
        ("audit", block),
        ("counters", ask),
        ("ledger", ask),
        ("ledger", cancel),
        ("baskets", put_aside),
        ("ledger", forget),
    ],
)
async def test_a_command_succeeds_where_a_second_try_does(
    house: House, table: str, command: Command
) -> None:
    if command in (cancel, forget):
        await house.ask()
    await conflicts(house.database, table)
    await command(house, Office(house))


@pytest.mark.on_server
async def test_who_is_held_up_for_ever_is_told_so(house: House) -> None:
    await conflicts(house.database, "audit", times=1000)
    office = Office(house)
    with pytest.raises(StorageError) as told:
        await decide(house, office)
    assert told.value.problem is SetupProblem.SERVER_CONFLICT
    assert await office.changes.history(GUILD, limit=9) == []


@pytest.mark.on_server
async def test_two_that_hold_each_other_up_are_both_through(house: House) -> None:
    engine = create_async_engine(house.database.url)
    office = Office(house)
    async with engine.connect() as other:
        # The other one is patient: the server ends the decision for its sake.
        await other.execute(text("SET deadlock_timeout = '100s'"))
        await other.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
        deciding = asyncio.create_task(decide(house, office))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not (await other.execute(waiting)).scalar_one():  # noqa: ASYNC110 - the server's
            await asyncio.sleep(0.01)
        # Waits for the row that the decision has written.
        await other.execute(text("LOCK TABLE settings IN EXCLUSIVE MODE"))
        await other.rollback()
    await deciding
    await engine.dispose()


@pytest.mark.on_server
async def test_who_settles_takes_rows_in_the_order_of_who_charges(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.database.write(GUARDED) as uow:
        await uow.grants.give(GUILD, MEMBER, 20, expires_at=None, by=7, reason=None, now=NOW)
        await uow.commit()
    # The last one holds what the window has left, and a part of the grant.
    jobs = [(await house.ask(count=count)).progress.job for count in (3, 4, 4)]
    first, _, both = jobs
    paused, go = asyncio.Event(), asyncio.Event()

    async def settle(job: Job) -> None:
        async with house.database.write(of_job(job.job_id)) as uow:
            await uow.jobs.cancel(job.job_id, Reason.EXPIRED, now=NOW)
            await house.book.settle(uow, job, delivered=0, paid=0, now=NOW)
            await uow.commit()

    def pausing(give_back: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def then_pause(*values: object) -> None:
            await give_back(*values)
            paused.set()
            await go.wait()

        return then_pause

    # The next one wants both, too.
    await settle(first)
    for name in ("give_back", "give_back_grant"):
        monkeypatch.setattr(SqlQuotas, name, pausing(getattr(SqlQuotas, name)))
    settling = asyncio.create_task(settle(both))
    await paused.wait()
    asking = asyncio.create_task(house.ask(count=4))
    await held_up(house.database)
    go.set()
    with caplog.at_level(logging.INFO, running_again.__name__):
        await asyncio.gather(settling, asking)
    assert "runs again" not in caplog.text
    assert await house.problems() == []


async def held_up(database: SqlDatabase) -> None:
    """Wait until a statement waits for another transaction."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    engine = create_async_engine(database.url)
    async with engine.connect() as connection:
        while not (await connection.execute(waiting)).scalar_one():  # noqa: ASYNC110 - the server's
            await asyncio.sleep(0.01)
    await engine.dispose()


def test_every_unit_that_a_command_decides_in_can_run_again() -> None:
    found = [
        f"{file.relative_to(SERVICES)}: {function.name}"
        for part in COMMANDED
        for file in sorted((SERVICES / part).rglob("*.py"))
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.AsyncFunctionDef)
        and function.name not in SWEPT
        and "repeatable" not in [ast.unparse(one) for one in function.decorator_list]
        and "_database.write(" in ast.unparse(function)
    ]
    assert found == []


def test_what_can_run_again_has_one_unit_that_writes() -> None:
    found = [
        f"{file.relative_to(SERVICES)}: {function.name}"
        for file in sorted(SERVICES.rglob("*.py"))
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.AsyncFunctionDef)
        and "repeatable" in [ast.unparse(one) for one in function.decorator_list]
        and ast.unparse(function).count("_database.write(") != 1
    ]
    assert found == []
