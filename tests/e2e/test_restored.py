"""Update, backup and restore as docs/operating.md has them, with what members really did.

The lines for systemd are run as they are written, in the test's folder.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bot.storage.engine import schema, upgrade
from tests.e2e.place import ROOT, Place

FIRST = "0001"


def written_steps() -> list[str]:
    """Return the lines between stop and start."""
    text = (ROOT / "docs" / "operating.md").read_text()
    found = re.search(r"systemctl stop easel\n(.*?)systemctl start easel\n", text, re.DOTALL)
    assert found
    return found[1].splitlines()


async def restore(place: Place, copy: Path) -> None:
    """Do what is written with a bot that is stopped."""
    steps = "\n".join(written_steps())
    assert "/var/lib/easel/" in steps
    assert "backups/easel-REVISION-TIME.db" in steps
    steps = steps.replace("/var/lib/easel/", str(place.folder))
    steps = steps.replace("backups/easel-REVISION-TIME.db", str(copy))
    shell = await asyncio.create_subprocess_exec("sh", "-euc", steps)
    assert await shell.wait() == 0


async def easel(place: Place, *arguments: str) -> tuple[int | None, str]:
    """Run a command beside the bot, on its database."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env={"EASEL_STORAGE__URL": place.database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


def as_the_first_release_kept_it(file: Path) -> None:
    """Rewrite a database with what the first release would have stored of it."""
    old = file.with_name("old.db")
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{old}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
    engine.dispose()
    with closing(sqlite3.connect(old)) as database:
        database.execute("ATTACH ? AS new", (str(file),))
        tables = "SELECT name FROM main.sqlite_master WHERE type = 'table'"
        for (table,) in database.execute(tables).fetchall():
            if table == "alembic_version":
                continue
            pragma = f"PRAGMA main.table_info({table})"
            columns = ", ".join(f'"{row[1]}"' for row in database.execute(pragma))
            copied = f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}"  # noqa: S608
            database.execute(copied)
        database.commit()
    for path in file.parent.glob("easel.db*"):
        path.unlink()
    old.rename(file)


async def test_an_update_can_be_taken_back_as_it_is_written(place: Place) -> None:
    file = place.folder / "easel.db"
    process = await place.start()
    await place.alice.slash(place.art, "imagine", prompt="a fox")
    await place.wire.until(lambda: len(place.results()) == 1)
    await place.stop(process)
    as_the_first_release_kept_it(file)

    # The update: a copy first, then the newest schema; what was there goes on.
    process = await place.start()
    (copy,) = (place.folder / "backups").iterdir()
    assert await schema.current(f"sqlite+aiosqlite:///{copy}") == FIRST
    (result,) = place.results()
    await place.alice.send(place.art, "1: make it night", reply_to=result)
    await place.wire.until(lambda: len(place.results()) == 2)
    await place.stop(process)
    assert await place.states() == {"done": 2}
    assert (await place.books())["member"] == 2

    await restore(place, copy)
    assert await schema.current(place.database_url) == FIRST
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT state FROM jobs").fetchall() == [("done",)]
    await upgrade.upgrade(place.database_url)
    assert (await place.books())["member"] == 1
    assert await place.states() == {"done": 1}


async def test_a_copy_made_while_it_works_is_restored_as_it_is_written(place: Place) -> None:
    process = await place.start()
    place.apis.gate.clear()
    for _ in range(5):
        await place.alice.slash(place.art, "imagine", prompt="a fox")
    await place.apis.until(lambda: place.apis.waiting == 4)
    copy = place.folder / "monday.db"
    assert (await easel(place, "db", "backup", str(copy)))[0] == 0
    place.apis.gate.set()
    await place.wire.until(lambda: len(place.results()) == 5)
    assert await place.stop(process) == 0

    # The worst case: a new disk, and nothing but the copy.
    await asyncio.to_thread(shutil.rmtree, place.folder / "spool")
    await restore(place, copy)
    process = await place.start()
    # Four calls had left, and nobody knows their answers any more; what waited is drawn.
    async with asyncio.timeout(20):
        while await place.states() != {"failed": 4, "done": 1}:  # noqa: ASYNC110 - it goes on by itself
            await asyncio.sleep(0.05)
    assert await easel(place, "db", "check") == (0, "The ledger is correct.\n")
    assert (await place.books())["member"] == 1
    assert await place.stop(process) == 0
