"""What a call really cost, read from the `usage` of its reply. No I/O.

See docs/spec/image-apis.md section 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from bot.domain.catalog import TokenPrices
from bot.domain.quotas.quota import MICRO
from bot.providers.replies.reply_pictures import mapping_or_none

# xAI counts in these: 10^10 are one US dollar.
_TICKS_FIELD = "cost_in_usd_ticks"
_TICKS = Decimal(10) ** 10
# What a single call says beyond this is in another unit than the one documented.
_HIGHEST_USD = Decimal(10_000)


def charged_micro(
    usage: Mapping[str, object] | None,
    *,
    usd_field: str | None = None,
    usd_rate: Decimal | None = None,
    token_prices: TokenPrices | None = None,
) -> int | None:
    """Return what was charged, in micro-units of the operator's currency; None: it is not said.

    `usd_field` is the field of `usage` that the API documents as US dollars, `usd_rate` how much
    of the operator's currency one of them is. A service's own sum comes before tokens.
    """
    if not usage:
        return None
    usd = _usd(usage, usd_field)
    if usd is not None and usd_rate is not None:
        return int((usd * usd_rate * MICRO).to_integral_value(ROUND_HALF_UP))
    return _by_tokens(usage, token_prices) if token_prices else None


def _usd(usage: Mapping[str, object], field: str | None) -> Decimal | None:
    ticks = _amount(usage.get(_TICKS_FIELD))
    if ticks is not None:
        usd = ticks / _TICKS
    elif field is not None and (said := _amount(usage.get(field))) is not None:
        usd = said + _own_account(usage)
    else:
        return None
    return usd if usd <= _HIGHEST_USD else None


def _own_account(usage: Mapping[str, object]) -> Decimal:
    """Return what OpenRouter had charged to the operator's own account of the vendor (BYOK)."""
    if usage.get("is_byok") is not True:
        return Decimal(0)
    details = mapping_or_none(usage.get("cost_details")) or {}
    return _amount(details.get("upstream_inference_cost")) or Decimal(0)


def _by_tokens(usage: Mapping[str, object], prices: TokenPrices) -> int | None:
    output = _count(usage.get("output_tokens"))
    details = mapping_or_none(usage.get("input_tokens_details")) or {}
    text, images = _count(details.get("text_tokens")), _count(details.get("image_tokens"))
    if output is None or text is None or images is None:
        return None
    return prices.of(text, images, output)


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        # As it was written: 0.1 is a tenth.
        amount = Decimal(str(value))
    except ArithmeticError:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value
