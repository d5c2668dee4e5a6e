"""The POST: sent once, kept whole, and failures told apart by what they may have cost."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.dialects.dialect import HttpCall
from bot.providers.http.request_body import RequestBody
from bot.providers.http.transport import Timeouts, Transport
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.spooled import read_answer
from bot.services.ports import transaction_open
from tests.providers.servers import KEY, bare_server, names, site

CALL = HttpCall(path="/images/generations", body={})
JSON = b'{"prompt": "a fox"}'

Streams = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
Open = Callable[..., Transport]


@pytest.fixture
async def connect() -> AsyncIterator[Open]:
    opened: list[Transport] = []

    def make(url: str, **timeouts: float) -> Transport:
        values = {"connect": 2.0, "write": 2.0, "read": 2.0, "between_events": 2.0, **timeouts}
        opened.append(Transport(url, SecretStr(KEY), timeouts=Timeouts(**values)))
        return opened[-1]

    yield make
    for transport in opened:
        await transport.close()


async def post(
    transport: Transport,
    reply: Path,
    *,
    body: bytes = JSON,
    cap_bytes: int = 10_000,
    stream: bool = False,
) -> Answer:
    return await transport.post(
        CALL,
        RequestBody(content=body),
        reply,
        read_seconds=99.0,
        cap_bytes=cap_bytes,
        stream=stream,
    )


async def failure(transport: Transport, reply: Path, **values: object) -> Failure:
    with pytest.raises(ProviderError) as caught:
        await post(transport, reply, **values)  # pyright: ignore[reportArgumentType]
    assert names(reply.parent) == []
    assert KEY not in repr(caught.value)
    assert KEY not in repr(caught.value.failure)
    assert caught.value.__cause__ is None
    return caught.value.failure


def says(text: bytes) -> Streams:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(text)
        await writer.drain()

    return answer


async def resets(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
    writer.transport.abort()


async def test_headers_and_body_are_those_of_section_1(connect: Open, tmp_path: Path) -> None:
    async with site(lambda _: _json({"data": []})) as server:
        answer = await post(connect(f"{server.url}/base/v1/"), tmp_path / "r")
        (request,) = server.requests
        assert request.path == "/base/v1/images/generations"
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["Accept"] == "application/json"
        assert request.headers["Content-Length"] == str(len(JSON))
        assert "Transfer-Encoding" not in request.headers
    assert json.loads(answer.body) == {"data": []}


async def _json(value: object) -> web.Response:
    return web.json_response(value)


async def test_a_large_body_arrives_whole(connect: Open, tmp_path: Path) -> None:
    body = bytes(range(256)) * 40_000

    async def echo(request: web.Request) -> web.Response:
        return web.json_response(await request.read() == body)

    async with site(echo) as server:
        answer = await post(connect(server.url), tmp_path / "r", body=body)
    assert answer.body == b"true"


async def test_the_answer_is_kept_with_what_its_parsing_needs(
    connect: Open, tmp_path: Path
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        headers = {"Retry-After": "7", "X-Request-Id": "r-1", "Set-Cookie": "a=b"}
        return web.Response(status=429, text="line\nline", headers=headers)

    async with site(refuse) as server:
        transport = connect(server.url)
        answer = await post(transport, tmp_path / "r")
        await post(transport, tmp_path / "r2")
        assert all("Cookie" not in request.headers for request in server.requests)
    assert answer == read_answer(tmp_path / "r")
    assert (answer.status, answer.body) == (429, b"line\nline")
    assert answer.headers == {
        "retry-after": "7",
        "x-request-id": "r-1",
        "content-type": "text/plain; charset=utf-8",
    }
    assert names(tmp_path) == ["r", "r2"]


async def test_a_refused_connection_was_never_sent(connect: Open, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = await failure(connect(f"http://127.0.0.1:{port}"), tmp_path / "r")
    assert (found.error_class, found.sent) == (ErrorClass.UNREACHABLE, False)


async def test_a_name_that_leads_nowhere_was_never_sent(connect: Open, tmp_path: Path) -> None:
    found = await failure(connect("http://no-such-host.invalid"), tmp_path / "r")
    assert (found.error_class, found.sent) == (ErrorClass.UNREACHABLE, False)


async def test_a_failed_tls_handshake_was_never_sent(connect: Open, tmp_path: Path) -> None:
    async with site(lambda _: _json({})) as server:
        secure = server.url.replace("http:", "https:")
        found = await failure(connect(secure), tmp_path / "r")
        assert server.requests == []
    assert (found.error_class, found.sent) == (ErrorClass.UNREACHABLE, False)


async def test_a_connection_that_takes_too_long_was_never_sent(
    connect: Open, tmp_path: Path
) -> None:
    with socket.socket() as deaf:
        # A full backlog: the system answers no further handshake.
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        transport = connect(f"http://127.0.0.1:{port}", connect=0.1)
        found = await failure(transport, tmp_path / "r")
        for filler in fillers:
            filler.close()
    assert (found.error_class, found.sent) == (ErrorClass.UNREACHABLE, False)


async def test_a_body_cut_off_on_its_way_was_never_sent(connect: Open, tmp_path: Path) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    found = await failure(connect(url), tmp_path / "r", body=b"x" * 20_000_000)
    server.close()
    await server.wait_closed()
    assert (found.error_class, found.code, found.sent) == (
        ErrorClass.UNREACHABLE,
        "lost",
        False,
    )


async def test_a_body_that_nobody_reads_was_never_sent(connect: Open, tmp_path: Path) -> None:
    done = asyncio.Event()

    async def ignore(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(ignore, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    transport = connect(url, connect=0.1, write=0.1)
    found = await failure(transport, tmp_path / "r", body=b"x" * 30_000_000)
    done.set()
    server.close()
    await server.wait_closed()
    assert (found.error_class, found.sent) == (ErrorClass.UNREACHABLE, False)


HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"


@pytest.mark.parametrize("answer", [resets, says(b""), says(HALF), says(b"garbage\r\n\r\n")])
async def test_what_breaks_after_sending_is_unknown_and_sent_once(
    connect: Open, tmp_path: Path, answer: Streams
) -> None:
    async with bare_server(answer) as server:
        found = await failure(connect(server.url), tmp_path / "r")
        assert len(server.received) == 1
    assert (found.error_class, found.sent) == (ErrorClass.UNKNOWN_OUTCOME, True)


@pytest.mark.parametrize("beginning", [b"", HALF])
async def test_a_reply_that_takes_too_long_is_unknown_and_sent_once(
    connect: Open, tmp_path: Path, beginning: bytes
) -> None:
    done = asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(beginning)
        await done.wait()

    async with bare_server(hang) as server:
        found = await failure(connect(server.url, read=0.1), tmp_path / "r")
        assert len(server.received) == 1
        done.set()
    assert (found.error_class, found.code) == (ErrorClass.UNKNOWN_OUTCOME, "timeout")


async def test_the_status_of_a_refusal_counts_also_without_its_body(
    connect: Open, tmp_path: Path
) -> None:
    head = HALF.replace(b"200 OK", b"400 Bad Request")
    async with bare_server(says(head)) as server:
        assert (await post(connect(server.url), tmp_path / "r")).status == 400


async def test_a_refusal_before_the_body_was_read_is_heard(connect: Open, tmp_path: Path) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"error": {"code": "AuthenticationError"}}, status=401)

    async with site(refuse) as server:
        answer = await post(connect(server.url), tmp_path / "r", body=b"x" * 20_000_000)
        assert len(server.requests) == 1
    assert answer.status == 401


async def test_redirects_are_not_followed(connect: Open, tmp_path: Path) -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with site(elsewhere) as server:
        assert (await post(connect(server.url), tmp_path / "r")).status == 307
        assert len(server.requests) == 1


async def test_a_reply_above_the_cap_is_refused(connect: Open, tmp_path: Path) -> None:
    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 10_001)

    async with site(large) as server:
        found = await failure(connect(server.url), tmp_path / "r")
    assert (found.error_class, found.code) == (ErrorClass.BAD_RESPONSE, "reply_too_large")


async def test_nothing_is_sent_when_the_reply_cannot_be_kept(connect: Open, tmp_path: Path) -> None:
    async with site(lambda _: _json({})) as server:
        with pytest.raises(ProviderError) as caught:
            await post(connect(server.url), tmp_path / "nowhere" / "r")
        assert server.requests == []
    failure = caught.value.failure
    assert (failure.error_class, failure.code) == (ErrorClass.UNREACHABLE, "spool_failed")
    assert not failure.sent


EVENT = b'data: {"url": "https://a.example/0"}\n\n'
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


async def test_a_stream_that_breaks_after_an_event_is_kept(connect: Open, tmp_path: Path) -> None:
    async def break_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(STREAM_HEAD + b"\r\n" + EVENT)
        # More than all buffers on the way hold: then the event has surely been read.
        for _number in range(320):
            writer.write(b":" + b"-" * 65_534 + b"\n")
            await writer.drain()
        writer.transport.abort()

    async with bare_server(break_off) as server:
        transport = connect(server.url)
        answer = await post(transport, tmp_path / "r", stream=True, cap_bytes=64_000_000)
        assert len(server.received) == 1
    assert answer.body.startswith(EVENT)
    assert read_answer(tmp_path / "r") == answer


async def test_a_stream_that_falls_silent_after_an_event_is_kept(
    connect: Open, tmp_path: Path
) -> None:
    done = asyncio.Event()

    async def stall(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(STREAM_HEAD + b"\r\n" + EVENT)
        await done.wait()

    async with bare_server(stall) as server:
        transport = connect(server.url, read=30.0, between_events=0.05)
        answer = await post(transport, tmp_path / "r", stream=True)
        done.set()
    assert answer.body == EVENT
    assert read_answer(tmp_path / "r") == answer


async def test_comments_do_not_keep_a_stream_alive(connect: Open, tmp_path: Path) -> None:
    async def chatter(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(STREAM_HEAD + b"\r\n" + EVENT)
        while not writer.is_closing():
            writer.write(b": keep-alive\n\n")
            await writer.drain()
            await asyncio.sleep(0.005)

    async with bare_server(chatter) as server:
        transport = connect(server.url, read=30.0, between_events=0.05)
        answer = await post(transport, tmp_path / "r", stream=True, cap_bytes=10_000_000)
    assert answer.body.startswith(EVENT)


async def test_a_stream_may_take_its_time_before_the_first_event_only(
    connect: Open, tmp_path: Path
) -> None:
    done = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(STREAM_HEAD + b"\r\n: hello\n\n")
        await done.wait()

    async with bare_server(silent) as server:
        transport = connect(server.url, read=0.1, between_events=0.01)
        found = await failure(transport, tmp_path / "r", stream=True)
        done.set()
    assert found.error_class is ErrorClass.UNKNOWN_OUTCOME


async def test_a_call_cancelled_from_outside_leaves_nothing_half(
    connect: Open, tmp_path: Path
) -> None:
    arrived = asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(HALF)
        arrived.set()
        await asyncio.sleep(10)

    async with bare_server(hang) as server:
        call = asyncio.create_task(post(connect(server.url), tmp_path / "r"))
        await arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert names(tmp_path) == []


async def test_the_key_is_in_no_log_and_no_repr(
    connect: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with bare_server(resets) as server:
        transport = connect(server.url)
        await failure(transport, tmp_path / "r")
    assert KEY not in repr(transport)
    assert KEY not in str(vars(transport))
    assert KEY not in caplog.text


async def test_nothing_is_sent_inside_a_transaction(connect: Open, tmp_path: Path) -> None:
    token = transaction_open.set(True)
    try:
        with pytest.raises(RuntimeError, match="transaction"):
            await post(connect("http://127.0.0.1:9"), tmp_path / "r")
    finally:
        transaction_open.reset(token)
