"""`/imagine`: a picture from words, with or without examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import ASPECTS, Operation
from bot.domain.requests.request import Violation, ViolationKind
from bot.domain.text.typed_request import typed_request
from bot.ui import suggestions
from bot.ui.discord_api import discord_limits, picture_finder
from bot.ui.messages import commands as words
from bot.ui.messages.suggestions import related_typed, size_typed
from cogs import models_here, responses, submitting
from cogs.context import EaselBot, Interaction
from cogs.persistent_button import blank_submission
from cogs.styles import styles_here
from cogs.typed_prompt import typed_text

_ASPECTS = [
    app_commands.Choice(name=words.ASPECT_AUTO, value="auto"),
    *(app_commands.Choice(name=aspect, value=aspect) for aspect in ASPECTS),
]
_RELATED = {"set": True, "separate": False}
_FORMATS = [app_commands.Choice(name=name, value=value) for value, name in words.FORMATS.items()]


class ImagineCog(commands.Cog):
    """Parses the command and submits the request."""

    def __init__(self, _: EaselBot) -> None:
        super().__init__()

    # Discord checks the ranges; the catalog checks them again, model by model.
    @app_commands.command(description=words.IMAGINE)
    @app_commands.describe(**words.IMAGINE_OPTIONS)
    @app_commands.choices(aspect=_ASPECTS, format=_FORMATS)
    async def imagine(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, discord_limits.PROMPT_CHARACTERS],
        model: str | None = None,
        style: str | None = None,
        aspect: str | None = None,
        count: app_commands.Range[int, 1, 15] | None = None,
        image1: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        size: str | None = None,
        related: str | None = None,
        guidance: app_commands.Range[float, 1, 10] | None = None,
        seed: app_commands.Range[int, -1, 2147483647] | None = None,
        format: str | None = None,
        watermark: bool | None = None,
        spoiler: bool | None = None,
        private: bool | None = None,
    ) -> None:
        related = related_typed(related)
        typed = typed_request(
            typed_text(interaction.guild, prompt, with_numbers=False),
            Operation.GENERATE,
            {
                "model": model,
                "style": style,
                "size": size_typed(size),
                "aspect": aspect,
                "count": count,
                "related": _RELATED.get(related or ""),
                "guidance": guidance,
                "seed": seed,
                "format": format,
                "watermark": watermark,
                "spoiler": spoiler,
                "private": private,
            },
        )
        if related and related not in _RELATED:
            typed = replace(typed, problems=(*typed.problems, _unrelated(related)))
        sources = picture_finder.attached((image1, image2, image3, image4))
        submission = replace(blank_submission(interaction).asking(typed), sources=sources)
        async with responses.refusals_answered(interaction):
            await submitting.submit(interaction, submission)

    @imagine.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        here = await models_here.offered(interaction, Operation.GENERATE)
        return _choices(suggestions.models(here, typed))

    @imagine.autocomplete("related")
    async def _related(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        given = interaction.namespace
        offer = await models_here.serving(interaction, given.model, Operation.GENERATE)
        if offer is None:
            return []
        found = suggestions.related(offer, typed, count=given.count, size=size_typed(given.size))
        return _choices(found)

    @imagine.autocomplete("style")
    async def _styles(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await styles_here.suggested(interaction, typed, Operation.GENERATE)

    @imagine.autocomplete("size")
    async def _sizes(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        aspect: str | None = interaction.namespace.aspect
        model: str | None = interaction.namespace.model
        offer = await models_here.serving(interaction, model, Operation.GENERATE)
        if offer is None:
            return []
        return _choices(suggestions.sizes(offer, None if aspect == "auto" else aspect, typed))


def _unrelated(value: str) -> Violation:
    """Return what is wrong with a text that is none of the suggestions."""
    values = {"option": "related", "value": value, "legal": tuple(_RELATED)}
    return Violation(field="related", kind=ViolationKind.OPTION_CHOICE, values=values)


def _choices(found: Sequence[suggestions.Choice]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=value) for name, value in found]
