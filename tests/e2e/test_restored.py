"""Update, backup and restore as docs/operating.md has them, with what members really did.

A restored copy is not the present: it is refused until it is told so, and nothing of it is paid
again.

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

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bot.storage.engine import schema
from tests.e2e.place import ROOT, Place

FIRST = "0001"


def written_steps() -> list[str]:
    """Return the lines between stop and start."""
    text = (ROOT / "docs" / "operating.md").read_text()
    found = re.search(r"systemctl stop easel\n(.*?)systemctl start easel\n", text, re.DOTALL)
    assert found
    return found[1].splitlines()


async def restore(place: Place, copy: Path) -> None:
    """Do what is written with a bot that is stopped, but for the last step."""
    *steps, told = written_steps()
    assert told == "easel db restored"
    steps = "\n".join(steps)
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
        # It knew no generations.
        database.execute("DELETE FROM main.meta WHERE key IN ('lineage', 'generation')")
        database.commit()
    for path in file.parent.glob("easel.db*"):
        path.unlink()
    old.rename(file)


@pytest.mark.long
async def test_an_update_can_be_taken_back_as_it_is_written(place: Place) -> None:
    file = place.folder / "easel.db"
    process = await place.start()
    await place.alice.slash(place.art, "imagine", prompt="a fox")
    await place.wire.until(lambda: len(place.results()) == 1, timeout=30)
    await place.stop(process)
    as_the_first_release_kept_it(file)

    # The update: a copy first, then the newest schema; what was there goes on.
    process = await place.start()
    (copy,) = (place.folder / "backups").iterdir()
    assert await schema.current(f"sqlite+aiosqlite:///{copy}") == FIRST
    (result,) = place.results()
    await place.alice.send(place.art, "1: make it night", reply_to=result)
    await place.wire.until(lambda: len(place.results()) == 2, timeout=30)
    await place.stop(process)
    assert await place.states() == {"done": 2}
    assert (await place.books())["member"] == 2

    await restore(place, copy)
    assert await schema.current(place.database_url) == FIRST
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT state FROM jobs").fetchall() == [("done",)]
    # The copy has no generation yet: the file beside it tells it from a first start.
    process = await place.launch()
    assert await process.wait() == 1
    assert "run `easel db restored`" in place.log().splitlines()[-1]
    assert await schema.current(place.database_url) == FIRST
    code, said = await easel(place, "db", "restored")
    assert (code, said.splitlines()[0]) == (0, "No requests were open in the copy.")
    assert await place.stop(await place.start()) == 0
    assert (await place.books())["member"] == 1
    assert await place.states() == {"done": 1}


async def copied_at_work(place: Place) -> Path:
    """Copy the database while four calls have left and one request waits; then draw all five."""
    process = await place.start()
    place.apis.gate.clear()
    for _ in range(5):
        await place.alice.slash(place.art, "imagine", prompt="a fox")
    await place.apis.until(lambda: place.apis.waiting == 4)
    copy = place.folder / "monday.db"
    assert (await easel(place, "db", "backup", str(copy)))[0] == 0
    # Not while it runs: its own requests would end.
    code, said = await easel(place, "db", "restored")
    assert code == 1
    assert "a bot runs on the database" in said
    place.apis.gate.set()
    await place.wire.until(lambda: len(place.results()) == 5, timeout=30)
    assert await place.stop(process) == 0
    return copy


async def refused(place: Place) -> None:
    """See that a start says what to do, and does nothing."""
    process = await place.launch()
    assert await process.wait() == 1
    assert "run `easel db restored`" in place.log().splitlines()[-1]
    _, said = await easel(place, "check")
    assert "FIX   Database" in said
    assert "easel db restored" in said


async def told_and_right(place: Place) -> None:
    """Tell the copy, start, and see that nothing is sent or posted again."""
    sent, posted = len(place.apis.requests), len(place.results())
    code, said = await easel(place, "db", "restored")
    assert code == 0
    assert said.startswith("5 open requests ended: they may have been sent")
    behind = r"\n  day, until [\d-]+ 00:00 UTC: 1 member, .* and all servers together\n"
    assert re.search(behind, said)
    process = await place.start()
    assert await place.states() == {"failed": 5}
    assert await easel(place, "db", "check") == (0, "The ledger is correct.\n")
    books = await place.books()
    # Members get everything back; what may have been paid stays counted for everybody.
    assert (books["member"], books["everywhere"]) == (0, 5)
    assert (len(place.apis.requests), len(place.results())) == (sent, posted)
    # It goes on from here, and so does its next start.
    await place.alice.slash(place.art, "imagine", prompt="a hare")
    await place.wire.until(lambda: len(place.results()) == posted + 1, timeout=30)
    assert await place.stop(process) == 0
    assert await place.stop(await place.start()) == 0


@pytest.mark.long
async def test_a_copy_is_refused_until_it_is_told_and_nothing_is_paid_twice(place: Place) -> None:
    copy = await copied_at_work(place)
    await restore(place, copy)
    await refused(place)
    await told_and_right(place)


@pytest.mark.long
async def test_on_a_new_disk_with_nothing_but_the_copy_it_is_the_same(place: Place) -> None:
    copy = await copied_at_work(place)
    await asyncio.to_thread(shutil.rmtree, place.folder / "spool")
    (place.folder / "easel.db.generation").unlink()
    await restore(place, copy)
    await refused(place)
    await told_and_right(place)


async def test_a_killed_bot_and_a_moved_folder_are_no_copies(place: Place) -> None:
    process = await place.start()
    place.apis.gate.clear()
    await place.alice.slash(place.art, "imagine", prompt="a fox")
    await place.apis.until(lambda: place.apis.waiting == 1)
    await place.kill(process)
    moved = place.folder / "elsewhere"
    moved.mkdir()
    for file in place.folder.glob("easel.db*"):
        file.rename(moved / file.name)
    place.settings["EASEL_STORAGE__URL"] = f"sqlite+aiosqlite:///{moved}/easel.db"
    place.apis.gate.set()
    assert await place.stop(await place.start()) == 0
