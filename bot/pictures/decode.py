"""Opens and decodes untrusted files with Pillow. Runs in a worker, never in the bot's process."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import cast

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    ImageFile,
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
from bot.pictures.colour import Colours, colours_of, in_mode, in_srgb, nclx_numbers
from bot.pictures.formats import boxes, jpeg, png

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
# Only profiles are unpacked by this limit: text is left out before.
PngImagePlugin.MAX_TEXT_CHUNK = png.PROFILE_BYTES
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
_SIMPLE_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
_DEEP_GRAY = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_PREMULTIPLIED = {"RGBa": "RGBA", "La": "LA"}
_BLOCK_PIXELS = 18  # the largest block, and the pixels around it that share its colours


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A decoded first frame; `image` is cropped but not turned yet, width and height are."""

    image: Image.Image
    mime: str
    width: int
    height: int
    orientation: int  # EXIF, 1-8
    frames: int  # as in PictureInfo
    deep: bool  # a PNG of 16 bits
    common: bool  # coded as every reader understands
    colours: Colours

    @property
    def simple(self) -> bool:
        """Whether it is gray, palette or RGB of at most eight bits, commonly coded."""
        return self.common and not self.deep and self.image.mode in _SIMPLE_MODES

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
        data = head + file.read()
    with _refusing(max_pixels):
        if mime == PNG:
            return _png(data, max_pixels)
        if mime == JPEG:
            return _jpeg(data, max_pixels, at_eighth)
        if mime == AVIF:
            return _avif(data, max_pixels)
        opened = _opened(data, mime, max_pixels)
        info = opened.image.info
        return _decoded(opened, mime, colours_of(info, nclx_numbers(info.get("nclx_profile"))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A file as it was before its pixels were loaded, which forgets some of it."""

    image: ImageFile.ImageFile
    size: tuple[int, int]
    orientation: int
    animated: bool


def _png(data: bytes, max_pixels: int) -> Decoded:
    facts = png.read(data)
    opened = _opened(facts.data, PNG, max_pixels)
    info = opened.image.info
    colours = colours_of(info, facts.cicp)
    # Many readers do not know colours in CICP, take a transparent colour of few bits for another
    # one, and refuse a large profile.
    keyed = facts.depth in (2, 4) and opened.image.mode == "L" and "transparency" in info
    large = len(colours.icc or b"") > png.LARGE_PROFILE_BYTES
    common = not keyed and not large and not colours.by_number
    image = _with_key(opened.image, facts.depth)
    deep = facts.depth == 16
    return _decoded(opened, PNG, colours, deep=deep, common=common, image=image)


def _jpeg(data: bytes, max_pixels: int, at_eighth: bool) -> Decoded:
    try:
        opened = _opened(data, JPEG, max_pixels, at_eighth=at_eighth)
    except OSError as error:
        whole = jpeg.up_to_last_scan(data)
        if "truncated" not in str(error) or whole is None:
            raise
        opened = _opened(whole + jpeg.END, JPEG, max_pixels)
        if not _reaches_the_end(whole, opened.image, max_pixels):
            raise
    colours = colours_of(opened.image.info, None)
    # Four inks are shown in other colours by many readers, and by some inverted.
    common = jpeg.is_common(data) and opened.image.mode != "CMYK"
    return _decoded(opened, JPEG, colours, common=common)


def _avif(data: bytes, max_pixels: int) -> Decoded:
    data = boxes.with_known_brand(data)
    facts = boxes.read(data)
    opened = _opened(data, AVIF, max_pixels)
    shown = boxes.crop(facts.clap, *opened.size) if facts.clap else None
    image = opened.image.crop(shown) if shown else opened.image
    info = opened.image.info
    # Unlike in PNG, a profile says more than the numbers, which are there for the decoder.
    colours = colours_of(info, None if info.get("icc_profile") else facts.cicp)
    return _decoded(replace(opened, size=image.size), AVIF, colours, image=image)


def _opened(data: bytes, mime: str, max_pixels: int, *, at_eighth: bool = False) -> _Opened:
    """Open and decode a file, or refuse it by its size."""
    # Pillow refuses at twice this number. For WebP, whose decoder takes its memory when it is
    # opened, that is our limit; everywhere else we look ourselves and can name the size.
    Image.MAX_IMAGE_PIXELS = max_pixels // 2 if mime == WEBP else None
    with Image.open(BytesIO(data), formats=(_PILLOW_FORMATS[mime],)) as image:
        width, height = image.size
        if width * height > max_pixels:
            raise PictureError(
                PictureProblem.TOO_MANY_PIXELS, width=width, height=height, limit=max_pixels
            )
        orientation = _orientation(image)
        animated = mime not in _STILL and bool(getattr(image, "is_animated", False))
        if at_eighth:
            image.draft(None, (1, 1))
        image.load()
        if not at_eighth:
            width, height = image.size  # a HEIC may turn out other than its header says
        return _Opened(
            image=image, size=(width, height), orientation=orientation, animated=animated
        )


def _decoded(
    opened: _Opened,
    mime: str,
    colours: Colours,
    *,
    deep: bool = False,
    common: bool = True,
    image: Image.Image | None = None,
) -> Decoded:
    """Describe a picture, or the `image` made of it."""
    image = image or opened.image
    width, height = opened.size
    if opened.orientation >= 5 and mime != TIFF:  # Pillow has turned a TIFF's size already
        width, height = height, width
    return Decoded(
        image=image,
        mime=mime,
        width=width,
        height=height,
        orientation=opened.orientation,
        frames=2 if opened.animated else 1,
        deep=deep,
        common=common,
        colours=colours,
    )


def _with_key(image: Image.Image, depth: int) -> Image.Image:
    """Scale the transparent colour of a PNG as its pixels were scaled, or make alpha of it."""
    key = cast("int | tuple[int, int, int] | bytes | None", image.info.get("transparency"))
    if isinstance(key, tuple):
        image.info["transparency"] = tuple(
            value >> 8 if depth == 16 else value & 0xFF for value in key
        )
    elif isinstance(key, int) and image.mode == "L":
        highest = (1 << depth) - 1
        image.info["transparency"] = (key & highest) * 255 // highest
    elif isinstance(key, int) and image.mode.startswith("I"):
        low, high = Image.frombytes("LA", image.size, image.tobytes()).split()
        alpha = ImageChops.lighter(_all_but(low, key & 0xFF), _all_but(high, key >> 8))
        return Image.merge("LA", (_eight_bits(image), alpha))
    return image


def _all_but(band: Image.Image, value: int) -> Image.Image:
    return band.point([0 if at == value else 255 for at in range(256)])


def _reaches_the_end(cut: bytes, image: Image.Image, max_pixels: int) -> bool:
    """Tell whether a JPEG without its end mark has all of its rows, but for one block at most.

    What is missing is filled in by the decoder. It is filled otherwise where the file goes on in
    another way, and what is there is not.
    """
    other = _opened(jpeg.gone_on(cut) + jpeg.END, JPEG, max_pixels)
    box = ImageChops.difference(image, other.image).getbbox(alpha_only=False)
    return box is None or max(box[2] - box[0], box[3] - box[1]) <= _BLOCK_PIXELS


def upright(picture: Decoded) -> Image.Image:
    """Turn a decoded picture the right way up: sRGB, in mode RGB, or RGBA where it is not opaque.

    The result carries nothing that an encoder could write down as metadata. Pixels that are
    written anew are sRGB without a profile, because image APIs and many viewers ignore profiles.
    """
    with _refusing():
        image = _eight_bits(picture.image)
        mode = "RGBA" if is_transparent(image) else "RGB"
        image = in_srgb(image, mode, picture.colours.icc) or in_mode(image, mode)
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
    lowest, highest = _black_and_white(image)
    scale = 255 / (highest - lowest)
    offset = 0.5 - lowest * scale  # the conversion cuts off what it should round
    return image.convert("F").point(lambda value: value * scale + offset).convert("L")


def _black_and_white(image: Image.Image) -> tuple[float, float]:
    """Return the values of deep gray that show as black and as white."""
    if image.mode.startswith("I;16"):
        return 0.0, 65535.0
    lowest, highest = cast("tuple[float, float]", image.getextrema())
    if image.mode == "F" and lowest >= 0 and highest <= 1:  # as floating point is meant
        return 0.0, 1.0
    if lowest < highest:  # no white is fixed: stretch what is there
        return lowest, highest
    # One value says nothing of its range, so take the least usual one that holds it.
    usual = (1.0,) if image.mode == "F" else (255.0, 65535.0)
    return 0.0, next((white for white in usual if highest <= white), abs(highest))
