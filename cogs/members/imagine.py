"""`/imagine`: a picture from words, with or without examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import ASPECTS, Operation
from bot.domain.requests.request import Draft, Refusal
from bot.domain.text.typed_request import typed_request
from bot.ui import suggestions
from bot.ui.discord_api import discord_limits, picture_finder
from bot.ui.messages import commands as words
from bot.ui.messages.suggestions import size_typed
from cogs import responses, submitting
from cogs.context import EaselBot, Interaction
from cogs.persistent_button import blank_submission
from cogs.typed_prompt import typed_text

_ASPECTS = [
    app_commands.Choice(name=words.ASPECT_AUTO, value="auto"),
    *(app_commands.Choice(name=aspect, value=aspect) for aspect in ASPECTS),
]
_RELATED = [
    app_commands.Choice(name=words.RELATED_SET, value="set"),
    app_commands.Choice(name=words.RELATED_SEPARATE, value="separate"),
]
_FORMATS = [app_commands.Choice(name=name, value=value) for value, name in words.FORMATS.items()]


class ImagineCog(commands.Cog):
    """Parses the command and submits the request."""

    def __init__(self, bot: EaselBot) -> None:
        self._router = bot.services.requests.router

    # Discord checks the ranges; the catalog checks them again, model by model.
    @app_commands.command(description=words.IMAGINE)
    @app_commands.describe(**words.IMAGINE_OPTIONS)
    @app_commands.choices(aspect=_ASPECTS, related=_RELATED, format=_FORMATS)
    async def imagine(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, discord_limits.PROMPT_CHARACTERS],
        model: str | None = None,
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
        typed = typed_request(
            typed_text(interaction.guild, prompt, with_numbers=False),
            Operation.GENERATE,
            {
                "model": model,
                "size": size_typed(size),
                "aspect": aspect,
                "count": count,
                "related": None if related is None else related == "set",
                "guidance": guidance,
                "seed": seed,
                "format": format,
                "watermark": watermark,
                "spoiler": spoiler,
                "private": private,
            },
        )
        sources = picture_finder.attached((image1, image2, image3, image4))
        submission = replace(blank_submission(interaction).asking(typed), sources=sources)
        async with responses.refusals_answered(interaction):
            await submitting.submit(interaction, submission)

    @imagine.autocomplete("model")
    async def _models(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        offers = self._router.catalog.models(Operation.GENERATE)
        return _choices(suggestions.models(offers, typed))

    @imagine.autocomplete("size")
    async def _sizes(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        aspect: str | None = interaction.namespace.aspect
        draft = Draft(prompt="", model=interaction.namespace.model, operation=Operation.GENERATE)
        offers = self._router.offers(draft, lambda _: True)
        if isinstance(offers, Refusal):
            return []
        return _choices(suggestions.sizes(offers[0], None if aspect == "auto" else aspect, typed))


def _choices(found: Sequence[suggestions.Choice]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=value) for name, value in found]
