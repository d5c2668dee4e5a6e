"""Results in the galleries of servers.

Revision 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "gallery_posts",
        sa.Column("job_id", sa.String(13), sa.ForeignKey("jobs.job_id"), nullable=False),
        sa.Column("guild_id", Big, nullable=False),
        sa.Column("channel_id", Big, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("spoiler", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("decided_at", Big, nullable=False),
        sa.Column("tried_at", Big, nullable=True),
        sa.Column("place_id", Big, nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
        sa.UniqueConstraint("message_id"),
        sa.CheckConstraint("state IN ('decided', 'posted', 'leaving', 'gone')", name="state"),
    )
    op.create_index("ix_gallery_posts_state", "gallery_posts", ["state"])
