"""`run`: the bot itself, until it is told to stop."""

from __future__ import annotations

import asyncio

import click

from bot.cli.settings import config_option, configured
from bot.config import Configuration, ConfigurationError
from bot.models import catalog_of
from bot.ui import terminal


@click.command(help=terminal.RUN_HELP)
@config_option
def run(config: str | None) -> None:
    configuration = configured(config)
    if not configuration.discord.token.get_secret_value().strip():
        raise ConfigurationError(terminal.NO_LOGIN)
    # Built again by the app; here a mistake in it is still one of the configuration.
    catalog_of(configuration)
    access = configuration.access
    if not access.guilds and not access.open:
        click.echo(terminal.NO_SERVERS, err=True)

    # Imported here: Discord, the database and its migrations are this command's alone.
    from bot import logs, running
    from bot.storage import schema

    logs.configure(_secrets(configuration))
    asyncio.run(schema.upgrade(configuration.storage.url))
    asyncio.run(running.run(configuration))


def _secrets(configuration: Configuration) -> list[str]:
    keys = [provider.api_key for provider in configuration.providers.values()]
    return [secret.get_secret_value() for secret in (configuration.discord.token, *keys)]
