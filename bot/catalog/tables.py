"""Entries as tables, before they are checked: rules by name, and an operator's changes."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from bot.catalog.entries import ShortEntry
from bot.catalog.nearest import near
from bot.domain.catalog import Operation, PixelRule
from bot.domain.requests.sizes import presets_of
from bot.ui.messages.operator import configuration

_RULES = {"sizes": "sizes", "references": "references", "count": "counts", "cost": "costs"}


def expand(entry: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the names of rules by the rules."""
    model = copy.deepcopy(dict(entry))
    for offer in model.get("offers", ()):
        for key, table in _RULES.items():
            if isinstance(offer.get(key), str):
                offer[key] = copy.deepcopy(_named(named, table, offer[key]))
        presets = offer.get("sizes", {}).get("presets", {})
        for tier, sizes in presets.items():
            if isinstance(sizes, str):
                presets[tier] = dict(_named(named, "presets", sizes))
        options = offer.get("options", {})
        for name, rule in options.items():
            if isinstance(rule, str):
                options[name] = copy.deepcopy(_named(named, "options", rule))
    return model


def _named(named: Mapping[str, Any], table: str, name: str) -> dict[str, Any]:
    try:
        return named[table][name]
    except KeyError:
        raise ValueError(configuration.no_rule(name, table, named[table])) from None


def customise(
    model_id: str,
    entry: Mapping[str, Any],
    entries: Mapping[str, Mapping[str, Any]],
    named: Mapping[str, Any],
) -> dict[str, Any]:
    """Apply an operator's entry: `like` another model, with changes per operation."""
    entry = dict(entry)
    like = entry.pop("like", model_id if model_id in entries else None)
    if "can" in entry:
        return expand(_short(model_id, entry), named)
    if like is None and "offers" not in entry:
        raise ValueError(configuration.no_model(near(model_id, entries)))
    if like is not None and like not in entries:
        raise ValueError(configuration.like_nothing(like, near(str(like), entries)))
    changes = {op.value: entry.pop(op.value) for op in Operation if op.value in entry}
    also = entry.pop("also", ())
    enabled = entry.pop("enabled", None)
    model: dict[str, Any] = copy.deepcopy(dict(entries[like])) if like else {}
    if like not in (None, model_id):
        model["label"] = model_id[:60]
    model.update(entry)
    for operation, changed in changes.items():
        offers = [offer for offer in model["offers"] if offer["operation"] == operation]
        if "offers" in entry or not offers:
            raise ValueError(configuration.nothing_to_change(operation))
        named_anywhere = {name for offer in offers for name in offer.get("options", {})}
        for offer in offers:
            _merge(offer, _about(changed, offer, named_anywhere))
    model["offers"] = [*model["offers"], *_also(also, entries)]
    if enabled is not None:
        for offer in model["offers"]:
            offer["enabled"] = enabled
    return expand(model, named)


def _about(
    changed: Any, offer: Mapping[str, Any], named_anywhere: Collection[str]
) -> Mapping[str, Any]:
    """Leave out the changes of options that other services of the model have, and this one not."""
    options = changed.get("options")
    if not isinstance(options, Mapping):
        return changed
    here = offer.get("options", {})
    about = {
        name: rule
        for name, rule in cast("Mapping[str, Any]", options).items()
        if name in here or name not in named_anywhere
    }
    return {**changed, "options": about}


def _short(model_id: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a model at home, of which the operator says sizes and abilities."""
    short = ShortEntry.model_validate(entry)
    sizes = short.sizes
    limits = PixelRule.around(sizes)
    common: dict[str, Any] = {
        "sizes": {
            "pixels": dataclasses.asdict(limits),
            "presets": {"standard": presets_of(sizes)} if presets_of(sizes) else {},
            "default_tier": "standard",
            "default": str(sizes[0]),
        },
        "count": {"per_call": short.per_call},
        "options": {},
        "cost": "flat",
        "max_prompt": 32_000,
        "typical_seconds": 30,
        "seconds_per_extra": 30,
        "providers": short.providers,
    }
    offers: list[dict[str, Any]] = []
    if "generate" in short.can:
        source = {"source": "openai-generation", "operation": "generate"}
        offers.append({**common, **source, "references": "none-vendor"})
    if "edit" in short.can:
        source = {"source": "openai-edits", "operation": "edit"}
        references = "openai" if "mask" in short.can else "openai-without-mask"
        offers.append({**common, **source, "references": references})
    return {"label": short.label or model_id[:60], "use": short.use, "offers": offers}


def _also(others: Iterable[str], entries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the offers of other models, under the ids by which their services know them."""
    if isinstance(others, str):
        raise TypeError
    found: list[dict[str, Any]] = []
    for other in others:
        if other not in entries:
            raise ValueError(configuration.also_nothing(other, near(str(other), entries)))
        offers: list[dict[str, Any]] = copy.deepcopy(entries[other]["offers"])
        found += [{"upstream_id": other, **offer} for offer in offers]
    return found


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Lay changes over a table; `false` takes a table out (`options.stream = false`)."""
    for key, value in changes.items():
        old = target.get(key)
        if isinstance(old, dict) and isinstance(value, Mapping):
            _merge(old, value)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(old, dict) and value is False:
            del target[key]
        else:
            target[key] = value
