"""Reads the catalog: the shipped `catalog.toml`, and what the operator adds or changes.

A mistake in either is a SetupError that names the entry; what comes out is the domain's
`Catalog`, one offer for each (model, source, operation) and provider of the right kind.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.domain.catalog import (
    ASPECTS,
    Basis,
    Catalog,
    Cost,
    CountRule,
    Offer,
    Operation,
    OptionRule,
    PixelRule,
    PixelSize,
    ReferenceRule,
    SizeRule,
    TokenPrices,
)
from bot.domain.errors import SetupError
from bot.domain.file_types import TAKEN_EVERYWHERE
from bot.domain.requests.request import OPTION_FIELDS
from bot.domain.requests.sizes import presets_of
from bot.domain.setup_problems import SetupProblem
from bot.setting_values import Format, Price, Ratio, Size
from bot.ui.messages.operator import configuration

Kind = Literal["routescope", "seededit", "seedream", "openai", "ark", "openrouter"]

# Which kind of provider serves a source (docs/settings.md).
SOURCE_KINDS: dict[str, Kind] = {
    "routescope-seedream-generation": "routescope",
    "routescope-seedream-edits": "routescope",
    "routescope-openai-edits": "routescope",
    "seededit": "seededit",
    "seedream-gateway": "seedream",
    "openai-generation": "openai",
    "openai-edits": "openai",
    "ark-images": "ark",
    "openrouter-images": "openrouter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogProvider:
    """What the catalog knows of a provider: its API, whether it has a key, what it serves.

    `models` are ids, the catalog's or the provider's own; empty: every model of its kind. `name` is
    that of the configuration where this is one of several keys, and None elsewhere.
    """

    kind: Kind
    enabled: bool = True
    models: tuple[str, ...] = ()
    name: str | None = None


_RULES = {"sizes": "sizes", "references": "references", "count": "counts", "cost": "costs"}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Pixels(_Entry):
    min_pixels: int = Field(ge=1)
    max_pixels: int
    min_ratio: Ratio
    max_ratio: Ratio
    min_edge: int = Field(default=1, ge=1)
    max_edge: int = 1_000_000
    multiple_of: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        for what in ("pixels", "ratio", "edge"):
            low, high = getattr(self, f"min_{what}"), getattr(self, f"max_{what}")
            if not 0 < low <= high:
                raise ValueError(configuration.leaves_nothing(what, low, high))
        return self


class _Sizes(_Entry):
    keywords: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    pixels: _Pixels | None = None
    presets: dict[str, dict[str, Size]] = {}
    aspects: tuple[str, ...] = ()
    default: str | None = None
    default_tier: str = "2K"
    experimental_above: int | None = None
    basis: Basis = Basis.DOCUMENT

    def rule(self) -> SizeRule:
        """Return the rule; limits that were tightened take presets and whole tiers away."""
        limits = PixelRule(**dict(self.pixels)) if self.pixels else None
        presets = {
            tier: {aspect: size for aspect, size in sizes.items() if not limits.problem(size)}
            for tier, sizes in self.presets.items()
            if limits
        }
        presets = {tier: sizes for tier, sizes in presets.items() if sizes}
        gone = self.presets.keys() - presets.keys()
        values: dict[str, Any] = dict(self)
        values["keywords"] = tuple(word for word in self.keywords if word not in gone)
        values["doubtful"] = tuple(word for word in self.doubtful if word not in gone)
        return SizeRule(**values | {"pixels": limits, "presets": presets})

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        rule = self.rule()
        named = {aspect for tier in self.presets.values() for aspect in tier}
        unknown = named.union(self.aspects) - set(ASPECTS)
        if unknown:
            raise ValueError(configuration.unknown_aspects(unknown, ASPECTS))
        if self.presets and self.default_tier not in rule.presets:
            raise ValueError(configuration.no_preset(self.default_tier))
        if self.default is None and not self.presets:
            raise ValueError(str(configuration.NO_SIZES))
        if not set(self.doubtful) <= set(self.keywords):
            raise ValueError(str(configuration.DOUBTFUL))
        size = PixelSize.parse(self.default or "")
        legal = size is not None and rule.pixels is not None and not rule.pixels.problem(size)
        if self.default is not None and self.default not in rule.keywords and not legal:
            raise ValueError(configuration.illegal_default(self.default))
        return self


class _References(_Entry):
    minimum: int = Field(default=0, ge=0)
    maximum: int = Field(default=0, ge=0)
    formats: frozenset[Format] = frozenset()
    max_bytes: int = Field(default=10_000_000, ge=1)
    min_side: int = 0
    max_pixels: int | None = None
    min_ratio: Ratio | None = None
    max_ratio: Ratio | None = None
    ratio_open: bool = False
    inline: bool = True
    prefer_url: bool = False
    mask: bool = False
    mask_max_bytes: int = 4_000_000
    basis: Basis = Basis.DOCUMENT

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(configuration.turned_around(self.minimum, self.maximum))
        if self.maximum and not self.formats >= TAKEN_EVERYWHERE:
            raise ValueError(str(configuration.FORMATS))
        return self


class _Count(_Entry):
    per_call: int = Field(default=1, ge=1)
    set_max: int = Field(default=0, ge=0)
    separate_max: int = Field(default=15, ge=1)
    total_max: int | None = Field(default=None, ge=2)
    set_doubtful_above: int | None = None
    basis: Basis = Basis.DOCUMENT


class _Option(_Entry):
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    choices: tuple[str, ...] = ()
    default: bool | int | float | str | None = None
    always: bool = False
    doubtful: bool = False
    needs: dict[str, dict[str, tuple[str, ...]]] = {}
    basis: Basis = Basis.DOCUMENT

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if (self.minimum is None) != (self.maximum is None):
            raise ValueError(str(configuration.HALF_A_RANGE))
        if self.always and self.default is None:
            raise ValueError(str(configuration.NO_DEFAULT))
        return self


class _TokenPrices(_Entry):
    text: Price
    image: Price
    output: Price

    def prices(self) -> TokenPrices:
        return TokenPrices(text_micro=self.text, image_micro=self.image, output_micro=self.output)


class _Cost(_Entry):
    credits: int = Field(default=1, ge=1)
    above_pixels: int | None = None
    large_credits: int = Field(default=1, ge=1)
    by_quality: dict[str, Annotated[int, Field(ge=1)]] = {}
    price: Price = 0
    large_price: Price = 0
    price_by_quality: dict[str, Price] = {}
    token_prices: _TokenPrices | None = None

    def cost(self) -> Cost:
        return Cost(
            credits=self.credits,
            above_pixels=self.above_pixels,
            large_credits=self.large_credits,
            by_quality=self.by_quality,
            price_micro=self.price,
            large_price_micro=self.large_price,
            price_micro_by_quality=self.price_by_quality,
            token_prices=self.token_prices.prices() if self.token_prices else None,
        )


class _Offer(_Entry):
    source: Literal[
        "routescope-seedream-generation",
        "routescope-seedream-edits",
        "routescope-openai-edits",
        "seededit",
        "seedream-gateway",
        "openai-generation",
        "openai-edits",
        "ark-images",
        "openrouter-images",
    ]
    operation: Operation
    sizes: _Sizes
    references: _References
    count: _Count
    options: dict[str, _Option]
    cost: _Cost
    max_prompt: int = Field(ge=1)
    typical_seconds: int = Field(ge=1)
    seconds_per_extra: int = Field(default=0, ge=0)
    enabled: bool = True
    upstream_id: str = Field(default="", max_length=200)
    providers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _knows_its_options(self) -> Self:
        for name in self.options:
            if name not in OPTION_FIELDS:
                raise ValueError(configuration.no_option(name, _near(name, OPTION_FIELDS)))
        return self


class _Short(_Entry):
    """A model of a server at home that speaks OpenAI's API, in a few lines."""

    label: str = Field(default="", max_length=60)
    use: str = ""
    can: frozenset[Literal["generate", "edit", "mask"]] = Field(min_length=1)
    sizes: tuple[Size, ...] = Field(min_length=1)
    per_call: int = Field(default=1, ge=1)
    providers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _masks_what_it_edits(self) -> Self:
        if self.can == {"mask"}:
            raise ValueError(str(configuration.MASK_ALONE))
        return self


