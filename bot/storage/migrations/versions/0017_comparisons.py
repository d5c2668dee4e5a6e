"""Comparisons of models, whose jobs share one message.

Revision 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_OLD = "destination IN ('channel', 'interaction', 'pickup')"
_NEW = "destination IN ('channel', 'interaction', 'pickup', 'comparison')"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("comparison_id", sa.String(13), nullable=True))
    blind = sa.Column("blind", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("jobs", blind)
    op.create_index("ix_jobs_comparison_id", "jobs", ["comparison_id"])
    if op.get_bind().dialect.name == "sqlite":
        _widen_destination()
        _remake_posts()
    else:
        op.drop_constraint(op.f("ck_jobs_destination"), "jobs", type_="check")
        op.create_check_constraint(op.f("ck_jobs_destination"), "jobs", _NEW)
        place = sa.Column("first_place", Big, server_default=sa.text("0"), nullable=False)
        op.add_column("posts", place)
        op.drop_constraint(op.f("uq_posts_message_id"), "posts", type_="unique")
        op.create_unique_constraint(
            op.f("uq_posts_message_id_first_place"), "posts", ["message_id", "first_place"]
        )
    op.create_table(
        "comparisons",
        sa.Column("comparison_id", sa.String(13), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("guild_id", Big, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ticket_token", sa.Text(), nullable=True),
        sa.Column("ticket_expires_at", Big, nullable=True),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("tried_at", Big, nullable=True),
        sa.Column("closes_at", Big, nullable=True),
        sa.Column("closed_at", Big, nullable=True),
        sa.Column("shown_at", Big, nullable=True),
        sa.PrimaryKeyConstraint("comparison_id"),
        sa.UniqueConstraint("origin"),
        sa.CheckConstraint("state IN ('collecting', 'voting', 'closed', 'over')", name="state"),
    )
    op.create_index("ix_comparisons_state_shown_at", "comparisons", ["state", "shown_at"])
    op.create_index("ix_comparisons_guild_id_closed_at", "comparisons", ["guild_id", "closed_at"])
    op.create_table(
        "comparison_entries",
        sa.Column("comparison_id", sa.String(13), nullable=False),
        sa.Column("place", Big, nullable=False),
        sa.Column("job_id", sa.String(13), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("votes", Big, server_default="0", nullable=False),
        sa.Column("won", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["comparison_id"], ["comparisons.comparison_id"]),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("comparison_id", "place"),
        sa.UniqueConstraint("job_id"),
    )
    op.create_table(
        "comparison_votes",
        sa.Column("comparison_id", sa.String(13), nullable=False),
        sa.Column("user_id", Big, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.ForeignKeyConstraint(["comparison_id"], ["comparisons.comparison_id"]),
        sa.PrimaryKeyConstraint("comparison_id", "user_id"),
    )
    op.create_index("ix_comparison_votes_user_id", "comparison_votes", ["user_id"])


def _widen_destination() -> None:
    """Change a check where SQLite keeps it, as revision 0015 does: every row fits the wider one."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :old, :new)"
            " WHERE type = 'table' AND name = 'jobs' AND instr(sql, :old) > 0"
        ),
        {"old": _OLD, "new": _NEW},
    )
    if changed.rowcount != 1:
        raise RuntimeError("the table jobs is not as an earlier release made it")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def _remake_posts() -> None:
    """Make posts and what points to them anew: SQLite drops no constraint of a table."""
    op.execute("CREATE TEMP TABLE old_posts AS SELECT * FROM posts")
    op.execute("CREATE TEMP TABLE old_post_pictures AS SELECT * FROM post_pictures")
    op.drop_table("post_pictures")
    op.drop_table("posts")
    op.create_table(
        "posts",
        sa.Column("job_id", sa.String(13), nullable=False),
        sa.Column("part", Big, nullable=False),
        sa.Column("channel_id", Big, nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("first_try_at", Big, nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.Column("first_place", Big, server_default=sa.text("0"), nullable=False),
        sa.Column("posted_at", Big, nullable=True),
        sa.Column("removed_at", Big, nullable=True),
        sa.Column("removed_by", Big, nullable=True),
        sa.Column("again_try_at", Big, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
        sa.PrimaryKeyConstraint("job_id", "part"),
        sa.UniqueConstraint("message_id", "first_place"),
        sa.UniqueConstraint("nonce"),
    )
    op.create_table(
        "post_pictures",
        sa.Column("job_id", sa.String(13), nullable=False),
        sa.Column("part", Big, nullable=False),
        sa.Column("place", Big, nullable=False),
        sa.Column("position", Big, nullable=False),
        sa.ForeignKeyConstraint(["job_id", "part"], ["posts.job_id", "posts.part"]),
        sa.ForeignKeyConstraint(["job_id", "position"], ["pictures.job_id", "pictures.position"]),
        sa.PrimaryKeyConstraint("job_id", "part", "place"),
    )
    op.execute(
        "INSERT INTO posts (job_id, part, channel_id, nonce, first_try_at, message_id, posted_at,"
        " removed_at, removed_by, again_try_at) SELECT job_id, part, channel_id, nonce,"
        " first_try_at, message_id, posted_at, removed_at, removed_by, again_try_at FROM old_posts"
    )
    op.execute(
        "INSERT INTO post_pictures (job_id, part, place, position)"
        " SELECT job_id, part, place, position FROM old_post_pictures"
    )
    op.execute("DROP TABLE old_posts")
    op.execute("DROP TABLE old_post_pictures")
