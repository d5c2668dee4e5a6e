"""Marks on every step from a service's file to what is posted, judged by c2pa and exiftool.

Every output either keeps valid credentials, carries new valid ones, or carries unsigned marks; none
carries broken ones. Valid means whole: no list of trusted issuers is asked.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import AVIF, GIF, HEAD_BYTES, JPEG, PNG, WEBP, picture_type
from bot.domain.provenance import Credentials, MarkMode, SigningProblem
from bot.pictures.formats.pixel_data import pixel_hash
from bot.pictures.marks.reader import marks_of
from bot.pictures.picture_values import Marking
from bot.pictures.pool import Pictures
from tests.pictures.samples import animation, encoded, glass, noise, scene
from tests.pictures.signed import (
    AI,
    FIELD,
    SOURCE_TYPES,
    broken,
    chain_and_key,
    need_c2pa,
    signed,
    with_text,
    xmp,
)

XMP_KEYWORD = b"XML:com.adobe.xmp"
TYPES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}
LARGE = 10_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Pictures]]:
    """Picture workers for each way to treat marks; `lost` has no certificate to sign with."""
    need_c2pa()
    folder = tmp_path_factory.mktemp("certificate")
    chain, key = chain_and_key()
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    pair = str(folder / "chain.pem"), str(folder / "key.pem")
    made = {
        mode.value: Pictures(
            workers=1,
            marking=Marking(mode=mode, producer="Tests"),
            certificate=pair[0],
            key=pair[1],
        )
        for mode in MarkMode
    }
    made["lost"] = Pictures(workers=1, marking=Marking(mode=MarkMode.SIGN), certificate="", key="")
    yield made
    for pictures in made.values():
        await pictures.close()


def said_by_c2pa(data: bytes, mime: str) -> str | None:
    """Return what c2pa's own reader says, None for no credentials."""
    c2pa = need_c2pa()
    settings = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    try:
        with c2pa.Reader(mime, BytesIO(data), context=c2pa.Context.from_dict(settings)) as reader:
            return str(reader.get_validation_state())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in str(error):
            return None
        return str(error)


def said_by_exiftool(file: Path) -> dict[str, str]:
    """Return what exiftool finds; nothing where it is not installed."""
    if shutil.which("exiftool") is None:
        return {}
    told = subprocess.run(
        ["exiftool", "-json", "-n", "-G1", "-validate", "-warning", "-a", "-XMP:all", str(file)],
        capture_output=True,
        check=True,
    )
    return json.loads(told.stdout)[0]


def judge(file: Path) -> str:
    """Return how a file is marked, `signed`, `text` or `none`; fail where it is not sound."""
    data = file.read_bytes()
    mime = picture_type(data[:HEAD_BYTES]) or ""
    state = said_by_c2pa(data, mime)
    assert state in (None, "Valid"), state
    found = said_by_exiftool(file)
    ours = marks_of(data)
    if found and ours.source_type and state is None:
        assert found.get("XMP-iptcExt:DigitalSourceType") == SOURCE_TYPES + AI, found
    if found:
        # Its own count of errors and warnings, of the structure too.
        assert str(found["ExifTool:Validate"]).split()[0] == "0", found
    if state == "Valid":
        return "signed"
    return "text" if ours.present else "none"


def originals(mime: str) -> dict[str, bytes]:
    """Return what services send: marked in each way, or not at all."""
    plain = encoded(noise(300, 200), TYPES[mime])
    with_xmp = encoded(noise(300, 200), TYPES[mime], xmp=xmp(field=FIELD))
    if mime == PNG:
        with_xmp = with_text(plain, XMP_KEYWORD, xmp(field=FIELD))
    return {"plain": plain, "signed": signed(plain, mime), "text": with_xmp}


