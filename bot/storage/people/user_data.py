"""One person's data over all servers: export, and removal from jobs and ledger.

The ledger keeps its sums (its triggers let only a tombstone take somebody's place), and a counter
moves together with its holds. Part of one transaction (port People).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    case,
    delete,
    exists,
    literal,
    or_,
    select,
    update,
)

from bot.domain.job import Job, JobState
from bot.domain.quotas.rules import Subject
from bot.services.ports import CounterKind
from bot.services.ports.user_data import ErasedUser
from bot.storage.comparison_tables import comparison_votes, comparisons
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.policy_tables import (
    audit,
    blocks,
    forgotten,
    member_settings,
    rules,
    style_pictures,
    styles,
)
from bot.storage.rows import AnyRow, canonical_json, job_of
from bot.storage.tables import (
    baskets,
    calls,
    consents,
    counters,
    drafts,
    favourites,
    grants,
    holds,
    jobs,
    ledger,
    pictures,
    posts,
    reference_pictures,
    reviews,
    scheduled_deletions,
)

# A month at its longest: by then every window of the request's time has ended, and what somebody
# did as a moderator need not be answered for any more.
MONTH_SECONDS = 31 * 86400
# Cooldowns (a day at most) and the brake on refusals look at jobs this young: forgetting is no way
# around them.
_YOUNG_SECONDS = 86400

_ended = jobs.c.state.in_([state.value for state in JobState if state.final])
_untold = and_(
    jobs.c.told_at.is_(None),
    or_(jobs.c.state != JobState.DONE.value, jobs.c.reply_to_message_id.is_not(None)),
)
# As `canonical_json` writes it; in a prompt itself the quotation marks are escaped.
_EMPTY = '%"prompt":""%'
_told_of = jobs.c.job_id == reference_pictures.c.job_id
_closed_counter = exists().where(
    counters.c.kind == holds.c.kind,
    counters.c.guild_id == holds.c.guild_id,
    counters.c.user_id == holds.c.user_id,
    counters.c.window == holds.c.window,
    counters.c.starts_at == holds.c.starts_at,
)


class SqlUserData:
    """Finds, empties and renames."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- who asked --------------------------------------------------------------------------

    async def remember(self, user_id: int, tombstone_id: int, *, now: int) -> ErasedUser:
        """Note that somebody asked now; who asked before keeps their tombstone."""
        statement = insert_for(self._connection.dialect.name, forgotten).values(
            user_id=user_id, tombstone_id=tombstone_id, asked_at=now
        )
        statement = statement.on_conflict_do_update(
            index_elements=[forgotten.c.user_id], set_={"asked_at": now}
        )
        await self._run(statement)
        (row,) = await self._all(select(forgotten).where(forgotten.c.user_id == user_id))
        return _erased_user(row)

    async def erased_users(self) -> list[ErasedUser]:
        """Return everybody whose request is not finished, the oldest first."""
        rows = await self._all(select(forgotten).order_by(forgotten.c.asked_at))
        return [_erased_user(row) for row in rows]

    async def finished(self, erased_user: ErasedUser, *, now: int) -> bool:
        """Forget the request itself, a month later and when nothing is left of the person."""
        user_id, asked_at = erased_user.user_id, erased_user.asked_at
        left = or_(
            exists().where(jobs.c.user_id == user_id, jobs.c.created_at <= asked_at),
            exists().where(
                counters.c.kind == CounterKind.MEMBER.value,
                counters.c.user_id == user_id,
                counters.c.starts_at <= asked_at,
            ),
        )
        this = and_(forgotten.c.user_id == user_id, forgotten.c.asked_at <= now - MONTH_SECONDS)
        return await self._changed(delete(forgotten).where(this, ~left)) > 0

    # --- what goes at once ------------------------------------------------------------------

    async def under_way(self, user_id: int) -> list[Job]:
        """Return what waits, runs or is being delivered, oldest first."""
        found = select(jobs).where(jobs.c.user_id == user_id, ~_ended).order_by(jobs.c.turn)
        return [job_of(row) for row in await self._all(found)]

    async def open_grants(self, user_id: int, *, now: int) -> list[int]:
        """Return the grants that still count somewhere."""
        found = select(grants.c.grant_id).where(
            grants.c.user_id == user_id,
            grants.c.revoked_at.is_(None),
            or_(grants.c.expires_at.is_(None), grants.c.expires_at > now),
        )
        return [row.grant_id for row in await self._all(found)]

    async def clear_aside(self, user_id: int) -> None:
        """Delete drafts, baskets, favourites and votes."""
        await self._run(delete(drafts).where(drafts.c.user_id == user_id))
        await self._run(delete(baskets).where(baskets.c.user_id == user_id))
        await self._run(delete(favourites).where(favourites.c.user_id == user_id))
        await self._run(delete(comparison_votes).where(comparison_votes.c.user_id == user_id))

    async def take_messages_away(self, user_id: int, *, now: int) -> int:
        """Mark all posted results as removed, and have their messages deleted; return how many.

        Private answers are the member's own to dismiss: Discord lets nobody else.
        """
        mine = select(jobs.c.job_id).where(jobs.c.user_id == user_id)
        public = mine.where(jobs.c.destination == "channel")
        standing = and_(posts.c.message_id.is_not(None), posts.c.removed_at.is_(None))
        found = select(posts.c.message_id, posts.c.channel_id, literal(now)).where(
            posts.c.job_id.in_(public), standing
        )
        names = ["message_id", "channel_id", "until"]
        deletion = insert_for(self._connection.dialect.name, scheduled_deletions).from_select(
            names, found
        )
        queued = await self._changed(deletion.on_conflict_do_nothing())
        await self._run(
            update(posts)
            .where(posts.c.job_id.in_(mine), posts.c.removed_at.is_(None))
            .values(removed_at=now, removed_by=user_id)
        )
        return queued

    async def blank(self, erased_user: ErasedUser, *, limit: int) -> list[str]:
        """Empty the prompts and picture facts of some jobs that ended; return their ids."""
        has_pictures = exists().where(_told_of)
        found = (
            select(jobs.c.job_id, jobs.c.request)
            .where(_ended, _jobs_of(erased_user), or_(~jobs.c.request.like(_EMPTY), has_pictures))
            .limit(limit)
        )
        job_ids: list[str] = []
        for row in await self._all(found):
            # Notes name what was typed, such as a flag.
            request = canonical_json(_emptied(json.loads(row.request)))
            nothing = {"ticket_token": None, "ticket_expires_at": None}
            this = update(jobs).where(jobs.c.job_id == row.job_id)
            await self._run(this.values(request=request, **nothing))
            job_ids.append(row.job_id)
        if job_ids:
            await self._run(_of(reference_pictures, job_ids, delete(reference_pictures)))
            hashes = {"sha256": None, "posted_sha256": None, "pixel_hash": None}
            empty = {"source_url": None, "path": None, **hashes}
            await self._run(_of(pictures, job_ids, update(pictures).values(**empty)))
            unnamed = update(calls).values(upstream_request_id=None)
            await self._run(_of(calls, job_ids, unnamed))
        return job_ids

    # --- what goes when windows have ended --------------------------------------------------

    async def rename(self, erased_user: ErasedUser, *, now: int) -> None:
        """Put the tombstone in the place of the person wherever no window is open any more."""
        them, tombstone = erased_user.user_id, erased_user.tombstone_id
        await self._rename_grants(erased_user)
        over = and_(
            counters.c.kind == CounterKind.MEMBER.value,
            counters.c.guild_id.in_(await self._guilds_of(erased_user)),
            counters.c.user_id == them,
            counters.c.starts_at <= erased_user.asked_at,
            counters.c.ends_at <= now,
        )
        # By their jobs: holds have no index on people.
        of_jobs = holds.c.job_id.in_(select(jobs.c.job_id).where(jobs.c.user_id == them))
        on_it = and_(of_jobs, holds.c.user_id == them, _closed_counter.where(over))
        await self._run(update(holds).where(on_it).values(user_id=tombstone))
        await self._run(update(counters).where(over).values(user_id=tombstone))
        held = exists().where(holds.c.job_id == jobs.c.job_id, holds.c.user_id == them)
        forgettable = and_(
            _ended,
            _jobs_of(erased_user),
            ~_untold,
            ~held,
            jobs.c.finished_at <= now - _YOUNG_SECONDS,
        )
        await self._run(
            update(jobs)
            .where(forgettable)
            # The event that asked is one of Discord's: it leads back to the person.
            .values(
                user_id=tombstone,
                origin=literal("f:") + jobs.c.job_id,
                reply_to_message_id=None,
                ticket_message_id=None,
            )
        )
        compared = select(jobs.c.comparison_id).where(
            jobs.c.user_id == tombstone, jobs.c.comparison_id.is_not(None)
        )
        await self._run(
            update(comparisons)
            .where(comparisons.c.comparison_id.in_(compared))
            .values(origin=literal("f:") + comparisons.c.comparison_id, ticket_token=None)
        )
        mine = select(jobs.c.job_id).where(jobs.c.user_id == tombstone)
        entries = or_(
            ledger.c.job_id.in_(mine),
            and_(
                ledger.c.job_id.is_(None),
                ledger.c.at <= erased_user.asked_at,
                _in(ledger, erased_user),
            ),
        )
        actor = case((ledger.c.actor_id == them, tombstone), else_=ledger.c.actor_id)
        await self._run(
            update(ledger)
            .where(ledger.c.user_id == them, entries)
            .values(user_id=tombstone, actor_id=actor, reason=None)
        )
        removed = and_(posts.c.job_id.in_(mine), posts.c.removed_by == them)
        await self._run(update(posts).where(removed).values(removed_by=tombstone))
        if erased_user.guild_id is None:
            await self._rename_decisions(erased_user, now=now)

    async def _rename_grants(self, erased_user: ErasedUser) -> None:
        """Grants were revoked when they asked, so no window keeps them."""
        them, tombstone = erased_user.user_id, erased_user.tombstone_id
        old = and_(
            grants.c.user_id == them,
            grants.c.created_at <= erased_user.asked_at,
            _in(grants, erased_user),
        )
        ids = [row.grant_id for row in await self._all(select(grants.c.grant_id).where(old))]
        if not ids:
            return
        on_them = and_(holds.c.grant_id.in_(ids), holds.c.user_id == them)
        await self._run(update(holds).where(on_them).values(user_id=tombstone))
        this = update(grants).where(grants.c.grant_id.in_(ids))
        await self._run(this.values(user_id=tombstone, reason=None))

    async def _rename_decisions(self, erased_user: ErasedUser, *, now: int) -> None:
        """Take the person out of what staff decided, a month after each decision.

        A block or limit that stands keeps its id until it ends.
        """
        them, tombstone = erased_user.user_id, erased_user.tombstone_id
        mine = and_(rules.c.subject == Subject.MEMBER.value, rules.c.subject_id == them)
        await self._run(delete(rules).where(mine, rules.c.until <= now))
        await self._run(delete(blocks).where(blocks.c.user_id == them, blocks.c.until <= now))
        before = min(erased_user.asked_at, now - MONTH_SECONDS)
        for table, column, at in (
            (ledger, ledger.c.actor_id, ledger.c.at),
            (grants, grants.c.given_by, grants.c.created_at),
            (rules, rules.c.set_by, rules.c.set_at),
            (blocks, blocks.c.set_by, blocks.c.set_at),
            (posts, posts.c.removed_by, posts.c.removed_at),
            (audit, audit.c.actor_id, audit.c.at),
        ):
            old = update(table).where(column == them, at <= before)
            await self._run(old.values({column.name: tombstone}))
        words = (audit.c.subject_id, audit.c.old, audit.c.new)
        named = or_(*(word.contains(str(them), autoescape=True) for word in words))
        for row in await self._all(select(audit).where(audit.c.at <= before, named)):
            renamed = {word.name: _renamed(getattr(row, word.name), erased_user) for word in words}
            if any(renamed[word.name] != getattr(row, word.name) for word in words):
                this = update(audit).where(audit.c.audit_id == row.audit_id)
                await self._run(this.values(**renamed, reason=None))

    async def _guilds_of(self, erased_user: ErasedUser) -> list[int]:
        if erased_user.guild_id is not None:
            return [erased_user.guild_id]
        either = jobs.c.user_id.in_([erased_user.user_id, erased_user.tombstone_id])
        return [
            row.guild_id
            for row in await self._all(select(jobs.c.guild_id).where(either).distinct())
        ]

    # --- telling --------------------------------------------------------------------------

    async def known(self) -> Sequence[int]:
        """Return everybody who ever asked for a picture."""
        found = select(jobs.c.user_id).where(jobs.c.user_id > 0).distinct()
        return [row.user_id for row in await self._all(found)]

    async def export(self, user_id: int) -> dict[str, list[dict[str, Any]]]:
        """Return everything about one person, by subject; no word of anybody else."""
        mine = select(jobs.c.job_id).where(jobs.c.user_id == user_id)
        about = {
            "requests": select(jobs).where(jobs.c.user_id == user_id).order_by(jobs.c.turn),
            "pictures_given": select(reference_pictures).where(
                reference_pictures.c.job_id.in_(mine)
            ),
            "pictures_made": select(pictures).where(pictures.c.job_id.in_(mine)),
            "reviews": select(reviews).where(reviews.c.job_id.in_(mine)),
            "messages": select(posts).where(posts.c.job_id.in_(mine)),
            "drafts": select(drafts).where(drafts.c.user_id == user_id),
            "basket": select(baskets).where(baskets.c.user_id == user_id),
            "favourites": select(favourites).where(favourites.c.user_id == user_id),
            "votes": select(comparison_votes).where(comparison_votes.c.user_id == user_id),
            "styles": select(styles).where(styles.c.made_by == user_id),
            "style_pictures": select(style_pictures).where(style_pictures.c.owner_id == user_id),
            "consents": select(
                consents.c.consent_id,
                consents.c.guild_id,
                consents.c.channel_id,
                (consents.c.owner_id == user_id).label("of_your_picture"),
                consents.c.state,
                consents.c.created_at,
                consents.c.decided_at,
            ).where(or_(consents.c.user_id == user_id, consents.c.owner_id == user_id)),
            "choices": select(member_settings).where(member_settings.c.user_id == user_id),
            "credits_used": select(counters).where(
                counters.c.kind == CounterKind.MEMBER.value, counters.c.user_id == user_id
            ),
            "extra_credits": select(grants).where(grants.c.user_id == user_id),
            "account": select(ledger).where(ledger.c.user_id == user_id),
            "limits": select(rules).where(
                rules.c.subject == Subject.MEMBER.value, rules.c.subject_id == user_id
            ),
            "blocks": select(blocks).where(blocks.c.user_id == user_id),
        }
        found: dict[str, list[dict[str, Any]]] = {}
        for name, question in about.items():
            rows = (await self._connection.execute(question)).mappings()
            found[name] = [_plain(row) for row in rows]
        return found

    async def _all(self, statement: Any) -> Sequence[AnyRow]:
        return (await self._connection.execute(statement)).all()

    async def _run(self, statement: Any) -> None:
        await self._connection.execute(statement)

    async def _changed(self, statement: Any) -> int:
        return (await self._connection.execute(statement)).rowcount


