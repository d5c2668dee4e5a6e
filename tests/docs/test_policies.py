"""The templates of the privacy policy and the terms say what the code does."""

from __future__ import annotations

import re

import pytest

from bot.config import Configuration
from bot.domain.job import PICKUP_SECONDS
from bot.services.delivery import reply_tickets
from bot.services.people import guild_removal
from bot.services.requests import drafts
from bot.storage.people import user_data
from tests.docs import pages

PRIVACY, TERMS = "docs/PRIVACY.md", "docs/TERMS.md"
_DAY, _MONTH = 86400, 31 * 86400
_BRACKET = re.compile(r"\[(?P<text>[^\]]+)\](?!\()", re.S)


def brackets(page: str) -> list[str]:
    """Return what an operator fills in."""
    return [" ".join(found["text"].split()) for found in _BRACKET.finditer(pages.text(page))]


@pytest.mark.parametrize("page", [PRIVACY, TERMS])
def test_the_page_says_on_top_that_and_how_it_is_filled_in(page: str) -> None:
    _, top, *_ = pages.text(page).split("\n\n")
    assert top.startswith("*A template. Fill in the parts in brackets, and remove this paragraph")
    assert brackets(page)


def test_numbers_beside_a_setting_are_those_that_are_shipped() -> None:
    found = [re.fullmatch(r"(\d+) hours: `(\w+)\.(\w+)`", one) for one in brackets(PRIVACY)]
    named = {(one[2], one[3]): int(one[1]) for one in found if one}
    assert named == {("storage", "keep_hours"): Configuration().storage.keep_hours}


def test_a_day_is_how_long_drafts_baskets_reasons_and_pick_ups_are_kept() -> None:
    text = " ".join(pages.text(PRIVACY).split())
    assert "**Drafts, your basket and reasons of refusals**, for a day." in text
    assert "could not be posted are kept for you for a day." in text
    kept = (drafts.KEEP_SECONDS, reply_tickets.WHY_SECONDS, PICKUP_SECONDS)
    assert set(kept) == {_DAY}


def test_a_month_is_how_long_left_servers_and_forgotten_decisions_are_kept() -> None:
    text = " ".join(pages.text(PRIVACY).split())
    assert "its settings and decisions are deleted a month later" in text
    assert "lose your id a month after each decision." in text
    assert {guild_removal.KEPT_SECONDS, user_data.MONTH_SECONDS} == {_MONTH}
