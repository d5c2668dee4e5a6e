"""What the pages show to copy can be copied: configurations load, variables are settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import OUTSIDE, SHIPPED_PROVIDERS, Configuration, Provider, load
from bot.models import catalog_of
from tests.cases import every_case
from tests.docs import pages
from tests.docs.test_settings import KNOWN

SNIPPETS = [(page, text) for page in pages.PAGES for text in pages.blocks(page, "toml")]
# The browser test's own: where its pictures go.
NO_SETTING = OUTSIDE | {"EASEL_SCREENSHOTS"}
_VARIABLE = re.compile(r"\bEASEL_[A-Z0-9_]+\b")
_SETTING = re.compile(r"(?P<section>[a-z]+)\.(?P<key>[a-z_]+)(?: = .*)?")


@pytest.mark.parametrize(("page", "text"), SNIPPETS)
def test_a_configuration_that_is_shown_loads(page: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    assert catalog_of(load(file, {})).offers


def test_there_are_configurations_to_load() -> None:
    assert len(SNIPPETS) >= 2


@every_case("page", pages.PAGES)
def test_every_variable_that_is_named_is_a_setting(page: str) -> None:
    known = {key.upper().replace(".", "__") for key in KNOWN}
    for name in set(_VARIABLE.findall(pages.text(page))) - NO_SETTING:
        if name.endswith("_"):
            continue  # the form of the names: EASEL_<SECTION>__<KEY>
        path = name.removeprefix("EASEL_").removesuffix("_FILE")
        names = "|".join(map(str.upper, SHIPPED_PROVIDERS))
        service = re.sub(rf"^PROVIDERS__({names})__", "PROVIDERS__NAME__", path)
        assert service in known, name


@every_case("page", pages.PAGES)
def test_every_setting_that_is_written_as_code_exists(page: str) -> None:
    for written in pages.code(pages.prose(page)):
        found = _SETTING.fullmatch(written)
        if found is None or found["section"] not in Configuration.model_fields:
            continue
        if found["section"] == "providers":
            assert found["key"] in Provider.model_fields, written
        else:
            assert f"{found['section']}.{found['key']}" in KNOWN, written
