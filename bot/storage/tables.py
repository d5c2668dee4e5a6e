"""The tables as SQLAlchemy knows them; the migrations build the same ones (DATA.md section 1).

Times are UTC seconds, money is micro-units, JSON is text, Discord ids are 64 bits wide; an id of
0 means "none". Portable between SQLite and PostgreSQL.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.domain.job import CallState, Destination, JobState, PictureState, Reason
from bot.services.ports import CounterKind

# SQLite's INTEGER holds 64 bits, and only a column of that very name numbers itself.
Big = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    names = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({names})", name=column)


def _of_job(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "job_id", String(13), ForeignKey("jobs.job_id"), nullable=False, primary_key=primary_key
    )


def _number(name: str, **options: Any) -> Column[int]:
    options.setdefault("nullable", False)
    return Column(name, Big, **options)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


def _word(name: str, **options: Any) -> Column[str]:
    options.setdefault("nullable", False)
    return Column(name, Text, **options)


jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(13), primary_key=True),
    # Order of acceptance: `created_at` cannot tell jobs of one second apart.
    _number("turn"),
    _word("origin", unique=True),
    _number("guild_id"),
    _number("channel_id"),
    _number("user_id"),
    _word("operation"),
    _word("model_id"),
    _word("provider"),
    _number("unit_credits"),
    _word("request"),
    _number("count"),
    _flag("spoiler"),
    Column("parent_job_id", String(13), ForeignKey("jobs.job_id", ondelete="SET NULL")),
    _number("parent_index", nullable=True),
    Column("again_of", String(13), ForeignKey("jobs.job_id", ondelete="SET NULL")),
    Column("retried_by", String(13), ForeignKey("jobs.job_id", ondelete="SET NULL"), unique=True),
    _word("state"),
    _word("reason", nullable=True),
    _flag("cancel_requested"),
    _word("destination"),
    _word("ticket_token", nullable=True),
    _number("ticket_expires_at", nullable=True),
    _number("ticket_message_id", nullable=True),
    _number("reply_to_message_id", nullable=True),
    _word("claimed_by", nullable=True),
    _number("attempt", server_default=text("0")),
    _number("lease_until", nullable=True),
    _number("not_before", nullable=True),
    _number("expires_at"),
    _number("created_at"),
    _number("started_at", nullable=True),
    _number("finished_at", nullable=True),
    _number("told_at", nullable=True),
    _one_of("state", JobState),
    _one_of("reason", Reason),
    _one_of("destination", Destination),
)
Index("ix_jobs_queue", jobs.c.state, jobs.c.provider, jobs.c.created_at, jobs.c.turn)
Index(None, jobs.c.guild_id, jobs.c.state)
Index(None, jobs.c.user_id, jobs.c.created_at)
Index(None, jobs.c.state, jobs.c.told_at)
Index(None, jobs.c.turn)
Index(None, jobs.c.again_of)
# The heads of each server's and each member's queue, for `bot.storage.fairness`.
for _name, _lane in (
    ("ix_jobs_guild_queue", (jobs.c.guild_id,)),
    ("ix_jobs_member_queue", (jobs.c.guild_id, jobs.c.user_id)),
):
    Index(
        _name,
        jobs.c.provider,
        *_lane,
        jobs.c.created_at,
        jobs.c.turn,
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    )

calls = Table(
    "calls",
    metadata,
    _of_job(primary_key=True),
    _number("seq", primary_key=True),
    _number("try_number", primary_key=True),
    _word("state"),
    _number("images_asked"),
    _number("images_made", server_default=text("0")),
    _number("sent_at", nullable=True),
    _number("finished_at", nullable=True),
    _number("http_status", nullable=True),
    _word("error_class", nullable=True),
    _word("error_code", server_default=""),
    _word("upstream_request_id", nullable=True),
    _word("usage", nullable=True),
    _number("spend_micro", nullable=True),
    _word("certainty", server_default="none"),
    _one_of("state", CallState),
    _one_of("certainty", ("none", "known", "unknown")),
)

pictures = Table(
    "pictures",
    metadata,
    _of_job(primary_key=True),
    _number("position", primary_key=True),
    _number("call_seq"),
    _word("state"),
    _word("source_url", nullable=True),
    _word("path", nullable=True),
    _word("sha256", nullable=True),
    _word("mime", nullable=True),
    _number("width", nullable=True),
    _number("height", nullable=True),
    _number("bytes", nullable=True),
    _word("error_code", server_default=""),
    _one_of("state", PictureState),
)

# DATA.md calls it `references`, which is a reserved word of SQL.
reference_pictures = Table(
    "reference_pictures",
    metadata,
    _of_job(primary_key=True),
    _word("role", primary_key=True),
    _number("position", primary_key=True),
    _word("source", nullable=True),
    _number("channel_id", nullable=True),
    _number("message_id", nullable=True),
    _number("attachment_id", nullable=True),
    _word("url", nullable=True),
    _number("url_expires_at", nullable=True),
    _word("path"),
    _word("sha256"),
    _word("mime"),
    _number("width"),
    _number("height"),
    _number("bytes"),
    _flag("converted"),
    _one_of("role", ("picture", "mask")),
)

posts = Table(
    "posts",
    metadata,
    _of_job(primary_key=True),
    _number("part", primary_key=True),
    _number("channel_id"),
    _word("nonce", unique=True),
    _number("first_try_at", nullable=True),
    _number("message_id", nullable=True, unique=True),
    _number("posted_at", nullable=True),
    _number("removed_at", nullable=True),
    _number("removed_by", nullable=True),
)

post_pictures = Table(
    "post_pictures",
    metadata,
    Column("job_id", String(13), nullable=False),
    _number("part"),
    _number("place"),
    _number("position"),
    PrimaryKeyConstraint("job_id", "part", "place"),
    ForeignKeyConstraint(["job_id", "part"], ["posts.job_id", "posts.part"]),
    ForeignKeyConstraint(["job_id", "position"], ["pictures.job_id", "pictures.position"]),
)

counters = Table(
    "counters",
    metadata,
    _word("kind", primary_key=True),
    _number("guild_id", primary_key=True),
    _number("user_id", primary_key=True),
    _word("window", primary_key=True),
    _number("starts_at", primary_key=True),
    _number("used", server_default=text("0")),
    _one_of("kind", CounterKind),
    CheckConstraint("used >= 0", name="used"),
)

grants = Table(
    "grants",
    metadata,
    _number("grant_id", primary_key=True, autoincrement=True),
    _number("guild_id"),
    _number("user_id"),
    _number("amount"),
    _number("used", server_default=text("0")),
    _number("expires_at", nullable=True),
    _number("revoked_at", nullable=True),
    _number("given_by"),
    _word("reason", nullable=True),
    _number("created_at"),
    CheckConstraint("used BETWEEN 0 AND amount", name="used"),
)
Index(None, grants.c.guild_id, grants.c.user_id)

holds = Table(
    "holds",
    metadata,
    _of_job(primary_key=True),
    _number("part", primary_key=True),
    _word("kind"),
    _number("guild_id"),
    _number("user_id"),
    _word("window", nullable=True),
    _number("starts_at", nullable=True),
    Column("grant_id", Big, ForeignKey("grants.grant_id")),
    _number("amount"),
    _number("kept", nullable=True),
    _one_of("kind", (*CounterKind, "grant")),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("kept BETWEEN 0 AND amount", name="kept"),
    # A hold is on one counter or on one grant.
    CheckConstraint(
        "(kind = 'grant') = (grant_id IS NOT NULL)"
        " AND (kind = 'grant') = (\"window\" IS NULL)"
        " AND (kind = 'grant') = (starts_at IS NULL)",
        name="target",
    ),
)

# No foreign keys: the ledger outlives what it tells of.
ledger = Table(
    "ledger",
    metadata,
    _number("entry_id", primary_key=True, autoincrement=True),
    _number("at"),
    _number("guild_id"),
    _number("user_id"),
    Column("job_id", String(13)),
    _number("part", nullable=True),
    _number("grant_id", nullable=True),
    _word("kind"),
    _number("delta"),
    _number("actor_id", nullable=True),
    _word("reason", nullable=True),
    UniqueConstraint("job_id", "part", "kind"),
    _one_of("kind", ("reserve", "settle", "grant", "revoke", "expire", "reset")),
)

# What a member may mend: behind Fix it, for a day.
drafts = Table(
    "drafts",
    metadata,
    Column("draft_id", String(13), primary_key=True),
    _number("user_id"),
    _word("draft"),
    _number("expires_at"),
)

baskets = Table(
    "baskets",
    metadata,
    _number("user_id", primary_key=True),
    _number("channel_id", primary_key=True),
    _number("position", primary_key=True),
    _word("reference"),
    _number("expires_at"),
)

settings = Table(
    "settings",
    metadata,
    _number("guild_id", primary_key=True),
    _word("key", primary_key=True),
    _word("value"),
)

# Messages of the bot that are taken away at a time.
passing = Table(
    "passing",
    metadata,
    _number("message_id", primary_key=True),
    _number("channel_id"),
    _number("until"),
)

instances = Table(
    "instances",
    metadata,
    _word("instance_id", primary_key=True),
    _word("host"),
    _number("pid"),
    _number("started_at"),
    _number("seen_at"),
)

meta = Table(
    "meta",
    metadata,
    _word("key", primary_key=True),
    _word("value"),
)