# Other people, and what only machines read.
_NOT_TOLD = {
    "actor_id",
    "attempt",
    "claimed_by",
    "decided_by",
    "given_by",
    "lease_until",
    "nonce",
    "owner_id",
    "removed_by",
    "set_by",
    "ticket_token",
    "turn",
}
_JSON = {"request", "draft", "reference", "chosen", "categories"}


def _emptied(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request without what its member wrote, and without notes that name it."""
    kept = {name: v for name, v in request.items() if name not in ("style", "style_words")}
    return {**kept, "prompt": "", "notes": []}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row for reading: ids as text (they are longer than JavaScript's numbers)."""
    values = {str(name): value for name, value in row.items() if value is not None}
    return {name: _value(name, v) for name, v in values.items() if name not in _NOT_TOLD}


def _value(name: str, value: Any) -> Any:
    if name in _JSON:
        return _own(json.loads(value))
    return str(value) if name.endswith("_id") else value


def _own(value: Any) -> Any:
    """Return stored JSON without other people in it."""
    if isinstance(value, list):
        return [_own(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value).items()
        return {name: _own(one) for name, one in parts if name not in _NOT_TOLD}
    return value


def _erased_user(row: AnyRow) -> ErasedUser:
    return ErasedUser(user_id=row.user_id, tombstone_id=row.tombstone_id, asked_at=row.asked_at)


def _in(table: Table, erased_user: ErasedUser) -> ColumnElement[bool]:
    anywhere = table.c.guild_id.is_not(None)
    return anywhere if erased_user.guild_id is None else table.c.guild_id == erased_user.guild_id


def _jobs_of(erased_user: ErasedUser) -> ColumnElement[bool]:
    return and_(
        jobs.c.user_id == erased_user.user_id,
        jobs.c.created_at <= erased_user.asked_at,
        _in(jobs, erased_user),
    )


def _of(table: Table, job_ids: Sequence[str], statement: Any) -> Any:
    return statement.where(table.c.job_id.in_(job_ids))


def _renamed(text: str | None, erased_user: ErasedUser) -> str | None:
    """Replace a person's id in a text, where it stands as a number of its own."""
    number = rf"(?<![0-9-]){erased_user.user_id}(?![0-9])"
    return text and re.sub(number, str(erased_user.tombstone_id), text)
