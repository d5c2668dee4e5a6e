"""Fetches a finished picture: it is paid, so what stands in the way for a moment is waited for.

A download costs nothing, so it is repeated where a call never is. How often and how long is
bounded; a try that brought more bytes than all before does not count.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.file_types import RESULT_TYPES, picture_type
from bot.providers.http.address_guard import Origin, origin_of, web_address
from bot.providers.http.download import DownloadError, DownloadProblem, Downloads, Resumable
from bot.providers.http.part_file import PartFile

RESULT_CAP_BYTES = 60_000_000
# A slow delivery is waited for as long as something comes.
SILENCE_SECONDS = 60.0
LONGEST_SECONDS = 900.0
ATTEMPTS = 5
MOST_ATTEMPTS = 20
FIRST_WAIT_SECONDS = 0.2
# All the waits between the tries together, also those that a server asks for.
MOST_WAITING_SECONDS = 120.0

_REFUSED_WITHOUT_KEY = (401, 403)


class ResultDownloads:
    """The downloads of one provider: whom it trusts, and what it sends to its own address."""

    def __init__(
        self,
        downloads: Downloads,
        *,
        trusted: Collection[Origin],
        home: Origin,
        headers: Mapping[str, str],
        authorization: str | None,
        pause: Callable[[float], Awaitable[None]],
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._downloads = downloads
        self._trusted = trusted
        self._home = home
        self._headers = headers
        self._authorization = authorization
        self._pause = pause
        self._silence_seconds = silence_seconds

    async def fetch(self, url: str, file: PartFile) -> None:
        """Bring a picture into the file, uncommitted; raises ProviderError with the reason."""
        headers = dict(self._headers)
        resumable = Resumable()
        attempts = waited = most_bytes = 0.0
        for number in range(1, MOST_ATTEMPTS + 1):
            before = file.bytes
            try:
                await self._downloads.fetch(
                    url,
                    file,
                    cap_bytes=RESULT_CAP_BYTES,
                    timeout_seconds=LONGEST_SECONDS,
                    silence_seconds=self._silence_seconds,
                    trusted=self._trusted,
                    headers={self._home: headers},
                    resumable=resumable,
                )
            except DownloadError as error:
                if self._authorization is not None and self._wants_key(url, error, headers):
                    headers["Authorization"] = self._authorization
                    continue
                if error.problem is DownloadProblem.CUT and 0 < file.bytes == before:
                    # It ends there each time: its length was announced wrongly.
                    return
                if file.bytes > most_bytes:
                    most_bytes, attempts = file.bytes, 0
                attempts += 1
                wait = FIRST_WAIT_SECONDS * 2 ** (attempts - 1)
                wait = wait if error.retry_after is None else error.retry_after
                wait = min(wait, MOST_WAITING_SECONDS - waited)
                last = attempts >= ATTEMPTS or number == MOST_ATTEMPTS or wait < 0
                if last or not error.is_temporary:
                    raise ProviderError(_failure(error)) from None
            else:
                # A page in the place of the picture may be gone in a moment.
                attempts += 1
                wait = FIRST_WAIT_SECONDS
                if attempts > 1 or picture_type(file.head) in RESULT_TYPES:
                    return
                file.restart()
            waited += wait
            await self._pause(wait)

    def _wants_key(self, url: str, error: DownloadError, headers: Mapping[str, str]) -> bool:
        """Whether the provider itself asks for its key: some serve their files like an answer."""
        return (
            error.status in _REFUSED_WITHOUT_KEY
            and "Authorization" not in headers
            and origin_of(web_address(url)) == error.origin == self._home
        )


def lost_result(
    kind: ErrorClass, code: str, status: int | None = None, message: str = ""
) -> Failure:
    """Return why a picture of a reply is lost."""
    return Failure(error_class=kind, code=code, http_status=status, message=message)


def _failure(error: DownloadError) -> Failure:
    kind = ErrorClass.NO_IMAGE
    if error.problem in (DownloadProblem.BAD_ADDRESS, DownloadProblem.TOO_LARGE):
        kind = ErrorClass.BAD_RESPONSE
    said = " ".join(filter(None, (error.host, str(error.status or ""))))
    return lost_result(kind, f"result_{error.problem}", error.status, said)
