"""What a call cost, as replies tell it."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

from aiohttp import web

from bot.domain.catalog import TokenPrices
from bot.domain.requests.request import ImageRequest
from bot.providers.replies.charged import charged_micro
from bot.providers.service import HttpImageService
from bot.services.ports import CallRequest
from tests.cases import every_case
from tests.providers.servers import PNG, make_request, site

TOKENS = TokenPrices(text_micro=5_000_000, image_micro=8_000_000, output_micro=30_000_000)
COUNTED = {
    "input_tokens": 603,
    "input_tokens_details": {"text_tokens": 13, "image_tokens": 590},
    "output_tokens": 1056,
    "total_tokens": 1659,
}

VENDOR = {"upstream_inference_cost": 0.04}


@every_case(
    ("usage", "micro"),
    [
        ({"cost": 0.04}, 40_000),
        ({"cost": 0.0000005}, 1),
        ({"cost": 0.00000049}, 0),
        ({"cost": "0.1"}, 100_000),
        ({"cost": 1.1}, 1_100_000),
        ({"cost": 3}, 3_000_000),
        ({"cost": 0}, 0),
        ({"cost_in_usd_ticks": 200_000_000}, 20_000),
        ({"cost_in_usd_ticks": 15_000}, 2),
        ({"cost": 0.002, "is_byok": True, "cost_details": VENDOR}, 42_000),
        ({"cost": 0.04, "is_byok": False, "cost_details": VENDOR}, 40_000),
        ({"cost": 0.002, "is_byok": True, "cost_details": None}, 2_000),
    ],
)
def test_dollars_become_micro_units(usage: dict[str, object], micro: int) -> None:
    assert charged_micro(usage, usd_field="cost", usd_rate=Decimal(1)) == micro


@every_case(
    "usage",
    [
        None,
        {},
        {"cost": None},
        {"cost": True},
        {"cost": -1},
        {"cost": "free"},
        {"cost": float("nan")},
        {"cost": float("inf")},
        {"cost": [1]},
        {"cost": 1_000_000},
        COUNTED,
    ],
)
def test_what_is_no_sum_of_dollars_is_none(usage: dict[str, object] | None) -> None:
    assert charged_micro(usage, usd_field="cost", usd_rate=Decimal(1)) is None


def test_a_cost_that_no_document_calls_dollars_is_not_believed() -> None:
    assert charged_micro({"cost": 0.04}, usd_rate=Decimal(1)) is None


def test_dollars_are_converted_and_not_used_without_a_rate() -> None:
    usage = {"cost": 0.04}
    assert charged_micro(usage, usd_field="cost", usd_rate=Decimal("7.1")) == 284_000
    assert charged_micro(usage, usd_field="cost", usd_rate=None) is None


def test_tokens_cost_what_the_operator_entered() -> None:
    # 13 * 5 + 590 * 8 + 1056 * 30 micro-units
    assert charged_micro(COUNTED, token_prices=TOKENS) == 36_465
    assert charged_micro(COUNTED, usd_rate=Decimal(1)) is None


def test_a_sum_of_the_service_comes_before_tokens() -> None:
    usage = {**COUNTED, "cost": 0.04}
    assert (
        charged_micro(usage, usd_field="cost", usd_rate=Decimal(1), token_prices=TOKENS) == 40_000
    )


@every_case("missing", ["output_tokens", "input_tokens_details"])
def test_tokens_that_are_counted_in_part_are_not_priced(missing: str) -> None:
    usage = {name: value for name, value in COUNTED.items() if name != missing}
    assert charged_micro(usage, token_prices=TOKENS) is None


def test_half_a_micro_unit_is_rounded_up() -> None:
    prices = TokenPrices(text_micro=500_000, image_micro=0, output_micro=0)
    assert [prices.of(text, 0, 0) for text in (0, 1, 2, 3)] == [0, 1, 1, 2]


def test_a_stored_request_keeps_the_token_prices_of_its_acceptance() -> None:
    request = make_request(token_prices=TOKENS)
    assert ImageRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request
    assert "token_prices" not in make_request().to_dict()


async def test_the_reply_of_a_call_says_what_it_cost(
    call_request: Callable[..., CallRequest], connect: Callable[..., HttpImageService]
) -> None:
    async def answer(_: web.Request) -> web.Response:
        data = [{"url": f"data:image/png;base64,{PNG.hex()}"}]
        return web.json_response({"created": 1, "data": data, "usage": COUNTED})

    async def sent() -> None: ...

    async with site(answer) as server:
        service = connect(server.url)
        order = call_request(request=make_request(token_prices=TOKENS))
        assert (await service.attempt(order, sent)).cost_micro == 36_465
        # After a restart, from the spool.
        again = await service.read(order)
        assert again is not None
        assert again.cost_micro == 36_465
