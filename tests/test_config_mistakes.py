"""Mistakes in the configuration are named with their place, and secrets never show."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from bot.config import Configuration, ConfigurationError, load
from bot.domain.errors import SetupError
from tests.cases import every_case


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Return a writer of configuration files."""

    def write(text: str | bytes) -> Path:
        file = tmp_path / "config.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    return write


def loaded(file: Path | None = None, **environment: str) -> Configuration:
    return load(file, environment)


def complaint(file: Path | None = None, **environment: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load(file, environment)
    assert isinstance(raised.value, SetupError)
    assert raised.value.__cause__ is None
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[discrd]\ntoken = 'x'", "discrd is not a known setting; did you mean discord?"),
        (
            "[discord]\ntokn = 'x'",
            "discord.tokn is not a known setting; did you mean discord.token",
        ),
        (
            "[providers.routescope]\napikey = 'x'",
            "providers.routescope.apikey is not a known setting; "
            "did you mean providers.routescope.api_key?",
        ),
        ("[quota]\nserver = '1/day'", "did you mean quota.server_budget?"),
        ("token = 'x'", "token is not a known setting; did you mean discord.token?"),
        ("[zzz]\nq = 1", "config.toml: zzz is not a known setting"),
        ("[providers.routscope]\napi_key = 'x'", "did you mean providers.routescope?"),
        ("[quota]\ndefault = '10/year'", "quota.default: '10/year' is not a limit: write NUMBER"),
        ("[quota]\ndefault = 10", "quota.default: '10' is not a limit: write NUMBER/hour"),
        ("[quota]\ndefault = []", "quota.default: '[]' is not a limit"),
        ("[discord]\nshards = 0", "discord.shards: "),
        ("[discord]\napi_base = 'discord.com'", "discord.api_base: "),
        ("[discord]\ngateway_url = 'https://x.example'", "write a websocket address"),
        ("[access]\nguilds = ['here']", "access.guilds.1: "),
        ("[access]\nguilds = 5", "access.guilds: write a list, such as [1234, 5678]"),
        ("[access]\nguilds = [-5]", "access.guilds.1: "),
        ("[access]\noperators = [99999999999999999999]", "access.operators.1: "),
        ("[alerts]\nchannel = 0", "alerts.channel: "),
        ("[storage]\nkeep_hours = 99999999999", "storage.keep_hours: "),
        ("[queue]\nper_server = 99999999999999999999", "queue.per_server: "),
        ("[discord]\ntoken = 'ab\u00a0cd'", "discord.token: there is a space or a line break"),
        ("[providers.seededit]\napi_key = 'ab\\tcd'".replace("'", '"'), "it; copy it again"),
        ("[storage]\nspool_limit_mb = 1", "storage.spool_limit_mb: "),
        ("[providers.routescope]\nkind = 'stability'", "providers.routescope.kind: "),
        ("[providers.routescope]\nconcurrency = 0", "providers.routescope.concurrency: "),
        ("providers = 5", "providers: "),
        ("[providers]\nroutescope = 5", "providers.routescope: "),
        ("discord = 5", "discord: "),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(
    write: Any, text: str, sentence: str
) -> None:
    file = write(text)
    found = complaint(file)
    assert sentence in found
    assert str(file) in found


@every_case(
    ("name", "value", "sentence"),
    [
        ("EASEL_DISCRD__TOKEN", "secret", " is not a known setting; did you mean discord?"),
        ("EASEL_DISCORD__TOKN", "secret", " is not a known setting; did you mean discord.token?"),
        (
            "EASEL_PROVIDERS__ROUTESCOPE__APIKEY",
            "secret",
            " is not a known setting; did you mean providers.routescope.api_key?",
        ),
        ("EASEL_PROVIDERS__ROUTSCOPE__API_KEY", "secret", "did you mean providers.routescope?"),
        ("EASEL_TOKEN", "secret", " is not a known setting; did you mean discord.token?"),
        ("EASEL_", "secret", " is not a known setting"),
        ("EASEL_DISCORD", "secret", ": "),
        ("EASEL_PROVIDERS", "secret", ": "),
        ("EASEL_DISCORD__TOKEN__X", "secret", ": "),
        ("EASEL_ACCESS__GUILDS", "1,2", ": "),
        ("EASEL_ACCESS__GUILDS", "[1,", " is not valid JSON: "),
        ("EASEL_ACCESS__GUILDS", '["secret"]', ": "),
        ("EASEL_ACCESS__OPEN", "perhaps", ": "),
        ("EASEL_DISCORD__SHARDS", "many", ": "),
        ("EASEL_QUOTA__DEFAULT", "10", ": '10' is not a limit"),
        ("EASEL_Discord__Tokn", "secret", " is not a known setting"),
    ],
)
def test_a_mistake_in_the_environment_is_named_by_its_variable(
    name: str, value: str, sentence: str
) -> None:
    environment: dict[str, Any] = {name: value}
    found = complaint(**environment)
    assert found.startswith(name)
    assert sentence in found
    assert "secret" not in found


def test_a_file_and_the_environment_may_both_be_wrong(write: Any) -> None:
    found = complaint(write("[access]\nopne = true"), EASEL_DISCORD__TOKN="x", EASEL_QUOTA__X="y")
    assert len(found.splitlines()) == 3
    assert "access.open" in found
    assert "EASEL_DISCORD__TOKN" in found
    assert "EASEL_QUOTA__X" in found


def test_a_variable_inside_what_is_no_table_is_named(write: Any) -> None:
    found = complaint(write("discord = 'x'"), EASEL_DISCORD__TOKEN="secret")
    assert found == "EASEL_DISCORD__TOKEN: discord is not a table"


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    found = complaint(tmp_path / "none.toml")
    assert "none.toml does not exist" in found
    assert "config.example.toml" in found


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read" in complaint(tmp_path)


@pytest.mark.parametrize("text", ["[discord", "[access]\nopen = yes", "a = 1\na = 2", "\x00"])
def test_bad_toml_is_told_with_its_place(write: Any, text: str) -> None:
    found = complaint(write(text))
    assert "is not valid TOML" in found
    assert "(at " in found


@pytest.mark.parametrize("raw", ["[access]\nopen = true".encode("utf-16"), b"# caf\xe9"])
def test_another_encoding_than_utf8_is_told(write: Any, raw: bytes) -> None:
    assert "is not UTF-8 text; save it as UTF-8" in complaint(write(raw))


# --- secrets ------------------------------------------------------------------------------------


def test_secrets_are_never_printed(write: Any) -> None:
    file = write("""
    [discord]
    token = "s3cret-token"
    [storage]
    url = "postgresql+asyncpg://easel:s3cret-password@db/easel"
    [providers.routescope]
    api_key = "s3cret-key"
    """)
    config = loaded(file)
    for shown in (
        repr(config),
        str(config),
        repr(config.storage),
        str(config.model_dump()),
        config.model_dump_json(),
        json.dumps(config.model_dump(mode="json"), default=str),
        repr(config.providers),
        f"{config.discord}",
    ):
        assert "s3cret" not in shown
    assert config.discord.token.get_secret_value() == "s3cret-token"
    assert "s3cret-password" in config.storage.url
    assert "easel:***@db/easel" in config.model_dump_json()


def test_a_mistake_beside_a_secret_does_not_print_it(write: Any) -> None:
    found = complaint(write("[discord]\ntoken = ['s3cret']\n[providers.routescope]\napi_key = 5"))
    assert "s3cret" not in found
    assert "discord.token" in found


def test_a_configuration_cannot_be_changed() -> None:
    config = loaded()
    with pytest.raises(ValueError, match="frozen"):
        config.access.open = True  # pyright: ignore[reportAttributeAccessIssue]


@every_case(
    ("setting", "sentence"),
    [
        ("result_origins = ['https://cdn.example.com/a']", "write scheme, host and port alone"),
        ("result_origins = ['cdn.example.com']", "write scheme, host and port alone"),
        ("result_origins = ['ftp://cdn.example.com']", "write scheme, host and port alone"),
        ("result_origins = ['https://u:p@cdn.example.com']", "write scheme, host and port alone"),
        ("result_origins = ['https://cdn.example.com?x=1']", "write scheme, host and port alone"),
        ("result_origins = 'https://cdn.example.com'", "write a list, such as ["),
        ("headers = {'Bad Name' = 'x'}", "cannot be the name of a header"),
        ("headers = {'X-A' = 'x', 'x-a' = 'y'}", "cannot be the name of a header"),
        ("headers = {Authorization = 's3cret'}", "remove Authorization: Easel sets it itself"),
        ("headers = {'X-A' = ''}", "the value of X-A is empty"),
        ('headers = {"X-A" = "s3cret\\nX-B: 1"}', "the value of X-A is empty, or has letters"),
    ],
)
def test_result_origins_and_headers_are_checked(setting: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_text(f"[providers.routescope]\n{setting}")
    assert sentence in str(raised.value)
    assert "s3cret" not in str(raised.value)


def load_text(text: str) -> Configuration:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_text(text)
        return load(file, {})


def test_result_origins_and_headers_are_read_from_file_and_environment() -> None:
    text = "[providers.routescope]\nresult_origins = ['https://CDN.example.com:8443/']\n"
    provider = load_text(text + "headers = {'X-Gate' = 's3cret'}").providers["routescope"]
    assert provider.result_origins == {"https://cdn.example.com:8443"}
    assert provider.headers["X-Gate"].get_secret_value() == "s3cret"
    assert "s3cret" not in repr(provider)
    environment = {
        "EASEL_PROVIDERS__ROUTESCOPE__RESULT_ORIGINS": '["http://127.0.0.1:81"]',
        "EASEL_PROVIDERS__ROUTESCOPE__HEADERS": '{"User-Agent": "a b"}',
    }
    provider = load(None, environment).providers["routescope"]
    assert provider.result_origins == {"http://127.0.0.1:81"}
    assert provider.headers["User-Agent"].get_secret_value() == "a b"
