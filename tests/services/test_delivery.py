"""From pictures in the spool to posts that are paid for, whatever Discord says meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.errors import ErrorClass
from bot.domain.job import Job, JobState, Reason
from bot.domain.message_limits import MESSAGE_BYTES
from bot.domain.provenance import Credentials
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import GONE, TOO_LARGE, Facts, failing
from tests.services.house import NOW, House, until

AWAY = ConnectionError("Discord is away")
TOKEN = {"ticket_token": "t", "ticket_expires_at": NOW + 900}


def message_takes(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in ("posting", "upload_limits"):
        monkeypatch.setattr(f"bot.services.delivery.{module}.MESSAGE_BYTES", size)


@pytest.fixture
def rich(house: House, database: SqlDatabase, tmp_path: Path) -> House:
    """A house where a member may ask for more than one message holds."""
    return House(database, tmp_path, member="100/day")


async def test_more_than_ten_pictures_are_several_messages_with_nonces_of_their_own(
    rich: House,
) -> None:
    job = await rich.finish(await rich.ask(count=15))
    assert [len(part.pictures) for part in rich.publisher.posted] == [10, 5]
    assert [part.parts for part in rich.publisher.posted] == [2, 2]
    assert [post.nonce for post in await rich.posts(job)] == [f"{job.job_id}.0", f"{job.job_id}.1"]
    assert [post.message_id for post in await rich.posts(job)] == [9001, 9002]
    assert await rich.used() == {"member": 15, "ceiling": 15, "global": 15}


async def test_a_message_holds_no_more_bytes_than_discord_takes(
    rich: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.delivery.posting.MESSAGE_BYTES", 2500)
    await rich.finish(await rich.ask(count=5))
    assert rich.publisher.sizes == [[1000, 1000], [1000, 1000], [1000]]


async def test_a_picture_above_the_upload_limit_is_fitted_and_said_so(house: House) -> None:
    house.publisher.limit_bytes = 700
    await house.finish(await house.ask(count=2))
    (part,) = house.publisher.posted
    assert house.publisher.sizes == [[700, 700]]
    assert part.fitted


async def test_a_picture_within_the_limit_is_posted_as_it_is(house: House) -> None:
    await house.finish(await house.ask())
    assert house.publisher.sizes == [[1000]]
    assert not house.publisher.posted[0].fitted
    assert house.pictures.fitted == []


async def test_a_picture_that_many_viewers_do_not_show_is_re_encoded_and_said_so(
    house: House,
) -> None:
    house.pictures.found = Facts(bytes=0, mime="image/jpeg", common=False)
    await house.finish(await house.ask())
    assert house.pictures.asked_for == [None]
    assert house.publisher.sizes == [[1000]]
    assert house.publisher.posted[0].fitted


async def test_one_that_cannot_be_re_encoded_is_posted_as_it_came(house: House) -> None:
    house.pictures.found = Facts(bytes=0, mime="image/jpeg", common=False)
    house.pictures.unfit = True
    job = await house.finish(await house.ask())
    assert job.state is JobState.DONE
    assert not house.publisher.posted[0].fitted


async def test_an_avif_becomes_the_type_that_was_chosen(house: House) -> None:
    house.pictures.found = Facts(bytes=0, mime="image/avif")
    await house.finish(await house.ask())
    assert house.pictures.asked_for == []
    await house.finish(await house.ask(model="doubao-seedream-5-0-260128", format="png"))
    assert house.pictures.asked_for == ["image/png"]
    assert [part.fitted for part in house.publisher.posted] == [False, True]


async def test_the_pictures_of_a_private_answer_share_one_message(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_takes(monkeypatch, 2000)
    await house.finish(await house.ask(count=4, private=True))
    assert house.publisher.sizes == [[500] * 4]


async def test_a_picture_that_cannot_be_made_small_enough_does_not_cost_the_others(
    house: House,
) -> None:
    house.publisher.limit_bytes = 700
    house.pictures.unfit = True
    job = await house.finish(await house.ask(count=2))
    assert (job.state, job.reason) == (JobState.FAILED, Reason.UNDELIVERABLE)
    assert await house.used() == {"member": 0, "ceiling": 2, "global": 2}


# --- what went out ------------------------------------------------------------------------------


async def posted_facts(house: House, job: Job) -> list[tuple[str | None, ...]]:
    async with house.database.read() as uow:
        pictures = await uow.calls.pictures(job.job_id)
    return [(one.posted_sha256, one.pixel_hash, one.marks) for one in pictures]


async def test_what_is_posted_untouched_is_stored_as_the_service_made_it(house: House) -> None:
    house.pictures.found = Facts(bytes=0, sha256="a" * 64, pixel_hash="b" * 64, marks="kept")
    job = await house.finish(await house.ask())
    assert await posted_facts(house, job) == [("a" * 64, "b" * 64, "kept")]


async def test_what_a_services_credentials_are_worth_is_stored_of_each_picture(
    house: House,
) -> None:
    house.pictures.found = Facts(bytes=0, marks="kept")
    house.pictures.checks_credentials, house.pictures.credentials = True, Credentials.BROKEN
    job = await house.finish(await house.ask(count=2))
    assert [marks for *_, marks in await posted_facts(house, job)] == ["kept broken"] * 2
    assert house.pictures.checked == 2


async def test_of_another_file_what_was_posted_is_stored_with_the_message(house: House) -> None:
    house.publisher.script = [TOO_LARGE]
    house.pictures.smaller = Facts(bytes=0, sha256="c" * 64, pixel_hash="d" * 64, marks="kept")
    job = await house.finish(await house.ask())
    assert house.publisher.sizes == [[1000], [600]]
    assert await posted_facts(house, job) == [("c" * 64, "d" * 64, "signed")]


async def test_of_a_signature_of_ours_it_is_stored_whether_its_issuer_is_known(
    house: House,
) -> None:
    house.publisher.script = [TOO_LARGE]
    house.pictures.smaller = Facts(bytes=0, marks="kept")
    house.pictures.knows_issuers = True
    job = await house.finish(await house.ask())
    assert [marks for *_, marks in await posted_facts(house, job)] == ["trusted signed"]


async def test_a_file_that_cannot_be_read_again_keeps_no_message_from_being_recorded(
    house: House,
) -> None:
    house.publisher.limit_bytes = 700
    house.pictures.smaller = None
    job = await house.finish(await house.ask())
    assert job.state is JobState.DONE
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


# --- marks --------------------------------------------------------------------------------------


async def test_a_picture_is_posted_with_the_marks_that_it_lacks_and_is_not_called_re_encoded(
    house: House,
) -> None:
    house.pictures.writes_marks = True
    job = await house.finish(await house.ask(count=2))
    assert house.publisher.sizes == [[1010, 1010]]
    assert not house.publisher.posted[0].fitted
    assert house.pictures.marked == [f"{job.job_id}-{at}" for at in (0, 100)]
    assert house.pictures.fitted == []


async def test_one_that_lacks_none_is_posted_as_it_is(house: House) -> None:
    house.pictures.writes_marks = house.pictures.complete = True
    await house.finish(await house.ask())
    assert house.publisher.sizes == [[1000]]


async def test_a_marked_picture_that_discord_finds_too_large_is_made_smaller(house: House) -> None:
    house.pictures.writes_marks = True
    house.publisher.script = [TOO_LARGE]
    await house.finish(await house.ask())
    assert house.publisher.sizes == [[1010], [606]]
    assert house.publisher.posted[0].fitted


# --- refused for its size -----------------------------------------------------------------------


async def test_what_discord_finds_too_large_is_made_smaller_twice(house: House) -> None:
    house.publisher.script = [TOO_LARGE, TOO_LARGE]
    job = await house.finish(await house.ask())
    assert house.publisher.sizes == [[1000], [600], [360]]
    assert job.state is JobState.DONE
    assert house.publisher.posted[0].fitted
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_several_small_pictures_that_are_too_large_together_are_made_smaller(
    house: House,
) -> None:
    house.publisher.limit_bytes = MESSAGE_BYTES
    house.publisher.script = [TOO_LARGE]
    await house.finish(await house.ask(count=3))
    assert house.publisher.sizes == [[1000] * 3, [600] * 3]


async def test_a_private_answer_that_is_too_large_never_grows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_takes(monkeypatch, 2000)
    house.publisher.script = [TOO_LARGE]
    await house.finish(await house.ask(count=4, private=True))
    assert house.publisher.sizes == [[500] * 4, [300] * 4]


async def test_what_stays_too_large_is_undeliverable_and_not_charged(house: House) -> None:
    house.publisher.script = [TOO_LARGE] * 3
    job = await house.finish(await house.ask())
    assert (job.state, job.reason) == (JobState.FAILED, Reason.UNDELIVERABLE)
    assert len(house.publisher.sizes) == 3
    assert await house.used() == {"member": 0, "ceiling": 1, "global": 1}


async def test_several_pictures_that_stay_too_large_together_become_more_messages(
    rich: House,
) -> None:
    rich.publisher.script = [TOO_LARGE] * 3
    job = await rich.finish(await rich.ask(count=15))
    assert [len(part.pictures) for part in rich.publisher.posted] == [5, 5, 5]
    assert [post.part for post in await rich.posts(job)] == [0, 1, 2]
    assert [post.nonce for post in await rich.posts(job)] == [f"{job.job_id}.{n}" for n in range(3)]
    assert job.state is JobState.DONE
    assert await rich.used() == {"member": 15, "ceiling": 15, "global": 15}


@pytest.mark.parametrize("looks", [True, False])
async def test_what_cannot_be_looked_for_is_posted_again_and_said_so(
    house: House, looks: bool
) -> None:
    house.publisher.looks = looks
    house.publisher.script = [AWAY]
    await house.finish(await house.ask())
    (part,) = house.publisher.posted
    assert part.again is not looks


# --- refused for good, and away -----------------------------------------------------------------


async def test_a_job_whose_files_are_gone_is_not_charged_and_told(house: House) -> None:
    ticket = await house.ask()
    house.publisher.script = [AWAY]
    house.publisher.before_post = lambda: house.spool.remove(ticket.progress.job.job_id)
    job = await house.finish(ticket)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.INTERNAL)
    assert await house.used() == {"member": 0, "ceiling": 1, "global": 1}
    assert len(house.publisher.announced) == 1


async def test_when_the_second_message_is_refused_the_first_is_charged(rich: House) -> None:
    rich.publisher.script = [None, GONE]
    job = await rich.finish(await rich.ask(count=15))
    assert (job.state, job.reason) == (JobState.DONE, None)
    assert await rich.used() == {"member": 10, "ceiling": 15, "global": 15}
    assert rich.publisher.announced == []


async def test_while_discord_is_away_the_job_waits_and_is_posted_once(house: House) -> None:
    house.publisher.script = [AWAY] * 5
    job = await house.finish(await house.ask())
    assert job.state is JobState.DONE
    assert len(house.publisher.posted) == 1
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(house: House) -> None:
    ticket = await house.ask()
    house.publisher.there[f"{ticket.progress.job.job_id}.0"] = 4711
    house.publisher.script = [AWAY]
    job = await house.finish(ticket)
    assert house.publisher.posted == []
    assert [post.message_id for post in await house.posts(job)] == [4711]
    assert job.state is JobState.DONE


# --- bad news -----------------------------------------------------------------------------------


@pytest.fixture
def bad(house: House) -> House:
    """A house whose next job fails."""
    house.service.script = [failing(ErrorClass.SERVER)]
    return house


async def test_bad_news_goes_to_the_ticket_while_that_lives(bad: House) -> None:
    ticket = await bad.ask(**TOKEN)
    await bad.tickets.opened(ticket.progress)
    job = await bad.finish(ticket)
    assert bad.publisher.shown[-1].job.state is JobState.FAILED
    assert bad.publisher.announced == []
    assert job.told_at == NOW


async def test_bad_news_goes_to_the_channel_when_the_ticket_cannot_be_reached(bad: House) -> None:
    bad.publisher.ticket_alive = False
    ticket = await bad.ask(**TOKEN)
    await bad.tickets.opened(ticket.progress)
    await bad.finish(ticket)
    assert len(bad.publisher.announced) == 1


async def test_the_end_of_a_private_wish_is_nobody_elses_business(bad: House) -> None:
    job = await bad.finish(await bad.ask(private=True))
    assert bad.publisher.announced == []
    assert job.told_at == NOW


async def test_bad_news_that_discord_refuses_for_good_is_told_by_the_list_of_jobs_alone(
    bad: House,
) -> None:
    bad.publisher.announcing = [GONE]
    job = await bad.finish(await bad.ask())
    assert bad.publisher.announced == []
    assert job.told_at == NOW


async def test_bad_news_waits_while_discord_is_away(bad: House) -> None:
    ticket = await bad.ask()
    bad.publisher.announcing = [AWAY]
    await bad.runner.run(await bad.claimed(), slot_held=False)
    job = await bad.job(ticket.progress.job.job_id)
    assert (job.state, job.told_at) == (JobState.FAILED, None)
    bad.clock.at += 30
    job = await bad.finish(ticket)
    assert len(bad.publisher.announced) == 1
    assert job.told_at == NOW + 30


async def test_bad_news_is_given_up_after_an_hour(bad: House) -> None:
    ticket = await bad.ask()
    bad.publisher.announcing = [AWAY, AWAY]
    await bad.runner.run(await bad.claimed(), slot_held=False)
    bad.clock.at += 3600
    job = await bad.finish(ticket)
    assert bad.publisher.announced == []
    assert job.told_at == NOW + 3600


async def test_bad_news_is_told_once_when_two_tell_it_at_once(bad: House) -> None:
    ticket = await bad.ask()
    bad.publisher.announcing = [AWAY]
    await bad.runner.run(await bad.claimed(), slot_held=False)
    job = await bad.job(ticket.progress.job.job_id)
    await asyncio.gather(bad.delivery.tell(job), bad.delivery.tell(job))
    assert len(bad.publisher.announced) == 1


async def test_the_ticket_of_a_result_points_to_its_first_message(house: House) -> None:
    ticket = await house.ask(**TOKEN)
    await house.tickets.opened(ticket.progress)
    async with house.at_work():
        await until(lambda: bool(house.publisher.posted))
        await until(lambda: any(shown.message_id for shown in house.publisher.shown))
    last = house.publisher.shown[-1]
    assert (last.job.state, last.message_id) == (JobState.DONE, 9001)
