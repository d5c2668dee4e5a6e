"""The draft that a variation of a result becomes for one offer; `None` where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.catalog import ASPECTS, Catalog, Offer, Operation, PixelSize, SizeRule
from bot.domain.requests.offer_check import as_draft
from bot.domain.requests.request import OPTION_FIELDS, Draft, ImageRequest
from bot.domain.requests.sizes import agrees, aspect_ratio, nearest_aspect
from bot.domain.variations.canvas import Widening, grown, is_wider
from bot.domain.variations.variation import Variation

# A tier counts as larger from here on: presets of one tier differ by a few pixels.
_LARGER = 1.2
# What a tier such as 2K stands for where a service lists no pixels for it.
_K = 1024

_Size = tuple[str | None, str | None]
"""A size and an aspect as a draft has them."""


def other_version(before: ImageRequest, offer: Offer, *, count: int, words: str) -> Draft:
    """Return a request once more, with another seed.

    The service takes a new one for each picture where it has seeds; elsewhere the words ask for
    another version. What was made of a picture is made of it once more.
    """
    chosen = before.chosen_options.items()
    options = {name: value for name, value in chosen if name in OPTION_FIELDS and name != "seed"}
    draft = replace(
        as_draft(before, options), model=offer.model_id, count=count, related=None, seed=None
    )
    if before.variation is not None:
        # It has the words already, or it is an order of its own.
        return draft
    prompt = before.prompt if "seed" in offer.options else f"{before.prompt}\n{words}"
    return replace(draft, prompt=prompt, variation=Variation.VARY)


def of_picture(
    what: Variation, before: ImageRequest, picture: PixelSize, offer: Offer, *, words: str
) -> Draft | None:
    """Return what is asked to make a finished picture larger or wider, or to cut it out."""
    found = _size(what, picture, offer)
    if found is None:
        return None
    size, aspect = found
    cut_out = what is Variation.BACKGROUND
    return Draft(
        prompt=words,
        model=offer.model_id,
        operation=Operation.EDIT,
        size=size,
        aspect=aspect,
        count=1,
        variation=what,
        background="transparent" if cut_out else None,
        format="png" if cut_out and "format" in offer.options else None,
        watermark=_watermark(before, offer),
    )


def widening(catalog: Catalog, draft: Draft) -> Widening | None:
    """Return how the canvas of a draft is extended, where its model takes a mask for that."""
    if draft.variation is None or not draft.variation.wider:
        return None
    rules = [
        offer.references for offer in catalog.of(draft.model or "", Operation.EDIT) if offer.enabled
    ]
    if not any(rule.mask and rule.inline for rule in rules):
        return None
    return Widening(where=draft.variation, ratio=_ratio(draft))


def _size(what: Variation, picture: PixelSize, offer: Offer) -> _Size | None:
    if what is Variation.UPSCALE:
        return _larger(picture, offer.sizes)
    if what is Variation.BACKGROUND:
        background = offer.options.get("background")
        if background is None or "transparent" not in background.choices:
            return None
        return _same(picture, offer.sizes)
    return _wider(what, picture, offer.sizes)


def _larger(picture: PixelSize, rule: SizeRule) -> _Size | None:
    """Return the smallest tier that is larger than a picture, in the picture's shape."""
    aspect = nearest_aspect(float(picture.ratio), ASPECTS)
    found = [
        size
        for size in _tier_sizes(picture, aspect, rule)
        if size.pixels >= picture.pixels * _LARGER
    ]
    if found:
        return str(min(found, key=lambda size: size.pixels)), None
    if rule.presets:
        return None
    by_name = nearest_aspect(float(picture.ratio), rule.aspects) if rule.aspects else None
    tiers = {word: _pixels(word) for word in rule.keywords if word not in rule.doubtful}
    larger = [word for word, pixels in tiers.items() if pixels >= picture.pixels * _LARGER]
    return (min(larger, key=_pixels), by_name) if larger else None


def _tier_sizes(picture: PixelSize, aspect: str, rule: SizeRule) -> Iterator[PixelSize]:
    """Yield what each tier has for a picture: its preset, else as many pixels in that shape."""
    for tier in rule.presets.values():
        if agrees(picture, aspect) and aspect in tier:
            yield tier[aspect]
        elif rule.pixels is not None:
            scale = (min(size.pixels for size in tier.values()) / picture.pixels) ** 0.5
            wanted = PixelSize(round(picture.width * scale), round(picture.height * scale))
            size = rule.pixels.nearest(wanted)
            if size is not None and _alike(size, picture):
                yield size


def _same(picture: PixelSize, rule: SizeRule) -> _Size:
    """Return the size nearest to a picture's own, the service's own choice where none is like."""
    size = rule.pixels.nearest(picture, rule.preset_sizes()) if rule.pixels else None
    if size is not None and _alike(size, picture):
        return str(size), None
    return None, nearest_aspect(float(picture.ratio), rule.aspects) if rule.aspects else None


def _wider(what: Variation, picture: PixelSize, rule: SizeRule) -> _Size | None:
    wanted = grown(picture, what)
    if rule.pixels is not None:
        size = rule.pixels.nearest(wanted, rule.preset_sizes())
        fits = size is not None and is_wider(float(size.ratio), picture, what)
        return (str(size), None) if fits else None
    shapes = [one for one in rule.aspects if is_wider(aspect_ratio(one), picture, what)]
    return (None, nearest_aspect(float(wanted.ratio), shapes)) if shapes else None


def _watermark(before: ImageRequest, offer: Offer) -> bool | None:
    """Return what was chosen about the service's watermark, where the offer has one."""
    chosen = before.options.get("watermark")
    return chosen if isinstance(chosen, bool) and "watermark" in offer.options else None


def _ratio(draft: Draft) -> float | None:
    size = PixelSize.parse(draft.size or "")
    if size is not None:
        return float(size.ratio)
    return aspect_ratio(draft.aspect) if draft.aspect in ASPECTS else None


def _alike(size: PixelSize, other: PixelSize) -> bool:
    return agrees(size, f"{other.width}:{other.height}")


def _pixels(keyword: str) -> float:
    """Return about how many pixels a keyword such as 2K stands for; 0 for other words."""
    number = keyword.removesuffix("K")
    plain = number.replace(".", "", 1)
    return (float(number) * _K) ** 2 if plain.isdigit() and number != keyword else 0
