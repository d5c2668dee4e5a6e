"""How single values of the catalog are written: ratios, sizes, formats, prices."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from bot.domain.catalog import PixelSize
from bot.domain.file_types import EXTENSIONS
from bot.domain.quotas.quota import MICRO
from bot.ui.messages.operator import configuration

# A picture that costs more is a slip of the finger.
_HIGHEST_PRICE = 1_000 * MICRO


def _fraction(value: object) -> Fraction:
    if isinstance(value, int):
        return Fraction(value)
    try:
        return Fraction(value if isinstance(value, str) else "")
    except (ValueError, ZeroDivisionError):
        raise ValueError(str(configuration.RATIO)) from None


def _size(value: object) -> PixelSize:
    size = PixelSize.parse(value) if isinstance(value, str) else None
    if size is None:
        raise ValueError(str(configuration.SIZE))
    return size


def _mime(value: object) -> str:
    mime = f"image/{str(value).removeprefix('image/')}"
    if mime not in EXTENSIONS:
        # As pydantic says it of a Literal, which cannot be made of a table.
        known = ", ".join(f"'{one}'" for one in EXTENSIONS)
        raise PydanticCustomError(
            "literal_error", "Input should be {expected}", {"expected": known}
        )
    return mime


def _price(value: object) -> int:
    """Read an amount of money, `0.04`, as micro-units."""
    readable = isinstance(value, str | int | float) and not isinstance(value, bool)
    try:
        micro = Decimal(str(value) if readable else "") * MICRO
        if micro == micro.to_integral_value() and 0 <= micro <= _HIGHEST_PRICE:
            return int(micro)
    except ArithmeticError:
        pass
    raise ValueError(str(configuration.PRICE))


Ratio = Annotated[Fraction, BeforeValidator(_fraction)]
Size = Annotated[PixelSize, BeforeValidator(_size)]
Price = Annotated[int, BeforeValidator(_price)]
Format = Annotated[str, BeforeValidator(_mime)]
