"""`check`: a line for everything, told from the configuration, the disk, Discord and the keys."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import tzdata
from aiohttp import web
from yarl import URL

from bot.cli.check.discord_check_lines import PERMISSIONS
from bot.sandbox.image_apis import ImageApis
from bot.storage.engine import schema
from tests.cli.console import Easel, Ended, run_easel
from tests.object_store import bucket

TOKEN = "token-of-the-bot"


@dataclass(slots=True, kw_only=True)
class Discord:
    """The three answers of Discord that matter here."""

    base: str = ""
    status: int = 200
    guilds: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    application: dict[str, Any] = field(default_factory=dict[str, Any])
    gateway: dict[str, Any] = field(default_factory=dict[str, Any])
    date: str = ""
    too_fast: int = 0  # so many more requests are refused as too many
    other: Any = ...  # answered to everything, when set
    asked: list[str] = field(default_factory=list[str])

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        if request.headers["Authorization"] != f"Bot {TOKEN}":
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        if self.status != 200:
            return web.json_response({}, status=self.status)
        if self.too_fast:
            self.too_fast -= 1
            return web.json_response({}, status=429, headers={"Retry-After": "0.01"})
        if self.other is not ...:
            return web.json_response(self.other)
        if request.path.endswith("/guilds"):
            after = int(request.query["after"])
            page = [guild for guild in self.guilds if int(guild["id"]) > after]
            return web.json_response(page[: int(request.query["limit"])])
        if request.path.endswith("/gateway/bot"):
            headers = {"Date": self.date} if self.date else {}
            return web.json_response(self.gateway, headers=headers)
        return web.json_response({"id": "1234", "username": "easel"} | self.application)


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Discord]:
    discord = Discord()
    app = web.Application()
    app.router.add_get("/{path:.*}", discord.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    discord.base = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10"
    yield discord
    await runner.cleanup()


@pytest.fixture
def settings_file(easel: object, tmp_path: Path, discord: Discord, apis: ImageApis) -> Path:
    """A configuration with which everything is well."""
    file = tmp_path / "config.toml"
    file.write_text(
        f"""
