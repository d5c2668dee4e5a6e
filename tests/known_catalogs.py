"""Catalogs read once: none ever changes, and reading the file takes longer than many a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.catalog import CatalogProvider, load_catalog
from bot.domain.catalog import Catalog

_known: dict[str, Catalog] = {}


def known_catalog(
    custom: Mapping[str, Mapping[str, Any]], providers: Mapping[str, CatalogProvider]
) -> Catalog:
    """Return what `load_catalog` does; a mistake is raised each time."""
    key = repr((custom, providers))
    if key not in _known:
        _known[key] = load_catalog(custom, providers)
    return _known[key]
