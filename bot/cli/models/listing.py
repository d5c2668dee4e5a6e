"""What a service itself says that it offers; the only part of `models` that uses the network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from bot.cli.outcome import REFUSED, StoppedError
from bot.config import Configuration
from bot.domain.errors import ProviderError
from bot.models import image_service
from bot.ui import terminal
from bot.ui.messages.operator import listed_models as words
from bot.ui.messages.operator.operator_commands import no_provider

if TYPE_CHECKING:
    from bot.providers.capabilities import ListedModel
    from bot.providers.service import HttpImageService


def service_of(configuration: Configuration, name: str) -> HttpImageService:
    """Build the service of that name; raises StoppedError where the configuration has none."""
    services = configuration.services
    if name not in services:
        raise StoppedError("usage", no_provider(name, list(services)), code=REFUSED)
    return image_service(name, services[name])


async def models_of(service: HttpImageService) -> list[ListedModel]:
    """Ask a service for its models; raises StoppedError where it does not list any."""
    from bot.providers.capabilities import listed_models

    try:
        found = listed_models(await service.look_up(service.kind.models_path))
    except ProviderError as error:
        failure = error.failure
        raise StoppedError(failure.error_class, terminal.failure(failure)) from None
    if not found:
        raise StoppedError("no_models", words.lists_nothing(service.name))
    return found


def print_listed(
    configuration: Configuration, provider: str, search: str, *, as_json: bool
) -> None:
    """Print the models of a service that have every word of `search` in id or name."""
    found = asyncio.run(_listed(configuration, provider))
    wanted = search.casefold().split()
    shown = [m for m in found if all(word in f"{m.id} {m.name}".casefold() for word in wanted)]
    if as_json:
        added = configuration.models.custom
        click.echo(json.dumps([_to_json(model, model.id in added) for model in shown]))
        return
    if not shown:
        click.echo(words.nothing_found(provider, search), err=True)
    for model in shown:
        click.echo(f"{model.id}\t{model.name}\t{_limits(model)}".rstrip())


async def _listed(configuration: Configuration, provider: str) -> list[ListedModel]:
    service = service_of(configuration, provider)
    try:
        return await models_of(service)
    finally:
        await service.close()


def _to_json(model: ListedModel, added: bool) -> dict[str, Any]:
    low, high = model.references
    return {
        "model": model.id,
        "name": model.name,
        "described": model.described,
        "operations": list(model.operations) if model.described else [],
        "sizes": list(model.tiers),
        "aspects": list(model.aspects),
        "references": {"minimum": low, "maximum": high},
        "per_call": model.most,
        "options": list(model.options()),
        "added": added,
    }


def _limits(model: ListedModel) -> str:
    if not model.described:
        return ""
    facts: Sequence[str] = (
        ", ".join(model.operations),
        " ".join(model.tiers),
        " ".join(model.options()),
    )
    return "\t".join(fact or "–" for fact in facts)
