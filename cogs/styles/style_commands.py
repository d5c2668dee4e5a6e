"""`/style`: styles of members and of the server, and what their buttons and forms do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, Denial
from bot.domain.job import Job
from bot.domain.styles.kept import values_of
from bot.domain.styles.style import MOST_PICTURES, NAME_CHARACTERS, WORDS_CHARACTERS
from bot.domain.text.flags import Value
from bot.domain.text.typed_request import typed_request
from bot.services.ports import ReferenceSource, ResultPicture
from bot.services.requests.visibility import may_see
from bot.services.servers.staff_rights import Staff
from bot.services.styles.style_book import NewStyle
from bot.ui import buttons, forms, suggestions
from bot.ui.cards import cards
from bot.ui.cards.members import styles as panel
from bot.ui.messages import forms as form_words
from bot.ui.messages.requests import styles as words
from bot.ui.messages.suggestions import size_typed
from cogs import models_here, requesters, responses, submitting
from cogs.context import EaselBot, Interaction
from cogs.form_fields import Fields
from cogs.members.result_buttons import prompts_for, result_of
from cogs.moderators import staff
from cogs.persistent_button import (
    JobButton,
    PersistentButton,
    PersistentSelect,
    blank_submission,
    visible_job,
)
from cogs.styles import styles_here
from cogs.typed_prompt import named, typed_text

_PICTURES = [app_commands.Choice(name=name, value=value) for value, name in words.PICTURES.items()]
# The link of a message, of any of Discord's addresses.
_LINK = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/(?:\d+|@me)/\d+/(\d{1,19})/?")

Name = app_commands.Range[str, 1, 100]


class StyleCog(commands.GroupCog, group_name="style", group_description=words.STYLE):
    """Parses, calls the book of styles, answers with a card."""

    def __init__(self, bot: EaselBot) -> None:
        self._book = bot.services.styles.book
        self._recent_results = bot.services.requests.recent_results

    @app_commands.command(description=words.SAVE)
    @app_commands.describe(**words.SAVE_OPTIONS)
    @app_commands.choices(pictures=_PICTURES)
    async def save(
        self,
        interaction: Interaction,
        name: Name,
        words: app_commands.Range[str, 1, WORDS_CHARACTERS] | None = None,
        of: str | None = None,
        pictures: str | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            shown = await _meant(interaction, of)
            if words is None:
                await open_form(interaction, shown, name=name, pictures=pictures)
                return
            await _save(interaction, shown, name, words, pictures)

    @save.autocomplete("of")
    async def _of(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        recent = self._recent_results.of(
            interaction.user.id, requesters.of(interaction).scope, interaction.channel_id or 0
        )
        now = int(interaction.created_at.timestamp())
        found = suggestions.results(recent, typed, now=now)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @app_commands.command(name="list", description=words.LIST)
    async def list_styles(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            listing = _list(interaction)
            await responses.answer(
                interaction, await responses.await_or_defer(interaction, listing)
            )

    @app_commands.command(description=words.SHOW)
    @app_commands.describe(**words.STYLE_OPTION)
    async def show(self, interaction: Interaction, style: str) -> None:
        async with responses.refusals_answered(interaction):
            found = await self._book.visible(requesters.of(interaction), style)
            await responses.answer(interaction, await styles_here.card(interaction, found))

    @app_commands.command(description=words.DELETE)
    @app_commands.describe(**words.STYLE_OPTION)
    async def delete(self, interaction: Interaction, style: str) -> None:
        async with responses.refusals_answered(interaction):
            await responses.answer(interaction, await _delete(interaction, style))

    @app_commands.command(description=words.SHARE)
    @app_commands.describe(**words.STYLE_OPTION)
    async def share(self, interaction: Interaction, style: str) -> None:
        async with responses.refusals_answered(interaction):
            await responses.answer(interaction, await _share(interaction, style))

    @show.autocomplete("style")
    async def _shown(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await styles_here.suggested(interaction, typed)

    @delete.autocomplete("style")
    async def _gone(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await styles_here.suggested(interaction, typed)

    @share.autocomplete("style")
    async def _mine(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await styles_here.suggested(interaction, typed)


class StyleList(PersistentSelect, template=buttons.STYLE_LIST):
    """The list of /style list: shows the chosen one."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        found = await interaction.client.services.styles.book.visible(
            requesters.of(interaction), "".join(values[:1])
        )
        await responses.replace(interaction, await styles_here.card(interaction, found))


