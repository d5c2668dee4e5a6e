"""Pictures of a reply: downloaded without the key, or decoded, and looked at before they count."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from bot.domain.errors import ErrorClass, Failure, ProviderError
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


async def test_a_result_is_asked_for_again_twice_and_no_more(connect: Open, tmp_path: Path) -> None:
    troubles = [500, 503]

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/gone":
            return web.Response(status=404)
        if request.path == "/down" or troubles:
            return web.Response(status=troubles.pop() if troubles else 500)
        return web.Response(body=PNG)

    async with site(answer) as server:
        service = connect(server.url)
        await service.collect(ReplyItem(url=server.url + "/a"), tmp_path / "p")
        assert len(server.requests) == 3
        down = await lost(service, ReplyItem(url=server.url + "/down"), tmp_path / "q")
        assert (down.error_class, down.code, down.http_status) == (
            ErrorClass.NO_IMAGE,
            "result_status",
            500,
        )
        assert len(server.requests) == 6
        gone = await lost(service, ReplyItem(url=server.url + "/gone"), tmp_path / "q")
        assert gone.http_status == 404
        assert len(server.requests) == 7
    assert (tmp_path / "p").read_bytes() == PNG


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
