"""`jobs`: what is under way, from the live database."""

from __future__ import annotations

import asyncio

import click

from bot.cli.config_option import config_option, configured
from bot.clock import SystemClock
from bot.services.operations.stalled_jobs import stall_reason
from bot.services.ports import OpenJob
from bot.ui.messages.operator import jobs as words


@click.command(help=str(words.JOBS_HELP))
@click.option("--stuck", is_flag=True, help=str(words.STUCK_HELP))
@config_option
def jobs(stuck: bool, config: str | None) -> None:
    found = asyncio.run(_read(configured(config).storage.url))
    now, shown = SystemClock().now(), 0
    for job in found:
        why = stall_reason(job, now=now)
        if why is None and (stuck or job.finished_at is not None):
            continue
        click.echo(words.job(job, why, now=now))
        shown += 1
    if not shown:
        click.echo(words.NOTHING_STUCK if stuck else words.NOTHING_UNDER_WAY, err=True)


async def _read(url: str) -> list[OpenJob]:
    # Imported here: the other commands need no database.
    from bot.storage.engine.database import SqlDatabase

    database = SqlDatabase(url)
    try:
        await database.open()
        async with database.read() as uow:
            return await uow.metrics.open()
    finally:
        await database.close()
