"""Honest pictures, broken at random: the same damage for the same number."""

from __future__ import annotations

import random
from pathlib import Path

from bot.domain.errors import PictureError, PictureProblem
from bot.pictures.pool import Pictures
from tests.pictures.samples import SEEDREAM, all_formats

EXPECTED = (
    PictureProblem.NOT_A_PICTURE,
    PictureProblem.BROKEN,
    PictureProblem.TOO_MANY_PIXELS,
    PictureProblem.MEMORY,
)
_ORIGINALS = list(all_formats().values())


def broken(number: int) -> bytes:
    """Damage one of the originals: bits, bytes, numbers, pieces cut out, doubled or swapped in."""
    chance = random.Random(number)
    data = bytearray(_ORIGINALS[number % len(_ORIGINALS)])
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        # Half of the damage goes where headers and tables are.
        at = chance.randrange(min(len(data), 200) if chance.random() < 0.5 else len(data))
        length = chance.randrange(1, 40)
        match chance.randrange(6):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
            case 2:
                data[at : at + 4] = chance.choice((b"\0\0\0\0", b"\xff" * 4, b"\x7f\xff\xff\xff"))
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case _:
                other = chance.choice(_ORIGINALS)
                data[at : at + length] = other[at : at + length]
        if not data:
            break
    return bytes(data)


async def survives(pictures: Pictures, number: int, folder: Path) -> PictureProblem | None:
    """Read, prepare and fit one broken picture; return why it was refused, or None."""
    source, target = folder / f"broken-{number}", folder / f"result-{number}"
    source.write_bytes(broken(number))
    try:
        await pictures.inspect(source)
        prepared = await pictures.prepare(source, target, SEEDREAM)
        # What was written must be a picture itself, and the one that was described.
        assert await pictures.inspect(target) == prepared.info, f"number {number}"
        fitted = await pictures.fit(source, target, limit_bytes=1_000_000)
        assert await pictures.inspect(target) == fitted, f"number {number}"
    except PictureError as error:
        if error.problem in EXPECTED:
            return error.problem
        raise AssertionError(f"number {number}") from error
    return None