@pytest.mark.parametrize(
    "mode",
    ["sign", *(pytest.param(mode, marks=pytest.mark.long) for mode in ("keep", "write", "lost"))],
)
@pytest.mark.parametrize("mime", TYPES)
async def test_every_step_of_the_ladder_keeps_or_gives_sound_marks(
    workers: dict[str, Pictures], mode: str, mime: str, tmp_path: Path
) -> None:
    pictures = workers[mode]
    for name, data in originals(mime).items():
        source, target = tmp_path / name, tmp_path / f"{name}-out"
        source.write_bytes(data)
        # Only marked, re-encoded at its size, at falling quality, and scaled.
        for step, limit in (("mark", LARGE), ("fit", 150_000), ("less", 60_000), ("tiny", 36_000)):
            target.unlink(missing_ok=True)
            if step == "mark":
                made = await pictures.mark(source, target, limit_bytes=limit, content_id="J-0")
                if made is None:
                    assert not target.exists()
                    assert source.read_bytes() == data
                    target = source
            else:
                facts = await pictures.fit(source, target, limit_bytes=limit, content_id="J-0")
                assert facts.bytes == target.stat().st_size <= limit
            way = judge(target)
            if mode == "sign" and (step, name) != ("mark", "signed"):
                assert way == "signed", (name, step)
            elif name == "signed" and step == "mark":
                assert (way, target) == ("signed", source), (name, step)
            elif mode == "keep" and name == "plain":
                assert way == "none", (name, step)
            else:
                assert way == "text", (name, step)
            if target == source:
                target = tmp_path / f"{name}-out"
        assert [one for one in os.listdir(tmp_path) if one.endswith((".unsigned", ".part"))] == []


