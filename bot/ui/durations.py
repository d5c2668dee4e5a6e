"""How long something lasts, as people type it: a span or a date, and what is suggested."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.errors import EaselError
from bot.ui.messages import durations as words

# Longer than a year is for good: then nobody types a time at all.
LONGEST_SECONDS = 366 * 86400

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "时", "小时", "个小时"), _HOUR),
    **dict.fromkeys(("d", "day", "days", "天", "日"), _DAY),
    **dict.fromkeys(
        ("w", "wk", "week", "weeks", "周", "星期", "个星期", "礼拜", "个礼拜"), 7 * _DAY
    ),
    **dict.fromkeys(("month", "months", "月", "个月"), 30 * _DAY),
}
# Whatever language its form was in: people type as they are used to.
_DIGITS = "一二三四五六七八九"
_SPAN = re.compile(
    rf"(?P<number>[0-9]{{1,6}}|半|[{_DIGITS}]?十[{_DIGITS}]?|[{_DIGITS}两]) ?(?P<unit>[^\W\d_]+)"
)
_DATE = re.compile(r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ t](?P<time>[0-9]{1,2}:[0-9]{2}))?")
_WRITTEN_OUT = re.compile(r"([0-9]{4}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号] ?")
_USUAL = {"1 h": 3600, "1 day": _DAY, "1 week": 7 * _DAY, "30 days": 30 * _DAY}

Choice = tuple[str, str]


class UnclearError(EaselError):
    """What was typed is no time, or one that cannot be; `str(error)` is for the person."""


def parse(typed: str, *, now: int, zone: tzinfo = UTC) -> int:
    """Return when it ends, in UTC seconds: a span from now, or a date of the zone to its end.

    Raises UnclearError with a sentence that names the form.
    """
    text = " ".join(unicodedata.normalize("NFKC", typed).casefold().split())
    until = _span(text, now) or _date(text, zone)
    if until is None:
        raise UnclearError(words.unclear(typed))
    if until <= now:
        raise UnclearError(words.past(typed))
    if until - now > LONGEST_SECONDS:
        raise UnclearError(words.TOO_LONG)
    return until


def choices(typed: str, *, now: int, zone: tzinfo = UTC) -> list[Choice]:
    """Return the usual spans, and what was typed where it can be read."""
    wanted = " ".join(typed.casefold().split())
    usual = [(str(words.USUAL[text]), text) for text in _USUAL]
    found = [(name, text) for name, text in usual if wanted in f"{name} {text}".casefold()]
    if not wanted:
        return found
    try:
        until = parse(typed, now=now, zone=zone)
    except UnclearError:
        return found
    shown = words.choice(wanted, datetime.fromtimestamp(until, zone))
    return [(shown, wanted), *(one for one in found if one[1] != wanted)]


def _span(text: str, now: int) -> int | None:
    found = _SPAN.fullmatch(text)
    seconds = _UNITS.get(found["unit"]) if found else None
    if found is None or seconds is None:
        return None
    return now + (seconds // 2 if found["number"] == "半" else _number(found["number"]) * seconds)


def _number(text: str) -> int:
    """Return a number in digits, or up to 99 as it is spoken in Chinese: 两, 十五, 三十."""
    if text.isdecimal():
        return int(text)
    # No digit before 十 is one.
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    return (_DIGITS.index(tens) + 1) * 10 * bool(ten) + (_DIGITS.index(ones) + 1 if ones else 0)


def _date(text: str, zone: tzinfo) -> int | None:
    text = _WRITTEN_OUT.sub(lambda d: f"{d[1]}-{int(d[2]):02}-{int(d[3]):02} ", text).strip()
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found["date"])
        if found["time"]:
            hours, minutes = (int(part) for part in found["time"].split(":"))
            at = datetime.combine(day, time(hours, minutes), zone)
        else:
            at = datetime.combine(day + timedelta(days=1), time(), zone)
        return int(at.timestamp())
    except (ValueError, OverflowError):
        return None
