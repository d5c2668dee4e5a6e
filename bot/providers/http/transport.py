"""The POST to an image API: sent once, answered into a file, every failure given its class.

Knows HTTP and times, not what is asked or answered. Repeats nothing, follows nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.dialects.dialect import HttpCall
from bot.providers.http.body_reader import SilenceError, left_over, next_chunk
from bot.providers.http.part_file import PartFile, part_file
from bot.providers.http.request_body import JSON, RequestBody
from bot.providers.replies.classify import clean
from bot.providers.replies.event_stream import EventReader, EventTooLargeError
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_reader import is_whole, is_worth_keeping
from bot.providers.replies.spooled import answer_at, first_line, read_answer
from bot.services.ports import forbid_transaction

_CHUNK_BYTES = 64 * 1024
_CLOSING = (b"}", b"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds (docs/spec/image-apis.md section 12); `read` None leaves it to the source."""

    connect: float = 10.0
    write: float = 60.0
    read: float | None = None
    between_events: float = 120.0
    # What looks like a whole reply is one when nothing follows for so long.
    after_whole: float = 5.0


class Transport:
    """One provider's connection: address and key, kept to itself."""

    def __init__(
        self,
        base_url: str,
        key: SecretStr | None,
        *,
        prefix: str = "/v1",
        timeouts: Timeouts | None = None,
        further: Mapping[str, SecretStr] | None = None,
    ) -> None:
        """Prepare; nothing is opened before the first call.

        `prefix` stands before every path, also where the base address already ends with it.
        `further` are the operator's headers.
        """
        self.base_url = base_url.rstrip("/").removesuffix(prefix).rstrip("/")
        self._prefix = prefix
        self.timeouts = timeouts or Timeouts()
        self._key = key
        self._further = further or {}
        self._session: aiohttp.ClientSession | None = None

    @property
    def has_key(self) -> bool:
        return self._key is not None

    def url(self, call: HttpCall) -> str:
        """Return the whole address of a call."""
        return self.base_url + self._prefix + call.path

    def headers(self, *, key: str | None = None, content_type: str = JSON) -> dict[str, str]:
        """Return the headers of every call, with another key for showing them.

        Then the operator's own headers are hidden, too: they may hold another service's secret.
        """
        authorization: dict[str, str] = {}
        if self._key is not None:
            secret = self._key.get_secret_value().strip() if key is None else key
            authorization = {"Authorization": f"Bearer {secret}"}
        return {
            **authorization,
            "Content-Type": content_type,
            "Accept": "application/json",
            **self.further_headers(shown=key),
        }

    def _sent_headers(self, key: str | None) -> dict[str, str]:
        given = {} if key is None else {"Authorization": f"Bearer {key}"}
        return self.headers() | given

    def further_headers(self, *, shown: str | None = None) -> dict[str, str]:
        """Return the operator's own headers, with another text for showing them."""
        return {
            name: value.get_secret_value() if shown is None or _is_open(name) else shown
            for name, value in self._further.items()
        }

    async def post(
        self,
        call: HttpCall,
        body: RequestBody,
        reply: Path,
        *,
        read_seconds: float,
        cap_bytes: int,
        stream: bool = False,
        key: str | None = None,
    ) -> Answer:
        """Send one body; keep the complete answer, whatever its status, at `reply`; return it.

        `key` stands in the place of the provider's own. A stream that breaks after its first event
        is kept as far as it came. Raises ProviderError when no answer was kept: `sent` False is a
        promise that the service never had it whole.
        """
        forbid_transaction("a call of an image service")
        upload = _Upload(body.content)
        clock = _Clock(
            self.timeouts.read or read_seconds,
            self.timeouts.between_events,
            self.timeouts.after_whole,
        )
        try:
            async with (
                part_file(reply) as file,
                asyncio.timeout(self.timeouts.connect + self.timeouts.write) as limit,
            ):
                # Before anything leaves: a reply that cannot be kept should not be paid for.
                await file.flushed()
                clock.limit = limit
                upload.when_complete = clock.start_reading
                async with self._opened().request(
                    call.method,
                    URL(self.url(call), encoded=True),
                    data=upload.chunks(),
                    headers={
                        **self._sent_headers(key),
                        "Content-Type": body.content_type,
                        "Content-Length": str(len(body.content)),
                    },
                    allow_redirects=False,
                ) as response:
                    # Some services refuse before they have read everything.
                    upload.complete = True
                    clock.start_reading()
                    await _keep(response, file, cap_bytes, clock, stream=stream)
        except TimeoutError as error:
            if not clock.kept:
                raise ProviderError(_failure(error, upload)) from None
        except (aiohttp.ClientError, OSError) as error:
            # The causes are cut off: aiohttp's errors carry the request's headers.
            raise ProviderError(_failure(error, upload)) from None
        return await answer_at(reply)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # A kept connection may be closed by the server just as it is used again, which
                # looks like a reset after sending, an unknown outcome: each call has its own. No
                # limit: the worker's slots are one, and waiting for a connection would count as
                # connecting.
                connector=aiohttp.TCPConnector(force_close=True, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Base64 hardly shrinks, and what is not compressed cannot be compressed wrongly.
                headers={"Accept-Encoding": "identity"},
                # The reply is kept as it came; what its headers say of it may be wrong.
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect),
                trust_env=False,
            )
        return self._session


