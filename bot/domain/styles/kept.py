"""What a style takes over of a request: model, shape and options, without what is usual anyway."""

from __future__ import annotations

from bot.domain.catalog import Offer, SizeRule
from bot.domain.requests.options import resolve_options
from bot.domain.requests.request import Draft, ImageRequest, OptionValue, Policy
from bot.domain.requests.sizes import keyword_and_aspect
from bot.domain.requests.violations import Findings

# Never the seed, which would give the same picture again, nor what the operator decides.
OPTIONS = ("guidance", "quality", "background", "format", "compression", "watermark")


def values_of(request: ImageRequest, offer: Offer | None) -> dict[str, OptionValue]:
    """Return the values of a style, as fields of a draft."""
    values: dict[str, OptionValue] = {"model": request.model}
    if offer is None:
        return values
    values |= _shape(request.size, offer.sizes)
    usual = resolve_options(Draft(prompt=""), offer.options, Policy(), Findings())
    values |= {
        name: value
        for name in OPTIONS
        if (value := request.chosen_options.get(name)) is not None and value != usual.get(name)
    }
    return values


def _shape(size: str, rule: SizeRule) -> dict[str, str]:
    """Return a size as its tier and shape, which mean something for other models, too."""
    if size in (rule.default, "auto", "adaptive"):
        return {}
    for tier, presets in rule.presets.items():
        for aspect, preset in presets.items():
            if str(preset) == size:
                tiers = {"size": tier} if tier[:1].isdigit() and tier != rule.default_tier else {}
                return {**tiers, "aspect": aspect}
    keyword, aspect = keyword_and_aspect(size)
    named = {} if keyword in (rule.default, "auto") else {"size": keyword}
    return {**named, "aspect": aspect} if aspect else named
