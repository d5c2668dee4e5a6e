"""Pictures for the tests: honest ones in every format, and the pieces hostile ones are made of."""

from __future__ import annotations

import functools
import random
import struct
import zlib
from io import BytesIO

import pillow_heif
from PIL import Image

from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.picture_values import Needs

pillow_heif.register_heif_opener()

SECRET = b"52.5163 N 13.3777 E"  # what no metadata may carry on
SEEDREAM = Needs(
    formats=frozenset({PNG, JPEG, WEBP, "image/gif", "image/bmp", "image/tiff"}),
    max_bytes=10_000_000,
    min_side_exclusive=14,
    max_pixels=36_000_000,
)
CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))


def scene(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Four quarters of a colour each: red, green, blue, yellow, from the top left."""
    quarters = Image.new("RGB", (2, 2))
    quarters.putdata(CORNERS)
    return quarters.resize((width, height), Image.Resampling.NEAREST).convert(mode)


def glass(width: int = 96, height: int = 64) -> Image.Image:
    """The scene with a transparent left half."""
    image = scene(width, height, "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, width // 2, height))
    return image


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """What no encoder makes small; the same bytes each time."""
    count = width * height * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), random.Random(1).randbytes(count))


def encoded(image: Image.Image, pillow_format: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, pillow_format, **options)
    return buffer.getvalue()


def animation(pillow_format: str, frames: int = 3) -> bytes:
    images = [scene(), *(Image.new("RGB", (96, 64), (i, 255 - i, 9)) for i in range(1, frames))]
    return encoded(images[0], pillow_format, save_all=True, append_images=images[1:], duration=40)


def exif(orientation: int = 1) -> bytes:
    """EXIF with an orientation, a GPS position and a comment."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 58.0), 3: "E", 4: (13.0, 22.0, 39.0)})
    return data.tobytes()


def turned(orientation: int) -> Image.Image:
    """The scene as a camera stores it that was held so."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = scene()
    return image.transpose(undo[orientation]) if orientation in undo else image


def corners(data: bytes) -> list[tuple[int, int, int]]:
    """The colours in the middle of the four quarters, rounded to full and none."""
    with Image.open(BytesIO(data)) as image:
        picture = image.convert("RGB")
    points = [(x, y) for y in (1, 3) for x in (1, 3)]
    width, height = picture.size
    found = (picture.getpixel((x * width // 4, y * height // 4)) for x, y in points)
    return [tuple(255 if value > 127 else 0 for value in colour) for colour in found]  # type: ignore[misc]


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    return (
        struct.pack(">I", len(payload))
        + kind
        + payload
        + struct.pack(">I", zlib.crc32(kind + payload))
    )


def with_chunk(png: bytes, kind: bytes, payload: bytes) -> bytes:
    """A PNG with one chunk more, right behind its header."""
    return png[:33] + png_chunk(kind, payload) + png[33:]


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """A JPEG with one segment more, right behind its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def flat_png(width: int, height: int) -> bytes:
    """A black PNG of one bit per pixel: a thousand times smaller than what it decodes to."""
    row = b"\0" * ((width + 7) // 8 + 1)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@functools.cache
def all_formats() -> dict[str, bytes]:
    """An honest picture in every format and in the variants that need care."""
    return {
        "png": encoded(scene(), "PNG"),
        "png-alpha": encoded(glass(), "PNG"),
        "png-palette": encoded(glass().convert("P"), "PNG", transparency=0),
        "png-16": encoded(Image.linear_gradient("L").convert("I;16"), "PNG"),
        "apng": animation("PNG"),
        "jpeg": encoded(scene(), "JPEG", exif=exif()),
        "jpeg-progressive": encoded(scene(), "JPEG", progressive=True),
        "jpeg-gray": encoded(scene(mode="L"), "JPEG"),
        "jpeg-cmyk": encoded(scene(mode="CMYK"), "JPEG"),
        "webp": encoded(scene(), "WEBP", exif=exif()),
        "webp-lossless": encoded(glass(), "WEBP", lossless=True),
        "webp-animated": animation("WEBP"),
        "gif": encoded(scene(), "GIF"),
        "gif-animated": animation("GIF"),
        "bmp": encoded(scene(), "BMP"),
        "tiff": encoded(scene(), "TIFF", compression="tiff_lzw"),
        "tiff-jpeg": encoded(scene(), "TIFF", compression="jpeg"),
        "avif": encoded(scene(), "AVIF", speed=10),
        "heic": encoded(scene(), "HEIF"),
    }
