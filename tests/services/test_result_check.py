"""Results are judged when they are in the spool, before anything of them is posted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.job import Job, JobState, PictureState, Reason
from bot.domain.safety.verdicts import Check
from bot.services.ports import AuditEntry
from bot.services.safety import result_check
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import Step
from tests.services.house import GUILD, MEMBER, House
from tests.services.judging import GORE, HATE, MINORS, NUDITY, PlayedJudge, reviewing, seat

Open = Callable[..., House]
F, R = PictureState.FETCHED, PictureState.REFUSED


@pytest.fixture
def opened(database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    monkeypatch.setattr(result_check, "PATIENCE_SECONDS", (0, 0))
    return lambda *judges, **settings: House(database, tmp_path, judges=judges, **settings)


async def entries(house: House) -> list[object]:
    async with house.database.read() as uow:
        found: list[AuditEntry] = await uow.audit.of_guild(GUILD, limit=50, about=MEMBER)
    return [entry.new for entry in reversed(found)]


async def states(house: House, job: Job) -> list[PictureState]:
    return [picture.state for picture in await house.results(job)]


def files(house: House, job: Job) -> set[str]:
    folder = house.spool.path(f"{job.job_id}/x").parent
    return {path.name.partition("-")[0] for path in folder.iterdir()} if folder.exists() else set()


async def test_what_passes_is_posted_and_nothing_is_recorded(opened: Open) -> None:
    judge = PlayedJudge()
    house = opened(seat(judge, Check.RESULTS))
    job = await house.finish(await house.ask(count=2))
    assert (job.state, job.spoiler) == (JobState.DONE, False)
    assert len(judge.asked) == 2
    assert await entries(house) == []
    assert "judged" not in files(house, job)


async def test_a_spoiler_covers_all_pictures(opened: Open) -> None:
    house = opened(seat(PlayedJudge(queue=["", NUDITY]), Check.RESULTS))
    job = await house.finish(await house.ask(count=2))
    assert (job.state, job.spoiler) == (JobState.DONE, True)
    assert all(part.job.spoiler for part in house.publisher.posted)
    assert await entries(house) == [{"verdict": "spoiler", "categories": [NUDITY]}]


async def test_a_refused_picture_is_left_out_and_free(opened: Open) -> None:
    house = opened(seat(PlayedJudge(queue=["", HATE, ""]), Check.RESULTS))
    job = await house.finish(await house.ask(count=3))
    assert job.state is JobState.DONE
    assert sorted(await states(house, job)) == [F, F, R]
    assert await house.used() == {"member": 2, "ceiling": 3, "global": 3}
    (part,) = house.publisher.posted
    assert (len(part.files), part.outcome.reason) == (2, Reason.REFUSED_RESULT)
    assert await entries(house) == [{"verdict": "refuse", "categories": [HATE]}]
    (refused,) = [one for one in await house.results(job) if one.state is R]
    assert (refused.path, refused.source_url, refused.sha256) == (None, None, None)


async def test_a_result_that_is_refused_as_a_whole_is_refunded_and_told(opened: Open) -> None:
    house = opened(seat(PlayedJudge(found=HATE), Check.RESULTS))
    job = await house.finish(await house.ask(count=2))
    assert (job.state, job.reason) == (JobState.FAILED, Reason.REFUSED_RESULT)
    assert await house.used() == {"member": 0, "ceiling": 2, "global": 2}
    assert house.publisher.posted == []
    assert [told.reason for told in house.publisher.announced] == [Reason.REFUSED_RESULT]
    # The service did nothing wrong.
    assert house.circuits.paused("routescope") is None


async def test_without_a_channel_of_staff_a_hold_is_a_refusal_and_the_log_says_why(
    opened: Open,
) -> None:
    house = opened(seat(PlayedJudge(queue=[GORE, ""]), Check.RESULTS))
    job = await house.finish(await house.ask(count=2))
    assert job.state is JobState.DONE
    assert sorted(await states(house, job)) == [F, R]
    assert await entries(house) == [
        {"verdict": "refuse", "categories": [GORE], "note": "no_channel"}
    ]


@pytest.mark.parametrize("keeps", [False, True])
async def test_what_concerns_minors_is_refused_with_everything_beside_it(
    opened: Open, keeps: bool
) -> None:
    house = opened(seat(PlayedJudge(queue=["", MINORS, GORE]), Check.RESULTS), keeps_files=keeps)
    await reviewing(house)
    job = await house.finish(await house.ask(count=3))
    assert (job.state, job.reason) == (JobState.FAILED, Reason.REFUSED_RESULT)
    assert await states(house, job) == [R, R, R]
    assert all(one.path is None for one in await house.results(job))
    assert await house.used() == {"member": 0, "ceiling": 3, "global": 3}
    await house.reviews.sweep()
    assert (house.publisher.posted, house.cards.posted) == ([], [])
    assert files(house, job) == ({"picture", "reply"} if keeps else set())
    alert = house.alerts._waiting.get_nowait()
    assert alert.text == f"minors: results {job.job_id} {MEMBER}"
    assert await entries(house) == [{"verdict": "refuse", "categories": [MINORS]}]
    async with house.database.read() as uow:
        assert await uow.reviews.due() == []


async def test_a_paid_result_waits_a_little_for_its_judge(opened: Open) -> None:
    house = opened(seat(PlayedJudge(away=2), Check.RESULTS))
    job = await house.finish(await house.ask())
    assert job.state is JobState.DONE


async def test_without_its_judge_a_result_is_not_posted(opened: Open) -> None:
    house = opened(seat(PlayedJudge(away=-1), Check.RESULTS))
    job = await house.finish(await house.ask())
    assert (job.state, job.reason) == (JobState.FAILED, Reason.UNCHECKED)
    assert await house.used() == {"member": 0, "ceiling": 1, "global": 1}
    assert await entries(house) == [{"verdict": "refuse", "categories": [], "away": True}]


async def test_an_operator_may_let_results_pass_unjudged(opened: Open) -> None:
    house = opened(seat(PlayedJudge(away=-1), Check.RESULTS), away_is_open=True)
    assert (await house.finish(await house.ask())).state is JobState.DONE


async def test_a_surplus_picture_is_judged_before_it_takes_the_place_of_a_refused_one(
    opened: Open,
) -> None:
    judge = PlayedJudge(queue=[HATE, HATE])
    house = opened(seat(judge, Check.RESULTS))
    house.service.script = [Step(images=2)]
    job = await house.finish(await house.ask())
    assert len(judge.asked) == 2
    assert (job.state, house.publisher.posted) == (JobState.FAILED, [])
