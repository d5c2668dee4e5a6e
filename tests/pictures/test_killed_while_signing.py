"""A bot that is killed between re-encoding and signing leaves a whole file with marks, or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.domain.file_types import PNG
from bot.domain.provenance import Credentials
from bot.pictures.marks.reader import marks_of
from tests.pictures.samples import encoded, noise
from tests.pictures.signed import chain_and_key, need_c2pa, signed

# Makes the same file over and over, as the bot would, and says when it begins.
_BOT = """
import asyncio, sys
from pathlib import Path
from bot.domain.provenance import MarkMode
from bot.pictures.picture_values import Marking
from bot.pictures.pool import Pictures

async def main(folder):
    pictures = Pictures(
        workers=1,
        marking=Marking(mode=MarkMode.SIGN),
        certificate=str(folder / "chain.pem"),
        key=str(folder / "key.pem"),
    )
    while True:
        await pictures.fit(folder / "source", folder / "target", limit_bytes=400_000)
        print("made", flush=True)
        (folder / "target").unlink()

if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
"""
_WAIT_SECONDS = 60


@pytest.mark.parametrize("moment", ["target.unsigned", "target.part", "target"])
def test_what_a_killed_bot_leaves_is_whole_or_absent(moment: str, tmp_path: Path) -> None:
    need_c2pa()
    for name, pem in zip(("chain.pem", "key.pem"), chain_and_key(), strict=True):
        (tmp_path / name).write_bytes(pem)
    (tmp_path / "source").write_bytes(signed(encoded(noise(600, 500), "PNG"), PNG))
    program = tmp_path / "program.py"
    program.write_text(_BOT)
    bot = subprocess.Popen(
        [sys.executable, str(program), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert bot.stdout is not None
        assert bot.stdout.readline() == b"made\n"  # workers are started, decoders loaded
        end, watched = time.monotonic() + _WAIT_SECONDS, tmp_path / moment
        while not watched.exists():
            assert time.monotonic() < end, f"{moment} never came"
    finally:
        os.killpg(bot.pid, signal.SIGKILL)
        bot.communicate()
    target = tmp_path / "target"
    if target.exists():
        found = marks_of(target.read_bytes())
        assert found.credentials is Credentials.VALID
        assert found.products[0] == "Easel"
