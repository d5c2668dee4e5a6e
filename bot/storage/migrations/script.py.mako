"""${message}

Revision ${up_revision} follows ${down_revision}. Raise HEAD in `bot.storage.schema` with it.
"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
