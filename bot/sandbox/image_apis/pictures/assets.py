"""The store of finished pictures behind signed addresses."""

import secrets
from dataclasses import dataclass

from cachetools import FIFOCache

# What a long evening of trying the demo may hold in memory; the oldest pictures go first.
_CAPACITY_BYTES = 200_000_000

CONTENT_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@dataclass(slots=True, kw_only=True)
class Asset:
    """One picture; `query` must be presented as it was given, byte for byte."""

    content: bytes
    content_type: str
    query: str
    fault: str | None = None
    downloads: int = 0


class AssetStore:
    """Pictures by name, the oldest forgotten when memory runs out."""

    def __init__(self) -> None:
        self._assets: FIFOCache[str, Asset] = FIFOCache(
            _CAPACITY_BYTES, getsizeof=lambda asset: len(asset.content)
        )

    def add(self, content: bytes, output_format: str, fault: str | None = None) -> str:
        """Keep a picture and give its path with its signed query."""
        name = f"{secrets.token_hex(8)}.{output_format}"
        # Signatures hold escaped characters in the wild: who tidies the address breaks them.
        query = f"expires=86400&signature={secrets.token_hex(12)}%2F{secrets.token_hex(4)}%3D"
        self._assets[name] = Asset(
            content=content, content_type=CONTENT_TYPES[output_format], query=query, fault=fault
        )
        return f"/assets/{name}?{query}"

    def get(self, name: str) -> Asset | None:
        """Find a picture."""
        return self._assets.get(name)
