"""What `easel status` says, in words and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.domain.job import JobState
from bot.domain.quotas.quota import Used
from bot.services.ports import Block, Circuit, OperatorStatus, ServerPause, UnderWay
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.operator.alerts import trouble
from bot.ui.messages.words import listed, number, per_window, plural

STATUS_HELP = Phrase("""Show what is paused, blocked, queued and running, and today's use.

Read from the live database, also while the bot is stopped. Today begins at 00:00 UTC.
""")
JSON_HELP = Phrase("Print one JSON value instead.")

# More lines than this nobody reads; --json has them all.
_MOST_LINES = 10
_MICRO = 1_000_000
_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def lines(status: OperatorStatus, currency: str) -> Iterator[str]:
    """Yield the whole status in lines."""
    paused = [_server_pause(one) for one in status.pauses]
    paused += [_service_pause(one) for one in status.circuits]
    yield from _block(_("Paused"), paused)
    yield from _block(_("Blocked"), [_blocked(one) for one in status.blocks])
    yield from _block(_("Requests"), _requests(status))
    yield from _block(_("Today"), _today(status, currency))


def to_json(status: OperatorStatus, currency: str) -> dict[str, Any]:
    """Return the whole status as docs/command-line.md describes it."""
    return {
        "time": status.now,
        "paused": {
            "servers": [
                {
                    "guild": one.guild_id or None,
                    "by": "operator" if one.by_operator else "staff",
                    "until": one.pause.until,
                    "reason": one.pause.reason,
                }
                for one in status.pauses
            ],
            "services": [
                {"service": one.name, "reason": one.reason, "until": one.until}
                for one in status.circuits
            ],
        },
        "blocked": [
            {
                "user": one.user_id,
                "guild": one.guild_id or None,
                "until": one.until,
                "reason": one.reason,
            }
            for one in status.blocks
        ],
        "requests": [
            {
                "service": one.provider,
                "state": "pickup" if one.parked else one.state.value,
                "requests": one.jobs,
                "oldest_seconds": max(status.now - one.oldest_at, 0),
            }
            for one in status.under_way
        ],
        "today": {
            "since": status.day_began,
            "requests": {
                state.value: sum(one.state is state for one in status.ended) for state in _STATES
            },
            "pictures": sum(one.pictures for one in status.ended),
            "credits": sum(one.credits for one in status.ended),
            "money": {
                "currency": currency,
                "known": sum(one.known_micro for one in status.ended) / _MICRO,
                "unknown": sum(one.perhaps_micro for one in status.ended) / _MICRO,
            },
        },
        "ceilings": [
            *(_used_json(one, "credits", 1) for one in status.credits),
            *(_used_json(one, "money", _MICRO) for one in status.money),
        ],
    }


def _block(title: str, found: Sequence[str]) -> Iterator[str]:
    if not found:
        yield _("{title}: nothing", title=title)
        return
    yield _("{title}:", title=title)
    for line in found[:_MOST_LINES]:
        yield f"  {line}"
    more = len(found) - _MOST_LINES
    if more > 0:
        said = ngettext("{count} more, see --json", "{count} more, see --json", more, count=more)
        yield f"  {said}"


def _server_pause(one: ServerPause) -> str:
    if not one.guild_id:
        where = _("the whole bot")
    elif one.by_operator:
        where = _("server {guild_id}", guild_id=one.guild_id)
    else:
        where = _("server {guild_id}, by its staff", guild_id=one.guild_id)
    return _ending(where, one.pause.until, one.pause.reason)


def _service_pause(one: Circuit) -> str:
    where = _("image service {name}", name=one.name)
    return _ending(where, one.until, str(trouble(one.reason)) if one.reason else None)


def _blocked(one: Block) -> str:
    if one.guild_id:
        who = _("user {user_id} in server {guild_id}", user_id=one.user_id, guild_id=one.guild_id)
    else:
        who = _("user {user_id} everywhere", user_id=one.user_id)
    return _ending(who, one.until, one.reason)


def _ending(what: str, until: int | None, reason: str | None) -> str:
    if until is not None:
        what = _("{what}, until {time} UTC", what=what, time=_utc(until))
    return _("{what}: {reason}", what=what, reason=reason) if reason else what


def _requests(status: OperatorStatus) -> list[str]:
    return [
        _("{service}: {requests}", service=name, requests=counts)
        for name, counts in _by_service(status.under_way, status.now).items()
    ]


def _by_service(under_way: Sequence[UnderWay], now: int) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for one in under_way:
        found.setdefault(one.provider, []).append(_counted(one, now))
    return {name: listed(parts, "and") for name, parts in sorted(found.items())}


def _counted(one: UnderWay, now: int) -> str:
    count = number(one.jobs)
    if one.parked:
        return _("{count} to pick up", count=count)
    match one.state:
        case JobState.QUEUED:
            minutes = number(max(now - one.oldest_at, 0) // 60)
            return _("{count} waiting (the oldest for {minutes} min)", count=count, minutes=minutes)
        case JobState.RUNNING:
            return _("{count} being drawn", count=count)
        case JobState.HELD:
            return _("{count} held for staff", count=count)
        case _:
            return _("{count} being posted", count=count)


def _today(status: OperatorStatus, currency: str) -> list[str]:
    ended = status.ended
    if not ended and not any(one.used for one in (*status.credits, *status.money)):
        return []
    states = Counter(one.state for one in ended)
    found = [
        _(
            "requests: {done} done, {failed} failed, {cancelled} cancelled",
            **{state.value: number(states[state]) for state in _STATES},
        ),
        _(
            "posted: {pictures}, {credits}",
            pictures=plural(sum(one.pictures for one in ended), "picture"),
            credits=plural(sum(one.credits for one in ended), "credit"),
        ),
    ]
    known, perhaps = sum(x.known_micro for x in ended), sum(x.perhaps_micro for x in ended)
    if known or perhaps:
        found.append(
            _(
                "money: {paid} paid, {perhaps} perhaps paid",
                paid=_money(known, currency),
                perhaps=_money(perhaps, currency),
            )
        )
    for one in status.credits:
        found.append(_ceiling(one, number(one.used), number(one.limit.credits)))
    for one in status.money:
        found.append(_ceiling(one, _money(one.used, currency), _money(one.limit.credits, currency)))
    return found


def _ceiling(one: Used, used: str, limit: str) -> str:
    return _(
        "all servers: {used} of {limit} {per_window} used or held",
        used=used,
        limit=limit,
        per_window=per_window(one.limit.window.value),
    )


def _used_json(one: Used, unit: str, scale: int) -> dict[str, Any]:
    return {
        "unit": unit,
        "window": one.limit.window.value,
        "used": one.used / scale if scale > 1 else one.used,
        "limit": one.limit.credits / scale if scale > 1 else one.limit.credits,
        "ends_at": one.ends_at,
    }


def _money(micro: int, currency: str) -> str:
    return f"{micro / _MICRO:.2f} {currency}"


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
