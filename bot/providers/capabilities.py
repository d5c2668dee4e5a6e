"""What a service says that its models take, as an entry of the catalog. Pure; no I/O.

The shape of the lists is OpenRouter's (docs/spec/image-apis.md section 18).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from bot.domain.catalog import ASPECTS, Operation
from bot.domain.quotas.quota import MICRO
from bot.providers.replies.reply_pictures import list_or_none, mapping_or_none

_SOURCE = "openrouter-images"
_EDGES = {"512": 512, "768": 768, "1K": 1024, "1.5K": 1536, "2K": 2048, "4K": 4096}
# Formats that the bot can post; SVG is none.
_FORMATS = ("png", "jpeg", "webp")
_ALPHA = ("png", "webp")
_COMPRESSED = ("jpeg", "webp")
# The list says nothing of these; what a service takes in any case.
_MAX_PROMPT = 32_000
_REFERENCE_BYTES = 10_000_000
_TYPICAL_SECONDS = 30
_SECONDS_PER_EXTRA = 10
_LONGEST_LABEL = 60
_MAX_SEED = 2**31 - 1


class Unusable(StrEnum):
    """Why a listed model cannot become one of ours."""

    NO_PICTURES = "no_pictures"
    ONLY_SVG = "only_svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """One entry of a service's list; `words` and `ranges` are its parameters by their names.

    `described` is False where the service names the model and says nothing of what it takes.
    """

    id: str
    name: str
    described: bool
    draws: bool
    references: tuple[int, int]
    words: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, tuple[int, int]]
    flags: frozenset[str]

    @property
    def unusable(self) -> Unusable | None:
        """Why it cannot be added; None where it can."""
        if not self.draws:
            return Unusable.NO_PICTURES
        offered = self.words.get("output_format")
        return Unusable.ONLY_SVG if offered and not self.formats else None

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What it does with words alone, and with pictures."""
        low, high = self.references
        found = [] if low else [Operation.GENERATE]
        return (*found, Operation.EDIT) if high else tuple(found)

    @property
    def tiers(self) -> tuple[str, ...]:
        """Sizes by name that are known."""
        return tuple(word for word in self.words.get("resolution", ()) if word in _EDGES)

    @property
    def aspects(self) -> tuple[str, ...]:
        """Shapes by name that members can choose."""
        return tuple(shape for shape in ASPECTS if shape in self.words.get("aspect_ratio", ()))

    @property
    def formats(self) -> tuple[str, ...]:
        """Formats that can be chosen and posted."""
        return tuple(one for one in _FORMATS if one in self.words.get("output_format", ()))

    @property
    def most(self) -> int:
        """Pictures of one call."""
        return max(1, self.ranges.get("n", (1, 1))[1])

    def options(self) -> dict[str, dict[str, object]]:
        """Return the options that members can choose, as the catalog writes them."""
        found: dict[str, dict[str, object]] = {}
        if "seed" in self.flags or "seed" in self.ranges:
            low, high = self.ranges.get("seed", (0, _MAX_SEED))
            bounds = {"minimum": max(low, -1), "maximum": min(high, _MAX_SEED)}
            found["seed"] = {**bounds, "whole": True}
        if quality := self.words.get("quality"):
            found["quality"] = {"choices": list(quality)}
        if self.formats:
            found["format"] = {"choices": list(self.formats)}
        if background := self._backgrounds():
            found["background"] = {"choices": background}
            if "transparent" in background and "format" in found:
                formats = [one for one in self.formats if one in _ALPHA]
                found["background"]["needs"] = {"transparent": {"format": formats}}
        # It counts beside these formats only.
        compressed = [one for one in self.formats if one in _COMPRESSED]
        if "output_compression" in self.ranges and compressed:
            low, high = self.ranges["output_compression"]
            bounds = {"minimum": max(low, 0), "maximum": min(high, 100), "whole": True}
            found["compression"] = {**bounds, "needs": {"*": {"format": compressed}}}
        return found

    def _backgrounds(self) -> list[str]:
        """Transparent ones only where a format can hold them."""
        alpha = not self.formats or any(one in _ALPHA for one in self.formats)
        return [b for b in self.words.get("background", ()) if b != "transparent" or alpha]


def listed_models(body: object) -> list[ListedModel]:
    """Read a list of models; what has no id is left out, what is unknown of one is ignored."""
    fields = mapping_or_none(body) or {}
    entries = list_or_none(fields.get("data", fields.get("models"))) or list_or_none(body) or ()
    return [
        _listed(entry)
        for entry in map(mapping_or_none, entries)
        if entry is not None and isinstance(entry.get("id"), str)
    ]


