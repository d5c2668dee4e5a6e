"""The configuration of DESIGN.md section 7: defaults, environment, mistakes, secrets."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.config import Configuration, ConfigurationError, find_file, load
from bot.domain.errors import SetupError
from bot.domain.quota import Limit, Window

# DESIGN.md section 7, as it is written there; what is commented out there is asserted below.
DOCUMENT = """
[discord]
token = ""

[access]
guilds = []
open = false
operators = []

[storage]
url = "sqlite+aiosqlite:///data/easel.db"
data_dir = "data"

[providers.routescope]
kind = "routescope"
base_url = "https://api.routescope.ai"
api_key = ""
concurrency = 4

[providers.seededit]
kind = "seededit"
base_url = "https://api.example.com"
api_key = ""

[providers.seedream]
kind = "seedream"
base_url = "https://api.example.com"
api_key = ""

[models]
default = "doubao-seedream-4-5-251128"
default_edit = "doubao-seedream-4-5-251128"

[quota]
default = "10/day"
server_budget = "500/day"
global_budget = "2000/day"
"""


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


# --- defaults and files -------------------------------------------------------------------------


def test_an_empty_file_and_no_file_mean_what_the_document_shows(write: Any, tmp_path: Path) -> None:
    shown = loaded(write(DOCUMENT))
    assert loaded(write("")) == shown
    anchored = loaded().storage
    assert loaded().model_copy(update={"storage": shown.storage}) == shown
    assert anchored.data_dir == Path("data").resolve()
    assert shown.storage.data_dir == tmp_path / "data"


def test_the_defaults_are_those_of_the_document() -> None:
    config = loaded()
    assert config.discord.token.get_secret_value() == ""
    assert config.discord.api_base == "https://discord.com/api/v10"
    assert config.discord.gateway_url is None
    assert config.discord.cdn_base == "https://cdn.discordapp.com"
    assert config.discord.shards is None
    assert config.access.guilds == frozenset()
    assert config.access.open is False
    assert config.access.operators == frozenset()
    assert list(config.providers) == ["routescope", "seededit", "seedream"]
    assert {name: provider.kind for name, provider in config.providers.items()} == {
        "routescope": "routescope",
        "seededit": "seededit",
        "seedream": "seedream",
    }
    assert config.providers["routescope"].base_url == "https://api.routescope.ai"
    assert config.providers["seededit"].base_url == "https://api.example.com"
    assert {provider.concurrency for provider in config.providers.values()} == {4}
    assert config.models.default == config.models.default_edit == "doubao-seedream-4-5-251128"
    assert config.quota.default == (Limit(10, Window.DAY),)
    assert config.quota.server_budget == (Limit(500, Window.DAY),)
    assert config.quota.global_budget == (Limit(2000, Window.DAY),)


def test_every_setting_can_be_written_in_the_file(write: Any) -> None:
    config = loaded(
        write("""
        [discord]
        token = "t"
        api_base = "http://127.0.0.1:9000/api/v10/"
        gateway_url = "ws://127.0.0.1:9001"
        cdn_base = "http://127.0.0.1:9002/"
        shards = 2
        [access]
        guilds = [123456789012345678]
        open = true
        operators = [1, 2]
        [storage]
        url = "postgresql+asyncpg://easel:pw@db/easel"
        data_dir = "/srv/easel"
        [models]
        default = "gpt-image-2"
        default_edit = "gpt-image-2"
        [models.custom."my-model"]
        like = "gpt-image-2"
        [quota]
        default = "5/hour, 20/day"
        server_budget = "none"
        global_budget = "100/month"
        """)
    )
    assert config.discord.api_base == "http://127.0.0.1:9000/api/v10"
    assert config.discord.gateway_url == "ws://127.0.0.1:9001"
    assert config.discord.cdn_base == "http://127.0.0.1:9002"
    assert config.discord.shards == 2
    assert config.access.guilds == {123456789012345678}
    assert config.access.operators == {1, 2}
    assert config.storage.url == "postgresql+asyncpg://easel:pw@db/easel"
    assert config.storage.data_dir == Path("/srv/easel")
    assert config.models.custom == {"my-model": {"like": "gpt-image-2"}}
    assert config.quota.default == (Limit(5, Window.HOUR), Limit(20, Window.DAY))
    assert config.quota.server_budget == ()


def test_a_provider_table_merges_over_the_shipped_one(write: Any) -> None:
    config = loaded(
        write("""
        [providers.routescope]
        api_key = "k"
        [providers.seedream]
        base_url = "https://gateway.example.org/"
        concurrency = 2
        [providers.backup]
        kind = "routescope"
        base_url = "https://backup.example.org"
        """)
    )
    routescope = config.providers["routescope"]
    assert routescope.base_url == "https://api.routescope.ai"
    assert routescope.api_key.get_secret_value() == "k"
    assert config.providers["seedream"].kind == "seedream"
    assert config.providers["seedream"].base_url == "https://gateway.example.org"
    assert config.providers["backup"].kind == "routescope"
    assert list(config.providers) == ["routescope", "seededit", "seedream", "backup"]
    # The shipped tables themselves stay as they are.
    assert loaded().providers["seedream"].concurrency == 4


def test_relative_paths_count_from_the_files_folder(write: Any, tmp_path: Path) -> None:
    file = write("[storage]\nurl = 'sqlite+aiosqlite:///my/easel.db?timeout=3'\ndata_dir = '../d'")
    storage = loaded(file).storage
    assert storage.url == f"sqlite+aiosqlite:///{tmp_path}/my/easel.db?timeout=3"
    assert storage.data_dir == tmp_path / "../d"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:////var/lib/easel.db",
        "sqlite+aiosqlite:///:memory:",
        "postgresql+asyncpg://db/easel",
    ],
)
def test_other_addresses_of_a_database_stay_as_they_are(write: Any, url: str) -> None:
    assert loaded(write(f"[storage]\nurl = '{url}'")).storage.url == url


def test_a_relative_file_name_still_gives_absolute_paths(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("")
    monkeypatch.chdir(tmp_path)
    assert loaded(Path("config.toml")).storage.data_dir == tmp_path / "data"


def test_the_file_is_the_named_one_else_easel_config_else_the_one_lying_here(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_file(None, {}) is None
    assert find_file(None, {"EASEL_CONFIG": ""}) is None
    write("")
    assert find_file(None, {}) == Path("config.toml")
    assert find_file(None, {"EASEL_CONFIG": "other.toml"}) == Path("other.toml")
    assert find_file("mine.toml", {"EASEL_CONFIG": "other.toml"}) == Path("mine.toml")


def test_a_byte_order_mark_does_not_matter(write: Any) -> None:
    assert loaded(write(b"\xef\xbb\xbf[access]\nopen = true")).access.open


# --- the environment ----------------------------------------------------------------------------


def test_the_environment_wins_over_the_file(write: Any) -> None:
    file = write("[discord]\ntoken = 'file'\n[providers.routescope]\napi_key = 'file'")
    config = loaded(
        file,
        EASEL_DISCORD__TOKEN="env",
        EASEL_PROVIDERS__ROUTESCOPE__API_KEY="env-key",
        EASEL_PROVIDERS__ROUTESCOPE__CONCURRENCY="9",
        EASEL_ACCESS__GUILDS="[1, 2]",
        EASEL_ACCESS__OPEN="true",
        EASEL_QUOTA__DEFAULT="3/hour,9/day",
        EASEL_STORAGE__DATA_DIR="elsewhere",
        EASEL_CONFIG="ignored.toml",
        PATH="/bin",
        EASELX="not ours",
    )
    assert config.discord.token.get_secret_value() == "env"
    assert config.providers["routescope"].api_key.get_secret_value() == "env-key"
    assert config.providers["routescope"].concurrency == 9
    assert config.access.guilds == {1, 2}
    assert config.access.open
    assert config.quota.default == (Limit(3, Window.HOUR), Limit(9, Window.DAY))
    assert config.storage.data_dir == file.parent / "elsewhere"


def test_the_environment_alone_is_enough() -> None:
    config = loaded(EASEL_DISCORD__TOKEN="t", EASEL_PROVIDERS__SEEDEDIT__API_KEY="k")
    assert config.providers["seededit"].api_key.get_secret_value() == "k"
    assert config.providers["seededit"].base_url == "https://api.example.com"


def test_a_provider_of_the_environment_alone_is_a_table_of_its_own() -> None:
    config = loaded(
        EASEL_PROVIDERS__BACKUP__KIND="seedream",
        EASEL_PROVIDERS__BACKUP__BASE_URL="https://b.example.org",
    )
    assert config.providers["backup"].kind == "seedream"


def test_environment_names_have_no_case_and_find_the_files_spelling(write: Any) -> None:
    file = write("[providers.MyHost]\nkind = 'seedream'\nbase_url = 'https://h.example.org'")
    config = loaded(file, EASEL_PROVIDERS__MYHOST__API_KEY="k", EASEL_Access__Open="1")
    assert config.providers["MyHost"].api_key.get_secret_value() == "k"
    assert "myhost" not in config.providers
    assert config.access.open


def test_a_table_may_be_given_as_json() -> None:
    config = loaded(EASEL_MODELS__CUSTOM='{"My-Model": {"like": "gpt-image-2"}}')
    assert config.models.custom == {"My-Model": {"like": "gpt-image-2"}}


# --- mistakes -----------------------------------------------------------------------------------


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
        ("[access]\nguilds = ['here']", "access.guilds.0: "),
        ("[access]\nguilds = 5", "access.guilds: "),
        ("[storage]\nspool_limit_mb = 1", "storage.spool_limit_mb: "),
        ("[providers.routescope]\nkind = 'openai'", "providers.routescope.kind: "),
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


@pytest.mark.parametrize(
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


def test_the_example_shows_every_setting_and_loads() -> None:
    example = Path(__file__).parent.parent / "config.example.toml"
    text = example.read_text("utf-8")
    assert loaded(example).discord == loaded().discord
    for section, table in tomllib.loads(DOCUMENT).items():
        assert f"[{section}" in text
        for key, value in table.items():
            assert key in text
            if isinstance(value, dict):
                assert all(name in text for name in value)
