"""Extends a picture to its sides, for an image service to fill in what is new.

Runs in a worker. The canvas is transparent where it is new, and so is its mask.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from bot.domain.file_types import PNG
from bot.domain.variations.canvas import Margins
from bot.pictures.decode import decode, upright
from bot.pictures.encode import describe, encode, fitted, scaled
from bot.pictures.picture_values import PictureInfo
from bot.pictures.whole_file import write


def extend(
    max_pixels: int,
    source: Path,
    target: Path,
    mask: Path,
    margins: Margins,
    max_canvas_pixels: int,
) -> tuple[PictureInfo, PictureInfo]:
    """Write the canvas and its mask, both as PNG; return what they are."""
    image = upright(decode(source, max_pixels=max_pixels))
    width = margins.left + image.width + margins.right
    height = margins.top + image.height + margins.bottom
    size = fitted(width, height, max_pixels=max_canvas_pixels)
    scale = size[0] / width, size[1] / height
    left, top = round(margins.left * scale[0]), round(margins.top * scale[1])
    # What has no margin on its far side ends with the canvas, however its edges are rounded.
    right = size[0] - round(margins.right * scale[0])
    bottom = size[1] - round(margins.bottom * scale[1])
    image = scaled(image, (right - left, bottom - top))

    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    canvas.paste(image, (left, top))
    kept = Image.new("RGBA", size, (0, 0, 0, 0))
    kept.paste((0, 0, 0, 255), (left, top, right, bottom))
    masked = encode(kept, PNG)
    write(mask, masked)
    data = encode(canvas, PNG)
    write(target, data)
    return describe(data, PNG, canvas), describe(masked, PNG, kept)
