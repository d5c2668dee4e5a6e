"""The mutable state of one running server: journal, plan of faults, pictures, gate and delay."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from bot.sandbox.image_apis.faults import FaultPlan
from bot.sandbox.image_apis.journal import Journal
from bot.sandbox.image_apis.pictures.assets import AssetStore

# Drawing takes tens of megabytes a picture: two at once keep two cores busy.
_DRAWING_AT_ONCE = 2


class State:
    """What the handlers of one application share."""

    def __init__(self, *, delay_seconds: float = 0.0, journal_limit: int | None = None) -> None:
        self.journal = Journal(journal_limit)
        self.faults = FaultPlan()
        self.assets = AssetStore()
        self.gate = asyncio.Event()
        self.gate.set()
        self.closing = asyncio.Event()
        self.drawing = asyncio.Semaphore(_DRAWING_AT_ONCE)
        self.waiting = 0
        self.delay_seconds = delay_seconds
        self.slow_seconds = 5.0
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Give the client for references on loopback; it lives as long as the application."""
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        return self._session

    async def pass_gate(self) -> None:
        """Wait while the gate is shut, counted in `waiting`."""
        if self.gate.is_set():
            return
        self.waiting += 1
        self.journal.touch()
        try:
            await self._first_of(self.gate, self.closing)
        finally:
            self.waiting -= 1
            self.journal.touch()

    async def pause(self, seconds: float) -> None:
        """Let time pass, cut short when the server closes."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self.closing.wait(), seconds)
            except TimeoutError:
                return

    async def lifetime(self, _app: web.Application) -> AsyncIterator[None]:
        """Close the client with the application."""
        yield
        if self._session is not None:
            await self._session.close()

    async def close(self, _app: web.Application) -> None:
        """Release everybody who waits, so that a shutdown does not hang on a fault."""
        self.closing.set()

    @staticmethod
    async def _first_of(*events: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


STATE = web.AppKey("STATE", State)
