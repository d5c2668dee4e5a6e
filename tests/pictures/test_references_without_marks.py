"""References travel without marks of their origin, and nothing broken travels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.file_types import JPEG, PNG, WEBP
from bot.domain.provenance import Marks
from bot.pictures.marks.reader import marks_of
from bot.pictures.pool import Pictures
from tests.pictures.samples import SEEDREAM, encoded, noise
from tests.pictures.signed import FIELD, broken, signed, with_text, xmp

TYPES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}


def described(mime: str) -> bytes:
    data = encoded(noise(64, 64), TYPES[mime], xmp=xmp(field=FIELD))
    if mime == PNG:
        data = with_text(data, b"XML:com.adobe.xmp", xmp(field=FIELD))
        data = with_text(data, b"AIGC", json.dumps(FIELD).encode())
    return data


@pytest.mark.parametrize("mime", TYPES)
async def test_marks_are_gone_from_what_travels(
    mime: str, pictures: Pictures, saved: Callable[[bytes], Path], tmp_path: Path
) -> None:
    target = tmp_path / "prepared"
    whole = signed(described(mime), mime)
    for data in (described(mime), whole, broken(whole)):
        assert marks_of(data).present
        await pictures.prepare(saved(data), target, SEEDREAM)
        sent = target.read_bytes()
        assert marks_of(sent) == Marks()
        for trace in (b"c2pa", b"jumb", b"AIGC", b"DigitalSourceType"):
            assert trace not in sent, trace
        await pictures.shrink(target, target, longest_edge=32)
        assert marks_of(target.read_bytes()) == Marks()
