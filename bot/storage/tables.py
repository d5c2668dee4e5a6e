"""The tables as SQLAlchemy knows them; the migrations build the same ones.

See docs/spec/data.md section 2.

Times are UTC seconds, money is micro-units, JSON is text, Discord ids are 64 bits wide; an id of
0 means "none". Portable between SQLite and PostgreSQL.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Sequence,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bot.domain.job import CallState, Destination, JobState, PictureState, Reason
from bot.domain.requests.consent import ConsentState
from bot.domain.safety.reviews import ReviewOutcome
from bot.services.ports import CounterKind, GalleryState
from bot.storage import comparison_tables, policy_tables
from bot.storage.columns import Big, flag, metadata, number, of_job, one_of, word

__all__ = ["comparison_tables", "metadata", "policy_tables"]

# Where there are sequences: SQLite has none, and one writer.
job_turns = Sequence("job_turns", metadata=metadata)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(13), primary_key=True),
    # Order of acceptance: `created_at` cannot tell jobs of one second apart.
    number("turn"),
    word("origin", unique=True),
    number("guild_id"),
    number("channel_id"),
    number("user_id"),
    word("operation"),
    word("model_id"),
    word("provider"),
    number("unit_credits"),
    word("request"),
    number("count"),
    flag("spoiler"),
    Column("parent_job_id", String(13), ForeignKey("jobs.job_id", ondelete="SET NULL")),
    number("parent_index", nullable=True),
    Column("again_of", String(13), ForeignKey("jobs.job_id", ondelete="SET NULL")),
    Column("retried_by", String(13), ForeignKey("jobs.job_id", ondelete="SET NULL"), unique=True),
    word("state"),
    word("reason", nullable=True),
    flag("cancel_requested"),
    # Who asked for the stop, as the reason that the job ends with if nothing comes of it.
    word("stop_reason", nullable=True),
    word("destination"),
    word("ticket_token", nullable=True),
    number("ticket_expires_at", nullable=True),
    number("ticket_message_id", nullable=True),
    number("reply_to_message_id", nullable=True),
    word("locale", nullable=True),
    word("server_locale", nullable=True),
    word("claimed_by", nullable=True),
    number("attempt", server_default=text("0")),
    number("lease_until", nullable=True),
    number("not_before", nullable=True),
    number("expires_at"),
    number("created_at"),
    number("started_at", nullable=True),
    number("finished_at", nullable=True),
    number("told_at", nullable=True),
    # What it is compared with others in; `blind`: nobody is to read yet which model made it.
    Column("comparison_id", String(13)),
    flag("blind"),
    one_of("state", JobState),
    one_of("reason", Reason),
    one_of("destination", Destination),
)
Index("ix_jobs_queue", jobs.c.state, jobs.c.provider, jobs.c.created_at, jobs.c.turn)
Index(None, jobs.c.guild_id, jobs.c.state)
Index(None, jobs.c.user_id, jobs.c.created_at)
Index(None, jobs.c.state, jobs.c.told_at)
Index(None, jobs.c.turn)
Index(None, jobs.c.again_of)
Index(None, jobs.c.channel_id, jobs.c.created_at)
Index(None, jobs.c.finished_at)
Index(None, jobs.c.comparison_id)
# The heads of each server's and each member's queue, for `bot.storage.jobs.fairness`.
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
    of_job(primary_key=True),
    number("seq", primary_key=True),
    number("try_number", primary_key=True),
    word("state"),
    number("images_asked"),
    number("images_made", server_default=text("0")),
    number("sent_at", nullable=True),
    number("finished_at", nullable=True),
    number("http_status", nullable=True),
    word("error_class", nullable=True),
    word("error_code", server_default=""),
    word("upstream_request_id", nullable=True),
    word("usage", nullable=True),
    # The price of what was made, or may have been; what the service said that it charged.
    number("spend_micro", nullable=True),
    number("charged_micro", nullable=True),
    word("certainty", server_default="none"),
    word("provider", server_default=""),
    one_of("state", CallState),
    one_of("certainty", ("none", "known", "unknown")),
)

pictures = Table(
    "pictures",
    metadata,
    of_job(primary_key=True),
    number("position", primary_key=True),
    number("call_seq"),
    word("state"),
    word("source_url", nullable=True),
    word("path", nullable=True),
    word("sha256", nullable=True),
    word("mime", nullable=True),
    number("width", nullable=True),
    number("height", nullable=True),
    number("bytes", nullable=True),
    # Of the file that is posted, which may be another one than the service's.
    word("posted_sha256", nullable=True),
    word("pixel_hash", nullable=True),
    word("marks", nullable=True),
    word("error_code", server_default=""),
    one_of("state", PictureState),
)
Index(None, pictures.c.posted_sha256)
Index(None, pictures.c.pixel_hash)

# Not `references`, which is a reserved word of SQL.
reference_pictures = Table(
    "reference_pictures",
    metadata,
    of_job(primary_key=True),
    word("role", primary_key=True),
    number("position", primary_key=True),
    word("source", nullable=True),
    number("channel_id", nullable=True),
    number("message_id", nullable=True),
    number("attachment_id", nullable=True),
    word("url", nullable=True),
    number("url_expires_at", nullable=True),
    word("path"),
    word("sha256"),
    word("mime"),
    number("width"),
    number("height"),
    number("bytes"),
    flag("converted"),
    # Whose it was, where that was not who asked.
    number("owner_id", nullable=True),
    word("whose", server_default="member"),
    one_of("role", ("picture", "mask")),
)

posts = Table(
    "posts",
    metadata,
    of_job(primary_key=True),
    number("part", primary_key=True),
    number("channel_id"),
    word("nonce", unique=True),
    number("first_try_at", nullable=True),
    number("message_id", nullable=True),
    # Where its pictures begin among those of the message, which a comparison's jobs share.
    number("first_place", server_default=text("0")),
    number("posted_at", nullable=True),
    number("removed_at", nullable=True),
    number("removed_by", nullable=True),
    # The write-ahead mark of posting it again, behind a spoiler or out of it.
    number("again_try_at", nullable=True),
    UniqueConstraint("message_id", "first_place"),
)

post_pictures = Table(
    "post_pictures",
    metadata,
    Column("job_id", String(13), nullable=False),
    number("part"),
    number("place"),
    number("position"),
    PrimaryKeyConstraint("job_id", "part", "place"),
    ForeignKeyConstraint(["job_id", "part"], ["posts.job_id", "posts.part"]),
    ForeignKeyConstraint(["job_id", "position"], ["pictures.job_id", "pictures.position"]),
)

counters = Table(
    "counters",
    metadata,
    word("kind", primary_key=True),
    number("guild_id", primary_key=True),
    number("user_id", primary_key=True),
    word("window", primary_key=True),
    number("starts_at", primary_key=True),
    # A window that has begun keeps its end, even if the server changes its time zone.
    number("ends_at"),
    number("used", server_default=text("0")),
    # The use that somebody was last warned of.
    number("warned", server_default=text("0")),
    one_of("kind", CounterKind),
    CheckConstraint("used >= 0", name="used"),
)

grants = Table(
    "grants",
    metadata,
    number("grant_id", primary_key=True, autoincrement=True),
    number("guild_id"),
    number("user_id"),
    number("amount"),
    number("used", server_default=text("0")),
    number("expires_at", nullable=True),
    number("revoked_at", nullable=True),
    number("given_by"),
    word("reason", nullable=True),
    number("created_at"),
    CheckConstraint("used BETWEEN 0 AND amount", name="used"),
)
Index(None, grants.c.guild_id, grants.c.user_id)

holds = Table(
    "holds",
    metadata,
    of_job(primary_key=True),
    number("part", primary_key=True),
    word("kind"),
    number("guild_id"),
    number("user_id"),
    word("window", nullable=True),
    number("starts_at", nullable=True),
    Column("grant_id", Big, ForeignKey("grants.grant_id")),
    number("amount"),
    number("kept", nullable=True),
    one_of("kind", (*CounterKind, "grant")),
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

# No foreign keys: the ledger outlives what it tells of. Credits; of holds of kind `money`,
# micro-units. Triggers keep its sums: nothing is deleted, and only the person can be taken out.
ledger = Table(
    "ledger",
    metadata,
    number("entry_id", primary_key=True, autoincrement=True),
    number("at"),
    number("guild_id"),
    number("user_id"),
    Column("job_id", String(13)),
    number("part", nullable=True),
    number("grant_id", nullable=True),
    word("kind"),
    number("delta"),
    number("actor_id", nullable=True),
    word("reason", nullable=True),
    UniqueConstraint("job_id", "part", "kind"),
    one_of("kind", ("reserve", "settle", "grant", "revoke", "expire", "reset")),
)

# Refused requests that a member may fix by "Fix it", for a day.
drafts = Table(
    "drafts",
    metadata,
    Column("draft_id", String(13), primary_key=True),
    number("user_id"),
    word("draft"),
    number("expires_at"),
)

baskets = Table(
    "baskets",
    metadata,
    number("user_id", primary_key=True),
    number("channel_id", primary_key=True),
    number("position", primary_key=True),
    word("reference"),
    number("expires_at"),
)

# Requests that wait for the owner of a picture; the request is the draft of the same id.
consents = Table(
    "consents",
    metadata,
    Column("consent_id", String(13), primary_key=True),
    number("guild_id"),
    number("channel_id"),
    number("user_id"),
    number("owner_id"),
    word("origin", unique=True),
    word("state"),
    word("again_of", nullable=True),
    word("retry_of", nullable=True),
    number("reply_to", nullable=True),
    word("ticket_token", nullable=True),
    number("ticket_expires_at", nullable=True),
    word("locale", nullable=True),
    word("server_locale", nullable=True),
    number("created_at"),
    number("expires_at"),
    number("first_try_at", nullable=True),
    number("message_id", nullable=True),
    number("decided_at", nullable=True),
    number("told_at", nullable=True),
    # Until then a process works on it.
    number("busy_until", server_default=text("0")),
    word("job_id", nullable=True),
    one_of("state", ConsentState),
)
Index(None, consents.c.state, consents.c.expires_at)
Index(None, consents.c.user_id)
Index(None, consents.c.owner_id)

# Messages of the bot that are taken away at a time.
scheduled_deletions = Table(
    "passing",
    metadata,
    number("message_id", primary_key=True),
    number("channel_id"),
    number("until"),
)

# What members keep, and the reactions that are known to stand. Kept is what has a time: a star
# that was taken back by a button stays known for as long as its reaction stands.
favourites = Table(
    "favourites",
    metadata,
    number("user_id", primary_key=True),
    of_job(primary_key=True),
    number("guild_id"),
    number("kept_at", nullable=True),
    # The message with the reaction.
    number("message_id", nullable=True),
)
Index("ix_favourites_page", favourites.c.user_id, favourites.c.guild_id, favourites.c.kept_at)
Index(None, favourites.c.job_id)
Index(None, favourites.c.message_id)

# Results in the gallery of their server, each once: what left it does not come back.
gallery_posts = Table(
    "gallery_posts",
    metadata,
    of_job(primary_key=True),
    number("guild_id"),
    number("channel_id"),
    word("state"),
    flag("spoiler"),
    number("decided_at"),
    # The write-ahead mark, of the newest try.
    number("tried_at", nullable=True),
    # Where the message is: the channel, in a forum the thread.
    number("place_id", nullable=True),
    number("message_id", nullable=True, unique=True),
    one_of("state", GalleryState),
)
Index(None, gallery_posts.c.state)

# Results whose messages do not show yet what `jobs.spoiler` says.
spoiler_changes = Table("spoiler_changes", metadata, of_job(primary_key=True), number("at"))

# Cards for moderators that show a copy of a result's pictures.
report_cards = Table(
    "report_cards",
    metadata,
    number("message_id", primary_key=True),
    number("guild_id"),
    number("channel_id"),
    of_job(),
    number("part"),
)

# Results that staff has to look at, and files that have to go: until that is done and shown.
reviews = Table(
    "reviews",
    metadata,
    of_job(primary_key=True),
    number("guild_id"),
    number("channel_id"),
    word("categories"),
    number("held_at"),
    # The write-ahead mark of posting the card.
    number("first_try_at", nullable=True),
    number("message_id", nullable=True),
    word("outcome", nullable=True),
    number("decided_by", nullable=True),
    one_of("outcome", ReviewOutcome),
)

instances = Table(
    "instances",
    metadata,
    word("instance_id", primary_key=True),
    word("host"),
    number("pid"),
    number("started_at"),
    number("seen_at"),
)

# What one process does, or may use, for a time: chores, places at image services, shards.
leases = Table(
    "leases",
    metadata,
    word("name", primary_key=True),
    word("holder"),
    number("until"),
)

meta = Table(
    "meta",
    metadata,
    word("key", primary_key=True),
    word("value"),
)
