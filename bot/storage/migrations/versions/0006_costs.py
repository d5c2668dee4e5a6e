"""Who was asked, call by call, and what it said that it charged.

Revision 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("calls", sa.Column("provider", sa.Text(), nullable=False, server_default=""))
    op.add_column("calls", sa.Column("charged_micro", Big, nullable=True))
    # Until now a job never left the provider that it was accepted for.
    op.execute(
        "UPDATE calls SET provider ="
        " (SELECT jobs.provider FROM jobs WHERE jobs.job_id = calls.job_id)"
    )
