"""What members may decide about their own data: see it, delete it, keep others from editing.

Deleting gives nobody a new quota: what is counted in a window that is still open keeps the
member's id until it ends, and then a tombstone takes their place (`sweep`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.job import Job, JobState, Reason
from bot.domain.requests.consent import ConsentState
from bot.services.gallery.gallery import NOT_IN_GALLERIES
from bot.services.ports import (
    DEFAULTS,
    EVERYTHING,
    GUARDED,
    NOT_BY_OTHERS,
    Clock,
    Database,
    Spool,
    UnitOfWork,
    of_member,
)
from bot.services.ports.user_data import ErasedUser
from bot.services.quotas.cancellation import end_waiting, withdraw
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers import consent_log
from bot.services.tasks.conflicts import repeatable

log = logging.getLogger(__name__)

# So many jobs are emptied in one transaction: others wait for it.
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What deleting did at once, in numbers; `under_way` jobs end first and are deleted then."""

    cancelled: int
    under_way: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file with everything about a member; `whole` unless the oldest requests had to stay out."""

    name: str
    data: bytes
    whole: bool


class Privacy:
    """Acts for one person over all servers.

    `tell` says that a waiting job was cancelled; without it, the bot at work does so in its turn.
    `forgot` empties what is remembered of a person in memory.
    """

    def __init__(
        self,
        *,
        database: Database,
        quotas: QuotaBook,
        spool: Spool,
        clock: Clock,
        keep_seconds: int,
        tell: Callable[[Job], Awaitable[None]] | None = None,
        forgot: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.keep_seconds = keep_seconds
        self._database = database
        self._quotas = quotas
        self._spool = spool
        self._clock = clock
        self._tell = tell
        self._forgot = forgot

    async def others_may_edit(self, user_id: int) -> bool:
        """Tell whether a member lets others edit their pictures."""
        async with self._database.read() as uow:
            return not (await uow.members.of(user_id)).get(NOT_BY_OTHERS)

    @repeatable
    async def let_others_edit(self, user_id: int, *, allowed: bool) -> None:
        """Write a member's own choice, for all servers."""
        async with self._database.write(of_member(user_id)) as uow:
            await uow.members.put(user_id, NOT_BY_OTHERS, None if allowed else True)
            if not allowed:
                # What waits for their consent is answered by this.
                now = self._clock.now()
                refused = ConsentState.REFUSED
                for one in await uow.consents.end_all(refused, now=now, owner_id=user_id):
                    await consent_log.answered(uow, one, refused.value, by=user_id, now=now)
            await uow.commit()

    async def in_galleries(self, user_id: int) -> bool:
        """Tell whether a member lets servers show their results in a gallery."""
        async with self._database.read() as uow:
            return not (await uow.members.of(user_id)).get(NOT_IN_GALLERIES)

    @repeatable
    async def let_galleries_show(self, user_id: int, *, allowed: bool) -> None:
        """Write a member's own choice, for all servers; what is shown is then taken down."""
        async with self._database.write(GUARDED) as uow:
            await uow.members.put(user_id, NOT_IN_GALLERIES, None if allowed else True)
            await uow.commit()

    async def export(self, user_id: int, *, limit_bytes: int) -> Export:
        """Return everything about a member as JSON, packed if it is too long for one file.

        Where even the packed file would be too long, the oldest requests and what belongs to
        them are left out, and the file says how many.
        """
        async with self._database.read(long=True) as uow:
            found = dict(await uow.user_data.export(user_id))
        at = datetime.fromtimestamp(self._clock.now(), UTC).isoformat()
        about = {"user_id": str(user_id), "made_at": at, "times": "seconds since 1970, UTC"}
        return await asyncio.to_thread(_file, about, found, limit_bytes)

    async def forget(self, user_id: int, *, messages: bool = False) -> Forgotten:
        """Delete a member's data; with `messages` their posted pictures as well."""
        erased_user, cancelled, examples, forgotten = await self._begin(user_id, messages=messages)
        self._forgot(user_id)
        await asyncio.to_thread(self._remove, examples)
        for job in cancelled if self._tell else ():
            await self._told(job)
        await self.finish(erased_user)
        return forgotten

    @repeatable
    async def _begin(
        self, user_id: int, *, messages: bool
    ) -> tuple[ErasedUser, Sequence[Job], list[str], Forgotten]:
        """Withdraw what waits, and remember whose data is to go, in one transaction.

        Returns also the folders of the pictures in styles that are gone with it.
        """
        now = self._clock.now()
        async with self._database.write(EVERYTHING, long=True) as uow:
            erased_user = await uow.user_data.remember(user_id, _tombstone(), now=now)
            cancelled = await self._cancel(uow, user_id, now)
            await uow.user_data.clear_aside(user_id)
            await uow.members.put(user_id, DEFAULTS, None)
            examples = await uow.styles.forget(user_id)
            await uow.consents.forget(user_id, now=now)
            for grant_id in await uow.user_data.open_grants(user_id, now=now):
                await uow.grants.revoke(grant_id, by=0, reason=None, now=now)
            taken = 0
            if messages:
                taken = await uow.user_data.take_messages_away(user_id, now=now)
            chosen = await uow.members.of(user_id)
            for choice in (NOT_BY_OTHERS, NOT_IN_GALLERIES):
                if chosen.get(choice):
                    # What stays on Discord stays as they wanted it.
                    await uow.members.put(erased_user.tombstone_id, choice, True)
            under_way = len(await uow.user_data.under_way(user_id))
            await uow.commit()
        said = Forgotten(cancelled=len(cancelled), under_way=under_way, messages=taken)
        return erased_user, cancelled, examples, said

    async def sweep(self) -> None:
        """Go on with everybody who asked: jobs have ended, windows are over."""
        async with self._database.read(long=True) as uow:
            erased_users = await uow.user_data.erased_users()
        for erased_user in erased_users:
            await self.finish(erased_user)

    async def finish(self, erased_user: ErasedUser) -> None:
        """Empty what has ended, and put the tombstone wherever that is possible by now."""
        while True:
            async with self._database.write(EVERYTHING, long=True) as uow:
                emptied = await uow.user_data.blank(erased_user, limit=BATCH)
                await uow.commit()
            await asyncio.to_thread(self._remove, emptied)
            if len(emptied) < BATCH:
                break
        now = self._clock.now()
        async with self._database.write(EVERYTHING, long=True) as uow:
            await uow.user_data.rename(erased_user, now=now)
            if erased_user.guild_id is None:
                await uow.user_data.finished(erased_user, now=now)
            await uow.commit()

    async def whose(self, tag: str) -> list[int]:
        """Return the members whom image services know by a tag (`user_tag`)."""
        async with self._database.read(long=True) as uow:
            salt = await uow.meta.get("salt")
            known = await uow.user_data.known() if salt else ()
        return [one for one in known if user_tag(bytes.fromhex(salt or ""), one) == tag]

    async def _cancel(self, uow: UnitOfWork, user_id: int, now: int) -> list[Job]:
        """Refund what waits to be made, or to be picked up."""
        cancelled: list[Job] = []
        for job in await uow.user_data.under_way(user_id):
            if job.waits_for_pickup:
                await end_waiting(uow, self._quotas, job, told=True, now=now)
            elif job.state in (JobState.QUEUED, JobState.HELD):
                ended = await withdraw(uow, self._quotas, job.job_id, Reason.BY_MEMBER, now=now)
                cancelled += [ended] if ended else []
        return cancelled

    async def _told(self, job: Job) -> None:
        try:
            if self._tell:
                await self._tell(job)
        except Exception:
            log.exception("job %s: its member could not be told how it ended", job.job_id)

    def _remove(self, folders: list[str]) -> None:
        for name in folders:
            self._spool.remove(name)


