"""Styles that members and servers keep, with their example pictures.

Revision 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "styles",
        sa.Column("style_id", sa.String(13), nullable=False),
        sa.Column("guild_id", Big, nullable=False),
        sa.Column("user_id", Big, nullable=False),
        sa.Column("made_by", Big, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("from_job_id", sa.String(13), nullable=True),
        sa.Column("created_at", Big, nullable=False),
        sa.PrimaryKeyConstraint("style_id", name="pk_styles"),
        sa.UniqueConstraint("guild_id", "user_id", "name_key", name="uq_styles_name"),
    )
    op.create_index("ix_styles_made_by", "styles", ["made_by"])
    op.create_table(
        "style_pictures",
        sa.Column("picture_id", sa.String(13), nullable=False),
        sa.Column("style_id", sa.String(13), nullable=False),
        sa.Column("position", Big, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("owner_id", Big, nullable=False),
        sa.Column("of_job_id", sa.String(13), nullable=True),
        sa.Column("of_number", Big, nullable=True),
        sa.PrimaryKeyConstraint("picture_id", name="pk_style_pictures"),
        sa.ForeignKeyConstraint(
            ["style_id"], ["styles.style_id"], name="fk_style_pictures_style_id"
        ),
    )
    op.create_index("ix_style_pictures_style_id", "style_pictures", ["style_id"])
    op.create_index("ix_style_pictures_owner_id", "style_pictures", ["owner_id"])
