"""Submits of the forms that ask for pictures: Edit, Blend, Fix it and Rephrase."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, Denial
from bot.domain.job import Destination
from bot.domain.requests.request import Draft
from bot.domain.text.flags import Value
from bot.domain.text.typed_request import typed_request
from bot.services.ports import ReferenceSource, ResultPicture
from bot.services.requests import picture_numbers
from bot.services.requests.submission import Submission
from bot.ui import buttons, forms, suggestions
from bot.ui.cards import cards
from bot.ui.messages import forms as words
from bot.ui.messages import tickets
from bot.ui.messages.suggestions import size_typed
from cogs import models_here, responses, submitting
from cogs.context import Interaction
from cogs.form_fields import Fields
from cogs.members.result_buttons import prompts_for, result_of
from cogs.persistent_button import PersistentButton, blank_submission, visible_job
from cogs.typed_prompt import typed_text


async def edited(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a change of one of our results."""
    shown = await result_of(interaction, int(match["message"]))
    pictures = shown[0].of if shown else 0
    chosen = picture_numbers.meant_by_form(shown, _numbers(fields, pictures))
    opened, first = match["opened"], chosen[0]
    submission = replace(
        _asked(interaction, blank_submission(interaction), fields, pictures),
        origin=f"f:{opened}:{interaction.user.id}" if opened else f"i:{interaction.id}",
        parent=(first.job.job_id, first.own_number),
    )
    if first.job.destination is not Destination.CHANNEL:
        submission = replace(submission, private=True)
    # Reading the message anew takes its time.
    await responses.defer(interaction)
    found = await _sources(interaction, chosen)
    sources = (*found, *fields.files("more"))
    await submitting.submit(interaction, replace(submission, sources=sources))


