"""Whose pictures requests start from, and the consents of those people.

Revision 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = "'asking', 'allowed', 'used', 'refused', 'expired', 'failed'"


def upgrade() -> None:
    op.add_column("reference_pictures", sa.Column("owner_id", Big, nullable=True))
    op.add_column(
        "reference_pictures",
        sa.Column("whose", sa.Text(), nullable=False, server_default="member"),
    )
    op.create_table(
        "consents",
        sa.Column("consent_id", sa.String(13), nullable=False),
        sa.Column("guild_id", Big, nullable=False),
        sa.Column("channel_id", Big, nullable=False),
        sa.Column("user_id", Big, nullable=False),
        sa.Column("owner_id", Big, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("again_of", sa.Text(), nullable=True),
        sa.Column("retry_of", sa.Text(), nullable=True),
        sa.Column("reply_to", Big, nullable=True),
        sa.Column("ticket_token", sa.Text(), nullable=True),
        sa.Column("ticket_expires_at", Big, nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("server_locale", sa.Text(), nullable=True),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("expires_at", Big, nullable=False),
        sa.Column("first_try_at", Big, nullable=True),
        sa.Column("message_id", Big, nullable=True),
        sa.Column("decided_at", Big, nullable=True),
        sa.Column("told_at", Big, nullable=True),
        sa.Column("busy_until", Big, nullable=False, server_default=sa.text("0")),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("consent_id"),
        sa.UniqueConstraint("origin"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="state"),
    )
    op.create_index("ix_consents_state_expires_at", "consents", ["state", "expires_at"])
    op.create_index("ix_consents_user_id", "consents", ["user_id"])
    op.create_index("ix_consents_owner_id", "consents", ["owner_id"])
