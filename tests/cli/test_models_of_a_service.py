"""`models --provider` and `models add`: a service's own list, and one of its models by name."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli.models import adding
from bot.cli.models.config_file import CannotAppendError, diff, replace_file, with_model, written
from bot.cli.program import easel as program
from bot.config import load
from bot.domain.catalog import Operation
from bot.models import catalog_of
from bot.sandbox.image_apis import ImageApis
from tests.cases import every_case
from tests.cli.console import Easel

SEEDREAM = "bytedance-seed/seedream-4.5"
KEY = "sk-or-v1-nobody-may-see-this"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve the local image APIs beside the commands, which bring loops of their own."""
    told: list[str] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with ImageApis() as apis:
            told.append(apis.url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    yield told[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.fixture
def config(tmp_path: Path, url: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(
        "# mine, and in no order\n"
        "[quota]\nspend = '5/day'   # money\n\n"
        "[providers.openrouter]\n"
        f'base_url = "{url}/openrouter"\n'
        f'api_key = "{KEY}"'  # and no end of line
    )
    return file


def test_a_service_lists_what_it_offers(easel: Easel, config: Path) -> None:
    ended = easel("models", "--provider", "openrouter", "--json")
    assert ended.code == 0
    listed = {model["model"]: model for model in ended.json}
    assert len(listed) == 8
    assert listed[SEEDREAM] == {
        "model": SEEDREAM,
        "name": "ByteDance Seed: Seedream 4.5",
        "described": True,
        "operations": ["generate", "edit"],
        "sizes": ["1K", "2K", "4K"],
        "aspects": ["1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9"],
        "references": {"minimum": 0, "maximum": 14},
        "per_call": 3,
        "options": ["seed"],
        "added": False,
    }
    assert listed["recraft/recraft-v4.1"]["operations"] == ["generate"]
    assert listed["inclusionai/layers"]["operations"] == ["edit"]


@every_case(
    ("search", "found"),
    [
        ("seedream", 2),
        ("SEEDREAM pro", 1),
        ("Flux", 1),
        ("openai:", 1),
        ("nothing-like-it", 0),
    ],
)
def test_a_search_wants_every_word_in_id_or_name(
    search: str, found: int, easel: Easel, config: Path
) -> None:
    ended = easel("models", "--provider", "openrouter", "--search", search)
    assert (ended.code, len(ended.out.splitlines())) == (0, found)
    assert ("no model named like" in ended.err) is not found


def test_the_catalog_is_shown_without_the_network(
    easel: Easel, config: Path, no_network: None
) -> None:
    assert easel("models").code == 0
    assert len(easel("models", "--json").json) > 10


@every_case(
    ("arguments", "said"),
    [
        (("models", "--search", "x"), "--provider"),
        (("models", "--provider", "nobody"), "There is no image service nobody"),
        (("models", "add", "nobody", "x", "--yes"), "There is no image service nobody"),
        (("models", "add", "openrouter", "seedream", "--yes"), SEEDREAM),
        (("models", "add", "openrouter", "recraft/recraft-v4-vector", "--yes"), "only SVG"),
    ],
)
def test_misuse_is_refused_with_what_would_be_right(
    arguments: tuple[str, ...], said: str, easel: Easel, config: Path
) -> None:
    before = config.read_bytes()
    ended = easel(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert config.read_bytes() == before


def test_a_service_that_is_away_is_told(easel: Easel, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[providers.openrouter]\nbase_url = "http://127.0.0.1:9"\n'
    )
    ended = easel("models", "--provider", "openrouter", "--json")
    assert ended.code == 1
    assert ended.json["error"]["class"] == "unreachable"


def test_a_model_is_added_by_its_name_alone(easel: Easel, config: Path) -> None:
    before = config.read_text()
    ended = easel("models", "add", "openrouter", SEEDREAM, "--yes")
    assert ended.code == 0, ended.err
    assert config.read_text().startswith(before + "\n\n[models.custom.")
    assert KEY not in ended.out
    assert "+sizes.default" in ended.out
    offers = catalog_of(load(config, {})).of(SEEDREAM)
    assert [offer.operation for offer in offers] == [Operation.GENERATE, Operation.EDIT]
    draws, edits = offers
    assert (draws.provider, draws.label, draws.enabled) == (
        "openrouter",
        "ByteDance Seed: Seedream 4.5",
        True,
    )
    assert (draws.sizes.keywords, draws.sizes.default) == (("1K", "2K", "4K"), "2K")
    assert draws.cost.price_micro == 40_000
    assert (draws.references.maximum, edits.references.minimum, edits.references.maximum) == (
        0,
        1,
        14,
    )
    again = easel("models", "add", "openrouter", SEEDREAM, "--yes")
    assert (again.code, "already" in again.err) == (2, True)
    (listed,) = easel("models", "--provider", "openrouter", "--search", "4.5", "--json").json
    assert listed["added"] is True


@every_case(
    ("name", "operations", "price", "per_call", "options"),
    [
        ("openai/gpt-image-2", ["generate", "edit"], 0, 10, {"quality", "background"}),
        ("bytedance-seed/seedream-5-0-pro", ["generate", "edit"], 90_000, 1, {"format"}),
        ("google/gemini-3.1-flash-lite-image", ["generate", "edit"], 0, 1, set()),
        ("black-forest-labs/flux.2-klein-4b", ["generate", "edit"], 14_680, 1, {"seed", "format"}),
        ("recraft/recraft-v4.1", ["generate"], 50_000, 6, set()),
        ("inclusionai/layers", ["edit"], 20_000, 1, set()),
    ],
)
def test_each_shape_of_model_becomes_offers(
    name: str,
    operations: list[str],
    price: int,
    per_call: int,
    options: set[str],
    easel: Easel,
    config: Path,
) -> None:
    ended = easel("models", "add", "openrouter", name, "--yes")
    assert ended.code == 0, ended.err
    assert ("enter cost.price" in ended.err) is (price == 0)
    offers = catalog_of(load(config, {})).of(name)
    assert [offer.operation for offer in offers] == operations
    for offer in offers:
        assert offer.cost.price_micro == price
        assert offer.count.per_call == per_call
        assert set(offer.options) == options


@every_case(("answer", "written_down"), [("y\n", True), ("n\n", False), ("", False)])
def test_the_change_is_shown_and_only_a_yes_writes_it(
    answer: str, written_down: bool, easel: Easel, config: Path
) -> None:
    before = config.read_bytes()
    result = CliRunner().invoke(program, ["models", "add", "openrouter", SEEDREAM], input=answer)
    assert '+[models.custom."bytedance-seed/seedream-4.5"]' in result.stdout
    assert result.exit_code == (0 if written_down else 1)
    assert (config.read_bytes() != before) is written_down
    config.write_bytes(before)


def test_without_a_file_nothing_is_asked(easel: Easel, no_network: None) -> None:
    ended = easel("models", "add", "openrouter", SEEDREAM, "--yes")
    assert (ended.code, "--config" in ended.err) == (2, True)


def test_a_list_of_names_alone_is_not_enough(
    easel: Easel, config: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same list, asked by a kind whose services name their models and no more.
    monkeypatch.setenv("EASEL_PROVIDERS__HOME__KIND", "openai")
    monkeypatch.setenv("EASEL_PROVIDERS__HOME__BASE_URL", f"{url}/openrouter/api/v1")
    monkeypatch.setenv("EASEL_PROVIDERS__HOME__API_KEY", "local")
    ended = easel("models", "add", "home", SEEDREAM, "--yes")
    assert (ended.code, "`like`" in ended.err) == (2, True)


def test_prices_are_written_in_the_operators_currency(easel: Easel, config: Path) -> None:
    config.write_text(config.read_text().replace("[quota]", '[quota]\ncurrency = "CNY"'))
    assert easel("models", "add", "openrouter", SEEDREAM, "--yes").code == 0
    assert catalog_of(load(config, {})).of(SEEDREAM)[0].cost.price_micro == 0
    text = config.read_text()
    config.write_text(
        text[: text.index("\n[models.custom")].replace('"CNY"', '"CNY"\nusd_rate = 7.1')
    )
    assert easel("models", "add", "openrouter", SEEDREAM, "--yes").code == 0
    assert catalog_of(load(config, {})).of(SEEDREAM)[0].cost.price_micro == 284_000


# --- the file -----------------------------------------------------------------------------------

ENTRY: dict[str, Any] = {
    "label": 'A "model" of \u4e2d\u6587',
    "offers": [
        {
            "source": "openrouter-images",
            "operation": "generate",
            "references": {},
            "options": {
                "seed": {"minimum": 0, "whole": True},
                "odd name": {"needs": {"*": {"format": ["png"]}}},
            },
            "cost": {"credits": 1, "price": 0.000001},
        }
    ],
}


@every_case(
    "old",
    [
        b"",
        b"\n\n",
        b"# only a comment",
        b"\xef\xbb\xbf[quota]\nspend = 'none'\n",
        b"[quota]\r\nspend = 'none'\r\n",
        b"[models]\ndefault = 'x'\n[models.custom.other]\nlike = 'y'\n[log]\nlevel = 'info'",
        b"[[models.custom.other.offers]]\nsource = 'seededit'\n",
        b"[models]\ncustom.other.like = 'y'\n",
        b"models.custom.other.like = 'y'\n",
    ],
)
def test_everything_else_of_a_file_stays_byte_for_byte(old: bytes) -> None:
    new = with_model(old, "a/b", ENTRY)
    assert new.startswith(old)
    assert (b"\r\n" in new) is (b"\r\n" in old)
    assert tomllib.loads(new.decode("utf-8-sig"))["models"]["custom"]["a/b"] == ENTRY
    added = [line for line in diff(Path("c.toml"), old, new).splitlines()[2:] if line[0] != "@"]
    assert all(line.startswith("+") for line in added)


@every_case(
    "old",
    [
        b"models = { default = 'x' }\n",
        b"[models]\ncustom = { other = { like = 'y' } }\n",
        b'[models.custom."a/b"]\nlike = "y"\n',
    ],
)
def test_a_file_that_tables_cannot_follow_is_left_alone(old: bytes) -> None:
    with pytest.raises(CannotAppendError):
        with_model(old, "a/b", ENTRY)


def test_the_lines_are_printed_where_they_cannot_be_written(easel: Easel, config: Path) -> None:
    config.write_text(
        f"{config.read_text()}\n[models]\ncustom = {{ other = {{ like = 'gpt-image-2' }} }}\n"
    )
    before = config.read_bytes()
    ended = easel("models", "add", "openrouter", SEEDREAM, "--yes")
    assert (ended.code, config.read_bytes()) == (1, before)
    assert SEEDREAM in tomllib.loads(ended.out)["models"]["custom"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, b"old", b"new")
    assert link.is_symlink()
    assert (real.read_bytes(), stat.S_IMODE(real.stat().st_mode)) == (b"new", 0o640)
    assert sorted(os.listdir(tmp_path)) == ["config.toml", "real.toml"]


def test_what_somebody_else_wrote_meanwhile_is_kept(
    easel: Easel, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_first(*_: object, **__: object) -> bool:
        config.write_text("# another\n")
        return True

    monkeypatch.setattr(adding.click, "confirm", write_first)
    ended = easel("models", "add", "openrouter", SEEDREAM)
    assert (ended.code, config.read_text()) == (1, "# another\n")
    assert os.listdir(config.parent) == ["config.toml"]


def test_a_file_that_cannot_be_replaced_stays_as_it_was(
    easel: Easel, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    before = config.read_bytes()
    monkeypatch.setattr(Path, "replace", refuse)
    ended = easel("models", "add", "openrouter", SEEDREAM, "--yes")
    assert (ended.code, "busy" in ended.err) == (1, True)
    assert config.read_bytes() == before
    assert os.listdir(config.parent) == ["config.toml"]


def test_a_price_is_written_without_an_exponent() -> None:
    assert "cost.price = 0.000001\n" in written("a", ENTRY)


# --- what was added draws -----------------------------------------------------------------------


def test_what_was_added_draws_and_edits_in_the_shape_that_was_asked_for(
    easel: Easel, config: Path, tmp_path: Path
) -> None:
    assert easel("models", "add", "openrouter", SEEDREAM, "--yes").code == 0
    asked = ("--model", SEEDREAM, "--size", "1K", "--aspect", "16:9", "--json")
    (dry,) = easel("generate", "a fox", *asked, "--dry-run").json["requests"]
    assert dry["url"].endswith("/openrouter/api/v1/images")
    assert (dry["body"]["resolution"], dry["body"]["aspect_ratio"]) == ("1K", "16:9")
    (drawn,) = easel("generate", "a fox", *asked, "--output", str(tmp_path)).json["images"]
    assert (drawn["width"], drawn["height"]) == (1360, 768)
    edit = easel("generate", "at night", *asked, "--reference", drawn["path"]).json
    assert [image["width"] for image in edit["images"]] == [1360]