class _Upload:
    """Hands a body over in pieces and notices when the last one goes."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.complete = False
        self.when_complete: Callable[[], None] = lambda: None

    async def chunks(self) -> AsyncIterator[bytes]:
        view = memoryview(self._body)
        for start in range(0, len(view), _CHUNK_BYTES):
            # Marked before it goes: a service that lacks the last piece cannot have begun.
            self.complete = start + _CHUNK_BYTES >= len(view)
            yield bytes(view[start : start + _CHUNK_BYTES])
        self.when_complete()


class _Clock:
    """Moves the deadline of a call along its phases: sending, reading, waiting for events."""

    def __init__(self, read_seconds: float, idle_seconds: float, after_whole: float) -> None:
        self.limit: asyncio.Timeout | None = None
        self.events = 0
        # Whether the reply was kept although the time was over.
        self.kept = False
        self.after_whole = after_whole
        self._read_seconds = read_seconds
        self._idle_seconds = idle_seconds
        self._end: float | None = None

    def start_reading(self) -> None:
        """Begin the time for the answer, once."""
        if self._end is None:
            self._end = asyncio.get_running_loop().time() + self._read_seconds
            self._move(self._end)

    def event(self) -> None:
        """Wait for the next event no longer than allowed, nor beyond the call's own end."""
        self.events += 1
        if self._end is not None:
            now = asyncio.get_running_loop().time()
            self._move(min(self._end, now + self._idle_seconds))

    def _move(self, when: float) -> None:
        if self.limit is not None and not self.limit.expired():
            self.limit.reschedule(when)


async def _keep(
    response: aiohttp.ClientResponse,
    file: PartFile,
    cap_bytes: int,
    clock: _Clock,
    *,
    stream: bool,
) -> None:
    """Write an answer down; it may be a stream of events."""
    reader = EventReader(cap_bytes=cap_bytes)

    async def write(chunk: bytes) -> None:
        if file.bytes + len(chunk) > cap_bytes:
            raise EventTooLargeError
        await file.write(chunk)
        if stream and reader.feed(chunk):
            clock.event()

    await file.write(first_line(response.status, response.headers, time.time()))
    try:
        while chunk := await _next(response.content, file, clock):
            await write(chunk)
    except EventTooLargeError:
        failure = Failure(error_class=ErrorClass.BAD_RESPONSE, code="reply_too_large")
        raise ProviderError(failure) from None
    except aiohttp.ClientError:
        with suppress(EventTooLargeError):
            await write(left_over(response.content))
        # The status of a refusal says enough without its body.
        if response.status < 400 and not clock.events and not await _is(is_worth_keeping, file):
            raise
    except asyncio.CancelledError:
        # By the deadline, or from outside: the pictures named so far are worth keeping.
        if clock.events or (response.status < 400 and await _is(is_worth_keeping, file)):
            clock.kept = True
            await file.commit()
        raise
    await file.commit()


async def _next(content: aiohttp.StreamReader, file: PartFile, clock: _Clock) -> bytes:
    """Return the next bytes, nothing at the end.

    A connection may stay open after the reply, where its length was announced wrongly.
    """
    if file.last in _CLOSING:
        with suppress(SilenceError):
            return await next_chunk(content, clock.after_whole)
        if await _is(is_whole, file):
            return b""
    return await next_chunk(content, None)


async def _is(judged: Callable[[Answer], bool], file: PartFile) -> bool:
    """Judge what has arrived so far."""
    path = await file.flushed()
    return await asyncio.to_thread(lambda: judged(read_answer(path)))


def _is_open(header: str) -> bool:
    return header.lower() == "user-agent"


def _failure(error: Exception, upload: _Upload) -> Failure:
    """Tell what surely never arrived whole from what nobody knows."""
    name = type(error).__name__
    message = clean(f"{name}: {error}" if str(error) else name)
    never_connected = isinstance(
        error,
        aiohttp.ClientConnectorError
        | aiohttp.ConnectionTimeoutError
        | aiohttp.InvalidURL
        | aiohttp.NonHttpUrlClientError,
    )
    if never_connected:
        code = "no_connection"
    elif isinstance(error, TimeoutError):
        code = "timeout"
    else:
        # aiohttp wraps the network's errors; any other one is the disk's.
        code = "lost" if isinstance(error, aiohttp.ClientError) else "spool_failed"
    sent = upload.complete and not never_connected
    kind = ErrorClass.UNKNOWN_OUTCOME if sent else ErrorClass.UNREACHABLE
    return Failure(error_class=kind, code=code, message=message, sent=sent)
