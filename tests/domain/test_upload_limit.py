"""How large a file a server takes: announcements, refusals, and neither for ever."""

from __future__ import annotations

import pytest

from bot.domain.message_limits import DOUBT_SECONDS, Announcement, UploadLimit

MIB = 2**20
NOW = 1_000_000


def test_what_was_announced_counts_though_the_table_of_boosts_knows_less() -> None:
    assert UploadLimit(announced_bytes=20 * MIB).bytes_at(NOW, boosts=10 * MIB) == 20 * MIB


def test_a_refused_size_counts_for_an_hour_and_not_for_ever() -> None:
    limit = UploadLimit(announced_bytes=500 * MIB).refuse(22 * MIB, NOW)
    assert limit.bytes_at(NOW + DOUBT_SECONDS - 1, boosts=10 * MIB) == 10 * MIB
    assert limit.bytes_at(NOW + DOUBT_SECONDS, boosts=10 * MIB) == 500 * MIB


def test_where_the_table_promised_what_was_refused_less_is_tried() -> None:
    limit = UploadLimit(announced_bytes=10 * MIB).refuse(10 * MIB, NOW)
    assert limit.bytes_at(NOW, boosts=10 * MIB) == 6 * MIB
    assert limit.refuse(6 * MIB, NOW + 1).bytes_at(NOW + 1, boosts=10 * MIB) == int(3.6 * MIB)


def test_a_refusal_that_is_over_does_not_make_the_next_one_worse() -> None:
    limit = UploadLimit(announced_bytes=500 * MIB).refuse(11 * MIB, NOW)
    later = limit.refuse(22 * MIB, NOW + DOUBT_SECONDS)
    assert later.refused_bytes == 22 * MIB
    assert limit.refuse(22 * MIB, NOW + 1).refused_bytes == 11 * MIB


def test_a_limit_survives_being_stored() -> None:
    for limit in (
        UploadLimit(announced_bytes=MIB),
        UploadLimit(announced_bytes=MIB).refuse(MIB, NOW),
    ):
        assert UploadLimit.of(limit.stored) == limit


@pytest.mark.parametrize("stored", [None, 5, "5", {}, {"announced_bytes": "many"}, {"x": 1}])
def test_odd_values_are_none(stored: object) -> None:
    assert UploadLimit.of(stored) is None


@pytest.mark.parametrize(
    ("limit_bytes", "user_id", "later", "counts"),
    [
        (10, 2, 0, True),
        (9, 2, 0, True),
        (20, 1, 0, True),
        (20, 2, 0, False),
        (20, 2, DOUBT_SECONDS, True),
    ],
)
def test_more_is_believed_of_the_same_member_or_later(
    limit_bytes: int, user_id: int, later: int, counts: bool
) -> None:
    before = Announcement(limit_bytes=10, user_id=1, at=NOW)
    after = Announcement(limit_bytes=limit_bytes, user_id=user_id, at=NOW + later)
    assert before.outdone_by(after) is counts
