"""`/models` and `/help`: answered from memory."""

from __future__ import annotations

from collections.abc import Sequence

from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import Offer, Operation
from bot.domain.requests.routing import Defaults
from bot.ui import suggestions
from bot.ui.cards import info
from bot.ui.messages import commands as words
from cogs import models_here, responses
from cogs.context import EaselBot, Interaction


class InfoCog(commands.Cog):
    """Shows what the catalog offers, and how to ask for it."""

    def __init__(self, _: EaselBot) -> None:
        super().__init__()

    @app_commands.command(description=words.MODELS)
    @app_commands.describe(**words.MODELS_OPTIONS)
    async def models(self, interaction: Interaction, model: str | None = None) -> None:
        router = interaction.client.services.requests.router
        here = [offer.model_id for offer in await models_here.offered(interaction)]
        found = here if model is None else await models_here.called(interaction, model)
        offered = [_enabled(router.catalog.of(one)) for one in found if one in here]
        if model is None or len(offered) > 1:
            made = router.default(Operation.GENERATE, here.__contains__) or ""
            changed = router.default(Operation.EDIT, here.__contains__) or ""
            card = info.models(offered, Defaults(generate=made, edit=changed))
        else:
            card = info.model(offered[0] if offered else [])
        await responses.answer(interaction, card)

    @models.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = suggestions.models(await models_here.offered(interaction), typed)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @app_commands.command(description=words.HELP)
    async def help(self, interaction: Interaction) -> None:
        await responses.answer(interaction, info.help_page())


def _enabled(offers: Sequence[Offer]) -> list[Offer]:
    """Return what a model can, by its first offer for each operation: who serves is not shown."""
    first: dict[Operation, Offer] = {}
    for offer in offers:
        if offer.enabled:
            first.setdefault(offer.operation, offer)
    return list(first.values())
