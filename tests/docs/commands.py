"""Commands of Discord: those that there are, and those that a page names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs import pages

Options = dict[str, bool]
"""Options in order; True for those that have to be given."""

_COMMAND = re.compile(r"/(?P<words>[a-z]+(?: [a-z]+)*)(?P<options>(?: [a-z0-9-]+:.*)?)")
_OPTION = re.compile(r"(?<![^ ])([a-z0-9-]+):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What Discord is told: commands by their full names, and menus."""

    commands: dict[str, Options]
    menus: set[str]

    def find(self, written: str) -> str | None:
        """Return the command or the group that a text names; None where there is none."""
        name = written
        while name:
            if name in self.commands or any(one.startswith(f"{name} ") for one in self.commands):
                return name
            name = name.rpartition(" ")[0]
        return None


def documented(page: str) -> Iterator[tuple[str, Options]]:
    """Yield what members read: a heading with a table of options, or a row of those without."""
    for heading in pages.headings(page):
        if heading.startswith("`/"):
            cells = [row[0] for row in pages.rows(pages.section(page, heading))]
            yield heading.strip("`/"), options_in(" ".join(cells))
    for row in pages.rows(pages.section(page, "Commands without options")):
        yield pages.code(row[0])[0].removeprefix("/"), {}


def listed(page: str, heading: str) -> Iterator[tuple[str, Options]]:
    """Yield the commands of a table: name, options, what it does."""
    for name, options, _ in pages.rows(pages.section(page, heading)):
        yield pages.code(name)[0].removeprefix("/"), options_in(options)


def options_in(cell: str) -> Options:
    """Return the options that are written as code; bold are those that have to be given."""
    needed = pages.bold(cell)
    return {name: name in needed for name in pages.code(cell)}


def command_of(written: str) -> str | None:
    """Return the words behind a slash, where code is a command with or without options."""
    found = _COMMAND.fullmatch(written)
    return found["words"] if found else None


def options_of(written: str) -> list[str]:
    """Return the options that are named behind a command."""
    found = _COMMAND.fullmatch(written)
    return _OPTION.findall(found["options"]) if found else []