def _listed(entry: Mapping[str, object]) -> ListedModel:
    identifier = str(entry["id"])
    name = entry.get("name")
    parameters = mapping_or_none(entry.get("supported_parameters"))
    architecture = mapping_or_none(entry.get("architecture")) or {}
    words: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, tuple[int, int]] = {}
    flags: set[str] = set()
    for parameter, descriptor in (parameters or {}).items():
        match mapping_or_none(descriptor):
            case {"type": "enum", "values": values}:
                words[parameter] = tuple(_words(values))
            case {"type": "range", "min": int() | float() as low, "max": int() | float() as high}:
                ranges[parameter] = (int(low), int(high))
            case {"type": "boolean"}:
                flags.add(parameter)
            case _:
                pass
    inputs = list_or_none(architecture.get("input_modalities")) or ()
    outputs = list_or_none(architecture.get("output_modalities"))
    return ListedModel(
        id=identifier,
        name=_plain(name) if isinstance(name, str) and _plain(name) else identifier,
        described=parameters is not None,
        draws=outputs is None or "image" in outputs,
        references=ranges.get("input_references", (0, int("image" in inputs))),
        words=words,
        ranges=ranges,
        flags=frozenset(flags),
    )


def _words(values: object) -> Iterator[str]:
    for word in list_or_none(values) or ():
        if isinstance(word, str) and word.isprintable() and 0 < len(word) <= _LONGEST_LABEL:
            yield word


def _plain(text: str) -> str:
    """Return a name fit for a list: one line, no control characters, not too long."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(line.split())[:_LONGEST_LABEL].rstrip()


def catalog_entry(
    model: ListedModel, *, provider: str, price_micro: int | None
) -> dict[str, object]:
    """Return the entry of `[models.custom]` for a model that is usable."""
    several = {"seconds_per_extra": _SECONDS_PER_EXTRA} if model.most > 1 else {}
    price = {} if price_micro is None else {"price": _money(price_micro)}
    offers = [
        {
            "source": _SOURCE,
            "operation": operation.value,
            "providers": [provider],
            "max_prompt": _MAX_PROMPT,
            "typical_seconds": _TYPICAL_SECONDS,
            **several,
            "sizes": _sizes(model),
            "references": _references(model, operation),
            "count": {"per_call": model.most} if model.most > 1 else {"separate_max": 10},
            "options": model.options(),
            "cost": {"credits": 1, **price},
        }
        for operation in model.operations
    ]
    return {"label": model.name, "offers": offers}


def _sizes(model: ListedModel) -> dict[str, object]:
    shapes = {"aspects": list(model.aspects)} if model.aspects else {}
    if not model.tiers:
        return {"keywords": ["auto"], **shapes, "default": "auto"}
    return {"keywords": list(model.tiers), **shapes, "default": _default_tier(model)}


def _default_tier(model: ListedModel) -> str:
    """Return 2K, else the largest below it, else the smallest."""
    below = [tier for tier in model.tiers if _EDGES[tier] <= _EDGES["2K"]]
    return max(below, key=_EDGES.__getitem__) if below else min(model.tiers, key=_EDGES.__getitem__)


def _references(model: ListedModel, operation: Operation) -> dict[str, object]:
    if operation is Operation.GENERATE:
        return {}
    low, high = model.references
    return {
        "minimum": max(low, 1),
        "maximum": high,
        "formats": ["png", "jpeg", "webp"],
        "max_bytes": _REFERENCE_BYTES,
    }


def _money(micro: int) -> float:
    return float(Decimal(micro) / MICRO)


def price_micro(body: object, model: ListedModel, usd_rate: Decimal | None) -> int | None:
    """Return the dearest price of one picture, in micro-units; None where nothing tells it.

    Of every endpoint that may serve and every variant; tokens tell no price beforehand.
    """
    if usd_rate is None:
        return None
    prices = list(_prices(body, model))
    told = [price for price in prices if price is not None]
    if not told or len(told) < len(prices):
        return None
    return int((max(told) * usd_rate * MICRO).to_integral_value(ROUND_HALF_UP))


def _prices(body: object, model: ListedModel) -> Iterator[Decimal | None]:
    """Yield the US dollars of each line about finished pictures; None for one that cannot tell."""
    edge = max((_EDGES[tier] for tier in model.tiers), default=1024)
    megapixels = Decimal(edge * edge) / 1_000_000
    for endpoint in list_or_none((mapping_or_none(body) or {}).get("endpoints")) or ():
        for line in list_or_none((mapping_or_none(endpoint) or {}).get("pricing")) or ():
            fields = mapping_or_none(line) or {}
            if fields.get("billable") != "output_image":
                continue
            cost, unit = fields.get("cost_usd"), fields.get("unit")
            usd = Decimal(str(cost)) if isinstance(cost, int | float) else None
            if usd is None or not usd.is_finite() or usd < 0:
                yield None
            elif unit == "megapixel":
                yield usd * megapixels
            else:
                yield usd if unit in ("image", "request") else None
