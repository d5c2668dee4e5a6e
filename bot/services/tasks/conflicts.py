"""Runs a unit of work again where the database ended it for the sake of another one.

Only a database server does so. Nothing of such a unit has happened, and the other one is through.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from bot.domain.errors import StorageError
from bot.domain.setup_problems import SetupProblem

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

# Each other unit is through after it held this one up: more are hardly ever needed.
TRIES = 5


def repeatable(act: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run a method again where its one unit of work conflicted with another one.

    Before its commit, such a method changes nothing but what its unit writes.
    """

    @functools.wraps(act)
    async def repeated(*args: P.args, **values: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            try:
                return await act(*args, **values)
            except StorageError as error:
                if error.problem is not SetupProblem.SERVER_CONFLICT:
                    raise
                log.info("%s runs again: %s", act.__qualname__, error)
        return await act(*args, **values)

    return repeated
