"""Configuration: `config.toml` with environment over it, checked as one.

`EASEL_<SECTION>__<KEY>` overrides a key; with `_FILE` behind it, it names a file with the value.
Unknown keys and sections are refused wherever they stand, with the nearest known name; secrets are
never printed.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)

from bot.catalog import Kind
from bot.domain.errors import SetupError
from bot.domain.quotas.quota import parse_allowance
from bot.domain.setup_problems import SetupProblem
from bot.setting_values import (
    Headers,
    Id,
    Limits,
    Origin,
    Secret,
    Spending,
    bucket_url,
    http_url,
    is_websocket,
)
from bot.settings.marks import Marks
from bot.settings.safety import Judge, Safety
from bot.settings.section import Section
from bot.ui.messages.operator import configuration

PREFIX = "EASEL_"
# Behind a variable's name: a file holds the value, as Docker, Kubernetes and systemd give secrets.
FROM_FILE = "_FILE"
# Names that begin like settings and are not: the file's own address.
OUTSIDE = frozenset({"EASEL_CONFIG"})


class ConfigurationError(SetupError):
    """The configuration is wrong: misuse, exit code 2."""


class Discord(Section):
    """How to reach Discord."""

    token: Secret = SecretStr("")
    api_base: str = "https://discord.com/api/v10"
    gateway_url: str | None = None
    cdn_base: str = "https://cdn.discordapp.com"
    shards: int | None = Field(default=None, ge=1, le=16_384)
    shards_per_process: int | None = Field(default=None, ge=1, le=16_384)

    _urls = field_validator("api_base", "cdn_base")(http_url)

    @field_validator("gateway_url")
    @classmethod
    def _websocket(cls, value: str | None) -> str | None:
        if value is not None and not is_websocket(value):
            raise ValueError(str(configuration.WEBSOCKET))
        return value


class Access(Section):
    """Who may use the bot at all."""

    guilds: frozenset[Id] = frozenset()
    open: bool = False
    operators: frozenset[Id] = frozenset()
    direct: bool = False


class Storage(Section):
    """Where the database and the files are; relative paths count from the file's folder."""

    url: str = Field(default="sqlite+aiosqlite:///data/easel.db", repr=False)
    listen_url: str = Field(default="", repr=False)
    data_dir: Path = Path("data")
    spool_limit_mb: int = Field(default=10_000, ge=100, le=1_000_000_000)
    keep_hours: int = Field(default=24, ge=1, le=87_600)
    pictures: str = ""
    cache_mb: int = Field(default=1000, ge=100, le=1_000_000_000)

    _bucket = field_validator("pictures")(bucket_url)

    @field_serializer("url", "listen_url")
    def _without_password(self, url: str) -> str:
        return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


# Settings that only one kind of provider knows.
OF_ONE_KIND = {
    "openai": frozenset({"edits", "response_format", "member_code"}),
    "ark": frozenset({"model_prefix"}),
}


class Provider(Section):
    """One image service. Without a key it is off."""

    kind: Kind
    base_url: str
    api_key: Secret = SecretStr("")
    api_keys: tuple[Secret, ...] = ()
    models: tuple[str, ...] = ()
    concurrency: int = Field(default=4, ge=1, le=1000)
    result_origins: frozenset[Origin] = frozenset()
    headers: Headers = Field(default={})
    auth: Literal["key", "none"] = "key"
    edits: Literal["multipart", "json"] = "multipart"
    response_format: Literal["absent", "b64_json", "url"] = "absent"
    member_code: Literal["user", "safety_identifier", "none"] = "user"
    model_prefix: str = "doubao-"

    @property
    def every_key(self) -> list[SecretStr]:
        """Return its keys, the first to be used first, each once; blanks are none."""
        keys = {key.get_secret_value().strip(): key for key in (self.api_key, *self.api_keys)}
        return [key for text, key in keys.items() if text]

    def by_key(self, name: str) -> Mapping[str, Provider]:
        """Return it once for each of its keys: as `NAME`, then `NAME#2` and so on."""
        first, *further = self.every_key or [self.api_key]
        found = {name: self.model_copy(update={"api_key": first, "api_keys": ()})}
        for number, key in enumerate(further, start=2):
            found[f"{name}#{number}"] = found[name].model_copy(update={"api_key": key})
        return found

    @property
    def enabled(self) -> bool:
        """Whether it needs no key, or has one; blanks are none."""
        return self.auth == "none" or bool(self.every_key)

    _url = field_validator("base_url")(http_url)

    @model_validator(mode="after")
    def _suits_its_kind(self) -> Self:
        for kind, names in OF_ONE_KIND.items():
            if self.kind != kind and (given := names & self.model_fields_set):
                raise ValueError(configuration.of_one_kind(sorted(given), kind))
        return self


class Models(Section):
    """Which models serve when none is named, and the operator's own entries."""

    default: str = "doubao-seedream-4-5-251128"
    default_edit: str = "doubao-seedream-4-5-251128"
    watermark: Literal["on", "off", "choice"] = "choice"
    stream: bool = False
    references_to: tuple[str, ...] = ()
    custom: dict[str, dict[str, Any]] = Field(default={})