async def kept_edited(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a change of somebody's pictures, which were kept when the form was opened."""
    submission = await _kept(interaction, match["draft"])
    if submission is None:
        return
    pictures = len(submission.sources)
    chosen = picture_numbers.kept_for_form(submission.sources, _numbers(fields, pictures))
    sources = (*chosen, *fields.files("more"))
    submission = _asked(interaction, submission, fields, pictures)
    if match["opened"]:
        submission = replace(submission, origin=_opened(interaction, match))
    await submitting.submit(interaction, replace(submission, sources=sources))


async def blended(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit pictures to be put together: the basket first, then what was uploaded."""
    drafts, channel_id = interaction.client.services.requests.drafts, interaction.channel_id or 0
    await responses.defer(interaction)
    basket = await drafts.basket(interaction.user.id, channel_id)
    sources = (*basket, *fields.files("pictures"), *fields.files("more"))
    if not sources:
        raise AccessError(Denial.NO_PICTURES)
    result = next((one.result for one in basket if one.result), None)
    submission = replace(
        _asked(interaction, blank_submission(interaction), fields),
        origin=f"f:{match['opened']}:{interaction.user.id}",
        sources=sources,
        parent=result,
    )
    if await submitting.submit(interaction, submission):
        await drafts.clear_basket(interaction.user.id, channel_id)


async def prompted(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a new request with the words of an earlier one, as they were changed in the form."""
    job = await visible_job(interaction, match["job"])
    kept = (await prompts_for(interaction))(job) if job else None
    count = fields.text("count")
    if count and not count.isdecimal():
        await responses.answer(interaction, cards.notice(words.COUNT_UNREADABLE))
        return
    parsed = typed_text(interaction.guild, fields.text("prompt"), with_numbers=False, kept=kept)
    chosen: dict[str, Value | None] = {
        "model": _one(fields.chosen("model")),
        "aspect": _one(fields.chosen("aspect")),
        "size": size_typed(fields.text("size")) or None,
        "count": int(count) if count else None,
    }
    submission = replace(
        blank_submission(interaction), origin=f"f:{match['opened']}:{interaction.user.id}"
    ).asking(typed_request(parsed, Operation.GENERATE, chosen))
    if job is not None:
        # What was its member's alone does not become public by this.
        secret = job.secret and job.guild_id != 0
        submission = replace(
            submission,
            private=submission.private or secret,
            spoiler=submission.spoiler or job.spoiler,
        )
    await submitting.submit(interaction, submission)


async def fixed(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a refused request with what was fixed in it."""
    submission = await _kept(interaction, match["draft"])
    if submission is None:
        return
    count = fields.text("count")
    if count and not count.isdecimal():
        await responses.answer(interaction, cards.notice(words.COUNT_UNREADABLE))
        return
    kept = await interaction.client.services.requests.drafts.kept(
        match["draft"], interaction.user.id
    )
    if kept is not None:
        fixed = _fixed(interaction, submission, kept.asked, kept.draft, fields)
        await submitting.submit(interaction, fixed)


class UseModelButton(PersistentButton, template=buttons.USE_MODEL):
    """Use Seedream 3.0: the refused request as it was, with the model that takes it."""

    async def pressed(self, interaction: Interaction) -> None:
        draft_id = self.values["draft"]
        drafts = interaction.client.services.requests.drafts
        submission = await _kept(interaction, draft_id)
        kept = await drafts.kept(draft_id, interaction.user.id)
        if submission is None or kept is None:
            return
        draft = replace(kept.asked, model=kept.other_model)
        await submitting.submit(interaction, replace(submission, draft=draft))


async def rephrased(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a request that an image service refused in other words, or with other pictures."""
    job = await visible_job(interaction, match["job"])
    if job is None or job.user_id != interaction.user.id:
        await responses.answer(interaction, cards.notice(tickets.REQUEST_UNKNOWN))
        return
    blank = replace(blank_submission(interaction), origin=_opened(interaction, match))
    rephrasing = interaction.client.services.requests.repeats.to_rephrase(
        job, blank, fields.files("pictures")
    )
    submission = await responses.await_or_defer(interaction, rephrasing, fresh=True)
    await submitting.submit(interaction, _reworded(interaction, submission, fields))


async def refused_rephrased(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a request that the server's rules refused in other words."""
    submission = await _kept(interaction, match["draft"])
    if submission is None:
        return
    reworded = _reworded(interaction, submission, fields)
    await submitting.submit(interaction, replace(reworded, origin=_opened(interaction, match)))


class RephraseRefusedButton(PersistentButton, template=buttons.REPHRASE_REFUSED):
    """Rephrase: the words of a kept request as a form."""

    async def pressed(self, interaction: Interaction) -> None:
        draft_id = self.values["draft"]
        drafts = interaction.client.services.requests.drafts
        kept = await drafts.kept(draft_id, interaction.user.id)
        if kept is None:
            await responses.answer(interaction, cards.notice(words.FORM_STALE))
            return
        custom_id = buttons.opened_by(buttons.draft_button("rephrase", draft_id), interaction.id)
        changes = kept.asked.operation is Operation.EDIT
        form = forms.rephrase(custom_id, kept.asked.prompt, changes=changes)
        await responses.open_form(interaction, form)


class FewerButton(PersistentButton, template=buttons.FEWER):
    """Make N instead: a kept request with as many pictures as were left."""

    async def pressed(self, interaction: Interaction) -> None:
        submission = await _kept(interaction, self.values["draft"])
        if submission is not None:
            await submitting.submit(interaction, submission)


class FixButton(PersistentButton, template=buttons.FIX):
    """Fix it: the form of a refused request."""

    async def pressed(self, interaction: Interaction) -> None:
        services = interaction.client.services
        draft_id = self.values["draft"]
        kept = await services.requests.drafts.kept(draft_id, interaction.user.id)
        if kept is None:
            await responses.answer(interaction, cards.notice(words.FORM_STALE))
            return
        here = await models_here.offered(interaction, kept.draft.operation)
        form = forms.fix(
            buttons.draft_button("fix", draft_id),
            kept.asked,
            kept.draft,
            suggestions.models(here, ""),
            other_model=kept.other_model,
            pictures=kept.pictures,
            mask=kept.mask,
        )
        await responses.open_form(interaction, form)


async def _sources(
    interaction: Interaction, chosen: Sequence[ResultPicture]
) -> list[ReferenceSource]:
    return [await interaction.client.services.requests.results.source(one) for one in chosen]


async def _kept(interaction: Interaction, draft_id: str) -> Submission | None:
    """Return a kept request of this member, ready to be submitted; says so when it is too old."""
    services = interaction.client.services
    blank = blank_submission(interaction)
    await responses.defer(interaction, fresh=True)
    submission = await services.requests.drafts.submission(
        draft_id, blank.requester, f"d:{draft_id}"
    )
    if submission is None:
        await responses.answer(interaction, cards.notice(words.FORM_STALE))
        return None
    token, expires_at = blank.ticket_token, blank.ticket_expires_at
    return replace(submission, ticket_token=token, ticket_expires_at=expires_at)


def _opened(interaction: Interaction, match: re.Match[str]) -> str:
    """Return the origin of what a form asks: sent twice, it is one request."""
    return f"f:{match['opened']}:{interaction.user.id}"


def _reworded(interaction: Interaction, submission: Submission, fields: Fields) -> Submission:
    """Return a request in the words, and with the flags, that were typed."""
    before = submission.draft.prompt
    parsed = typed_text(interaction.guild, fields.text("prompt"), with_numbers=False, kept=before)
    return replace(
        submission,
        draft=replace(submission.draft, prompt=parsed.prompt, **parsed.options),  # pyright: ignore[reportArgumentType]
        spoiler=submission.spoiler or parsed.spoiler,
        private=submission.private or parsed.private,
        problems=parsed.problems,
        notes=parsed.notes,
    )


def _asked(
    interaction: Interaction, submission: Submission, fields: Fields, pictures: int = 0
) -> Submission:
    """Return the request with the change that was typed, its flags, and what was chosen."""
    parsed = typed_text(interaction.guild, fields.text("prompt"), pictures=pictures)
    chosen = {name: _one(fields.chosen(name)) for name in ("model", "aspect", "style")}
    return submission.asking(typed_request(parsed, Operation.EDIT, chosen))


def _fixed(
    interaction: Interaction, submission: Submission, asked: Draft, nearest: Draft, fields: Fields
) -> Submission:
    """Return a kept request with what was changed in its form.

    A field that was changed wins over a flag, and a flag over one that was not.
    """
    text = fields.text("prompt")
    parsed = typed_text(interaction.guild, text, with_numbers=False, kept=nearest.prompt)
    count = fields.text("count")
    now: dict[str, Value | None] = {
        "size": size_typed(fields.text("size")) or None,
        "count": int(count) if count else None,
        "model": _one(fields.chosen("model")),
        "aspect": _one(fields.chosen("aspect")),
    }
    changed = {name: v for name, v in now.items() if v != getattr(nearest, name)}
    typed = typed_request(parsed, nearest.operation or Operation.GENERATE, changed)
    # Another model may take what this one had to drop.
    base = asked if changed.get("model") else nearest
    values = {name: getattr(typed.draft, name) for name in (*changed, *parsed.options)}
    unread = parsed.prompt == nearest.prompt and not parsed.flags
    return replace(
        submission,
        draft=replace(base, prompt=parsed.prompt, **values),
        spoiler=submission.spoiler or typed.spoiler,
        private=submission.private or typed.private,
        problems=typed.problems,
        notes=(*(submission.notes if unread else ()), *typed.notes),
    )


def _numbers(fields: Fields, pictures: int) -> list[str]:
    """Return which pictures are meant: typed before the change ("2: darker"), else chosen."""
    return picture_numbers.in_form(fields.text("prompt"), fields.chosen("which"), pictures)


def _one(values: Sequence[str]) -> str | None:
    return values[0] if values else None
