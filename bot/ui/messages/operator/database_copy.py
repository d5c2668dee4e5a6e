"""What `easel db copy` says."""

from __future__ import annotations

from bot.ui.language import Phrase, ngettext
from bot.ui.messages.words import number

COPY_HELP = Phrase("""Copy the whole database FROM one address TO another. Stop the bot first.

Both are written like storage.url, or - for it; TO is new or empty. Rows are counted, and the
books checked. Then start the bot on TO only: nothing of FROM is deleted, but TO has its open
requests.
""")
DONE = Phrase("Everything was copied. Set storage.url to the new address before you start the bot.")


def copied(table: str, rows: int) -> str:
    """Say that a table was written."""
    return ngettext(
        "{table}: {count} row", "{table}: {count} rows", rows, table=table, count=number(rows)
    )
