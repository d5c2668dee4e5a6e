"""Which picture files are accepted: MIME types, extensions, and the bytes that they begin with.

Everything that asks for the type of a file asks here, apart from the image APIs of the sandbox,
which read it on their own so that a mistake here is seen.
"""

from __future__ import annotations

from pathlib import PurePosixPath

PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
GIF, BMP, TIFF = "image/gif", "image/bmp", "image/tiff"
HEIC, HEIF, AVIF = "image/heic", "image/heif", "image/avif"

# What a member may give as a reference, with its extensions, the usual one first.
EXTENSIONS = {
    PNG: ("png",),
    JPEG: ("jpg", "jpeg"),
    WEBP: ("webp",),
    GIF: ("gif",),
    BMP: ("bmp",),
    TIFF: ("tif", "tiff"),
    HEIC: ("heic",),
    HEIF: ("heif",),
    AVIF: ("avif",),
}
# What a service may answer (docs/spec/image-apis.md section 8).
RESULT_TYPES = frozenset({PNG, JPEG, WEBP, GIF, AVIF})
# Every image API takes both, so there is always a type to convert to.
TAKEN_EVERYWHERE = frozenset({PNG, JPEG})

# `picture_type` looks at no more.
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


def picture_type(head: bytes) -> str | None:
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


def extension(mime: str | None) -> str | None:
    """Return the usual extension of a type, without the dot; None for an unknown type."""
    return EXTENSIONS[mime][0] if mime in EXTENSIONS else None


def is_picture_name(name: str) -> bool:
    """Tell whether a file is called like a picture that is accepted."""
    suffix = PurePosixPath(name.lower()).suffix.removeprefix(".")
    return any(suffix in known for known in EXTENSIONS.values())
