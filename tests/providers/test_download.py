"""Downloads: redirects, guard, caps; a redirect to a private address is played on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest
from aiohttp import web

from bot.providers.http.address_guard import Origin, is_public, origin_of
from bot.providers.http.download import DownloadError, DownloadProblem, Downloads
from bot.providers.http.part_file import part_file
from bot.services.ports import transaction_open
from tests.providers.servers import PNG, names, site

PRIVATE = "127.0.0.2"


def here_is_public(address: str) -> bool:
    """On loopback one address plays the internet, another one the private network."""
    return address == "127.0.0.1"


@pytest.fixture
async def downloads() -> AsyncIterator[Downloads]:
    made = Downloads(public=here_is_public)
    yield made
    await made.close()


async def fetch(
    downloads: Downloads,
    url: str,
    target: Path,
    *,
    cap_bytes: int = 10_000,
    trusted: Collection[Origin] = (),
    timeout_seconds: float = 5.0,
) -> None:
    async with part_file(target) as file:
        await downloads.fetch(
            url, file, cap_bytes=cap_bytes, timeout_seconds=timeout_seconds, trusted=trusted
        )
        await file.commit()


async def problem(downloads: Downloads, url: str, target: Path, **values: object) -> str:
    with pytest.raises(DownloadError) as caught:
        await fetch(downloads, url, target, **values)  # pyright: ignore[reportArgumentType]
    assert names(target.parent) == []
    return caught.value.problem


async def picture(_: web.Request) -> web.Response:
    return web.Response(body=PNG, content_type="text/html")


async def test_the_bytes_come_as_they_are_and_the_query_goes_as_it_is(
    downloads: Downloads, tmp_path: Path
) -> None:
    async with site(picture) as server:
        query = "/a%20b.png?X-Sig=a%2Fb%3D&x=1+2&"
        await fetch(downloads, server.url + query, tmp_path / "p")
        (request,) = server.requests
        assert request.raw_path == query
        assert "Authorization" not in request.headers
        assert "Cookie" not in request.headers
    assert (tmp_path / "p").read_bytes() == PNG
    assert names(tmp_path) == ["p"]


async def test_private_addresses_are_refused_in_every_spelling(tmp_path: Path) -> None:
    downloads = Downloads(public=is_public)
    async with site(picture) as server:
        port = server.url.rpartition(":")[2]
        for host in (
            "127.0.0.1",
            "localhost",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0.0.0.0",  # noqa: S104 -- nothing is bound
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::127.0.0.1]",
        ):
            found = await problem(downloads, f"http://{host}:{port}/", tmp_path / "p")
            # Some spellings are no host names to aiohttp.
            assert found in (DownloadProblem.FORBIDDEN, DownloadProblem.BAD_ADDRESS), host
        assert server.requests == []
    await downloads.close()


async def test_a_redirect_to_a_private_address_is_refused(
    downloads: Downloads, tmp_path: Path
) -> None:
    async with site(picture, PRIVATE) as inside:

        async def lure(_: web.Request) -> web.Response:
            raise web.HTTPFound(inside.url + "/metadata")

        async with site(lure) as outside:
            found = await problem(downloads, outside.url, tmp_path / "p")
            assert found == DownloadProblem.FORBIDDEN
        assert inside.requests == []


async def test_a_trusted_origin_may_be_private_but_not_lead_to_another_one(
    downloads: Downloads, tmp_path: Path
) -> None:
    async def lead(request: web.Request) -> web.Response:
        where = request.query.get("to")
        if where:
            raise web.HTTPFound(where)
        return await picture(request)

    async with site(lead, PRIVATE) as home, site(lead, PRIVATE) as other:
        trusted = {origin_of(home.url)}
        await fetch(downloads, home.url, tmp_path / "p", trusted=trusted)
        await fetch(downloads, f"{home.url}?to={home.url}/b", tmp_path / "p", trusted=trusted)
        (tmp_path / "p").unlink()
        away = f"{home.url}?to={other.url}"
        found = await problem(downloads, away, tmp_path / "p", trusted=trusted)
        assert found == DownloadProblem.FORBIDDEN
        assert other.requests == []


async def test_trust_does_not_come_back_over_a_strangers_redirect(
    downloads: Downloads, tmp_path: Path
) -> None:
    async with site(picture, PRIVATE) as home:

        async def lure(_: web.Request) -> web.Response:
            raise web.HTTPFound(home.url)

        async with site(lure) as stranger:
            trusted = {origin_of(home.url)}
            found = await problem(downloads, stranger.url, tmp_path / "p", trusted=trusted)
            assert found == DownloadProblem.FORBIDDEN
        assert home.requests == []


async def test_relative_redirects_are_followed_and_endless_ones_are_not(
    downloads: Downloads, tmp_path: Path
) -> None:
    async def lead(request: web.Request) -> web.Response:
        if request.path == "/a/b":
            return web.Response(status=303, headers={"Location": "../c?x=%2F"})
        if request.path == "/c":
            return await picture(request)
        raise web.HTTPFound("/loop")

    async with site(lead) as server:
        await fetch(downloads, server.url + "/a/b", tmp_path / "p")
        assert server.requests[-1].raw_path == "/c?x=%2F"
        (tmp_path / "p").unlink()
        found = await problem(downloads, server.url + "/loop", tmp_path / "p")
        assert found == DownloadProblem.TOO_MANY_REDIRECTS
        assert len(server.requests) == 2 + 6


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "ftp://x/"])
async def test_redirects_elsewhere_than_the_web_are_refused(
    downloads: Downloads, tmp_path: Path, location: str
) -> None:
    async def lead(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async with site(lead) as server:
        found = await problem(downloads, server.url, tmp_path / "p")
        assert found == DownloadProblem.BAD_ADDRESS


async def test_ports_of_other_services_are_refused(downloads: Downloads, tmp_path: Path) -> None:
    found = await problem(downloads, "http://127.0.0.1:25/", tmp_path / "p")
    assert found == DownloadProblem.FORBIDDEN


async def test_files_above_the_cap_are_refused_announced_or_not(
    downloads: Downloads, tmp_path: Path
) -> None:
    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if request.path == "/announced":
            response.content_length = 10_001
        await response.prepare(request)
        await response.write(b"x" * 10_001)
        return response

    async with site(large) as server:
        for path in ("/announced", "/"):
            found = await problem(downloads, server.url + path, tmp_path / "p")
            assert found == DownloadProblem.TOO_LARGE


async def test_other_statuses_closed_ports_and_silence_are_told_apart(
    downloads: Downloads, tmp_path: Path
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/silent":
            await asyncio.Event().wait()
        return web.Response(status=404)

    async with site(answer) as server:
        assert await problem(downloads, server.url, tmp_path / "p") == DownloadProblem.STATUS
        silent = server.url + "/silent"
        found = await problem(downloads, silent, tmp_path / "p", timeout_seconds=0.05)
        assert found == DownloadProblem.TIMEOUT
    assert await problem(downloads, server.url, tmp_path / "p") == DownloadProblem.UNREACHABLE


async def test_nothing_is_downloaded_inside_a_transaction(
    downloads: Downloads, tmp_path: Path
) -> None:
    token = transaction_open.set(True)
    try:
        with pytest.raises(RuntimeError, match="transaction"):
            await fetch(downloads, "http://127.0.0.1/", tmp_path / "p")
    finally:
        transaction_open.reset(token)


async def test_a_connection_is_kept_for_the_next_picture_and_never_for_a_stranger(
    tmp_path: Path,
) -> None:
    def nothing_is_public(_: str) -> bool:
        return False

    empty = tmp_path / "empty"
    empty.mkdir()
    connections: set[object] = set()

    async def noted(request: web.Request) -> web.Response:
        connections.add(request.transport)
        return await picture(request)

    downloads = Downloads(public=nothing_is_public)
    async with site(noted) as server:
        for number in range(3):
            trusted = (origin_of(server.url),)
            await fetch(downloads, server.url, tmp_path / f"{number}", trusted=trusted)
        assert len(connections) == 1
        assert await problem(downloads, server.url, empty / "p") == "forbidden_address"
    await downloads.close()
