"""Tells a server's log channel what was changed and, where it wants that, what was made.

Runs in the background: a change never waits for Discord. What a log channel does not take stays
in the record, where /moderate history shows it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence

from bot.domain.errors import DeliveryError
from bot.domain.job import Destination, Job
from bot.services.operations.alerts import Alerts
from bot.services.ports import (
    GUARDED,
    AuditEntry,
    Clock,
    Database,
    LogChannel,
    ResultSummary,
    Scope,
)
from bot.services.servers.policies import Policies
from bot.services.tasks.leases import CHORES, Held, HoldsAll
from bot.services.tasks.log_context import about_job
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

# Changes of a few seconds come as one message; entries are read this many at a time.
POLL_SECONDS = 3
READ_AT_ONCE = 50
# A channel that cannot be reached now is tried again after so long, and for so long.
WAIT_SECONDS = 60
TRY_FOR_SECONDS = 3600
# For so long entries are one process's to tell; Discord knows a nonce for longer.
CLAIM_SECONDS = 60
# Results that wait to be told; older ones are forgotten.
_RESULTS = 1000


class LogChannelFeed:
    """Copies the record to log channels, each entry once."""

    def __init__(
        self,
        *,
        channel: LogChannel,
        database: Database,
        policies: Policies,
        clock: Clock,
        alerts: Alerts,
        operator_words: Callable[[AuditEntry], str | None],
        held: Held | None = None,
    ) -> None:
        self._held = held or HoldsAll()
        self._alerts = alerts
        self._operator_words = operator_words
        self.wake_event = WakeEvent()
        self._channel = channel
        self._database = database
        self._policies = policies
        self._clock = clock
        self._results: deque[Job] = deque(maxlen=_RESULTS)
        self._waiting: dict[int, int] = {}

    def posted(self, job: Job) -> None:
        """A result was posted: tell of it, where the server wants that."""
        policy = self._policies.known(job.guild_id)
        if policy and policy.settings.log_results and policy.settings.log_channel:
            self._results.append(job)
            self.wake_event.wake()

    async def run(self) -> None:
        """Tell what is new, until cancelled."""
        while True:
            try:
                told = await self.round()
            except Exception:
                log.exception("log channels could not be updated")
                told = False
            if not told:
                await self.wake_event.wait(POLL_SECONDS)

    async def round(self) -> bool:
        """Tell what is waiting; False when there was nothing that could be told now."""
        now = self._clock.now()
        self._waiting = {guild: at for guild, at in self._waiting.items() if at > now}
        told = await self._tell_results()
        if not self._held.holds(CHORES):
            return told
        async with self._database.read() as uow:
            entries = await uow.audit.unechoed(limit=READ_AT_ONCE, without=self._waiting)
        for guild_id in dict.fromkeys(entry.guild_id for entry in entries):
            await self._tell_changes(guild_id)
        # A server that cannot be told rests: others may stand behind its entries.
        return told or bool(entries)

    def _tell_operator(self, entries: Sequence[AuditEntry]) -> None:
        """Tell what concerns the whole bot, but for what the operator did."""
        for entry in entries:
            if text := self._operator_words(entry):
                self._alerts.tell(f"{entry.action}.{entry.subject_id}.{entry.audit_id}", text)

    async def _tell_changes(self, guild_id: int) -> None:
        """Tell a server's next changes.

        They are claimed first. The process that goes on after this one gets the same ones again, so
        its message has the same nonce, and Discord keeps one of the two.
        """
        claimed_at = self._clock.now()
        async with self._database.write(Scope("log channel", str(guild_id))) as uow:
            entries = await uow.audit.claim(
                guild_id,
                limit=READ_AT_ONCE,
                now=claimed_at,
                ran_out=claimed_at - CLAIM_SECONDS,
            )
            await uow.commit()
        if not entries:
            self._waiting[guild_id] = claimed_at + POLL_SECONDS
            return
        if not guild_id:
            self._tell_operator(entries)
        settings = (await self._policies.of(guild_id)).settings
        if self._clock.now() >= claimed_at + CLAIM_SECONDS:
            return  # This process was stopped meanwhile: another one may have told them.
        told, failed = len(entries), False
        if settings.log_channel:
            try:
                told = await self._channel.changes(guild_id, settings, entries)
            except DeliveryError as error:
                log.info("the log channel of server %d refuses messages: %s", guild_id, error)
            except Exception as error:
                log.warning("the log channel of server %d cannot be reached: %r", guild_id, error)
                self._waiting[guild_id] = self._clock.now() + WAIT_SECONDS
                over = self._clock.now() - TRY_FOR_SECONDS
                told, failed = sum(entry.at < over for entry in entries), True
        ids = [entry.audit_id for entry in entries]
        async with self._database.write(GUARDED) as uow:
            await uow.audit.echoed(ids[:told], now=self._clock.now())
            if not failed:
                # After a failure nobody knows if they are posted: they stay together.
                await uow.audit.unclaim(ids[told:], claimed_at=claimed_at)
            await uow.commit()
        for entry in entries[:told]:
            _log_pause(entry)

    async def _tell_results(self) -> bool:
        waiting, self._results = self._results, deque(maxlen=_RESULTS)
        told = False
        for job in waiting:
            if job.guild_id in self._waiting:
                self._results.append(job)
                continue
            try:
                await self._tell_result(job)
                told = True
            except DeliveryError as error:
                log.info("the log channel of server %d refuses messages: %s", job.guild_id, error)
            except Exception as error:
                log.warning(
                    "job %s could not be posted to the log channel yet: %r", job.job_id, error
                )
                self._waiting[job.guild_id] = self._clock.now() + WAIT_SECONDS
                if (job.finished_at or 0) > self._clock.now() - TRY_FOR_SECONDS:
                    self._results.append(job)
        return told

    @about_job
    async def _tell_result(self, job: Job) -> None:
        settings = (await self._policies.of(job.guild_id)).settings
        if not (settings.log_results and settings.log_channel):
            return
        async with self._database.read() as uow:
            posts = [post for post in await uow.posts.of_job(job.job_id) if post.message_id]
        public = job.destination is Destination.CHANNEL and bool(posts)
        made = ResultSummary(
            job=job,
            pictures=len({position for post in posts for position in post.positions}),
            message=(posts[0].channel_id, posts[0].message_id or 0) if public else None,
        )
        await self._channel.result(settings, made)


def _log_pause(entry: AuditEntry) -> None:
    """Log what the operator paused or resumed from the shell."""
    if entry.actor_id or entry.action not in ("pause", "resume"):
        return
    what = "everything"
    if entry.subject_kind == "provider":
        what = f"image service {entry.subject_id}"
    elif entry.guild_id:
        what = f"server {entry.guild_id}"
    reason = f": {entry.reason}" if entry.reason else ""
    log.info("the operator %sd %s%s", entry.action, what, reason)
