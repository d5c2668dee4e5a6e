"""Where reports go, and the copies of pictures that their cards show.

A card loses its copy with the result, no matter who removes it: a copy outlives no picture.
"""

from __future__ import annotations

import logging

from bot.domain.errors import DeliveryError
from bot.services.ports import GUARDED, Database, LogChannel, ReportCard, ResultPicture
from bot.services.servers.policies import Policies
from bot.services.tasks.conflicts import repeatable

log = logging.getLogger(__name__)


class Reports:
    """Knows the channel of reports, and which cards show pictures."""

    def __init__(self, *, database: Database, policies: Policies, channel: LogChannel) -> None:
        self._database = database
        self._policies = policies
        self._channel = channel

    async def channels(self, guild_id: int) -> list[int]:
        """Return where a report may go, the preferred channel first; none: the server has none."""
        settings = (await self._policies.of(guild_id)).settings
        return [
            one for one in dict.fromkeys((settings.report_channel, settings.log_channel)) if one
        ]

    @repeatable
    async def posted(self, shown: ResultPicture, *, channel_id: int, message_id: int) -> None:
        """Remember a card that shows a copy of the pictures of this one's message."""
        job = shown.job
        async with self._database.write(GUARDED) as uow:
            posts = await uow.posts.of_job(job.job_id)
            part = next((one.part for one in posts if one.message_id == shown.message_id), 0)
            card = ReportCard(
                message_id=message_id,
                guild_id=job.guild_id,
                channel_id=channel_id,
                job_id=job.job_id,
                part=part,
            )
            await uow.report_cards.put(card)
            await uow.commit()

    @repeatable
    async def without_pictures(self, message_id: int) -> None:
        """Forget a card: it shows no picture any more, or is gone."""
        async with self._database.write(GUARDED) as uow:
            await uow.report_cards.gone(message_id)
            await uow.commit()

    async def sweep(self) -> None:
        """Take the copies of removed pictures off their cards."""
        async with self._database.read() as uow:
            outdated = await uow.report_cards.outdated()
        for card in outdated:
            settings = (await self._policies.of(card.guild_id)).settings
            try:
                await self._channel.take_pictures(settings, card)
            except DeliveryError as error:
                log.info("report card %d cannot be changed: %s", card.message_id, error)
            except Exception as error:
                log.warning("report card %d cannot be changed yet: %r", card.message_id, error)
                continue
            await self.without_pictures(card.message_id)
