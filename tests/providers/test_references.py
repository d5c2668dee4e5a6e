"""References: from an address or a file into the spool, looked at and made to fit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from bot.domain.catalog import ReferenceRule
from bot.domain.errors import PictureError, PictureProblem
from bot.domain.requests.request import Reference
from bot.pictures.picture_values import Needs
from bot.pictures.pool import Pictures
from bot.providers.http.download import Downloads
from bot.providers.references.references import CAP_BYTES, HttpReferences
from bot.services.ports import (
    PreparedReference,
    References,
    ReferenceSource,
    transaction_open,
)
from tests.pictures.samples import SECRET, animation, encoded, exif, glass, scene
from tests.providers.servers import PNG, names, site

RULE = ReferenceRule(
    maximum=1, formats=frozenset({"image/png", "image/jpeg"}), max_bytes=10_000_000, min_side=14
)


@dataclass
class FakeWorkers:
    """Says what it is told to, and fails as it is told to."""

    fails: Exception | None = None
    needs: list[Any] = field(default_factory=list[Any])

    def _answer(self) -> Any:
        if self.fails:
            raise self.fails
        return SimpleNamespace(
            mime="image/png", width=30, height=20, bytes=9, frames=1, rotated=False
        )

    async def inspect(self, source: Path) -> Any:
        return self._answer()

    async def prepare(self, source: Path, target: Path, needs: Any) -> Any:
        self.needs.append(needs)
        return SimpleNamespace(info=self._answer(), changes=(), same_bytes=True)

    async def mask(self, source: Path, target: Path, **_: int) -> Any:
        return self._answer()

    async def extend(self, source: Path, target: Path, mask: Path, **_: Any) -> Any:
        return self._answer(), self._answer()


async def picture(_: web.Request) -> web.Response:
    return web.Response(body=PNG)


@pytest.fixture
async def references() -> AsyncIterator[HttpReferences]:
    made = HttpReferences(pictures=FakeWorkers(), needs=Needs, cdn_base="https://cdn.example.org")
    yield made
    await made.close()


def test_it_is_the_port(references: HttpReferences) -> None:
    port: References = references
    assert port is references


async def problem(
    references: HttpReferences, source: ReferenceSource, target: Path
) -> PictureError:
    with pytest.raises(PictureError) as caught:
        await references.fetch(source, target)
    assert names(target.parent) == []
    return caught.value


async def test_only_attachments_profit_from_the_trusted_cdn(tmp_path: Path) -> None:
    async with site(picture) as cdn, site(picture) as other:
        references = HttpReferences(pictures=FakeWorkers(), needs=Needs, cdn_base=cdn.url)
        attachment = ReferenceSource(url=f"{cdn.url}/attachments/1/2/a.png?ex=1&", trusted=True)
        found = await references.fetch(attachment, tmp_path / "a")
        assert found.url == attachment.url
        assert (tmp_path / "a").read_bytes() == PNG
        (tmp_path / "a").unlink()
        for source in (
            ReferenceSource(url=attachment.url),
            ReferenceSource(url=other.url, trusted=True),
        ):
            error = await problem(references, source, tmp_path / "a")
            assert error.problem is PictureProblem.FORBIDDEN_ADDRESS
        assert (len(cdn.requests), other.requests) == (1, [])
        await references.close()


async def test_what_is_too_large_is_refused_before_and_while_it_comes(tmp_path: Path) -> None:
    async def large(_: web.Request) -> web.Response:
        return web.Response(body=bytes(CAP_BYTES + 1))

    async with site(large) as cdn:
        references = HttpReferences(pictures=FakeWorkers(), needs=Needs, cdn_base=cdn.url)
        declared = ReferenceSource(url=cdn.url, trusted=True, declared_bytes=CAP_BYTES + 1)
        error = await problem(references, declared, tmp_path / "a")
        assert (error.problem, error.values) == (
            PictureProblem.TOO_MANY_BYTES,
            {"limit": CAP_BYTES},
        )
        assert cdn.requests == []
        undeclared = ReferenceSource(url=cdn.url, trusted=True)
        error = await problem(references, undeclared, tmp_path / "a")
        assert error.problem is PictureProblem.TOO_MANY_BYTES
        await references.close()


async def test_statuses_and_dead_ends_are_unreachable(
    references: HttpReferences, tmp_path: Path
) -> None:
    async def gone(_: web.Request) -> web.Response:
        return web.Response(status=404)

    public = Downloads(public=lambda _: True)
    async with site(gone) as server:
        open_minded = HttpReferences(
            pictures=FakeWorkers(),
            needs=Needs,
            cdn_base="https://cdn.example.org",
            downloads=public,
        )
        error = await problem(open_minded, ReferenceSource(url=server.url), tmp_path / "a")
        assert (error.problem, error.detail) == (PictureProblem.UNREACHABLE, "404")
    await public.close()
    for url in ("ftp://a.example/", "no address", "", None):
        error = await problem(references, ReferenceSource(url=url), tmp_path / "a")
        assert error.problem is PictureProblem.UNREACHABLE


async def test_a_server_that_says_nothing_times_out(tmp_path: Path) -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    public = Downloads(public=lambda _: True)
    async with site(silent) as server:
        references = HttpReferences(
            pictures=FakeWorkers(),
            needs=Needs,
            cdn_base="https://cdn.example.org",
            downloads=public,
            timeout_seconds=0.05,
        )
        error = await problem(references, ReferenceSource(url=server.url), tmp_path / "a")
        assert (error.problem, error.values) == (PictureProblem.SLOW_DOWNLOAD, {"limit": 0.05})
        await references.close()


async def test_local_files_are_copied(references: HttpReferences, tmp_path: Path) -> None:
    (tmp_path / "mine.png").write_bytes(PNG)
    target = tmp_path / "spool"
    target.mkdir()
    found = await references.fetch(ReferenceSource(path=tmp_path / "mine.png"), target / "a")
    assert found == Reference(mime="image/png", width=30, height=20, bytes=9)
    assert (target / "a").read_bytes() == PNG
    (target / "a").unlink()
    missing = ReferenceSource(path=tmp_path / "other.png")
    assert (await problem(references, missing, target / "a")).problem is PictureProblem.UNREACHABLE


FOUND = Reference(url="https://img.example.org/a.png", mime="image/png", width=30, height=20)


async def test_a_refusal_of_the_workers_passes_as_it_is(tmp_path: Path) -> None:
    refusal = PictureError(PictureProblem.MASK_EMPTY, width=9, height=8)
    fake = FakeWorkers(fails=refusal)
    references = HttpReferences(pictures=fake, needs=Needs, cdn_base="https://a.example")
    with pytest.raises(PictureError) as caught:
        await references.prepare(tmp_path / "a", FOUND, RULE)
    assert caught.value is refusal


async def test_the_workers_get_the_rules_own_numbers(tmp_path: Path) -> None:
    fake = FakeWorkers()
    references = HttpReferences(pictures=fake, needs=Needs, cdn_base="https://a.example")
    rule = ReferenceRule(formats=RULE.formats, max_bytes=123, min_side=14, max_pixels=456)
    await references.prepare(tmp_path / "a", FOUND, rule)
    assert fake.needs == [
        Needs(formats=RULE.formats, max_bytes=123, min_side_exclusive=14, max_pixels=456)
    ]


async def test_where_only_addresses_are_sent_the_file_is_left_alone(tmp_path: Path) -> None:
    fake = FakeWorkers()
    references = HttpReferences(pictures=fake, needs=Needs, cdn_base="https://a.example")
    rule = ReferenceRule(formats=RULE.formats, inline=False)
    prepared = await references.prepare(tmp_path / "a", FOUND, rule)
    assert prepared == PreparedReference(reference=FOUND)
    assert fake.needs == []


@pytest.mark.parametrize(
    ("query", "expires_at"),
    [
        ("ex=66a1b2c3&is=66a06143&hm=ab12&", 0x66A1B2C3),
        ("width=9&ex=66a1b2c3&is=66a06143&hm=ab12", 0x66A1B2C3),
        ("ex=soon&is=66a06143&hm=ab12", None),
        (f"ex={'f' * 40}&is=66a06143&hm=ab12", None),  # no database holds it
        ("ex=66a1b2c3", None),  # another site's own parameter
        ("", None),
    ],
)
async def test_an_attachment_says_until_when_its_address_works(
    query: str, expires_at: int | None, tmp_path: Path
) -> None:
    async with site(picture) as cdn:
        references = HttpReferences(pictures=FakeWorkers(), needs=Needs, cdn_base=cdn.url)
        source = ReferenceSource(url=f"{cdn.url}/attachments/1/2/a.png?{query}", trusted=True)
        assert (await references.fetch(source, tmp_path / "a")).url_expires_at == expires_at
        await references.close()


async def test_nothing_is_fetched_inside_a_transaction(
    references: HttpReferences, tmp_path: Path
) -> None:
    token = transaction_open.set(True)
    try:
        with pytest.raises(RuntimeError, match="transaction"):
            await references.fetch(ReferenceSource(path=tmp_path / "a"), tmp_path / "b")
    finally:
        transaction_open.reset(token)


async def test_real_pictures_are_looked_at_converted_and_masked(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    files = {
        "plain": encoded(scene(60, 40), "PNG"),
        "photograph": encoded(scene(60, 40), "JPEG", exif=exif()),
        "rotated": encoded(scene(60, 40), "JPEG", exif=exif(6)),
        "animated": animation("GIF"),
        "bitmap": encoded(scene(60, 40), "BMP"),
        "mask": encoded(glass(60, 40), "PNG"),
        "text": b"no picture at all",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    pictures = Pictures(workers=1)
    references = HttpReferences(pictures=pictures, needs=Needs, cdn_base="https://a.example")
    found: dict[str, Reference] = {}
    for name in [name for name in files if name != "text"]:
        found[name] = await references.fetch(ReferenceSource(path=tmp_path / name), spool / name)
    with pytest.raises(PictureError) as caught:
        await references.fetch(ReferenceSource(path=tmp_path / "text"), spool / "text")
    assert caught.value.problem is PictureProblem.NOT_A_PICTURE
    assert {name: one.altered for name, one in found.items()} == {
        "plain": False,
        "photograph": False,
        "rotated": True,
        "animated": True,
        "bitmap": False,
        "mask": False,
    }
    rotated = found["rotated"]
    assert (rotated.mime, rotated.width, rotated.height) == ("image/jpeg", 40, 60)
    assert rotated.bytes == len(files["rotated"])

    made = {
        name: await references.prepare(spool / name, found[name], RULE)
        for name in ("plain", "photograph", "rotated", "bitmap")
    }
    assert {name: (one.changes, one.converted) for name, one in made.items()} == {
        "plain": ((), False),
        "photograph": ((), True),
        "rotated": (("rotated",), True),
        "bitmap": (("format",), True),
    }
    assert made["plain"].reference == found["plain"]
    assert SECRET in files["photograph"]
    assert SECRET not in (spool / "photograph").read_bytes()
    upright, still = made["rotated"].reference, made["bitmap"].reference
    assert (upright.width, upright.height, still.mime) == (40, 60, "image/jpeg")
    mask = await references.prepare_mask(spool / "mask", RULE, width=120, height=80)
    assert (mask.mime, mask.width, mask.height) == ("image/png", 120, 80)
    assert names(spool) == sorted(files)
    await references.close()
    await pictures.close()


async def test_what_a_site_refuses_comes_from_discords_copy_of_it(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        return await picture(request) if "copy" in request.path else web.Response(status=403)

    async with site(answer) as cdn:
        made = HttpReferences(pictures=FakeWorkers(), needs=Needs, cdn_base=cdn.url)
        source = ReferenceSource(
            url=f"{cdn.url}/a.png", proxy_url=f"{cdn.url}/copy/a.png", trusted=True
        )
        found = await made.fetch(source, tmp_path / "a")
        await made.close()
    assert (found.url, (tmp_path / "a").read_bytes()) == (source.proxy_url, PNG)