class Quota(Section):
    """The allowance of a member in a server, and the operator's ceilings."""

    default: Limits = parse_allowance("10/day")
    server_budget: Limits = parse_allowance("500/day")
    global_budget: Limits = parse_allowance("2000/day")
    personal: Limits = parse_allowance("3/day")
    spend: Spending = ()
    currency: str = Field(default="USD", min_length=1, max_length=8)
    usd_rate: float | None = Field(default=None, ge=0.001, le=1_000_000)

    @property
    def dollar(self) -> Decimal | None:
        """What one US dollar is in the currency; None: not known."""
        if self.usd_rate is not None:
            return Decimal(str(self.usd_rate))
        return Decimal(1) if self.currency.upper() in ("USD", "$", "US$") else None


class Queue(Section):
    """How many requests of one member, and of one server, may wait or run at once."""

    per_member: int = Field(default=25, ge=1, le=1_000_000)
    per_server: int = Field(default=1000, ge=1, le=1_000_000)


class Alerts(Section):
    """Where the operator hears of trouble, beside a direct message to each operator."""

    channel: Id | None = None


class Health(Section):
    """A port that supervisors and Prometheus ask; off without one. 0 takes a free one."""

    port: int | None = Field(default=None, ge=0, le=65535)
    host: str = "127.0.0.1"


class Log(Section):
    """What is written to stderr, and how."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


SHIPPED_PROVIDERS: dict[str, dict[str, Any]] = {
    "routescope": {"kind": "routescope", "base_url": "https://api.routescope.ai"},
    "seededit": {"kind": "seededit", "base_url": "https://api.example.com"},
    "seedream": {"kind": "seedream", "base_url": "https://api.example.com"},
    "openai": {"kind": "openai", "base_url": "https://api.openai.com/v1"},
    "ark": {"kind": "ark", "base_url": "https://ark.cn-beijing.volces.com/api/v3"},
    "byteplus": {
        "kind": "ark",
        "base_url": "https://ark.ap-southeast.bytepluses.com/api/v3",
        "model_prefix": "",
    },
    "openrouter": {"kind": "openrouter", "base_url": "https://openrouter.ai"},
}


class Configuration(Section):
    """Everything an operator can set."""

    discord: Discord = Discord()
    access: Access = Access()
    storage: Storage = Storage()
    providers: dict[str, Provider] = Field(default={}, validate_default=True)
    models: Models = Models()
    pictures: Marks = Marks()
    quota: Quota = Quota()
    queue: Queue = Queue()
    safety: Safety = Safety()
    alerts: Alerts = Alerts()
    health: Health = Health()
    log: Log = Log()

    @property
    def services(self) -> dict[str, Provider]:
        """Return every provider by its name, one with several keys once for each of them."""
        return {
            service: provider
            for name, configured in self.providers.items()
            for service, provider in configured.by_key(name).items()
        }

    @field_validator("providers")
    @classmethod
    def _names_keys_apart(cls, given: dict[str, Provider]) -> dict[str, Provider]:
        for name, provider in given.items():
            for service in provider.by_key(name):
                if service != name and service in given:
                    raise ValueError(configuration.key_taken(service))
        return given

    @field_validator("providers", mode="before")
    @classmethod
    def _merge_shipped(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        merged: dict[str, Any] = {name: dict(table) for name, table in SHIPPED_PROVIDERS.items()}
        for name, table in given.items():
            merged[name] = table
            if isinstance(table, Mapping):
                shipped = SHIPPED_PROVIDERS.get(name, {})
                kind = shipped.get("kind", "")
                if table.get("kind", kind) != kind:
                    own = OF_ONE_KIND.get(kind, frozenset())
                    shipped = {key: shipped[key] for key in shipped if key not in own}
                merged[name] = {**shipped, **table}
        return merged


def find_file(argument: str | None, environment: Mapping[str, str]) -> Path | None:
    """Return the file to read: the argument, `$EASEL_CONFIG`, or `./config.toml` if present."""
    named = argument or environment.get("EASEL_CONFIG")
    if named:
        return Path(named)
    default = Path("config.toml")
    return default if default.is_file() else None


def load(file: Path | None, environment: Mapping[str, str] | None = None) -> Configuration:
    """Read and check the configuration.

    Raises ConfigurationError with one sentence per mistake.
    """
    environment = os.environ if environment is None else environment
    values = _read(file) if file else {}
    name = str(file) if file else "the environment"
    _overlay(values, environment)
    try:
        configuration = Configuration.model_validate(values)
    except ValidationError as error:
        lines = "\n".join(_sentences(error, name, environment))
        raise ConfigurationError(SetupProblem.SAID, said=lines) from None
    folder = (file.parent if file else Path()).resolve()
    storage = configuration.storage
    anchored = storage.model_copy(
        update={"url": _anchor(storage.url, folder), "data_dir": folder / storage.data_dir}
    )
    pictures = configuration.pictures.beside(folder)
    return configuration.model_copy(update={"storage": anchored, "pictures": pictures})


def _read(file: Path) -> dict[str, Any]:
    try:
        # Windows editors put a byte order mark before the text.
        return tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(SetupProblem.NO_FILE, file=file) from None
    except OSError as error:
        raise ConfigurationError(
            SetupProblem.FILE_UNREADABLE, file=file, why=error.strerror
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(SetupProblem.NOT_UTF8, file=file) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(SetupProblem.NOT_TOML, file=file, why=error) from None


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Put `EASEL_SECTION__KEY` variables over the file's values; JSON where it looks like it."""
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX) or name in OUTSIDE:
            continue
        setting = name
        if name.upper().endswith(FROM_FILE):
            setting = name[: -len(FROM_FILE)]
            if other := next((one for one in environment if one.upper() == setting.upper()), None):
                raise ConfigurationError(SetupProblem.GIVEN_TWICE, name=other, file=name)
            text = _content(name, text)
        *path, key = setting.removeprefix(PREFIX).lower().split("__")
        table = values
        for part in path:
            table = table.setdefault(_same(part, table), {})
            if not isinstance(table, dict):
                raise ConfigurationError(SetupProblem.NOT_A_TABLE, name=name, part=part)
        table[_same(key, table)] = _value(name, text)


