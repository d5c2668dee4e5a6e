"""What somebody means who types a time zone: one, or one of a short list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files

from bot.domain.time_zones import NAMES
from bot.services.servers import typed_zones
from bot.services.servers.typed_zones import zones_like, zones_meant
from tests.cases import every_case


@every_case(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        (" new  york ", "America/New_York"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("Japan", "Japan"),
        ("Hawaii", "US/Hawaii"),
        ("US/Pacific", "US/Pacific"),
        ("Canada/Central", "Canada/Central"),
        ("Etc/GMT+8", "Etc/GMT+8"),
    ],
)
def test_a_name_or_a_city_is_one_zone(typed: str, zone: str) -> None:
    assert zones_meant(typed) == [zone]


@every_case(
    "typed",
    [
        "Pacific",
        "mountain",
        "Central",
        "Eastern",
        "Atlantic",
        "West",
        "East",
        "Center",
        "Samoa",
        "Pacific Time",
        "eastern standard time",
        "mountain daylight time",
        "EST",
        "mst",
        "PST",
        "cst",
        "IST",
        "BST",
        "US",
        "usa",
        "Canada",
        "Australia",
        "Victoria",
    ],
)
def test_words_for_several_zones_are_asked_about(typed: str) -> None:
    zones = zones_meant(typed)
    assert 2 <= len(zones) <= 4
    assert {*zones} <= {*NAMES}


@every_case(
    "typed",
    [
        "",
        "North",
        "South",
        "General",
        "Continental",
        "localtime",
        "posixrules",
        "Factory",
        "Etc",
        "UTC+25",
        "UTC+05:30",
        "right/Europe/Berlin",
        "posix/UTC",
        "../../etc/passwd",
        "Time",
    ],
)
def test_what_is_no_zone_means_none(typed: str) -> None:
    assert zones_meant(typed) == []


@every_case(
    ("typed", "zones"),
    [
        ("Berln", ["Europe/Berlin"]),
        ("Pacifc", ["America/Los_Angeles", "America/Vancouver", "US/Pacific"]),
        # The signs of these names are the other way round.
        ("GMT+8", ["Etc/GMT-8"]),
        ("utc +8", ["Etc/GMT-8"]),
        ("UTC-5", ["Etc/GMT+5"]),
        ("−03:00", ["Etc/GMT+3"]),
        ("+0", ["UTC"]),
        ("UTC+15", []),
        ("localtime", []),
        ("Factory", []),
    ],
)
def test_what_is_like_a_zone_is_offered(typed: str, zones: Sequence[str]) -> None:
    assert zones_like(typed) == zones


def test_a_city_of_two_zones_is_the_same_zone_twice() -> None:
    cities: dict[str, list[str]] = defaultdict(list)
    for name in NAMES:
        region, _, rest = name.partition("/")
        if rest and region != "Etc":
            cities[rest.rpartition("/")[2].casefold()].append(name)
    several = {city: names for city, names in cities.items() if len(names) > 1}
    asked = {city for city in several if len(zones_meant(city)) > 1}
    assert asked >= {"pacific", "mountain", "central", "eastern", "west"}
    for city in several.keys() - asked:
        assert len({rules(name) for name in several[city]}) == 1, city


def rules(name: str) -> bytes:
    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def test_every_zone_of_a_list_is_one() -> None:
    for zones in typed_zones._SEVERAL.values():
        assert {*zones} <= {*NAMES}
