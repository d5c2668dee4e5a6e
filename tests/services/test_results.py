"""Finding earlier pictures by message, job or member; their files, ancestors and removal."""

from __future__ import annotations

import pytest

from bot.domain.errors import AccessError, Denial
from bot.services.requests.recent_results import RecentResults
from bot.services.requests.results import ResultPicture, Results
from tests.services.house import CHANNEL, GUILD, MEMBER, House


class PostedMessages:
    """Discord's side: which messages there are, and what was deleted."""

    def __init__(self) -> None:
        self.addresses: list[str] | None = ["https://cdn/1.png", "https://cdn/2.png"]
        self.deleted: list[int] = []
        self.may_delete = True

    async def pictures(self, channel_id: int, message_id: int) -> list[str] | None:
        return self.addresses

    async def delete(self, channel_id: int, message_id: int) -> bool:
        self.deleted.append(message_id)
        return self.may_delete


@pytest.fixture
def messages() -> PostedMessages:
    return PostedMessages()


@pytest.fixture
def results(house: House, messages: PostedMessages) -> Results:
    return Results(
        database=house.database,
        messages=messages,
        spool=house.spool,
        clock=house.clock,
        recent_results=RecentResults(house.clock),
    )


async def done(house: House, **submission: object) -> str:
    return (await house.finish(await house.ask(**submission))).job_id


async def test_pictures_are_numbered_over_all_messages(house: House, results: Results) -> None:
    job_id = await done(house, count=10)
    every = await results.of_job(job_id)

    assert [one.number for one in every] == list(range(1, 11))
    first = await results.of_message(every[0].message_id)
    assert [one.place for one in first] == list(range(len(first)))
    assert await results.of_message(1) == []


async def test_the_newest_result_is_the_members_own_here_and_stands(
    house: House, results: Results
) -> None:
    place = {"user_id": MEMBER, "guild_id": GUILD, "channel_id": CHANNEL}
    assert await results.newest(**place) == []
    first, second = await done(house), await done(house, count=2)
    await done(house, user_id=MEMBER + 1)
    assert [one.job.job_id for one in await results.newest(**place)] == [second, second]

    await results.remove(second, by=MEMBER)
    assert [one.job.job_id for one in await results.recent(**place)] == [first]


async def test_a_picture_comes_from_the_spool_then_from_its_post(
    house: House, results: Results, messages: PostedMessages
) -> None:
    job_id = await done(house)
    (shown,) = await results.of_job(job_id)
    source = await results.source(shown)
    assert source.path
    assert source.url == "https://cdn/1.png"
    assert source.result == (job_id, 1)

    messages.addresses = []
    assert (await results.source(shown)).url is None
    house.spool.remove(job_id)
    with pytest.raises(AccessError) as caught:
        await results.source(shown)
    assert caught.value.denial is Denial.PICTURE_GONE
    messages.addresses = ["https://cdn/fresh.png"]
    assert (await results.source(shown)).path is None


async def test_a_message_that_is_gone_takes_its_picture_along(
    house: House, results: Results, messages: PostedMessages
) -> None:
    job_id = await done(house)
    (shown,) = await results.of_job(job_id)
    messages.addresses = None
    with pytest.raises(AccessError):
        await results.source(shown)

    (shown,) = await results.of_job(job_id)
    assert shown.removed


@pytest.mark.parametrize("may_delete", [True, False])
async def test_a_removed_result_is_no_source(
    house: House, results: Results, messages: PostedMessages, may_delete: bool
) -> None:
    messages.may_delete = may_delete
    job_id = await done(house)
    (shown,) = await results.of_job(job_id)
    assert await results.remove(job_id, by=MEMBER) is may_delete
    assert messages.deleted == [shown.message_id]

    (shown,) = await results.of_job(job_id)
    with pytest.raises(AccessError):
        await results.source(shown)
    await results.remove(job_id, by=MEMBER)
    assert messages.deleted == [shown.message_id]


async def test_the_chain_goes_up_to_the_first_picture(house: House, results: Results) -> None:
    first = await done(house, count=2)
    second = await done(house, parent=(first, 2))
    third = await done(house, parent=(second, 1))
    chain = await results.chain(third)

    assert all(isinstance(link, ResultPicture) for link in chain)
    found = [(link.job.job_id, link.number) for link in chain if isinstance(link, ResultPicture)]
    assert found == [(third, 1), (second, 1), (first, 2)]
    assert await results.chain("0" * 13) == []