class UseStyleButton(PersistentButton, template=buttons.STYLE_USE):
    """Use style: the form of a new picture with it."""

    async def pressed(self, interaction: Interaction) -> None:
        services, who = interaction.client.services, requesters.of(interaction)
        found = await services.styles.book.visible(who, self.values["style"])
        await services.requests.intake.admit(who)
        custom_id = buttons.opened_by(buttons.style_button("use", found.style_id), interaction.id)
        offers = await models_here.offered(interaction, Operation.GENERATE)
        form = forms.use_style(custom_id, found.name, suggestions.models(offers, ""))
        await responses.open_form(interaction, form)


class DeleteStyleButton(PersistentButton, template=buttons.STYLE_DELETE):
    """Delete style."""

    async def pressed(self, interaction: Interaction) -> None:
        await responses.replace(interaction, await _delete(interaction, self.values["style"]))


class ShareStyleButton(PersistentButton, template=buttons.STYLE_SHARE):
    """Publish here."""

    async def pressed(self, interaction: Interaction) -> None:
        await responses.replace(interaction, await _share(interaction, self.values["style"]))


class SaveStyleButton(JobButton, template=buttons.STYLE_SAVE):
    """Save as style, on the details of a result: the form for its name and words."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        shown = await interaction.client.services.requests.results.of_job(job.job_id)
        standing = [one for one in shown if not one.removed]
        if not standing:
            raise AccessError(Denial.PICTURE_GONE)
        await open_form(interaction, standing[0])


async def style_saved(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Keep a result as a style, as the form says."""
    job, number = await visible_job(interaction, match["job"]), int(match["number"])
    shown = await interaction.client.services.requests.results.of_job(job.job_id) if job else []
    meant = [one for one in shown if one.number == number and not one.removed]
    if not meant:
        raise AccessError(Denial.PICTURE_GONE)
    pictures = "".join(fields.chosen("pictures")[:1]) or "none"
    await responses.defer(interaction)
    text = fields.text("words")
    await _save(interaction, meant[0], fields.text("name"), text, pictures)


