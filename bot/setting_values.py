"""How single values are written, in the configuration and in the catalog."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, SecretStr, TypeAdapter
from pydantic_core import PydanticCustomError
from yarl import URL

from bot.domain.catalog import PixelSize
from bot.domain.file_types import EXTENSIONS
from bot.domain.quotas.quota import MICRO, Allowance, parse_allowance, parse_spending
from bot.ui.messages.operator import configuration

# A picture that costs more is a slip of the finger.
_HIGHEST_PRICE = 1_000 * MICRO


def _fraction(value: object) -> Fraction:
    if isinstance(value, int | Fraction):
        return Fraction(value)
    try:
        return Fraction(value if isinstance(value, str) else "")
    except (ValueError, ZeroDivisionError):
        raise ValueError(str(configuration.RATIO)) from None


def _size(value: object) -> PixelSize:
    if isinstance(value, PixelSize):
        return value
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


# --- the configuration ----------------------------------------------------------------------


def _allowance(value: object) -> object:
    return value if isinstance(value, tuple) else parse_allowance(str(value))


_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#\s]*)?")


def bucket_url(value: str) -> str:
    """Take the address of a bucket, or of what lies below a prefix in it; raises ValueError."""
    if value and not _BUCKET.fullmatch(value):
        raise ValueError(str(configuration.BUCKET))
    return value.rstrip("/")


def http_url(value: str) -> str:
    """Take an address of the web, without a slash at its end; raises ValueError."""
    TypeAdapter(AnyHttpUrl).validate_python(value)
    return value.rstrip("/")


def is_websocket(value: str) -> bool:
    """Whether a text is the address of a websocket."""
    try:
        return URL(value).scheme in ("ws", "wss")
    except ValueError:
        return False


def _spending(value: object) -> object:
    return value if isinstance(value, tuple) else parse_spending(str(value))


def _in_one_piece(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError(str(configuration.IN_ONE_PIECE))
    return value


def _origin(value: str) -> str:
    """Read scheme, host and port, which is what trust is given to."""
    try:
        url = URL(value.strip())
        origin = str(url.origin())
    except ValueError:
        raise ValueError(str(configuration.ORIGIN)) from None
    further = url.query_string or url.fragment or url.raw_user or url.raw_path not in ("", "/")
    if url.scheme not in ("http", "https") or not url.host or further:
        raise ValueError(str(configuration.ORIGIN))
    return origin


# What the connection needs, and the key's own header.
_OWN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "if-range",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _headers(value: dict[str, SecretStr]) -> dict[str, SecretStr]:
    """Take further headers; raises ValueError for what would break a request."""
    names = [name.lower() for name in value]
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name) or names.count(name.lower()) > 1:
            raise ValueError(configuration.header_name(name))
        if name.lower() in _OWN_HEADERS:
            raise ValueError(configuration.header_taken(name))
        said = text.get_secret_value()
        if not said.strip() or not said.isascii() or not said.isprintable():
            raise ValueError(configuration.header_value(name))
    return value


Limits = Annotated[Allowance, BeforeValidator(_allowance)]
Spending = Annotated[Allowance, BeforeValidator(_spending)]
# Tokens and keys travel in headers.
Secret = Annotated[SecretStr, AfterValidator(_in_one_piece)]
Origin = Annotated[str, AfterValidator(_origin)]
Headers = Annotated[dict[str, SecretStr], AfterValidator(_headers)]
# Discord's ids, as wide as the database's numbers.
Id = Annotated[int, Field(ge=1, lt=2**63)]
