"""What an entry of the catalog may say, and which mistakes in it are told.

The keys are those of docs/settings.md; an operator's entries are held against the same models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.catalog.nearest import near
from bot.domain.catalog import (
    ASPECTS,
    Basis,
    Cost,
    Operation,
    PixelRule,
    PixelSize,
    SizeRule,
    TokenPrices,
)
from bot.domain.file_types import TAKEN_EVERYWHERE
from bot.domain.requests.request import OPTION_FIELDS
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


class OfferEntry(_Entry):
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
                raise ValueError(configuration.no_option(name, near(name, OPTION_FIELDS)))
        return self


class ShortEntry(_Entry):
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


class ModelEntry(_Entry):
    label: str = Field(min_length=1, max_length=60)
    use: str = ""
    offers: tuple[OfferEntry, ...] = Field(min_length=1)
