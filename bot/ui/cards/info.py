"""Private pages of facts: quota, models, help."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.domain.catalog import Offer
from bot.domain.errors import AccessError, Denial
from bot.domain.requests.routing import Defaults
from bot.services.ports import Block, QuotaStatus
from bot.ui import messages
from bot.ui.cards.cards import (
    WAITING,
    Card,
    notice,
    page,
    with_buttons,
)
from bot.ui.messages import info
from bot.ui.messages.staff import moderation as staff
from bot.ui.messages.words import relative_time
from bot.ui.text import escaped


def quota(
    quota_status: QuotaStatus,
    whose: int | None = None,
    *,
    personal: bool = False,
    block: Block | None = None,
    most: int = 0,
    row: Sequence[ui.Button[Card]] = (),
) -> Card:
    """Return what a member may still do: each window, extra credits, the server's budget.

    `whose` is the member where it is somebody else's; `personal` is the quota outside servers.
    `block` keeps the member from asking; `row` is what can be done about it; `most` is the most
    pictures of a request.
    """
    own = info.QUOTA_TITLE_PERSONAL if personal else info.QUOTA_TITLE
    texts = [own if whose is None else info.quota_of(whose)]
    if block is not None:
        texts.append(_blocked(block) if whose is None else staff.blocked(block))
    rule = info.quota_rule(quota_status.effective, relative_time)
    # Next to the limit that it explains: extra credits come from somewhere else.
    rule = f"-# {info.QUOTA_RULE_PERSONAL if personal else rule}"
    if quota_status.effective.denied:
        texts += [info.QUOTA_DENIED, rule]
    else:
        windows = [info.quota_window(used, relative_time) for used in quota_status.windows]
        texts += [*(windows or [info.QUOTA_UNLIMITED]), rule]
        texts += [info.quota_grant(grant, relative_time) for grant in quota_status.grants]
    small = [info.server_budget(quota_status.server), info.QUOTA_COSTS]
    small += [info.quota_most(most)] if most else []
    return with_buttons([*texts, *(f"-# {text}" for text in small if text)], row, WAITING)


def _blocked(block: Block) -> str:
    """Return what the gate says to who is blocked."""
    error = AccessError(Denial.BLOCKED, until=block.until, reason=block.reason)
    return f"⛔ {messages.denial(error, relative_time, escaped)}"


def models(offered: Sequence[Sequence[Offer]], defaults: Defaults) -> Card:
    """Return the list of models, each with its offers, on one screen of a phone."""
    if not offered:
        return notice(info.MODELS_NONE)
    labels = {offers[0].label for offers in offered}
    twins = [offers for offers in offered if info.twin_of(offers[0].label) in labels]
    lines = [info.model_line(offers, defaults) for offers in offered if offers not in twins]
    small = [info.twins([offers[0].label for offers in twins])] if twins else []
    small.append(str(info.MODELS_MORE))
    return page([info.MODELS_TITLE, *lines, *(f"-# {line}" for line in small)], WAITING)


def model(offers: Sequence[Offer]) -> Card:
    """Return everything about one model."""
    return page(info.model_card(offers), WAITING) if offers else notice(info.MODEL_UNKNOWN)


def help_page() -> Card:
    """Return how to make pictures, on one screen."""
    return page([info.HELP, f"-# {info.HELP_PRIVACY}"], WAITING)
