"""`models`: everything a script needs to know about the catalog, and a table for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.console import Easel

KEYS = {
    "model",
    "source",
    "operation",
    "enabled",
    "sizes",
    "references",
    "count",
    "options",
    "credits",
}


def test_the_whole_catalog_is_listed_keys_or_not(easel: Easel) -> None:
    ended = easel("models", "--json")
    assert (ended.code, ended.err) == (0, "")
    offers = ended.json
    assert len(offers) == 53
    assert all(set(offer) >= KEYS for offer in offers)
    assert not any(offer["enabled"] for offer in offers)
    assert {offer["operation"] for offer in offers} == {"generate", "edit"}


def test_a_key_enables_the_offers_of_its_provider(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__SEEDREAM__API_KEY", "key")
    enabled = {offer["model"] for offer in easel("models", "--json").json if offer["enabled"]}
    assert enabled == {"seedream-4.0", "seedream-4.5", "seedream-5.0-lite"}


def test_an_offer_tells_its_limits_in_full(easel: Easel) -> None:
    offers = {(o["model"], o["source"]): o for o in easel("models", "--json").json}
    offer = offers["gpt-image-2", "routescope-openai-edits"]
    assert offer["sizes"]["keywords"] == ["auto"]
    assert offer["sizes"]["pixels"]["min_ratio"] == "1/3"
    assert offer["sizes"]["pixels"]["multiple_of"] == 16
    assert offer["sizes"]["presets"]["large"]["16:9"] == "2560x1440"
    assert offer["sizes"]["basis"] == "vendor"
    assert (offer["references"]["minimum"], offer["references"]["maximum"]) == (1, 16)
    assert offer["references"]["mask"] is True
    assert offer["count"]["per_call"] == 10
    assert offer["options"]["quality"]["choices"] == ["auto", "low", "medium", "high"]
    assert offer["options"]["background"]["needs"] == {"transparent": {"format": ["png", "webp"]}}
    assert offer["credits"]["by_quality"] == {"high": 4}


def test_a_model_of_the_operator_is_listed_too(easel: Easel, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[models.custom."mine"]\nlike = "gpt-image-2"\nlabel = "Mine"\n'
    )
    assert "mine" in [offer["model"] for offer in easel("models", "--json").json]


def test_the_table_fits_a_hundred_columns_and_names_every_model(easel: Easel) -> None:
    ended = easel("models")
    assert ended.code == 0
    assert max(len(line) for line in ended.out.splitlines()) <= 100
    for offer in easel("models", "--json").json:
        assert offer["model"] in ended.out


def test_the_table_of_the_readme_is_the_catalog(easel: Easel) -> None:
    table = easel("models", "--markdown").out.strip()
    assert table.count("\n") == 32
    assert table in (Path(__file__).parents[2] / "README.md").read_text("utf-8")
