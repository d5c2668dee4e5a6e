"""Turns a member's mask into the one form that an image API takes.

See docs/spec/image-apis.md section 5.

Runs in a worker. A PNG of the first reference's size, whose fully transparent pixels may change.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import PNG
from bot.pictures.decode import Decoded, decode, upright
from bot.pictures.encode import describe, encode
from bot.pictures.picture_values import PictureInfo
from bot.pictures.whole_file import write

_RATIO_TOLERANCE = 0.01
_MIDDLE = 128
_COLOUR_FROM = 48  # difference between the channels of a pixel
_GRAYS = range(64, 192)  # neither black nor white
_STRAY_SHARE = 0.05  # soft edges and JPEG noise


def mask(
    max_pixels: int, source: Path, target: Path, width: int, height: int, limit_bytes: int
) -> PictureInfo:
    picture = decode(source, max_pixels=max_pixels)
    # One mask pixel more or less is rounding, even in a small mask.
    off = abs(picture.width * height - picture.height * width)
    if off > max(_RATIO_TOLERANCE * picture.width * height, width, height):
        raise _refusal(PictureProblem.MASK_SHAPE, picture)
    marked = _marked(upright(picture))
    if marked is None:
        raise _refusal(PictureProblem.MASK_KIND, picture)
    if marked.size != (width, height):
        marked = _two_valued(marked.resize((width, height), Image.Resampling.BILINEAR))
    if marked.getbbox() is None:
        raise _refusal(PictureProblem.MASK_EMPTY, picture)
    result = Image.new("RGBA", (width, height), "black")
    result.putalpha(ImageChops.invert(marked))
    data = encode(result, PNG)
    if len(data) > limit_bytes:
        raise PictureError(PictureProblem.CANNOT_FIT, width=width, height=height, limit=limit_bytes)
    write(target, data)
    return describe(data, PNG, result)


def _refusal(problem: PictureProblem, picture: Decoded) -> PictureError:
    return PictureError(problem, width=picture.width, height=picture.height)


def _marked(image: Image.Image) -> Image.Image | None:
    """White where the picture may change, black elsewhere; None where it does not say."""
    if image.mode == "RGBA":
        return _two_valued(ImageChops.invert(image.getchannel("A")))
    return _two_valued(image.convert("L")) if _black_and_white(image) else None


def _black_and_white(image: Image.Image) -> bool:
    red, green, blue = image.split()
    brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    coloured = sum(ImageChops.subtract(brightest, darkest).histogram()[_COLOUR_FROM:])
    gray = sum(image.convert("L").histogram()[_GRAYS.start : _GRAYS.stop])
    return coloured + gray <= _STRAY_SHARE * image.width * image.height


def _two_valued(image: Image.Image) -> Image.Image:
    """A pixel may change or may not: the APIs know no half."""
    return image.point([255 if value >= _MIDDLE else 0 for value in range(256)])