def user_tag(salt: bytes, user_id: int) -> str:
    """Return the opaque id of a member that image services are told."""
    return f"u_{hashlib.sha256(salt + str(user_id).encode()).hexdigest()[:16]}"


def tombstone_for(user_id: int, guild_id: int, *, now: int) -> ErasedUser:
    """Return the erased user of a server that the bot left for good."""
    return ErasedUser(user_id=user_id, tombstone_id=_tombstone(), asked_at=now, guild_id=guild_id)


def _tombstone() -> int:
    """Return a random negative id: no person's, and it says nothing of whose place it takes."""
    return -1 - secrets.randbits(62)


def _file(
    about: dict[str, str], found: dict[str, list[dict[str, object]]], limit_bytes: int
) -> Export:
    left_out = 0
    while True:
        values = {**about, **({"requests_left_out": left_out} if left_out else {}), **found}
        text = json.dumps(values, ensure_ascii=False, indent=1).encode(errors="replace")
        if len(text) <= limit_bytes:
            return Export(name="easel-data.json", data=text, whole=not left_out)
        packed = zlib.compress(text, wbits=31)
        requests = found["requests"]
        if len(packed) <= limit_bytes or not requests:
            return Export(name="easel-data.json.gz", data=packed, whole=not left_out)
        left_out += len(requests) - len(requests) // 2
        kept = requests[len(requests) - len(requests) // 2 :]
        ids = {one["job_id"] for one in kept}
        found = {
            name: [
                row
                for row in rows
                # A favourite names a request of somebody else.
                if name == "favourites" or row.get("job_id") in ids or "job_id" not in row
            ]
            for name, rows in {**found, "requests": kept}.items()
        }
