"""Fetches what an address leads to, hop by hop, past the guard; knows no image API and no key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from bot.domain.file_types import HEAD_BYTES, picture_type
from bot.domain.providers.rate_limits import seconds_asked
from bot.providers.http.address_guard import (
    NOT_PUBLIC,
    ForbiddenAddressError,
    Origin,
    guarded_sockets,
    is_public,
    is_web_port,
    origin_of,
    web_address,
)
from bot.providers.http.body_reader import SilenceError, left_over, next_chunk
from bot.providers.http.part_file import PartFile
from bot.providers.replies.content_decoding import TooLargeError, looks_like_text, unpacked
from bot.services.ports import forbid_transaction

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_NOT_YET = frozenset({403, 404, 408, 409, 423, 425, 429})


class DownloadProblem(StrEnum):
    """Why nothing was fetched."""

    BAD_ADDRESS = "bad_address"
    FORBIDDEN = "forbidden_address"
    UNREACHABLE = "unreachable"
    CUT = "cut"
    TIMEOUT = "timeout"
    STATUS = "status"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"


class DownloadError(Exception):
    """Not everything was fetched; `status` is the HTTP status where one came, `origin` whose."""

    def __init__(
        self,
        problem: DownloadProblem,
        status: int | None = None,
        *,
        host: str = "",
        origin: Origin | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(problem, status, host)
        self.problem = problem
        self.status = status
        self.host = host
        self.origin = origin
        self.retry_after = retry_after

    @property
    def is_temporary(self) -> bool:
        """Whether another attempt may meet better conditions.

        Stores of files answer 403 or 404 for what is written just now.
        """
        if self.problem is DownloadProblem.STATUS:
            status = self.status or 0
            return status >= 500 or status in _NOT_YET
        return self.problem in (
            DownloadProblem.UNREACHABLE,
            DownloadProblem.CUT,
            DownloadProblem.TIMEOUT,
        )


@dataclass(slots=True, kw_only=True)
class Resumable:
    """What a server said of a file, so that the rest of it can be asked for."""

    # A strong ETag or a date, empty where the server offers no parts.
    validator: str = ""


class Downloads:
    """Fetches files over http(s); opened with the first one, closed by its owner."""

    def __init__(self, *, public: Callable[[str], bool] = is_public) -> None:
        self._public = public
        # Two pools: a kept connection to a private address is never met by a guarded request,
        # since the guard acts when connecting.
        self._guarded: aiohttp.ClientSession | None = None
        self._open: aiohttp.ClientSession | None = None

    async def fetch(
        self,
        address: str,
        file: PartFile,
        *,
        cap_bytes: int,
        timeout_seconds: float,
        silence_seconds: float | None = None,
        trusted: Collection[Origin] = (),
        headers: Mapping[Origin, Mapping[str, str]] | None = None,
        resumable: Resumable | None = None,
    ) -> None:
        """Write what the address leads to into the file, without committing it.

        `trusted` origins may be private, as long as no other one came before. The `headers` of an
        origin go there as long as no redirect has left it, and not after it either. What an earlier
        call left in the file is kept where the server sends the rest. Raises DownloadError.
        """
        forbid_transaction("a download")
        plan = _Plan(
            cap_bytes=cap_bytes,
            silence_seconds=silence_seconds,
            trusted=trusted,
            headers=headers or {},
            resumable=resumable or Resumable(),
        )
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._follow(address, file, plan)
        except aiohttp.ClientConnectorError as error:
            # One name may have led to several addresses, which are reported together.
            guarded = isinstance(error.os_error, ForbiddenAddressError)
            forbidden = guarded or NOT_PUBLIC in str(error.os_error)
            problem = DownloadProblem.FORBIDDEN if forbidden else DownloadProblem.UNREACHABLE
            raise DownloadError(problem, host=plan.host) from None
        except aiohttp.InvalidURL:
            raise DownloadError(DownloadProblem.BAD_ADDRESS) from None
        except aiohttp.ClientPayloadError:
            raise DownloadError(DownloadProblem.CUT, host=plan.host) from None
        except aiohttp.ClientError:
            problem = DownloadProblem.CUT if file.bytes else DownloadProblem.UNREACHABLE
            raise DownloadError(problem, host=plan.host) from None
        except (TimeoutError, SilenceError):
            raise DownloadError(DownloadProblem.TIMEOUT, host=plan.host) from None

    async def close(self) -> None:
        """Close the connections."""
        for session in (self._guarded, self._open):
            if session is not None:
                await session.close()
        self._guarded = self._open = None

    async def _follow(self, address: str, file: PartFile, plan: _Plan) -> None:
        url = _read(address)
        first = origin_of(url)
        at_home = at_first = True
        for _ in range(_MOST_REDIRECTS + 1):
            plan.host = url.host or ""
            plan.origin = origin_of(url)
            at_home = at_home and plan.origin in plan.trusted
            at_first = at_first and plan.origin == first
            if not at_home and not is_web_port(url):
                raise DownloadError(DownloadProblem.FORBIDDEN, host=plan.host)
            session = self._session(guarded=not at_home)
            sent = dict(plan.headers.get(first, {})) if at_first else {}
            sent |= plan.rest_of(file)
            async with asyncio.timeout(plan.silence_seconds):
                response = await session.get(url, allow_redirects=False, headers=sent)
            async with response:
                if response.status not in _REDIRECTS:
                    await _save(response, file, plan)
                    return
                location = response.headers.get("Location", "")
                url = _read(urljoin(str(url), location))
        raise DownloadError(DownloadProblem.TOO_MANY_REDIRECTS, host=plan.host)

    def _session(self, *, guarded: bool) -> aiohttp.ClientSession:
        session = self._guarded if guarded else self._open
        if session is None:
            factory = guarded_sockets(self._public) if guarded else None
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=factory, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Pictures do not shrink, and a compressed bomb need not be unpacked.
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=10),
                trust_env=False,
            )
            if guarded:
                self._guarded = session
            else:
                self._open = session
        return session


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What one fetch keeps to; `host` and `origin` are where it has come to."""

    cap_bytes: int
    silence_seconds: float | None
    trusted: Collection[Origin]
    headers: Mapping[Origin, Mapping[str, str]]
    resumable: Resumable
    host: str = ""
    origin: Origin | None = None

    def rest_of(self, file: PartFile) -> dict[str, str]:
        """Return the headers that ask for what the file still lacks."""
        if not file.bytes or not self.resumable.validator:
            return {}
        return {"Range": f"bytes={file.bytes}-", "If-Range": self.resumable.validator}


