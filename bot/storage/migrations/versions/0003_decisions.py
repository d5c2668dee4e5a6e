"""What servers and operators decide: rules, blocks, access, words, and the record of changes.

Revision 0003. It repeats what `bot.storage.tables` added at that time.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ZERO = sa.text("0")
KINDS = "'member', 'budget', 'ceiling', 'global', 'money'"


def number(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=nullable, **options)


def word(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    op.add_column("jobs", word("stop_reason", nullable=True))
    op.create_index("ix_jobs_channel_id_created_at", "jobs", ["channel_id", "created_at"])
    op.create_index("ix_jobs_finished_at", "jobs", ["finished_at"])
    _decisions()
    _records()
    _counters()


def _decisions() -> None:
    op.create_table(
        "rules",
        number("guild_id"),
        word("subject"),
        number("subject_id"),
        word("window"),
        number("credits", nullable=True),
        number("until", nullable=True),
        number("set_by"),
        number("set_at"),
        sa.CheckConstraint(
            "subject IN ('everyone', 'role', 'member', 'budget', 'ceiling')", name="subject"
        ),
        sa.CheckConstraint("credits >= 0", name="credits"),
        sa.PrimaryKeyConstraint("guild_id", "subject", "subject_id", "window"),
    )
    op.create_table(
        "blocks",
        number("guild_id"),
        number("user_id"),
        number("until", nullable=True),
        number("set_by"),
        word("reason", nullable=True),
        number("set_at"),
        sa.PrimaryKeyConstraint("guild_id", "user_id"),
    )
    op.create_table(
        "access",
        number("guild_id"),
        word("kind"),
        word("subject"),
        number("role_id", server_default=ZERO),
        word("rule"),
        sa.CheckConstraint("kind IN ('channel', 'role', 'model')", name="kind"),
        sa.CheckConstraint("rule IN ('allow', 'deny')", name="rule"),
        sa.PrimaryKeyConstraint("guild_id", "kind", "subject", "role_id"),
    )
    op.create_table(
        "words", number("guild_id"), word("word"), sa.PrimaryKeyConstraint("guild_id", "word")
    )
    op.create_table(
        "guild_versions",
        number("guild_id"),
        number("version"),
        sa.PrimaryKeyConstraint("guild_id"),
    )
    op.create_table(
        "member_settings",
        number("user_id"),
        word("key"),
        word("value"),
        sa.PrimaryKeyConstraint("user_id", "key"),
    )


def _records() -> None:
    op.create_table(
        "audit",
        number("audit_id", autoincrement=True),
        number("at"),
        number("guild_id"),
        number("actor_id"),
        word("action"),
        word("subject_kind"),
        word("subject_id"),
        word("old", nullable=True),
        word("new", nullable=True),
        word("reason", nullable=True),
        number("echoed_at", nullable=True),
        number("undone_by", nullable=True),
        sa.PrimaryKeyConstraint("audit_id"),
        sa.UniqueConstraint("undone_by"),
    )
    op.create_index("ix_audit_guild_id_audit_id", "audit", ["guild_id", "audit_id"])
    op.create_index("ix_audit_echoed_at", "audit", ["echoed_at"])
    op.create_table(
        "forgotten",
        number("user_id"),
        number("tombstone_id"),
        number("asked_at"),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("tombstone_id"),
    )
    op.create_table(
        "left_guilds",
        number("guild_id"),
        number("left_at"),
        sa.PrimaryKeyConstraint("guild_id"),
    )
    op.create_table(
        "providers",
        word("name"),
        number("paused_until", nullable=True),
        word("paused_reason", nullable=True),
        number("failures", server_default=ZERO),
        sa.PrimaryKeyConstraint("name"),
    )


def _counters() -> None:
    """Give counters their end, and let them count money; SQLite has to create such tables again."""
    with op.batch_alter_table("counters") as batch:
        batch.add_column(number("ends_at", server_default=ZERO))
        batch.add_column(number("warned", server_default=ZERO))
        batch.drop_constraint(op.f("ck_counters_kind"), type_="check")
        batch.create_check_constraint("kind", f"kind IN ({KINDS})")
    with op.batch_alter_table("holds") as batch:
        batch.drop_constraint(op.f("ck_holds_kind"), type_="check")
        batch.create_check_constraint("kind", f"kind IN ({KINDS}, 'grant')")
    connection = op.get_bind()
    rows = connection.execute(sa.text('SELECT DISTINCT "window", starts_at FROM counters')).all()
    for window, starts_at in rows:
        connection.execute(
            sa.text(
                'UPDATE counters SET ends_at = :ends WHERE "window" = :window'
                " AND starts_at = :starts"
            ),
            {"ends": _end(window, starts_at), "window": window, "starts": starts_at},
        )
    with op.batch_alter_table("counters") as batch:
        batch.alter_column("ends_at", server_default=None)


def _end(window: str, starts_at: int) -> int:
    """Return when a window ends that began at `starts_at`; until now all were in UTC."""
    begun = datetime.fromtimestamp(starts_at, UTC)
    if window == "month":
        end = (begun.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        end = begun + {"hour": timedelta(hours=1), "day": timedelta(days=1)}.get(
            window, timedelta(days=7)
        )
    return int(end.timestamp())
