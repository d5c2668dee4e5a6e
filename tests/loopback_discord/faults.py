"""Errors, rate limits and held requests that a test arranges; must not know HTTP or Discord."""

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from time import monotonic
from types import TracebackType
from typing import Any, Literal, Self

from tests.loopback_discord.traffic import WireRequest

Point = Literal["before", "after"]


class Outcome(Enum):
    """What became of a held request."""

    GO_ON = "go on"
    DROP = "drop"


@dataclass(slots=True, kw_only=True)
class Fault:
    """An answer given in place of Discord's own, after or without doing what was asked."""

    method: str
    path: str
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = 1
    applied: bool = False
    window_seconds: float = 0.0  # a rate limit: everything in the window counts as one time
    _ends_at: float = 0.0

    def matches(self, request: WireRequest) -> bool:
        live = self.times != 0 or monotonic() < self._ends_at
        return live and request.matches(self.method, self.path)

    def use(self) -> None:
        now = monotonic()
        if now < self._ends_at:
            return
        self._ends_at = now + self.window_seconds
        if self.times is not None:
            self.times -= 1


class Hold:
    """Keeps matching requests waiting, either before they are applied or before the answer.

    A request held ``before`` is lost when its client dies, one held ``after`` has happened.
    Leaving the ``with`` block releases what still waits.
    """

    def __init__(self, method: str, path: str, at: Point, times: int | None) -> None:
        self.at = at
        self.waiting: list[WireRequest] = []
        self._method = method
        self._path = path
        self._times = times
        self._outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._arrived = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let the waiting requests go on, and hold no more."""
        self._finish(Outcome.GO_ON)

    def drop(self) -> None:
        """Cut the waiting requests' connections without an answer, and hold no more."""
        self._finish(Outcome.DROP)

    async def reached(self, count: int = 1, timeout: float = 5.0) -> list[WireRequest]:  # noqa: ASYNC109 - the verbs of SimCord say timeout too
        """Wait until so many requests are held; return them."""
        async with asyncio.timeout(timeout):
            while len(self.waiting) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return list(self.waiting)

    def takes(self, request: WireRequest, at: Point) -> bool:
        return (
            at == self.at
            and not self._outcome.done()
            and self._times != 0
            and request.matches(self._method, self._path)
        )

    async def keep(self, request: WireRequest) -> Outcome:
        if self._times is not None:
            self._times -= 1
        self.waiting.append(request)
        self._arrived.set()
        try:
            return await asyncio.shield(self._outcome)
        finally:
            self.waiting.remove(request)

    def _finish(self, outcome: Outcome) -> None:
        if not self._outcome.done():
            self._outcome.set_result(outcome)


class Faults:
    """Everything a test has arranged to go wrong, looked up for each request."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._holds: list[Hold] = []

    @property
    def holding(self) -> bool:
        """Whether some request waits for the test."""
        return any(hold.waiting for hold in self._holds)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def hold(self, method: str, path: str, at: Point, times: int | None) -> Hold:
        hold = Hold(method, path, at, times)
        self._holds.append(hold)
        return hold

    def take(self, request: WireRequest) -> Fault | None:
        """Return the first fault for a request, used up by one."""
        fault = next((fault for fault in self._faults if fault.matches(request)), None)
        if fault is not None:
            fault.use()
        return fault

    async def wait(self, request: WireRequest, at: Point) -> Outcome:
        """Wait while a request is held at this point."""
        hold = next((hold for hold in self._holds if hold.takes(request, at)), None)
        return Outcome.GO_ON if hold is None else await hold.keep(request)

    def release_all(self) -> None:
        for hold in self._holds:
            hold.release()


def rate_limit(
    method: str,
    path: str,
    *,
    retry_after: float,
    times: int | None = 1,
    scope: Literal["user", "global", "shared"] = "user",
) -> Fault:
    """Build a 429, repeated to whoever does not wait.

    ``Via`` marks it as Discord's own; without it the client must take it for Cloudflare's.
    """
    headers = {
        "Via": "1.1 google",
        "Retry-After": f"{retry_after:g}",
        "X-RateLimit-Scope": scope,
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset-After": f"{retry_after:.3f}",
    }
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    body = {
        "message": "You are being rate limited.",
        "retry_after": retry_after,
        "global": scope == "global",
    }
    return Fault(
        method=method,
        path=path,
        status=429,
        body=body,
        headers=headers,
        times=times,
        window_seconds=retry_after,
    )
