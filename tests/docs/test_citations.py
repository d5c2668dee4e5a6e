"""Whatever comments, docstrings and pages cite is in the repository: pages, sections and codes."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache

import pytest

from tests.docs import pages
from tests.test_crash_table import CRASH_POINTS, DOUBLE_CHARGES

SPECIFICATION = "docs/spec/"
STATES, CRASHES = f"{SPECIFICATION}states.md", f"{SPECIFICATION}crashes.md"
CODE = sorted(
    path.relative_to(pages.ROOT).as_posix()
    for folder in ("bot", "cogs", "tests")
    for path in (pages.ROOT / folder).rglob("*.py")
)
SETTINGS = (
    *("bot/catalog.toml", "config.example.toml", "pyproject.toml", "Makefile"),
    *sorted(f"deploy/{file.name}" for file in (pages.ROOT / "deploy").iterdir()),
)
# Of older versions: what it names may be gone.
PROSE = tuple(page for page in pages.PAGES if page != "CHANGELOG.md")

_NUMBER = r"\d+(?:\.\d+)?"
_NUMBERS = rf"{_NUMBER}(?:(?:,\s+|\s+and\s+|\s+to\s+){_NUMBER})*(?!\w)"
_PAGE = re.compile(r"(?<![\w/.-])(?P<page>(?:[\w.-]+/)*[\w-]+\.md)\b")
_SECTION = re.compile(rf"\b(?:[Ss]ections?|[Rr]ules?)\s+(?P<numbers>{_NUMBERS})")
# What stands between a page and its section, also where the page is a link with an anchor.
_BETWEEN = re.compile(r"(?:#[\w-]+)?\)?,?\s+")
_CODE = re.compile(r"\b[TKD]\d{1,2}[ab]?\b")
# Most modules cite nothing, and need not be taken apart.
_ANY = re.compile(rf"{_PAGE.pattern}|{_CODE.pattern}|\b(?:[Ss]ection|[Rr]ule)s?\s+(?:#\s*)?\d")
_HEADING = re.compile(rf"(?P<number>{_NUMBER})\.? ")


def test_every_page_that_is_cited_is_there() -> None:
    problems = [one for file in _files() for one in page_problems(file, _cited(file))]
    assert not problems, "\n".join(problems)


def test_every_section_that_is_cited_is_there() -> None:
    problems = [one for file in _files() for one in section_problems(file, _cited(file))]
    assert not problems, "\n".join(problems)


def test_every_code_that_is_cited_is_explained() -> None:
    problems = [one for file in _files() for one in code_problems(file, _cited(file))]
    assert not problems, "\n".join(problems)


def test_the_crash_table_and_the_specification_list_the_same() -> None:
    named = {f"K{number}" for number in CRASH_POINTS} | {f"D{number}" for number in DOUBLE_CHARGES}
    assert {one for one in codes() if one[0] != "T"} == named


def test_no_code_is_explained_twice() -> None:
    rows = [row[0] for page in (STATES, CRASHES) for row in pages.rows(pages.text(page))]
    found = [cell for cell in rows if _CODE.fullmatch(cell)]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('"""See nowhere.md."""', "x.py:1: there is no page nowhere.md"),
        ("# first\n# docs/spec/data.md\n# section 99", "x.py:3: docs/spec/data.md has no 99"),
        ("# docs/spec/data.md sections 1 and 9.9", "x.py:1: docs/spec/data.md has no 9.9"),
        ("a = 1  # as section 3 has it", "x.py:1: which page has section 3?"),
        ('def f():\n    """Ends it (T99)."""', "x.py:2: T99 is not explained"),
    ],
)
def test_what_does_not_resolve_is_named_with_its_line(source: str, problem: str) -> None:
    cited = comments_of(source)
    found = [
        *page_problems("x.py", cited),
        *section_problems("x.py", cited),
        *code_problems("x.py", cited),
    ]
    assert found == [problem]


def test_only_comments_and_docstrings_are_read() -> None:
    source = 'name = "nowhere.md"\nassert T99 == """K99\nsection 3"""\n'
    assert comments_of(source).split() == []


# --- problems -----------------------------------------------------------------------------------


def page_problems(file: str, cited: str) -> Iterator[str]:
    """Yield cites of pages that are not there."""
    for found in _PAGE.finditer(cited):
        if _resolved(file, found["page"]) is None:
            yield f"{file}:{_line(cited, found.start())}: there is no page {found['page']}"


def section_problems(file: str, cited: str) -> Iterator[str]:
    """Yield cites of sections that their page lacks, and those that name no page.

    A page may leave out its own name.
    """
    for found in _SECTION.finditer(cited):
        page = _page_before(file, cited, found.start())
        where = f"{file}:{_line(cited, found.start())}"
        if page is None:
            yield f"{where}: which page has {' '.join(found[0].split())}?"
            continue
        for number in re.findall(_NUMBER, found["numbers"]):
            if number not in numbers(page):
                yield f"{where}: {page} has no {number}"


def code_problems(file: str, cited: str) -> Iterator[str]:
    """Yield cites of codes that the specification does not explain."""
    for found in _CODE.finditer(cited):
        if found[0] not in codes():
            yield f"{file}:{_line(cited, found.start())}: {found[0]} is not explained"


# --- what is there ------------------------------------------------------------------------------


@cache
def codes() -> frozenset[str]:
    """Return the codes of transitions, crash points and double charges: first cells of rows."""
    rows = [row[0] for page in (STATES, CRASHES) for row in pages.rows(pages.text(page))]
    return frozenset(cell for cell in rows if _CODE.fullmatch(cell))


@cache
def numbers(page: str) -> frozenset[str]:
    """Return the numbers of a page's sections, and of rules that are rows of its tables."""
    headings = [_HEADING.match(heading) for heading in pages.headings(page)]
    rules = [row[0] for row in pages.rows(pages.text(page)) if re.fullmatch(_NUMBER, row[0])]
    return frozenset([*(found["number"] for found in headings if found), *rules])


def _resolved(file: str, page: str) -> str | None:
    """Return a page's path from the root: named from there, or from the folder that cites it."""
    for base in (pages.ROOT, (pages.ROOT / file).parent):
        path = (base / page).resolve()
        if path.is_relative_to(pages.ROOT) and path.is_file():
            return path.relative_to(pages.ROOT).as_posix()
    return None


def _page_before(file: str, cited: str, at: int) -> str | None:
    """Return the page that stands right before a section; else the page itself, if it is one."""
    for found in _PAGE.finditer(cited, max(at - 200, 0), at):
        if _BETWEEN.fullmatch(cited, found.end(), at):
            return _resolved(file, found["page"])
    return file if file.startswith(SPECIFICATION) else None


# --- reading ------------------------------------------------------------------------------------


def _files() -> tuple[str, ...]:
    return (*CODE, *SETTINGS, *PROSE)


@cache
def _cited(file: str) -> str:
    text = pages.text(file)
    if not _ANY.search(text):
        return ""
    return comments_of(text) if file.endswith(".py") else _without_signs(text)


def comments_of(source: str) -> str:
    """Return a module's comments and docstrings, each on its own line and all else empty."""
    lines = [""] * (source.count("\n") + 2)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] = token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            written = source.splitlines()[node.lineno - 1 : node.end_lineno]
            lines[node.lineno - 1 : node.end_lineno] = written
    return _without_signs("\n".join(lines))


def _without_signs(text: str) -> str:
    """Return a text without indents and signs of comments, so that cites go over line ends."""
    return re.sub(r"^[ \t]*(?:#+[ \t]*)?", "", text, flags=re.M)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
