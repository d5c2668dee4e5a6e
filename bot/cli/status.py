"""`status`: what is paused, blocked and under way, and today's use, from the live database."""

from __future__ import annotations

import asyncio
import json

import click

from bot.cli.config_option import config_option, configured
from bot.clock import SystemClock
from bot.config import Configuration
from bot.services.ports import OperatorStatus
from bot.ui.messages.operator import status as words


@click.command(help=str(words.STATUS_HELP))
@click.option("--json", "as_json", is_flag=True, help=str(words.JSON_HELP))
@config_option
def status(as_json: bool, config: str | None) -> None:
    configuration = configured(config)
    found, currency = asyncio.run(_read(configuration)), configuration.quota.currency
    if as_json:
        click.echo(json.dumps(words.to_json(found, currency), ensure_ascii=False))
        return
    for line in words.lines(found, currency):
        click.echo(line)


async def _read(configuration: Configuration) -> OperatorStatus:
    # Imported here: the other commands need no database.
    from bot.services.operations.operator_status import operator_status
    from bot.services.quotas.quota_book import QuotaBook, Rules
    from bot.storage.engine.database import SqlDatabase

    quota = configuration.quota
    quotas = QuotaBook(
        Rules(
            member=quota.default,
            ceiling=quota.server_budget,
            everywhere=quota.global_budget,
            money=quota.spend,
        )
    )
    database = SqlDatabase(configuration.storage.url)
    try:
        await database.open()
        return await operator_status(
            database, quotas, SystemClock(), services=list(configuration.services)
        )
    finally:
        await database.close()
