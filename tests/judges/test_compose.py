"""The compose files, judged by the published schema: check-jsonschema brings it along."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.judges.environments import place_of

DEPLOY = Path(__file__).parents[2] / "deploy"


def judged(file: Path) -> subprocess.CompletedProcess[str]:
    """Hold a file against the schema; nothing is fetched."""
    judge = place_of("compose") / "bin" / "check-jsonschema"
    return subprocess.run(
        [judge, "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", ["compose.yaml", "compose.scale.yaml"])
def test_a_compose_file_is_one(name: str) -> None:
    found = judged(DEPLOY / name)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout


def test_what_is_none_is_seen(tmp_path: Path) -> None:
    text = (DEPLOY / "compose.scale.yaml").read_text()
    # What several services share, is judged in each of them.
    for right, wrong in (("cap_drop: [ALL]", "cap_drop: ALL"), ("replicas: 2", "replica: 2")):
        assert right in text
        file = tmp_path / "compose.yaml"
        file.write_text(text.replace(right, wrong))
        assert judged(file).returncode == 1
