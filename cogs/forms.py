"""Submits of modal forms, read by their custom ids: also of forms that another process opened."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.domain import prompt
from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, Denial
from bot.domain.job import Destination
from bot.domain.request import Draft
from bot.services.ports import ReferenceSource, Shown
from bot.services.wishes import Wish
from bot.ui import buttons, cards, choices, forms, moderation
from bot.ui.language import speaking
from bot.ui.messages import forms as words
from bot.ui.messages import moderation as staff_words
from bot.ui.messages import results as result_words
from bot.ui.messages.choices import size_typed
from cogs import answers, members, wishes
from cogs.answers import Interaction
from cogs.presses import Press, blank_wish
from cogs.results import result_of
from cogs.setup import zone_typed


class Fields:
    """What somebody filled into a form, by the names of its fields."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._fields = {str(part["custom_id"]): part for part in _fields(data["components"])}
        self._files: Mapping[str, Any] = data.get("resolved", {}).get("attachments", {})

    def text(self, name: str) -> str:
        """Return what was typed, or chosen as the only one; empty where nothing was."""
        return str(self._fields.get(name, {}).get("value") or "").strip()

    def chosen(self, name: str) -> list[str]:
        """Return what was chosen from a list."""
        return [str(value) for value in self._fields.get(name, {}).get("values") or ()]

    def files(self, name: str) -> tuple[ReferenceSource, ...]:
        """Return what was uploaded, in order."""
        found = [self._files[file_id] for file_id in self.chosen(name)]
        return tuple(
            ReferenceSource(
                url=file["url"], name=file["filename"], declared_bytes=file["size"], trusted=True
            )
            for file in found
        )


