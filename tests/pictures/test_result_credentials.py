"""The content credentials of a result are checked once, where a service gave it some."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.file_types import JPEG, PNG
from bot.domain.provenance import Credentials, Marks
from bot.metrics import Metrics
from bot.pictures.pool import Pictures
from bot.services.jobs.call_metrics import Unmeasured
from bot.services.jobs.result_picture import ResultCredentials
from tests.pictures.samples import encoded, scene
from tests.pictures.signed import broken, known_issuer, need_c2pa, signed

COUNTED = "easel_credentials_checked_total"


async def stored(pictures: Pictures, credentials: ResultCredentials, path: Path) -> str:
    return await credentials.checked("easel", await pictures.inspect_result(path), path)


async def test_valid_and_broken_credentials_are_told_apart_and_counted(
    pictures: Pictures,
    saved: Callable[[bytes], Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    need_c2pa()
    metrics = Metrics()
    credentials = ResultCredentials(pictures, metrics)
    whole = signed(encoded(scene(), "PNG"), PNG)
    assert await stored(pictures, credentials, saved(whole)) == "kept valid"
    with caplog.at_level(logging.WARNING):
        assert await stored(pictures, credentials, saved(broken(whole))) == "kept broken"
        assert await stored(pictures, credentials, saved(broken(whole))) == "kept broken"
    assert len(caplog.records) == 1
    assert "easel delivers pictures whose content credentials are broken" in caplog.text
    for state, count in (("valid", 1), ("broken", 2), ("unreadable", None)):
        labels = {"provider": "easel", "state": state}
        assert metrics.registry.get_sample_value(COUNTED, labels) == count


async def test_a_known_issuer_is_stored_with_the_picture(saved: Callable[[bytes], Path]) -> None:
    need_c2pa()
    pictures = Pictures(workers=1, trust_anchors=known_issuer())
    try:
        credentials = ResultCredentials(pictures, Unmeasured())
        path = saved(signed(encoded(scene(), "PNG"), PNG))
        assert await stored(pictures, credentials, path) == "kept valid trusted"
    finally:
        await pictures.close()


@pytest.mark.parametrize("installed", [True, False])
async def test_nothing_is_looked_at_without_credentials_or_without_c2pa(
    pictures: Pictures,
    saved: Callable[[bytes], Path],
    monkeypatch: pytest.MonkeyPatch,
    installed: bool,
) -> None:
    async def never(_source: Path) -> Marks:
        raise AssertionError

    monkeypatch.setattr(pictures, "marks", never)
    monkeypatch.setattr(pictures, "checks_credentials", installed)
    credentials = ResultCredentials(pictures, Unmeasured())
    data = encoded(scene(), "JPEG")
    if not installed:
        need_c2pa()
        data = signed(data, JPEG)
    assert await stored(pictures, credentials, saved(data)) == ("" if installed else "kept")


async def test_what_no_worker_could_read_is_not_called_broken(
    pictures: Pictures, saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that takes too long says nothing about the picture."""
    need_c2pa()

    async def unreadable(_source: Path) -> Marks:
        return Marks(credentials=Credentials.UNREADABLE)

    monkeypatch.setattr(pictures, "marks", unreadable)
    path = saved(signed(encoded(scene(), "JPEG"), JPEG))
    assert await stored(pictures, ResultCredentials(pictures, Unmeasured()), path) == "kept"
