"""Time zones by their IANA names, from the pinned data alone.

`zoneinfo` prefers the files of the host, whose release nobody chose: in an older one a day can
begin at another hour. So each zone is read from the package `tzdata` here, the same in every
process, and nothing else in the project asks `zoneinfo` for one.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_DATA = files("tzdata")
# Its only rule is that no zone has been chosen yet.
_NO_ZONES = {"Factory"}

NAMES = tuple(sorted({*(_DATA / "zones").read_text("utf-8").split()} - _NO_ZONES))


def zone_of(name: str) -> ZoneInfo | None:
    """Return a time zone by its exact name; None when there is none of that name."""
    return _read(name) if name in _KNOWN else None


_KNOWN = frozenset(NAMES)


@cache
def _read(name: str) -> ZoneInfo:
    with _DATA.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def release() -> str:
    """Return the release of the data by its IANA name: a year and a letter, 2025b."""
    with (_DATA / "zoneinfo" / "tzdata.zi").open(encoding="utf-8") as lines:
        return next(lines).removeprefix("# version ").strip()
