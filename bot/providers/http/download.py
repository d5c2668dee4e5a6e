"""Fetches what an address leads to, hop by hop, past the guard; knows no image API and no key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from enum import StrEnum
from urllib.parse import urljoin

import aiohttp
from yarl import URL

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
from bot.providers.http.part_file import PartFile
from bot.services.ports import forbid_transaction

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CHUNK_BYTES = 256 * 1024


class DownloadProblem(StrEnum):
    """Why nothing was fetched."""

    BAD_ADDRESS = "bad_address"
    FORBIDDEN = "forbidden_address"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    STATUS = "status"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"


class DownloadError(Exception):
    """Nothing was fetched; `status` is the HTTP status where one came."""

    def __init__(self, problem: DownloadProblem, status: int | None = None) -> None:
        super().__init__(problem, status)
        self.problem = problem
        self.status = status

    @property
    def scheduled_deletions(self) -> bool:
        """Whether another attempt may meet better conditions."""
        server = self.problem is DownloadProblem.STATUS and (self.status or 0) >= 500
        return server or self.problem is DownloadProblem.UNREACHABLE


class Downloads:
    """Fetches files over http(s); opened with the first one, closed by its owner."""

    def __init__(
        self, *, public: Callable[[str], bool] = is_public, force_close: bool = True
    ) -> None:
        self._public = public
        self._force_close = force_close
        self._guarded: aiohttp.ClientSession | None = None
        self._open: aiohttp.ClientSession | None = None

    async def fetch(
        self,
        address: str,
        file: PartFile,
        *,
        cap_bytes: int,
        timeout_seconds: float,
        trusted: Collection[Origin] = (),
    ) -> None:
        """Write what the address leads to into the file, without committing it.

        `trusted` origins may be private, as long as no other one came before. Raises DownloadError.
        """
        forbid_transaction("a download")
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._follow(address, file, cap_bytes, trusted)
        except aiohttp.ClientConnectorError as error:
            # One name may have led to several addresses, which are reported together.
            forbidden = isinstance(error.os_error, ForbiddenAddressError)
            if forbidden or NOT_PUBLIC in str(error.os_error):
                raise DownloadError(DownloadProblem.FORBIDDEN) from None
            raise DownloadError(DownloadProblem.UNREACHABLE) from None
        except aiohttp.InvalidURL:
            raise DownloadError(DownloadProblem.BAD_ADDRESS) from None
        except aiohttp.ClientError:
            raise DownloadError(DownloadProblem.UNREACHABLE) from None
        except TimeoutError:
            raise DownloadError(DownloadProblem.TIMEOUT) from None

    async def close(self) -> None:
        """Close the connections."""
        for session in (self._guarded, self._open):
            if session is not None:
                await session.close()
        self._guarded = self._open = None

    async def _follow(
        self, address: str, file: PartFile, cap_bytes: int, trusted: Collection[Origin]
    ) -> None:
        url = _read(address)
        at_home = True
        for _ in range(_MOST_REDIRECTS + 1):
            at_home = at_home and origin_of(url) in trusted
            if not at_home and not is_web_port(url):
                raise DownloadError(DownloadProblem.FORBIDDEN)
            session = self._session(guarded=not at_home)
            async with session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    await _save(response, file, cap_bytes)
                    return
                location = response.headers.get("Location", "")
                url = _read(urljoin(str(url), location))
        raise DownloadError(DownloadProblem.TOO_MANY_REDIRECTS)

    def _session(self, *, guarded: bool) -> aiohttp.ClientSession:
        session = self._guarded if guarded else self._open
        if session is None:
            factory = guarded_sockets(self._public) if guarded else None
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=factory, force_close=self._force_close, limit=0
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Pictures do not shrink, and a compressed bomb need not be unpacked.
                headers={"Accept-Encoding": "identity"},
                timeout=aiohttp.ClientTimeout(total=None, connect=10),
                trust_env=False,
            )
            if guarded:
                self._guarded = session
            else:
                self._open = session
        return session


async def _save(response: aiohttp.ClientResponse, file: PartFile, cap_bytes: int) -> None:
    if response.status != 200:
        raise DownloadError(DownloadProblem.STATUS, response.status)
    if (response.content_length or 0) > cap_bytes:
        raise DownloadError(DownloadProblem.TOO_LARGE)
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        if file.bytes + len(chunk) > cap_bytes:
            raise DownloadError(DownloadProblem.TOO_LARGE)
        await file.write(chunk)


def _read(address: str) -> URL:
    try:
        return web_address(address)
    except ValueError:
        raise DownloadError(DownloadProblem.BAD_ADDRESS) from None
