"""The `--config` option, and what several commands make of a configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from bot.catalog import load_catalog
from bot.config import Configuration, ConfigurationError, find_file, load
from bot.domain.catalog import Catalog
from bot.domain.errors import SetupError
from bot.domain.request import Policy
from bot.domain.routing import Defaults, Router
from bot.ui import terminal


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--config FILE`, as its argument `config`."""
    option = click.option("--config", metavar="FILE", help=terminal.CONFIG_HELP)
    return option(command)


def configured(argument: str | None) -> Configuration:
    """Load the configuration that a command was given; raises ConfigurationError."""
    return load(find_file(argument, os.environ))


def catalog_of(configuration: Configuration) -> Catalog:
    """Build the catalog; a mistake in it is one in the configuration: ConfigurationError."""
    try:
        return load_catalog(
            configuration.models.custom,
            {
                name: (provider.kind, bool(provider.api_key.get_secret_value().strip()))
                for name, provider in configuration.providers.items()
            },
        )
    except SetupError as error:
        raise ConfigurationError(str(error)) from error


def router_of(configuration: Configuration, catalog: Catalog, *, whole_catalog: bool) -> Router:
    """Build the router, with the operator's defaults and policy."""
    models = configuration.models
    return Router(
        catalog=catalog,
        defaults=Defaults(generate=models.default, edit=models.default_edit),
        policy=Policy(
            watermark={"on": True, "off": False}.get(models.watermark), stream=models.stream
        ),
        whole_catalog=whole_catalog,
    )
