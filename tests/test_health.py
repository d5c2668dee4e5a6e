"""/healthz, /readyz and /metrics: what they say holds against Discord, the database, the spool."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.errors import SetupError
from bot.health import serve
from bot.services.delivery import log_channel
from bot.services.operations.operator_actions import OperatorActions
from tests.conftest import Settings
from tests.world import World

ROOT = Path(__file__).parent.parent


@pytest.fixture
def settings() -> Settings:
    return {
        "health": {"port": 0},
        "quota": {"default": "100/day"},
        "models": {
            "custom": {
                "doubao-seedream-4-5-251128": {"generate": {"cost": {"price": 0.04}}},
            }
        },
    }


@dataclass(slots=True, kw_only=True)
class Page:
    """What a port answers."""

    session: aiohttp.ClientSession
    base: str

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(f"{self.base}{path}") as answer:
            return answer.status, await answer.text()

    async def samples(self) -> dict[tuple[str, ...], float]:
        """Return every sample of /metrics by its name and its labels' values, by label."""
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest_asyncio.fixture
async def page(world: World) -> AsyncIterator[Page]:
    async with serve(world.app) as port, aiohttp.ClientSession() as session:
        yield Page(session=session, base=f"http://127.0.0.1:{port}")


async def rows(world: World, query: str) -> list[tuple[object, ...]]:
    async with world.app.database.read() as uow:
        return [tuple(row) for row in await uow.connection.exec_driver_sql(query)]


async def test_a_bot_that_works_is_alive_and_ready(page: Page) -> None:
    assert await page.get("/healthz") == (200, "alive\n")
    assert await page.get("/readyz") == (200, "ready\n")
    assert (await page.get("/nothing"))[0] == 404


async def test_what_a_burst_left_in_the_database_is_what_the_metrics_say(
    world: World, page: Page
) -> None:
    words = ["a fox", "forbidden fruit", "a boat", "a hill", "forbidden again", "a lamp"]
    scraped: list[dict[tuple[str, ...], float]] = []

    async def ask(number: int, prompt: str) -> None:
        member = (world.alice, world.bob)[number % 2]
        await member.slash(world.art, "imagine", prompt=prompt, count=1 + number % 3)

    for number, prompt in enumerate(words):
        await ask(number, prompt)
        # Asked in the middle of it, by two at once: nothing may be counted twice or left out.
        scraped += await asyncio.gather(page.samples(), page.samples())
    await world.finished()
    said = await page.samples()

    ended = await rows(world, "SELECT provider, coalesce(reason, ''), state FROM jobs")
    assert len(ended) == len(words)
    assert {
        key[1:]: value for key, value in said.items() if key[0] == "easel_jobs_ended_total"
    } == {key: float(count) for key, count in Counter(ended).items()}
    ((pictures,),) = await rows(world, "SELECT count(*) FROM post_pictures")
    ((charged,),) = await rows(world, "SELECT sum(kept) FROM holds WHERE kind = 'member'")
    ((micro,),) = await rows(world, "SELECT sum(spend_micro) FROM calls WHERE certainty = 'known'")
    assert min(pictures, charged, micro) > 0  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert said["easel_pictures_posted_total", "routescope"] == pictures
    assert said["easel_credits_charged_total", "routescope"] == charged
    assert isinstance(micro, int)
    assert said["easel_spend_total", "known", "routescope"] == pytest.approx(micro / 1e6)

    ((sent,),) = await rows(world, "SELECT count(*) FROM calls WHERE sent_at IS NOT NULL")
    assert said["easel_provider_call_seconds_count", "routescope"] == sent
    errors = await rows(
        world,
        "SELECT c.error_class, j.provider FROM calls c JOIN jobs j USING (job_id)"
        " WHERE c.error_class IS NOT NULL",
    )
    assert {k[1:]: v for k, v in said.items() if k[0] == "easel_provider_errors_total"} == Counter(
        errors
    )
    assert said[("easel_acknowledge_seconds_count",)] == len(words)
    assert said["easel_queue_length", "routescope"] == 0
    assert said[("easel_spool_bytes",)] == world.app.spool.used_bytes() > 0
    assert said["easel_provider_paused", "routescope"] == 0
    assert said["easel_gateway_latency_seconds", "0"] == 0
    assert said["easel_gateway_connected", "0"] == said[("easel_ready",)] == 1
    assert all(s.get(k, 0) <= said[k] for s in scraped for k in said if k[0].endswith("_total"))


