"""Types from first bytes."""

from __future__ import annotations

from bot.domain.file_types import HEAD_BYTES, picture_type
from tests.cases import every_case
from tests.pictures.samples import all_formats


@every_case(("name", "data"), all_formats().items())
def test_every_format_is_known_by_its_first_bytes(name: str, data: bytes) -> None:
    kind = "png" if name == "apng" else name.partition("-")[0]
    assert picture_type(data[:HEAD_BYTES]) == f"image/{kind}"


@every_case(
    "head",
    [
        b"",
        b"B",
        b"BMW, a text about cars that goes on for a while",
        b"<!DOCTYPE html><html><body>404</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
        b"\x00\x00\x00\x18ftyp",
        b"\x89PNX\r\n\x1a\n",
        b"GIF90a",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"\xff\xfe<\x00h\x00t\x00m\x00l\x00",
    ],
)
def test_what_is_no_picture_has_no_type(head: bytes) -> None:
    assert picture_type(head) is None


def test_a_heif_that_is_an_avif_by_its_compatible_brands_is_an_avif() -> None:
    head = b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf"
    assert picture_type(head) == "image/avif"


def test_brands_are_read_within_the_first_box_only() -> None:
    head = b"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00mif1avifmiaf"
    assert picture_type(head) == "image/heif"
