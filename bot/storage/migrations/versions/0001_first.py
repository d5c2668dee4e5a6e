"""Jobs, calls, pictures, posts, quotas and the ledger: what one request needs.

Revision 0001, the first. It repeats what `bot.storage.tables` held at that time.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ZERO = sa.text("0")


def number(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=nullable, **options)


def word(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, **options)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def job_id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(13), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "counters",
        word("kind"),
        number("guild_id"),
        number("user_id"),
        word("window"),
        number("starts_at"),
        number("used", server_default=ZERO),
        sa.CheckConstraint("kind IN ('member', 'budget', 'ceiling', 'global')", name="kind"),
        sa.CheckConstraint("used >= 0", name="used"),
        sa.PrimaryKeyConstraint("kind", "guild_id", "user_id", "window", "starts_at"),
    )
    op.create_table(
        "grants",
        number("grant_id", autoincrement=True),
        number("guild_id"),
        number("user_id"),
        number("amount"),
        number("used", server_default=ZERO),
        number("expires_at", nullable=True),
        number("revoked_at", nullable=True),
        number("given_by"),
        word("reason", nullable=True),
        number("created_at"),
        sa.CheckConstraint("used BETWEEN 0 AND amount", name="used"),
        sa.PrimaryKeyConstraint("grant_id"),
    )
    op.create_index("ix_grants_guild_id_user_id", "grants", ["guild_id", "user_id"])
    op.create_table(
        "instances",
        word("instance_id"),
        word("host"),
        number("pid"),
        number("started_at"),
        number("seen_at"),
        sa.PrimaryKeyConstraint("instance_id"),
    )
    op.create_table(
        "jobs",
        job_id("job_id"),
        number("turn"),
        word("origin"),
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
        job_id("parent_job_id", nullable=True),
        number("parent_index", nullable=True),
        job_id("again_of", nullable=True),
        job_id("retried_by", nullable=True),
        word("state"),
        word("reason", nullable=True),
        flag("cancel_requested"),
        word("destination"),
        word("ticket_token", nullable=True),
        number("ticket_expires_at", nullable=True),
        number("ticket_message_id", nullable=True),
        word("claimed_by", nullable=True),
        number("attempt", server_default=ZERO),
        number("lease_until", nullable=True),
        number("not_before", nullable=True),
        number("expires_at"),
        number("created_at"),
        number("started_at", nullable=True),
        number("finished_at", nullable=True),
        number("told_at", nullable=True),
        sa.CheckConstraint(
            "destination IN ('channel', 'interaction', 'pickup')", name="destination"
        ),
        sa.CheckConstraint(
            "reason IN ('refused_prompt', 'refused_reference', 'withheld', 'bad_request',"
            " 'provider_down', 'no_credit', 'unknown_outcome', 'undeliverable', 'expired',"
            " 'by_member', 'by_moderator', 'blocked', 'internal')",
            name="reason",
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'delivering', 'done', 'failed', 'cancelled')",
            name="state",
        ),
        sa.ForeignKeyConstraint(["again_of"], ["jobs.job_id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["parent_job_id"], ["jobs.job_id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["retried_by"], ["jobs.job_id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("job_id"),
        sa.UniqueConstraint("origin"),
        sa.UniqueConstraint("retried_by"),
    )
    op.create_index("ix_jobs_guild_id_state", "jobs", ["guild_id", "state"])
    op.create_index(
        "ix_jobs_guild_queue",
        "jobs",
        ["provider", "guild_id", "created_at", "turn"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_jobs_member_queue",
        "jobs",
        ["provider", "guild_id", "user_id", "created_at", "turn"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_jobs_queue", "jobs", ["state", "provider", "created_at", "turn"])
    op.create_index("ix_jobs_state_told_at", "jobs", ["state", "told_at"])
    op.create_index("ix_jobs_turn", "jobs", ["turn"])
    op.create_index("ix_jobs_user_id_created_at", "jobs", ["user_id", "created_at"])
    op.create_table(
        "ledger",
        number("entry_id", autoincrement=True),
        number("at"),
        number("guild_id"),
        number("user_id"),
        job_id("job_id", nullable=True),
        number("part", nullable=True),
        number("grant_id", nullable=True),
        word("kind"),
        number("delta"),
        number("actor_id", nullable=True),
        word("reason", nullable=True),
        sa.CheckConstraint(
            "kind IN ('reserve', 'settle', 'grant', 'revoke', 'expire', 'reset')", name="kind"
        ),
        sa.PrimaryKeyConstraint("entry_id"),
        sa.UniqueConstraint("job_id", "part", "kind"),
    )
    op.create_table("meta", word("key"), word("value"), sa.PrimaryKeyConstraint("key"))
    op.create_table(
        "calls",
        job_id("job_id"),
        number("seq"),
        number("try_number"),
        word("state"),
        number("images_asked"),
        number("images_made", server_default=ZERO),
        number("sent_at", nullable=True),
        number("finished_at", nullable=True),
        number("http_status", nullable=True),
        word("error_class", nullable=True),
        word("error_code", server_default=""),
        word("upstream_request_id", nullable=True),
        word("usage", nullable=True),
        number("spend_micro", nullable=True),
        word("certainty", server_default="none"),
        sa.CheckConstraint("certainty IN ('none', 'known', 'unknown')", name="certainty"),
        sa.CheckConstraint(
            "state IN ('planned', 'sent', 'answered', 'refused', 'failed', 'unknown', 'skipped')",
            name="state",
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "seq", "try_number"),
    )
    op.create_table(
        "holds",
        job_id("job_id"),
        number("part"),
        word("kind"),
        number("guild_id"),
        number("user_id"),
        word("window", nullable=True),
        number("starts_at", nullable=True),
        number("grant_id", nullable=True),
        number("amount"),
        number("kept", nullable=True),
        sa.CheckConstraint(
            "kind IN ('member', 'budget', 'ceiling', 'global', 'grant')", name="kind"
        ),
        sa.CheckConstraint(
            "(kind = 'grant') = (grant_id IS NOT NULL)"
            " AND (kind = 'grant') = (\"window\" IS NULL)"
            " AND (kind = 'grant') = (starts_at IS NULL)",
            name="target",
        ),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("kept BETWEEN 0 AND amount", name="kept"),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.grant_id"]),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "part"),
    )
    op.create_table(
        "pictures",
        job_id("job_id"),
        number("position"),
        number("call_seq"),
        word("state"),
        word("source_url", nullable=True),
        word("path", nullable=True),
        word("sha256", nullable=True),
        word("mime", nullable=True),
        number("width", nullable=True),
        number("height", nullable=True),
        number("bytes", nullable=True),
        word("error_code", server_default=""),
        sa.CheckConstraint("state IN ('known', 'fetched', 'withheld', 'failed')", name="state"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "position"),
    )
    op.create_table(
        "posts",
        job_id("job_id"),
        number("part"),
        number("channel_id"),
        word("nonce"),
        number("first_try_at", nullable=True),
        number("message_id", nullable=True),
        number("posted_at", nullable=True),
        number("removed_at", nullable=True),
        number("removed_by", nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "part"),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("nonce"),
    )
    op.create_table(
        "reference_pictures",
        job_id("job_id"),
        word("role"),
        number("position"),
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
        sa.CheckConstraint("role IN ('picture', 'mask')", name="role"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "role", "position"),
    )
    op.create_table(
        "post_pictures",
        job_id("job_id"),
        number("part"),
        number("place"),
        number("position"),
        sa.ForeignKeyConstraint(["job_id", "part"], ["posts.job_id", "posts.part"]),
        sa.ForeignKeyConstraint(["job_id", "position"], ["pictures.job_id", "pictures.position"]),
        sa.PrimaryKeyConstraint("job_id", "part", "place"),
    )

    protect_ledger(op.get_bind().dialect.name)


def protect_ledger(dialect: str) -> None:
    """Let a ledger entry change in one way: a person in it becomes their tombstone.

    A tombstone is a negative id; the words of the entry may go with the person.
    """
    same = "old.entry_id = new.entry_id AND old.at = new.at AND old.guild_id = new.guild_id"
    for column in ("job_id", "part", "grant_id", "kind", "delta"):
        same += f" AND old.{column} IS NOT DISTINCT FROM new.{column}"
    allowed = f"""{same}
        AND (old.user_id = new.user_id OR (old.user_id > 0 AND new.user_id < 0))
        AND (old.actor_id IS NOT DISTINCT FROM new.actor_id
             OR (old.actor_id > 0 AND new.actor_id < 0))
        AND (old.user_id <> new.user_id OR old.actor_id <> new.actor_id)
        AND (new.reason IS NULL OR old.reason IS NOT DISTINCT FROM new.reason)"""
    if dialect == "sqlite":
        allowed = allowed.replace("IS NOT DISTINCT FROM", "IS")  # the spelling of SQLite < 3.39
        op.execute(
            "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
        op.execute(
            f"CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger"
            f" WHEN ({allowed}) IS NOT TRUE"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
    elif dialect == "postgresql":
        op.execute(
            f"""CREATE FUNCTION protect_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' AND ({allowed}) THEN RETURN new; END IF;
                RAISE EXCEPTION 'the ledger is append-only';
            END $$"""
        )
        op.execute(
            "CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON ledger"
            " FOR EACH ROW EXECUTE FUNCTION protect_ledger()"
        )
