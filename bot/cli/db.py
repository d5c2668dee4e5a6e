"""`db`: migrations, the check of the ledger, online backups, and restored copies."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.config_option import config_option, configured
from bot.cli.outcome import DONE, FAILED
from bot.domain.quotas.ledger_faults import Discrepancy
from bot.ui import terminal, usage
from bot.ui.messages.operator import database_copy as copy_words
from bot.ui.messages.operator import restored_copy as words
from bot.ui.messages.operator import setup_problems

if TYPE_CHECKING:
    from bot.services.jobs.restored_copy import RestoredCopy

# In the place of an address: the one of the configuration.
_CONFIGURED = "-"

# Everything of bot.storage is imported inside the commands: the others need no database.


@click.group(help=str(usage.DB_HELP))
@config_option
@click.pass_context
def db(context: click.Context, config: str | None) -> None:
    # `--config` may stand after `db` as well as after the command behind it.
    context.obj = config


def _url(config: str | None) -> str:
    return configured(config or click.get_current_context().obj).storage.url


@db.command(help=str(usage.DB_UPGRADE_HELP))
@config_option
def upgrade(config: str | None) -> None:
    from bot.storage.engine import upgrade

    done = asyncio.run(upgrade.upgrade(_url(config)))
    if done.backup is not None:
        click.echo(terminal.backed_up(str(done.backup)))
    click.echo(terminal.upgraded(done.before, done.after))


@db.command(help=str(usage.DB_CHECK_HELP))
@config_option
def check(config: str | None) -> int:
    return _tell(asyncio.run(_problems(_url(config))))


def _tell(problems: list[Discrepancy]) -> int:
    for problem in map(setup_problems.books, problems) if problems else [terminal.BOOKS_ARE_RIGHT]:
        click.echo(problem)
    return FAILED if problems else DONE


@db.command(help=str(usage.DB_BACKUP_HELP))
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(config: str | None, file: Path) -> None:
    from bot.storage.engine.backup import backup as copy

    asyncio.run(copy(_url(config), file))
    click.echo(terminal.backed_up(str(file)))


@db.command(help=str(copy_words.COPY_HELP))
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@config_option
def copy(config: str | None, source: str, target: str) -> int:
    from bot.clock import SystemClock
    from bot.storage import database_copy

    source, target = (_url(config) if one == _CONFIGURED else one for one in (source, target))
    asyncio.run(
        database_copy.copy(
            source,
            target,
            now=SystemClock().now(),
            written=lambda table: click.echo(copy_words.copied(table.name, table.rows)),
        )
    )
    click.echo(copy_words.DONE)
    return _tell(asyncio.run(_problems(target)))


@db.command(help=str(words.RESTORED_HELP))
@config_option
def restored(config: str | None) -> None:
    done = asyncio.run(_restored(_url(config)))
    for line in (words.ended(done.ended), *words.behind(done.made_at, done.behind), words.START):
        click.echo(line)


async def refuse_copy(url: str) -> None:
    """Raise SetupError for a restored copy that was not told to be one; changes nothing.

    Asked before a migration: a copy may be meant for another release.
    """
    from bot.storage import copies
    from bot.storage.engine.database import SqlDatabase

    database = SqlDatabase(url)
    try:
        await copies.refuse_copy(database)
    finally:
        await database.close()


async def _restored(url: str) -> RestoredCopy:
    from bot.clock import SystemClock
    from bot.services.jobs.restored_copy import end_open_jobs
    from bot.services.ports import EVERYTHING
    from bot.services.quotas.quota_book import QuotaBook, Rules
    from bot.storage import copies
    from bot.storage.engine import schema, upgrade
    from bot.storage.engine.database import SqlDatabase

    database = SqlDatabase(url)
    file = database.generation_file
    # To settle needs no rules.
    quotas = QuotaBook(Rules(member=(), ceiling=(), everywhere=()))
    try:
        with file.alone() if file else nullcontext():
            if await schema.current(url) is not None:
                await upgrade.upgrade(url)
            await database.open()
            async with database.write(EVERYTHING, long=True) as uow:
                done = await end_open_jobs(uow, quotas, now=SystemClock().now())
                begun = copies.begin_anew()
                if file is not None:
                    await uow.generations.put(begun)
                await uow.commit()
            # Until this is written the copy is still refused, and can be told once more.
            if file is not None:
                await asyncio.to_thread(file.replace, begun)
            return done
    finally:
        await database.close()


async def _problems(url: str) -> list[Discrepancy]:
    from bot.storage.engine.database import SqlDatabase
    from bot.storage.ledger.ledger_check import damage, problems

    database = SqlDatabase(url)
    try:
        await database.open()
        return await damage(database) or await problems(database)
    finally:
        await database.close()
