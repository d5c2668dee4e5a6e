"""`check`: a line for everything that must be right before the bot can serve."""

from __future__ import annotations

import asyncio
import os

import click

from bot.cli.check.check_lines import (
    Finding,
    alerts,
    data_folder,
    database,
    default_models,
    listed_names,
    marks,
    picture_store,
    provider_keys,
    spending,
    spool,
    time_zones,
    well,
    wrong,
)
from bot.cli.check.judge_lines import judges
from bot.cli.config_option import config_option
from bot.cli.outcome import DONE, FAILED
from bot.config import Configuration, ConfigurationError, find_file, load
from bot.domain.catalog import Catalog
from bot.models import catalog_of
from bot.ui import usage
from bot.ui.messages.operator import check as words
from bot.ui.messages.operator import setup_problems


@click.command(help=str(usage.CHECK_HELP))
@config_option
def check(config: str | None) -> int:
    file = find_file(config, os.environ)
    try:
        configuration = load(file)
        catalog = catalog_of(configuration)
    except ConfigurationError as error:
        return _tell([wrong(line) for line in setup_problems.setup(error).splitlines()])
    findings = [well(words.configuration_read(str(file) if file else None))]
    return _tell(findings + asyncio.run(_look(configuration, catalog)))


async def _look(configuration: Configuration, catalog: Catalog) -> list[Finding]:
    # Imported here: discord.py takes a moment.
    from bot.cli.check.discord_check_lines import discord_findings

    at_discord, at_providers = await asyncio.gather(
        discord_findings(configuration), provider_keys(configuration, catalog)
    )
    return [
        await database(configuration),
        data_folder(configuration),
        *spool(configuration),
        *await picture_store(configuration),
        *marks(configuration),
        time_zones(),
        *at_discord,
        *default_models(configuration, catalog),
        *spending(configuration, catalog),
        *listed_names(configuration, catalog),
        alerts(configuration),
        *at_providers,
        *await judges(configuration),
    ]


def _tell(findings: list[Finding]) -> int:
    for finding in findings:
        click.echo(words.finding(finding.text, well=finding.well))
    return DONE if all(finding.well for finding in findings) else FAILED
