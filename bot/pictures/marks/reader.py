"""Reads the marks of a picture file. Runs in a worker: anybody's file is read."""

from __future__ import annotations

from pathlib import Path

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import HEAD_BYTES, picture_type
from bot.domain.provenance import Credentials, Marks
from bot.pictures.marks import texts
from bot.pictures.marks.certificate import pem_of
from bot.pictures.marks.containers import find
from bot.pictures.marks.credentials import Checked, check


def marks(_max_pixels: int, source: Path, anchors: str) -> Marks:
    """Return what a file says of where it comes from; raises PictureError for no picture.

    `anchors` are the certificates of known issuers, a path or PEM itself.
    """
    return marks_of(source.read_bytes(), anchors)


def marks_of(data: bytes, anchors: str = "") -> Marks:
    mime = picture_type(data[:HEAD_BYTES])
    if mime is None:
        raise PictureError(PictureProblem.NOT_A_PICTURE)
    found = find(data, mime)
    checked = Checked(credentials=Credentials.NONE)
    if found.credentials:
        checked = check(data, mime, pem_of(anchors))
    return Marks(
        credentials=checked.credentials,
        issuer=checked.issuer,
        issuer_known=checked.issuer_known,
        products=checked.products,
        source_type=checked.source_type or texts.source_type(found.xmp),
        aigc=texts.aigc(found.xmp, found.aigc),
    )
