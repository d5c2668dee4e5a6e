"""Messages that moderation changes: results to be covered, report cards that show a copy.

Revision 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("posts", sa.Column("again_try_at", Big, nullable=True))
    op.create_table(
        "spoiler_changes",
        sa.Column("job_id", sa.String(13), sa.ForeignKey("jobs.job_id"), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
    )
    op.create_table(
        "report_cards",
        sa.Column("message_id", Big, nullable=False),
        sa.Column("guild_id", Big, nullable=False),
        sa.Column("channel_id", Big, nullable=False),
        sa.Column("job_id", sa.String(13), nullable=False),
        sa.Column("part", Big, nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"]),
    )
