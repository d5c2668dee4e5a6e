"""The `--config` option."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from bot.config import Configuration, find_file, load
from bot.ui import usage


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--config FILE`, as its argument `config`."""
    option = click.option("--config", metavar="FILE", help=str(usage.CONFIG_HELP))
    return option(command)


def configured(argument: str | None) -> Configuration:
    """Load the configuration that a command was given; raises ConfigurationError."""
    return load(find_file(argument, os.environ))
