"""Copying a database while it is in use."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.storage.engine.connect import (
    database_url,
    in_plain_words,
    is_of_place,
    is_sqlite,
)


async def backup(url: str, file: Path) -> None:
    """Copy a SQLite database into a new file, complete and on the disk when this returns.

    Raises SetupError where the file exists, where it cannot be written, for a database that
    cannot be read, and for other databases, which bring tools of their own.
    """
    address = database_url(url)
    if not is_sqlite(address):
        raise SetupError(SetupProblem.NOT_COPIED_HERE)
    await asyncio.to_thread(_copy, Path(address.database or ""), file)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise SetupError(SetupProblem.NOTHING_TO_COPY, database=source)
    part = target.with_name(f"{target.name}.part")
    # Whether SQLite complains of the copy, and not of the database.
    writing = False
    try:
        if target.exists():
            raise SetupError(SetupProblem.COPY_EXISTS, file=target)
        part.unlink(missing_ok=True)
        # What members asked for is nobody else's to read.
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(part)) as there:
            here.execute("PRAGMA schema_version")
            writing = True
            here.backup(there)
            # The copy stands alone: no -wal file beside it, even if the original has one.
            there.execute("PRAGMA journal_mode=DELETE")
        with part.open("rb") as written:
            os.fsync(written.fileno())
        _name(part, target)
    except FileExistsError:
        raise SetupError(SetupProblem.COPY_EXISTS, file=target) from None
    except OSError as error:
        raise _unwritable(target, error.strerror) from error
    except sqlite3.Error as error:
        if writing and is_of_place(error):
            raise _unwritable(target, str(error)) from error
        plain = in_plain_words(error, source)
        if plain is None:
            raise
        raise plain from error
    finally:
        with contextlib.suppress(OSError):  # where it could not be made, it cannot be removed
            part.unlink(missing_ok=True)


def _name(part: Path, target: Path) -> None:
    """Give a finished copy its name; FileExistsError where another backup was faster."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # Sticks and shares often know no links.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        part.replace(target)


def _unwritable(target: Path, why: str | None) -> SetupError:
    return SetupError(SetupProblem.COPY_NOT_WRITTEN, file=target, why=why)
