"""What the picture workers are asked for and answer; plain values that know no decoder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.file_types import TAKEN_EVERYWHERE
from bot.domain.provenance import MarkMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFile:
    """A whole picture."""

    mime: str  # from the bytes, never from a name or a header
    width: int  # as seen, after the EXIF orientation
    height: int
    bytes: int
    sha256: str
    pixel_hash: str  # of the coded pixels, which metadata does not change
    marks: str  # as they are stored, see bot.domain.provenance
    frames: int = 1  # or 2 for "more than one": counting a hostile GIF's frames costs seconds
    common: bool = True  # coded as every viewer shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureInfo(PictureFile):
    """A picture that was decoded to its last row."""

    has_alpha: bool  # some pixel is not opaque; an alpha channel alone does not count
    rotated: bool  # the EXIF orientation turns or flips it


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedFile:
    """A file that marks were `written` to, or one that only a signature would mark."""

    bytes: int
    sha256: str
    pixel_hash: str
    marks: str
    written: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What to do about marks; `producer` and `content_id` are for China's field."""

    mode: MarkMode = MarkMode.KEEP
    producer: str = "Easel"
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one image API takes as a reference (docs/spec/image-apis.md section 2.3)."""

    formats: frozenset[str]
    max_bytes: int
    min_side_exclusive: int = 0
    max_pixels: int | None = None
    max_edge: int | None = None

    def __post_init__(self) -> None:
        if not self.formats >= TAKEN_EVERYWHERE:
            raise ValueError("a reference must be allowed as PNG and as JPEG")


class Change(StrEnum):
    """What was done to a reference that its member may want to know."""

    FORMAT = "format"
    ROTATED = "rotated"
    FIRST_FRAME = "first_frame"
    SCALED = "scaled"
    COMPRESSED = "compressed"
    TONE_MAPPED = "tone_mapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A reference ready to be sent, and what it took; stripped metadata is not a change."""

    info: PictureInfo
    changes: tuple[Change, ...]
    same_bytes: bool  # exactly the source's: not even metadata had to go
