"""Flat landscapes: sky, sun, hills, water and a landmark, drawn at any pixel size.

Knows shapes and colours only; what was asked for arrives as words and a random generator.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

_NIGHT = re.compile(r"\b(night|moon|midnight|stars?|neon)\b", re.IGNORECASE)
_SNOW = re.compile(r"\b(snow\w*|winter|ice|icy)\b", re.IGNORECASE)
_WATER = re.compile(r"\b(sea|lighthouse|lake|ocean|boat|ship|harbou?r|island|beach)\b", re.I)
_LANDMARKS = (
    ("lighthouse", re.compile(r"\b(lighthouse|tower|cliff|coast)\b", re.IGNORECASE)),
    ("boat", re.compile(r"\b(boat|ship|sail\w*|sea|harbou?r)\b", re.IGNORECASE)),
    ("house", re.compile(r"\b(house|cottage|home|village|castle)\b", re.IGNORECASE)),
    ("trees", re.compile(r"\b(trees?|forest|woods?|birch|pines?)\b", re.IGNORECASE)),
)
# Sky above, sky at the horizon, sun, farthest hill, nearest hill.
_PALETTES: tuple[tuple[Colour, ...], ...] = (
    ((58, 76, 128), (248, 177, 122), (255, 226, 164), (150, 108, 128), (46, 40, 66)),
    ((92, 164, 202), (226, 240, 226), (255, 244, 196), (142, 184, 160), (38, 86, 78)),
    ((238, 129, 103), (253, 219, 165), (255, 246, 214), (196, 112, 106), (70, 44, 70)),
    ((52, 108, 132), (190, 222, 206), (252, 232, 170), (104, 156, 148), (22, 62, 72)),
    ((150, 130, 190), (250, 206, 206), (255, 240, 220), (160, 128, 168), (62, 46, 92)),
    ((244, 190, 108), (254, 240, 200), (255, 252, 234), (206, 160, 96), (92, 66, 50)),
)
_NIGHT_PALETTE = ((12, 16, 44), (52, 66, 118), (238, 240, 222), (44, 56, 98), (10, 14, 32))
_SNOWY_HILLS = ((176, 196, 220), (240, 246, 252))
_LIT_WINDOW = (255, 214, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What the prompt's words call for."""

    night: bool
    snow: bool
    water: bool
    landmark: str

    @classmethod
    def of(cls, prompt: str, random: Random) -> "Mood":
        """Read the prompt; what it leaves open is drawn by lot."""
        named = [name for name, words in _LANDMARKS if words.search(prompt)]
        return cls(
            night=bool(_NIGHT.search(prompt)),
            snow=bool(_SNOW.search(prompt)),
            water=bool(_WATER.search(prompt)) or random.random() < 0.3,
            landmark=named[0] if named else random.choice([name for name, _ in _LANDMARKS]),
        )


