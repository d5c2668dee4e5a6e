"""Quota, model and help pages, and what is suggested while somebody types."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.domain.catalog import ASPECTS, Catalog, Offer, Operation
from bot.domain.message_limits import CHOICES
from bot.domain.quotas.quota import Limit, Used
from bot.domain.quotas.rules import Effective, Level
from bot.domain.quotas.windows import Window
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest
from bot.domain.requests.routing import Defaults
from bot.services.ports import Grant, QuotaStatus
from bot.ui import suggestions
from bot.ui.cards import info
from bot.ui.discord_api import discord_limits
from bot.ui.language import speaking
from bot.ui.messages.suggestions import size_typed
from tests.cases import every_case
from tests.domain.shipped import G45, V45, V50
from tests.ui.test_cards import assert_within_limits, texts
from tests.ui.test_messages import CATALOG


def used(amount: int, limit: int = 10, window: Window = Window.DAY) -> Used:
    return Used(limit=Limit(limit, window), used=amount, starts_at=0, ends_at=1_800_000_000)


def quota_status(
    windows: Sequence[Used],
    grants: Sequence[Grant] = (),
    server: Sequence[Used] = (),
    found: Effective | None = None,
) -> QuotaStatus:
    found = found or Effective(level=Level.CONFIGURATION, allowance=())
    return QuotaStatus(
        windows=tuple(windows), grants=tuple(grants), server=tuple(server), effective=found
    )


def test_the_quota_page_tells_what_is_left_and_when_it_renews() -> None:
    grant = Grant(grant_id=1, amount=8, used=3, expires_at=1_800_000_500)
    card = info.quota(quota_status([used(3)], [grant], [used(480, 500)]))

    assert_within_limits(card)
    assert texts(card)[1:4] == [
        "▰▰▰▱▱▱▱▱▱▱\n3 of 10 credits used today · **7 left** · renews <t:1800000000:R>",
        "-# This is the default limit: no other limit is set here.",
        "Extra: **5 credits** · ends <t:1800000500:R>",
    ]
    assert "-# The server's budget: low." in texts(card)


@pytest.mark.parametrize(("amount", "words"), [(0, "plenty left"), (450, "low"), (500, "used up")])
def test_a_budget_is_told_in_words(amount: int, words: str) -> None:
    assert f"-# The server's budget: {words}." in texts(
        info.quota(quota_status([], [], [used(amount, 500)]))
    )


def test_a_limit_that_was_lowered_below_what_is_used_leaves_nothing() -> None:
    card = info.quota(quota_status([used(20, 5), used(3, 0)], [], [used(9, 0)]))

    assert "20 of 5 credits used today · **0 left**" in texts(card)[1]
    assert_within_limits(card)


def test_without_any_limit_the_quota_page_says_so() -> None:
    assert "You have no limit here." in texts(info.quota(quota_status([])))


def test_the_list_of_models_fits_a_phone_and_marks_the_default() -> None:
    every = [CATALOG.of(offer.model_id) for offer in CATALOG.models()]
    card = info.models(every, Defaults(generate=V45, edit=V50))

    assert_within_limits(card)
    shown = texts(card)
    assert shown[1] == (
        "**Seedream 4.5** · the default for new pictures\n-# 2K–4K · 1–2 credits · about 30 s"
    )
    assert "**GPT Image 2** · only changes pictures\n-# up to 3840 px · 1–4 credits" in shown[6]
    assert shown[-2] == (
        "-# The same models through another service: Seedream 4.5 (gateway), "
        "Seedream 5.0 Lite (gateway), Seedream 4.0 (gateway)"
    )
    assert len(shown) == 7 + 3
    lines = "\n".join(shown).splitlines()
    assert len(lines) <= 20
    assert " MP" not in "".join(lines)


def test_models_of_the_gateway_alone_are_shown_in_full() -> None:
    card = info.models([CATALOG.of(G45)], Defaults(generate=G45, edit=G45))

    assert texts(card)[1].startswith("**Seedream 4.5 (gateway)** · the default\n")


@every_case("offer", CATALOG.models(), ids=lambda offer: offer.model_id)
def test_every_model_has_a_card(offer: Offer) -> None:
    card = info.model(CATALOG.of(offer.model_id))

    assert_within_limits(card)
    assert offer.label in texts(card)[0]
    assert "None" not in "".join(texts(card))


def test_an_unknown_or_absent_model_is_said_kindly() -> None:
    assert texts(info.model([])) == ["There is no such model here. /models lists them."]
    none = info.models([], Defaults(generate=V45, edit=V45))
    assert texts(none) == ["No model is available at the moment."]


def test_help_fits_one_screen() -> None:
    card = info.help_page()

    assert_within_limits(card)
    assert sum(map(len, texts(card))) < 700


# --- suggestions ----------------------------------------------------------------------------

GENERATING = CATALOG.models(Operation.GENERATE)


def assert_takes_little_room(found: list[suggestions.Choice]) -> None:
    assert len(found) <= CHOICES
    assert all(0 < len(name) <= discord_limits.CHOICE_CHARACTERS for name, _ in found)
    assert len({value for _, value in found}) == len(found)


@every_case("aspect", [None, *ASPECTS])
@every_case("typed", ["", "4k", "16:9", "2560x1440", "100×100", "nonsense"])
@every_case("offer", GENERATING, ids=lambda offer: offer.model_id)
def test_every_suggested_size_is_legal(offer: Offer, typed: str, aspect: str | None) -> None:
    found = suggestions.sizes(offer, aspect, typed)

    assert_takes_little_room(found)
    for _, value in found:
        if typed[:1].isdigit() and "x" in typed.replace("×", "x"):
            aspect = None  # a size in pixels may contradict the aspect: the check tells
        result = check(Draft(prompt="a", size=value, aspect=aspect), offer)
        assert isinstance(result, ImageRequest), (value, result)


def test_sizes_name_tier_shape_and_cost() -> None:
    (offer, *_) = GENERATING

    assert suggestions.sizes(offer, "16:9", "") == [
        ("2K · 16:9 · 2848x1600 · 1 credit", "2848x1600"),
        ("4K · 16:9 · 5504x3040 · 2 credits", "5504x3040"),
    ]
    assert suggestions.sizes(offer, None, "")[:2] == [
        ("2K · 1 credit", "2K"),
        ("4K · 2 credits", "4K"),
    ]
    assert suggestions.sizes(offer, None, "1024x1024")[0] == (
        "1920x1920 · nearest possible · 1 credit",
        "1920x1920",
    )


def test_a_size_is_found_as_chinese_keyboards_write_it() -> None:
    offer = next(one for one in CATALOG.models(Operation.EDIT) if "auto" in one.sizes.keywords)
    with speaking("zh-CN"):
        assert suggestions.sizes(offer, None, "自动")[0][1] == "auto"
        assert suggestions.sizes(offer, None, "１０２４ｘ１０２４")[0][1] == "1024x1024"
        assert suggestions.sizes(offer, None, "1024*1536")[0][1] == "1024x1536"
        assert (size_typed(" 自动 "), size_typed("自适应")) == ("auto", "adaptive")
        assert (size_typed("2K"), size_typed("auto"), size_typed(None)) == ("2K", "auto", None)


def test_models_are_found_by_name_and_id() -> None:
    assert suggestions.models(GENERATING, "lite")[0] == (
        "Seedream 5.0 Lite · 2K–4K · 1–2 credits",
        "doubao-seedream-5-0-lite-260128",
    )
    assert [value for _, value in suggestions.models(GENERATING, "250828")] == [
        "doubao-seedream-4-0-250828"
    ]
    assert suggestions.models(GENERATING, "nothing like it") == []


def test_a_long_catalog_is_cut_to_what_discord_takes() -> None:
    many = Catalog(GENERATING[:1] * 3 + tuple(GENERATING) * 5)

    assert_takes_little_room(suggestions.models(list(many.offers) * 9, ""))
