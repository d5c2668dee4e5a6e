"""Words and reference pictures are judged before anything is spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import AccessError, Denial
from bot.domain.job import JobState
from bot.domain.safety.verdicts import CategoryRule, Check, Verdict
from bot.services.ports import AuditEntry, ReferenceSource
from bot.services.safety.judging import FAILURES, REST_SECONDS
from bot.services.servers.access import REFUSALS
from bot.storage.engine.database import SqlDatabase
from tests.services.house import GUILD, MEMBER, House
from tests.services.judging import GORE, HATE, MINORS, NUDITY, RULES, PlayedJudge, seat

CAT = ReferenceSource(url="https://example.org/cat.png", name="cat")
NOTHING = {"member": 0, "ceiling": 0, "global": 0}

Open = Callable[..., House]


@pytest.fixture
def opened(database: SqlDatabase, tmp_path: Path) -> Open:
    return lambda *judges, **settings: House(database, tmp_path, judges=judges, **settings)


async def entries(house: House) -> list[AuditEntry]:
    async with house.database.read() as uow:
        return await uow.audit.of_guild(GUILD, limit=50, about=MEMBER)


async def refusal(house: House, **submission: object) -> AccessError:
    """Return why a request is refused; nothing is left of it but the entry in the audit log."""
    with pytest.raises(AccessError) as refused:
        await house.ask(**submission)
    assert await house.used() == NOTHING
    assert house.spool.job_ids() == []
    async with house.database.read() as uow:
        assert await uow.job_queries.recent(MEMBER, guild_id=GUILD, limit=5) == []
    return refused.value


async def test_without_a_judge_nobody_is_asked(house: House) -> None:
    assert not any(house.judging.asks(check) for check in Check)
    job = await house.finish(await house.ask())
    assert (job.state, job.spoiler) == (JobState.DONE, False)
    assert await entries(house) == []


@pytest.mark.parametrize("found", [GORE, HATE])
async def test_refused_words_cost_nothing_and_are_recorded(opened: Open, found: str) -> None:
    house = opened(seat(PlayedJudge(found=found), Check.PROMPTS))
    error = await refusal(house)
    assert error.denial is Denial.JUDGED
    assert error.values == {"check": Check.PROMPTS, "categories": (found,)}
    (entry,) = await entries(house)
    assert (entry.action, entry.subject_id) == ("verdict", f"prompts:{MEMBER}")
    assert entry.new == {"verdict": "refuse", "categories": [found]}
    assert house.alarm.heard == []


async def test_a_spoiler_for_words_covers_the_result(opened: Open) -> None:
    house = opened(seat(PlayedJudge(found=NUDITY), Check.PROMPTS))
    job = await house.finish(await house.ask())
    assert (job.state, job.spoiler) == (JobState.DONE, True)
    assert [entry.new for entry in await entries(house)] == [
        {"verdict": "spoiler", "categories": [NUDITY]}
    ]


async def test_a_refused_reference_is_not_kept(opened: Open) -> None:
    judge = PlayedJudge(queue=["", HATE])
    house = opened(seat(judge, Check.REFERENCES))
    error = await refusal(house, sources=(CAT, CAT))
    assert error.values == {"check": Check.REFERENCES, "categories": (HATE,)}
    assert len(judge.asked) == 2


async def test_only_what_a_judge_is_asked_about_is_shown_to_it(opened: Open) -> None:
    judge = PlayedJudge(found=HATE)
    house = opened(seat(judge, Check.REFERENCES))
    await house.ask()
    assert judge.asked == []


async def test_words_that_concern_minors_alert_the_operator_without_them(opened: Open) -> None:
    house = opened(seat(PlayedJudge(found=MINORS), Check.PROMPTS))
    error = await refusal(house, prompt="the words")
    assert error.denial is Denial.JUDGED
    alert = house.alerts._waiting.get_nowait()
    assert alert.text == f"minors: prompts  {MEMBER}"


async def test_the_strictest_of_several_judges_decides(opened: Open) -> None:
    mild, strict = PlayedJudge("mild", found=NUDITY), PlayedJudge("strict", found=HATE)
    house = opened(seat(mild, Check.PROMPTS), seat(strict, Check.PROMPTS))
    assert (await refusal(house)).values["categories"] == (HATE,)


async def test_without_its_judge_a_request_is_refused_and_the_member_is_not_blamed(
    opened: Open,
) -> None:
    judge = PlayedJudge(away=-1)
    house = opened(seat(judge, Check.PROMPTS))
    for _ in range(FAILURES + 2):
        assert (await refusal(house)).denial is Denial.UNJUDGED
    # After some failures it is left alone for a while.
    assert len(judge.asked) == FAILURES
    assert house.judging.away() == ["played"]
    assert house.alerts._waiting.get_nowait().text == "played is away: 503"
    house.clock.at += REST_SECONDS
    judge.away = 0
    assert (await house.finish(await house.ask())).state is JobState.DONE
    assert house.judging.away() == []
    assert all(entry.new["away"] for entry in await entries(house))  # pyright: ignore


async def test_an_operator_may_let_pass_what_a_judge_that_is_away_should_judge(
    opened: Open,
) -> None:
    house = opened(seat(PlayedJudge(away=-1), Check.PROMPTS), away_is_open=True)
    assert (await house.finish(await house.ask())).state is JobState.DONE


async def test_an_answer_that_lacks_a_configured_category_judged_nothing(opened: Open) -> None:
    more = CategoryRule(action=Verdict.HOLD, threshold=0.5)
    rules = replace(RULES, categories={**RULES.categories, "misspelt": more})
    house = opened(seat(PlayedJudge(), Check.PROMPTS, rules=rules))
    assert (await refusal(house)).denial is Denial.UNJUDGED


async def test_who_is_refused_too_often_has_to_wait(opened: Open) -> None:
    house = opened(seat(PlayedJudge(found=HATE), Check.PROMPTS))
    denials = [(await refusal(house)).denial for _ in range(REFUSALS + 1)]
    assert denials == [Denial.JUDGED] * REFUSALS + [Denial.REFUSED_TOO_OFTEN]
