"""The languages of who asks, and of the server they ask in.

Revision 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("locale", "server_locale"):
        op.add_column("jobs", sa.Column(name, sa.Text(), nullable=True))
