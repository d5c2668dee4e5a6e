"""The menu of variations of a result, for the member who looks at its details."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.domain.job import Job
from bot.services.ports import ResultPicture
from bot.ui.cards.cards import Card
from bot.ui.cards.members import variations as cards
from bot.ui.messages.requests import variations as words
from cogs import requesters
from cogs.context import Interaction


async def menu(
    interaction: Interaction, job: Job, shown: Sequence[ResultPicture], *, readable: bool
) -> ui.Select[Card] | None:
    """Return the list, None where nothing can be made; `readable`: the member reads its prompt."""
    plans = await interaction.client.services.requests.variations.menu(
        job, shown, requesters.of(interaction), words.order, readable=readable
    )
    return cards.menu(job, plans) if plans else None
