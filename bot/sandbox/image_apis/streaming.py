"""Server-sent events of a streaming request, as in the transcript of the image API reference, 9."""

import json
import time

from aiohttp import web

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.refusal import JsonObject
from bot.sandbox.image_apis.openrouter.replies import usage_of
from bot.sandbox.image_apis.pictures.assets import CONTENT_TYPES
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


class OpenRouterStream(EventStream):
    """Previews, then each picture as a whole; only OpenAI's models stream there."""

    async def picture(self, index: int, delivery: Delivery) -> None:
        """Send a preview and the finished picture; a withheld one is an error."""
        if not delivery.delivered:
            await self.error()
            return
        preview = {"type": "image_generation.partial_image", "partial_image_index": 0}
        await self._response.write(_data({**preview, **delivery.fields()}))
        finished: JsonObject = {
            "type": "image_generation.completed",
            "created": int(time.time()),
            "media_type": CONTENT_TYPES[self._order.output_format],
            "usage": usage_of(self._order, [delivery.size]),
        }
        await self._response.write(_data({**finished, **delivery.fields()}))

    async def error(self) -> None:
        """Send the error event."""
        error = {"code": "server_error", "message": "The service encountered an error."}
        await self._response.write(_data({"type": "error", "error": error}))

    async def close(self, *, completed: bool) -> None:
        """End the stream."""
        await self._response.write(b"data: [DONE]\n\n")
        await self._response.write_eof()


def stream_of(order: CheckedRequest) -> EventStream:
    """Give the stream in the form of an order's API."""
    kind = OpenRouterStream if order.source is Source.OPENROUTER else EventStream
    return kind(order)


def _data(value: JsonObject) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()
