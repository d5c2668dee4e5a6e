"""The real commands, without a network and without a database."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio
from discord import app_commands

from tests.docs.commands import Known


async def _nothing(_: object) -> None:
    """Sync no commands."""


@pytest_asyncio.fixture
async def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Known:
    """Every command, option and menu of the bot, as it tells Discord."""
    from bot.app import App
    from bot.client import EaselClient
    from bot.config import Configuration

    monkeypatch.setattr(EaselClient, "_sync_commands", _nothing)
    storage = {"url": f"sqlite+aiosqlite:///{tmp_path}/easel.db", "data_dir": tmp_path}
    app = App(Configuration.model_validate({"storage": storage}), shard_count=1)
    await app.client.setup_hook()
    tree = app.client.tree
    commands = {
        one.qualified_name: {option.display_name: option.required for option in one.parameters}
        for one in tree.walk_commands()
        if isinstance(one, app_commands.Command)
    }
    menus = {one.name for one in tree.get_commands() if isinstance(one, app_commands.ContextMenu)}
    return Known(commands=commands, menus=menus)
