"""Running the image APIs on loopback: inside a test or the demo, or alone until stopped."""

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.sandbox.image_apis.apis.openai_images import HOME_MODEL
from bot.sandbox.image_apis.journal import Received
from bot.sandbox.image_apis.server import create_app
from bot.sandbox.image_apis.state import State

_HOST = "127.0.0.1"
# Served alone for hours, the journal keeps only the newest requests.
_JOURNAL_LIMIT = 200


class ImageApis:
    """The image APIs on a port of loopback, as an async context manager."""

    def __init__(
        self, *, port: int = 0, delay_seconds: float = 0.0, journal_limit: int | None = None
    ) -> None:
        """Prepare; port 0 lets the system choose, `delay_seconds` precedes every answer."""
        self._port = port
        self._state = State(delay_seconds=delay_seconds, journal_limit=journal_limit)
        self._exit = contextlib.AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        """Listen; OSError where the port is taken."""
        # With handler_cancellation a client that leaves frees the gate and the hanging fault.
        runner = web.AppRunner(
            create_app(self._state),
            handler_cancellation=True,
            access_log=None,
            shutdown_timeout=1.0,
        )
        await runner.setup()
        self._exit.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, _HOST, self._port).start()
        except OSError:
            await self._exit.aclose()
            raise
        port = runner.addresses[0][1]
        self.url = f"http://{_HOST}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; waiting calls are released, hanging ones are dropped."""
        await self._exit.aclose()

    @property
    def requests(self) -> list[Received]:
        """Give every request so far, oldest first; records are replaced as more is known."""
        return self._state.journal.requests

    @property
    def gate(self) -> asyncio.Event:
        """Give the gate: set at first; while it is cleared accepted requests wait."""
        return self._state.gate

    @property
    def waiting(self) -> int:
        """Give how many accepted requests wait at the gate."""
        return self._state.waiting

    @property
    def delay_seconds(self) -> float:
        """Give the delay before every answer, and before every picture of a stream."""
        return self._state.delay_seconds

    @delay_seconds.setter
    def delay_seconds(self, seconds: float) -> None:
        self._state.delay_seconds = seconds

    def fail_next(self, fault: str, times: int | None = 1, **match: str) -> None:
        """Let the next accepted requests meet a fault; None means every one.

        `match` narrows by `model`, `source` or a part of the `prompt`. ValueError for an
        unknown fault.
        """
        self._state.faults.add(fault, times, match)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition over `requests` or `waiting` holds."""
        await self._state.journal.until(condition)


# The provider of each API, and its kind.
PROVIDERS = {
    "routescope": "routescope",
    "seededit": "seededit",
    "seedream": "seedream",
    "openai": "openai",
    "ark": "ark",
    "byteplus": "ark",
    "openrouter": "openrouter",
}


_HOME = """[providers.home]
kind = "openai"
base_url = "{url}/home"
auth = "none"
response_format = "b64_json"
"""
_HOME_MODEL = f"""[models.custom."{HOME_MODEL}"]
label = "Diffusion at home"
can = ["generate", "edit", "mask"]
sizes = ["1024x1024", "768x1024", "1024x768"]
per_call = 4
providers = ["home"]
"""


def configuration_fragment(url: str) -> str:
    """Give the tables of a configuration that uses the APIs at `url`."""
    tables = [
        f'[providers.{name}]\nkind = "{kind}"\nbase_url = "{url}/{name}"\napi_key = "local"\n'
        for name, kind in PROVIDERS.items()
    ]
    return "\n".join([*tables, _HOME.format(url=url), _HOME_MODEL])


async def serve(port: int, ready: Callable[[str], None]) -> None:
    """Serve until cancelled; `ready` is told the address once the port listens."""
    async with ImageApis(port=port, journal_limit=_JOURNAL_LIMIT) as apis:
        ready(apis.url)
        await asyncio.Event().wait()
