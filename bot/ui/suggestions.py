"""Suggestions while somebody types an option: pure, from the catalog in memory."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from bot.domain.catalog import Offer, PixelSize
from bot.domain.message_limits import CHOICES
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest
from bot.domain.styles.able import able
from bot.domain.styles.style import Style, key_of
from bot.domain.text.discord_codes import without_members
from bot.services.ports import Recent
from bot.ui.discord_api import discord_limits
from bot.ui.messages import info
from bot.ui.messages.requests import styles as style_words
from bot.ui.messages.suggestions import NEAREST, size_word
from bot.ui.messages.suggestions import related as related_word
from bot.ui.messages.words import clip, plural
from bot.ui.text import plain

_TIMES = str.maketrans("×*", "xx")
# Phones show about this much of a choice besides the time.
_PROMPT_CHARACTERS = 60

Choice = tuple[str, str]
"""What a member sees, and the value that is sent."""


def models(offers: Sequence[Offer], typed: str) -> list[Choice]:
    """Return the models whose name or id holds what was typed."""
    wanted = typed.casefold().strip()
    named = (
        (f"{offer.label} · {info.sizes(offer.sizes)} · {info.cost([offer])}", offer.model_id)
        for offer in offers
    )
    return _first((name, value) for name, value in named if wanted in f"{name} {value}".casefold())


def styles(found: Sequence[Style], offers: Sequence[Offer], typed: str) -> list[Choice]:
    """Return the styles whose name holds what was typed, with their model and what they cost."""
    wanted = key_of(typed)
    fitting = [style for style in found if wanted in key_of(style.name)]
    return [
        (
            clip(
                plain(style_words.label(style, style_words.model_name(style, offers), price)),
                discord_limits.CHOICE_CHARACTERS,
            ),
            style.style_id,
        )
        for style in fitting[:CHOICES]
        for price in [style_price(style, offers)]
    ]


def style_price(style: Style, offers: Sequence[Offer]) -> str:
    """Return what a picture in a style costs with its own model, else with the first offer."""
    found = able(style, [*offers[:1], *(o for o in offers if o.model_id == style.model)])
    return style_words.credits(found[0].credits) if found else ""


def sizes(offer: Offer, aspect: str | None, typed: str) -> list[Choice]:
    """Return the sizes that a model takes together with an aspect.

    A size typed in pixels comes first, or the nearest legal one where it is not.
    """
    wanted = unicodedata.normalize("NFKC", typed).casefold().translate(_TIMES).strip()
    named = _sizes(offer, aspect)
    found = [(name, value) for name, value in named if wanted in f"{name} {value}".casefold()]
    return _first([*_typed_size(offer, wanted), *found])


def related(offer: Offer, typed: str, *, count: int | None, size: str | None) -> list[Choice]:
    """Return how several pictures may belong together, a set with its number and its price."""
    draft = Draft(prompt="x", size=size, count=count, related=True, operation=offer.operation)
    asked = check(draft, offer)
    name = related_word("set")
    if isinstance(asked, ImageRequest):
        facts = [plural(asked.count, "picture"), plural(asked.credits, "credit")]
        name = " · ".join([name, *facts])
    wanted = typed.casefold().strip()
    found = [(name, "set"), (related_word("separate"), "separate")]
    return [one for one in found if wanted in f"{one[0]} {one[1]}".casefold()]


def _sizes(offer: Offer, aspect: str | None) -> Iterator[Choice]:
    rule = offer.sizes
    if not aspect or aspect in rule.aspects:
        for word in rule.keywords:
            if word not in rule.doubtful:
                most = max((s.pixels for s in rule.presets.get(word, {}).values()), default=0)
                yield _choice(offer, [size_word(word)], most, word)
    for tier in sorted(rule.presets, key=lambda tier: tier != rule.default_tier):
        for shape, size in rule.presets[tier].items():
            if aspect in (None, shape):
                tiers = [tier] if tier[:1].isdigit() else []
                yield _choice(offer, [*tiers, shape, str(size)], size.pixels, str(size))


def _typed_size(offer: Offer, typed: str) -> list[Choice]:
    size, rule = PixelSize.parse(typed), offer.sizes
    if size is None or rule.pixels is None:
        return []
    if rule.pixels.problem(size) is None:
        return [_choice(offer, [str(size)], size.pixels, str(size))]
    near = rule.pixels.nearest(size, rule.preset_sizes())
    return [_choice(offer, [str(near), str(NEAREST)], near.pixels, str(near))] if near else []


def _choice(offer: Offer, words: list[str], pixels: int, value: str) -> Choice:
    return " · ".join([*words, plural(offer.cost.of(pixels, None), "credit")]), value


def _first(found: Iterable[Choice]) -> list[Choice]:
    """Return at most what Discord takes, each value once."""
    unique: dict[str, str] = {}
    for name, value in found:
        unique.setdefault(value, clip(name, discord_limits.CHOICE_CHARACTERS))
    return [(name, value) for value, name in unique.items()][:CHOICES]


def results(recent: Sequence[Recent], typed: str, *, now: int) -> list[Choice]:
    """Return pictures of earlier results: when, what of, and which of several."""
    several = {one.job_id for one in recent if one.number > 1}
    wanted = typed.casefold().strip()
    named = [
        (_result(one, one.job_id in several, now), picture_of(one.job_id, one.number))
        for one in recent
    ]
    return _first((name, value) for name, value in named if wanted in name.casefold())


def words(listed: Iterable[str], typed: str) -> list[Choice]:
    """Return the forbidden words that hold what was typed."""
    wanted = typed.casefold().strip()
    return _first((word, word) for word in listed if wanted in word)


def picture_of(job_id: str, number: int) -> str:
    """Return the value that names one picture of a result in an option: `JOB:2`."""
    return f"{job_id}:{number}"


def _result(one: Recent, several: bool, now: int) -> str:
    ago = info.ago(now - one.at)
    prompt = clip(plain(without_members(one.prompt)), _PROMPT_CHARACTERS)
    which = [info.numbered(one.number)] if several else []
    return " · ".join([ago, prompt, *which])
