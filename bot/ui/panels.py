"""Private pages of facts: quota, models, help."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.catalog import Offer
from bot.domain.quota import Used
from bot.services.ports import Grant
from bot.ui.cards import WAITING, Card, notice, page
from bot.ui.messages import info
from bot.ui.messages.words import relative_time


def quota(windows: Sequence[Used], grants: Sequence[Grant], server: Sequence[Used]) -> Card:
    """Return what a member may still do: each window, extra credits, the server's budget."""
    texts = [info.QUOTA_TITLE]
    texts += [info.quota_window(used, relative_time) for used in windows] or [info.QUOTA_UNLIMITED]
    texts += [info.quota_grant(grant, relative_time) for grant in grants]
    small = [info.QUOTA_RULE, info.server_budget(server), info.QUOTA_COSTS]
    return page([*texts, *(f"-# {text}" for text in small if text)], WAITING)


def models(offered: Sequence[Sequence[Offer]]) -> Card:
    """Return the list of models, each with its offers."""
    if not offered:
        return notice(info.MODELS_NONE)
    lines = [info.model_line(offers) for offers in offered]
    return page([info.MODELS_TITLE, f"-# {info.MODELS_MORE}", *lines], WAITING)


def model(offers: Sequence[Offer]) -> Card:
    """Return everything about one model."""
    return page(info.model_card(offers), WAITING) if offers else notice(info.MODEL_UNKNOWN)


def help_page() -> Card:
    """Return how to make pictures, on one screen."""
    return page([info.HELP, f"-# {info.HELP_PRIVACY}"], WAITING)
