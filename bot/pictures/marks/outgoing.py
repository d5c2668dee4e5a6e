"""Which marks a picture that goes out is given, and what is stored of it. Runs in a worker."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from bot.domain.file_types import AVIF, GIF, HEAD_BYTES, picture_type
from bot.domain.provenance import (
    TRAINED_ALGORITHMIC_MEDIA,
    Credentials,
    MarkMode,
    PostedMark,
)
from bot.pictures.formats import gif
from bot.pictures.formats.pixel_data import pixel_hash
from bot.pictures.marks.posted import marks_in
from bot.pictures.marks.reader import marks_of
from bot.pictures.marks.texts import made_by_ai, packet
from bot.pictures.marks.writer import WRITABLE, with_xmp
from bot.pictures.picture_values import MarkedFile, Marking
from bot.pictures.whole_file import write

# What a file needs around a packet, at most.
_FRAME_BYTES = 200
# What a signature takes beside the credentials of the original, with some to spare.
_SIGNATURE_BYTES = 24_000


def packet_for(original: bytes, marking: Marking) -> bytes:
    """Return the XMP for a file that is made of an original; empty for none.

    Whatever the mode, a mark that the original has is carried on.
    """
    marks = marks_of(original)
    kind, field = marks.source_type, marks.aigc
    if marks.credentials is not Credentials.NONE or marking.mode is not MarkMode.KEEP:
        # A service that signs its pictures says what they are, even if it is not read here.
        kind = kind or TRAINED_ALGORITHMIC_MEDIA
    if marking.mode is not MarkMode.KEEP:
        field = field or made_by_ai(marking.producer, marking.content_id)
    return packet(kind, field) if kind or field else b""


def room(packet: bytes, marking: Marking) -> int:
    """Return how much of a limit is for marks."""
    if marking.mode is MarkMode.SIGN:
        return len(packet) + _SIGNATURE_BYTES
    return len(packet) + _FRAME_BYTES if packet else 0


def mark(_max_pixels: int, source: Path, target: Path, marking: Marking) -> MarkedFile | None:
    """Write a picture with the marks that it lacks, each pixel as it was.

    None, and no file, where its credentials are whole or cannot be judged, where nothing is
    missing, and where no XMP is written into its type. That is no hindrance to a signature.
    """
    data = source.read_bytes()
    mime = picture_type(data[:HEAD_BYTES]) or ""
    marks = marks_of(data)
    if marks.credentials in (Credentials.VALID, Credentials.UNCHECKED):
        return None
    if mime == AVIF and marking.mode is MarkMode.SIGN:
        write(target, data)
        return replace(described(data, credentials=PostedMark.KEPT), written=False)
    if mime not in WRITABLE or (mime == GIF and not gif.is_whole(data)):
        return None
    complete = marks.source_type is not None and marks.aigc is not None
    if complete and marking.mode is MarkMode.WRITE and marks.credentials is Credentials.NONE:
        return None
    marked = with_xmp(data, mime, packet_for(data, marking))
    write(target, marked)
    return described(marked, credentials=PostedMark.KEPT)


def described(data: bytes, *, credentials: PostedMark) -> MarkedFile:
    """Say what is stored of a file that goes out."""
    mime = picture_type(data[:HEAD_BYTES]) or ""
    return MarkedFile(
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pixel_hash=pixel_hash(data, mime),
        marks=marks_in(data, mime, credentials=credentials),
    )
