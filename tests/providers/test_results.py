"""Pictures of a reply: downloaded without the key, or decoded, and looked at before they count."""

from __future__ import annotations

import asyncio
import base64
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli  # pyright: ignore[reportMissingTypeStubs]
import pytest
from aiohttp import web
from backports import zstd
from pydantic import SecretStr

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.http.address_guard import origin_of
from bot.providers.http.download import Downloads
from bot.providers.http.part_file import part_file
from bot.providers.http.result_download import ATTEMPTS, MOST_WAITING_SECONDS
from bot.providers.service import HttpImageService
from bot.services.ports import ReplyItem
from tests.providers.servers import JPEG, PNG, names, site

Open = Callable[..., HttpImageService]


async def lost(service: HttpImageService, item: ReplyItem, target: Path) -> Failure:
    before = names(target.parent)
    with pytest.raises(ProviderError) as caught:
        await service.collect(item, target)
    assert names(target.parent) == before
    return caught.value.failure


async def test_a_result_is_fetched_with_its_exact_query_and_without_the_key(
    connect: Open, tmp_path: Path
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=JPEG, content_type="text/plain")

    async with site(answer) as server:
        query = "/a%20b.jpeg?X-Sig=a%2Fb%3D&e=1+2"
        await connect(server.url).collect(ReplyItem(url=server.url + query), tmp_path / "p")
        (request,) = server.requests
    assert request.raw_path == query
    assert "Authorization" not in request.headers
    assert (tmp_path / "p").read_bytes() == JPEG


async def test_a_result_is_asked_for_again_and_not_for_ever(connect: Open, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/refused":
            return web.Response(status=410)
        return web.Response(status=500)

    async with site(answer) as server:
        service = connect(server.url)
        down = await lost(service, ReplyItem(url=server.url + "/down"), tmp_path / "q")
        assert (down.error_class, down.code, down.http_status, down.message) == (
            ErrorClass.NO_IMAGE,
            "result_status",
            500,
            "127.0.0.1 500",
        )
        assert len(server.requests) == ATTEMPTS
        refused = await lost(service, ReplyItem(url=server.url + "/refused"), tmp_path / "q")
        assert refused.http_status == 410
        assert len(server.requests) == ATTEMPTS + 1


@pytest.mark.parametrize("status", [403, 404, 408, 425, 429, 500, 502, 503, 504])
async def test_what_hinders_a_download_for_a_moment_is_waited_for(
    connect: Open, tmp_path: Path, status: int
) -> None:
    waits: list[float] = []
    hindered = 2

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal hindered
        hindered -= 1
        if hindered >= 0:
            wait = {"Retry-After": "7"} if status == 429 else {}
            return web.Response(status=status, headers=wait)
        return web.Response(body=PNG)

    async with site(answer, "127.0.0.1") as server:
        service = connect("http://127.0.0.1:9", result_origins=[server.url], pause=pause)
        await service.collect(ReplyItem(url=server.url + "/a"), tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == PNG
    assert waits == ([7.0, 7.0] if status == 429 else [0.2, 0.4])


async def test_a_server_that_asks_for_an_hour_is_not_waited_for_so_long(
    connect: Open, tmp_path: Path
) -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "3600"})

    async with site(answer) as server:
        service = connect(server.url, pause=pause)
        assert (await lost(service, ReplyItem(url=server.url), tmp_path / "p")).http_status == 429
    assert sum(waits) <= MOST_WAITING_SECONDS


async def test_a_page_in_the_place_of_a_picture_is_asked_for_once_more(
    connect: Open, tmp_path: Path
) -> None:
    pages = [b"<html>one moment</html>"]

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=pages.pop() if pages else PNG)

    async with site(answer) as server:
        await connect(server.url).collect(ReplyItem(url=server.url), tmp_path / "p")
        assert len(server.requests) == 2
    assert (tmp_path / "p").read_bytes() == PNG


