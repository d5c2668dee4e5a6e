"""`run`: the bot itself, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import unquote, urlsplit

import click

from bot.cli.config_option import config_option, configured
from bot.cli.db import refuse_copy
from bot.cli.outcome import StoppedError
from bot.config import Configuration, ConfigurationError
from bot.domain.errors import EaselError
from bot.domain.setup_problems import SetupProblem
from bot.models import catalog_of
from bot.ui import terminal, usage
from bot.ui.messages.operator import check as words

log = logging.getLogger(__name__)


@click.command(help=str(usage.RUN_HELP))
@click.option("--no-migrate", is_flag=True, help=str(usage.NO_MIGRATE_HELP))
@click.option(
    "--role",
    type=click.Choice(["all", "gateway", "worker"]),
    default="all",
    help=str(usage.ROLE_HELP),
)
@config_option
def run(config: str | None, no_migrate: bool, role: str) -> None:
    configuration = configured(config)
    if not configuration.discord.token.get_secret_value().strip():
        raise ConfigurationError(SetupProblem.SAID, said=words.NO_LOGIN)
    # Built again by the app; here a mistake in it is still one of the configuration.
    catalog_of(configuration)
    access = configuration.access
    if not access.guilds and not access.open:
        click.echo(words.NO_SERVERS, err=True)

    # Imported here: Discord, the database and its migrations are this command's alone.
    from bot import logs, running
    from bot.app import Role
    from bot.storage.engine import upgrade

    written = configuration.log
    logs.configure(_secrets(configuration), style=written.format, level=written.level)
    try:
        asyncio.run(refuse_copy(configuration.storage.url))
        if not no_migrate:
            asyncio.run(upgrade.upgrade(configuration.storage.url, apart=True))
        asyncio.run(running.run(configuration, role=Role(role)))
    except EaselError:
        raise
    except Exception as error:
        # Through the log, which takes secrets out of it.
        log.critical("the bot stopped because of an internal error", exc_info=error)
        raise StoppedError("internal", terminal.internal(error)) from None


def _secrets(configuration: Configuration) -> list[str]:
    keys = [provider.api_key for provider in configuration.services.values()]
    password = urlsplit(configuration.storage.url).password or ""
    known = [s.get_secret_value() for s in (configuration.discord.token, *keys)]
    # A driver may show it as it is, or as it stands in the address.
    return [*known, password, unquote(password)]
