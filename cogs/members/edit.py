"""`/edit` and `/blend`: a picture changed by words, or several put together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import ASPECTS, Operation
from bot.domain.errors import AccessError, Denial
from bot.domain.text.typed_request import typed_request
from bot.services.ports import ResultPicture
from bot.services.requests.visibility import may_see
from bot.ui import buttons, forms, suggestions
from bot.ui.cards import cards
from bot.ui.discord_api import discord_limits, picture_finder
from bot.ui.discord_api import result_message as result_files
from bot.ui.messages import commands as words
from bot.ui.messages import tickets
from bot.ui.messages.alt_text import alt_text
from bot.ui.messages.suggestions import size_typed
from cogs import models_here, requesters, responses, submitting
from cogs.context import EaselBot, Interaction
from cogs.persistent_button import blank_submission
from cogs.styles import styles_here
from cogs.typed_prompt import typed_text

_ASPECTS = [
    app_commands.Choice(name=words.ASPECT_SAME, value="auto"),
    *(app_commands.Choice(name=aspect, value=aspect) for aspect in ASPECTS),
]
# What any model has; the catalog checks which one has it.
_QUALITIES, _BACKGROUNDS, _FORMATS = (
    [app_commands.Choice(name=name, value=value) for value, name in values.items()]
    for values in (words.QUALITIES, words.BACKGROUNDS, words.FORMATS)
)


class EditCog(commands.Cog):
    """Parses the commands, finds the picture that is meant, and submits the request."""

    def __init__(self, bot: EaselBot) -> None:
        services = bot.services
        self._results = services.requests.results
        self._recent_results = services.requests.recent_results
        self._drafts = services.requests.drafts

    # Discord checks the ranges; the catalog checks them again, model by model.
    @app_commands.command(description=words.EDIT)
    @app_commands.describe(**words.EDIT_OPTIONS)
    @app_commands.choices(
        aspect=_ASPECTS, quality=_QUALITIES, background=_BACKGROUNDS, format=_FORMATS
    )
    async def edit(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, discord_limits.PROMPT_CHARACTERS],
        image1: discord.Attachment | None = None,
        of: str | None = None,
        model: str | None = None,
        style: str | None = None,
        aspect: str | None = None,
        count: app_commands.Range[int, 1, 10] | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        image6: discord.Attachment | None = None,
        mask: discord.Attachment | None = None,
        size: str | None = None,
        guidance: app_commands.Range[float, 1, 10] | None = None,
        seed: app_commands.Range[int, -1, 2147483647] | None = None,
        quality: str | None = None,
        background: str | None = None,
        format: str | None = None,
        compression: app_commands.Range[int, 0, 100] | None = None,
        watermark: bool | None = None,
        spoiler: bool | None = None,
        private: bool | None = None,
    ) -> None:
        typed = typed_request(
            typed_text(interaction.guild, prompt, with_numbers=False),
            Operation.EDIT,
            {
                "model": model,
                "style": style,
                "size": size_typed(size),
                "aspect": aspect,
                "count": count,
                "guidance": guidance,
                "seed": seed,
                "quality": quality,
                "background": background,
                "format": format,
                "compression": compression,
                "watermark": watermark,
                "spoiler": spoiler,
                "private": private,
            },
        )
        async with responses.refusals_answered(interaction):
            # Looking a picture up and reading it anew takes its time.
            await responses.defer(interaction, fresh=True)
            shown, line = await self._meant(interaction, of, given=image1 is not None)
            sources = picture_finder.attached((image1, image2, image3, image4, image5, image6))
            named = None
            if shown is not None:
                source = await self._results.source(shown)
                sources = (source, *sources)
                named = await self._pictured(shown, line, source.url) if line else None
            submission = replace(
                blank_submission(interaction).asking(typed),
                sources=sources,
                mask=next(iter(picture_finder.attached((mask,))), None),
                parent=(shown.job.job_id, shown.own_number) if shown else None,
            )
            with ExitStack() as opened:
                if named is not None and named.file is not None:
                    opened.callback(named.file.close)
                await submitting.submit(interaction, submission, named=named)

    @edit.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        here = await models_here.offered(interaction, Operation.EDIT)
        return _choices(suggestions.models(here, typed))

    @edit.autocomplete("style")
    async def _styles(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await styles_here.suggested(interaction, typed, Operation.EDIT)

    @edit.autocomplete("size")
    async def _sizes(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        aspect: str | None = interaction.namespace.aspect
        model: str | None = interaction.namespace.model
        offer = await models_here.serving(interaction, model, Operation.EDIT)
        if offer is None:
            return []
        return _choices(suggestions.sizes(offer, None if aspect == "auto" else aspect, typed))

    @edit.autocomplete("of")
    async def _of(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        recent = self._recent_results.of(
            interaction.user.id,
            requesters.of(interaction).scope,
            interaction.channel_id or 0,
        )
        now = int(interaction.created_at.timestamp())
        return _choices(suggestions.results(recent, typed, now=now))

    @app_commands.command(description=words.BLEND)
    async def blend(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            # A form must be the first answer: its gate is passed when it is sent.
            basket = await self._drafts.basket_size(
                interaction.user.id, interaction.channel_id or 0
            )
            models = suggestions.models(await models_here.offered(interaction, Operation.EDIT), "")
            form = forms.blend(buttons.blend_form(interaction.id), basket=basket, models=models)
            await responses.open_form(interaction, form)

    async def _meant(
        self, interaction: Interaction, of: str | None, *, given: bool
    ) -> tuple[ResultPicture | None, str | None]:
        """Return the picture of ours to change, and the ticket's line if nobody named it."""
        guild_id, channel_id = requesters.scope_of(interaction), interaction.channel_id or 0
        if of is not None:
            return await self._named(interaction, of), None
        if given:
            return None, None
        newest = await self._results.newest(
            user_id=interaction.user.id, guild_id=guild_id, channel_id=channel_id
        )
        if not newest:
            raise AccessError(Denial.NO_RESULT_HERE)
        first = newest[0]
        jump = tickets.jump(guild_id, first.channel_id, first.message_id)
        return first, words.named(jump, first.number, len(newest))

    async def _pictured(self, shown: ResultPicture, line: str, url: str | None) -> cards.Named:
        """Show a picture by its post, or by the kept file where a private answer was its post."""
        path = await self._results.posted_file(shown) if url is None else None
        files = result_files.reopened([(shown, path)]) if path else []
        return cards.Named(
            text=line,
            alt=alt_text(shown.number, shown.of, shown.job.request.prompt),
            spoiler=shown.job.spoiler,
            url=url,
            file=next(iter(files), None),
        )

    async def _named(self, interaction: Interaction, of: str) -> ResultPicture:
        """Return the picture that an option names; what is another member's secret is unknown."""
        shown = await self._results.of_job(of.partition(":")[0])
        who = requesters.of(interaction)
        for one in shown:
            named = suggestions.picture_of(one.job.job_id, one.own_number) == of
            if not (named and may_see(who, one.job)):
                continue
            publisher = interaction.client.services.publisher
            if not publisher.may_move(one.channel_id, interaction.channel_id or 0):
                raise AccessError(Denial.AGE_RESTRICTED)
            return one
        raise AccessError(Denial.NO_SUCH_RESULT)


def _choices(found: Sequence[suggestions.Choice]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=value) for name, value in found]
