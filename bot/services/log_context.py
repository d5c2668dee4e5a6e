"""Which job is being worked on, so that every line of the log can say so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.domain.job import Job

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

job_in_hand: ContextVar[str | None] = ContextVar("job_in_hand", default=None)


def about_job(
    method: Callable[Concatenate[S, Job, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, Job, P], Coroutine[Any, Any, T]]:
    """Name the job of a method, its first argument, in whatever is logged meanwhile."""

    @wraps(method)
    async def named(self: S, job: Job, /, *args: P.args, **kwargs: P.kwargs) -> T:
        before = job_in_hand.set(job.job_id)
        try:
            return await method(self, job, *args, **kwargs)
        finally:
            job_in_hand.reset(before)

    return named
