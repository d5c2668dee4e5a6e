"""The books of credits in plain Python, to hold those of the database against."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.job import Job
from bot.domain.quotas.quota import parse_allowance
from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window, window_end, window_start
from bot.services.quotas.quota_book import Rules
from tests.services.fakes import HandClock
from tests.zones import zone_named

GUILD = 1
DEFAULT = {Window.DAY: 6}
CEILING = {Window.DAY: 25, Window.MONTH: 60}
EVERYWHERE = {Window.DAY: 40}
MONEY = {Window.DAY: 400}
RULES = Rules(
    member=parse_allowance("6/day"),
    ceiling=parse_allowance("25/day,60/month"),
    everywhere=parse_allowance("40/day"),
    money=tuple(parse_allowance("400/day")),
)

Scope = tuple[str, int, int, Window]

MONEY_SCOPE: Scope = ("money", 0, 0, Window.DAY)


@dataclass
class Span:
    """An open window of the model, and what is used of it."""

    start: int
    end: int
    used: int = 0


@dataclass
class Gift:
    """A grant of the model."""

    grant_id: int
    user_id: int
    amount: int
    expires_at: int | None
    used: int = 0
    revoked: bool = False


@dataclass
class Wished:
    """A job of the model: what it holds of which window or gift.

    `more` is what calls cost above their price, `moved` what it lacked for a dearer provider.
    """

    job: Job
    on: list[tuple[Scope, Span, int]] = field(default_factory=list)
    of: list[tuple[Gift, int]] = field(default_factory=list)
    more: list[tuple[Scope, Span, int]] = field(default_factory=list)
    moved: list[tuple[Scope, Span, int]] = field(default_factory=list)
    calls: int = 0


class Model:
    """What was decided, given and held, and the clock by which it counts."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.zone = "UTC"
        self.decided: dict[tuple[Subject, int, Window], dict[str, int | None]] = {}
        self.spans: dict[Scope, list[Span]] = {}
        self.gifts: dict[int, Gift] = {}

    def expected(self, job: Job, roles: set[int]) -> Wished | None:
        """Return what a request would hold; None when it has to be refused."""
        limits = self.limits(job.user_id, roles)
        if limits is None:
            return None
        needed = job.request.unit_credits * job.request.count
        mine = ("member", GUILD, job.user_id)
        spans = [(self.span((*mine, window), self.zone), most) for window, most in limits.items()]
        room = min((most - span.used for (_, span), most in spans), default=needed)
        taken = max(min(room, needed), 0)
        requested = Wished(job)
        if taken:
            requested.on += [(scope, span, taken) for (scope, span), _ in spans]
        missing = needed - taken
        for gift in sorted(self.usable(job.user_id), key=_soonest):
            if part := min(missing, gift.amount - gift.used):
                requested.of.append((gift, part))
                missing -= part
        if missing:
            return None
        budget = {w: r["credits"] for (s, _, w), r in self.decided.items() if s is Subject.BUDGET}
        own = {w: r["credits"] for (s, _, w), r in self.decided.items() if s is Subject.CEILING}
        ceiling = {w: most for w, most in own.items() if most is not None} or CEILING
        price = job.request.price_micro * job.request.count
        for scope, most_of, amount in (
            (("budget", GUILD, 0), budget, needed),
            (("ceiling", GUILD, 0), ceiling, needed),
            (("global", 0, 0), EVERYWHERE, needed),
            (("money", 0, 0), MONEY if price else {}, price),
        ):
            for window, most in most_of.items():
                if most is None:
                    continue
                key, span = self.span((*scope, window), "UTC")
                if span.used + amount > most:
                    return None
                requested.on.append((key, span, amount))
        return requested

    def lacking(self, requested: Wished, amount: int) -> tuple[Scope, Span, int] | None:
        """Return what a job has to hold of money beside what it holds, to have so much of it."""
        holds = (*requested.on, *requested.more, *requested.moved)
        held = sum(part for scope, _, part in holds if scope[0] == "money")
        scope, span = self.span(MONEY_SCOPE, "UTC")
        return (scope, span, amount - held) if amount > held else None

    def hold(self, where: tuple[Scope, Span, int]) -> None:
        """Count a hold on its window."""
        scope, span, amount = where
        spans = self.spans.setdefault(scope, [])
        if span not in spans:
            spans.append(span)
        span.used += amount

    def limits(self, user: int, roles: set[int]) -> dict[Window, int] | None:
        """Return a member's limits; None for who is denied."""
        now = self.clock.at
        standing = {
            key: value["credits"]
            for key, value in self.decided.items()
            if value["until"] is None or value["until"] > now
        }
        mine = {w: c for (s, i, w), c in standing.items() if s is Subject.MEMBER and i == user}
        of_roles = [(w, c) for (s, i, w), c in standing.items() if s is Subject.ROLE and i in roles]
        everyone = {w: c for (s, _, w), c in standing.items() if s is Subject.EVERYONE}
        if 0 in mine.values() or (not mine and any(c == 0 for _, c in of_roles)):
            return None
        chosen: dict[Window, int | None] = dict(DEFAULT)
        if mine:
            chosen = mine
        elif of_roles:
            chosen = {}
            for window, most in of_roles:
                better = window not in chosen
                before = chosen.get(window)
                if better or most is None or (before is not None and most > before):
                    chosen[window] = most
        elif everyone:
            chosen = everyone
        return {window: most for window, most in chosen.items() if most is not None}

    def usable(self, user: int) -> list[Gift]:
        return [
            gift
            for gift in self.gifts.values()
            if gift.user_id == user
            and not gift.revoked
            and (gift.expires_at is None or gift.expires_at > self.clock.at)
        ]

    def span(self, scope: Scope, zone: str) -> tuple[Scope, Span]:
        """Return the open window; a new one is only kept once something is held on it."""
        now, last = self.clock.at, (self.spans.get(scope) or [None])[-1]
        if last is not None and last.end > now:
            return scope, last
        begun = window_start(scope[3], now, zone_named(zone))
        end = window_end(scope[3], begun, zone_named(zone))
        return scope, Span(max(begun, last.end) if last else begun, end)


def _soonest(gift: Gift) -> tuple[bool, int, int]:
    return gift.expires_at is None, gift.expires_at or 0, gift.grant_id
