"""A file that is there completely or not at all, whenever its task is cancelled."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from bot.providers.http.part_file import part_file


async def test_a_file_that_is_opened_while_its_task_is_cancelled_is_closed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, opened = threading.Event(), threading.Event(), list[BinaryIO]()
    real = Path.open

    def slow(part: Path, *how: Any, **more: Any) -> Any:
        begun.set()
        go_on.wait()
        opened.append(real(part, *how, **more))
        return opened[-1]

    monkeypatch.setattr(Path, "open", slow)

    async def write() -> None:
        async with part_file(tmp_path / "reply") as file:
            await file.flushed()

    task = asyncio.create_task(write())
    await asyncio.to_thread(begun.wait)
    task.cancel()
    asyncio.get_running_loop().call_later(0.01, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert opened[0].closed
    assert os.listdir(tmp_path) == []


async def test_a_folder_that_is_not_there_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async with part_file(tmp_path / "none" / "reply") as file:
            await file.flushed()
    assert os.listdir(tmp_path) == []


async def test_a_small_file_is_opened_when_it_is_complete(tmp_path: Path) -> None:
    async with part_file(tmp_path / "reply") as file:
        await file.write(b"small")
        file.restart()
        await file.write(b"whole")
        assert os.listdir(tmp_path) == []
        await file.commit()
    assert (tmp_path / "reply").read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["reply"]
