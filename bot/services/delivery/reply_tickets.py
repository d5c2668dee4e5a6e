"""What the author of a reply sees: a reaction at once, a ticket only after a while, bad news.

A reply cannot be answered privately, so everything here is short and is deleted again. What has
to be deleted is remembered in the database: what a process began, the next one ends.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

from bot.domain.errors import StorageError
from bot.domain.job import Job, JobState, Reason, new_job_id
from bot.domain.text.reply_intent import ReplyMode
from bot.services.delivery.progress import progress_of
from bot.services.ports import (
    GUARDED,
    NO_REMEDIES,
    Clock,
    Database,
    MessageReference,
    Messages,
    Progress,
    Reaction,
    Remedies,
    ReplyPublisher,
)
from bot.services.servers.policies import Policies
from bot.services.tasks.log_context import about_job

log = logging.getLogger(__name__)

REFRESH_SECONDS = 2.0
# Most pictures are ready before a public ticket would be useful.
TICKET_AFTER_SECONDS = 10
TAKE_AWAY_SECONDS = 600
# A message that Discord does not let us delete is left alone after a day.
GIVE_UP_SECONDS = 86400
WHY_SECONDS = 86400
# Reading the pictures of a message takes less, so an older ⏳ without a job lost its process.
WORKING_SECONDS = 300
HELP_SECONDS = 3600
# Stands for the server: direct messages are counted over all servers.
_ANYWHERE = 0


class ReplyTickets:
    """Shows the state of jobs that a message asked for, from the ⏳ to their end."""

    def __init__(
        self,
        *,
        publisher: ReplyPublisher,
        messages: Messages,
        database: Database,
        clock: Clock,
        policies: Policies,
    ) -> None:
        self._policies = policies
        self._publisher = publisher
        self._messages = messages
        self._database = database
        self._clock = clock
        self._shown: dict[str, tuple[JobState, int, bool] | None] = {}
        self._helped: dict[tuple[int, int], int] = {}
        self._left: list[Job] | None = None

    async def mode(self, guild_id: int) -> ReplyMode:
        """Return what a server's managers decided; to ask first where they did not."""
        return (await self._policies.of(guild_id)).settings.replies

    async def sign(
        self, channel_id: int, message_id: int, sign: Reaction, *, on: bool = True
    ) -> bool:
        """Add a reaction to a message, or remove it; best effort, because nothing depends on it."""
        try:
            return await self._publisher.sign(channel_id, message_id, sign, on=on)
        except Exception as error:
            log.warning(
                "message %d: reaction %s could not be added: %r", message_id, sign.name, error
            )
            return False

    async def begin(self, channel_id: int, message_id: int) -> None:
        """Add ⏳ to a message whose request is being read.

        Once there is a job, its end removes the reaction. If the process dies before that, or the
        request fails, `withdraw` or the next process removes it.
        """
        async with self._database.write(GUARDED) as uow:
            until = self._clock.now() + WORKING_SECONDS
            await uow.scheduled_deletions.put_sign(channel_id, message_id, until=until)
            await uow.commit()
        await self.sign(channel_id, message_id, Reaction.WORKING)

    async def withdraw(self, channel_id: int, message_id: int) -> None:
        """Remove ⏳ from a message whose request did not become a job."""
        try:
            await self._publisher.sign(channel_id, message_id, Reaction.WORKING, on=False)
        except Exception as error:
            log.warning("message %d: its reaction could not be removed yet: %r", message_id, error)
            return
        await self._forget_sign(message_id)

    async def refuse(
        self,
        asked: MessageReference,
        why: Sequence[str],
        remedies: Remedies = NO_REMEDIES,
        *,
        translated: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        """Say in one line that a message's request was refused.

        Why? shows its author the reasons and what helps; in their language, which is known only
        then, if it is among `translated`. If the line cannot be
        posted, they are told as `tell_elsewhere` does.
        """
        why_id, now = new_job_id(), self._clock.now()
        text = json.dumps(
            {"why": why, "translated": dict(translated), "remedies": asdict(remedies)}
        )
        try:
            async with self._database.write(GUARDED) as uow:
                expires_at = now + WHY_SECONDS
                await uow.drafts.put(why_id, asked.user_id, text, expires_at=expires_at)
                await uow.commit()
        except StorageError:
            # Nothing can be stored for Why?, so the author gets the reasons at once.
            await self.sign(asked.channel_id, asked.message_id, Reaction.REFUSED)
            await self._whisper(asked, why)
            return
        try:
            line = await self._publisher.refuse(asked.channel_id, asked.message_id, why_id)
        except Exception as error:
            log.warning("message %d: the refusal could not be posted: %r", asked.message_id, error)
            line = None
        if line is None:
            await self.tell_elsewhere(asked, why)
        else:
            await self.take_away(asked.channel_id, line)

    async def tell_elsewhere(self, asked: MessageReference, about: Sequence[str] | Job) -> bool:
        """Tell a member what cannot be said below their message.

        By a reaction to it; if that is forbidden too, by a direct message, at most once an hour.
        False when neither was possible, or a direct message was sent in the last hour.
        """
        # The reaction would say that the request failed, but this result waits for pick-up.
        waits = isinstance(about, Job) and (about.waits_for_pickup or about.held)
        if not waits and await self.sign(asked.channel_id, asked.message_id, Reaction.REFUSED):
            return True
        return await self._whisper(asked, about)

    async def _whisper(self, asked: MessageReference, about: Sequence[str] | Job) -> bool:
        """Send a member a direct message, at most once an hour."""
        told = False
        if self.may_help(_ANYWHERE, asked.user_id):
            try:
                told = await self._publisher.whisper(asked, about)
            except Exception as error:
                log.warning("member %d cannot be sent a direct message: %r", asked.user_id, error)
        if not told:
            log.info("message %d was not answered", asked.message_id)
        return told

    async def why(
        self, why_id: str, user_id: int, language: str = ""
    ) -> tuple[list[str], Remedies] | None:
        """Return the reasons of a refusal in a language, and what helps.

        None when they are no longer stored, or not this member's.
        """
        async with self._database.read() as uow:
            text = await uow.drafts.get(why_id, user_id, now=self._clock.now())
        kept: dict[str, Any] = json.loads(text) if text else {}
        if "why" not in kept:
            return None
        # Refusals of an earlier release knew only a draft to fix.
        remedies = kept.get("remedies", {"fix": kept.get("draft_id")})
        return kept.get("translated", {}).get(language, kept["why"]), Remedies(**remedies)

    async def take_away(
        self, channel_id: int, message_id: int, *, after_seconds: int = TAKE_AWAY_SECONDS
    ) -> None:
        """Delete a message of the bot later, also after a restart."""
        async with self._database.write(GUARDED) as uow:
            until = self._clock.now() + after_seconds
            await uow.scheduled_deletions.put(channel_id, message_id, until=until)
            await uow.commit()

    async def becomes_ticket(self, progress: Progress, message_id: int) -> None:
        """Make a message that exists already the public ticket of a job."""
        job = progress.job
        async with self._database.write(GUARDED) as uow:
            await uow.posts.ticket_posted(job.job_id, message_id)
            await uow.scheduled_deletions.gone(message_id)
            await uow.commit()
        await self._show(replace(progress, job=replace(job, ticket_message_id=message_id)))
        await self._tidy_if_ended(job.job_id)

    def may_help(self, guild_id: int, user_id: int) -> bool:
        """Tell whether a member may get help that they did not ask for: at most once an hour."""
        now = self._clock.now()
        self._helped = {who: at for who, at in self._helped.items() if at > now - HELP_SECONDS}
        if (guild_id, user_id) in self._helped:
            return False
        self._helped[guild_id, user_id] = now
        return True

    @about_job
    async def ended(self, job: Job) -> bool:
        """Delete what was shown for a job that ended or waits for pick-up, and tell its member.

        False when that is impossible.
        """
        job_id, reply_to = job.job_id, job.reply_to_message_id or 0
        await self._publisher.sign(job.channel_id, reply_to, Reaction.WORKING, on=False)
        async with self._database.read() as uow:
            current = await uow.job_queries.get(job_id)
        if current is not None and current.ticket_message_id is not None:
            await self._take_ticket(current, current.ticket_message_id)
        line = None
        told = job.state is JobState.DONE or job.reason is Reason.BY_MEMBER
        if not told:
            line = await self._publisher.bad_news(job)
            told = line is not None or await self.tell_elsewhere(_asked(job), job)
        async with self._database.write(GUARDED) as uow:
            now = self._clock.now()
            await uow.jobs.told(job_id, now=now)
            if line is not None:
                waits = job.waits_for_pickup or job.held
                until = job.expires_at if waits else now + TAKE_AWAY_SECONDS
                await uow.scheduled_deletions.put(job.channel_id, line, until=until)
            await uow.commit()
        return told

    async def run(self) -> None:
        """Post tickets that are due and delete messages whose time is over, until cancelled."""
        while True:
            try:
                await self._find_lost()
                await self._refresh()
                await self._clean()
            except Exception:
                log.exception("public tickets could not be refreshed")
            await asyncio.sleep(REFRESH_SECONDS)

    async def _find_lost(self) -> None:
        """Find tickets whose process died before it had stored their message id (K5)."""
        if self._left is None:
            async with self._database.read() as uow:
                left = [*await uow.queue.replies(), *await uow.queue.untold()]
            self._left = [
                job for job in left if job.reply_to_message_id and not job.ticket_message_id
            ]
        while self._left:
            job = self._left[-1]
            try:
                message_id = await self._publisher.find_ticket(job)
            except Exception as error:
                log.warning("job %s: it is unknown whether it has a ticket: %r", job.job_id, error)
                return
            if message_id is not None:
                await self._opened(job.job_id, message_id)
            self._left.pop()

    async def _refresh(self) -> None:
        due = self._clock.now() - TICKET_AFTER_SECONDS
        async with self._database.read() as uow:
            jobs = await uow.queue.replies()
            ahead = {
                job.job_id: await uow.queue.queued_ahead(job)
                for job in jobs
                if job.state is JobState.QUEUED
            }
        self._shown = {job.job_id: self._shown.get(job.job_id) for job in jobs}
        for job in jobs:
            progress = progress_of(job, ahead=ahead.get(job.job_id, 0))
            state = (job.state, progress.position, job.cancel_requested)
            waits = job.ticket_message_id is None and job.created_at > due
            if not waits and self._shown[job.job_id] != state:
                await self._show(progress)
                self._shown[job.job_id] = state

    @about_job
    async def _show(self, progress: Progress) -> None:
        try:
            if progress.job.ticket_message_id is None:
                await self._open(progress)
            else:
                await self._publisher.show_ticket(progress)
        except Exception as error:
            log.warning(
                "job %s: its public ticket could not be posted: %r", progress.job.job_id, error
            )

    async def _open(self, progress: Progress) -> None:
        message_id = await self._publisher.post_ticket(progress)
        if message_id is not None:
            await self._opened(progress.job.job_id, message_id)

    async def _opened(self, job_id: str, message_id: int) -> None:
        async with self._database.write(GUARDED) as uow:
            await uow.posts.ticket_posted(job_id, message_id)
            await uow.commit()
        await self._tidy_if_ended(job_id)

    async def _tidy_if_ended(self, job_id: str) -> None:
        """Delete a ticket whose job ended while it was posted."""
        async with self._database.read() as uow:
            job = await uow.job_queries.get(job_id)
        if job is not None and job.state.final and job.ticket_message_id is not None:
            await self._take_ticket(job, job.ticket_message_id)

    @about_job
    async def _take_ticket(self, job: Job, message_id: int) -> None:
        gone = await self._messages.delete(job.channel_id, message_id)
        async with self._database.write(GUARDED) as uow:
            await uow.posts.ticket_posted(job.job_id, None)
            if not gone:
                await uow.scheduled_deletions.put(
                    job.channel_id, message_id, until=self._clock.now()
                )
            await uow.commit()

    async def _clean(self) -> None:
        now = self._clock.now()
        async with self._database.read() as uow:
            due = await uow.scheduled_deletions.due(now=now)
            signs = await uow.scheduled_deletions.signs_due(now=now)
            jobs = {sign: await uow.job_queries.of_origin(f"m:{sign[1]}") for sign in signs}
        for (channel_id, message_id, until), job in jobs.items():
            if job is not None or until < now - GIVE_UP_SECONDS:
                await self._forget_sign(message_id)
            else:
                await self.withdraw(channel_id, message_id)
        for channel_id, message_id, until in due:
            if await self._messages.delete(channel_id, message_id) or until < now - GIVE_UP_SECONDS:
                async with self._database.write(GUARDED) as uow:
                    await uow.scheduled_deletions.gone(message_id)
                    await uow.commit()

    async def _forget_sign(self, message_id: int) -> None:
        async with self._database.write(GUARDED) as uow:
            await uow.scheduled_deletions.sign_gone(message_id)
            await uow.commit()


def _asked(job: Job) -> MessageReference:
    return MessageReference(
        guild_id=job.guild_id,
        channel_id=job.channel_id,
        message_id=job.reply_to_message_id or 0,
        user_id=job.user_id,
    )
