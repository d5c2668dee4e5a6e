"""Forms with files, as they are sent and as a dry run shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import BodyPartReader, web

from bot.domain.catalog import Operation
from bot.domain.errors import ErrorClass, ProviderError
from bot.providers.service import HttpImageService
from bot.services.ports import CallRequest, ReferenceFile
from tests.providers.servers import JPEG, PNG, make_request, site

Open = Callable[..., HttpImageService]
Make = Callable[..., CallRequest]
REPLY = {"data": [{"url": "/v1/files/1.png"}]}


async def nothing() -> None:
    """Stand in for what is written down before a call."""


async def parts(request: web.Request) -> list[tuple[str, str | None, str | None, bytes]]:
    """Return name, file name, type and content of every part."""
    found: list[tuple[str, str | None, str | None, bytes]] = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        assert isinstance(part, BodyPartReader)
        kind = part.headers.get("Content-Type")
        found.append((part.name or "", part.filename, kind, bytes(await part.read())))
    return found


def edit(call_request: Make, tmp_path: Path, *pictures: bytes, **changes: Any) -> CallRequest:
    files: list[ReferenceFile] = []
    for number, content in enumerate(pictures):
        path = tmp_path / f"{number}"
        path.write_bytes(content)
        files.append(ReferenceFile(path=path, mime=None, url="https://img.example.org/a.png"))
    request = make_request(
        "openai-edits",
        model="gpt-image-2",
        prompt="a fox, 狐狸\r\n--x",
        operation=Operation.EDIT,
        options={"quality": "high"},
    )
    return call_request(**{"request": request, "references": tuple(files), **changes})


async def test_a_form_arrives_with_a_known_length_and_every_part(
    connect: Open, call_request: Make, tmp_path: Path
) -> None:
    seen: list[tuple[str, str | None, str | None, bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.extend(await parts(request))
        return web.json_response(REPLY)

    mask = tmp_path / "mask"
    mask.write_bytes(PNG)
    masked = ReferenceFile(path=mask, mime="image/png", url=None)
    async with site(answer) as server:
        service = connect(server.url, kind="openai")
        reply = await service.attempt(edit(call_request, tmp_path, PNG, JPEG, mask=masked), nothing)
        (request,) = server.requests
    assert request.path == "/v1/images/edits"
    assert request.content_type == "multipart/form-data"
    assert int(request.headers["Content-Length"]) > len(PNG) + len(JPEG)
    assert "Transfer-Encoding" not in request.headers
    assert seen == [
        ("model", None, None, b"gpt-image-2"),
        ("prompt", None, None, "a fox, 狐狸\r\n--x".encode()),
        ("n", None, None, b"1"),
        ("size", None, None, b"2560x1440"),
        ("quality", None, None, b"high"),
        ("user", None, None, b"u_1"),
        ("image[]", "picture-1.png", "image/png", PNG),
        ("image[]", "picture-2.jpg", "image/jpeg", JPEG),
        ("mask", "picture-3.png", "image/png", PNG),
    ]
    assert reply.items[0].url == f"{server.url}/v1/files/1.png"


async def test_a_dry_run_shows_names_types_and_sizes_in_place_of_files(
    connect: Open, call_request: Make, tmp_path: Path
) -> None:
    shown = await connect("http://127.0.0.1:9", kind="openai").preview(
        edit(call_request, tmp_path, PNG)
    )
    headers = shown["headers"]
    assert isinstance(headers, dict)
    assert headers["Content-Type"] == "multipart/form-data"
    assert shown["files"] == [
        {"name": "image", "filename": "picture-1.png", "type": "image/png", "bytes": len(PNG)}
    ]
    body = shown["body"]
    assert isinstance(body, dict)
    assert body["model"] == "gpt-image-2"


async def test_a_dry_run_shows_the_address_of_a_picture_that_it_does_not_fetch(
    connect: Open, call_request: Make, tmp_path: Path
) -> None:
    url = "https://img.example.org/a.png"
    wanted = edit(
        call_request, tmp_path, references=(ReferenceFile(path=None, mime=None, url=url),)
    )
    service = connect("http://127.0.0.1:9", kind="openai")
    assert (await service.preview(wanted))["files"] == [{"name": "image", "url": url}]
    with pytest.raises(ProviderError) as caught:
        await service.attempt(wanted, nothing)
    failure = caught.value.failure
    assert (failure.error_class, failure.sent) == (ErrorClass.BAD_REFERENCE, False)


async def test_a_form_counts_bytes_and_not_their_base64(
    connect: Open, call_request: Make, tmp_path: Path
) -> None:
    """As a data URL the same picture would have to be made smaller first."""

    async def answer(request: web.Request) -> web.Response:
        *_, (name, _, _, content) = await parts(request)
        return web.json_response({"data": [{"url": f"https://a.example/{name}-{len(content)}"}]})

    large = PNG + bytes(20_000_000)
    async with site(answer) as server:
        service = connect(server.url, kind="openai")
        reply = await service.attempt(edit(call_request, tmp_path, large), nothing)
    assert reply.items[0].url == f"https://a.example/image-{len(large)}"


@pytest.mark.parametrize("answers", [True, False])
async def test_without_a_key_no_key_is_sent_and_its_own_files_come_all_the_same(
    connect: Open, call_request: Make, tmp_path: Path, answers: bool
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith(".png"):
            return web.Response(body=PNG) if answers else web.Response(status=401)
        return web.json_response(REPLY)

    async with site(answer) as server:
        service = connect(server.url, kind="openai", api_key=None)
        reply = await service.attempt(edit(call_request, tmp_path, PNG), nothing)
        target = tmp_path / "result"
        if answers:
            await service.collect(reply.items[0], target)
            assert target.read_bytes() == PNG
        else:
            with pytest.raises(ProviderError):
                await service.collect(reply.items[0], target)
        assert not [r for r in server.requests if "Authorization" in r.headers]
