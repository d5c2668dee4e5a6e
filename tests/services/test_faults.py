"""Each fault of an image service, with the outcome it has and the money it leaves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest

from bot.domain.errors import Failure
from bot.domain.job import JobState, Reason
from bot.providers.http.transport import Timeouts, Transport
from bot.providers.service import HttpImageService
from bot.services.ports import CallRequest, CounterKind, Retry
from bot.storage.ledger.ledger_check import problems
from tests.world import World, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a set of three pictures comes to: charges in pictures, requests as the API saw them."""

    reason: Reason | None
    requests: int = 1
    member: int = 0
    budget: int = 0


DONE = Fault(reason=None, member=3, budget=3)
NOTHING_PAID = replace(DONE, member=0, budget=0)
PERHAPS_PAID = Fault(reason=Reason.UNKNOWN_OUTCOME, budget=3)

FAULTS = {
    # Known to have cost nothing.
    "moderation": replace(NOTHING_PAID, reason=Reason.REFUSED_PROMPT),
    "output": replace(NOTHING_PAID, reason=Reason.WITHHELD),
    "credit": replace(NOTHING_PAID, reason=Reason.NO_CREDIT),
    "overdue": replace(NOTHING_PAID, reason=Reason.NO_CREDIT),
    "validation-500": replace(NOTHING_PAID, reason=Reason.BAD_REQUEST),
    "413": replace(NOTHING_PAID, reason=Reason.BAD_REQUEST),
    "401": replace(NOTHING_PAID, reason=Reason.PROVIDER_DOWN),
    "404": replace(NOTHING_PAID, reason=Reason.PROVIDER_DOWN),
    # Repeated as often as docs/spec/image-apis.md section 12 allows.
    "500": replace(NOTHING_PAID, reason=Reason.PROVIDER_DOWN, requests=2),
    "503": replace(NOTHING_PAID, reason=Reason.PROVIDER_DOWN, requests=2),
    "no-channel": replace(NOTHING_PAID, reason=Reason.PROVIDER_DOWN, requests=2),
    "500-final": replace(NOTHING_PAID, reason=Reason.PROVIDER_DOWN),
    "500-other": replace(NOTHING_PAID, reason=Reason.PROVIDER_DOWN),
    "429-once": replace(DONE, requests=2),
    "500-once": replace(DONE, requests=2),
    "503-once": replace(DONE, requests=2),
    # Perhaps made and paid: never repeated; budgets count it, members do not.
    "502": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "504": PERHAPS_PAID,
    "524": PERHAPS_PAID,
    "reset": PERHAPS_PAID,
    "half": PERHAPS_PAID,
    "hang": PERHAPS_PAID,
    "wrapped-500": replace(PERHAPS_PAID, reason=Reason.REFUSED_PROMPT),
    "task-202": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "broken": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "html": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "empty": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "object": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "nulls": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    # Made and paid, and lost on the way.
    "asset-404": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "asset-html": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    "not-a-picture": replace(PERHAPS_PAID, reason=Reason.PROVIDER_DOWN),
    # Delivered.
    "partial": replace(DONE, member=2, budget=2),
    "data-url": replace(DONE, member=1, budget=1),
    "one-object": replace(DONE, member=1, budget=1),
    "asset-500-once": DONE,
    "asset-404-once": DONE,
    "asset-html-once": DONE,
    "gzip": DONE,
    "images-field": DONE,
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing between tries, and not long for an answer that never comes."""
    decide = HttpImageService.retry

    def at_once(
        self: HttpImageService, call_request: CallRequest, failure: Failure, tries: int
    ) -> Retry | None:
        retry = decide(self, call_request, failure, tries)
        return replace(retry, wait_seconds=0) if retry else None

    monkeypatch.setattr(HttpImageService, "retry", at_once)
    monkeypatch.setattr(HttpImageService, "_slow_down", lambda *_: None)
    prepare = Transport.__init__

    def hasty(self: Transport, *args: object, **kwargs: object) -> None:
        prepare(self, *args, **kwargs)  # pyright: ignore[reportArgumentType]
        self.timeouts = Timeouts(read=5.0)

    monkeypatch.setattr(Transport, "__init__", hasty)


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.usefixtures("impatient")
async def test_a_fault_has_one_outcome_and_leaves_the_right_money(world: World, name: str) -> None:
    expected = FAULTS[name]
    await world.alice.slash(
        world.art, "imagine", prompt=f"hills fault:{name}", count=3, related="set"
    )
    await world.finished()
    (job,) = await world.jobs(world.alice)
    assert job.reason is expected.reason
    assert job.state is (JobState.FAILED if expected.reason else JobState.DONE)
    assert len(world.apis.requests) == expected.requests
    assert await charged(world) == (expected.member, expected.budget)
    assert await problems(world.app.database) == []
    pictures = sum(len(message.attachments) for message in world.results())
    assert pictures == expected.member


@pytest.mark.parametrize(("name", "requests"), [("429-long", 1), ("429", 3)])
@pytest.mark.usefixtures("impatient")
async def test_a_rate_limit_that_outlasts_the_tries_leaves_the_request_in_the_queue(
    world: World, name: str, requests: int
) -> None:
    await world.alice.slash(world.art, "imagine", prompt=f"hills fault:{name}")
    await world.until(lambda: len(world.apis.requests) == requests)
    async with asyncio.timeout(5):
        while (job := (await world.jobs(world.alice))[0]).state is not JobState.QUEUED:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # jobs move in the database: nothing to wait on
    assert await charged(world) == (1, 1)
    await world.app.requests.intake.cancel(job.job_id, by=Reason.BY_MEMBER)
    assert await charged(world) == (0, 0)
    assert await problems(world.app.database) == []


async def charged(world: World) -> tuple[int, int]:
    """Return what the member was charged, and what the server's budget was."""
    async with world.app.database.read() as uow:
        rows = await uow.connection.exec_driver_sql(
            "SELECT kind, coalesce(sum(used), 0) AS used FROM counters GROUP BY kind"
        )
        used = {str(row.kind): int(row.used) for row in rows}
    return used.get(CounterKind.MEMBER, 0), used.get(CounterKind.CEILING, 0)


async def test_a_full_spool_refuses_before_anything_is_charged(
    world: World, expected_errors: list[str]
) -> None:
    expected_errors.append("the spool is full")
    world.app.spool._max_bytes = 0
    answer = await world.alice.slash(world.art, "imagine", prompt="hills")
    assert answer.ephemeral
    assert "disk is full" in text_of(answer.response)
    assert await world.jobs(world.alice) == []
    assert world.apis.requests == []