def between(start: Colour, end: Colour, share: float) -> Colour:
    """Mix two colours; 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def landscape(size: tuple[int, int], mood: Mood, random: Random, *, sky: bool) -> Image.Image:
    """Draw a landscape in RGB, or in RGBA with a clear sky where `sky` is false."""
    above, horizon, sun, far, near = _NIGHT_PALETTE if mood.night else random.choice(_PALETTES)
    if mood.snow:
        far, near = (between(far, snowy, 0.75) for snowy in _SNOWY_HILLS)
    height = size[1]
    if sky:
        column = Image.new("RGB", (1, 128))
        column.putdata([between(above, horizon, row / 96) for row in range(128)])
        canvas = column.resize(size, Image.Resampling.BILINEAR)
    else:
        canvas = Image.new("RGBA", size)
    pen = ImageDraw.Draw(canvas)
    if sky:
        if mood.night:
            stars(pen, size, random)
        _sun(pen, size, sun, between(above, horizon, 0.6), random)
    unit = min(size)
    level = height * 0.72
    layers = random.randint(3, 4)
    for layer in range(layers):
        share = layer / (layers - 1)
        nearest = layer == layers - 1
        if nearest and mood.water:
            _water(pen, size, level, between(above, horizon, 0.25), sun, random)
            if mood.landmark in ("boat", "lighthouse"):
                break  # these stand in the water, the others need ground in front of it
        swing = unit * (0.05 if nearest else 0.16 - 0.06 * share)
        _hill(pen, size, height * (0.5 + 0.25 * share), swing, between(far, near, share), random)
    _landmark(pen, size, mood, near, sun, random)
    if mood.snow:
        flakes(pen, size, random)
    return canvas


def stars(pen: ImageDraw.ImageDraw, size: tuple[int, int], random: Random) -> None:
    """Sprinkle stars over the upper half."""
    width, height = size
    for _ in range(70):
        radius = min(size) * random.uniform(0.0008, 0.0025)
        _disc(pen, random.uniform(0, width), random.uniform(0, height * 0.5), radius, (240,) * 3)


def flakes(pen: ImageDraw.ImageDraw, size: tuple[int, int], random: Random) -> None:
    """Let it snow."""
    width, height = size
    for _ in range(90):
        radius = min(size) * random.uniform(0.002, 0.006)
        _disc(pen, random.uniform(0, width), random.uniform(0, height), radius, (250, 252, 255))


def moon(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    """Hang a moon in the upper right corner."""
    _disc(pen, size[0] * 0.8, size[1] * 0.18, min(size) * 0.07, _NIGHT_PALETTE[2])


def _disc(
    pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Sequence[int]
) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tuple(colour))


def _sun(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], sun: Colour, haze: Colour, random: Random
) -> None:
    x, y = size[0] * random.uniform(0.2, 0.8), size[1] * random.uniform(0.16, 0.4)
    radius = min(size) * random.uniform(0.07, 0.11)
    for wake in (1.9, 1.45, 1.0):
        _disc(pen, x, y, radius * wake, between(sun, haze, (wake - 1) * 0.9))


def _hill(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    base: float,
    swing: float,
    colour: Colour,
    random: Random,
) -> None:
    width, height = size
    waves = [
        (random.uniform(0.5, 1.6), random.uniform(0, math.tau), 1.0),
        (random.uniform(2.0, 4.5), random.uniform(0, math.tau), 0.35),
    ]
    ridge = [
        (
            width * step / 96,
            base
            - swing
            * sum(
                part * math.sin(turns * math.tau * step / 96 + phase)
                for turns, phase, part in waves
            ),
        )
        for step in range(97)
    ]
    pen.polygon([(0, height), *ridge, (width, height)], fill=colour)


def _water(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    level: float,
    colour: Colour,
    light: Colour,
    random: Random,
) -> None:
    width, height = size
    pen.rectangle((0, level, width, height), fill=colour)
    for _ in range(18):
        x, y = random.uniform(0, width), random.uniform(level, height)
        length, thick = width * random.uniform(0.02, 0.08), max(1.0, height * 0.003)
        pen.rectangle((x, y, x + length, y + thick), fill=between(colour, light, 0.4))


def _landmark(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    mood: Mood,
    near: Colour,
    sun: Colour,
    random: Random,
) -> None:
    width, height = size
    unit = min(size) * 0.1
    x = width * random.choice((0.28, 0.36, 0.64, 0.72))
    foot = height * 0.8
    window = _LIT_WINDOW if mood.night else between(sun, (255, 255, 255), 0.3)
    ink = between(near, (0, 0, 0), 0.35)

    def shape(colour: Colour, *points: tuple[float, float]) -> None:
        pen.polygon([(x + px * unit, foot - py * unit) for px, py in points], fill=colour)

    if mood.landmark == "lighthouse":
        shape(ink, (-2.2, -0.6), (-1.4, 0.5), (0.9, 0.7), (2.4, -0.6))
        for band in range(4):
            low, high = 0.5 + band * 0.75, 1.25 + band * 0.75
            wide, slim = 0.55 - band * 0.06, 0.49 - band * 0.06
            colour = (206, 70, 62) if band % 2 else (244, 240, 230)
            shape(colour, (-wide, low), (wide, low), (slim, high), (-slim, high))
        shape(ink, (-0.45, 3.5), (0.45, 3.5), (0.45, 3.65), (-0.45, 3.65))
        shape(_LIT_WINDOW, (-0.25, 3.65), (0.25, 3.65), (0.25, 4.05), (-0.25, 4.05))
        shape((206, 70, 62), (-0.4, 4.05), (0.4, 4.05), (0, 4.5))
    elif mood.landmark == "boat":
        shape(ink, (-1.2, 0.3), (1.3, 0.3), (0.9, -0.2), (-0.9, -0.2))
        shape((246, 242, 232), (0.05, 0.4), (0.05, 2.4), (1.2, 0.5))
        shape((214, 92, 74), (-0.05, 0.4), (-0.05, 2.1), (-0.9, 0.5))
    elif mood.landmark == "house":
        shape(between(near, (236, 220, 196), 0.8), (-1, -0.4), (1, -0.4), (1, 1), (-1, 1))
        shape((150, 66, 58), (-1.25, 1), (1.25, 1), (0.6, 1.9), (-0.6, 1.9))
        for left in (-0.7, 0.2):
            shape(window, (left, 0.2), (left + 0.5, 0.2), (left + 0.5, 0.7), (left, 0.7))
    else:
        for offset in (-1.4, -0.2, 1.2):
            tall = random.uniform(1.8, 2.8)
            green = between(ink, (60, 120, 90), random.uniform(0.2, 0.6))
            for step in range(3):
                low, wide = 0.1 + tall * step / 4, 0.7 - step * 0.17
                shape(green, (offset - wide, low), (offset + wide, low), (offset, low + tall / 2))
