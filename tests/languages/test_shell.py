"""The command line in the language of its process: real processes with `LANG`."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

CHINESE, ENGLISH = "zh_CN.UTF-8", "C"


async def easel(folder: Path, language: str, *arguments: str) -> tuple[int | None, str]:
    """Run a command in a folder; return its exit code, and what it said on both streams."""
    other = ("EASEL_", "LANG", "LC_")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(other)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=kept | {"PYTHONPATH": os.getcwd(), "PYTHONUTF8": "1", "LANG": language},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, (out + err).decode()


@pytest.mark.parametrize(
    ("command", "code", "english", "chinese"),
    [
        ("--help", 0, "a Discord bot for community image requests", "机器人"),
        ("check --help", 0, "Check everything that the bot needs", "检查"),
        ("models", 2, "quota.defalt is not a known setting; did", "quota.defalt 不是已知的设置项"),
        ("models", 2, "discord.shards: write a whole number", "discord.shards：请写整数"),
        ("check", 1, "FIX   config.toml: discord.shards: write", "异常    config.toml: discord.sh"),
        ("models --config no.toml", 2, "no.toml does not exist; copy", "no.toml 不存在；请把"),
        ("db check --config right.toml", 1, "there is no database /", "不存在；请运行 `easel db"),
        ("db backup x --config right.toml", 1, "to back up; fix storage.url", "要备份的数据库"),
        ("limits 1 5/year", 2, "LIMITS: '5/year' is not a limit", "LIMITS：'5/year' 不是限额"),
    ],
)
async def test_what_an_operator_reads_is_in_the_language_of_the_process(
    tmp_path: Path, command: str, code: int, english: str, chinese: str
) -> None:
    wrong = '[quota]\ndefalt = "1/day"\n[discord]\nshards = "many"\n'
    (tmp_path / "config.toml").write_text(wrong)
    (tmp_path / "right.toml").write_text("")
    in_english, in_chinese = await asyncio.gather(
        easel(tmp_path, ENGLISH, *command.split()), easel(tmp_path, CHINESE, *command.split())
    )
    assert (in_english[0], in_chinese[0]) == (code, code)
    assert english in in_english[1]
    assert chinese in in_chinese[1]
    assert in_english[1].isascii()
    assert not re.search(re.escape(english), in_chinese[1])