def _content(name: str, file: str) -> str:
    """Return what a secret's file holds, without the line's end that editors put there."""
    try:
        return Path(file).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise ConfigurationError(
            SetupProblem.SECRET_UNREADABLE, name=name, file=file, why=error.strerror
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(SetupProblem.NOT_UTF8, file=file) from None


def _same(part: str, table: Mapping[str, Any]) -> str:
    """Environment names have no case: use the file's spelling where it has one."""
    return next((key for key in table if key.lower() == part), part)


def _value(name: str, text: str) -> Any:
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(SetupProblem.NOT_JSON, name=name, why=error) from None


def _anchor(url: str, folder: Path) -> str:
    """Make a relative SQLite path count from the configuration's folder."""
    scheme, separator, path = url.partition(":///")
    if not (separator and scheme.startswith("sqlite")) or path.startswith("/") or not path:
        return url
    if path == ":memory:":
        return url
    return f"{scheme}:///{folder / path}"


def _sentences(error: ValidationError, name: str, environment: Mapping[str, str]) -> list[str]:
    sentences: list[str] = []
    for problem in error.errors(include_input=False, include_url=False):
        # Lists count from one, as people do.
        path = [str(part + 1 if isinstance(part, int) else part) for part in problem["loc"]]
        kind = problem["type"]
        if kind == "extra_forbidden":
            sentences.append(configuration.unknown(_place(path, name, environment), _nearest(path)))
        elif kind == "missing":
            # Only providers and judges have settings without a default.
            known = SHIPPED_PROVIDERS if path[0] == "providers" else ()
            close = difflib.get_close_matches(path[1], known, n=1)
            near = f"providers.{close[0]}" if close else None
            sentences.append(
                configuration.lacking(_place(path[:-1], name, environment), path[-1], near)
            )
        elif kind == "frozen_set_type":
            listed = {"providers": configuration.ORIGINS, "safety": configuration.NAMES}.get(
                path[0], configuration.IDS
            )
            sentences.append(configuration.at(_place(path, name, environment), str(listed)))
        else:
            text = configuration.value(kind, problem.get("ctx", {}), problem["msg"])
            text = f"{text[:1].lower()}{text[1:]}"
            sentences.append(configuration.at(_place(path, name, environment), text))
    return sentences


def _place(path: list[str], name: str, environment: Mapping[str, str]) -> str:
    """Name the variable that a wrong value comes from, else the file and the setting in it."""
    variables = {variable.upper(): variable for variable in environment}
    for end in range(len(path), 0, -1):
        variable = PREFIX + "__".join(path[:end]).upper()
        if found := variables.get(variable) or variables.get(variable + FROM_FILE):
            return found
    # A table of the environment is known by its keys only.
    table = PREFIX + "__".join(path).upper() + "__"
    inside = (v for upper, v in variables.items() if upper.startswith(table))
    return next(inside, f"{name}: {_dotted(path)}")


def _dotted(path: list[str]) -> str:
    return ".".join(path)


def _nearest(path: list[str]) -> str | None:
    """Return the known setting most like an unknown one, as a dotted name."""
    known = _names_beside(path)
    if len(path) == 1:
        # A key without its section.
        sections = (name for name in known if name != "providers")
        if section := next((s for s in sections if path[0] in _names_beside([s, ""])), None):
            return f"{section}.{path[0]}"
    close = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    return _dotted([*path[:-1], close[0]]) if close else None


# Tables whose keys are names of the operator's own.
_NAMED: dict[str, type[BaseModel]] = {"providers": Provider, "judges": Judge}


def _names_beside(path: list[str]) -> list[str]:
    model: type[BaseModel] = Configuration
    for part in path[:-1]:
        if part in _NAMED:
            model = _NAMED[part]
            break
        field = model.model_fields.get(part)
        annotation = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