class _Model(_Entry):
    label: str = Field(min_length=1, max_length=60)
    use: str = ""
    offers: tuple[_Offer, ...] = Field(min_length=1)


def load_catalog(
    custom: Mapping[str, Mapping[str, Any]], providers: Mapping[str, CatalogProvider]
) -> Catalog:
    """Build the catalog for these providers, by their names.

    `custom` is the configuration's `[models.custom]`. An offer whose provider has no key is
    kept but not enabled. Raises SetupError for a mistake in a custom entry.
    """
    shipped = tomllib.loads(resources.files("bot").joinpath("catalog.toml").read_text("utf-8"))
    entries: dict[str, dict[str, Any]] = {
        model_id: _expand(entry, shipped) for model_id, entry in shipped["models"].items()
    }
    for model_id, entry in custom.items():
        try:
            entries[model_id] = _customise(model_id, entry, entries, shipped)
            _know_providers(_Model.model_validate(entries[model_id]), providers)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise SetupError(
                SetupProblem.CUSTOM_MODEL, model=model_id, mistake=_first(error)
            ) from error
    offers: list[Offer] = []
    for model_id, entry in entries.items():
        model = _Model.model_validate(entry)
        for offer in model.offers:
            offers += [
                _offer(model_id, model, offer, name, providers[name])
                for name in _serving(offer, providers)
                if _serves(providers[name], model_id, offer)
            ]
    return Catalog(offers)


