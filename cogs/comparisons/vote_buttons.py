"""What members press below a comparison: a vote, its end, the details of a picture."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.errors import AccessError, Denial
from bot.services.requests.visibility import may_see
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.cards.members import comparisons as panel
from bot.ui.messages import tickets
from bot.ui.messages.requests import comparisons as words
from cogs import requesters, responses
from cogs.context import Interaction
from cogs.members import result_buttons
from cogs.persistent_button import PersistentButton, PersistentSelect


class VoteSelect(PersistentSelect, template=buttons.VOTE):
    """The list of letters: one vote for each member, of which the last choice counts."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        if not values:
            raise AccessError(Denial.COMPARISON_OVER)
        voting = interaction.client.services.comparisons.voting
        voted = await responses.await_or_defer(
            interaction,
            voting.vote(requesters.of(interaction), self.values["comparison"], values[0]),
            fresh=True,
        )
        await responses.answer(interaction, panel.voted(voted.label, voted.votes, voted.closes_at))


class EndVoteButton(PersistentButton, template=buttons.VOTE_END):
    """End the vote: for who asked for the comparison, and for moderators."""

    async def pressed(self, interaction: Interaction) -> None:
        voting = interaction.client.services.comparisons.voting
        closing = voting.close(requesters.of(interaction), self.values["comparison"])
        await responses.await_or_defer(interaction, closing, fresh=True)
        await responses.answer(interaction, cards.page([words.ENDED], cards.GOOD))


class ComparedSelect(PersistentSelect, template=buttons.COMPARED):
    """The list of pictures with their models: the details of one."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        found = await interaction.client.services.comparisons.voting.entries(
            self.values["comparison"]
        )
        _, entries, jobs = found or (None, [], [])
        who = requesters.of(interaction)
        for entry, job in zip(entries, jobs, strict=True):
            if [entry.label] == list(values) and may_see(who, job):
                await result_buttons.show_details(interaction, job)
                return
        await responses.answer(interaction, cards.notice(tickets.REQUEST_UNKNOWN))
