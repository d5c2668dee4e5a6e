"""Builds the catalog from the shipped `catalog.toml`, an operator's entries and the providers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pydantic import ValidationError

from bot.catalog.entries import SOURCE_KINDS, Kind, ModelEntry, OfferEntry
from bot.catalog.nearest import near
from bot.catalog.tables import customise, expand
from bot.domain.catalog import Catalog, CountRule, Offer, OptionRule, ReferenceRule
from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.ui.messages.operator import configuration

# How the ids of Volcengine's models begin, as the catalog has them.
_PREFIX = "doubao-"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogProvider:
    """What the catalog knows of a provider: its API, whether it has a key, what it serves.

    `models` are ids, the catalog's or the provider's own; empty: every model of its kind. `name` is
    that of the configuration where this is one of several keys, and None elsewhere. `model_prefix`
    takes the place of `doubao-` in what is sent as a model's name; None: nothing does.
    """

    kind: Kind
    enabled: bool = True
    models: tuple[str, ...] = ()
    name: str | None = None
    model_prefix: str | None = None

    def sent_name(self, model_id: str, offer: OfferEntry) -> str:
        """Return what this provider calls a model."""
        known = offer.upstream_id or model_id
        if self.model_prefix is None or not known.startswith(_PREFIX):
            return known
        return self.model_prefix + known.removeprefix(_PREFIX)


def load_catalog(
    custom: Mapping[str, Mapping[str, Any]], providers: Mapping[str, CatalogProvider]
) -> Catalog:
    """Build the catalog for these providers, by their names.

    `custom` is the configuration's `[models.custom]`. An offer whose provider has no key is
    kept but not enabled. Raises SetupError for a mistake in a custom entry.
    """
    shipped = tomllib.loads(resources.files("bot").joinpath("catalog.toml").read_text("utf-8"))
    entries: dict[str, dict[str, Any]] = {
        model_id: expand(entry, shipped) for model_id, entry in shipped["models"].items()
    }
    for model_id, entry in custom.items():
        try:
            made = customise(model_id, entry, entries, shipped)
            entries[model_id] = _without_unsuited(made, providers)
            _know_providers(ModelEntry.model_validate(entries[model_id]), providers)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise SetupError(
                SetupProblem.CUSTOM_MODEL, model=model_id, mistake=_first(error)
            ) from error
    offers: list[Offer] = []
    for model_id, entry in entries.items():
        model = ModelEntry.model_validate(entry)
        for offer in model.offers:
            offers += [
                _offer(model_id, model, offer, name, providers[name])
                for name in _serving(offer, providers)
                if _serves(providers[name], model_id, offer)
            ]
    return Catalog(offers)


def _without_unsuited(
    entry: dict[str, Any], providers: Mapping[str, CatalogProvider]
) -> dict[str, Any]:
    """Leave out what an operator's change made impossible at a service that has no key.

    A change is written with the services in mind that are there: others come with the catalog, and
    take other sizes and options. What is wrong for all of an operation is a mistake and stays.
    """
    used = {one.kind for one in providers.values() if one.enabled}
    right = [_is_right(offer) for offer in entry["offers"]]
    saved = {offer["operation"] for offer, good in zip(entry["offers"], right, strict=True) if good}
    offers = [
        offer
        for offer, good in zip(entry["offers"], right, strict=True)
        if good or offer["operation"] not in saved or SOURCE_KINDS.get(offer["source"]) in used
    ]
    return {**entry, "offers": offers}


def _is_right(offer: Mapping[str, Any]) -> bool:
    try:
        OfferEntry.model_validate(offer)
    except ValidationError:
        return False
    return True


def _serving(offer: OfferEntry, providers: Mapping[str, CatalogProvider]) -> list[str]:
    """Return the providers that speak the API of an offer, the first to be asked first.

    That is their order in the offer, and in the configuration where the offer names none.
    """
    kind = SOURCE_KINDS[offer.source]
    able = {name: one.name or name for name, one in providers.items() if one.kind == kind}
    if not offer.providers:
        return list(able)
    return [name for wanted in offer.providers for name in able if able[name] == wanted]


def _serves(provider: CatalogProvider, model_id: str, offer: OfferEntry) -> bool:
    known = provider.models
    return not known or any(one in known for one in (model_id, provider.sent_name(model_id, offer)))


def _know_providers(model: ModelEntry, providers: Mapping[str, CatalogProvider]) -> None:
    """Raise ValueError where an offer names a provider that serves no offer of its operation."""
    for offer in model.offers:
        kinds = {SOURCE_KINDS[o.source] for o in model.offers if o.operation is offer.operation}
        able = {one.name or name for name, one in providers.items() if one.kind in kinds}
        for name in offer.providers:
            if name not in able:
                kind = SOURCE_KINDS[offer.source]
                raise ValueError(configuration.no_provider(name, kind, near(name, able)))


def _offer(
    model_id: str, model: ModelEntry, offer: OfferEntry, name: str, provider: CatalogProvider
) -> Offer:
    sent = provider.sent_name(model_id, offer)
    return Offer(
        model_id=model_id,
        label=model.label,
        use=model.use,
        source=offer.source,
        provider=name,
        operation=offer.operation,
        sizes=offer.sizes.rule(),
        references=ReferenceRule(**dict(offer.references)),
        count=CountRule(**dict(offer.count)),
        options={name: OptionRule(**dict(rule)) for name, rule in offer.options.items()},
        cost=offer.cost.cost(),
        max_prompt=offer.max_prompt,
        typical_seconds=offer.typical_seconds,
        seconds_per_extra=offer.seconds_per_extra,
        enabled=offer.enabled and provider.enabled,
        configured_as=provider.name or name,
        upstream_id=sent if sent != model_id else "",
    )


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        where = ".".join(
            str(part + 1 if isinstance(part, int) else part) for part in problem["loc"]
        )
        said = configuration.value(problem["type"], problem.get("ctx", {}), problem["msg"])
        return configuration.at(where, said)
    if isinstance(error, ValueError):
        return str(error)
    return str(configuration.NO_TABLE)
