"""`config.example.toml` shows every setting, and works as it stands and with all of it in use."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.config import OF_ONE_KIND, SHIPPED_PROVIDERS, Configuration, Provider, load
from bot.domain.catalog import Cost, CountRule, OptionRule, PixelRule, ReferenceRule, SizeRule
from bot.models import catalog_of
from bot.settings.safety import Judge
from tests.cli.console import Easel

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
OWN = "doubao-seedream-5-0-pro-260628"


def _in_use() -> str:
    """Return the example with every setting uncommented."""
    return re.sub(r"(?m)^#(?=\S)", "", EXAMPLE.read_text())


@pytest.fixture
def in_use(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(_in_use())
    return file


def _settings(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _settings(annotation, f"{path}{name}.")
        elif name == "providers":
            for provider, table in SHIPPED_PROVIDERS.items():
                for key in Provider.model_fields:
                    only = [kind for kind, keys in OF_ONE_KIND.items() if key in keys]
                    # What all have in common is shown once.
                    if table["kind"] in (only or ["routescope"]) or key in table:
                        yield f"providers.{provider}.{key}"
        elif name == "judges":
            for key in Judge.model_fields:
                yield f"{path}judges.openai.{key}"
        else:
            yield path + name


def _shown(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, value in table.items():
        yield path + name
        if isinstance(value, dict):
            yield from _shown(value, f"{path}{name}.")


def test_every_setting_is_shown() -> None:
    shown = set(_shown(tomllib.loads(_in_use())))
    assert [setting for setting in _settings(Configuration) if setting not in shown] == []


def test_as_it_stands_it_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE.read_text())
    assert load(file, {}) == load(None, {}).model_copy(update={"storage": load(file, {}).storage})
    assert tomllib.loads(EXAMPLE.read_text())["storage"] == {
        **Configuration().storage.model_dump(),
        "data_dir": "data",
    }


def test_with_every_setting_in_use_it_loads(in_use: Path) -> None:
    configuration = load(in_use, {})
    assert configuration.discord.shards == 1
    catalog = catalog_of(configuration)
    alias, *_ = [o for o in catalog.of("ep-20260128-example") if o.operation == "generate"]
    assert alias.label == "Seedream 4.5 (own endpoint)"
    tighter, edit, *_ = catalog.of("doubao-seedream-4-0-250828")
    assert (tighter.count.set_max, tighter.cost.large_credits) == (6, 3)
    assert (tighter.count.separate_max, edit.operation) == (15, "edit")


def test_the_full_model_names_every_rule_that_there_is() -> None:
    (offer,) = tomllib.loads(_in_use())["models"]["custom"][OWN]["offers"]
    options = {name for option in offer["options"].values() for name in option}
    for rule, shown in (
        (SizeRule, offer["sizes"]),
        (PixelRule, offer["sizes"]["pixels"]),
        (ReferenceRule, offer["references"]),
        (CountRule, offer["count"]),
        (OptionRule, options),
        (Cost, offer["cost"]),
    ):
        # Money is written in the currency, and counted in its millionths.
        names = {field.name.replace("_micro", "") for field in dataclasses.fields(rule)}
        assert names == set(shown)


def test_the_full_model_can_be_asked(easel: Easel, in_use: Path) -> None:
    options = ("--model", OWN, "--aspect", "16:9", "--format", "png", "--dry-run", "--json")
    (body,) = easel("generate", "a fox", *options, "--config", str(in_use)).bodies
    shown = (body["model"], body["size"], body["output_format"])
    assert shown == ("ep-20260628-example", "2848x1600", "png")
    refused = easel("generate", "a fox", *options, "--size", "4K", "--config", str(in_use))
    assert refused.fields == ["size"]


def test_no_line_is_longer_than_a_hundred_columns_but_one_table() -> None:
    long = [line for line in EXAMPLE.read_text().splitlines() if len(line) > 100]
    assert [line.partition(" ")[0] for line in long] == ["#compression"]
