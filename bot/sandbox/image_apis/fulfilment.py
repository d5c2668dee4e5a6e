"""Making and answering one order that passed all checks, or failing it as a fault wants."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size, Source
from bot.sandbox.image_apis.apis.references import References
from bot.sandbox.image_apis.apis.sizes import adaptive_size
from bot.sandbox.image_apis.faults import (
    ASSETS,
    PROXY_PAGES,
    REFUSALS,
    REPLIES,
    refusal_of,
    wants_huge,
)
from bot.sandbox.image_apis.journal import Entry
from bot.sandbox.image_apis.pictures.drawing import draw
from bot.sandbox.image_apis.replies import (
    Delivery,
    json_response,
    reply_to,
    spoilt,
)
from bot.sandbox.image_apis.state import State
from bot.sandbox.image_apis.streaming import stream_of

_GARBAGE = b"These bytes are not a picture.\n" * 40


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """One order on its way to an answer."""

    request: web.Request
    state: State
    entry: Entry
    order: CheckedRequest
    references: References

    async def serve(self) -> web.StreamResponse:
        """Pass faults, gate and delay, then answer; raises the Refusal that a fault stands for."""
        faults = self.state.faults.take(self.order)
        await self.state.pass_gate()
        slow = self.state.slow_seconds if "slow" in faults else 0.0
        await self.state.pause(slow if self._streams(faults) else slow + self.state.delay_seconds)
        for fault in faults:
            if fault in PROXY_PAGES:
                return self._proxy_page(int(fault))
            if fault in REFUSALS:
                raise refusal_of(fault, self.order)
        if "hang" in faults:
            await self.state.closing.wait()
        if "hang" in faults or "reset" in faults:
            return self._abort()
        if self._streams(faults):
            return await self._stream(faults)
        return await self._reply(faults)

    def _streams(self, faults: tuple[str, ...]) -> bool:
        """A JSON body may answer a streaming request (9); spoilt replies always do."""
        plain = ("stream-json", "half", *REPLIES)
        return self.order.stream and not any(fault in plain for fault in faults)

    async def _reply(self, faults: tuple[str, ...]) -> web.StreamResponse:
        count = self._count(faults)
        deliveries = [await self._deliver(index, count, faults) for index in range(count)]
        reply = reply_to(self.order, deliveries)
        response = json_response(reply)
        for fault in faults:
            if fault in REPLIES:
                response = spoilt(fault, self.order, await self._draw(0), reply)
        if "half" in faults:
            return await self._half(response)
        self.entry.add(status=200)
        return response

    async def _stream(self, faults: tuple[str, ...]) -> web.StreamResponse:
        stream = stream_of(self.order)
        await stream.open(self.request)
        count = self._count(faults)
        for index in range(count):
            await self.state.pause(self.state.delay_seconds)
            await stream.picture(index, await self._deliver(index, count, faults))
            if "stream-break" in faults:
                return self._abort(stream.response)
            if "stream-error" in faults:
                await stream.error()
                break
        await stream.close(completed="stream-error" not in faults)
        self.entry.add(status=200)
        return stream.response

    def _count(self, faults: tuple[str, ...]) -> int:
        """Give how many pictures to make; a service may stop short of what was asked."""
        return max(1, self.order.count - 1) if "fewer" in faults else self.order.count

    async def _deliver(self, index: int, count: int, faults: tuple[str, ...]) -> Delivery:
        if "partial" in faults and index == min(1, count - 1):
            return Delivery(size=self._size())
        garbage = "not-a-picture" in faults
        content = _GARBAGE if garbage else await self._draw(index)
        if self.order.base64_reply:
            return Delivery(size=self._size(), content=content)
        asset_fault = next((fault for fault in faults if fault in ASSETS), None)
        path = self.state.assets.add(content, self.order.output_format, asset_fault)
        # As SGLang does it, a server at home names its own files without itself.
        origin = "" if self.order.source is Source.HOME else self.request.url.origin()
        return Delivery(size=self._size(), url=f"{origin}{path}")

    async def _draw(self, index: int) -> bytes:
        async with self.state.drawing:
            return await asyncio.to_thread(
                draw,
                self.order,
                index,
                self._size(),
                self.references,
                huge=wants_huge(self.order.prompt),
            )

    def _size(self) -> Size:
        if self.order.size is not None:
            return self.order.size
        first = self.references.first
        return adaptive_size(first.size if first else None)

    def _proxy_page(self, status: int) -> web.Response:
        self.entry.add(status=status)
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return web.Response(status=status, text=page, content_type="text/html")

    async def _half(self, response: web.Response) -> web.StreamResponse:
        body = response.body
        content = bytes(body) if isinstance(body, bytes | bytearray) else b""
        half = web.StreamResponse(headers={"Content-Type": response.content_type})
        half.content_length = len(content)
        await half.prepare(self.request)
        await half.write(content[: len(content) // 2])
        if self.request.transport is not None:
            self.request.transport.close()
        self.entry.add(status=499)
        return half

    def _abort(self, response: web.StreamResponse | None = None) -> web.StreamResponse:
        """Drop the connection without another byte."""
        if self.request.transport is not None:
            self.request.transport.abort()
        self.entry.add(status=499)
        return response or web.Response()
