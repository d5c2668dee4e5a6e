"""Measures upstream calls; the services that make them do not know of it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.provenance import Credentials
from bot.services.ports import CallRequest, ImageService, Measures, Reply, ReplyItem, Retry


class Unmeasured:
    """Records nothing: metrics are off (port Measures)."""

    def called(self, provider: str, seconds: float, error: ErrorClass | None) -> None: ...

    def moved(self, provider: str, to: str) -> None: ...

    def judged(self, judge: str, seconds: float, verdict: str) -> None: ...

    def credentials(self, provider: str, found: Credentials) -> None: ...

    def acknowledged(self, seconds: float) -> None: ...


class MeasuredService:
    """An image service whose calls are counted and timed (port ImageService)."""

    def __init__(self, service: ImageService, measures: Measures) -> None:
        self._service = service
        self._measures = measures

    @property
    def name(self) -> str:
        return self._service.name

    @property
    def slots(self) -> int:
        return self._service.slots

    async def attempt(
        self, call_request: CallRequest, before_send: Callable[[], Awaitable[None]]
    ) -> Reply:
        """POST once; what fails before anything was sent is no call."""
        sent_at: float | None = None

        async def sending() -> None:
            nonlocal sent_at
            await before_send()
            # The write-ahead mark is the database's time, not the service's.
            sent_at = time.monotonic()

        def count(error: ErrorClass | None) -> None:
            if sent_at is not None:
                self._measures.called(self.name, time.monotonic() - sent_at, error)

        try:
            reply = await self._service.attempt(call_request, sending)
        except ProviderError as error:
            count(error.failure.error_class)
            raise
        count(None)
        return reply

    async def read(self, call_request: CallRequest) -> Reply | None:
        return await self._service.read(call_request)

    def retry(self, call_request: CallRequest, failure: Failure, tries: int) -> Retry | None:
        return self._service.retry(call_request, failure, tries)

    async def collect(self, item: ReplyItem, target: Path) -> None:
        await self._service.collect(item, target)
