"""Writing pictures so that a killed worker leaves no half of one; knows no decoder."""

from __future__ import annotations

from pathlib import Path


def write(target: Path, data: bytes) -> None:
    """Write a file that is there completely or not at all."""
    part = part_of(target)
    part.write_bytes(data)
    part.replace(target)


def part_of(target: Path) -> Path:
    """Name the file that `target` is written to first; a killed worker may leave it behind."""
    return target.with_name(target.name + ".part")
