"""Posts comparisons, finds them again, and shows how their votes ended (port ComparisonChannel).

A classic message, like a result: its pictures can be replied to, edited and searched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import discord
from discord import ui

from bot.domain.catalog import Catalog
from bot.domain.comparisons.comparison import Comparison
from bot.domain.job import Job, Reason
from bot.services.ports import Clock, ComparisonPost, forbid_transaction
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.cards.members import comparisons as comparison_cards
from bot.ui.discord_api import discord_limits, result_message
from bot.ui.discord_api.publisher import (
    EDIT_SECONDS,
    LOOK_BACK_SECONDS,
    LOOK_MESSAGES,
    DiscordPublisher,
    only,
    refusals,
)
from bot.ui.language import speaking
from bot.ui.messages import tickets
from bot.ui.messages.requests import comparisons as words
from bot.ui.messages.words import clip
from bot.ui.model_label import model_label
from bot.ui.text import escaped, plain, shown_prompt

log = logging.getLogger(__name__)


class DiscordComparisons:
    """Speaks through the publisher's newest client."""

    def __init__(self, publisher: DiscordPublisher, catalog: Catalog, clock: Clock) -> None:
        self._publisher = publisher
        self._catalog = catalog
        self._clock = clock

    async def post(self, shown: ComparisonPost) -> int:
        """Post it and return its message id; DeliveryError when Discord refuses for good."""
        forbid_transaction("posting a comparison")
        first = shown.pictures[0].job
        channel = self._publisher.connected.get_partial_messageable(
            shown.channel_id, guild_id=first.guild_id
        )
        with speaking(first.result_locale):
            text, view = self._asking(shown), _Vote(shown)
            files = result_message.compared_files(shown)
        try:
            with refusals():
                async with asyncio.timeout(discord_limits.UPLOAD_SECONDS):
                    message = await channel.send(
                        text,
                        files=files,
                        nonce=f"{shown.comparison.comparison_id}.v",
                        allowed_mentions=only(first.user_id)
                        if shown.ping
                        else discord.AllowedMentions.none(),
                        suppress_embeds=True,
                        view=view,
                    )
        finally:
            for file in files:
                file.close()
        return message.id

    async def find(self, shown: ComparisonPost, *, tried_at: int) -> int | None:
        """Look for our own message with the first picture since an earlier try."""
        forbid_transaction("looking for a comparison")
        client, first = self._publisher.connected, shown.pictures[0].job
        me = client.user.id if client.user else 0
        channel = client.get_partial_messageable(shown.channel_id, guild_id=first.guild_id)
        after = datetime.fromtimestamp(tried_at - LOOK_BACK_SECONDS, UTC)
        name = result_message.file_names(first.job_id)
        try:
            async for message in channel.history(
                limit=LOOK_MESSAGES, after=after, oldest_first=True
            ):
                files = message.attachments
                if message.author.id == me and any(name.fullmatch(one.filename) for one in files):
                    return message.id
        except (discord.Forbidden, discord.NotFound):
            # Whether the channel is lost is for the post itself to find out.
            return None
        return None

    def may_look(self, channel_id: int) -> bool:
        """Tell whether `find` sees what is there."""
        channel = self._publisher.connected.get_channel(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel):
            return True
        return channel.permissions_for(channel.guild.me).read_message_history

    async def close(self, shown: ComparisonPost, message_id: int) -> bool:
        """Show the result of the vote in the place of the list; False: the message is gone."""
        forbid_transaction("editing a comparison")
        first = shown.pictures[0].job
        channel = self._publisher.connected.get_partial_messageable(
            shown.channel_id, guild_id=first.guild_id
        )
        with speaking(first.result_locale):
            text, view = self._counted(shown), _Look(shown, self._labels(shown))
        try:
            with refusals():
                async with asyncio.timeout(EDIT_SECONDS):
                    await channel.get_partial_message(message_id).edit(
                        content=text, view=view, allowed_mentions=discord.AllowedMentions.none()
                    )
        except discord.NotFound:
            return False
        return True

    async def tell_posted(self, comparison: Comparison, job: Job, place: tuple[int, int]) -> None:
        """Say in its ticket where it is, while that can be edited."""
        with speaking(job.ticket_locale):
            card = comparison_cards.posted(tickets.jump(comparison.guild_id, *place))
        await self._show(comparison, card)

    async def tell_failed(self, comparison: Comparison, jobs: Sequence[Job]) -> bool:
        """Say in its ticket, else in the channel, that no picture came.

        A member who cancelled it knows.
        """
        cancelled = all(job.reason is Reason.BY_MEMBER for job in jobs)
        with speaking(jobs[0].ticket_locale):
            card = comparison_cards.nothing([(self._label(job), job) for job in jobs])
        if await self._show(comparison, card) or cancelled:
            return True
        return await self._publisher.announce(jobs[0])

    async def _show(self, comparison: Comparison, card: cards.Card) -> bool:
        forbid_transaction("editing a ticket")
        token = comparison.ticket_token
        if token is None or (comparison.ticket_expires_at or 0) <= self._clock.now():
            return False
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                await self._publisher.edit_answer(token, card)
        except discord.HTTPException as error:
            if error.status >= 500 or error.status == 429:
                raise
            log.info("a ticket of a comparison cannot be edited: %s", error)
            return False
        return True

    # --- its text -----------------------------------------------------------------------------

    def _asking(self, shown: ComparisonPost) -> str:
        labels = [one.entry.label or "" for one in shown.pictures]
        lines = [
            *_prompt(shown),
            words.question(shown.comparison.closes_at or 0),
            f"-# {words.made_by(shown.pictures[0].job.user_id, labels)}",
            *self._failed(shown),
        ]
        if shown.again:
            lines.append(f"-# {tickets.SENT_AGAIN}")
        return "\n".join(lines)

    def _counted(self, shown: ComparisonPost) -> str:
        labels = self._labels(shown)
        won = [
            words.named(one.entry.label or "", escaped(label))
            for one, label in zip(shown.pictures, labels, strict=True)
            if one.entry.won
        ]
        most = max(one.entry.votes for one in shown.pictures)
        lines = [
            *_prompt(shown),
            words.result(won, most),
            *(
                f"-# {words.counted(one.entry.label or '', escaped(label), one.entry.votes)}"
                for one, label in zip(shown.pictures, labels, strict=True)
            ),
            f"-# {words.compared_by(shown.pictures[0].job.user_id)}",
            *self._failed(shown),
        ]
        return "\n".join(lines)

    def _failed(self, shown: ComparisonPost) -> list[str]:
        labels = [escaped(self._label(job)) for job in shown.failed]
        return [f"-# {words.failed(labels)}"] if labels else []

    def _labels(self, shown: ComparisonPost) -> list[str]:
        return [self._label(one.job) for one in shown.pictures]

    def _label(self, job: Job) -> str:
        return model_label(self._catalog, job)


