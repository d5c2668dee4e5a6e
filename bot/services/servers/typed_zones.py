"""Which time zone somebody means who types one: its IANA name, its city, or a looser word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import cache

from bot.domain.time_zones import NAMES

_EASTERN = ("America/New_York", "America/Toronto", "America/Panama")
_CENTRAL = ("America/Chicago", "America/Winnipeg", "America/Mexico_City")
_MOUNTAIN = ("America/Denver", "America/Edmonton", "America/Phoenix")
_PACIFIC = ("America/Los_Angeles", "America/Vancouver")
_US = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
# What is typed often and means several zones, by the words of `_key`. IANA has old names that end
# in some of them (Canada/Pacific), and EST and MST are zones themselves, but without summer time.
_SEVERAL = {
    "eastern": (*_EASTERN[:2], "Australia/Sydney"),
    "central": _CENTRAL,
    "center": _CENTRAL,
    "mountain": _MOUNTAIN,
    "pacific": _PACIFIC,
    "atlantic": ("America/Halifax", "America/Puerto_Rico"),
    "east": ("America/New_York", "America/Sao_Paulo", "Australia/Sydney"),
    "west": ("America/Los_Angeles", "America/Manaus", "Australia/Perth"),
    "us": _US,
    "usa": _US,
    "canada": ("America/Toronto", "America/Winnipeg", "America/Edmonton", "America/Vancouver"),
    "australia": (
        "Australia/Sydney",
        "Australia/Brisbane",
        "Australia/Adelaide",
        "Australia/Perth",
    ),
    "brazil": ("America/Sao_Paulo", "America/Manaus"),
    "mexico": ("America/Mexico_City", "America/Cancun", "America/Tijuana"),
    "russia": ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"),
    # The two Samoas are a day apart.
    "samoa": ("Pacific/Apia", "Pacific/Pago_Pago"),
    "petersburg": ("Europe/Moscow", "America/Indiana/Petersburg"),
    "san_juan": ("America/Puerto_Rico", "America/Argentina/San_Juan"),
    "victoria": ("Australia/Melbourne", "America/Vancouver"),
    "est": _EASTERN,
    "edt": _EASTERN[:2],
    "cst": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "cdt": ("America/Chicago", "America/Winnipeg", "America/Havana"),
    "mst": _MOUNTAIN,
    "mdt": _MOUNTAIN[:2],
    "pst": (*_PACIFIC, "Asia/Manila"),
    "pdt": _PACIFIC,
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "aest": ("Australia/Sydney", "Australia/Brisbane"),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
}
# Last parts of old names that are not places: Australia/North, Mexico/General.
_NO_PLACES = {"north", "south", "general", "continental"}
_TIME = re.compile(r"_(?:standard_|daylight_)?time$")
_OFFSET = re.compile(r"(?:utc|gmt)?_?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?00)?")
_WRITTEN_AS_OFFSETS = re.compile(r"etc/gmt[+-]")


def zones_meant(typed: str) -> Sequence[str]:
    """Return the zone that is meant, several where the words do not say which, or none."""
    key = _key(typed)
    if zones := _SEVERAL.get(_TIME.sub("", key)):
        return zones
    zone = _zones().get(key) or _cities().get(key)
    return [zone] if zone else []


def zones_like(typed: str) -> Sequence[str]:
    """Return a few time zones that may be meant by something that is none."""
    key = _key(typed)
    if offset := _OFFSET.fullmatch(key):
        return _at_offset(offset["sign"], int(offset["hours"]))
    names = {name: (zone,) for name, zone in (_zones() | _cities()).items()} | _SEVERAL
    # Their signs are the other way round, so none of them is like what was typed.
    names = {name: zones for name, zones in names.items() if not _WRITTEN_AS_OFFSETS.match(name)}
    close = difflib.get_close_matches(key, names, n=6, cutoff=0.7)
    return list(dict.fromkeys(zone for name in close for zone in names[name]))[:3]


def _at_offset(sign: str, hours: int) -> Sequence[str]:
    """Return the zone so many hours from UTC all year: UTC+8 is Etc/GMT-8."""
    name = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}" if hours else "UTC"
    return [name] if name in NAMES else []


def _key(typed: str) -> str:
    return "_".join(typed.split()).casefold()


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in NAMES}


@cache
def _cities() -> dict[str, str]:
    """Return zones by their last part."""
    cities: dict[str, str] = {}
    for name in NAMES:
        region, _, rest = name.partition("/")
        city = rest.rpartition("/")[2].casefold()
        if city and region != "Etc" and city not in _NO_PLACES:
            cities.setdefault(city, name)
    return cities
