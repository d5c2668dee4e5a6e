"""The pictures that the APIs answer with: reproducible, of exactly the asked size, and small.

The same model, prompt, seed and index give the same bytes; references are worked in, so that an
edit visibly comes from its original. Everything here blocks: call it in a thread.
"""

import hashlib
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size
from bot.sandbox.image_apis.apis.references import References
from bot.sandbox.image_apis.pictures.scenery import (
    Mood,
    flakes,
    landscape,
    moon,
    stars,
)

# A picture on demand that does not fit Discord's upload limit: about this many noisy pixels.
_HUGE_PIXELS = 5_000_000
# Flat art stays below this; what does not is saved again, coarser.
_TARGET_BYTES = 200_000
_INSETS = 3


def draw(
    order: CheckedRequest, index: int, size: Size, references: References, *, huge: bool
) -> bytes:
    """Draw one picture and encode it in the order's format."""
    key = f"{order.model}\0{order.prompt}\0{order.seed}\0{index}".encode()
    random = Random(hashlib.sha256(key).digest())  # noqa: S311 (art, not secrets)
    mood = Mood.of(order.prompt, random)
    first = references.first
    if first is None:
        canvas = landscape(size, mood, random, sky=not order.transparent)
    else:
        canvas = _edited(first.preview, references.mask, size, mood, random)
        _insets(canvas, references)
    if order.watermark:
        _mark(canvas)
    if huge:
        _add_noise(canvas, random)
    return _encode(canvas, order, huge=huge)


def _edited(
    original: Image.Image, mask: Image.Image | None, size: Size, mood: Mood, random: Random
) -> Image.Image:
    """Turn the first reference into flat colours under the light that the prompt asks for."""
    small = ImageOps.fit(original, _fitted(size, 384)).convert("RGB")
    flat = small.filter(ImageFilter.MedianFilter(5)).quantize(24).convert("RGB")
    if mood.night:
        edited = ImageChops.multiply(flat, Image.new("RGB", flat.size, (84, 100, 176)))
    else:
        tint = random.choice(((255, 196, 120), (120, 190, 220)))
        edited = Image.blend(flat, Image.new("RGB", flat.size, tint), 0.22)
    if mask is not None:
        # Fully transparent pixels of the mask mark what may change (5).
        keep = ImageOps.fit(mask.getchannel("A"), flat.size)
        scene = landscape(flat.size, mood, random, sky=True)
        edited = Image.composite(small, scene, keep)
    canvas = edited.resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(canvas)
    if mood.night:
        stars(pen, size, random)
        moon(pen, size)
    if mood.snow:
        flakes(pen, size, random)
    return canvas


def _insets(canvas: Image.Image, references: References) -> None:
    """Show the further references as small framed prints along the lower edge."""
    further = [picture for picture in references.pictures[1:] if picture is not None][:_INSETS]
    edge = min(canvas.size) // 5
    for place, picture in enumerate(further):
        print_ = ImageOps.fit(picture.preview.convert("RGB"), (edge, edge))
        framed = ImageOps.expand(print_, border=max(1, edge // 16), fill=(250, 248, 240))
        left = edge // 4 + place * (edge + edge // 3)
        canvas.paste(framed, (left, canvas.height - framed.height - edge // 4))


def _mark(canvas: Image.Image) -> None:
    """Write the small mark of a watermarked picture into the lower right corner."""
    pen = ImageDraw.Draw(canvas)
    height = max(12, min(canvas.size) // 28)
    font = ImageFont.load_default(height)
    corner = canvas.width - height // 2, canvas.height - height // 2
    pen.text(
        corner,
        "AI",
        font=font,
        fill=(255, 255, 255),
        anchor="rs",
        stroke_width=1,
        stroke_fill=(40, 40, 40),
    )


def _add_noise(canvas: Image.Image, random: Random) -> None:
    rows = max(1, min(canvas.height, _HUGE_PIXELS // canvas.width))
    noise = random.randbytes(canvas.width * rows * 3)
    canvas.paste(Image.frombytes("RGB", (canvas.width, rows), noise), (0, 0))


def _fitted(size: Size, longest: int) -> Size:
    scale = longest / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _encode(canvas: Image.Image, order: CheckedRequest, *, huge: bool) -> bytes:
    out = BytesIO()
    if order.output_format == "png":
        canvas.save(out, "PNG", compress_level=1 if huge else 6)
        return out.getvalue()
    if order.output_format == "webp":
        canvas.save(out, "WEBP", quality=order.compression or 80, method=0)
        return out.getvalue()
    picture = canvas.convert("RGB")
    if huge:
        picture.save(out, "JPEG", quality=100, subsampling=0)
        return out.getvalue()
    # Empty blocks cost bits in a baseline JPEG: above 8 megapixels progressive is far smaller.
    progressive = picture.width * picture.height > 8_000_000
    for quality in (order.compression or 82, 60, 35):
        out = BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True, progressive=progressive)
        if out.tell() <= _TARGET_BYTES:
            break
    return out.getvalue()
