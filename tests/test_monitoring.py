"""The dashboard and the alerts name metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs import pages

DEPLOY = Path(__file__).parent.parent / "deploy"
_METRIC = re.compile(r"\b(?:easel|process)_[a-z_]+")
_SAMPLE = re.compile(r"_(?:bucket|sum|count)$")


def known() -> set[str]:
    """Return the metrics of docs/operating.md, which a test compares with the code."""
    section = pages.section("docs/operating.md", "Metrics")
    return {name for row in pages.rows(section) for name in pages.code(row[0])}


def named(expressions: str) -> set[str]:
    return {_SAMPLE.sub("", name) for name in _METRIC.findall(expressions)}


def test_every_metric_of_the_dashboard_exists() -> None:
    dashboard = json.loads((DEPLOY / "grafana.json").read_text())
    expressions = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    found = named("\n".join(expressions))
    assert len(found) > 15
    assert found <= known()


def test_every_metric_of_the_alerts_exists() -> None:
    lines = (DEPLOY / "alerts.yaml").read_text().splitlines()
    found = named("\n".join(line for line in lines if "expr:" in line))
    assert len(found) == 5
    assert found <= known()


def test_prometheus_takes_the_alerts() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not there (Debian's package prometheus)")
    checked = subprocess.run(
        ["promtool", "check", "rules", DEPLOY / "alerts.yaml"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert "6 rules found" in checked.stdout
