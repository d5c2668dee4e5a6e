"""Finds the model that is meant by a name, an id or a part of them: `gpt`, `4.5`, `lite`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from bot.domain.catalog import Catalog, Offer, Operation

_SHORT = 2
_PARTS = re.compile(r"[^\s()_-]+")


def meant(
    catalog: Catalog,
    text: str,
    operation: Operation | None,
    *,
    usable: Callable[[Offer], bool],
    preferred: str,
) -> tuple[str, ...]:
    """Return the ids of the models that a text can mean; none where it is no model's name.

    A whole id or label is that model, whether it is usable or not. A part means usable models for
    the operation, else usable ones, else any. Of several it is the `preferred` one, or that of the
    same provider, or the one whose name is a part of all the others.
    """
    wanted = text.strip()
    if catalog.of(wanted):
        return (wanted,)
    found = _called(catalog, wanted)
    here = [offer for offer in found if usable(offer)]
    ids = _ids(offer for offer in here if operation in (None, offer.operation))
    ids = ids or _ids(here) or _ids(found)
    return _narrowed(catalog, ids, preferred) if len(ids) > 1 else ids


def _called(catalog: Catalog, text: str) -> list[Offer]:
    """Return what has a label, else parts of one, else parts of an id."""
    if named := [one for one in catalog.offers if one.label.casefold() == text.casefold()]:
        return named
    words = _words(text)
    if not words:
        return []
    labels = [one for one in catalog.offers if _holds(_words(one.label), words)]
    return labels or [one for one in catalog.offers if _holds(_words(one.model_id), words)]


def _holds(parts: Sequence[str], words: Sequence[str]) -> bool:
    """Tell whether each word begins a part, or is in one where it is no single letter or digit."""
    return all(
        any(part.startswith(word) or (len(word) > _SHORT and word in part) for part in parts)
        for word in words
    )


def _narrowed(catalog: Catalog, ids: tuple[str, ...], preferred: str) -> tuple[str, ...]:
    if preferred in ids:
        return (preferred,)
    providers = {offer.provider for offer in catalog.of(preferred)}
    family = tuple(one for one in ids if providers & {o.provider for o in catalog.of(one)})
    left = family or ids
    names = {one: set(_words(catalog.of(one)[0].label)) for one in left}
    within = [one for one in left if all(names[one] <= other for other in names.values())]
    return (within[0],) if len(within) == 1 else left


def _words(text: str) -> list[str]:
    return _PARTS.findall(text.casefold())


def _ids(offers: Iterable[Offer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(offer.model_id for offer in offers))
