"""docs/command-line.md has every shell command with every option, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import click

from bot.cli.program import easel
from tests.cases import every_case
from tests.cli.console import run_easel
from tests.docs import pages

PAGE = pages.COMMAND_LINE
# On every command: said once, at the top.
EVERYWHERE = {"--config", "-h", "--help"}
_OPTION = re.compile(r"--[a-z-]+")


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group by its full name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield f"{path} {name}", command
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


KNOWN = dict(commands(easel, "easel"))


def parameters(command: click.Command) -> set[str]:
    """Return a command's options, both spellings of a switch, and its arguments."""
    found: set[str] = set()
    for one in command.params:
        if isinstance(one, click.Argument):
            found.add(one.metavar or str(one.name).upper())
        else:
            found.update(one.opts, one.secondary_opts)
    return found - EVERYWHERE


def described(command: str) -> set[str]:
    """Return the options and arguments in a command's table."""
    cells = [row[0] for row in pages.rows(pages.section(PAGE, command))]
    words = [one.split()[0] for cell in cells for one in pages.code(cell)]
    return {one for one in words if one.startswith("--") or one.isupper()}


def test_every_command_has_its_heading_and_every_heading_its_command() -> None:
    headings = [one for one in pages.headings(PAGE) if one.startswith("easel ")]
    assert sorted(headings) == sorted(KNOWN)


@every_case("command", KNOWN)
def test_every_option_has_its_row_and_every_row_its_option(command: str) -> None:
    assert described(command) == parameters(KNOWN[command])


@every_case("command", KNOWN)
def test_what_is_said_of_every_command_is_true(command: str) -> None:
    top = pages.text(PAGE).partition("\n## ")[0]
    assert all(f"`{one}" in top for one in EVERYWHERE)
    assert "--config" in {name for one in KNOWN[command].params for name in one.opts}


def test_every_command_is_in_the_table_at_the_top() -> None:
    top = pages.text(PAGE).partition("\n## ")[0]
    linked = set(re.findall(r"\]\(#([\w-]+)\)", top))
    assert linked == {name.replace(" ", "-") for name in KNOWN}


def test_an_offer_of_models_has_the_keys_that_are_named() -> None:
    about = pages.section(PAGE, "easel models").rpartition("An offer has")[2]
    (offer, *_) = json.loads(run_easel("models", "--json").out)
    assert pages.code(about) == list(offer)


def test_the_default_port_is_the_one_that_is_named() -> None:
    (port,) = [one for one in KNOWN["easel serve-apis"].params if one.name == "port"]
    assert f", {port.default} by default" in pages.section(PAGE, "easel serve-apis")


@every_case("page", pages.PAGES)
def test_no_page_names_a_shell_command_or_an_option_that_does_not_exist(page: str) -> None:
    for written in [*pages.code(pages.prose(page)), *_lines(page)]:
        _, found, rest = f" {written}".rpartition(" easel ")
        if not found:
            continue
        named = _longest(rest)
        assert named, written
        known = set().union(*(parameters(KNOWN[name]) for name in named)) | EVERYWHERE
        assert set(_OPTION.findall(rest)) <= known | {"--version"}, written


def _lines(page: str) -> list[str]:
    lines = "\n".join(pages.blocks(page, "sh")).splitlines()
    return [line for line in lines if line.lstrip().startswith("easel ")]


def _longest(rest: str) -> list[str]:
    """Return the command that a text begins with; of a group, all of its commands."""
    if rest.startswith("-"):
        return list(KNOWN)
    words = [word for word in rest.split() if not word.startswith("-")]
    for count in (2, 1):
        name = " ".join(["easel", *words[:count]])
        named = [one for one in KNOWN if one == name or one.startswith(f"{name} ")]
        if named:
            return named
    return []
