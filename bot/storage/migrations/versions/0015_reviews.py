"""Results that staff has to look at before they are posted, and pictures that judges refused.

Revision 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Old and new words of the checks, by table and column.
_CHECKS = (
    (
        "jobs",
        "state",
        "state IN ('queued', 'running', 'delivering', 'done', 'failed', 'cancelled')",
        "state IN ('queued', 'running', 'held', 'delivering', 'done', 'failed', 'cancelled')",
    ),
    (
        "jobs",
        "reason",
        "reason IN ('refused_prompt', 'refused_reference', 'withheld', 'bad_request',"
        " 'provider_down', 'no_credit', 'unknown_outcome', 'undeliverable', 'expired',"
        " 'by_member', 'by_moderator', 'blocked', 'internal')",
        "reason IN ('refused_prompt', 'refused_reference', 'withheld', 'refused_result',"
        " 'unchecked', 'hold_expired', 'bad_request', 'provider_down', 'no_credit',"
        " 'unknown_outcome', 'undeliverable', 'expired', 'by_member', 'by_moderator', 'blocked',"
        " 'internal')",
    ),
    (
        "pictures",
        "state",
        "state IN ('known', 'fetched', 'withheld', 'failed')",
        "state IN ('known', 'fetched', 'withheld', 'refused', 'failed')",
    ),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rewrite()
    else:
        for table, column, _, new in _CHECKS:
            op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, new)
    op.create_table(
        "reviews",
        sa.Column("job_id", sa.String(13), sa.ForeignKey("jobs.job_id"), nullable=False),
        sa.Column("guild_id", Big, nullable=False),
        sa.Column("channel_id", Big, nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("held_at", Big, nullable=False),
        sa.Column("first_try_at", Big, nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by", Big, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused', 'expired', 'withdrawn', 'minors')", name="outcome"
        ),
        sa.PrimaryKeyConstraint("job_id"),
    )


def _rewrite() -> None:
    """Change checks where SQLite keeps them: a table that others point to is not made anew.

    As SQLite's documentation has it for changes that no row depends on ("Making Other Kinds Of
    Table Schema Changes"). Every row fits the wider checks.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, _, old, new in _CHECKS:
        changed = connection.execute(
            sa.text(
                "UPDATE sqlite_schema SET sql = replace(sql, :old, :new)"
                " WHERE type = 'table' AND name = :of_table AND instr(sql, :old) > 0"
            ),
            {"old": old, "new": new, "of_table": table},
        )
        if changed.rowcount != 1:
            raise RuntimeError(f"the table {table} is not as an earlier release made it")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