async def test_marks_are_written_without_touching_a_pixel(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    for mode in ("write", "sign"):
        for image in (noise(60, 40), glass()):
            for mime, kind in TYPES.items():
                if mime == JPEG and image.mode != "RGB":
                    continue
                source, target = tmp_path / "source", tmp_path / "target"
                for options in ({}, {"lossless": True}) if mime == WEBP else ({},):
                    source.write_bytes(encoded(image, kind, **options))
                    assert await workers[mode].mark(source, target, limit_bytes=LARGE)
                    written = target.read_bytes()
                    assert pixel_hash(written, mime) == pixel_hash(source.read_bytes(), mime)
                    assert judge(target) == ("signed" if mode == "sign" else "text")
                    shown = await workers[mode].inspect(target)
                    assert (shown.width, shown.height) == image.size
                    assert shown.has_alpha is (image.mode == "RGBA")


def frames_of(data: bytes) -> list[tuple[bytes, object]]:
    """Return what is shown, and for how long."""
    image = Image.open(BytesIO(data))
    found: list[tuple[bytes, object]] = []
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        found.append((image.convert("RGBA").tobytes(), image.info.get("duration")))
    return found


async def test_a_gif_is_given_marks_and_shows_what_it_showed(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    still = encoded(noise(60, 40).convert("P"), "GIF")
    for data in (still, b"GIF87a" + still[6:], animation("GIF")):
        for mode, way in (("write", "text"), ("sign", "signed"), ("lost", "text")):
            source.write_bytes(data)
            assert await workers[mode].mark(source, target, limit_bytes=LARGE, content_id="J-0")
            assert judge(target) == way
            assert frames_of(target.read_bytes()) == frames_of(data)
            assert marks_of(target.read_bytes()).aigc
            # A second time nothing is added.
            again = await workers["write"].mark(target, source, limit_bytes=LARGE)
            assert again is None
    source.write_bytes(signed(still, GIF))
    assert await workers["write"].mark(source, target, limit_bytes=LARGE) is None


async def test_broken_credentials_of_a_gif_and_an_avif_are_replaced(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for kind, mime in (("GIF", GIF), ("AVIF", AVIF)):
        whole = signed(encoded(noise(60, 40), kind), mime)
        data = whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]
        assert said_by_c2pa(data, mime) == "Invalid"
        source.write_bytes(data)
        assert await workers["sign"].mark(source, target, limit_bytes=LARGE)
        assert judge(target) == "signed"


async def test_a_gif_that_was_cut_short_is_left_alone(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    data = animation("GIF")
    for cut in (len(data) - 1, len(data) - 40, 20, 13):
        source.write_bytes(data[:cut])
        assert await workers["write"].mark(source, target, limit_bytes=LARGE) is None
        assert not target.exists()


async def test_an_avif_is_signed_or_left_as_it_is(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(encoded(noise(60, 40), "AVIF"))
    for mode in ("write", "lost"):
        assert await workers[mode].mark(source, target, limit_bytes=LARGE) is None
        assert not target.exists()
    assert await workers["sign"].mark(source, target, limit_bytes=LARGE)
    assert judge(target) == "signed"
    assert frames_of(target.read_bytes()) == frames_of(source.read_bytes())
    source.write_bytes(target.read_bytes())
    assert await workers["sign"].mark(source, target, limit_bytes=LARGE) is None


async def test_the_original_is_the_parent_of_what_was_made_of_it(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    c2pa = need_c2pa()
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(signed(encoded(noise(300, 200), "PNG"), PNG))
    await workers["sign"].fit(source, target, limit_bytes=150_000)
    with c2pa.Reader(JPEG, BytesIO(target.read_bytes())) as reader:
        manifest = reader.get_active_manifest()
    assert manifest is not None
    (parent,) = manifest["ingredients"]
    assert parent["relationship"] == "parentOf"
    actions = manifest["assertions"][0]["data"]["actions"]
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.transcoded"]
    assert actions[1]["digitalSourceType"] == SOURCE_TYPES + AI
    assert "time" not in manifest["signature_info"]


async def test_the_field_of_a_service_is_carried_on_as_it_was(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(
        with_text(encoded(noise(300, 200), "PNG"), b"AIGC", json.dumps(FIELD).encode())
    )
    for mode in ("keep", "write", "sign"):
        await workers[mode].fit(source, target, limit_bytes=150_000, content_id="J-0")
        assert marks_of(target.read_bytes()).aigc == FIELD
    source.write_bytes(encoded(noise(300, 200), "PNG"))
    await workers["write"].fit(source, target, limit_bytes=150_000, content_id="J-0")
    own = marks_of(target.read_bytes()).aigc
    assert own is not None
    assert (own["Label"], own["ContentProducer"], own["ProduceID"]) == ("1", "Tests", "J-0")


@pytest.mark.parametrize("mode", ["write", "sign"])
async def test_broken_credentials_of_a_service_do_not_go_out(
    workers: dict[str, Pictures], mode: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for mime, kind in TYPES.items():
        source.write_bytes(broken(signed(encoded(noise(300, 200), kind), mime)))
        assert marks_of(source.read_bytes()).credentials is Credentials.BROKEN
        assert await workers[mode].mark(source, target, limit_bytes=LARGE)
        assert judge(target) == ("signed" if mode == "sign" else "text")
        await workers[mode].fit(source, target, limit_bytes=30_000)
        assert judge(target) == ("signed" if mode == "sign" else "text")


async def test_without_a_certificate_the_picture_goes_out_with_unsigned_marks_and_it_is_told(
    tmp_path: Path,
) -> None:
    need_c2pa()
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(encoded(noise(300, 200), "PNG"))
    chain, key = (pem.decode() for pem in chain_and_key())
    old, old_key = (pem.decode() for pem in chain_and_key(expired=True))
    for pair, problem in (
        (("", ""), SigningProblem.NO_CERTIFICATE),
        ((str(tmp_path / "none.pem"), key), SigningProblem.CERTIFICATE_UNREADABLE),
        ((chain, str(tmp_path / "none.pem")), SigningProblem.KEY_UNREADABLE),
        (("-----BEGIN nothing", key), SigningProblem.CERTIFICATE_UNREADABLE),
        ((chain, "-----BEGIN nothing"), SigningProblem.KEY_UNREADABLE),
        ((chain, old_key), SigningProblem.OTHER_KEY),
        ((old, old_key), SigningProblem.EXPIRED),
        ((chain, key), None),
    ):
        told: list[SigningProblem | None] = []
        pictures = Pictures(
            workers=1, marking=Marking(mode=MarkMode.SIGN), certificate=pair[0], key=pair[1]
        )
        pictures.on_signing = told.append
        try:
            assert await pictures.mark(source, target, limit_bytes=LARGE)
        finally:
            await pictures.close()
        assert told == [problem]
        assert judge(target) == ("text" if problem else "signed")


async def test_a_signer_that_dies_leaves_a_whole_picture_with_unsigned_marks(
    workers: dict[str, Pictures], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, told = workers["sign"], list[SigningProblem | None]()
    monkeypatch.setattr(pictures, "on_signing", told.append)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(encoded(scene(), "PNG"))
    assert await pictures.mark(source, target, limit_bytes=LARGE)
    signer = pictures._signer
    assert signer is not None

    async def died(*_: object, **__: object) -> object:
        raise PictureError(PictureProblem.CRASHED)

    monkeypatch.setattr(signer, "_run", died)
    target.unlink()
    await pictures.fit(source, target, limit_bytes=LARGE)
    assert told == [None, SigningProblem.WORKER]
    assert judge(target) == "text"
    assert sorted(os.listdir(tmp_path)) == ["source", "target"]


async def test_a_signed_picture_of_twenty_megabytes_is_fitted_and_signed_anew(
    workers: dict[str, Pictures], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(signed(encoded(noise(2600, 2600), "PNG", compress_level=0), PNG))
    assert source.stat().st_size > 20_000_000
    facts = await workers["sign"].fit(source, target, limit_bytes=10_000_000)
    assert facts.bytes <= 10_000_000
    assert (facts.width, facts.marks) == (2600, "signed iptc aigc")
    assert judge(target) == "signed"
