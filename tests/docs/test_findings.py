"""The scripts of `findings/` have the form that CONTRIBUTING.md asks for; none is run here."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cases import every_case

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "findings").iterdir())


@every_case("script", SCRIPTS, ids=lambda script: script.name)
def test_a_finding_has_the_form_that_is_asked_for(script: Path) -> None:
    text = script.read_text("utf-8")
    assert re.fullmatch(r"[a-z0-9-]+\.sh", script.name)
    assert script.stat().st_mode & 0o111
    assert re.match(r"#!/bin/(sh|bash)\n# .*\d", text)
    assert "#\n# Seen:\n" in text
    assert re.search(r"^set -eu", text, re.MULTILINE)
    assert "mktemp -d" in text
    assert re.search(r"^trap '.*rm -rf", text, re.MULTILINE)
    for line in re.findall(r"pip install (?!-)?.*'.*'", text):
        assert all("==" in word for word in re.findall(r"'([^']+)'", line)), line
    assert not re.search(r"(?i)\b(easel|bot\.|cogs|index-url|https?://(?!127\.))", text)
