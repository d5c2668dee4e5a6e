"""Bringing a database up to this Easel, with a copy of what it was."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.storage.engine import schema
from bot.storage.engine.backup import backup
from bot.storage.engine.connect import database_url, is_sqlite

log = logging.getLogger(__name__)

# How many copies are kept of those that were made before migrations; others are nobody's to delete.
KEPT_COPIES = 3
# No copy takes that long.
_HALF_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """From which revision to which; `backup` is the copy that was made before, if any."""

    before: str | None
    after: str
    backup: Path | None


async def upgrade(url: str, *, apart: bool = False) -> Upgraded:
    """Copy a SQLite database that is older than this Easel into `backups/`, then migrate it.

    `apart` migrates in a process of its own: what only migrations load, 11 MB, would stay in the
    memory of a process that goes on.

    Raises SetupError for a newer database, for one that cannot be used, and when the copy cannot
    be written: then nothing was changed. Other databases bring tools of their own for copies.
    """
    revision = await schema.current(url)
    copy = None
    address = database_url(url)
    if is_sqlite(address) and revision is not None and revision < schema.head():
        copy = await _copy(url, Path(address.database or ""), revision)
        log.info("the database was copied to %s before its migration", copy)
    migrate = _upgrade_apart if apart and revision != schema.head() else schema.upgrade
    before, after = await migrate(url)
    if before != after:
        log.info("the database was upgraded from %s to revision %s", before or "nothing", after)
    return Upgraded(before=before, after=after, backup=copy)


async def _upgrade_apart(url: str) -> tuple[str | None, str]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, _upgrade_here, url)


def _upgrade_here(url: str) -> tuple[str | None, str]:
    return asyncio.run(schema.upgrade(url))


async def _copy(url: str, file: Path, revision: str) -> Path:
    folder = file.parent / "backups"
    try:
        await asyncio.to_thread(folder.mkdir, mode=0o700, exist_ok=True)
    except OSError as error:
        raise SetupError(SetupProblem.COPIES_FOLDER, folder=folder, why=error.strerror) from error
    now = datetime.now(UTC)
    # A process that was killed meanwhile left half a copy; a newer one may be another's at work.
    for part in folder.glob(f"{file.stem}-[0-9]*-*Z.db.part"):
        with suppress(FileNotFoundError):
            if part.stat().st_mtime < now.timestamp() - _HALF_SECONDS:
                part.unlink()
    copy = folder / f"{file.stem}-{revision}-{now:%Y%m%dT%H%M%S%f}Z.db"
    await backup(url, copy)
    copies = sorted(folder.glob(f"{file.stem}-[0-9]*-*Z.db"), key=lambda path: path.name[-26:])
    for old in copies[:-KEPT_COPIES]:
        await asyncio.to_thread(old.unlink, missing_ok=True)
    return copy
