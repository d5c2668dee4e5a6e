"""Every link of the documentation leads somewhere, and every path written as code is there."""

from __future__ import annotations

import re

import pytest

from tests.cases import every_case
from tests.docs import pages

_LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")
_PATH = re.compile(r"(?:bot|cogs|tests|docs)/[\w./-]*")
_MAKE = re.compile(r"make (?P<target>[a-z]+)")


@every_case("page", pages.PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    targets = [found["target"] for found in _LINK.finditer(pages.prose(page))]
    assert [target for target in targets if not _leads_somewhere(page, target)] == []


@every_case("page", pages.PAGES)
def test_every_path_that_is_written_as_code_is_there(page: str) -> None:
    named = [one for one in pages.code(pages.prose(page)) if _PATH.fullmatch(one)]
    assert [one for one in named if not (pages.ROOT / one).exists()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {found["target"] for found in _LINK.finditer(pages.prose("README.md"))}
    assert set(pages.PAGES) - {"README.md"} <= linked


# On other pages "make it night" is a wish.
@pytest.mark.parametrize("page", pages.TOP)
def test_every_make_target_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (pages.ROOT / "Makefile").read_text(), re.M))
    named = [
        found["target"]
        for one in [*pages.code(pages.prose(page)), *pages.blocks(page, "sh")]
        for found in _MAKE.finditer(one)
    ]
    assert set(named) <= targets


def _leads_somewhere(page: str, target: str) -> bool:
    if target.startswith("https://"):
        return True
    path, _, anchor = target.partition("#")
    file = (pages.ROOT / page).parent / path if path else pages.ROOT / page
    if not file.resolve().is_relative_to(pages.ROOT) or not file.exists():
        return False
    return not anchor or anchor in pages.anchors(str(file.resolve().relative_to(pages.ROOT)))