async def edited(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a change of one of our results."""
    shown = await result_of(interaction, int(match["message"]))
    numbers = _numbers(fields)
    chosen = [one for one in shown if not numbers or str(one.number) in numbers]
    if not chosen:
        raise AccessError(Denial.PICTURE_GONE)
    opened, first = match["opened"], chosen[0]
    wish = replace(
        _asked(interaction, blank_wish(interaction), fields),
        origin=f"f:{opened}:{interaction.user.id}" if opened else f"i:{interaction.id}",
        parent=(first.job.job_id, first.number),
    )
    if first.job.destination is not Destination.CHANNEL:
        wish = replace(wish, private=True)
    # Reading the message anew takes its time.
    await answers.defer(interaction)
    found = await _sources(interaction, chosen if numbers else chosen[:1])
    sources = (*found, *fields.files("more"))
    await wishes.submit(interaction, replace(wish, sources=sources))


async def kept_edited(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a change of somebody's pictures, which were kept when the form was opened."""
    wish = await _kept(interaction, match["draft"])
    if wish is None:
        return
    places = [int(number) - 1 for number in _numbers(fields)] or [0]
    chosen = [wish.sources[place] for place in places if place < len(wish.sources)]
    sources = (*chosen, *fields.files("more"))
    wish = _asked(interaction, wish, fields)
    await wishes.submit(interaction, replace(wish, sources=sources))


async def blended(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit pictures to be put together: the basket first, then what was uploaded."""
    keeping, channel_id = interaction.client.services.keeping, interaction.channel_id or 0
    await answers.defer(interaction)
    basket = await keeping.basket(interaction.user.id, channel_id)
    sources = (*basket, *fields.files("pictures"), *fields.files("more"))
    if not sources:
        raise AccessError(Denial.NO_PICTURES)
    result = next((one.result for one in basket if one.result), None)
    wish = replace(
        _asked(interaction, blank_wish(interaction), fields),
        origin=f"f:{match['opened']}:{interaction.user.id}",
        sources=sources,
        parent=result,
    )
    if await wishes.submit(interaction, wish):
        await keeping.clear_basket(interaction.user.id, channel_id)


async def fixed(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a refused wish with what was mended in it."""
    wish = await _kept(interaction, match["draft"])
    if wish is None:
        return
    count = fields.text("count")
    if count and not count.isdecimal():
        await answers.answer(interaction, cards.notice(words.COUNT_UNREADABLE))
        return
    draft = replace(
        wish.draft,
        prompt=fields.text("prompt"),
        size=size_typed(fields.text("size")) or None,
        count=int(count) if count else None,
        model=_one(fields.chosen("model")),
        aspect=_one(fields.chosen("aspect")),
    )
    await wishes.submit(interaction, replace(wish, draft=draft))


async def reported(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Show a report to the moderators."""
    services = interaction.client.services
    shown = await result_of(interaction, int(match["message"]))
    if not shown:
        raise AccessError(Denial.PICTURE_GONE)
    job, me = shown[0].job, interaction.user.id
    if not services.moderation.appeals.begin(me, job.job_id):
        await answers.answer(interaction, cards.notice(staff_words.REPORTED_BEFORE))
        return
    channel_id = await services.results.log_channel(job.guild_id)
    label = dict(words.REPORT_REASONS).get(fields.text("reason"), "")
    with speaking(await answers.public_locale(interaction)):
        card = moderation.report(job, shown[0], me, str(label), fields.text("text"))
    told = channel_id is not None and await answers.post(interaction, channel_id, card)
    if not told:
        services.moderation.appeals.forget(me, job.job_id)
    text = result_words.REPORTED if told else result_words.REPORT_NOWHERE
    await answers.answer(interaction, cards.notice(text))


_Handler = Callable[[Interaction, re.Match[str], Fields], Awaitable[None]]
FORMS: dict[re.Pattern[str], _Handler] = {
    buttons.EDIT_FORM: edited,
    buttons.KEPT_FORM: kept_edited,
    buttons.BLEND_FORM: blended,
    buttons.FIX_FORM: fixed,
    buttons.REPORT_FORM: reported,
    buttons.ZONE_FORM: zone_typed,
    buttons.MEMBER_GRANT: members.granted,
    buttons.MEMBER_GIVE: members.granted,
    buttons.MEMBER_BLOCK: members.blocked,
}


class FixButton(Press, template=buttons.FIX):
    """Fix it: the form of a refused request."""

    async def press(self, interaction: Interaction) -> None:
        services = interaction.client.services
        draft_id = self.values["draft"]
        draft = await services.keeping.draft(draft_id, interaction.user.id)
        if draft is None:
            await answers.answer(interaction, cards.notice(words.FORM_STALE))
            return
        models = choices.models(services.router.catalog.models(draft.operation), "")
        form = forms.fix(buttons.draft_button("fix", draft_id), draft, models)
        await answers.ask(interaction, form)


BUTTONS = (FixButton,)


class FormsCog(commands.Cog):
    """Answers every form of this bot."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: Mapping[str, Any] = interaction.data or {}  # pyright: ignore[reportAssignmentType]
        custom_id = str(data.get("custom_id", ""))
        async with answers.told(interaction):
            for pattern, handler in FORMS.items():
                if match := pattern.fullmatch(custom_id):
                    await handler(interaction, match, Fields(data))
                    return
            await answers.answer(interaction, cards.notice(words.FORM_UNKNOWN))


async def _sources(interaction: Interaction, chosen: Sequence[Shown]) -> list[ReferenceSource]:
    return [await interaction.client.services.results.source(one) for one in chosen]


async def _kept(interaction: Interaction, draft_id: str) -> Wish | None:
    """Return a kept wish of this member, ready to be submitted; says so when it is too old."""
    services = interaction.client.services
    blank = blank_wish(interaction)
    await answers.defer(interaction)
    wish = await services.keeping.wish(draft_id, blank.requester, f"d:{draft_id}")
    if wish is None:
        await answers.answer(interaction, cards.notice(words.FORM_STALE))
        return None
    token, expires_at = blank.ticket_token, blank.ticket_expires_at
    return replace(wish, ticket_token=token, ticket_expires_at=expires_at)


def _asked(interaction: Interaction, wish: Wish, fields: Fields) -> Wish:
    """Return the wish with the change that was typed, its flags, and what was chosen."""
    spoken = prompt.read(fields.text("prompt"))
    options = dict(spoken.options)
    if "model" in options:
        catalog = interaction.client.services.router.catalog
        options["model"] = catalog.named(str(options["model"]), Operation.EDIT)
    for name in ("model", "aspect"):
        if (chosen := _one(fields.chosen(name))) is not None:
            options[name] = chosen
    draft = replace(Draft(prompt=spoken.prompt, operation=Operation.EDIT), **options)  # pyright: ignore[reportArgumentType]
    return replace(
        wish,
        draft=draft,
        spoiler=spoken.spoiler,
        private=spoken.private,
        problems=spoken.problems,
        notes=spoken.notes,
    )


def _numbers(fields: Fields) -> list[str]:
    """Return which pictures are meant: typed before the change ("2: darker"), else chosen."""
    spoken = prompt.read(fields.text("prompt"))
    return [str(number) for number in spoken.numbers] or fields.chosen("which")


def _one(values: Sequence[str]) -> str | None:
    return values[0] if values else None


def _fields(parts: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in parts:
        if "custom_id" in part:
            yield part
        if inner := part.get("component"):
            yield from _fields([inner])
        yield from _fields(part.get("components", ()))
