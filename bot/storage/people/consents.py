"""Requests that wait for the owner of a picture. Part of one transaction (port Consents)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, exists, or_, select, update

from bot.domain.requests.consent import ENDED_WITHOUT_JOB, Consent, ConsentState
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.people.scheduled_deletions import SqlScheduledDeletions
from bot.storage.rows import AnyRow
from bot.storage.tables import consents, drafts

_asking = consents.c.state == ConsentState.ASKING.value
_allowed = consents.c.state == ConsentState.ALLOWED.value
_untold = and_(
    consents.c.state.in_([state.value for state in ENDED_WITHOUT_JOB]),
    consents.c.told_at.is_(None),
)


class SqlConsents:
    """Consents, from the question to their end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, consent: Consent) -> bool:
        """Insert a consent; False when its event asked before."""
        row = {
            "consent_id": consent.consent_id,
            "guild_id": consent.guild_id,
            "channel_id": consent.channel_id,
            "user_id": consent.user_id,
            "owner_id": consent.owner_id,
            "origin": consent.origin,
            "state": consent.state.value,
            "again_of": consent.again_of,
            "retry_of": consent.retry_of,
            "reply_to": consent.reply_to,
            "ticket_token": consent.ticket_token,
            "ticket_expires_at": consent.ticket_expires_at,
            "locale": consent.locale,
            "server_locale": consent.server_locale,
            "created_at": consent.created_at,
            "expires_at": consent.expires_at,
        }
        statement = insert_for(self._connection.dialect.name, consents).values(row)
        return await self._changed(statement.on_conflict_do_nothing())

    async def get(self, consent_id: str) -> Consent | None:
        """Return a consent in any state."""
        found = await self._all(consents.c.consent_id == consent_id)
        return found[0] if found else None

    async def of_origin(self, origin: str) -> Consent | None:
        """Return the consent that an event asked for."""
        found = await self._all(consents.c.origin == origin)
        return found[0] if found else None

    async def waiting(self, guild_id: int, user_id: int, *, now: int) -> list[tuple[Consent, str]]:
        """Return what a member has waiting in a server, each with its stored request."""
        found = (
            select(consents, drafts.c.draft)
            .join(drafts, drafts.c.draft_id == consents.c.consent_id)
            .where(
                _asking,
                consents.c.guild_id == guild_id,
                consents.c.user_id == user_id,
                consents.c.expires_at > now,
            )
        )
        rows = (await self._connection.execute(found)).all()
        return [(_consent(row), row.draft) for row in rows]

    async def decide(
        self, consent_id: str, owner_id: int, state: ConsentState, *, now: int
    ) -> bool:
        """Write what the owner said; False when it was decided, or over, before."""
        open_now = and_(_asking, consents.c.expires_at > now, consents.c.owner_id == owner_id)
        return await self._changed(
            update(consents)
            .where(consents.c.consent_id == consent_id, open_now)
            .values(state=state.value, decided_at=now, busy_until=0)
        )

    async def use(self, consent_id: str, job_id: str, *, owner_id: int | None) -> bool:
        """Spend an allowed consent on a job, once; of an `owner_id` that is still the same."""
        this = and_(consents.c.consent_id == consent_id, _allowed)
        if owner_id is not None:
            this = and_(this, consents.c.owner_id == owner_id)
        used = {"state": ConsentState.USED.value, "job_id": job_id}
        return await self._changed(update(consents).where(this).values(used))

    async def end(self, consent_id: str, state: ConsentState, *, now: int) -> bool:
        """End what did not become a job; False when it ended, or became one, before."""
        this = and_(consents.c.consent_id == consent_id, or_(_asking, _allowed))
        return await self._changed(
            update(consents).where(this).values(state=state.value, decided_at=now)
        )

    async def end_all(
        self,
        state: ConsentState,
        *,
        now: int,
        guild_id: int | None = None,
        channel_id: int | None = None,
        owner_id: int | None = None,
    ) -> list[Consent]:
        """End everything that waits, in a place or for an owner, and have its cards deleted.

        Returns what ended.
        """
        this: ColumnElement[bool] = or_(_asking, _allowed)
        for column, wanted in (
            (consents.c.guild_id, guild_id),
            (consents.c.channel_id, channel_id),
            (consents.c.owner_id, owner_id),
        ):
            if wanted is not None:
                this = and_(this, column == wanted)
        ended = {"state": state.value, "decided_at": now, "busy_until": 0}
        rows = await self._take_cards(update(consents).where(this).values(ended), now=now)
        return [_consent(row) for row in rows]

    async def forget(self, user_id: int, *, now: int) -> None:
        """Delete what a member asked for, and end what others asked of them."""
        mine = consents.c.user_id == user_id
        await self._take_cards(delete(consents).where(mine, _asking), now=now)
        await self._changed(delete(consents).where(mine))
        await self.end_all(ConsentState.REFUSED, now=now, owner_id=user_id)
        theirs = consents.c.owner_id == user_id
        await self._changed(update(consents).where(theirs).values(owner_id=0))

    async def due(self, *, now: int) -> list[Consent]:
        """Return everything that a process has to work on now, the oldest first."""
        work = or_(
            and_(_asking, or_(consents.c.message_id.is_(None), consents.c.expires_at <= now)),
            _allowed,
            _untold,
        )
        return await self._all(and_(work, consents.c.busy_until <= now))

    async def claim(self, consent: Consent, *, until: int, now: int) -> bool:
        """Work on a consent as the only process until a time; False when another one does."""
        this = and_(
            consents.c.consent_id == consent.consent_id,
            consents.c.state == consent.state.value,
            consents.c.busy_until <= now,
        )
        return await self._changed(update(consents).where(this).values(busy_until=until))

    async def trying(self, consent_id: str, *, now: int) -> None:
        """Mark that the card will be posted: the write-ahead mark."""
        this = and_(consents.c.consent_id == consent_id, consents.c.first_try_at.is_(None))
        await self._changed(update(consents).where(this).values(first_try_at=now))

    async def posted(self, consent_id: str, message_id: int) -> bool:
        """Remember the card; False when the consent ended meanwhile, and it must go."""
        this = consents.c.consent_id == consent_id
        await self._changed(
            update(consents).where(this).values(message_id=message_id, busy_until=0)
        )
        return (await self._connection.execute(select(exists().where(this, _asking)))).scalar_one()

    async def told(self, consent_id: str, *, now: int) -> None:
        """Remember that the requester knows."""
        this = consents.c.consent_id == consent_id
        await self._changed(update(consents).where(this).values(told_at=now))

    async def sweep(self, *, before: int) -> None:
        """Delete what ended before a time."""
        ended = and_(~_asking, ~_allowed, ~_untold, consents.c.decided_at <= before)
        await self._changed(delete(consents).where(ended))

    async def _take_cards(self, ending: Delete | Update, *, now: int) -> Sequence[AnyRow]:
        """End consents, and have the cards deleted that they have then.

        Another process may post one meanwhile: it is seen here, or sees the end.
        """
        deletions = SqlScheduledDeletions(self._connection)
        rows: Sequence[AnyRow] = (await self._connection.execute(ending.returning(consents))).all()
        for row in rows:
            if row.message_id is not None:
                await deletions.put(row.channel_id, row.message_id, until=now)
        return rows

    async def _all(self, condition: ColumnElement[bool]) -> list[Consent]:
        found = select(consents).where(condition).order_by(consents.c.created_at)
        rows: Sequence[AnyRow] = (await self._connection.execute(found)).all()
        return [_consent(row) for row in rows]

    async def _changed(self, statement: Any) -> bool:
        return (await self._connection.execute(statement)).rowcount > 0


def _consent(row: AnyRow) -> Consent:
    return Consent(
        consent_id=row.consent_id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        user_id=row.user_id,
        owner_id=row.owner_id,
        origin=row.origin,
        state=ConsentState(row.state),
        again_of=row.again_of,
        retry_of=row.retry_of,
        reply_to=row.reply_to,
        ticket_token=row.ticket_token,
        ticket_expires_at=row.ticket_expires_at,
        locale=row.locale,
        server_locale=row.server_locale,
        created_at=row.created_at,
        expires_at=row.expires_at,
        first_try_at=row.first_try_at,
        message_id=row.message_id,
        job_id=row.job_id,
    )
