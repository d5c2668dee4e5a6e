"""docs/settings.md has a row for every key of `[models.custom]` in bot/catalog/entries.py."""

from __future__ import annotations

import json
import re
import tomllib
import typing
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.catalog import entries
from bot.domain.catalog import Operation
from bot.domain.file_types import EXTENSIONS
from bot.domain.requests.request import OPTION_FIELDS
from tests.cases import every_case
from tests.docs import pages
from tests.docs.test_settings import missing_from

PAGE = pages.SETTINGS
HEAD = "Models of your own"
OPTIONS = "Options: `offers.options.NAME`"


def keys(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key below a model, tables included; an option is called NAME."""
    for name, field in model.model_fields.items():
        yield path + name, field
        named = ".NAME" if typing.get_origin(field.annotation) is dict else ""
        for inner in _models(field.annotation):
            yield from keys(inner, f"{path}{name}{named}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _models(part)


KNOWN = dict(keys(entries.ModelEntry))


def described() -> dict[str, list[str]]:
    """Return the rows by their key: type, default, what it is."""
    headings = pages.headings(PAGE)
    below = headings[headings.index(HEAD) + 1 :]
    found = [row for heading in below for row in pages.rows(pages.section(PAGE, heading))]
    return {pages.code(row[0])[0]: row[1:] for row in found}


def written(value: Any) -> str:
    """Return a default as the page writes it."""
    match value:
        case None:
            return "unset"
        case StrEnum():
            return f'`"{value.value}"`'
        case tuple() | frozenset():
            return f"`{list(value)}`"
        case _:
            return f"`{json.dumps(value)}`"


def test_every_key_has_a_row_and_every_row_a_key() -> None:
    assert sorted(described()) == sorted(KNOWN)


@every_case("key", KNOWN)
def test_the_default_of_a_key_is_the_true_one(key: str) -> None:
    field = KNOWN[key]
    assert described()[key][1] == ("required" if field.is_required() else written(field.default))


@every_case("key", KNOWN)
def test_the_type_of_a_key_names_its_choices_and_its_bounds(key: str) -> None:
    assert missing_from(described()[key][0], KNOWN[key]) == []


def test_the_annotated_example_shows_every_key() -> None:
    example = re.sub(r"(?m)^#(?=\S)", "", pages.text("config.example.toml"))
    models = tomllib.loads(example)["models"]["custom"].values()
    shown = {key for model in models if "offers" in model for key in _shown(model)}
    assert set(KNOWN) <= shown


def _shown(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _shown(one, path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            key = "NAME" if path == "offers.options." else name
            yield path + key
            yield from _shown(inner, f"{path}{key}.")


def test_the_ways_to_write_an_entry_are_shown() -> None:
    rows = pages.rows(pages.section(PAGE, HEAD))
    ways = [key for row in rows for key in pages.code(row[0])]
    operations = [operation.value for operation in Operation]
    assert ways == ["like", *operations, "also", "enabled", "can", "offers"]


def test_every_option_that_there_is_is_named() -> None:
    about = pages.section(PAGE, OPTIONS).partition("|")[0]
    assert pages.code(about) == list(OPTION_FIELDS)


def test_every_format_and_every_source_is_named() -> None:
    formats = described()["offers.references.formats"][0]
    assert pages.code(formats) == [mime.removeprefix("image/") for mime in EXTENSIONS]
    assert pages.code(described()["offers.source"][0]) == list(entries.SOURCE_KINDS)