async def test_what_ended_before_the_start_is_not_counted(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    async with serve(world.app) as port, aiohttp.ClientSession() as session:
        page = Page(session=session, base=f"http://127.0.0.1:{port}")
        assert not [key for key in await page.samples() if key[0] == "easel_jobs_ended_total"]
        await world.bob.slash(world.art, "imagine", prompt="a boat")
        await world.finished()
        said = await page.samples()
    assert said["easel_jobs_ended_total", "routescope", "", "done"] == 1


async def test_what_waits_is_counted_with_its_age(world: World, page: Page) -> None:
    world.apis.gate.clear()
    for _ in range(6):
        await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.until(lambda: world.apis.waiting == 4)
    await world.env.advance_time(30)
    said = await page.samples()
    assert said["easel_queue_length", "routescope"] == 2
    assert said["easel_jobs_running", "routescope"] == 4
    assert 30 <= said["easel_queue_age_seconds", "routescope"] < 40
    world.apis.gate.set()
    await world.finished()


async def test_services_that_are_all_paused_make_it_unready(world: World, page: Page) -> None:
    names = list(world.app.adapters.image_services)
    await world.app.jobs.circuits.pause(names[0])
    assert (await page.get("/readyz"))[0] == 200
    for name in names[1:]:
        await world.app.jobs.circuits.pause(name)
    status, text = await page.get("/readyz")
    assert (status, "paused" in text) == (503, True)
    said = await page.samples()
    assert (said["easel_provider_paused", names[0]], said[("easel_ready",)]) == (1, 0)


async def test_what_the_operator_paused_from_the_shell_is_on_readyz_and_in_the_log(
    world: World, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, log_channel.__name__)
    app = world.app
    shell = OperatorActions(
        database=app.database,
        changes=app.servers.changes,
        policies=app.servers.policies,
        quotas=app.quotas.book,
    )

    def logged() -> list[str]:
        return [r.getMessage() for r in caplog.records if r.name == log_channel.__name__]

    async def seen(count: int) -> list[str]:
        await app.jobs.circuits.refresh()
        app.delivery.log_channel_feed.wake_event.wake()
        await world.until(lambda: len(logged()) >= count)
        return logged()

    server = world.guild.id
    assert await shell.pause(server, reason="spring cleaning")
    assert await shell.pause_provider("seedream")
    assert await seen(2) == [
        f"the operator paused server {server}: spring cleaning",
        "the operator paused image service seedream",
    ]
    # Members of other servers can ask, so it is ready.
    assert await page.get("/readyz") == (
        200,
        "ready\n"
        "image service seedream: paused (operator)\n"
        f"servers: the operator paused 1 ({server})\n",
    )
    assert await shell.resume(server)
    assert await shell.resume_provider("seedream")
    assert await shell.pause(0, reason=None)
    assert (await seen(5))[2:] == [
        f"the operator resumed server {server}",
        "the operator resumed image service seedream",
        "the operator paused everything",
    ]
    assert await page.get("/readyz") == (503, "requests: the operator paused all of them\n")
    assert (await page.samples())["easel_ready",] == 0
    assert await shell.resume(0)
    assert (await seen(6))[-1] == "the operator resumed everything"
    assert await page.get("/readyz") == (200, "ready\n")


async def test_a_shard_that_lost_discord_makes_it_unready(
    world: World, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection: Any = world.app.client.shards[0]._parent  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(connection.ws, "open", False)
    status, text = await page.get("/readyz")
    assert (status, text) == (503, "Discord: 1 of 1 shards are not connected (number 0)\n")
    said = await page.samples()
    assert said["easel_gateway_connected", "0"] == 0
    assert ("easel_gateway_latency_seconds", "0") not in said


@pytest.mark.parametrize(
    "settings",
    [{"health": {"port": 0}, "providers": {n: {} for n in ("routescope", "seededit", "seedream")}}],
)
async def test_without_any_key_it_is_unready(page: Page) -> None:
    assert await page.get("/readyz") == (503, "image services: none has a key\n")


async def test_a_taken_port_is_told_in_one_sentence(world: World, page: Page) -> None:
    port = int(page.base.rpartition(":")[2])
    taken = world.app.configuration.health.model_copy(update={"port": port})
    object.__setattr__(world.app.configuration, "health", taken)
    with pytest.raises(SetupError, match=r"health\.port"):
        async with serve(world.app):
            pass


def test_who_does_not_watch_loads_none_of_it() -> None:
    program = "import sys, bot.running; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.split()
    assert "bot.app" in loaded
    assert not {"prometheus_client", "bot.health", "bot.metrics", "structlog"} & set(loaded)


async def test_every_metric_is_documented_and_nothing_else_is(page: Page) -> None:
    _, text = await page.get("/metrics")
    # Histograms and counters have samples with endings of their own.
    known = set(re.findall(r"(?m)^# TYPE (\w+) ", text))
    told = set(
        re.findall(r"(?m)^\| `((?:easel|process)_\w+)", (ROOT / "docs/operating.md").read_text())
    )
    assert {name for name in known if not name.endswith("_created")} == told
