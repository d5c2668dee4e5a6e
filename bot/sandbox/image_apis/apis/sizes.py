"""Output sizes: reading `WIDTHxHEIGHT`, judging it by a rule, and what a keyword turns into."""

import math
import re

from bot.sandbox.image_apis.apis.checked_request import Size
from bot.sandbox.image_apis.apis.limits import SEEDEDIT_EDGES, SizeRule
from bot.sandbox.image_apis.apis.refusal import invalid

_PIXEL_SIZE = re.compile(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})")

_SQUARE, _WIDE, _TALL = 0, 1, 2
# The presets of 2.2 for 1:1, 16:9 and 9:16; 1.5K belongs to the pro tier.
_TIERS: dict[str, tuple[Size, Size, Size]] = {
    "1K": ((1024, 1024), (1280, 720), (720, 1280)),
    "1.5K": ((1536, 1536), (2048, 1152), (1152, 2048)),
    "2K": ((2048, 2048), (2848, 1600), (1600, 2848)),
    "3K": ((3072, 3072), (4096, 2304), (2304, 4096)),
    "4K": ((4096, 4096), (5504, 3040), (3040, 5504)),
    "auto": ((1024, 1024), (1024, 1024), (1024, 1024)),
}
_WIDE_WORDS = re.compile(r"\b(wide|panorama|landscape|banner)\b", re.IGNORECASE)
_TALL_WORDS = re.compile(r"\b(tall|portrait|poster)\b", re.IGNORECASE)


def chosen_size(text: str, rule: SizeRule, prompt: str) -> Size:
    """Turn the `size` field into pixels, as the model would.

    A keyword leaves the ratio to the model, which reads it from the prompt's words.
    Raises Refusal for what the rule forbids.
    """
    if text in rule.keywords:
        square, wide, tall = _TIERS[text]
        if _WIDE_WORDS.search(prompt):
            return wide
        return tall if _TALL_WORDS.search(prompt) else square
    size = pixel_size(text)
    if size is None:
        forms = ", ".join((*rule.keywords, "WIDTHxHEIGHT"))
        raise invalid("size", f"size must be one of {forms}")
    judge_size(size, rule, "size")
    return size


def pixel_size(text: str) -> Size | None:
    """Read `WIDTHxHEIGHT`; None for anything else."""
    found = _PIXEL_SIZE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def judge_size(size: Size, rule: SizeRule, param: str) -> None:
    """Refuse a pixel size outside the rule; pixels first, as the vendor does."""
    width, height = size
    if rule.sizes and size not in rule.sizes:
        known = ", ".join(f"{wide}x{high}" for wide, high in rule.sizes)
        raise invalid(param, f"size must be one of {known}")
    pixels = width * height
    if pixels < rule.min_pixels:
        raise invalid(param, f"image size must be at least {rule.min_pixels} pixels")
    if pixels > rule.max_pixels:
        raise invalid(param, f"image size must be at most {rule.max_pixels} pixels")
    if max(size) > rule.max_ratio * min(size):
        most = rule.max_ratio
        raise invalid(param, f"the ratio of the image size must be between 1/{most} and {most}")
    if min(size) < rule.min_edge:
        raise invalid(param, f"each edge of the image size must be at least {rule.min_edge} px")
    if rule.max_edge is not None and max(size) > rule.max_edge:
        raise invalid(param, f"each edge of the image size must be at most {rule.max_edge} px")
    if width % rule.multiple_of or height % rule.multiple_of:
        raise invalid(param, f"image size must be divisible by {rule.multiple_of}")


def adaptive_size(reference: Size | None) -> Size:
    """Give SeedEdit's output: about a megapixel, edges 512-1536, in the input's ratio (6)."""
    if reference is None:
        return 1024, 1024
    shortest, longest = SEEDEDIT_EDGES
    ratio = reference[0] / reference[1]

    def clamp(edge: float) -> int:
        return min(longest, max(shortest, round(edge)))

    if ratio >= 1:
        width = clamp(math.sqrt(1024 * 1024 * ratio))
        return width, clamp(width / ratio)
    height = clamp(math.sqrt(1024 * 1024 / ratio))
    return clamp(height * ratio), height