[discord]
token = "{TOKEN}"
api_base = "{discord.base}"
[access]
guilds = [111]
[providers.routescope]
base_url = "{apis.url}/routescope"
api_key = "local"
"""
    )
    discord.guilds = [{"id": "111", "permissions": str(PERMISSIONS.value)}]
    return file


async def check() -> Ended:
    return await asyncio.to_thread(run_easel, "check")


def wrong(ended: Ended) -> list[str]:
    """Return what has to be mended; the exit code must agree."""
    lines = [line for line in ended.out.splitlines() if not line.startswith("ok ")]
    assert ended.code == (1 if lines else 0), ended.out
    return lines


@pytest.mark.usefixtures("settings_file")
async def test_when_all_is_well_every_line_says_so(apis: ImageApis, tmp_path: Path) -> None:
    ended = await check()
    assert wrong(ended) == []
    # It only looks: what root makes on the way, the bot's own user cannot write.
    assert os.listdir(tmp_path) == ["config.toml"]
    text = ended.out
    for expected in ("config.toml", "Database: empty", "GB free", "belongs to easel", "111"):
        assert expected in text
    assert f"Time zones: release {tzdata.IANA_VERSION}" in text
    # Neither question about the key could have been paid: one was with a made-up key.
    assert [request.status for request in apis.requests] == [400, 401]


@pytest.mark.usefixtures("settings_file")
async def test_the_invite_link_asks_for_what_the_bot_needs() -> None:
    ended = await check()
    (line,) = [line for line in ended.out.splitlines() if "Invite link" in line]
    link = URL(line.rpartition(" ")[2])
    assert link.query["client_id"] == "1234"
    assert set(link.query["scope"].split()) == {"bot", "applications.commands"}
    assert int(link.query["permissions"]) == PERMISSIONS.value
    assert not PERMISSIONS.administrator


@pytest.mark.usefixtures("settings_file")
async def test_no_secret_is_printed() -> None:
    ended = await check()
    assert TOKEN not in ended.out + ended.err


@pytest.mark.usefixtures("settings_file")
@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("EASEL_DISCORD__TOKEN", "", "EASEL_DISCORD__TOKEN"),
        ("EASEL_DISCORD__TOKEN", "stale", "refuses the token"),
        ("EASEL_DISCORD__API_BASE", "http://127.0.0.1:9/api/v10", "127.0.0.1:9"),
        ("EASEL_ACCESS__GUILDS", "[]", "access.guilds"),
        ("EASEL_ACCESS__GUILDS", "[111, 112]", "Server 112"),
        ("EASEL_PROVIDERS__ROUTESCOPE__API_KEY", "wrong", "the key is refused"),
        ("EASEL_PROVIDERS__ROUTESCOPE__BASE_URL", "http://127.0.0.1:9", "base_url"),
        ("EASEL_MODELS__DEFAULT", "doubao-seedream-4.5", "there is no model"),
        ("EASEL_MODELS__DEFAULT", "gpt-image-2", "EASEL_PROVIDERS__OPENAI__API_KEY"),
        (
            "EASEL_MODELS__DEFAULT",
            "doubao-seededit-3-0-i2i-250628",
            "cannot make pictures from text alone",
        ),
        ("EASEL_MODELS__DEFAULT_EDIT", "doubao-seedream-3-0-t2i-250415", "cannot edit pictures"),
        ("EASEL_MODELS__DEFAULT", "seedream-4.5", "doubao-seedream-4-5-251128 is used instead"),
        ("EASEL_MODELS__DEFUALT", "seedream-4.5", "models.default"),
        ("EASEL_STORAGE__URL", "sqlite://", "Database"),
        ("EASEL_STORAGE__DATA_DIR", "config.toml/data", "storage.data_dir"),
    ],
)
async def test_one_thing_that_is_wrong_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str
) -> None:
    monkeypatch.setenv(name, value)
    (line,) = wrong(await check())
    assert part in line


@pytest.mark.usefixtures("settings_file")
async def test_without_any_key_both_defaults_have_to_be_mended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__ROUTESCOPE__API_KEY", "")
    assert len(wrong(await check())) == 2


@pytest.mark.usefixtures("settings_file")
async def test_a_server_where_permissions_are_missing_names_them(discord: Discord) -> None:
    missing = PERMISSIONS.value & ~type(PERMISSIONS)(attach_files=True).value
    discord.guilds = [{"id": "111", "permissions": str(missing)}]
    (line,) = wrong(await check())
    assert "attach files" in line
    assert "send messages" not in line


@pytest.mark.usefixtures("settings_file")
async def test_of_many_servers_those_that_are_well_are_one_line(
    discord: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = str(PERMISSIONS.value)
    discord.guilds = [{"id": str(number), "permissions": well} for number in range(100, 700)]
    discord.guilds[3]["permissions"] = "0"
    discord.too_fast = 2
    monkeypatch.setenv("EASEL_ACCESS__GUILDS", str([*range(100, 701)]))
    ended = await check()
    lacking, missing = wrong(ended)
    assert "Server 103: the bot is missing" in lacking
    assert "Server 700: the bot is not there" in missing
    assert "in 599 of those listed" in ended.out
    assert len(ended.out.splitlines()) < 25


@pytest.mark.usefixtures("settings_file")
async def test_a_server_far_down_the_list_is_found(discord: Discord) -> None:
    administrator = str(type(PERMISSIONS)(administrator=True).value)
    discord.guilds = [
        {"id": str(number), "permissions": administrator} for number in (*range(1, 111), 111)
    ] + [{"id": str(number), "permissions": "0"} for number in range(112, 350)]
    discord.guilds[110]["id"] = "111"
    assert wrong(await check()) == []


@pytest.mark.usefixtures("settings_file")
async def test_discord_out_of_order_is_told_with_its_status(discord: Discord) -> None:
    discord.status = 503
    (line,) = wrong(await check())
    assert "503" in line


@pytest.mark.usefixtures("settings_file")
@pytest.mark.parametrize("answer", [{}, [], None, {"id": "none", "username": "x"}, {"id": 1}])
async def test_what_is_not_discord_has_to_be_mended(discord: Discord, answer: Any) -> None:
    discord.other = answer
    (line,) = wrong(await check())
    assert "fix discord.api_base" in line


@pytest.mark.usefixtures("settings_file")
async def test_a_proxy_without_a_time_of_its_own_says_nothing_of_the_clock(
    discord: Discord,
) -> None:
    discord.date = "yesterday"
    ended = await check()
    assert wrong(ended) == []
    assert "Clock" not in ended.out


@pytest.mark.usefixtures("settings_file")
async def test_a_server_list_is_not_needed_when_everybody_may_come(
    discord: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_ACCESS__GUILDS", "[]")
    monkeypatch.setenv("EASEL_ACCESS__OPEN", "true")
    assert wrong(await check()) == []
    assert not any("guilds" in path for path in discord.asked)


async def test_a_database_of_this_easel_is_well(settings_file: Path) -> None:
    await schema.upgrade(f"sqlite+aiosqlite:///{settings_file.parent}/data/easel.db")
    ended = await check()
    assert wrong(ended) == []
    assert f"revision {schema.head()}" in ended.out


async def test_a_database_of_a_newer_easel_has_to_be_mended(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await schema.upgrade(f"sqlite+aiosqlite:///{settings_file.parent}/data/easel.db")
    monkeypatch.setattr(schema, "HEAD", "0000")
    (line,) = wrong(await check())
    assert "newer" in line


async def test_a_full_disk_has_to_be_mended(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.check.check_lines.LEAST_FREE_BYTES", 1 << 60)
    (line,) = wrong(await check())
    assert "Free some space" in line


@pytest.mark.usefixtures("settings_file")
async def test_privileged_intents_are_not_needed_and_named_when_granted(discord: Discord) -> None:
    assert "no privileged intents are granted" in (await check()).out
    discord.application = {"flags": 1 << 19 | 1 << 14}
    ended = await check()
    assert wrong(ended) == []
    (line,) = [line for line in ended.out.splitlines() if "Intents:" in line]
    assert "Server Members" in line
    assert "Message Content" in line
    assert "Presence" not in line


@pytest.mark.usefixtures("settings_file")
async def test_fewer_shards_than_discord_advises_have_to_be_mended(
    discord: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    discord.gateway = {"shards": 3, "session_start_limit": {"remaining": 9, "reset_after": 1}}
    assert "Shards: 3." in (await check()).out
    monkeypatch.setenv("EASEL_DISCORD__SHARDS", "2")
    (line,) = wrong(await check())
    assert "discord.shards is 2, but Discord recommends 3" in line


@pytest.mark.usefixtures("settings_file")
async def test_a_bot_that_was_started_too_often_hears_how_long_to_wait(discord: Discord) -> None:
    limit = {"total": 1000, "remaining": 0, "reset_after": 5_000_000, "max_concurrency": 1}
    discord.gateway = {"shards": 1, "session_start_limit": limit}
    (line,) = wrong(await check())
    assert "2 hours" in line


@pytest.mark.usefixtures("settings_file")
@pytest.mark.parametrize(("seconds", "way"), [(-60, "ahead of"), (60, "behind")])
async def test_a_clock_that_is_off_has_to_be_mended(
    discord: Discord, seconds: int, way: str
) -> None:
    discord.date = formatdate(time.time() + seconds, usegmt=True)
    (line,) = wrong(await check())
    assert f"seconds {way} Discord's" in line
    assert "time synchronisation" in line


@pytest.mark.usefixtures("settings_file")
async def test_a_public_bot_without_a_server_list_is_told_what_that_means(
    discord: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Public bot" not in (await check()).out
    discord.application = {"bot_public": True}
    ended = await check()
    assert wrong(ended) == []
    assert "only in the servers of access.guilds" in ended.out
    monkeypatch.setenv("EASEL_ACCESS__GUILDS", "[]")
    assert "No server may use the bot" in wrong(await check())[0]
    monkeypatch.setenv("EASEL_ACCESS__OPEN", "true")
    ended = await check()
    assert wrong(ended) == []
    assert "quota.global_budget" in ended.out
    monkeypatch.setenv("EASEL_QUOTA__GLOBAL_BUDGET", "none")
    (line,) = wrong(await check())
    assert "sets no limit on spending" in line


async def test_a_store_of_pictures_is_tried_out(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bucket() as store:
        monkeypatch.setenv("EASEL_STORAGE__PICTURES", store.address)
        ended = await check()
        assert wrong(ended) == []
        assert f"Pictures: {store.address} takes, lists, gives and deletes." in ended.out
        await store.line.cut()
        (line,) = wrong(await check())
        assert "check that it runs, and AWS_ENDPOINT_URL" in line


async def test_a_spool_that_is_nearly_full_has_to_be_mended(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings_file.parent / "data" / "spool" / "JOB"
    folder.mkdir(parents=True)
    (folder / "picture-0").write_bytes(b"x" * 1000)
    ended = await check()
    assert wrong(ended) == []
    assert "Spool: 0.0 GB of 10.0 GB." in ended.out
    monkeypatch.setattr("bot.cli.check.check_lines.SPOOL_FULL", 1e-9)
    (line,) = wrong(await check())
    assert "storage.spool_limit_mb" in line


@pytest.mark.parametrize("there", [True, False])
async def test_a_database_that_cannot_be_written_has_to_be_mended(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    file = settings_file.parent / "base" / "easel.db"
    monkeypatch.setenv("EASEL_STORAGE__URL", f"sqlite+aiosqlite:///{file}")
    file.parent.mkdir()
    if there:
        await schema.upgrade(f"sqlite+aiosqlite:///{file}")
    allowed = os.access

    # Root may write anywhere.
    def access(path: Any, mode: int) -> bool:
        return file.parent != Path(path) and allowed(path, mode)

    monkeypatch.setattr(os, "access", access)
    (line,) = wrong(await check())
    assert "Database:" in line
    assert "Fix their permissions" in line


@pytest.mark.usefixtures("settings_file")
async def test_it_says_whether_anybody_hears_of_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "problems are only written to the log" in (await check()).out
    monkeypatch.setenv("EASEL_ACCESS__OPERATORS", "[5]")
    assert "they are sent to the operator on Discord" in (await check()).out


def test_a_folder_that_is_on_no_disk_is_not_said_to_be_full(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_STORAGE__DATA_DIR", "/proc/easel")
    said = easel("check").out
    assert "FIX   Files: /proc/easel is not on a disk. Set another folder" in said
    assert "0.0 GB" not in said


def test_what_has_no_key_is_named_with_its_settings(easel: Easel) -> None:
    said = easel("check").out
    setting = "providers.routescope.api_key (EASEL_PROVIDERS__ROUTESCOPE__API_KEY)"
    assert f"Provider routescope: off, it has no key. To use it, set {setting}." in said
    assert f"is off because its provider has no key. Set {setting}" in said
    assert "discord.token or EASEL_DISCORD__TOKEN" in said


def test_names_in_lists_are_looked_up(easel: Easel, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[models]\nreferences_to = ["seedream", "seedrem"]\n'
        '[providers.routescope]\nmodels = ["gpt-image-2", "gpt-image-0"]\n'
    )
    lines = easel("check", "--config", str(file)).out.splitlines()
    assert any("there is no provider seedrem; there are routescope, " in line for line in lines)
    assert any("no model of its kind is called gpt-image-0" in line for line in lines)
    file.write_text('[models]\nreferences_to = ["seedream"]\n')
    assert "seedream may also get reference pictures" in easel("check", "--config", str(file)).out


def test_each_key_of_a_provider_has_its_line(easel: Easel, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[providers.routescope]\nbase_url = "http://127.0.0.1:9"\napi_keys = ["one", "two"]\n'
    )
    out = easel("check", "--config", str(file)).out
    assert "Provider routescope: no image service answers" in out
    assert "Provider routescope#2: no image service answers" in out


@pytest.mark.usefixtures("settings_file")
async def test_models_that_a_service_does_not_list_are_named(
    apis: ImageApis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__OPENAI__BASE_URL", f"{apis.url}/openai")
    monkeypatch.setenv("EASEL_PROVIDERS__OPENAI__API_KEY", "local")
    ended = await check()
    assert wrong(ended) == []
    assert "Provider openai: the key is accepted" in ended.out
    assert "does not list" not in ended.out
    with (tmp_path / "config.toml").open("a") as file:
        file.write('[models.custom."gpt-image-9"]\nlike = "gpt-image-2"\n')
    said = (await check()).out
    assert "Provider openai: it does not list gpt-image-9. If it refuses them" in said
    assert "in providers.openai.models" in said


@pytest.mark.usefixtures("settings_file")
async def test_a_cloud_lists_models_under_its_own_names(
    apis: ImageApis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ARK", "BYTEPLUS"):
        monkeypatch.setenv(f"EASEL_PROVIDERS__{name}__BASE_URL", f"{apis.url}/{name.lower()}")
        monkeypatch.setenv(f"EASEL_PROVIDERS__{name}__API_KEY", "local")
    ended = await check()
    assert wrong(ended) == []
    assert "does not list" not in ended.out


@pytest.mark.usefixtures("settings_file")
async def test_a_server_at_home_answers_without_a_key(apis: ImageApis, tmp_path: Path) -> None:
    with (tmp_path / "config.toml").open("a") as file:
        file.write(
            f'[providers.home]\nkind = "openai"\nbase_url = "{apis.url}/home"\nauth = "none"\n'
            '[models.custom."home-diffusion"]\ncan = ["generate"]\nsizes = ["512x512"]\n'
            'providers = ["home"]\n[providers.home2]\nkind = "openai"\n'
            f'base_url = "{apis.url}/openai"\nauth = "none"\nmodels = ["gpt-image-2"]\n'
        )
    ended = await check()
    assert "Provider home: it answers, and needs no key." in ended.out
    (line,) = wrong(ended)
    assert "Provider home2: the key is refused" in line
