"""The pages of the documentation, and what can be read off them: code, tables, headings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
PAGES = (
    *TOP,
    *(file.relative_to(ROOT).as_posix() for file in sorted((ROOT / "docs").rglob("*.md"))),
)
MEMBERS, MODERATORS = "docs/members.md", "docs/moderators.md"
SETTINGS, COMMAND_LINE = "docs/settings.md", "docs/command-line.md"

# A bar inside code does not end a cell.
_CELL = re.compile(r"(?:`[^`]*`|[^|`])+")
_FENCE = re.compile(r"^ *```(?P<kind>\w*)\n(?P<text>.*?)^ *```$", re.M | re.S)
_HEADING = re.compile(r"^#{1,6} (?P<text>.+)$", re.M)


def text(page: str) -> str:
    """Return a page as it is written."""
    return (ROOT / page).read_text("utf-8")


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", text(page))


def blocks(page: str, kind: str) -> list[str]:
    """Return the fenced blocks of a kind, such as toml."""
    return [found["text"] for found in _FENCE.finditer(text(page)) if found["kind"] == kind]


def code(written: str) -> list[str]:
    """Return what is written as code."""
    return re.findall(r"`([^`\n]+)`", written)


def bold(written: str) -> list[str]:
    """Return what is written bold, without the marks of code in it."""
    return [one.strip("`") for one in re.findall(r"\*\*([^*]+)\*\*", written)]


def headings(page: str) -> list[str]:
    """Return the headings of a page, in order."""
    return [found["text"] for found in _HEADING.finditer(prose(page))]


def section(page: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of any level."""
    parts = _HEADING.split(prose(page))
    return parts[parts.index(heading) + 1]


def rows(written: str) -> Iterator[list[str]]:
    """Yield the rows of every table, cell by cell; heads and rules are left out."""
    lines = written.splitlines()
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        is_row = line.lstrip().startswith("|") and before.lstrip().startswith("|")
        if is_row and not _is_rule(line) and not _is_rule(after):
            yield [cell.strip() for cell in _CELL.findall(line.strip())]


def _is_rule(line: str) -> bool:
    return re.fullmatch(r"\s*\|(?: *-+ *\|)+", line) is not None


def anchors(page: str) -> set[str]:
    """Return the anchors that a page's headings make, as GitHub writes them."""
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings(page)}
