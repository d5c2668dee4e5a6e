"""The card of a held result: pictures behind a spoiler, Approve and Refuse; then how it ended."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import ui

from bot.services.ports import ReviewCard
from bot.ui import buttons
from bot.ui.cards.cards import BAD, GOOD, Card
from bot.ui.messages import safety as words
from bot.ui.text import escaped, short_prompt

# As much of a prompt as leaves room for the rest.
_PROMPT_CHARACTERS = 1000


def waiting(item: ReviewCard, label: str, files: Sequence[discord.File]) -> Card:
    """Return a card that asks staff."""
    parts: list[ui.Item[Card]] = [ui.TextDisplay(text) for text in _about(item, label)]
    parts.append(ui.TextDisplay(words.review_until(item.job.expires_at)))
    if files:
        gallery = (discord.MediaGalleryItem(file, spoiler=True) for file in files)
        parts.append(ui.MediaGallery(*gallery))
    else:
        parts.append(ui.TextDisplay(str(words.REVIEW_WITHOUT_PICTURES)))
    row = [
        ui.Button[Card](label=str(text), custom_id=buttons.report_button(action, item.job.job_id))
        for action, text in (("approve", words.APPROVE), ("refuse", words.REFUSE))
    ]
    return Card(*parts, ui.ActionRow(*row), colour=BAD)


def ended(item: ReviewCard, label: str) -> Card:
    """Return a card that shows how its review ended, without pictures."""
    review = item.review
    line = words.review_ended(review.outcome, review.decided_by or 0) if review.outcome else ""
    return Card(*(ui.TextDisplay[Card](text) for text in (*_about(item, label), line)), colour=GOOD)


def _about(item: ReviewCard, label: str) -> list[str]:
    job = item.job
    review = item.review
    ended = review.outcome is not None
    subject = words.review_subject(
        job.user_id, escaped(label), review.categories, escaped, ended=ended
    )
    texts = [subject]
    # The words of a private request are its member's own.
    if job.request.prompt and not job.secret:
        texts.append(f"> {short_prompt(job.request.prompt, _PROMPT_CHARACTERS)}")
    return texts