@pytest.mark.parametrize("offered", [True, False])
async def test_a_cut_download_goes_on_where_it_was_cut_if_the_server_can(
    connect: Open, tmp_path: Path, offered: bool
) -> None:
    whole = PNG + bytes(100_000)
    ranges: list[str | None] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range")
        ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and offered else 0
        response = web.StreamResponse(status=206 if start else 200)
        if offered:
            response.headers.update({"Accept-Ranges": "bytes", "ETag": '"one"'})
        if start:
            assert request.headers["If-Range"] == '"one"'
            response.headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        # Neither a length nor a last chunk: only the connection tells that something is missing.
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(whole[start : start + 50_000] if len(ranges) == 1 else whole[start:])
        if len(ranges) == 1:
            assert request.transport is not None
            request.transport.close()
        return response

    async with site(answer) as server:
        await connect(server.url).collect(ReplyItem(url=server.url), tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == whole
    assert len(ranges) == 2
    assert (ranges[1] is not None) is offered


async def test_a_length_two_too_large_does_not_lose_the_picture(
    connect: Open, tmp_path: Path
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(PNG) + 2
        await response.prepare(request)
        await response.write(PNG)
        assert request.transport is not None
        request.transport.close()
        return response

    async with site(answer) as server:
        await connect(server.url).collect(ReplyItem(url=server.url), tmp_path / "p")
        assert len(server.requests) == 2
    assert (tmp_path / "p").read_bytes() == PNG


async def test_only_silence_ends_a_slow_delivery(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for start in range(0, len(PNG), 103):
            await response.write(PNG[start : start + 103])
            await asyncio.sleep(0.1)
        return response

    downloads = Downloads()
    async with site(answer) as server, part_file(tmp_path / "p") as file:
        await downloads.fetch(
            server.url,
            file,
            cap_bytes=10_000,
            timeout_seconds=60,
            silence_seconds=1.0,
            trusted={origin_of(server.url)},
        )
        await file.commit()
    await downloads.close()
    assert (tmp_path / "p").read_bytes() == PNG


@pytest.mark.parametrize("said", ["gzip", "br", "zstd", "deflate"])
async def test_the_bytes_of_a_picture_count_and_not_what_is_said_of_them(
    connect: Open, tmp_path: Path, said: str
) -> None:
    packed = {"gzip": gzip.compress(PNG), "br": brotli.compress(PNG), "deflate": zlib.compress(PNG)}
    bodies = [PNG, packed.get(said, zstd.compress(PNG))]

    async def answer(request: web.Request) -> web.StreamResponse:
        body = bodies[int(request.path[1:])]
        return web.Response(body=body, headers={"Content-Encoding": said})

    async with site(answer) as server:
        for number in range(2):
            target = tmp_path / f"p{number}"
            await connect(server.url).collect(ReplyItem(url=f"{server.url}/{number}"), target)
            assert target.read_bytes() == PNG


async def test_the_key_and_the_headers_go_to_the_providers_own_origin_only(
    connect: Open, tmp_path: Path
) -> None:
    headers = {"X-Gate": SecretStr("s3cret")}

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/away":
            raise web.HTTPFound(other.url + "/b")
        if request.path == "/guarded" and "Authorization" not in request.headers:
            return web.Response(status=401)
        return web.Response(body=PNG)

    async with site(answer) as home, site(answer) as other:
        service = connect(home.url, headers=headers, result_origins=[other.url])
        for number, url in enumerate(
            (home.url + "/a", home.url + "/guarded", other.url + "/a", home.url + "/away")
        ):
            await service.collect(ReplyItem(url=url), tmp_path / f"p{number}")
        refused = await lost(service, ReplyItem(url=other.url + "/guarded"), tmp_path / "q")
        assert (refused.code, refused.http_status) == ("result_status", 401)
        for request in home.requests:
            assert request.headers["X-Gate"] == "s3cret"
        assert [r.path for r in home.requests if "Authorization" in r.headers] == ["/guarded"]
        for request in other.requests:
            assert "X-Gate" not in request.headers
            assert "Authorization" not in request.headers


async def test_no_redirect_carries_the_key_or_the_headers_off_that_origin(
    connect: Open, tmp_path: Path
) -> None:
    """Also not where the other origin is trusted, leads back, or asks for a key itself."""

    async def at_home(request: web.Request) -> web.StreamResponse:
        if request.path == "/asks" and "Authorization" not in request.headers:
            return web.Response(status=401)
        if request.path in ("/asks", "/away"):
            raise web.HTTPFound(other.url + "/file")
        if request.path == "/there-and-back":
            raise web.HTTPFound(other.url + "/back")
        if request.path == "/refused":
            raise web.HTTPFound(other.url + "/refused")
        return web.Response(body=PNG)

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        if request.path == "/back":
            raise web.HTTPFound(home.url + "/came-back")
        if request.path == "/refused":
            return web.Response(status=401)
        return web.Response(body=PNG)

    async with site(at_home) as home, site(elsewhere) as other:
        downloads = Downloads(public=lambda _: True)
        given = {"X-Gate": SecretStr("s3cret")}
        for trusted in ([], [other.url]):
            service = connect(home.url, headers=given, result_origins=trusted, downloads=downloads)
            for path in ("/asks", "/away", "/there-and-back"):
                await service.collect(ReplyItem(url=home.url + path), tmp_path / "p")
            await lost(service, ReplyItem(url=home.url + "/refused"), tmp_path / "q")
        with_key = [r.path for r in home.requests if "Authorization" in r.headers]
        assert with_key == ["/asks", "/asks"]
        assert [r.path for r in home.requests if "X-Gate" not in r.headers] == ["/came-back"] * 2
        assert other.requests
        for request in other.requests:
            assert "X-Gate" not in request.headers
            assert "Authorization" not in request.headers


async def test_another_scheme_port_or_name_is_another_origin(connect: Open, tmp_path: Path) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=401)

    async with site(answer) as server:
        downloads = Downloads(public=lambda _: True)
        port = server.url.rpartition(":")[2]
        given = {"X-Gate": SecretStr("s3cret")}
        for base in (
            f"https://127.0.0.1:{port}",
            "http://127.0.0.1:9",
            f"http://localhost:{port}",
            f"http://127.0.0.1.example.org:{port}",
        ):
            service = connect(base, headers=given, result_origins=[server.url], downloads=downloads)
            await lost(service, ReplyItem(url=server.url + "/a"), tmp_path / "q")
        assert len(server.requests) == 4
        for request in server.requests:
            assert "X-Gate" not in request.headers
            assert "Authorization" not in request.headers


async def test_a_trusted_result_origin_may_not_lead_to_a_private_one(
    connect: Open, tmp_path: Path
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(inside.url)

    async def picture(_: web.Request) -> web.StreamResponse:
        return web.Response(body=PNG)

    async with site(picture) as inside, site(answer) as trusted:
        service = connect("http://127.0.0.1:9", result_origins=[trusted.url])
        found = await lost(service, ReplyItem(url=trusted.url), tmp_path / "p")
        assert (found.code, found.message) == ("result_forbidden_address", "127.0.0.1")
        assert inside.requests == []


async def test_half_a_result_is_fetched_again_from_its_beginning(
    connect: Open, tmp_path: Path
) -> None:
    halves = [True]

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(PNG)
        await response.prepare(request)
        if halves:
            halves.pop()
            await response.write(PNG[:100])
            assert request.transport is not None
            request.transport.close()
        else:
            await response.write(PNG)
        return response

    async with site(answer) as server:
        await connect(server.url).collect(ReplyItem(url=server.url), tmp_path / "p")
        assert len(server.requests) == 2
    assert (tmp_path / "p").read_bytes() == PNG


@pytest.mark.parametrize("body", [b"<!doctype html><p>Expired.", b"", b"BM not a result's type"])
async def test_what_is_no_picture_is_refused_whatever_it_calls_itself(
    connect: Open, tmp_path: Path, body: bytes
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="image/png")

    async with site(answer) as server:
        found = await lost(connect(server.url), ReplyItem(url=server.url), tmp_path / "p")
    assert (found.error_class, found.code) == (ErrorClass.BAD_RESPONSE, "not_a_picture")


async def test_only_the_providers_own_origin_may_be_private(connect: Open, tmp_path: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=PNG)

    async with site(answer) as home, site(answer) as other:
        service = connect(home.url + "/routescope")
        await service.collect(ReplyItem(url=home.url + "/a"), tmp_path / "p")
        found = await lost(service, ReplyItem(url=other.url), tmp_path / "q")
        assert (found.error_class, found.code) == (ErrorClass.NO_IMAGE, "result_forbidden_address")
        assert other.requests == []


@pytest.mark.parametrize(
    "item",
    [
        ReplyItem(base64=base64.b64encode(PNG).decode()),
        ReplyItem(base64=base64.encodebytes(PNG).decode()),
        ReplyItem(base64=base64.urlsafe_b64encode(PNG).decode().rstrip("=")),
        ReplyItem(base64="data:image/png;base64," + base64.b64encode(PNG).decode()),
        ReplyItem(url="data:image/png;base64," + base64.b64encode(PNG).decode()),
    ],
)
async def test_inline_pictures_are_decoded(connect: Open, tmp_path: Path, item: ReplyItem) -> None:
    await connect("http://127.0.0.1:9").collect(item, tmp_path / "p")
    assert (tmp_path / "p").read_bytes() == PNG


async def test_inline_rubbish_and_failures_are_failures(connect: Open, tmp_path: Path) -> None:
    service = connect("http://127.0.0.1:9")
    assert (await lost(service, ReplyItem(base64="!!!!"), tmp_path / "p")).code == "bad_base64"
    page = base64.b64encode(b"<html>" * 20).decode()
    assert (await lost(service, ReplyItem(base64=page), tmp_path / "p")).code == "not_a_picture"
    withheld = Failure(error_class=ErrorClass.RESULT_WITHHELD)
    assert await lost(service, ReplyItem(failure=withheld), tmp_path / "p") == withheld
