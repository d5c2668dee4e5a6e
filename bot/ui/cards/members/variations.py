"""The menu of variations below the details of a result, and the question with the price."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import ui

from bot.domain.job import Job
from bot.domain.variations.plan import Plan, Wish
from bot.domain.variations.variation import Variation
from bot.ui import buttons
from bot.ui.cards.cards import WAITING, Card, with_buttons
from bot.ui.cards.picture_choice import Question
from bot.ui.discord_api import discord_limits
from bot.ui.messages.requests import variations as words
from bot.ui.messages.words import clip
from bot.ui.text import escaped, plain

OF_WHICH = Question(text=words.WHICH, placeholder=words.WHICH_PLACEHOLDER, several=False)


def menu(job: Job, plans: Sequence[Plan]) -> ui.Select[Card]:
    """Return the list of what can be made of a result, each with its price."""
    options = [
        discord.SelectOption(
            label=words.choice(plan.wish.what, plan.wish.count),
            value=value(plan.wish),
            description=clip(plain(_price(plan)), discord_limits.CHOICE_CHARACTERS),
        )
        for plan in plans
    ]
    return ui.Select(
        custom_id=buttons.job_button("vary", job.job_id),
        options=options,
        placeholder=str(words.MENU),
    )


def value(wish: Wish) -> str:
    """Return what the menu sends for a choice."""
    return f"{wish.what.value}:{wish.count}"


def wished(sent: str) -> Wish | None:
    """Read what `value` wrote; None for what no menu of ours sends."""
    match = buttons.VARIATION.fullmatch(sent)
    if match is None:
        return None
    return Wish(what=Variation(match["what"]), count=int(match["count"]))


def question(job: Job, plan: Plan, opened: int) -> Card:
    """Return what is about to be made and its price, with the button that makes it."""
    wish = plan.wish
    several = wish.number if wish.what.of_picture and wish.of > 1 else None
    make: ui.Button[Card] = ui.Button(
        label=words.make(plan.request.credits),
        style=discord.ButtonStyle.primary,
        custom_id=buttons.variation_make(
            job.job_id,
            value(wish),
            number=wish.number,
            credits=plan.request.credits,
            opened=opened,
        ),
    )
    texts = [
        words.question(words.choice(wish.what, wish.count), several),
        words.price(plan.request.credits, plan.request.size, escaped(plan.offer.label)),
        f"-# {words.NOTHING_YET}",
    ]
    return with_buttons(texts, [make], WAITING)


def _price(plan: Plan) -> str:
    model = None if plan.same_model else plan.offer.label
    size = plan.request.size if plan.wish.what is Variation.UPSCALE else ""
    return words.price(plan.request.credits, size, model)
