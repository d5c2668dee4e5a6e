"""Cards of comparisons: the question with the price, the ticket, and what a vote is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.job import Job, Reason
from bot.domain.requests.request import ImageRequest, Refusal
from bot.ui import buttons, messages
from bot.ui.cards.cards import BAD, GOOD, WAITING, Card, noted, page, with_buttons
from bot.ui.messages import tickets
from bot.ui.messages.requests import comparisons as words
from bot.ui.messages.words import commas, plural, sentences
from bot.ui.text import escaped, shown_prompt


def left_out(model: str, refusal: Refusal | None, *, twice: bool) -> str:
    """Return that a model is not compared, with every problem that it has."""
    if refusal is not None:
        why = " ".join(escaped(messages.violation(one)) for one in refusal.violations)
    else:
        why = str(words.TWICE if twice else words.NOT_NOW)
    return words.left_out(escaped(model), why)


def question(
    prompt: str,
    models: Sequence[tuple[str, ImageRequest]],
    left_out: Sequence[str],
    credits: int,
    draft_id: str,
) -> Card:
    """Return what is about to be compared and its price, with the button that makes it."""
    make: ui.Button[Card] = ui.Button(
        label=words.make(credits),
        style=discord.ButtonStyle.primary,
        custom_id=buttons.compare(draft_id, credits),
    )
    return with_buttons(
        [
            words.title(len(models)),
            shown_prompt(prompt),
            "\n".join(_line(label, request) for label, request in models),
            *left_out,
            *_notes(models),
            f"-# {words.NOTHING_YET}",
        ],
        [make],
        WAITING,
    )


def too_few(able: int, left_out: Sequence[str]) -> Card:
    """Return why there is nothing to compare."""
    return page([words.too_few(able), *left_out, f"-# {messages.NOTHING_CHARGED}"], BAD)


def started(
    models: Sequence[tuple[str, ImageRequest]],
    left_out: Sequence[str],
    credits: int,
    left: int | None,
    job: Job,
) -> Card:
    """Return the ticket of a comparison; Cancel on one of its jobs ends them all."""
    cancel: ui.Button[Any] = ui.Button(
        label=str(tickets.CANCEL), custom_id=buttons.job_button("cancel", job.job_id)
    )
    labels = [escaped(label) for label, _ in models]
    texts = [
        words.started(labels, tickets.credits_and_left(credits, left)),
        words.WHERE,
        *left_out,
        *_notes(models),
    ]
    return with_buttons(texts, [cancel], WAITING)


def posted(jump: str) -> Card:
    """Return the ticket of a comparison that was posted."""
    return page([words.posted(jump)], GOOD)


def nothing(jobs: Sequence[tuple[str, Job]]) -> Card:
    """Return the ticket of a comparison of which no picture came."""
    if all(job.reason is Reason.BY_MEMBER for _, job in jobs):
        return page([sentences(tickets.CANCELLED, messages.NOTHING_CHARGED)], BAD)
    return page(
        [
            str(words.NO_PICTURES),
            "\n".join(words.nothing([(escaped(label), job) for label, job in jobs])),
            f"-# {messages.NOTHING_CHARGED}",
        ],
        BAD,
    )


def voted(label: str, votes: int, closes_at: int) -> Card:
    """Return what a member is told who voted."""
    return page([words.voted(label, votes, closes_at)], GOOD)


def _line(label: str, request: ImageRequest) -> str:
    facts = [escaped(label), tickets.size(request.size), plural(request.credits, "credit")]
    return "- " + " · ".join(facts)


def _notes(models: Sequence[tuple[str, ImageRequest]]) -> list[str]:
    """Return what is to be known of the requests, each note once, with the models it is about."""
    about: dict[str, list[str]] = {}
    for label, request in models:
        for text in noted(request.notes):
            about.setdefault(str(text), []).append(escaped(label))
    return [
        text if len(labels) == len(models) else f"{text} ({commas(labels)})"
        for text, labels in about.items()
    ]
