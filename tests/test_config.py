"""The configuration of docs/settings.md: defaults, files, environment."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.config import SHIPPED_PROVIDERS, Configuration, ConfigurationError, find_file, load
from bot.domain.quotas.quota import Limit
from bot.domain.quotas.windows import Window
from bot.ui.messages.operator.setup_problems import setup
from tests.cases import every_case

# The defaults of docs/settings.md as a file; what stays out of it is asserted below.
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
    assert list(config.providers) == [
        "routescope",
        "seededit",
        "seedream",
        "openai",
        "ark",
        "byteplus",
        "openrouter",
    ]
    assert {name: provider.kind for name, provider in config.providers.items()} == {
        "routescope": "routescope",
        "seededit": "seededit",
        "seedream": "seedream",
        "openai": "openai",
        "ark": "ark",
        "byteplus": "ark",
        "openrouter": "openrouter",
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
    assert list(config.providers) == [*SHIPPED_PROVIDERS, "backup"]
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


@every_case(
    ("quota", "dollar"),
    [
        ("", "1"),
        ('currency = "usd"', "1"),
        ('currency = "CNY"', None),
        ('currency = "CNY"\nusd_rate = 7.1', "7.1"),
    ],
)
def test_a_dollar_is_worth_what_the_operator_says(
    quota: str, dollar: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[quota]\n{quota}\n")
    assert load(file, {}).quota.dollar == (Decimal(dollar) if dollar else None)


def test_each_further_key_of_a_provider_is_a_service_of_its_own() -> None:
    keys = '["two", " ", "three", "one"]'
    loaded = load(
        None,
        {
            "EASEL_PROVIDERS__ROUTESCOPE__API_KEY": "one",
            "EASEL_PROVIDERS__ROUTESCOPE__API_KEYS": keys,
        },
    )
    found = {
        name: service.api_key.get_secret_value()
        for name, service in loaded.services.items()
        if service.enabled
    }
    assert found == {"routescope": "one", "routescope#2": "two", "routescope#3": "three"}


def test_a_list_of_keys_alone_is_enough() -> None:
    loaded = load(None, {"EASEL_PROVIDERS__SEEDREAM__API_KEYS": '["one"]'})
    assert loaded.services["seedream"].api_key.get_secret_value() == "one"
    assert loaded.services["seedream"].enabled
    assert list(loaded.services) == list(loaded.providers)


def test_a_further_key_takes_no_other_providers_name(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[providers.a]\nkind = "seedream"\nbase_url = "https://a.example"\napi_keys = ["1", "2"]\n'
        '[providers."a#2"]\nkind = "seedream"\nbase_url = "https://b.example"\n'
    )
    with pytest.raises(ConfigurationError) as error:
        load(file, {})
    said = "providers: a further key would be called a#2, as another provider is"
    assert setup(error.value).endswith(said)


def test_a_server_that_needs_no_key_is_on_without_one(write: Any) -> None:
    file = write(
        """
        [providers.home]
        kind = "openai"
        base_url = "http://127.0.0.1:8080"
        auth = "none"
        response_format = "b64_json"

        [providers.empty]
        kind = "openai"
        base_url = "http://127.0.0.1:8081"
        """
    )
    providers = load(file, {}).providers
    assert providers["home"].enabled
    assert not providers["empty"].enabled
    assert (providers["empty"].edits, providers["empty"].response_format) == (
        "multipart",
        "absent",
    )


@pytest.mark.parametrize(
    ("setting", "kind", "right"),
    [
        ('edits = "json"', "routescope", "openai"),
        ('response_format = "url"', "ark", "openai"),
        ('member_code = "none"', "seedream", "openai"),
        ('model_prefix = ""', "openai", "ark"),
    ],
)
def test_a_setting_of_another_kind_of_provider_is_refused(
    write: Any, setting: str, kind: str, right: str
) -> None:
    text = f'[providers.x]\nkind = "{kind}"\nbase_url = "http://h.example.org"\n{setting}'
    with pytest.raises(ConfigurationError) as caught:
        load(write(text), {})
    name = setting.partition(" ")[0]
    assert f"remove {name}: only providers of kind {right}" in setup(caught.value)


def test_a_provider_of_another_kind_may_have_the_name_of_a_shipped_one(write: Any) -> None:
    file = write('[providers.byteplus]\nkind = "seedream"\nbase_url = "https://h.example.org"\n')
    assert load(file, {}).providers["byteplus"].kind == "seedream"
