"""Time zones come from the pinned data, whatever the host has, and only from there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import tzdata

from bot.domain.server import ServerSettings
from bot.domain.time_zones import NAMES, release, zone_of
from tests.cases import every_case
from tests.zones import zone_named

ROOT = Path(__file__).parents[2]


# Each of them moved in 2026: a release of 2025 has another offset for that winter.
@every_case(
    ("name", "hours"),
    [
        ("America/Vancouver", -7),
        ("America/Edmonton", -6),
        ("Africa/Casablanca", 0),
        ("America/Havana", -4),
    ],
)
def test_a_recent_change_is_known(name: str, hours: int) -> None:
    noon = datetime(2026, 12, 15, 12, tzinfo=zone_named(name))
    assert noon.utcoffset() == timedelta(hours=hours)


def test_other_files_of_the_host_change_nothing(tmp_path: Path) -> None:
    """A process of its own, since `zoneinfo` reads its folders once."""
    (tmp_path / "Europe").mkdir()
    tokyo = Path(tzdata.__path__[0], "zoneinfo", "Asia", "Tokyo").read_bytes()
    for name in ("Europe/Berlin", "localtime"):
        (tmp_path / name).write_bytes(tokyo)
    code = """
from datetime import datetime
from zoneinfo import ZoneInfo
from bot.domain.server import ServerSettings
from bot.services.servers.typed_zones import zones_meant
noon = datetime(2026, 1, 1, 12)
berlin = ServerSettings.of({"time_zone": "Europe/Berlin"}).zone
print(noon.replace(tzinfo=ZoneInfo("Europe/Berlin")).utcoffset(), ZoneInfo("localtime").key)
print(noon.replace(tzinfo=berlin).utcoffset(), zones_meant("localtime"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONTZPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["9:00:00 localtime", "1:00:00 []"]


def test_nothing_else_asks_for_a_zone_of_the_host() -> None:
    asking = re.compile(r"^\s*(?:from|import) zoneinfo\b|dateutil|pytz", re.MULTILINE)
    found = {
        str(file.relative_to(ROOT))
        for folder in ("bot", "cogs", "tests")
        for file in (ROOT / folder).rglob("*.py")
        if asking.search(file.read_text("utf-8"))
    }
    assert found - {str(Path(__file__).relative_to(ROOT))} == {"bot/domain/time_zones.py"}


@every_case(
    "name",
    [
        "localtime",
        "posixrules",
        "Factory",
        "posix/Europe/Berlin",
        "right/UTC",
        "europe/berlin",
        "",
        ".",
        "Europe",
        "Europe/",
        "../zones",
        "/etc/localtime",
        "zone.tab",
        "tzdata.zi",
        "\0",
    ],
)
def test_what_is_no_zone_is_none_also_where_it_was_stored(name: str) -> None:
    assert zone_of(name) is None
    assert ServerSettings.of({"time_zone": name}).time_zone == "UTC"


def test_every_zone_can_be_read_and_is_kept() -> None:
    for name in NAMES:
        zone = zone_named(name)
        assert (str(zone), zone_named(name)) == (name, zone)


def test_the_release_is_that_of_the_package() -> None:
    assert release() == tzdata.IANA_VERSION
