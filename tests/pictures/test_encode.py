"""Sizes that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.domain.file_types import WEBP
from bot.pictures import encode
from bot.pictures.encode import fitted
from tests.pictures.samples import noise

SIDES = st.integers(1, 20_000)


@given(SIDES, SIDES, st.integers(1, 400_000_000), st.integers(1, 20_000))
def test_a_fitted_size_is_within_both_limits_and_no_larger(
    width: int, height: int, max_pixels: int, max_edge: int
) -> None:
    fitting = fitted(width, height, max_pixels=max_pixels, max_edge=max_edge)
    assert 1 <= fitting[0] <= width
    assert 1 <= fitting[1] <= height
    assert max(fitting) <= max_edge
    assert fitting[0] * fitting[1] <= max_pixels


@given(st.integers(15, 20_000), st.integers(15, 20_000), st.integers(1_000_000, 36_000_000))
def test_a_fitted_size_is_never_more_elongated_than_the_picture(
    width: int, height: int, max_pixels: int
) -> None:
    new_width, new_height = fitted(width, height, max_pixels=max_pixels)
    assert max(new_width, new_height) * min(width, height) <= max(width, height) * min(
        new_width, new_height
    )


def test_a_size_within_its_limits_stays() -> None:
    assert fitted(6000, 6000, max_pixels=36_000_000, max_edge=6000) == (6000, 6000)


def test_exact_limits_are_met_exactly() -> None:
    assert fitted(64_000, 4_000, max_pixels=36_000_000) == (24_000, 1_500)
    assert fitted(4_000, 3_000, max_edge=2_048) == (2_048, 1_536)


@pytest.mark.parametrize(("limit", "width"), [(7_500_000, 2100), (1_000_000, None)])
def test_of_a_large_picture_only_what_may_fit_is_tried(
    limit: int, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, tried = noise(2100, 2000, "RGBA"), list[int]()
    real = encode.encode

    def counted(picture: Image.Image, mime: str, quality: int, *, fast: bool = False) -> bytes:
        tried.extend([] if fast else [picture.width])
        return real(picture, mime, quality, fast=fast)

    monkeypatch.setattr(encode, "encode", counted)
    made, data = encode.squeeze(
        image,
        WEBP,
        limit_bytes=limit,
        qualities=(95, 90, 80, 70),
        edges=encode.falling_edges(image),
    )
    assert len(data) <= limit
    assert width in (None, made.width)
    assert tried.count(2100) <= 2
    assert len(tried) < 7


def test_a_webp_of_more_detail_than_the_format_holds_is_one_that_does_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image, real = noise(300, 200, "RGBA"), encode.encode

    def full(picture: Image.Image, mime: str, quality: int, *, fast: bool = False) -> bytes:
        if picture.width == 300:
            raise ValueError("encoding error 6")
        return real(picture, mime, quality, fast=fast)

    monkeypatch.setattr(encode, "encode", full)
    made, _ = encode.squeeze(image, WEBP, limit_bytes=200_000, edges=encode.falling_edges(image))
    assert made.width == 240
