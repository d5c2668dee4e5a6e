"""What errors carry to whoever writes the sentence, also between processes."""

from __future__ import annotations

import pickle

from bot.domain.errors import PictureError, PictureProblem


def test_a_picture_error_comes_out_of_another_process_as_it_went_in() -> None:
    error = PictureError(PictureProblem.TOO_MANY_PIXELS, "bomb", width=9, height=8, limit=7)
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(back) is PictureError
    assert (back.problem, back.detail) == (PictureProblem.TOO_MANY_PIXELS, "bomb")
    assert back.values == {"width": 9, "height": 8, "limit": 7}
    assert str(back) == str(error) == "too_many_pixels: bomb {'width': 9, 'height': 8, 'limit': 7}"


def test_a_picture_error_without_numbers_is_logged_by_its_name() -> None:
    assert str(PictureError(PictureProblem.BROKEN)) == "broken"
