"""What members keep with a star.

Revision 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "favourites",
        sa.Column("user_id", Big, nullable=False),
        sa.Column("job_id", sa.String(13), sa.ForeignKey("jobs.job_id"), nullable=False),
        sa.Column("guild_id", Big, nullable=False),
        sa.Column("kept_at", Big, nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.PrimaryKeyConstraint("user_id", "job_id"),
    )
    op.create_index("ix_favourites_page", "favourites", ["user_id", "guild_id", "kept_at"])
    op.create_index("ix_favourites_job_id", "favourites", ["job_id"])
    op.create_index("ix_favourites_message_id", "favourites", ["message_id"])
