"""Reference pictures: the wire form, then the picture itself, as the vendors judge them.

See docs/spec/image-apis.md section 2.3.

Only addresses on loopback are fetched; every other URL is taken on trust, so that nothing
leaves the machine.
"""

import asyncio
import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

import aiohttp
from PIL import Image, ImageOps

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size, Source
from bot.sandbox.image_apis.apis.limits import OPENAI_MASK, PictureRule
from bot.sandbox.image_apis.apis.refusal import (
    Refusal,
    bad_picture,
    invalid,
    not_downloaded,
)

_DATA_URL = re.compile(r"data:image/(png|jpeg|webp|bmp|tiff|gif);base64,")
_FETCH_SECONDS = 5  # the vendor's own patience (10, item 8)
_PREVIEW = (512, 512)  # enough to let an edit show where it came from


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A reference that was looked at: its real size, and a small upright copy for drawing."""

    size: Size
    preview: Image.Image


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What is known of an order's references; None stands for a URL that was not fetched."""

    pictures: tuple[Picture | None, ...] = ()
    mask: Image.Image | None = None

    @property
    def first(self) -> Picture | None:
        """Give the first reference, where it was looked at."""
        return self.pictures[0] if self.pictures else None


def is_inline(reference: str) -> bool:
    """Tell a data URL from an address."""
    return reference[:5].lower() == "data:"


async def look_at(order: CheckedRequest, session: aiohttp.ClientSession) -> References:
    """Judge every reference and the mask of an order.

    Raises Refusal for a form, a picture or an address that the source would refuse.
    """
    rule = order.picture_rule
    pictures = [
        await _look(item, order.reference_field, rule, order.source, session)
        for item in order.references
    ]
    mask = None
    if order.mask is not None:
        found = await _look(order.mask, "mask", OPENAI_MASK, order.source, session, is_mask=True)
        first = pictures[0]
        if found and first and found.size != first.size:
            raise invalid("mask", "it must have the same width and height as the first image")
        mask = found.preview if found else None
    return References(pictures=tuple(pictures), mask=mask)


async def _look(
    text: str,
    param: str,
    rule: PictureRule,
    source: Source,
    session: aiohttp.ClientSession,
    *,
    is_mask: bool = False,
) -> Picture | None:
    if is_inline(text):
        if not rule.inline:
            raise invalid(param, "Base64 is not supported, use a URL")
        found = _DATA_URL.match(text)
        if found is None:
            form = "data:image/<png|jpeg|webp|bmp|tiff|gif>;base64,<data>, in lowercase"
            raise invalid(param, f"inline pictures must have the form {form}")
        declared = found[1]
        payload = text[found.end() :]
        return await asyncio.to_thread(_decode, payload, declared, param, rule, is_mask)
    host = _host(text)
    if host is None:
        raise invalid(param, "invalid url specified")
    if not _is_loopback(host):
        return None
    content = await _fetch(text, param, rule, source, session)
    return await asyncio.to_thread(_judge, content, None, param, rule, is_mask)


def _host(url: str) -> str | None:
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _fetch(
    url: str, param: str, rule: PictureRule, source: Source, session: aiohttp.ClientSession
) -> bytes:
    openai = source in (Source.OPENAI_EDITS, Source.OPENAI)
    code = "invalid_image_url" if openai else "InvalidImageURL"
    content = bytearray()
    try:
        timeout = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
        async with session.get(url, timeout=timeout, allow_redirects=False) as reply:
            if reply.status != 200:
                raise not_downloaded(param, url, code=code)
            async for part in reply.content.iter_chunked(65_536):
                content += part
                if len(content) > rule.max_bytes:
                    break
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise not_downloaded(param, url, code=code) from error
    return bytes(content)


def _decode(payload: str, declared: str, param: str, rule: PictureRule, is_mask: bool) -> Picture:
    try:
        content = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_picture(param, "the Base64 data cannot be decoded") from error
    return _judge(content, declared, param, rule, is_mask)


def _judge(
    content: bytes, declared: str | None, param: str, rule: PictureRule, is_mask: bool
) -> Picture:
    """Refuse a picture outside the rule; runs in a thread, for decoding takes time."""
    if len(content) > rule.max_bytes:
        raise bad_picture(param, f"its size cannot exceed {rule.max_bytes // 1_000_000} MB")
    try:
        with Image.open(BytesIO(content), formats=rule.formats) as picture:
            _judge_header(picture, declared, param, rule)
            if is_mask and not picture.has_transparency_data:
                raise invalid(param, "the mask must have an alpha channel")
            size = picture.size
            picture.draft("RGB", _PREVIEW)
            picture.load()
            preview = ImageOps.exif_transpose(picture).convert("RGBA")
    except Refusal:
        raise
    # Pillow raises many kinds for broken files: OSError, SyntaxError, ValueError, struct.error,
    # and the decompression bomb pair.
    except Exception as error:
        formats = ", ".join(rule.formats)
        code = "unsupported_file_mimetype"
        raise bad_picture(param, f"it is not a picture in {formats}", code=code) from error
    preview.thumbnail(_PREVIEW)
    return Picture(size=size, preview=preview)


def _judge_header(
    picture: Image.Image, declared: str | None, param: str, rule: PictureRule
) -> None:
    width, height = picture.size
    # Pillow calls a JPEG that holds several pictures MPO.
    actual = "jpeg" if picture.format == "MPO" else (picture.format or "").lower()
    if declared is not None and declared != actual:
        raise bad_picture(param, f"it is declared as {declared} but is {actual}")
    if min(picture.size) <= rule.above_side:
        raise bad_picture(param, f"each side must be more than {rule.above_side} px")
    if rule.max_pixels is not None and width * height > rule.max_pixels:
        raise bad_picture(param, f"it cannot exceed {rule.max_pixels} pixels")
    if rule.max_ratio is not None:
        longest, limit = max(picture.size), rule.max_ratio * min(picture.size)
        if longest > limit or (longest == limit and not rule.ratio_itself_allowed):
            most = rule.max_ratio
            raise bad_picture(param, f"its ratio must be between 1/{most} and {most}")
