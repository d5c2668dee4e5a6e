"""The blocks of a GIF (GIF89a specification). Bytes only, no decoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

TRAILER = b"\x3b"
_EXTENSION, _IMAGE, _APPLICATION = 0x21, 0x2C, 0xFF
_SCREEN_END, _IMAGE_DESCRIPTOR_BYTES = 13, 10
_HAS_TABLE, _TABLE_SIZE = 0x80, 0x07


@dataclass(frozen=True, slots=True)
class Block:
    """One block, from its first byte to the byte after its last; what application it is of."""

    start: int
    end: int
    application: bytes = b""


def screen_end(data: bytes) -> int:
    """Return where the blocks begin: after the screen's descriptor and its colours."""
    return _SCREEN_END + _table_bytes(data[_SCREEN_END - 3])


def is_whole(data: bytes) -> bool:
    """Tell whether every block is there, and the trailer behind them."""
    end = screen_end(data)
    for one in blocks(data):
        end = one.end
    return data[end : end + 1] == TRAILER


def blocks(data: bytes) -> Iterator[Block]:
    """Yield every block up to the trailer; a file that ends before it has those that are whole."""
    at = screen_end(data)
    while at + 2 < len(data):
        kind, application = data[at], b""
        if kind == _EXTENSION:
            if data[at + 1] == _APPLICATION:
                application = data[at + 3 : at + 3 + data[at + 2]]
            end = _after_parts(data, at + 2)
        elif kind == _IMAGE and at + _IMAGE_DESCRIPTOR_BYTES < len(data):
            table = _table_bytes(data[at + _IMAGE_DESCRIPTOR_BYTES - 1])
            end = _after_parts(data, at + _IMAGE_DESCRIPTOR_BYTES + table + 1)
        else:
            return
        if end > len(data):
            return
        yield Block(at, end, application)
        at = end


def _after_parts(data: bytes, at: int) -> int:
    """Return what follows the parts of a block: each has its length before it, the last none."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _table_bytes(flags: int) -> int:
    return 3 << ((flags & _TABLE_SIZE) + 1) if flags & _HAS_TABLE else 0
