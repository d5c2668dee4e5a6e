"""Which styles somebody can use where they type, and the card of one; from memory while typing."""

from __future__ import annotations

from collections.abc import Sequence

from discord import app_commands

from bot.domain.catalog import Offer, Operation
from bot.domain.requests.routing import Router
from bot.domain.styles.able import able
from bot.domain.styles.style import Style
from bot.ui import suggestions
from bot.ui.cards import cards
from bot.ui.cards.members import styles as panel
from bot.ui.messages.requests import styles as words
from cogs import models_here, requesters
from cogs.context import Interaction
from cogs.moderators import staff


async def suggested(
    interaction: Interaction, typed: str, operation: Operation = Operation.GENERATE
) -> list[app_commands.Choice[str]]:
    """Return the styles to choose from while somebody types."""
    found = known(interaction)
    offers = await preferred_first(interaction, operation) if found else []
    return [
        app_commands.Choice(name=name, value=value)
        for name, value in suggestions.styles(found, offers, typed)
    ]


async def listed(interaction: Interaction, operation: Operation) -> list[suggestions.Choice]:
    """Return the styles for the list of a form, from memory."""
    found = known(interaction)
    offers = await preferred_first(interaction, operation) if found else []
    return suggestions.styles(found, offers, "")


def known(interaction: Interaction) -> tuple[Style, ...]:
    """Return what styles somebody has here, as far as it is known."""
    scope = requesters.of(interaction).scope
    return interaction.client.services.styles.known.of(interaction.user.id, scope)


async def card(interaction: Interaction, style: Style, done: Sequence[str] = ()) -> cards.Card:
    """Return the card of a style for who looks at it."""
    offers = await preferred_first(interaction, Operation.GENERATE)
    return panel.shown(
        style,
        words.model_name(style, offers),
        able(style, offers),
        mine=style.user_id == interaction.user.id,
        manager=staff.is_manager(interaction),
        done=done,
    )


async def preferred_first(interaction: Interaction, operation: Operation) -> list[Offer]:
    """Return one offer of each model that may be used here, the default model's first."""
    offers = await models_here.offered(interaction, operation)
    router: Router = interaction.client.services.requests.router
    default = router.defaults.of(operation)
    return sorted(offers, key=lambda offer: offer.model_id != default)
