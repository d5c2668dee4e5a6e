"""What a worker can do with a picture. Each function takes files and answers values.

Only `worker` calls these, by name.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import JPEG, PNG, WEBP
from bot.domain.provenance import PostedMark
from bot.pictures.decode import Decoded, decode, is_transparent, upright
from bot.pictures.encode import (
    BEST_QUALITY,
    LONGEST_EDGE,
    QUALITIES,
    describe,
    encodable,
    encode,
    falling_edges,
    fitted,
    flattened,
    may_fit,
    scaled,
    squeeze,
)
from bot.pictures.formats.pixel_data import pixel_hash
from bot.pictures.formats.strip import strip
from bot.pictures.marks.outgoing import packet_for, room
from bot.pictures.marks.posted import marks_in
from bot.pictures.marks.writer import with_xmp
from bot.pictures.picture_values import Change, Marking, Needs, PictureInfo, Prepared
from bot.pictures.whole_file import write

# docs/spec/image-apis.md sections 10.4 and 10.7, and two below
_REFERENCE_EDGES = (2048, 1536, 1024, 512)


def inspect(max_pixels: int, source: Path) -> PictureInfo:
    picture = decode(source, max_pixels=max_pixels, at_eighth=True)
    data = source.read_bytes()
    return PictureInfo(
        mime=picture.mime,
        width=picture.width,
        height=picture.height,
        bytes=len(data),
        has_alpha=is_transparent(picture.image),
        rotated=picture.orientation != 1,
        frames=picture.frames,
        sha256=hashlib.sha256(data).hexdigest(),
        pixel_hash=pixel_hash(data, picture.mime),
        marks=marks_in(data, picture.mime, credentials=PostedMark.KEPT),
        common=picture.common,
    )


def prepare(max_pixels: int, source: Path, target: Path, needs: Needs) -> Prepared:
    picture = decode(source, max_pixels=max_pixels)
    size = picture.width, picture.height
    if min(size) <= needs.min_side_exclusive:
        raise PictureError(
            PictureProblem.TOO_SMALL,
            width=picture.width,
            height=picture.height,
            limit=needs.min_side_exclusive,
        )
    goal = fitted(*size, max_pixels=needs.max_pixels, max_edge=needs.max_edge)
    if picture.mime in needs.formats and goal == size:
        kept = _without_metadata(picture, source)
        if kept is not None and len(kept) <= needs.max_bytes:
            return _kept(kept, picture, source, target)

    image = scaled(upright(picture), goal)
    # A PNG stays one while it fits: drawings and screenshots suffer from JPEG.
    mime = PNG if picture.mime == PNG or image.mode == "RGBA" else JPEG
    if mime == JPEG:
        image = scaled(image, fitted(*image.size, max_edge=LONGEST_EDGE[JPEG]))
    data = encode(image, mime) if may_fit(image, mime, needs.max_bytes) else b""
    compressed = not data or len(data) > needs.max_bytes
    if compressed:
        mime = JPEG
        image, data = squeeze(
            flattened(image),
            JPEG,
            limit_bytes=needs.max_bytes,
            edges=(edge for edge in _REFERENCE_EDGES if edge < max(image.size)),
            min_side_exclusive=needs.min_side_exclusive,
        )
    write(target, data)
    return _prepared(data, mime, image, picture, compressed=compressed)


def shrink(max_pixels: int, source: Path, target: Path, longest_edge: int) -> Prepared:
    picture = decode(source, max_pixels=max_pixels)
    size = picture.width, picture.height
    goal = fitted(*size, max_edge=longest_edge)
    kept = _without_metadata(picture, source) if goal == size else None
    image = scaled(flattened(upright(picture)), goal)
    data = encode(image, JPEG, QUALITIES[0])
    if kept is not None and len(kept) <= len(data):
        return _kept(kept, picture, source, target)
    write(target, data)
    return _prepared(data, JPEG, image, picture, compressed=image.size == size)


def fit(
    max_pixels: int,
    source: Path,
    target: Path,
    limit_bytes: int,
    wanted: str | None,
    marking: Marking,
) -> PictureInfo:
    """Write a picture in at most limit_bytes, with the marks that it is to carry."""
    picture = decode(source, max_pixels=max_pixels)
    packet = packet_for(source.read_bytes(), marking)
    kept_free = room(packet, marking)
    mime, image, data = _fit(picture, source, max(limit_bytes - kept_free, 1), wanted)
    if packet:
        data = with_xmp(data, mime, packet)
    write(target, data)
    return describe(data, mime, image)


def _fit(
    picture: Decoded, source: Path, limit_bytes: int, wanted: str | None
) -> tuple[str, Image.Image, bytes]:
    kept = _without_metadata(picture, source) if wanted in (None, picture.mime) else None
    if kept is not None and len(kept) <= limit_bytes:
        return picture.mime, picture.image, kept

    image = upright(picture)
    data = _as_wanted(image, wanted, limit_bytes)
    if wanted is not None and data is not None:
        return wanted, image, data
    # WebP is the one lossy format with transparency that Discord shows.
    mime = WEBP if image.mode == "RGBA" else JPEG
    image = scaled(image, fitted(*image.size, max_edge=LONGEST_EDGE[mime]))
    image, data = squeeze(
        image,
        mime,
        limit_bytes=limit_bytes,
        qualities=(BEST_QUALITY, *QUALITIES),
        edges=falling_edges(image),
    )
    return mime, image, data


def _as_wanted(image: Image.Image, mime: str | None, limit_bytes: int) -> bytes | None:
    """Encode in one type at full size and best quality; None where that cannot be."""
    too_long = max(image.size) > LONGEST_EDGE.get(mime or "", 0)
    if mime is None or too_long or (mime == JPEG and image.mode == "RGBA"):
        return None
    data = encodable(image, mime) if may_fit(image, mime, limit_bytes) else None
    return data if data is not None and len(data) <= limit_bytes else None


def thumbnail(max_pixels: int, source: Path, target: Path, longest_edge: int) -> PictureInfo:
    picture = decode(source, max_pixels=max_pixels)
    size = fitted(picture.width, picture.height, max_edge=longest_edge)
    image = scaled(flattened(upright(picture)), size)
    data = encode(image, JPEG, QUALITIES[1])
    write(target, data)
    return describe(data, JPEG, image)


def _without_metadata(picture: Decoded, source: Path) -> bytes | None:
    """Return the bytes of a picture that need no decoding to be shown right; None for others."""
    return strip(source.read_bytes(), picture.mime) if picture.as_seen else None


def _kept(data: bytes, picture: Decoded, source: Path, target: Path) -> Prepared:
    same_bytes = data == source.read_bytes()  # asked first: the target may be the source
    write(target, data)
    info = describe(data, picture.mime, picture.image)
    return Prepared(info=info, changes=(), same_bytes=same_bytes)


def _prepared(
    data: bytes, mime: str, image: Image.Image, picture: Decoded, *, compressed: bool
) -> Prepared:
    applied = {
        Change.FORMAT: mime != picture.mime or not picture.simple,
        Change.ROTATED: picture.orientation != 1,
        Change.FIRST_FRAME: picture.frames > 1,
        Change.SCALED: image.size != (picture.width, picture.height),
        Change.COMPRESSED: compressed,
        Change.TONE_MAPPED: picture.colours.hdr,
    }
    changes = tuple(change for change, done in applied.items() if done)
    return Prepared(info=describe(data, mime, image), changes=changes, same_bytes=False)
