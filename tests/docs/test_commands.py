"""Every command, option and menu is documented for those whom it is for, and nothing else is."""

from __future__ import annotations

import pytest

from bot.domain.text.prompt import FLAGS
from tests.docs import pages
from tests.docs.commands import Known, Options, command_of, documented, listed, options_of

STAFF = ("easel", "limits", "moderate")
# Pages that speak of commands. What operators read speaks of paths and addresses as well.
SPEAKING = tuple(page for page in pages.PAGES if page not in ("docs/operating.md",))
ADDRESSES = ("/healthz", "/readyz", "/metrics", "/routescope", "/seededit", "/seedream")


def _of_staff(command: str) -> bool:
    return command.partition(" ")[0] in STAFF


async def test_members_find_each_of_their_commands_with_every_option(known: Known) -> None:
    theirs = {name: opts for name, opts in known.commands.items() if not _of_staff(name)}
    found = dict(documented(pages.MEMBERS))
    assert found == theirs
    assert [list(found[name]) for name in theirs] == [_by_need(o) for o in theirs.values()]


async def test_staff_find_each_of_their_commands_with_every_option(known: Known) -> None:
    theirs = {name: opts for name, opts in known.commands.items() if _of_staff(name)}
    headings = [f"For managers: `/{name}`" for name in STAFF[:2]] + ["For moderators: `/moderate`"]
    found = {name: opts for one in headings for name, opts in listed(pages.MODERATORS, one)}
    assert found == theirs
    assert [list(found[name]) for name in theirs] == [_by_need(o) for o in theirs.values()]


@pytest.mark.parametrize("page", SPEAKING)
async def test_no_page_names_a_command_that_does_not_exist(known: Known, page: str) -> None:
    named = [one for one in pages.code(pages.prose(page)) if command_of(one) is not None]
    wrong = [
        one
        for one in named
        if one not in ADDRESSES and known.find(command_of(one) or "") != command_of(one)
    ]
    assert wrong == []


@pytest.mark.parametrize("page", SPEAKING)
async def test_no_page_names_an_option_that_its_command_lacks(known: Known, page: str) -> None:
    for written in pages.code(pages.prose(page)):
        options = known.commands.get(command_of(written) or "", {})
        assert set(options_of(written)) <= set(options), written


async def test_every_menu_is_named_where_its_users_look(known: Known) -> None:
    rows = pages.rows(pages.section(pages.MEMBERS, "Buttons and menus"))
    of_messages = {pages.bold(row[0])[0] for row in rows if pages.bold(row[0])}
    assert known.menus <= of_messages | {"Image quota"}
    for page in (pages.MEMBERS, pages.MODERATORS):
        assert "**Image quota**" in pages.text(page)
    assert "Image quota" in known.menus


def test_every_flag_of_a_reply_is_shown_and_no_other() -> None:
    rows = pages.rows(pages.section(pages.MEMBERS, "Replies: flags and picture numbers"))
    shown = {one for row in rows for one in pages.code(row[0]) if one.startswith("--")}
    assert shown == {f"--{flag}" for flag in FLAGS}


def _by_need(options: Options) -> list[str]:
    """Return options as Discord orders them: those that have to be given come first."""
    return sorted(options, key=lambda name: not options[name])
