"""Prices of pictures and limits of money, as the operator writes them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.catalog import CatalogProvider, load_catalog
from bot.config import ConfigurationError, load
from bot.domain.catalog import Cost, Operation, TokenPrices
from bot.domain.errors import SetupError
from bot.domain.quotas.quota import Limit
from bot.domain.quotas.windows import Window
from tests.cases import every_case
from tests.cli.console import Easel, run_easel

MODEL = "doubao-seedream-4-5-251128"
KEYS: dict[str, CatalogProvider] = {"routescope": CatalogProvider(kind="routescope")}


def cost(**prices: Any) -> Cost:
    """Return what the model costs when the operator names these prices."""
    catalog = load_catalog({MODEL: {"generate": {"cost": prices}}}, KEYS)
    return catalog.of(MODEL, Operation.GENERATE)[0].cost


@pytest.mark.parametrize(
    ("written", "micro"),
    [
        (0.04, 40_000),
        (0.1, 100_000),
        ("0.04", 40_000),
        (3, 3_000_000),
        (0.000001, 1),
        (0, 0),
        (1000, 1_000_000_000),
    ],
)
def test_a_price_is_read_to_the_millionth(written: object, micro: int) -> None:
    assert cost(price=written).price_micro == micro


@every_case(
    "written",
    [-0.01, 0.0000001, 1000.5, True, "4 cents", "", [], float("nan"), float("inf"), "1e999999999"],
)
def test_what_is_no_price_is_refused(written: object) -> None:
    with pytest.raises(SetupError) as raised:
        cost(price=written)
    assert "cost.price: write a price as a number with at most six decimals" in str(raised.value)


def test_the_largest_of_size_and_quality_is_paid() -> None:
    prices = {"price": 0.04, "large_price": 0.08, "price_by_quality": {"high": 0.17, "low": 0.01}}
    one = cost(**prices, above_pixels=10)
    assert [one.price_of(p, q) for p, q in ((10, None), (11, None), (11, "high"), (1, "low"))] == [
        40_000,
        80_000,
        170_000,
        40_000,
    ]


def test_shipped_models_have_no_price_for_nobody_knows_it() -> None:
    assert not any(offer.cost.price_of(10**9, "high") for offer in load_catalog({}, KEYS).offers)


# --- the configuration ----------------------------------------------------------------------


def configured(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return load(file, {})


def test_as_shipped_it_is_closed_outside_servers_and_counts_no_money() -> None:
    configuration = load(None, {})
    assert not configuration.access.direct
    assert configuration.quota.personal == (Limit(3, Window.DAY),)
    assert (configuration.quota.spend, configuration.quota.currency) == ((), "USD")


def test_limits_of_money_are_read(tmp_path: Path) -> None:
    quota = configured(tmp_path, '[quota]\nspend = "20.50/day, 299/month"\ncurrency = "EUR"').quota
    assert quota.spend == (Limit(20_500_000, Window.DAY), Limit(299_000_000, Window.MONTH))
    assert quota.currency == "EUR"
    assert configured(tmp_path, '[quota]\nspend = "none"').quota.spend == ()


def test_the_environment_can_set_them() -> None:
    environment = {"EASEL_ACCESS__DIRECT": "true", "EASEL_QUOTA__SPEND": ".5/hour"}
    configuration = load(None, environment | {"EASEL_QUOTA__PERSONAL": "none"})
    assert configuration.access.direct
    assert configuration.quota.spend == (Limit(500_000, Window.HOUR),)
    assert configuration.quota.personal == ()


@pytest.mark.parametrize(
    "line",
    [
        "spend = 20",
        'spend = "20"',
        'spend = "-1/day"',
        'spend = "1,5/day"',
        'spend = "1.2.3/day"',
        'spend = "./day"',
        'spend = "0.0000001/day"',
        'spend = "20/fortnight"',
        'spend = "1/day, 2/day"',
        'spend = ""',
        'spend = "9999999999/day"',
        'spend = "２/day"',
        'personal = "3"',
        'currency = ""',
        'currency = "United States dollars"',
        "currency = 5",
    ],
)
def test_a_slip_is_named_with_its_place(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        configured(tmp_path, f"[quota]\n{line}")
    assert f"quota.{line.partition(' ')[0]}: " in str(raised.value)


# --- the command line -----------------------------------------------------------------------


def test_the_catalog_as_json_has_the_prices(easel: Easel, tmp_path: Path) -> None:
    file = tmp_path / "priced.toml"
    file.write_text(f'[models.custom."{MODEL}"]\ngenerate.cost.price = 0.04\n')
    offers = easel("models", "--json", "--config", str(file)).json
    prices = {(o["model"], o["operation"]): o["credits"]["price_micro"] for o in offers}
    assert prices[MODEL, "generate"] == 40_000
    assert prices[MODEL, "edit"] == 0


@pytest.mark.parametrize(
    ("priced", "told"),
    [
        ("label = 'x'", f"quota.spend does not count {MODEL}: set their price"),
        ("generate.cost.price = 1\nedit.cost.price = 1\nlabel = 'x'", "has a price"),
    ],
)
async def test_the_check_sees_models_that_a_limit_of_money_would_miss(
    easel: Easel, tmp_path: Path, priced: str, told: str
) -> None:
    file = tmp_path / "config.toml"
    others = {o.model_id for o in load_catalog({}, KEYS).offers} - {MODEL}
    off = [f'[models.custom."{one}"]\n{_off(one)}' for one in sorted(others)]
    file.write_text(
        "\n".join(
            [
                '[discord]\napi_base = "http://127.0.0.1:1"\n[quota]\nspend = "1/day"',
                '[providers.routescope]\nbase_url = "http://127.0.0.1:1"\napi_key = "k"',
                *off,
                f'[models.custom."{MODEL}"]\n{priced}',
            ]
        )
    )
    ended = await asyncio.to_thread(run_easel, "check", "--config", str(file))
    assert told in ended.out.replace("\n", " ")


def _off(model_id: str) -> str:
    offers = load_catalog({}, KEYS).of(model_id)
    return "\n".join(f"{offer.operation.value}.enabled = false" for offer in offers)


def test_prices_of_tokens_are_read_to_the_millionth() -> None:
    tokens = cost(token_prices={"text": 5, "image": "8.25", "output": 30}).token_prices
    assert tokens == TokenPrices(
        text_micro=5_000_000, image_micro=8_250_000, output_micro=30_000_000
    )


def test_prices_of_tokens_are_entered_all_three() -> None:
    with pytest.raises(SetupError, match=r"cost\.token_prices\.image"):
        cost(token_prices={"text": 5, "output": 30})
