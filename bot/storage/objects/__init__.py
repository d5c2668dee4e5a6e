"""Pictures in an S3-compatible object store, with copies on the local disk."""

from __future__ import annotations

from pathlib import Path

from bot.storage.objects.s3 import S3Objects
from bot.storage.objects.stored_spool import StoredSpool
from bot.storage.spool import DiskSpool


def spool_at(address: str, data_dir: Path, *, limit_mb: int, cache_mb: int) -> DiskSpool:
    """Return the spool in a store, `s3://bucket/prefix`, or without an address in the folder."""
    most = limit_mb * 1_000_000
    if not address:
        return DiskSpool(data_dir, max_bytes=most)
    objects = S3Objects(address)
    return StoredSpool(data_dir, objects, max_bytes=most, cache_bytes=cache_mb * 1_000_000)
