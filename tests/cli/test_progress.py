"""The progress bar is for people: on stderr, and only where that is a terminal."""

from __future__ import annotations

import io

import pytest

from bot.cli.generate.progress_bar import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("calls", "text"), [([1], "Drawing"), ([1, 1, 1], "Drawing 3 pictures")])
def test_a_terminal_shows_how_far_the_calls_are(
    monkeypatch: pytest.MonkeyPatch, calls: list[int], text: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    with progress(calls) as ended:
        for images in calls:
            ended(images)
    assert text in shown.getvalue()


def test_a_file_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    with progress([1]) as ended:
        ended(1)
    assert shown.getvalue() == ""
