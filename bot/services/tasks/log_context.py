"""Which job is being worked on, so that every line of the log can say so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from bot.domain.job import Job


class AboutJob(Protocol):
    """Something that belongs to a job, such as its progress."""

    @property
    def job(self) -> Job: ...


A = TypeVar("A", bound=Job | AboutJob)
P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

job_in_hand: ContextVar[str | None] = ContextVar("job_in_hand", default=None)


def about_job(
    method: Callable[Concatenate[S, A, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, A, P], Coroutine[Any, Any, T]]:
    """Name the job of a method, or of its first argument, in everything logged meanwhile."""

    @wraps(method)
    async def named(self: S, about: A, /, *args: P.args, **kwargs: P.kwargs) -> T:
        job = cast("Job", getattr(about, "job", about))
        before = job_in_hand.set(job.job_id)
        try:
            return await method(self, about, *args, **kwargs)
        finally:
            job_in_hand.reset(before)

    return named
