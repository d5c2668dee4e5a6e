"""The upstream calls of one request without Discord: side by side, fetched, and saved."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.cli.generate.saving import OutputFolder
from bot.domain.errors import ErrorClass, Failure, PictureError, ProviderError
from bot.domain.job import new_job_id
from bot.pictures.pool import Pictures
from bot.services.jobs.result_picture import collect_result
from bot.services.jobs.upstream_call import call
from bot.services.ports import CallRequest, ImageService, ReplyItem
from bot.ui import terminal

log = logging.getLogger(__name__)

# Files have no limit; marks take a little.
_ROOM_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A picture on the disk."""

    path: Path
    mime: str
    width: int
    height: int
    bytes: int

    def to_dict(self) -> dict[str, str | int]:
        """Return the JSON form."""
        return {
            "path": str(self.path),
            "mime": self.mime,
            "width": self.width,
            "height": self.height,
            "bytes": self.bytes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A picture that did not come, or a call without any: its class, the service's code."""

    kind: str
    code: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"code": self.code, "message": self.message}


class Calls:
    """Makes the calls of one request; `ended` hears how many pictures each one was about."""

    def __init__(
        self,
        service: ImageService,
        pictures: Pictures,
        output: OutputFolder,
        ended: Callable[[int], None],
    ) -> None:
        self._service = service
        self._slots = asyncio.Semaphore(service.slots)
        self._pictures = pictures
        self._output = output
        self._ended = ended

    async def make(self, orders: Sequence[CallRequest]) -> list[Saved | Missing]:
        """Return what became of every picture, in order."""
        firsts = [
            sum(call_request.images for call_request in orders[:seq]) for seq in range(len(orders))
        ]
        results = await asyncio.gather(*map(self._make, orders, firsts))
        return [item for result in results for item in result]

    async def _make(self, call_request: CallRequest, first: int) -> list[Saved | Missing]:
        try:
            async with self._slots:
                reply = await call(self._service, call_request, _Forgetful())
        except ProviderError as error:
            return [_missing(error.failure)]
        finally:
            self._ended(call_request.images)
        return await asyncio.gather(
            *(
                self._collect(item, first + index, call_request.reply.with_suffix(f".{index}"))
                for index, item in enumerate(reply.items)
            )
        )

    async def _collect(self, item: ReplyItem, position: int, target: Path) -> Saved | Missing:
        try:
            if item.failure is not None:
                return _missing(item.failure)
            facts = await collect_result(self._service, self._pictures, item, target)
            kept = await self._marked(target, facts.bytes)
            path = await asyncio.to_thread(self._output.save, kept, facts.mime, position)
        except ProviderError as error:
            return _missing(error.failure)
        except PictureError as error:
            return _missing(Failure(error_class=ErrorClass.BAD_RESPONSE, code=error.problem))
        except OSError as error:
            # The others may still find room, and what was paid is worth keeping.
            message = terminal.not_saved(terminal.reason(error))
            return Missing(kind="output", code="not_saved", message=message)
        return Saved(
            path=path,
            mime=facts.mime,
            width=facts.width,
            height=facts.height,
            bytes=kept.stat().st_size,
        )

    async def _marked(self, picture: Path, size: int) -> Path:
        """Return a file with the marks that the picture lacks, as results on Discord have them."""
        marked = picture.with_suffix(f"{picture.suffix}.marked")
        try:
            made = await self._pictures.mark(
                picture, marked, limit_bytes=size + _ROOM_BYTES, content_id=new_job_id()
            )
        except PictureError as error:
            log.warning("a picture is saved as it came: %s", error)
            made = None
        return marked if made else picture


def _missing(failure: Failure) -> Missing:
    kind = failure.error_class.value
    return Missing(kind=kind, code=failure.code or kind, message=terminal.failure(failure))


class _Forgetful:
    """A journal for calls that nobody will look for after a crash."""

    async def sending(self, try_number: int) -> None:
        """Let every call leave."""

    async def repeating(self, try_number: int, failure: Failure) -> None:
        """Let every repetition pass."""

    async def call_request(self, call_request: CallRequest, try_number: int) -> CallRequest:
        """Keep each try's reply apart."""
        return replace(call_request, reply=call_request.reply.with_suffix(f".try{try_number}"))
