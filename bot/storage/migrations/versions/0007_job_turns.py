"""The order of acceptance comes from a sequence where writers do not wait for each other.

Revision 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(sa.schema.CreateSequence(sa.Sequence("job_turns")))
    op.execute("SELECT setval('job_turns', coalesce(max(turn), 0) + 1, false) FROM jobs")
