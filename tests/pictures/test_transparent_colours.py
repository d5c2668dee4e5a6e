"""One colour of a PNG that is transparent (tRNS), in every depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.file_types import PNG
from bot.pictures.pool import Pictures
from tests.pictures.odd_samples import halves
from tests.pictures.samples import SEEDREAM

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

# The left half has the transparent colour.
KEYED = {
    "1 bit": halves(1, 0, b"\1", b"\0", b"\0\1"),
    "2 bits": halves(2, 0, b"\3", b"\1", b"\0\3"),
    "2 bits, dark": halves(2, 0, b"\1", b"\3", b"\0\1"),
    "4 bits": halves(4, 0, b"\x0f", b"\3", b"\0\x0f"),
    "4 bits, middle": halves(4, 0, b"\7", b"\3", b"\0\7"),
    "8 bits": halves(8, 0, b"\x80", b"\x10", b"\0\x80"),
    "16 bits": halves(16, 0, b"\x80\x01", b"\x10\x00", b"\x80\x01"),
    "16 bits, white": halves(16, 0, b"\xff\xff", b"\0\0", b"\xff\xff"),
    "16 bits, black": halves(16, 0, b"\0\0", b"\xff\xff", b"\0\0"),
    "16 bits, nearly the same": halves(16, 0, b"\x80\x01", b"\x80\x02", b"\x80\x01"),
    "16 bits, the same low half": halves(16, 0, b"\x12\x80", b"\x34\x80", b"\x12\x80"),
    "colours": halves(8, 2, b"\1\2\3", b"\4\5\6", b"\0\1\0\2\0\3"),
    "colours of 16 bits": halves(16, 2, b"\x12\x34" * 3, b"\x52\x34" * 3, b"\x12\x34" * 3),
}


@pytest.mark.parametrize(("name", "data"), KEYED.items())
async def test_the_transparent_colour_and_no_other_is_transparent(
    name: str, data: bytes, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source, target = saved(data), tmp_path / "out"
    assert (await pictures.inspect(source)).has_alpha
    for needs in (SEEDREAM, replace(SEEDREAM, max_edge=48)):
        prepared = await pictures.prepare(source, target, needs)
        assert (prepared.info.mime, prepared.info.has_alpha) == (PNG, True)
        with Image.open(target) as image:
            alpha = image.convert("RGBA").getchannel("A")
        assert [alpha.getpixel((alpha.width * x // 8, 9)) for x in (1, 7)] == [0, 255]
    await pictures.mask(source, target, width=96, height=64, limit_bytes=100_000)
    with Image.open(target) as image:
        alpha = image.getchannel("A")
    assert [alpha.getpixel((x, 9)) for x in (9, 80)] == [0, 255]
