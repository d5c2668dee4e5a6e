"""`/settings`: a member's own defaults, on one card; each choice is written and shown anew."""

from __future__ import annotations

from collections.abc import Sequence

from discord import app_commands
from discord.ext import commands

from bot.domain.server import StyleUse
from bot.domain.styles.defaults import NAMES, MemberDefaults
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.cards.members import settings as panel
from bot.ui.messages.requests import defaults as words
from cogs import models_here, requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.error_cards import label_of
from cogs.persistent_button import PersistentSelect


class SettingsCog(commands.Cog):
    """Shows the card; its lists do the rest."""

    def __init__(self, bot: EaselBot) -> None:
        self._preferences = bot.services.styles.preferences

    @app_commands.command(description=words.SETTINGS)
    async def settings(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            now = await self._preferences.of(interaction.user.id)
            shown = responses.await_or_defer(interaction, _card(interaction, now))
            await responses.answer(interaction, await shown)


class DefaultChoice(PersistentSelect, template=buttons.DEFAULT):
    """A value of a default: about the member who chooses."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        name, value = self.values["name"], "".join(values[:1])
        if name not in NAMES:
            await responses.answer(interaction, cards.notice(words.NOT_HERE))
            return
        preferences = interaction.client.services.styles.preferences
        setting = preferences.set(interaction.user.id, name, panel.chosen(name, value))
        now = await responses.await_or_defer(interaction, setting)
        await responses.replace(interaction, await _card(interaction, now))


async def _card(interaction: Interaction, now: MemberDefaults) -> cards.Card:
    services, who = interaction.client.services, requesters.of(interaction)
    offers = await models_here.offered(interaction)
    models = [(offer.label, offer.model_id) for offer in offers]
    styles = [(style.name, style.style_id) for style in await services.styles.book.of(who)]
    known = {value for _, value in (*models, *styles)}
    # What is of another server keeps its name.
    if now.model and now.model not in known:
        models.append((label_of(interaction.client, now.model) or now.model, now.model))
    return panel.card(now, models=models, styles=styles, limits=await _limits(interaction, now))


async def _limits(interaction: Interaction, now: MemberDefaults) -> list[str]:
    """Return what this server says to somebody's defaults: its own limits come first."""
    services, who = interaction.client.services, requesters.of(interaction)
    policy = await services.servers.policies.of(who.scope)
    settings, found = policy.settings, list[str]()
    if settings.max_pictures and (now.count or 1) > settings.max_pictures:
        found.append(words.most_pictures(settings.max_pictures))
    if now.model and not policy.model_allowed(now.model, who.role_ids):
        found.append(words.model_not_here(label_of(interaction.client, now.model) or now.model))
    if now.style and not settings.styles.on:
        found.append(words.styles_off())
    if settings.styles is StyleUse.ALWAYS and settings.server_style:
        found.append(words.enforced(settings.server_style))
    return found
