"""`/models` and `/help`: answered from memory."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.ui import suggestions
from bot.ui.cards import info
from bot.ui.messages import commands as words
from cogs import responses
from cogs.context import EaselBot, Interaction


class InfoCog(commands.Cog):
    """Shows what the catalog offers, and how to ask for it."""

    def __init__(self, bot: EaselBot) -> None:
        self._catalog = bot.services.requests.router.catalog

    @app_commands.command(description=words.MODELS)
    @app_commands.describe(**words.MODELS_OPTIONS)
    async def models(self, interaction: Interaction, model: str | None = None) -> None:
        if model is None:
            offered = [self._catalog.of(offer.model_id) for offer in self._catalog.models()]
            card = info.models([[o for o in offers if o.enabled] for offers in offered])
        else:
            card = info.model([offer for offer in self._catalog.of(model) if offer.enabled])
        await responses.answer(interaction, card)

    @models.autocomplete("model")
    async def _models(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = suggestions.models(self._catalog.models(), typed)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @app_commands.command(description=words.HELP)
    async def help(self, interaction: Interaction) -> None:
        await responses.answer(interaction, info.help_page())
