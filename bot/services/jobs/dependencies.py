"""What running a job needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.services.delivery.posting import Delivery
from bot.services.delivery.tickets import Tickets
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.moves import Moves
from bot.services.jobs.result_picture import ResultCredentials
from bot.services.ports import Clock, Database, Pictures, Spool
from bot.services.quotas.quota_book import QuotaBook
from bot.services.safety.result_check import ResultCheck
from bot.services.tasks.wake_event import WakeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDependencies:
    """The services and ports of every run of a job; `user_tag` hides members from providers.

    `collected` wakes who posts what is compared.
    """

    database: Database
    spool: Spool
    pictures: Pictures
    quotas: QuotaBook
    delivery: Delivery
    tickets: Tickets
    circuits: Circuits
    moves: Moves
    check: ResultCheck
    collected: WakeEvent
    credentials: ResultCredentials
    clock: Clock
    user_tag: Callable[[int], str]
