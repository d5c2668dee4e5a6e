"""docs/settings.md has a row for every key of the configuration, as the code has it."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.config import PREFIX, SHIPPED_PROVIDERS, Configuration, Provider, load
from bot.settings.safety import Judge
from tests.cases import every_case
from tests.docs import pages

Keys = dict[str, FieldInfo]


def keys(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key below a model by its dotted name; a table of one's own is called NAME."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys(field.annotation, f"{path}{name}.")
        elif own := next(
            (one for one in (Provider, Judge) if one in typing.get_args(field.annotation)), None
        ):
            yield from keys(own, f"{path}{name}.NAME.")
        else:
            yield path + name, field


KNOWN: Keys = dict(keys(Configuration))


def described() -> dict[str, list[str]]:
    """Return the rows of all sections by their key: type, default, what it is, variable."""
    sections = [name for name in Configuration.model_fields if name in pages.headings(PAGE)]
    found = [row for name in sections for row in pages.rows(pages.section(PAGE, name))]
    return {pages.code(row[0])[0]: row[1:] for row in found if len(row) == 5}


PAGE = pages.SETTINGS


def written(value: Any) -> str:
    """Return a default as the page writes it."""
    match value:
        case None:
            return "unset"
        case SecretStr():
            return '`""`'
        case frozenset():
            return f"`{sorted(value)}`"
        case tuple():
            return f'`"{", ".join(map(str, value)) or "none"}"`'
        case Path():
            return f'`"{value}"`'
        case _:
            return f"`{json.dumps(value)}`"


def test_every_key_has_a_row_and_every_row_a_key() -> None:
    assert sorted(described()) == sorted(KNOWN)


@every_case("key", KNOWN)
def test_the_default_of_a_key_is_the_true_one(key: str) -> None:
    field = KNOWN[key]
    expected = "required" if field.is_required() else written(field.default)
    if field.default == () and not field.metadata:
        expected = "`[]`"  # a list of texts, where the others are limits
    assert described()[key][1] == expected


@every_case("key", KNOWN)
def test_the_type_of_a_key_names_its_choices_and_its_bounds(key: str) -> None:
    assert missing_from(described()[key][0], KNOWN[key]) == []


@every_case("key", KNOWN)
def test_the_variable_of_a_key_is_the_one_that_is_read(key: str) -> None:
    (variable,) = pages.code(described()[key][3])
    assert variable == PREFIX + key.upper().replace(".", "__")


def test_the_image_services_that_are_there_anyway_are_shown() -> None:
    rows = pages.rows(pages.section(PAGE, "providers"))
    shown = [[pages.code(cell)[0] for cell in row[:3]] for row in rows if len(row) == 4]
    assert shown == [[name, s["kind"], s["base_url"]] for name, s in SHIPPED_PROVIDERS.items()]


def test_a_variable_of_every_section_reaches_its_key() -> None:
    # One for each kind of value: text, number, yes or no, list, limits.
    environment = {
        "EASEL_LOG__LEVEL": "debug",
        "EASEL_STORAGE__KEEP_HOURS": "7",
        "EASEL_ACCESS__OPEN": "true",
        "EASEL_ACCESS__GUILDS": "[1234, 5678]",
        "EASEL_QUOTA__DEFAULT": "5/hour, 20/day",
    }
    loaded = load(None, environment)
    assert loaded.log.level == "debug"
    assert loaded.storage.keep_hours == 7
    assert loaded.access.open
    assert loaded.access.guilds == {1234, 5678}
    assert [str(limit) for limit in loaded.quota.default] == ["5/hour", "20/day"]


def missing_from(cell: str, field: FieldInfo) -> list[str]:
    """Return choices and bounds of a field that the description of its type leaves out."""
    wanted = list(_choices(field.annotation))
    for bound in field.metadata:
        limits = (getattr(bound, name, None) for name in ("ge", "le", "min_length", "max_length"))
        wanted += [str(limit) for limit in limits if limit is not None]
    return [one for one in wanted if one not in cell.replace("at least one", "1")]


def _choices(annotation: Any) -> Iterator[str]:
    if typing.get_origin(annotation) is Literal:
        yield from (f"`{value}`" for value in typing.get_args(annotation))
    elif typing.get_origin(annotation) in (types.UnionType, typing.Union):
        for one in typing.get_args(annotation):
            yield from _choices(one)
