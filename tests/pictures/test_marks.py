"""What marks of its origin a picture has: read from files as services and other programs write."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import JPEG, PNG, WEBP
from bot.domain.provenance import AiMade, Credentials, Marks
from bot.pictures.marks.containers import find
from bot.pictures.marks.reader import marks_of
from bot.pictures.pool import Pictures
from tests.cases import every_case
from tests.pictures.samples import encoded, exif, noise, scene, with_chunk
from tests.pictures.signed import (
    AI,
    CLAIM_SIGNING,
    DOCUMENT_SIGNING,
    EMAIL_PROTECTION,
    FIELD,
    NEEDS_C2PA,
    ORGANISATION,
    PRODUCT,
    SOURCE_TYPES,
    broken,
    chain_and_key,
    known_issuer,
    need_c2pa,
    root_of,
    signed,
    with_text,
    xmp,
)

TYPES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}
XMP_KEYWORD = b"XML:com.adobe.xmp"


def plain(mime: str) -> bytes:
    return encoded(scene(), TYPES[mime])


@every_case("mime", TYPES)
def test_a_picture_without_marks_has_none(mime: str) -> None:
    found = marks_of(plain(mime))
    assert found == Marks()
    assert not found.present
    assert found.ai_made is AiMade.NOT_SAID


@NEEDS_C2PA
@every_case("mime", TYPES)
def test_signed_pictures_are_valid_and_their_issuer_is_not_known(mime: str) -> None:
    need_c2pa()
    assert marks_of(signed(plain(mime), mime)) == Marks(
        credentials=Credentials.VALID,
        issuer=ORGANISATION,
        products=(PRODUCT,),
        source_type=AI,
    )


def test_an_issuer_is_known_where_the_operators_list_names_it(tmp_path: Path) -> None:
    need_c2pa()
    file, data = tmp_path / "anchors.pem", signed(plain(PNG), PNG)
    other = root_of(chain_and_key(expired=True)[0])
    file.write_text(f"# Two of them\n{other}\n{known_issuer()}")
    for anchors, known in (
        (known_issuer(), True),
        (str(file), True),
        (other, False),
        ("", False),
        # What cannot be read, or makes no sense, is no list; the picture is what it was.
        (str(tmp_path / "gone.pem"), False),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", False),
        ("-----BEGIN nothing", False),
    ):
        found = marks_of(data, anchors)
        assert (found.credentials, found.issuer_known) == (Credentials.VALID, known), anchors
        assert marks_of(broken(data), anchors).credentials is Credentials.BROKEN
    assert marks_of(broken(data), known_issuer()).issuer_known is False


@NEEDS_C2PA
@every_case("purpose", [CLAIM_SIGNING, DOCUMENT_SIGNING, EMAIL_PROTECTION])
def test_credentials_are_not_broken_by_what_their_certificate_is_for(purpose: str) -> None:
    need_c2pa()
    data = signed(plain(PNG), PNG, purpose=purpose)
    assert marks_of(data).credentials is Credentials.VALID
    assert marks_of(broken(data)).credentials is Credentials.BROKEN


@NEEDS_C2PA
@every_case("mime", TYPES)
def test_a_picture_that_was_changed_after_signing_has_broken_credentials(mime: str) -> None:
    need_c2pa()
    found = marks_of(broken(signed(encoded(noise(64, 64), TYPES[mime]), mime)))
    assert found.credentials is Credentials.BROKEN
    assert found.ai_made is AiMade.YES


def test_that_no_ai_was_used_is_believed_of_whole_credentials_only() -> None:
    need_c2pa()
    photograph = signed(encoded(noise(64, 64), "PNG"), PNG, kind="digitalCapture")
    assert marks_of(photograph).ai_made is AiMade.NO
    assert marks_of(broken(photograph)).ai_made is AiMade.NOT_SAID
    unsigned = with_text(plain(PNG), XMP_KEYWORD, xmp("digitalCapture"))
    assert marks_of(unsigned).ai_made is AiMade.NOT_SAID


def test_credentials_that_make_no_sense_are_unreadable() -> None:
    need_c2pa()
    assert marks_of(with_chunk(plain(PNG), b"caBX", b"\0" * 40)).credentials is (
        Credentials.UNREADABLE
    )


def test_without_the_library_it_is_only_known_that_there_are_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need_c2pa()
    data = signed(plain(PNG), PNG)
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    found = marks_of(data)
    assert found == Marks(credentials=Credentials.UNCHECKED)
    assert found.present


def in_png(packet: bytes) -> bytes:
    return with_text(plain(PNG), XMP_KEYWORD, packet)


def in_packed_png(packet: bytes) -> bytes:
    return with_text(plain(PNG), XMP_KEYWORD, packet, packed=True)


def in_jpeg(packet: bytes) -> bytes:
    return encoded(scene(), "JPEG", xmp=packet)


def in_webp(packet: bytes) -> bytes:
    return encoded(scene(), "WEBP", xmp=packet)


def in_avif(packet: bytes) -> bytes:
    return encoded(scene(), "AVIF", xmp=packet)


@every_case("place", [in_png, in_packed_png, in_jpeg, in_webp, in_avif])
def test_the_texts_of_xmp_are_found_in_each_type(place: Callable[[bytes], bytes]) -> None:
    found = marks_of(place(xmp(AI, FIELD)))
    assert found == Marks(source_type=AI, aigc=FIELD)
    assert found.ai_made is AiMade.YES


def test_a_source_type_may_be_an_element_with_an_address() -> None:
    element = f"<I:DigitalSourceType>{SOURCE_TYPES}{AI}</I:DigitalSourceType>".encode()
    end = b"</rdf:Description>"
    packet = xmp(None).replace(end, element + end)
    assert marks_of(in_png(packet)).source_type == AI


@every_case(
    ("kind", "payload"),
    [
        (b"tEXt", b"AIGC\0" + json.dumps(FIELD).encode()),
        (b"tEXt", b"AIGC\0" + json.dumps({"AIGC": FIELD}).encode()),
        (b"zTXt", b"AIGC\0\0" + zlib.compress(json.dumps(FIELD).encode())),
        (b"iTXt", b"AIGC\0\0\0\0\0" + json.dumps(FIELD).encode()),
    ],
)
def test_chinas_field_may_be_a_text_of_its_own(kind: bytes, payload: bytes) -> None:
    assert marks_of(with_chunk(plain(PNG), kind, payload)).aigc == FIELD


def test_chinas_field_may_be_a_comment_of_exif() -> None:
    comment = b"ASCII\0\0\0" + json.dumps({"AIGC": FIELD}).encode()
    assert marks_of(encoded(scene(), "JPEG", exif=exif() + comment)).aigc == FIELD


def test_a_label_that_only_suspects_ai_says_nothing_for_sure() -> None:
    found = marks_of(in_png(xmp(None, {**FIELD, "Label": "3"})))
    assert found.aigc is not None
    assert found.ai_made is AiMade.NOT_SAID


@every_case(
    "data",
    [
        in_png(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + xmp()),
        in_png(b"<no xmp"),
        in_png(b"\xff\xfe\xfd"),
        with_text(plain(PNG), b"AIGC", b"[" * 5000),
        with_text(plain(PNG), b"AIGC", b'{"Label": ["1"]}'),
        with_text(plain(PNG), b"AIGC", b"no json"),
        with_chunk(plain(PNG), b"zTXt", b"AIGC\0\0no stream"),
        with_chunk(plain(PNG), b"iTXt", XMP_KEYWORD),
        plain(JPEG)[:40],
        plain(WEBP)[:25],
        plain(PNG)[:45],
    ],
)
def test_what_makes_no_sense_is_no_mark(data: bytes) -> None:
    assert marks_of(data) == Marks()


def test_a_text_that_unpacks_to_much_is_read_up_to_a_limit() -> None:
    found = find(with_text(plain(PNG), XMP_KEYWORD, b"x" * (9 << 20), packed=True), PNG)
    assert [len(text) for text in found.xmp] == [4 << 20]


async def test_workers_read_marks_and_refuse_what_is_no_picture(
    pictures: Pictures, saved: Callable[[bytes], Path]
) -> None:
    assert (await pictures.marks(saved(in_webp(xmp())))).source_type == AI
    with pytest.raises(PictureError) as caught:
        await pictures.marks(saved(b"no picture"))
    assert caught.value.problem is PictureProblem.NOT_A_PICTURE


async def test_credentials_that_end_a_worker_are_unreadable(
    pictures: Pictures, saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ended(*_: object, **__: object) -> object:
        raise PictureError(PictureProblem.CRASHED)

    monkeypatch.setattr(pictures, "_run", ended)
    assert await pictures.marks(saved(plain(PNG))) == Marks(credentials=Credentials.UNREADABLE)
