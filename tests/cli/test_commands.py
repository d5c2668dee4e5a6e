"""`run`, `demo`, `serve-apis` and `db` as far as the command line goes."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import bot.demo
import bot.logs
import bot.running
from bot.cli.demo import PROVIDERS
from bot.config import Configuration
from bot.domain.errors import SetupError
from bot.domain.quotas.ledger_faults import Discrepancy, LedgerFault
from bot.domain.setup_problems import SetupProblem
from bot.models import catalog_of
from bot.sandbox.image_apis import ImageApis, configuration_fragment
from bot.storage.engine import schema
from tests.cli.console import Easel

COMMANDS = ["run", "demo", "check", "models", "generate", "serve-apis"]


@pytest.mark.parametrize(
    "command",
    [
        *([name] for name in COMMANDS),
        ["db", "upgrade"],
        ["db", "check"],
        ["db", "backup"],
        ["db", "copy"],
    ],
)
def test_every_command_explains_itself_and_takes_a_configuration(
    easel: Easel, command: list[str]
) -> None:
    ended = easel(*command, "--help")
    assert ended.code == 0
    assert "--config FILE" in ended.out


@pytest.mark.parametrize("command", [["run"], ["check"], ["models"], ["db", "check"]])
def test_a_configuration_that_is_not_there_is_one_sentence(
    easel: Easel, command: list[str]
) -> None:
    ended = easel(*command, "--config", "nowhere.toml")
    assert ended.code == (1 if command == ["check"] else 2)
    assert len((ended.out + ended.err).splitlines()) == 1
    assert "nowhere.toml does not exist" in ended.out + ended.err


def test_the_environment_names_the_configuration_too(
    easel: Easel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_CONFIG", str(tmp_path / "elsewhere.toml"))
    assert "elsewhere.toml" in easel("models").err


def test_the_version_is_told(easel: Easel) -> None:
    assert easel("--version").out.strip().endswith("0.1.0")


def test_no_command_at_all_shows_them_all(easel: Easel) -> None:
    ended = easel()
    assert ended.code == 2
    assert all(name in ended.err for name in [*COMMANDS, "db"])


# --- run ------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Configuration]:
    """Collect the configurations that the bot was started with, instead of starting it."""
    seen: list[Configuration] = []

    async def run(configuration: Configuration, **_: object) -> None:
        seen.append(configuration)

    monkeypatch.setattr(bot.running, "run", run)
    monkeypatch.setattr(bot.logs, "configure", lambda *_, **__: None)
    return seen


def test_run_starts_from_the_environment_alone_with_a_migrated_database(
    easel: Easel,
    tmp_path: Path,
    started: list[Configuration],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EASEL_DISCORD__TOKEN", "a-token")
    monkeypatch.setenv("EASEL_ACCESS__GUILDS", "[1]")
    assert easel("run").code == 0
    assert started[0].discord.token.get_secret_value() == "a-token"
    url = f"sqlite+aiosqlite:///{tmp_path}/data/easel.db"
    assert asyncio.run(schema.current(url)) == schema.head()


@pytest.mark.parametrize("token", [None, "", "  "])
def test_run_without_a_token_is_refused_in_one_sentence(
    easel: Easel,
    started: list[Configuration],
    monkeypatch: pytest.MonkeyPatch,
    token: str | None,
) -> None:
    if token is not None:
        monkeypatch.setenv("EASEL_DISCORD__TOKEN", token)
    ended = easel("run")
    assert (ended.code, ended.out, started) == (2, "", [])
    (sentence,) = ended.err.splitlines()
    assert "discord.token" in sentence
    assert "EASEL_DISCORD__TOKEN" in sentence


def test_run_without_servers_is_allowed_and_said(
    easel: Easel, started: list[Configuration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_DISCORD__TOKEN", "a-token")
    ended = easel("run")
    assert (ended.code, len(started)) == (0, 1)
    assert "access.guilds" in ended.err


def test_a_bot_that_cannot_start_says_why_in_one_sentence(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(configuration: Configuration, **_: object) -> None:
        raise SetupError(SetupProblem.DISCONNECTED, code=4000)

    monkeypatch.setattr(bot.running, "run", run)
    monkeypatch.setattr(bot.logs, "configure", lambda *_, **__: None)
    monkeypatch.setenv("EASEL_DISCORD__TOKEN", "a-token")
    monkeypatch.setenv("EASEL_ACCESS__OPEN", "true")
    ended = easel("run")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "Discord ended the connection with code 4000; try again\n"


# --- demo and serve-apis --------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the pages that the browser was sent to."""
    seen: list[str] = []
    monkeypatch.setattr("webbrowser.open", seen.append)
    return seen


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the ports that the demo was started on."""
    seen: list[int] = []

    async def demo(port: int, ready: Callable[[str], None]) -> None:
        seen.append(port)
        ready("http://127.0.0.1:1234/demo")

    monkeypatch.setattr(bot.demo, "demo", demo)
    return seen


def test_the_demo_prints_its_address_and_opens_it(
    easel: Easel, shown: list[int], opened: list[str]
) -> None:
    ended = easel("demo", "--port", "4321")
    assert (ended.code, ended.out) == (0, "http://127.0.0.1:1234/demo\n")
    assert (shown, opened) == ([4321], ["http://127.0.0.1:1234/demo"])


def test_the_demo_leaves_the_browser_alone_when_told_so(
    easel: Easel, shown: list[int], opened: list[str]
) -> None:
    assert easel("demo", "--no-browser").code == 0
    assert (shown, opened) == ([0], [])


def test_the_demo_without_its_extra_says_what_to_install(
    easel: Easel, shown: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    ended = easel("demo")
    assert (ended.code, shown) == (1, [])
    # A name on an index could be somebody else's.
    assert "pip install '.[demo]'" in ended.err


def test_the_demo_can_use_the_api_of_any_service(
    easel: Easel, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[tuple[str, ...]] = []

    async def demo(
        port: int, ready: Callable[[str], None], providers: tuple[str, ...] = ()
    ) -> None:
        chosen.append(providers)

    monkeypatch.setattr(bot.demo, "demo", demo)
    easel("demo", "--provider", "openai", "--provider", "home")
    easel("demo")
    assert chosen == [("openai", "home"), ()]
    assert easel("demo", "--provider", "nowhere").code == 2
    local = tomllib.loads(configuration_fragment("http://127.0.0.1:1"))["providers"]
    assert set(PROVIDERS) == set(local)


@pytest.mark.parametrize(
    ("provider", "models"),
    [
        ("openai", {"gpt-image-2", "gpt-image-1-mini"}),
        ("ark", {"doubao-seedream-4-5-251128"}),
        ("byteplus", {"doubao-seedream-4-0-250828"}),
        ("openrouter", {"bytedance-seed/seedream-4.5", "openai/gpt-image-2"}),
        ("home", {"home-diffusion"}),
    ],
)
async def test_the_demo_offers_the_models_of_the_services_that_it_uses(
    apis: ImageApis, tmp_path: Path, provider: str, models: set[str]
) -> None:
    made = await bot.demo.configured(
        apis.url, cdn_base="http://127.0.0.1:1", folder=tmp_path, providers=(provider,)
    )
    offered = [offer for offer in catalog_of(made).offers if offer.enabled]
    assert {offer.provider for offer in offered} == {provider}
    assert models <= {offer.model_id for offer in offered}


def test_a_taken_port_of_the_demo_is_one_sentence(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def demo(port: int, ready: Callable[[str], None]) -> None:
        raise RuntimeError("could not bind") from OSError(errno.EADDRINUSE, "Address in use")

    monkeypatch.setattr(bot.demo, "demo", demo)
    ended = easel("demo")
    assert (ended.code, len(ended.err.splitlines())) == (1, 2)
    assert "--port" in ended.err.splitlines()[-1]


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_a_port_that_is_none_is_misuse(easel: Easel, port: str) -> None:
    assert easel("serve-apis", "--port", port).code == 2


# --- db -------------------------------------------------------------------------------------


def test_the_database_is_made_checked_and_copied(easel: Easel, tmp_path: Path) -> None:
    first, second = easel("db", "upgrade"), easel("db", "upgrade")
    assert (first.code, second.code) == (0, 0)
    assert schema.head() in first.out
    assert "up to date" in second.out
    checked = easel("db", "check")
    assert (checked.code, checked.out) == (0, "The ledger is correct.\n")
    assert easel("db", "backup", "copy.db").code == 0
    assert (tmp_path / "copy.db").stat().st_size > 0


def test_a_whole_database_is_copied_counted_and_checked(easel: Easel, tmp_path: Path) -> None:
    easel("db", "upgrade")
    source = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'easel.db'}"
    target = f"sqlite+aiosqlite:///{tmp_path / 'elsewhere' / 'easel.db'}"
    ended = easel("db", "copy", "-", target)
    assert ended.code == 0
    assert "jobs: 0 rows\n" in ended.out
    assert ended.out.endswith("before you start the bot.\nThe ledger is correct.\n")
    again = easel("db", "copy", source, source)
    assert again.code != 0
    assert "both addresses are the same database" in again.err


def test_the_configuration_may_stand_on_either_side_of_the_second_word(
    easel: Easel, tmp_path: Path
) -> None:
    file = tmp_path / "other.toml"
    file.write_text('[storage]\nurl = "sqlite+aiosqlite:///other.db"\n')
    assert easel("db", "--config", str(file), "upgrade").code == 0
    assert easel("db", "check", "--config", str(file)).code == 0
    assert (tmp_path / "other.db").exists()


def test_wrong_books_are_told_and_fail(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    async def problems(database: object) -> list[Discrepancy]:
        return [Discrepancy(LedgerFault.GRANT_AND_HOLDS, {"grant_id": 1, "used": 2, "held": 1})]

    monkeypatch.setattr("bot.storage.ledger.ledger_check.problems", problems)
    easel("db", "upgrade")
    ended = easel("db", "check")
    assert (ended.code, ended.out) == (1, "Grant 1 says 2 used, but its holds add up to 1.\n")


def test_a_damaged_page_is_found_where_the_books_do_not_look(easel: Easel, tmp_path: Path) -> None:
    easel("db", "upgrade")
    file = tmp_path / "data" / "easel.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        ((page,),) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'baskets'")
        ((size,),) = database.execute("PRAGMA page_size")
    with file.open("r+b") as written:
        written.seek((page - 1) * size)
        written.write(b"\xff" * size)
    ended = easel("db", "check")
    assert ended.code == 1
    assert "restore a backup" in ended.out + ended.err


def test_a_database_that_was_never_made_is_one_sentence(easel: Easel) -> None:
    ended = easel("db", "check")
    assert (ended.code, ended.out) == (1, "")
    assert "easel db upgrade" in ended.err


def test_a_backup_does_not_replace_a_file(easel: Easel, tmp_path: Path) -> None:
    easel("db", "upgrade")
    (tmp_path / "copy.db").write_text("mine")
    ended = easel("db", "backup", "copy.db")
    assert ended.code == 1
    assert "already exists" in ended.err
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_mistake_of_its_own_is_told_without_secrets(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(url: str) -> None:
        raise RuntimeError("asked with Bearer abcdef-123456")

    monkeypatch.setattr("bot.storage.engine.upgrade.upgrade", fail)
    ended = easel("db", "upgrade")
    assert (ended.code, ended.out) == (1, "")
    assert "Traceback" in ended.err
    assert "abcdef" not in ended.err
    assert ended.err.splitlines()[-1].startswith("Easel had an internal error")
