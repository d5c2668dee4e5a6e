"""Each setting can come from a file that the environment names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import ConfigurationError, load
from bot.ui.messages.operator import setup_problems
from tests.cli.console import Easel, run_easel

TOKEN = "EASEL_DISCORD__TOKEN_FILE"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return tmp_path / "secret"


def refused(environment: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load(None, environment)
    return setup_problems.setup(raised.value)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_the_end_of_the_last_line_is_not_part_of_it(secret: Path, ending: str) -> None:
    secret.write_bytes(b"to ken".replace(b" ", b"") + ending.encode())
    assert load(None, {TOKEN: str(secret)}).discord.token.get_secret_value() == "token"


def test_any_setting_can_come_from_one(secret: Path) -> None:
    secret.write_text("[12, 34]\n")
    assert load(None, {"EASEL_ACCESS__GUILDS_FILE": str(secret)}).access.guilds == {12, 34}
    secret.write_text("sqlite+aiosqlite:////srv/easel.db\n")
    found = load(None, {"EASEL_STORAGE__URL_FILE": str(secret)})
    assert found.storage.url == "sqlite+aiosqlite:////srv/easel.db"
    secret.write_text("key\n")
    found = load(None, {"easel_providers__routescope__api_key_file".upper(): str(secret)})
    assert found.providers["routescope"].enabled


def test_it_wins_over_the_configuration_file(secret: Path, tmp_path: Path) -> None:
    secret.write_text("of the secret")
    file = tmp_path / "config.toml"
    file.write_text('[discord]\ntoken = "of-the-file"\n')
    secret.write_text("of-the-secret")
    found = load(file, {TOKEN: str(secret)})
    assert found.discord.token.get_secret_value() == "of-the-secret"


def test_value_and_file_together_are_refused(secret: Path) -> None:
    secret.write_text("x")
    said = refused({TOKEN: str(secret), "EASEL_DISCORD__TOKEN": "y"})
    assert said == (
        "EASEL_DISCORD__TOKEN and EASEL_DISCORD__TOKEN_FILE set the same value; remove one of them"
    )


def test_a_file_that_cannot_be_read_is_said_in_a_sentence(secret: Path) -> None:
    said = refused({TOKEN: str(secret)})
    assert said.startswith(f"{TOKEN}: the file {secret} cannot be read (No such file or directory)")
    secret.mkdir()
    assert "(Is a directory)" in refused({TOKEN: str(secret)})


def test_a_wrong_value_names_the_variable_and_never_the_secret(secret: Path) -> None:
    secret.write_text("hush hush\n")
    said = refused({TOKEN: str(secret)})
    assert said.startswith(f"{TOKEN}: ")
    assert "hush" not in said
    said = refused({"EASEL_DISCORD__TOKNE_FILE": str(secret)})
    assert "EASEL_DISCORD__TOKNE_FILE" in said
    assert "hush" not in said
    secret.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in refused({TOKEN: str(secret)})


def test_check_refuses_it_as_a_mistake_of_the_configuration(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    easel: Easel = run_easel
    monkeypatch.setenv(TOKEN, str(secret))
    ended = easel("models")
    assert (ended.code, ended.out) == (2, "")
    assert TOKEN in ended.err
