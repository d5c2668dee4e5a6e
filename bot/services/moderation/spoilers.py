"""Hides results behind a spoiler, and shows them again: decided first, then brought to Discord.

The transaction that decides also remembers that the messages do not show it yet, so a crash in
between delays it only. Where Discord does not edit the pictures of a message, the message is posted
again. Then the transaction that records the new message makes it true, and only after it the old
one is deleted (docs/spec/crashes.md, K27 and K28).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakValueDictionary

from bot.domain.errors import DeliveryError, Objection, StaffError
from bot.domain.job import Job, Post
from bot.services.moderation.public_result import public_result
from bot.services.ports import (
    GUARDED,
    AuditEntry,
    Clock,
    Database,
    Messages,
    SpoilerMessages,
    UnitOfWork,
    of_server,
)
from bot.services.requests.results import Results
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import Actor, SpoilerDecision
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.log_context import about_job

log = logging.getLogger(__name__)

# What Discord does not take now is tried again for so long.
TRY_FOR_SECONDS = 86_400


class Spoilers:
    """Covers posted results. A result counts as hidden from the decision on."""

    def __init__(
        self,
        *,
        changes: Changes,
        database: Database,
        results: Results,
        messages: Messages,
        spoilers: SpoilerMessages,
        clock: Clock,
        covered: Callable[[], None] = lambda: None,
    ) -> None:
        self._changes = changes
        self._database = database
        self._results = results
        self._messages = messages
        self._spoilers = spoilers
        self._clock = clock
        self._covered = covered
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @repeatable
    async def hide(self, actor: Actor, job_id: str) -> tuple[AuditEntry, bool]:
        """Hide a result; False beside it when Discord does not show that yet.

        StaffError where there is nothing to hide.
        """
        async with self._database.write(of_server(actor.guild_id)) as uow:
            job = await public_result(uow, actor.guild_id, job_id)
            decision = SpoilerDecision(job_id, job.user_id)
            entry = await self._changes.set_in(uow, actor, decision, True, action="hide")
            if entry is None:
                raise StaffError(Objection.PICTURE_HIDDEN)
            await uow.commit()
        self._changes.forget(actor.guild_id)
        return entry, await self.show(job_id)

    async def sweep(self) -> None:
        """Bring to Discord what was decided and is not shown yet."""
        async with self._database.read() as uow:
            due = await uow.spoilers.due()
        for job_id, at in due:
            if not await self.show(job_id) and at < self._clock.now() - TRY_FOR_SECONDS:
                log.warning("job %s: Discord does not take its spoiler", job_id)
                await self._forget(job_id)

    async def show(self, job_id: str) -> bool:
        """Bring the messages of a result in line with the decision; False: not all of them yet."""
        self._covered()
        lock = self._locks.setdefault(job_id, asyncio.Lock())
        async with lock:
            async with self._database.read() as uow:
                job = await uow.job_queries.get(job_id)
                posts = await uow.posts.of_job(job_id)
            return job is None or await self._show(job, posts)

    @about_job
    async def _show(self, job: Job, posts: list[Post]) -> bool:
        standing = [post for post in posts if post.message_id and post.removed_at is None]
        shown = all([await self._show_post(job, post) for post in standing])
        # What is still being posted may have been made ready before the decision.
        if shown and job.state.final:
            async with self._database.write(GUARDED) as uow:
                await uow.spoilers.shown(job.job_id, spoiler=job.spoiler)
                await uow.commit()
        return shown

    async def _show_post(self, job: Job, post: Post) -> bool:
        message_id = post.message_id or 0
        try:
            done = await self._spoilers.cover(post.channel_id, message_id, spoiler=job.spoiler)
            if done is False:
                done = await self._post_again(job, post, message_id)
        except DeliveryError as error:
            log.info("message %d cannot be changed: %s", message_id, error)
            return False
        except Exception as error:
            log.warning("message %d cannot be changed yet: %r", message_id, error)
            return False
        if done is None:
            await self._results.deleted(message_id)
        return True

    async def _post_again(self, job: Job, post: Post, old_id: int) -> bool | None:
        async with self._database.write(GUARDED) as uow:
            now = self._clock.now()
            tried_at = await uow.spoilers.mark_again_try(job.job_id, post.part, now=now)
            await uow.commit_mark()
        new_id = await self._spoilers.post_again(
            post.channel_id, old_id, spoiler=job.spoiler, tried_at=tried_at
        )
        if new_id is None:
            return None
        async with self._database.write(GUARDED) as uow:
            replaced = await uow.spoilers.posted_again(old_message_id=old_id, message_id=new_id)
            superfluous = old_id if replaced else await self._superfluous(uow, post, new_id)
            if superfluous:
                await uow.scheduled_deletions.put(
                    post.channel_id, superfluous, until=self._clock.now()
                )
            await uow.commit()
        if superfluous and await self._messages.delete(post.channel_id, superfluous):
            async with self._database.write(GUARDED) as uow:
                await uow.scheduled_deletions.gone(superfluous)
                await uow.commit()
        return True

    async def _superfluous(self, uow: UnitOfWork, post: Post, new_id: int) -> int | None:
        """Return the new message of a part that has another one, or was removed, by now."""
        posts = await uow.posts.of_job(post.job_id)
        taken = any(one.message_id == new_id for one in posts)
        return None if taken else new_id

    async def _forget(self, job_id: str) -> None:
        async with self._database.write(GUARDED) as uow:
            for spoiler in (True, False):
                await uow.spoilers.shown(job_id, spoiler=spoiler)
            await uow.commit()