async def _save(response: aiohttp.ClientResponse, file: PartFile, plan: _Plan) -> None:
    status = response.status
    if status == 416 and file.bytes:
        # There is no rest: only its announced length was wrong.
        return
    if status == 206 and file.bytes and not _continues(response, file):
        file.restart()
        plan.resumable.validator = ""
        raise DownloadError(DownloadProblem.CUT, status, host=plan.host)
    if status not in (200, 206):
        wait = seconds_asked(response.headers, time.time())
        raise DownloadError(
            DownloadProblem.STATUS, status, host=plan.host, origin=plan.origin, retry_after=wait
        )
    if status == 200:
        if file.bytes:
            file.restart()
        plan.resumable.validator = _validator(response)
    if file.bytes + (response.content_length or 0) > plan.cap_bytes:
        raise DownloadError(DownloadProblem.TOO_LARGE, host=plan.host)
    try:
        while chunk := await next_chunk(response.content, plan.silence_seconds):
            await _write(chunk, file, plan)
    except aiohttp.ClientError:
        await _write(left_over(response.content), file, plan)
        raise
    await unpack(file, response.headers.get("Content-Encoding", ""), plan.cap_bytes)


async def unpack(file: PartFile, encoding: str, cap_bytes: int) -> None:
    """Undo a compression that nobody asked for; a picture is taken as it is, whatever is said."""
    if not file.bytes or picture_type(file.head) is not None:
        return

    def plain(path: Path) -> bytes:
        body = path.read_bytes()
        found = unpacked(body, encoding, cap_bytes=cap_bytes, plain=_is_plain)
        return b"" if found is body else found

    try:
        found = await asyncio.to_thread(plain, await file.flushed())
    except TooLargeError:
        raise DownloadError(DownloadProblem.TOO_LARGE) from None
    if found:
        file.restart()
        await file.write(found)


def _is_plain(body: bytes) -> bool:
    return picture_type(body[:HEAD_BYTES]) is not None or looks_like_text(body)


async def _write(chunk: bytes, file: PartFile, plan: _Plan) -> None:
    if file.bytes + len(chunk) > plan.cap_bytes:
        raise DownloadError(DownloadProblem.TOO_LARGE, host=plan.host)
    await file.write(chunk)


def _continues(response: aiohttp.ClientResponse, file: PartFile) -> bool:
    where = response.headers.get("Content-Range", "").strip().lower()
    return where.startswith(f"bytes {file.bytes}-")


def _validator(response: aiohttp.ClientResponse) -> str:
    if "bytes" not in response.headers.get("Accept-Ranges", "").lower():
        return ""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _read(address: str) -> URL:
    try:
        return web_address(address)
    except ValueError:
        raise DownloadError(DownloadProblem.BAD_ADDRESS) from None
