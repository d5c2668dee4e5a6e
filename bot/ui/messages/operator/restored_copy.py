"""What `easel db restored` says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.services.ports import CounterKind, OpenCounters
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.words import listed, number, window

RESTORED_HELP = Phrase("""Tell the database that it was restored from a copy. Stop the bot first.

Requests that are open in the copy end: they may have been sent after it was made. Their members
are refunded, and told by the bot once it runs.
""")
NOTHING_OPEN = Phrase("No requests were open in the copy.")
START = Phrase("The bot can be started now.")


def ended(count: int) -> str:
    """Say that open requests ended, and what becomes of their credits."""
    if not count:
        return str(NOTHING_OPEN)
    return ngettext(
        "{count} open request ended: it may have been sent after the copy was made. Its member is "
        "refunded and told; budgets keep what it may have cost.",
        "{count} open requests ended: they may have been sent after the copy was made. Their "
        "members are refunded and told; budgets keep what they may have cost.",
        count,
        count=number(count),
    )


def behind(made_at: int | None, counters: Sequence[OpenCounters]) -> list[str]:
    """Say since when nothing was counted, and in which windows that matters."""
    if made_at is None:
        return [_("The copy has counted nothing.")]
    since = _utc(made_at)
    if not counters:
        return [
            _("What was used after {time} UTC is not counted in any window.", time=since),
        ]
    head = _("What was used after {time} UTC is not counted. These windows are behind:", time=since)
    lines: list[str] = []
    for name in dict.fromkeys(one.window for one in counters):
        of_window = [one for one in counters if one.window is name]
        lines.append(
            _(
                "  {window}, until {time} UTC: {whose}",
                window=window(name.value),
                time=_utc(max(one.ends_at for one in of_window)),
                whose=listed((_whose(one) for one in of_window), "and"),
            )
        )
    return [head, *lines]


def _whose(one: OpenCounters) -> str:
    count = one.counters
    match one.kind:
        case CounterKind.MEMBER:
            return ngettext("{count} member", "{count} members", count, count=number(count))
        case CounterKind.BUDGET:
            return ngettext(
                "the budget of {count} server",
                "the budgets of {count} servers",
                count,
                count=number(count),
            )
        case CounterKind.CEILING:
            return ngettext(
                "the ceiling of {count} server",
                "the ceilings of {count} servers",
                count,
                count=number(count),
            )
        case CounterKind.GLOBAL:
            return _("all servers together")
        case CounterKind.MONEY:
            return _("money")


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
