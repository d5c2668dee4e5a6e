"""The command line without the tester's own configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import bot.cli.generate.request
from tests.cli.console import Easel, PicturesHere, run_easel


@pytest.fixture
def easel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Easel:
    """Run commands in an empty folder, with nothing set."""
    for name in os.environ:
        if name.startswith("EASEL_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bot.cli.generate.request, "picture_workers", lambda _: PicturesHere())
    return run_easel


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every attempt to open a connection or to look up a name fail the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.socket.connect_ex", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.create_connection", refuse)
