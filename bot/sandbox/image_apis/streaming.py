"""Server-sent events of a streaming request, as in the transcript of the image API reference, 9."""

import json
import time

from aiohttp import web

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest
from bot.sandbox.image_apis.apis.refusal import JsonObject
from bot.sandbox.image_apis.replies import WITHHELD, Delivery, image_usage


class EventStream:
    """Writes one stream; the caller decides when each picture is ready."""

    def __init__(self, order: CheckedRequest) -> None:
        self._order = order
        self._response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        self._sent: list[Delivery] = []

    @property
    def response(self) -> web.StreamResponse:
        """Give the response that the handler returns."""
        return self._response

    async def open(self, request: web.Request) -> None:
        """Send the headers."""
        await self._response.prepare(request)

    async def picture(self, index: int, delivery: Delivery) -> None:
        """Send one finished or withheld picture; a comment keeps the line alive in between."""
        if self._sent:
            await self._response.write(b": keep-alive\n\n")
        self._sent.append(delivery)
        if delivery.delivered:
            width, height = delivery.size
            fields = {**delivery.fields(), "size": f"{width}x{height}"}
            await self._event("partial_succeeded", {"image_index": index, **fields})
        else:
            await self._event("partial_failed", {"image_index": index, "error": WITHHELD})

    async def error(self) -> None:
        """Send a bare error, after which no further picture comes."""
        error = {"code": "InternalServiceError", "message": "The service encountered an error."}
        await self._response.write(_data({"error": error}))

    async def close(self, *, completed: bool) -> None:
        """End the stream, with the summary where the work was completed."""
        if completed:
            await self._event("completed", {"usage": image_usage(self._sent)})
        await self._response.write(b"data: [DONE]\n\n")
        await self._response.write_eof()

    async def _event(self, name: str, fields: JsonObject) -> None:
        kind = f"image_generation.{name}"
        data = {"type": kind, "model": self._order.model, "created": int(time.time()), **fields}
        await self._response.write(f"event: {kind}\n".encode() + _data(data))


def _data(value: JsonObject) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()
