"""A second image service takes over, as members and the service see it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.job import JobState, Reason
from bot.pictures.drawer import ChartDrawer
from bot.sandbox.image_apis import ImageApis
from bot.storage.ledger.ledger_check import problems
from tests.cogs.member_actions import manager, press
from tests.conftest import Settings
from tests.world import World, png, text_of


@pytest_asyncio.fixture
async def spare() -> AsyncIterator[ImageApis]:
    """The second service's image APIs."""
    async with ImageApis() as apis:
        yield apis


@pytest.fixture
def listed() -> list[str]:
    """Services that may have reference pictures which were meant for the first one."""
    return []


@pytest.fixture
def kind() -> str:
    """Which of the APIs the second service speaks."""
    return "routescope"


@pytest.fixture
def settings(spare: ImageApis, listed: list[str], kind: str) -> Settings:
    backup = {"kind": kind, "base_url": f"{spare.url}/{kind}", "api_key": "local"}
    return {"providers": {"backup": backup}, "models": {"references_to": listed}}


async def drawn(world: World, spare: ImageApis, prompt: str = "a fox") -> tuple[int, int]:
    """Ask for a picture; return how often each service was asked once all has ended."""
    await world.alice.slash(world.art, "imagine", prompt=prompt)
    await world.finished()
    assert await problems(world.app.database) == []
    return len(world.apis.requests), len(spare.requests)


@pytest.mark.parametrize("fault", ["401", "404", "credit", "overdue", "429-long"])
async def test_what_the_first_service_refuses_the_second_one_draws(
    world: World, spare: ImageApis, fault: str
) -> None:
    world.apis.fail_next(fault, times=None)
    assert await drawn(world, spare) == (1, 1)
    (result,) = world.results()
    assert len(result.attachments) == 1
    (job,) = await world.jobs(world.alice)
    assert (job.state, job.request.provider) == (JobState.DONE, "backup")
    assert await world.left(world.alice) == 9
    # Nobody asks a service again that refuses the key, or has no credit left.
    if fault != "404":
        assert await drawn(world, spare, "an owl") == (1, 2)


@pytest.mark.parametrize("fault", ["moderation", "output", "502", "504", "reset", "empty"])
async def test_what_was_refused_or_may_be_paid_is_asked_of_no_second_service(
    world: World, spare: ImageApis, fault: str
) -> None:
    world.apis.fail_next(fault, times=None)
    assert await drawn(world, spare) == (1, 0)
    (job,) = await world.jobs(world.alice)
    assert job.state is JobState.FAILED
    assert await world.left(world.alice) == 10


async def test_with_the_first_service_gone_the_second_one_draws(
    world: World, spare: ImageApis
) -> None:
    await world.apis.__aexit__(None, None, None)
    assert await drawn(world, spare) == (0, 1)
    assert len(world.results()) == 1


@pytest.mark.parametrize("kind", ["ark"])
async def test_a_service_of_another_kind_draws_what_the_first_one_cannot(
    world: World, spare: ImageApis, kind: str
) -> None:
    world.apis.fail_next("no-channel", times=None)
    await world.alice.slash(world.art, "imagine", prompt="a fox", count=2)
    await world.finished()
    assert [request.status for request in spare.requests] == [200, 200]
    assert sum(len(message.attachments) for message in world.results()) == 2


async def test_the_operator_pauses_a_service_and_what_waits_goes_on(
    world: World, spare: ImageApis
) -> None:
    await world.app.jobs.circuits.pause("routescope")
    assert await drawn(world, spare) == (0, 1)


@pytest.mark.parametrize("listed", [[], ["backup"]])
async def test_reference_pictures_go_to_a_second_service_only_where_it_is_listed(
    world: World, spare: ImageApis, listed: list[str]
) -> None:
    world.apis.fail_next("credit", times=None)
    cat = ("cat.png", png(960, 960))
    asked = await world.alice.slash(world.art, "edit", prompt="in a hat", image1=cat)
    await world.finished()
    assert (len(world.apis.requests), len(spare.requests)) == (1, len(listed))
    (job,) = await world.jobs(world.alice)
    assert job.reason is (None if listed else Reason.NO_CREDIT)
    assert "in a hat" in text_of(asked.response)


async def test_who_made_a_picture_is_named_to_members_staff_and_the_operator(
    world: World, spare: ImageApis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChartDrawer, "draw", _no_charts)
    world.apis.fail_next("credit")
    await drawn(world, spare)
    await world.app.jobs.circuits.resume("routescope")
    await drawn(world, spare, "an owl")

    (first, second) = world.results()
    details = await press(world.alice, first, label="Details")
    assert "made by the image service backup" in text_of(details.response)
    details = await press(world.alice, second, label="Details")
    assert "made by the image service routescope" in text_of(details.response)
    stats = await manager(world).slash(world.art, "easel stats")
    said = text_of(stats.response)
    assert "Image services: backup, 1 picture · routescope, 1 picture" in said
    privacy = await world.alice.slash(world.art, "privacy")
    named = "**Image services (routescope, backup, seededit, seedream) get:**"
    assert named in text_of(privacy.response)


async def _no_charts(*_: object, **__: object) -> None:
    raise PictureError(PictureProblem.TIMEOUT)
