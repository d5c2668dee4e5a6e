"""A loop over cases tells as much as a test for each of them would."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import every_case


def failure_of(test: object) -> str:
    assert callable(test)
    with pytest.raises(AssertionError) as caught:
        test()
    return str(caught.value)


def test_every_case_that_fails_is_named_and_the_others_are_tried() -> None:
    tried: list[int] = []

    @every_case("number", [1, 2, 3, 4], ids=["one", "two", "three", "four"])
    def check(number: int) -> None:
        tried.append(number)
        assert number % 2, f"{number} is even"

    told = failure_of(check).splitlines()
    assert tried == [1, 2, 3, 4]
    assert told[0] == "2 of 4 cases failed:"
    assert told[1].startswith("- [two] test_cases.py:")
    assert "2 is even" in told[1]
    assert any(line.startswith("- [four] ") and "4 is even" in line for line in told)


def test_each_case_of_one_list_meets_each_of_the_other() -> None:
    met: set[tuple[str, int, int]] = set()

    @every_case("letter", "ab")
    @every_case(("low", "high"), [(0, 1), (2, 3)])
    def check(letter: str, low: int, high: int) -> None:
        met.add((letter, low, high))
        assert (letter, low) != ("b", 2)

    told = failure_of(check)
    assert met == {("a", 0, 1), ("a", 2, 3), ("b", 0, 1), ("b", 2, 3)}
    assert "1 of 4 cases failed:\n- [2-3-b] " in told


def test_whatever_ends_a_case_early_is_a_failure_of_that_case() -> None:
    @every_case("how", ["error", "fail", "skip", "no raise", "well"])
    def check(how: str) -> None:
        match how:
            case "error":
                raise LookupError("not there")
            case "fail":
                pytest.fail("said so")
            case "skip":
                pytest.skip("not here")
            case "no raise":
                with pytest.raises(LookupError):
                    pass
            case _:
                pass

    told = failure_of(check)
    assert told.startswith("4 of 5 cases failed:")
    for line in ("LookupError: not there", "Failed: said so", "Skipped: not here", "DID NOT RAISE"):
        assert line in told


@every_case("name", ["a", "b"])
@pytest.mark.parametrize("kind", [str, bytes])
def test_what_is_no_case_is_a_fixture_or_a_parameter(
    tmp_path: Path, name: str, kind: type[object]
) -> None:
    assert not (tmp_path / name).exists()
    (tmp_path / name).mkdir()
    assert kind in (str, bytes)


def test_a_loop_over_nothing_or_over_coroutines_is_refused() -> None:
    async def check(name: str) -> None:
        raise AssertionError(name)

    with pytest.raises(AssertionError, match="no case of name"):
        every_case("name", [])
    with pytest.raises(AssertionError, match="never be awaited"):
        every_case("name", ["a"])(check)  # pyright: ignore[reportArgumentType]


@every_case(
    ("ids", "name"),
    [(None, "[x-7]"), (["first"], "[first]"), (lambda one: f"<{one}>", "[<x>-<7>]")],
)
def test_a_case_is_called_as_asked(ids: object, name: str) -> None:
    @every_case(("text", "number"), [("x", 7)], ids=ids)  # pyright: ignore[reportArgumentType]
    def check(text: str, number: int) -> None:
        raise AssertionError(text, number)

    assert name in failure_of(check)


def test_a_case_brings_its_name_along() -> None:
    @every_case("number", [pytest.param(1, id="one"), 2])
    def check(number: int) -> None:
        raise AssertionError

    assert all(f"[{name}]" in failure_of(check) for name in ("one", "2"))
    with pytest.raises(AssertionError, match="a mark belongs to the whole test"):
        every_case("number", [pytest.param(1, marks=pytest.mark.long)])
