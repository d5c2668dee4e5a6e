"""One check tried on many cases in one test; every case that fails is named.

pytest's own `parametrize` makes a test of each case. That is right where a case sets something up
or must not meet the traces of another. A check of microseconds costs less than its bookkeeping.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

Test = Callable[..., None]
ParameterSet = type(pytest.param())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Values of some arguments, and how they are called if there is a name for them."""

    values: dict[str, Any]
    name: str | None
    called: Callable[[Any], str]

    def __str__(self) -> str:
        # Only for a failure: to write a whole offer down takes longer than to check it.
        return self.name or "-".join(map(self.called, self.values.values()))


@dataclass(slots=True, kw_only=True)
class _Loop:
    """A test and the lists that its cases are made of: each of one list with each of the others."""

    test: Test
    lists: list[list[_Case]] = field(default_factory=list)

    def run(self, fixtures: dict[str, Any]) -> None:
        __tracebackhide__ = True
        failures: list[tuple[str, BaseException]] = []
        every = list(itertools.product(*self.lists))
        for parts in every:
            arguments = {name: value for part in parts for name, value in part.values.items()}
            try:
                self.test(**fixtures, **arguments)
            except (Exception, pytest.fail.Exception, pytest.skip.Exception) as failure:
                if "from pytest-timeout" in str(failure):
                    raise  # The alarm rings once: a case that hangs after it would hang for ever.
                failures.append(("-".join(map(str, parts)), failure))
        if failures:
            told = "\n".join(f"- [{name}] {_told(failure)}" for name, failure in failures)
            # With the first one as the cause pytest shows the values of its assertion too.
            message = f"{len(failures)} of {len(every)} cases failed:\n{told}"
            raise AssertionError(message) from failures[0][1]


def every_case(
    names: str | tuple[str, ...],
    values: Iterable[Any],
    ids: Iterable[str] | Callable[[Any], str] | None = None,
) -> Callable[[Test], Test]:
    """Run a test in a loop over its cases; to be written as `pytest.mark.parametrize` is."""
    arguments = (names,) if isinstance(names, str) else names
    rows = list(values)
    assert rows, f"no case of {names}"
    called = ids if callable(ids) else _shown
    named = [None] * len(rows) if ids is None or callable(ids) else list(ids)
    cases: list[_Case] = []
    for value, name in zip(rows, named, strict=True):
        row = (value,) if isinstance(names, str) else value
        if isinstance(value, ParameterSet):
            assert not value.marks, "a mark belongs to the whole test"
            row, name = value.values, str(value.id) if value.id else name
        given = dict(zip(arguments, row, strict=True))
        cases.append(_Case(values=given, name=name, called=called))

    def decorate(test: Test) -> Test:
        loop: _Loop | None = getattr(test, "loop", None)
        if loop is None:
            assert not inspect.iscoroutinefunction(test), "a coroutine would never be awaited"
            loop = _Loop(test=test)
        loop.lists.append(cases)
        return _as_test(loop)

    return decorate


def _as_test(loop: _Loop) -> Test:
    @functools.wraps(loop.test)
    def run(**fixtures: Any) -> None:
        __tracebackhide__ = True
        loop.run(fixtures)

    # pytest takes what is left of the arguments for fixtures.
    given = {name for one in loop.lists for name in one[0].values}
    signature = inspect.signature(loop.test)
    left = [one for one in signature.parameters.values() if one.name not in given]
    run.__dict__.update(__signature__=signature.replace(parameters=left), loop=loop)
    return run


def _shown(value: object) -> str:
    """Return what tells a value from others in one line."""
    text = value if isinstance(value, str) and value.isprintable() and value else repr(value)
    return text if len(text) <= 80 else f"{text[:60]}...{text[-17:]}"


def _told(failure: BaseException) -> str:
    """Return place and reason of a failure."""
    place = ""
    traceback: TracebackType | None = failure.__traceback__
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.name.startswith("test_"):
            place = f"{path.name}:{traceback.tb_lineno}: "
        traceback = traceback.tb_next
    return f"{place}{type(failure).__name__}: {failure}"
