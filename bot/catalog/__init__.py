"""Reads the catalog: the shipped `catalog.toml`, and what the operator adds or changes.

A mistake in either is a SetupError that names the entry; what comes out is the domain's
`Catalog`, one offer for each (model, source, operation) and provider of the right kind.
"""

from bot.catalog.entries import SOURCE_KINDS, Kind
from bot.catalog.load import CatalogProvider, load_catalog

__all__ = ["SOURCE_KINDS", "CatalogProvider", "Kind", "load_catalog"]
