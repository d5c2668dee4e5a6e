"""Hashes and marks of the files that are posted.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

HASHES = ("posted_sha256", "pixel_hash")


def upgrade() -> None:
    for name in (*HASHES, "marks"):
        op.add_column("pictures", sa.Column(name, sa.Text(), nullable=True))
    for name in HASHES:
        op.create_index(f"ix_pictures_{name}", "pictures", [name])
