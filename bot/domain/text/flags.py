"""The flags that people type into prompts: Easel's own, and Midjourney's, which many know."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A flag with a value: the draft's field, how the value looks and how it is read."""

    field: str
    pattern: str
    read: Callable[[str], Value]


def _aspect(text: str) -> str:
    return re.sub("[/x]", ":", text.lower())


def _size(text: str) -> str:
    text = text.lower().replace("*", "x")
    return text.upper() if text.endswith("k") else text


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _format(text: str) -> str:
    return "jpeg" if text.lower() == "jpg" else text.lower()


_WHOLE = r"[+-]?\d{1,12}"
NAME = r"[a-z]+"
# A name with its version may have blanks in it: Seedream 4.5, Seedream 5.0 lite, GPT Image 2.
MODEL = r'"[^"]+"|[a-z]\w*[ ]image[ ]\d+|[a-z]\w*[ ]\d+\.\d+(?:[ ](?:lite|pro))?|[\w.-]*\w'
# A name with blanks in it stands in quotation marks.
STYLE = r'"[^"]+"|[\w.-]*\w'

VALUED = {
    "style": Flag(field="style", pattern=STYLE, read=lambda text: text.strip('"')),
    "ar": Flag(field="aspect", pattern=r"auto|\d{1,3}[:/x]\d{1,3}", read=_aspect),
    "n": Flag(field="count", pattern=_WHOLE, read=int),
    "size": Flag(field="size", pattern=r"\d{1,2}k|\d{1,6}[x*]\d{1,6}|auto|adaptive", read=_size),
    "seed": Flag(field="seed", pattern=_WHOLE, read=int),
    "model": Flag(field="model", pattern=MODEL, read=lambda text: text.strip('"')),
    "guidance": Flag(field="guidance", pattern=r"\d{1,3}(?:[.,]\d{1,4})?", read=_number),
    "quality": Flag(field="quality", pattern=NAME, read=str.lower),
    "background": Flag(field="background", pattern=NAME, read=str.lower),
    "format": Flag(field="format", pattern=NAME, read=_format),
    "compression": Flag(field="compression", pattern=_WHOLE, read=int),
}
VALUED["aspect"] = VALUED["ar"]
VALUED["count"] = VALUED["n"]
BARE: Mapping[str, tuple[str, bool]] = {
    "related": ("related", True),
    "separate": ("related", False),
    "watermark": ("watermark", True),
    "no-watermark": ("watermark", False),
    "spoiler": ("spoiler", True),
    "private": ("private", True),
}
FLAGS = (*VALUED, *BARE)

_DECIMAL = r"\d{1,4}(?:[.,]\d{1,3})?|[.,]\d{1,3}"
# A style, a code or the address of a picture: a word of prose is none of them.
_CODE = r"https?://\S+|raw|random|[\w:.]*\d[\w:.]*"
# Midjourney's own, with how a value of theirs looks: they mean nothing to other models. Its quality
# is a number.
MIDJOURNEY: Mapping[str, str] = {
    **dict.fromkeys(("v", "version", "niji", "s", "stylize", "q", "stop", "r", "repeat"), _DECIMAL),
    **dict.fromkeys(("c", "chaos", "w", "weird", "iw", "sw", "cw", "ow", "exp"), _DECIMAL),
    # Midjourney's raw style and its codes of pictures; any other name is one of our own styles.
    "style": r"https?://\S+|raw|random",
    **dict.fromkeys(("sref", "cref", "oref", "sv", "p", "profile"), _CODE),
    "quality": _DECIMAL,
    **dict.fromkeys(("raw", "tile", "fast", "relax", "turbo", "draft", "hd", "video"), ""),
}
# What follows this one are words that still tell a model something.
MIDJOURNEY_WORDS = "no"
