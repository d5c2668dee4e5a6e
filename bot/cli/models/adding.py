"""`models add`: a model by its name alone, written into `config.toml` after a look at it."""

from __future__ import annotations

import asyncio
import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.config_option import config_option
from bot.cli.models.config_file import (
    CannotAppendError,
    ChangedMeanwhileError,
    diff,
    replace_file,
    with_model,
    written,
)
from bot.cli.models.listing import models_of, service_of
from bot.cli.outcome import REFUSED, StoppedError
from bot.config import Configuration, find_file, load
from bot.domain.errors import ProviderError
from bot.models import catalog_of
from bot.ui.messages.operator import listed_models as words

if TYPE_CHECKING:
    from bot.providers.capabilities import ListedModel
    from bot.providers.service import HttpImageService


@click.command(help=str(words.ADD_HELP))
@click.argument("provider", metavar="PROVIDER")
@click.argument("model", metavar="MODEL")
@click.option("--yes", is_flag=True, help=str(words.YES_HELP))
@config_option
def add(config: str | None, provider: str, model: str, yes: bool) -> None:
    file = find_file(config or click.get_current_context().obj, os.environ)
    if file is None:
        raise StoppedError("configuration", str(words.NO_FILE), code=REFUSED)
    configuration = load(file)
    if model in configuration.models.custom:
        raise StoppedError("usage", words.already_there(model, file), code=REFUSED)
    old = file.read_bytes()
    entry = asyncio.run(entry_of(configuration, provider, model))
    try:
        new = with_model(old, model, entry)
    except CannotAppendError:
        click.echo(written(model, entry), nl=False)
        raise StoppedError("configuration", words.cannot_append(file)) from None
    _try_out(file, model, entry)
    click.echo(diff(file, old, new))
    if "price" not in entry["offers"][0]["cost"]:
        click.echo(str(words.NO_PRICE), err=True)
    if not yes:
        click.confirm(words.write_it(file), abort=True, err=True)
    try:
        replace_file(file, old, new)
    except ChangedMeanwhileError:
        raise StoppedError("configuration", words.changed_meanwhile(file)) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoppedError("configuration", words.not_written(file, why)) from None
    click.echo(words.added(model, file), err=True)


def _try_out(file: Path, model: str, entry: Mapping[str, Any]) -> None:
    """See that the catalog takes the entry and offers it; raises ConfigurationError."""
    configuration = load(file)
    custom = {**configuration.models.custom, model: dict(entry)}
    models = configuration.models.model_copy(update={"custom": custom})
    catalog_of(configuration.model_copy(update={"models": models}))


async def entry_of(configuration: Configuration, provider: str, name: str) -> dict[str, Any]:
    """Ask a provider for a model, and return the entry that `[models.custom]` would have of it."""
    from bot.providers.capabilities import catalog_entry, price_micro

    service = service_of(configuration, provider)
    try:
        model = _chosen(await models_of(service), name, provider)
        if service.kind.endpoints_path is None or not model.described:
            raise StoppedError("usage", words.not_described(provider), code=REFUSED)
        if model.unusable is not None:
            raise StoppedError("usage", words.unusable(name, model.unusable), code=REFUSED)
        endpoints = await _endpoints(service, service.kind.endpoints_path, model)
    finally:
        await service.close()
    price = price_micro(endpoints, model, configuration.quota.dollar)
    return catalog_entry(model, provider=provider.partition("#")[0], price_micro=price)


def _chosen(found: list[ListedModel], name: str, provider: str) -> ListedModel:
    by_id = {model.id: model for model in found}
    if name in by_id:
        return by_id[name]
    inside = [one for one in by_id if name.casefold() in one.casefold()]
    near = inside or difflib.get_close_matches(name, by_id, n=3, cutoff=0.4)
    raise StoppedError("usage", words.no_such_model(name, provider, near[:5]), code=REFUSED)


async def _endpoints(service: HttpImageService, path: str, model: ListedModel) -> object:
    """Return the record of a model's prices; None where it cannot be had."""
    from urllib.parse import quote

    try:
        return await service.look_up(path.format(model=quote(model.id, safe="/")))
    except ProviderError:
        return None
