"""What the APIs received and how they answered, for tests, the demo and `GET /control/requests`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.sandbox.image_apis.apis.fields import as_list, as_object
from bot.sandbox.image_apis.apis.refusal import JsonObject

_SHOWN_CHARACTERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request; `status` is None while under way, 499 without a whole answer."""

    number: int
    source: str
    path: str
    model: str | None = None
    body: JsonObject | None = None
    references: int = 0
    notes: tuple[str, ...] = ()
    status: int | None = None
    error_code: str | None = None


class Journal:
    """Keeps the requests in order of arrival: all of them whole, or the newest shortened."""

    def __init__(self, limit: int | None) -> None:
        self.requests: list[Received] = []
        self._limit = limit
        self._number = 0
        self._changed = asyncio.Event()

    def open(self, source: str, path: str) -> "Entry":
        """Write down a request that has just arrived."""
        self._number += 1
        received = Received(number=self._number, source=source, path=path)
        self.requests.append(received)
        if self._limit is not None:
            del self.requests[: -self._limit]
        self.touch()
        return Entry(self, received)

    def kept(self, body: JsonObject) -> JsonObject:
        """Give what is kept of a body; inline pictures would fill the memory in the long run."""
        return body if self._limit is None else as_object(shortened(body))

    def swap(self, old: Received, new: Received) -> None:
        """Put the fuller record in place of the earlier one, unless it was dropped meanwhile."""
        for index in range(len(self.requests) - 1, -1, -1):
            if self.requests[index] is old:
                self.requests[index] = new
                break
        self.touch()

    def touch(self) -> None:
        """Wake those who wait in `until`."""
        self._changed.set()
        self._changed.clear()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition over requests, statuses or waiters holds."""
        while not condition():
            await self._changed.wait()


class Entry:
    """The open record of one request."""

    def __init__(self, journal: Journal, received: Received) -> None:
        self._journal = journal
        self.received = received

    def add(self, **changes: object) -> None:
        """Write down more of what is known."""
        new = replace(self.received, **changes)  # pyright: ignore[reportArgumentType]
        self._journal.swap(self.received, new)
        self.received = new


def shortened(value: object) -> object:
    """Give a body fit for reading: inline pictures cut after their beginning."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in as_object(value).items()}
    if isinstance(value, list):
        return [shortened(item) for item in as_list(value)]
    if isinstance(value, str) and value[:5].lower() == "data:" and len(value) > _SHOWN_CHARACTERS:
        return f"{value[:_SHOWN_CHARACTERS]}... ({len(value)} characters)"
    return value