def _serving(offer: _Offer, providers: Mapping[str, CatalogProvider]) -> list[str]:
    """Return the providers that speak the API of an offer, the first to be asked first.

    That is their order in the offer, and in the configuration where the offer names none.
    """
    kind = SOURCE_KINDS[offer.source]
    able = {name: one.name or name for name, one in providers.items() if one.kind == kind}
    if not offer.providers:
        return list(able)
    return [name for wanted in offer.providers for name in able if able[name] == wanted]


def _serves(provider: CatalogProvider, model_id: str, offer: _Offer) -> bool:
    known = provider.models
    return not known or model_id in known or offer.upstream_id in known


def _know_providers(model: _Model, providers: Mapping[str, CatalogProvider]) -> None:
    """Raise ValueError where an offer names a provider that serves no offer of its operation."""
    for offer in model.offers:
        kinds = {SOURCE_KINDS[o.source] for o in model.offers if o.operation is offer.operation}
        able = {one.name or name for name, one in providers.items() if one.kind in kinds}
        for name in offer.providers:
            if name not in able:
                kind = SOURCE_KINDS[offer.source]
                raise ValueError(configuration.no_provider(name, kind, _near(name, able)))


def _expand(entry: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
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


def _customise(
    model_id: str,
    entry: Mapping[str, Any],
    entries: Mapping[str, Mapping[str, Any]],
    named: Mapping[str, Any],
) -> dict[str, Any]:
    """Apply an operator's entry: `like` another model, with changes per operation."""
    entry = dict(entry)
    like = entry.pop("like", model_id if model_id in entries else None)
    if "can" in entry:
        return _expand(_short(model_id, entry), named)
    if like is None and "offers" not in entry:
        raise ValueError(configuration.no_model(_near(model_id, entries)))
    if like is not None and like not in entries:
        raise ValueError(configuration.like_nothing(like, _near(str(like), entries)))
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
        for offer in offers:
            _merge(offer, changed)
    model["offers"] = [*model["offers"], *_also(also, entries)]
    if enabled is not None:
        for offer in model["offers"]:
            offer["enabled"] = enabled
    return _expand(model, named)


def _short(model_id: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a model at home, of which the operator says sizes and abilities."""
    short = _Short.model_validate(entry)
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
            raise ValueError(configuration.also_nothing(other, _near(str(other), entries)))
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


def _near(wrong: str, known: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(wrong, known, n=1)), None)


def _offer(
    model_id: str, model: _Model, offer: _Offer, name: str, provider: CatalogProvider
) -> Offer:
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
        upstream_id=offer.upstream_id if offer.upstream_id != model_id else "",
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
