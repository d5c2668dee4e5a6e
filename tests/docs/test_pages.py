"""What the other tests stand on: tables, code and anchors are read as people see them."""

from __future__ import annotations

from tests.cases import every_case
from tests.docs import pages

TABLE = """
| head | other |
| --- | --- |
| `a` **`b`** | one |
|  | `{"x" | "y"}` |
"""


def test_rows_are_read_without_heads_and_rules() -> None:
    found = list(pages.rows(TABLE))
    assert found == [["`a` **`b`**", "one"], ["", '`{"x" | "y"}`']]
    assert pages.code(found[0][0]) == ["a", "b"]
    assert pages.bold(found[0][0]) == ["b"]


@every_case("page", pages.PAGES)
def test_prose_fits_a_hundred_columns(page: str) -> None:
    long = [line for line in pages.text(page).splitlines() if len(line) > 100]
    assert [line for line in long if not line.lstrip().startswith("|")] == []


@every_case("page", pages.PAGES)
def test_no_heading_stands_twice_on_a_page(page: str) -> None:
    found = pages.headings(page)
    assert len(found) == len(set(found))
