"""Opens and decodes untrusted files with Pillow. Runs in a worker, never in the bot's process."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import (
    AVIF,
    BMP,
    GIF,
    HEAD_BYTES,
    HEIC,
    HEIF,
    JPEG,
    PNG,
    TIFF,
    WEBP,
    picture_type,
)

# Importing these registers them. A format that is not registered would make Pillow load every
# plugin it has.
_PLUGINS = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
# Threads reserve address space by the dozen megabytes, and a worker has little of it.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.register_heif_opener(
    thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
)

_PILLOW_FORMATS = {
    PNG: "PNG",
    JPEG: "JPEG",
    WEBP: "WEBP",
    GIF: "GIF",
    BMP: "BMP",
    TIFF: "TIFF",
    HEIC: "HEIF",
    HEIF: "HEIF",
    AVIF: "AVIF",
}
# Telephones put gain maps, depth maps and bursts into these: more pictures, no animation.
_STILL = frozenset({JPEG, HEIC, HEIF})
_PNG_DEPTH_OFFSET = 24
_ORIENTATION_TAG = 0x0112
_DETAIL_CHARACTERS = 200
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DEEP_GRAY = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_PREMULTIPLIED = {"RGBa": "RGBA", "La": "LA"}
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A decoded first frame; `image` is not turned yet, width and height are."""

    image: Image.Image
    mime: str
    width: int
    height: int
    orientation: int  # EXIF, 1-8
    frames: int  # as in PictureInfo
    simple: bool  # gray, palette or RGB at eight bits: what every reader understands

    @property
    def as_seen(self) -> bool:
        """Whether the bytes show this one picture as they are."""
        return self.simple and self.frames == 1 and self.orientation == 1


def decode(source: Path, *, max_pixels: int, at_eighth: bool = False) -> Decoded:
    """Decode the first frame of a file completely, or refuse it.

    at_eighth lets a JPEG be read at an eighth of its size: all of its data is still gone through,
    at a fraction of the memory.
    """
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
        mime = picture_type(head)
        if mime is None:
            raise PictureError(PictureProblem.NOT_A_PICTURE)
        with _refusing(max_pixels):
            return _decode(file, head, mime, max_pixels, at_eighth)


def _decode(file: BinaryIO, head: bytes, mime: str, max_pixels: int, at_eighth: bool) -> Decoded:
    # Pillow refuses at twice this number. For WebP, whose decoder takes its memory when it is
    # opened, that is our limit; everywhere else we look ourselves and can name the size.
    Image.MAX_IMAGE_PIXELS = max_pixels // 2 if mime == WEBP else None
    with Image.open(file, formats=(_PILLOW_FORMATS[mime],)) as image:
        width, height = image.size
        if width * height > max_pixels:
            raise PictureError(
                PictureProblem.TOO_MANY_PIXELS, width=width, height=height, limit=max_pixels
            )
        orientation = _orientation(image)
        animated = mime not in _STILL and bool(getattr(image, "is_animated", False))
        if at_eighth and mime == JPEG:
            image.draft(None, (1, 1))
            image.load()
        else:
            image.load()
            width, height = image.size  # a HEIC may turn out other than its header says
    if orientation >= 5 and mime != TIFF:  # Pillow has turned a TIFF's size already
        width, height = height, width
    sixteen_bits = mime == PNG and head[_PNG_DEPTH_OFFSET] == 16
    return Decoded(
        image=image,
        mime=mime,
        width=width,
        height=height,
        orientation=orientation,
        frames=2 if animated else 1,
        simple=not sixteen_bits and image.mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA"),
    )


def upright(picture: Decoded) -> Image.Image:
    """Turn a decoded picture the right way up: sRGB, in mode RGB, or RGBA where it is not opaque.

    The result carries nothing that an encoder could write down as metadata. Pixels that are
    written anew are sRGB without a profile, because image APIs and many viewers ignore profiles.
    """
    with _refusing():
        image = _eight_bits(picture.image)
        mode = "RGBA" if is_transparent(image) else "RGB"
        image = _in_srgb(image, mode) or _in_mode(image, mode)
        turn = _TURNS.get(picture.orientation)
        if turn is not None and picture.mime != TIFF:  # Pillow turns a TIFF as it loads
            image = image.transpose(turn)
        image.info = {}
        return image


def is_transparent(image: Image.Image) -> bool:
    """Whether any pixel is less than opaque."""
    if image.mode in _DEEP_GRAY or not image.has_transparency_data:
        return False
    alpha = image if "A" in image.getbands() else image.convert("RGBA")
    lowest, _ = cast("tuple[int, int]", alpha.getchannel("A").getextrema())
    return lowest < 255


@contextmanager
def _refusing(max_pixels: int | None = None) -> Generator[None, None, None]:
    """Turn whatever a decoder raises over hostile bytes into a refusal."""
    try:
        yield
    except (PictureError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        problem = PictureProblem.TOO_MANY_PIXELS
        raise PictureError(problem, str(error), limit=max_pixels) from None
    except Exception as error:
        # Codecs report failed allocations as errors of their own.
        allocation = not isinstance(error, UnidentifiedImageError) and "memory" in str(error)
        problem = PictureProblem.MEMORY if allocation else PictureProblem.BROKEN
        detail = f"{type(error).__name__}: {error}"[:_DETAIL_CHARACTERS]
        raise PictureError(problem, detail) from None


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation; damaged EXIF data counts as none."""
    try:
        orientation: object = image.getexif().get(_ORIENTATION_TAG)
    except Exception:
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring deep gray and premultiplied colours into a mode that converts to RGB."""
    if image.mode in _PREMULTIPLIED:
        return image.convert(_PREMULTIPLIED[image.mode])
    if image.mode not in _DEEP_GRAY:
        return image
    if image.mode.startswith("I;16"):
        lowest, highest = 0.0, 65535.0
    else:  # these have no fixed white: stretch what is there
        lowest, highest = cast("tuple[float, float]", image.getextrema())
    scale = 255 / (highest - lowest or 1)
    offset = 0.5 - lowest * scale  # the conversion cuts off what it should round
    return image.convert("F").point(lambda value: value * scale + offset).convert("L")


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Convert where it is needed: `convert` would copy, and two copies may be all there is."""
    return image if image.mode == mode else image.convert(mode)


def _in_srgb(image: Image.Image, mode: str) -> Image.Image | None:
    """Apply the colour profile of a picture; None where it has none that fits."""
    icc = cast("bytes | None", image.info.get("icc_profile"))
    if not icc:
        return None
    try:
        profile = ImageCms.getOpenProfile(BytesIO(icc))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return None
        space = icc[16:20]  # of the data, by the profile's header
        if space == b"RGB ":
            image = _in_mode(image, mode)
        elif (space, image.mode) not in {(b"CMYK", "CMYK"), (b"GRAY", "L")}:
            return None
        return ImageCms.profileToProfile(image, profile, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile is as good as none
        return None
