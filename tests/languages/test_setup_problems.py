"""What the operator has to mend has words in every language; the log keeps the English ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.catalog import CatalogProvider, load_catalog
from bot.config import Configuration, ConfigurationError, load
from bot.domain.errors import SetupError
from bot.domain.quotas.ledger_faults import Discrepancy, LedgerFault
from bot.domain.quotas.quota import AllowanceError, AllowanceProblem
from bot.domain.setup_problems import SetupProblem
from bot.domain.translatable import Sentence
from bot.ui.language import CATALOGS, speaking
from bot.ui.messages.operator import configuration, setup_problems
from tests.cases import every_case
from tests.languages.test_catalogs import names

KINDS: list[Sentence] = [*SetupProblem, *AllowanceProblem, *LedgerFault]
SAID = (SetupProblem.SAID, LedgerFault.OF_THE_FILE)
MODEL = "doubao-seedream-4-5-251128"
KEYS: dict[str, CatalogProvider] = {"routescope": CatalogProvider(kind="routescope")}


def said(kind: Sentence, values: dict[str, object]) -> tuple[str, str]:
    """Return what a person reads, and what the log has."""
    match kind:
        case SetupProblem():
            setup = SetupError(kind, **values)
            return setup_problems.setup(setup), str(setup)
        case AllowanceProblem():
            allowance = AllowanceError(kind, **values)
            return setup_problems.allowance(allowance), str(allowance)
        case LedgerFault():
            found = Discrepancy(kind, values)
            return setup_problems.books(found), str(found)
        case _:
            raise AssertionError(kind)


@every_case("language", CATALOGS)
@every_case("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_trouble_has_words_and_the_log_stays_english(
    kind: Sentence, language: str
) -> None:
    values: dict[str, object] = {name: f"<{name}>" for name in names(kind.value)}
    in_english, logged = said(kind, values)
    assert in_english == logged
    with speaking(language):
        words, logged_then = said(kind, values)
    assert logged_then == logged
    assert (words == logged) == (kind in SAID)
    assert all(str(value) in words for value in values.values())


def test_a_window_is_named_in_the_readers_language() -> None:
    error = AllowanceError(AllowanceProblem.TWICE, window="day")
    assert setup_problems.allowance(error) == "two limits for one day: keep one of them"
    with speaking("zh-CN"):
        assert "天" in setup_problems.allowance(error)


# --- every value that pydantic refuses ------------------------------------------------------------

WRONG = (None, 5, -5, 10**30, True, 1.5, float("nan"), "", "x", "http://[", [], ["x"], {}, {"x": 1})


def settings(model: Any = Configuration, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of every section and of every setting in it."""
    for name, field in model.model_fields.items():
        yield (*path, name)
        if hasattr(field.annotation, "model_fields"):
            yield from settings(field.annotation, *path, name)
    if model is Configuration:
        provider = ("providers", "routescope")
        yield provider
        yield from ((*provider, key) for key in ("kind", "base_url", "api_key", "concurrency"))


def nested(path: tuple[str, ...], value: object) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value  # pyright: ignore[reportReturnType]


@pytest.fixture
def unsaid(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Collect what has no words of ours, and speak Chinese meanwhile."""
    found: set[str] = set()
    value = configuration.value

    def asked(kind: str, values: Any, otherwise: str) -> str:
        words = value(kind, values, otherwise)
        if words == otherwise or words.isascii():
            found.add(f"{kind}: {words}")
        return words

    monkeypatch.setattr(configuration, "value", asked)
    with speaking("zh-CN"):
        yield found


def test_every_wrong_setting_is_told_in_the_readers_language(
    unsaid: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    for path in settings():
        for wrong in WRONG:
            monkeypatch.setattr("bot.config._read", lambda _, p=path, w=wrong: nested(p, w))
            try:
                load(Path("config.toml"), {})
            except ConfigurationError as error:
                said += str(error).splitlines()
    assert len(said) > 100
    assert [line for line in said if line.isascii()] == []
    assert unsaid == set()


# A part of each kind of table in an offer, and what stands at its end.
PLACES = (
    "label",
    "offers",
    "generate.max_prompt",
    "generate.source",
    "generate.operation",
    "generate.enabled",
    "generate.sizes",
    "generate.sizes.keywords",
    "generate.sizes.presets",
    "generate.sizes.default_tier",
    "generate.sizes.basis",
    "generate.sizes.pixels.min_pixels",
    "generate.sizes.pixels.min_ratio",
    "generate.references",
    "generate.references.formats",
    "generate.references.maximum",
    "generate.count.total_max",
    "generate.options.guidance",
    "generate.options.guidance.minimum",
    "generate.options.guidance.default",
    "generate.options.guidance.needs",
    "generate.options.gidance",
    "generate.cost.price",
    "generate.cost.by_quality",
    "generate.cost.nothing",
)


@pytest.mark.parametrize("place", PLACES)
def test_every_mistake_in_a_model_is_told_in_the_readers_language(
    unsaid: set[str], place: str
) -> None:
    said: list[str] = []
    for wrong in WRONG:
        try:
            load_catalog({"mine": {"like": MODEL} | nested(tuple(place.split(".")), wrong)}, KEYS)
        except SetupError as error:
            said.append(setup_problems.setup(error))
    assert said
    assert [line for line in said if "写得不对" not in line] == []
    assert unsaid == set()


def test_what_pydantic_says_else_stays_as_it_is() -> None:
    assert configuration.value("unheard_of", {}, "Input should be kind") == "Input should be kind"