def _prompt(shown: ComparisonPost) -> list[str]:
    return [shown_prompt(shown.prompt)] if shown.prompt is not None else []


class _Vote(ui.View):
    """The list of letters, and what ends the vote; finished from the start, like a card."""

    def __init__(self, shown: ComparisonPost) -> None:
        super().__init__(timeout=None)
        comparison_id = shown.comparison.comparison_id
        self.add_item(
            ui.Select[Any](
                custom_id=buttons.comparison("vote", comparison_id),
                placeholder=str(words.VOTE_PLACEHOLDER),
                options=[
                    discord.SelectOption(label=words.letter(label), value=label)
                    for one in shown.pictures
                    if (label := one.entry.label)
                ],
            )
        )
        self.add_item(
            ui.Button[Any](label=str(words.END), custom_id=buttons.comparison("end", comparison_id))
        )
        self.add_item(_remove(shown))
        self.stop()


class _Look(ui.View):
    """The pictures with their models, each of which leads to its details."""

    def __init__(self, shown: ComparisonPost, labels: Sequence[str]) -> None:
        super().__init__(timeout=None)
        self.add_item(
            ui.Select[Any](
                custom_id=buttons.comparison("details", shown.comparison.comparison_id),
                placeholder=str(words.LOOK_PLACEHOLDER),
                options=[
                    discord.SelectOption(
                        label=clip(
                            plain(words.named(one.entry.label or "", label)),
                            discord_limits.CHOICE_CHARACTERS,
                        ),
                        value=one.entry.label or "",
                    )
                    for one, label in zip(shown.pictures, labels, strict=True)
                ],
            )
        )
        self.add_item(_remove(shown))
        self.stop()


def _remove(shown: ComparisonPost) -> ui.Button[Any]:
    """Return Remove, of the first picture: with it goes the message."""
    emoji, label = next(
        (emoji, label) for action, emoji, label in tickets.RESULT_BUTTONS if action == "remove"
    )
    custom_id = buttons.job_button("remove", shown.pictures[0].job.job_id)
    return ui.Button(label=str(label), emoji=emoji, custom_id=custom_id)
