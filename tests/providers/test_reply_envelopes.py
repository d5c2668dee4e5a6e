"""Paid replies in a wrong envelope: compressed, cut or announced otherwise than they came."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable

import brotli  # pyright: ignore[reportMissingTypeStubs]
import pytest
from backports import zstd

from bot.domain.errors import ErrorClass, ProviderError
from bot.providers.http.transport import Timeouts
from bot.providers.replies.content_decoding import TooLargeError, unpacked
from bot.providers.service import HttpImageService
from bot.services.ports import CallRequest, ReplyItem
from tests.cases import every_case
from tests.providers.servers import bare_server

Open = Callable[..., HttpImageService]
Make = Callable[..., CallRequest]

ITEMS = (ReplyItem(url="https://cdn.example.org/a.png"),)
BODY = json.dumps({"data": [{"url": ITEMS[0].url}], "note": "ü" * 40}, ensure_ascii=False).encode()


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKED: dict[str, bytes] = {
    "plain": BODY,
    "gzip": gzip.compress(BODY),
    "two members": gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]),
    "gzip without its end": gzip.compress(BODY)[:-8],
    "twice": gzip.compress(gzip.compress(BODY)),
    "zlib": zlib.compress(BODY),
    "deflate": _raw_deflate(BODY),
    "br": brotli.compress(BODY),
    "br in gzip": gzip.compress(brotli.compress(BODY)),
    "zstd": zstd.compress(BODY),
}
SAID = ("", "identity", "gzip", "x-gzip", "deflate", "br", "zstd", "gzip, br", "nonsense")


@every_case(("form", "said"), [(form, said) for form in PACKED for said in SAID])
def test_every_compression_is_undone_whatever_the_header_says(form: str, said: str) -> None:
    assert unpacked(PACKED[form], said, cap_bytes=10_000) == BODY


def test_what_nothing_can_be_made_of_stays_as_it_came() -> None:
    for body in (b"", b"\xff\xfe\x00\x01" * 9, bytes(range(256)), gzip.compress(b"")):
        assert unpacked(body, "gzip", cap_bytes=10_000) in (body, b"")


@pytest.mark.parametrize("pack", [gzip.compress, brotli.compress, zstd.compress, zlib.compress])
def test_a_small_reply_cannot_fill_the_memory(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(TooLargeError):
        unpacked(pack(b" " * 3_000_000), "", cap_bytes=1_000_000)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _with(header: str, body: bytes) -> bytes:
    length = f"Content-Length: {len(body)}\r\n\r\n"
    return HEAD + f"Content-Encoding: {header}\r\n{length}".encode() + body


def _chunked(body: bytes, end: bytes) -> bytes:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    return head + f"{len(body):x}\r\n".encode() + body + end


ENVELOPES: dict[str, bytes] = {
    "gzip over plain": _with("gzip", BODY),
    "br over plain": _with("br", BODY),
    "zstd over plain": _with("zstd", BODY),
    "deflate over plain": _with("deflate", BODY),
    "unknown encoding": _with("x-secret", BODY),
    "br, not asked for": _with("br", PACKED["br"]),
    "zstd, not asked for": _with("zstd", PACKED["zstd"]),
    "gzip, not asked for": _with("gzip", PACKED["gzip"]),
    "gzip, not said": HEAD + b"\r\n" + PACKED["gzip"],
    "no length": HEAD + b"\r\n" + BODY,
    "length two too large": HEAD + f"Content-Length: {len(BODY) + 2}\r\n\r\n".encode() + BODY,
    "no final chunk": _chunked(BODY, b"\r\n"),
    "half of the final chunk": _chunked(BODY, b"\r\n0\r\n"),
    "chunk without its end": _chunked(BODY, b""),
    "packed, length too large": HEAD
    + f"Content-Encoding: gzip\r\nContent-Length: {len(PACKED['gzip']) + 9}\r\n\r\n".encode()
    + PACKED["gzip"],
}


@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=list(ENVELOPES))
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "in pieces"])
async def test_what_arrived_whole_is_a_reply(
    connect: Open, call_request: Make, envelope: bytes, at_once: bool
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        for start in range(0, len(envelope), len(envelope) if at_once else 40):
            writer.write(envelope[start : start + (len(envelope) if at_once else 40)])
            await writer.drain()

    async with bare_server(answer) as server:
        service = connect(server.url)
        sent = call_request()
        reply = await service.attempt(sent, _sent)
        assert len(server.received) == 1
    assert reply.items == ITEMS
    # After a crash it is read from the disk alike.
    assert await service.read(sent) == reply


@pytest.mark.parametrize("read_seconds", [30.0, 0.3])
async def test_a_connection_that_stays_open_after_the_reply_does_not_hold_it_up(
    connect: Open, call_request: Make, read_seconds: float
) -> None:
    done = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(ENVELOPES["length two too large"])
        await done.wait()

    after = 0.05 if read_seconds == 30.0 else 60.0
    timeouts = Timeouts(read=read_seconds, after_whole=after)
    async with bare_server(answer) as server:
        reply = await connect(server.url, timeouts=timeouts).attempt(call_request(), _sent)
        done.set()
    assert reply.items == ITEMS


@pytest.mark.parametrize(
    "body", [BODY[:-1], PACKED["gzip"][:40], b""], ids=["plain", "gzip", "nothing"]
)
async def test_half_a_reply_is_still_an_unknown_outcome(
    connect: Open, call_request: Make, body: bytes
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(HEAD + f"Content-Length: {len(BODY) + 400}\r\n\r\n".encode() + body)

    async with bare_server(answer) as server:
        with pytest.raises(ProviderError) as caught:
            await connect(server.url).attempt(call_request(), _sent)
        assert len(server.received) == 1
    assert caught.value.failure.error_class is ErrorClass.UNKNOWN_OUTCOME


async def _sent() -> None:
    """Stand in for the write-ahead mark."""