async def style_used(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Submit a new picture with a style."""
    count = fields.text("count")
    if count and not count.isdecimal():
        await responses.answer(interaction, cards.notice(form_words.COUNT_UNREADABLE))
        return
    parsed = typed_text(interaction.guild, fields.text("prompt"), with_numbers=False)
    chosen: dict[str, Value | None] = {
        "model": "".join(fields.chosen("model")[:1]) or None,
        "aspect": "".join(fields.chosen("aspect")[:1]) or None,
        "size": size_typed(fields.text("size")) or None,
        "count": int(count) if count else None,
        "style": match["style"],
    }
    typed = typed_request(parsed, Operation.GENERATE, chosen)
    origin = f"f:{match['opened']}:{interaction.user.id}"
    submission = replace(blank_submission(interaction), origin=origin).asking(typed)
    await submitting.submit(interaction, submission)


async def open_form(
    interaction: Interaction,
    shown: ResultPicture,
    *,
    name: str = "",
    pictures: str | None = None,
) -> None:
    """Open the form that keeps a result as a style."""
    prompt = await _readable(interaction, shown.job)
    choices = _choices(interaction, shown.job)
    usual = pictures or _usual(shown.job)
    ordered = sorted(choices, key=lambda value: value != usual)
    listed = [(words.picture_choice(value), value) for value in ordered]
    form = forms.save_style(
        buttons.style_form(shown.job.job_id, shown.own_number),
        name=name[:NAME_CHARACTERS],
        prompt=shown.job.request.style_words or prompt,
        pictures=listed,
    )
    await responses.open_form(interaction, form)


async def _save(
    interaction: Interaction, shown: ResultPicture, name: str, text: str, pictures: str | None
) -> None:
    services, who = interaction.client.services, requesters.of(interaction)
    await _readable(interaction, shown.job)
    chosen = pictures or _usual(shown.job)
    # A style goes anywhere, and pictures for adults do not.
    if chosen != "none" and not services.publisher.may_move(shown.channel_id, 0):
        raise AccessError(Denial.AGE_RESTRICTED)
    request = shown.job.request
    offers = services.requests.router.catalog.of(request.model, request.operation)

    async def keep() -> cards.Card:
        sources: list[ReferenceSource] = []
        if chosen == "result":
            sources = [await services.requests.results.source(shown)]
        elif chosen == "given" and "given" in _choices(interaction, shown.job):
            sources = await services.styles.book.given(shown.job)
        new = NewStyle(
            name=named(interaction.guild, name),
            words=named(interaction.guild, text),
            values=values_of(request, offers[0] if offers else None),
            pictures=sources,
            from_job_id=shown.job.job_id,
        )
        saved = await services.styles.book.save(who, new)
        # What was given may be stored no longer, or be somebody else's.
        wanted = min(request.references, MOST_PICTURES) if chosen == "given" else len(sources)
        done = words.saved(saved.style, saved.left_out + wanted - len(sources))
        return await styles_here.card(interaction, saved.style, done)

    await responses.answer(interaction, await responses.await_or_defer(interaction, keep()))


async def _list(interaction: Interaction) -> cards.Card:
    found = await interaction.client.services.styles.book.of(requesters.of(interaction))
    offers = await styles_here.preferred_first(interaction, Operation.GENERATE)
    prices = {style.style_id: suggestions.style_price(style, offers) for style in found}
    return panel.listed(found, prices)


async def _delete(interaction: Interaction, style: str) -> cards.Card:
    book = interaction.client.services.styles.book
    manager = staff.is_manager(interaction)
    gone = await responses.await_or_defer(
        interaction, book.delete(requesters.of(interaction), style, manager=manager)
    )
    return cards.page([words.deleted(gone)], cards.GOOD)


async def _share(interaction: Interaction, style: str) -> cards.Card:
    await staff.require(interaction, Staff.MANAGER)
    book = interaction.client.services.styles.book
    saved = await responses.await_or_defer(
        interaction, book.share(requesters.of(interaction), style)
    )
    done = words.saved(saved.style, saved.left_out)
    return await styles_here.card(interaction, saved.style, done)


async def _meant(interaction: Interaction, of: str | None) -> ResultPicture:
    """Return the result that is named, by the list or by its message's link; else the newest."""
    results, who = interaction.client.services.requests.results, requesters.of(interaction)
    if of is None:
        found = await results.newest(
            user_id=interaction.user.id,
            guild_id=requesters.scope_of(interaction),
            channel_id=interaction.channel_id or 0,
        )
        if not found:
            raise AccessError(Denial.NO_RESULT_HERE)
        return found[0]
    if link := _LINK.fullmatch(of.strip()):
        shown = await result_of(interaction, int(link[1]))
    else:
        shown = await results.of_job(of.partition(":")[0])
        exact = [
            one for one in shown if suggestions.picture_of(one.job.job_id, one.own_number) == of
        ]
        shown = exact or shown
    standing = [one for one in shown if not one.removed and may_see(who, one.job)]
    if not standing:
        raise AccessError(Denial.NO_SUCH_RESULT)
    return standing[0]


async def _readable(interaction: Interaction, job: Job) -> str:
    """Return the words of a result that may be kept as a style.

    AccessError where they were deleted, or are not shown, and while nobody is told the model.
    """
    if job.model_hidden:
        raise AccessError(Denial.MODEL_HIDDEN)
    prompt = (await prompts_for(interaction))(job)
    if prompt is None:
        raise AccessError(Denial.PROMPT_HIDDEN)
    if not prompt:
        raise AccessError(Denial.PROMPT_DELETED)
    return prompt


def _choices(interaction: Interaction, job: Job) -> list[str]:
    """Return which pictures of a result somebody can keep: what others gave is theirs alone."""
    given = job.request.references > 0 and job.user_id == interaction.user.id
    return [*(["given"] if given else []), "result", "none"]


def _usual(job: Job) -> str:
    """Return which pictures are kept if nobody says: examples, but not what was changed."""
    made = job.request.operation is Operation.GENERATE
    return "given" if made and job.request.references else "none"
