"""The type of a picture from its first bytes; decodes nothing, so any process may call it."""

from __future__ import annotations

from bot.pictures.picture_values import (
    AVIF,
    BMP,
    GIF,
    HEIC,
    HEIF,
    JPEG,
    PNG,
    TIFF,
    WEBP,
)

HEAD_BYTES = 64

_PREFIXES = {
    b"\x89PNG\r\n\x1a\n": PNG,
    b"\xff\xd8\xff": JPEG,
    b"GIF87a": GIF,
    b"GIF89a": GIF,
    b"II*\x00": TIFF,
    b"MM\x00*": TIFF,
    b"II+\x00": TIFF,  # BigTIFF
    b"MM\x00+": TIFF,
}
# "BM" alone begins many a text: the length of the header that follows decides.
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_HEIF_BRANDS = frozenset({b"mif1", b"mif2", b"msf1"})


def sniff(head: bytes) -> str | None:
    """Name the MIME type that the first `HEAD_BYTES` bytes show; None for anything else."""
    for prefix, mime in _PREFIXES.items():
        if head.startswith(prefix):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return BMP
    if head[4:8] == b"ftyp":
        return _boxed(head)
    return None


def _boxed(head: bytes) -> str | None:
    """Tell AVIF, HEIC and HEIF apart by the brands of their first box."""
    end = min(int.from_bytes(head[:4], "big"), HEAD_BYTES, len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return AVIF
    if brands & _HEIC_BRANDS:
        return HEIC
    return HEIF if brands & _HEIF_BRANDS else None
