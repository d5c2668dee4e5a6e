"""Base64 and data URLs, and the types of pictures by their first bytes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot.domain.file_types import picture_type
from bot.providers.references.data_urls import (
    data_url,
    data_url_length,
    decoded,
)
from tests.providers.servers import JPEG, PNG


def test_a_file_becomes_a_data_url_without_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(PNG)
    text = data_url(path, "image/PNG")
    assert text == "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert abs(data_url_length(len(PNG)) - len(text)) <= 30


@pytest.mark.parametrize("mime", ["image/jpg", "image/jpeg", "IMAGE/JPG", None])
def test_jpeg_has_one_name(tmp_path: Path, mime: str | None) -> None:
    path = tmp_path / "a"
    path.write_bytes(JPEG)
    assert data_url(path, mime).startswith("data:image/jpeg;base64,/9j/")


LARGE = bytes(range(256)) * 8_001  # no multiple of three, more than one slice


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(LARGE).decode(),
        base64.encodebytes(LARGE).decode(),
        "\r\n " + base64.b64encode(LARGE).decode() + "\n",
        base64.b64encode(LARGE).decode().rstrip("="),
        "data:image/png;base64," + base64.b64encode(LARGE).decode(),
        "DATA:image/PNG;name=a.png;BASE64,\n" + base64.b64encode(LARGE).decode(),
        "data:;base64," + base64.b64encode(LARGE).decode(),
    ],
)
def test_every_spelling_of_base64_is_decoded_in_slices(text: str) -> None:
    pieces = list(decoded(text))
    assert b"".join(pieces) == LARGE
    assert len(pieces) > 2


@pytest.mark.parametrize("text", ["data:image/png,AAAA", "<html>", "AAAA!AAA", "A", "äöü="])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        list(decoded(text))


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WAVE", None),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
def test_the_type_is_told_by_the_first_bytes(head: bytes, mime: str | None) -> None:
    assert picture_type(head) == mime
