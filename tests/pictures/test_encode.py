"""Sizes that fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.encode import fitted

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
