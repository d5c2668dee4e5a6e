"""Drafts, baskets, settings, and what becomes of a job afterwards."""

from __future__ import annotations

from typing import Any

from bot.services.ports import StoredReference
from bot.storage.engine.database import SqlDatabase
from bot.storage.tables import posts as posts_table

BOB, ALICE, HERE = 7, 8, 70


async def test_a_draft_is_its_members_until_it_ends(database: SqlDatabase) -> None:
    async with database.write() as uow:
        await uow.drafts.put("D" * 13, BOB, "{}", expires_at=100)
        await uow.commit()
    async with database.write() as uow:
        assert await uow.drafts.get("D" * 13, ALICE, now=1) is None
        assert await uow.drafts.get("D" * 13, BOB, now=100) is None
        assert await uow.drafts.get("D" * 13, BOB, now=99) == "{}"
        await uow.drafts.sweep(now=99)
        assert await uow.drafts.get("D" * 13, BOB, now=1) == "{}"
        await uow.drafts.sweep(now=100)
        assert await uow.drafts.get("D" * 13, BOB, now=1) is None


async def test_a_basket_keeps_order_and_no_doubles_and_ends(database: SqlDatabase) -> None:
    async def add(text: str, expires_at: int, now: int = 1) -> int:
        return await uow.baskets.add(BOB, HERE, text, expires_at=expires_at, now=now)

    async with database.write() as uow:
        assert [await add("b", 100), await add("a", 200), await add("b", 300)] == [1, 2, 2]
        assert await uow.baskets.list(BOB, HERE, now=1) == ["b", "a"]
        assert await uow.baskets.list(BOB, HERE, now=100) == ["a"]
        assert await add("c", 300, now=100) == 2
        assert await uow.baskets.list(BOB, HERE + 1, now=1) == []
        assert await uow.baskets.list(ALICE, HERE, now=1) == []
        await uow.baskets.clear(BOB, HERE)
        assert await uow.baskets.list(BOB, HERE, now=1) == []


async def test_settings_hold_whatever_json_holds(database: SqlDatabase) -> None:
    async with database.write() as uow:
        assert await uow.settings.get(1, "replies") is None
        values: list[Any] = ["confirm", False, 7, ["a"], None]
        for value in values:
            await uow.settings.put(1, "replies", value)
            assert await uow.settings.get(1, "replies") == value
        assert await uow.settings.get(2, "replies") is None


async def test_a_job_is_retried_by_one_other(database: SqlDatabase, make_job: Any) -> None:
    failed, first, second = make_job(), make_job(), make_job()
    async with database.write() as uow:
        for job in (failed, first, second):
            await uow.jobs.add(job, [])
        assert await uow.jobs.retry(failed.job_id, first.job_id)
        assert not await uow.jobs.retry(failed.job_id, second.job_id)
        stored = await uow.job_queries.get(failed.job_id)
    assert stored
    assert stored.retried_by == first.job_id


async def test_a_repetition_is_found_for_its_member_and_a_while(
    database: SqlDatabase, make_job: Any
) -> None:
    job = make_job()
    again = make_job(again_of=job.job_id, user_id=BOB, created_at=1_000)
    async with database.write() as uow:
        await uow.jobs.add(job, [])
        await uow.jobs.add(again, [])
        assert await uow.job_queries.again(job.job_id, user_id=BOB, since=1_000) == [again]
        assert await uow.job_queries.again(job.job_id, user_id=BOB, since=1_001) == []
        assert await uow.job_queries.again(job.job_id, user_id=ALICE, since=0) == []


async def test_a_reference_remembers_whose_picture_it_was(
    database: SqlDatabase, make_job: Any
) -> None:
    job = make_job()
    facts: dict[str, Any] = {"mime": "image/png", "width": 1, "height": 1, "bytes": 1}
    stored = [
        StoredReference(position=0, role="picture", path="a/b", result=("J" * 13, 12), **facts),
        StoredReference(position=1, role="picture", path="a/c", **facts),
    ]
    async with database.write() as uow:
        await uow.jobs.add(job, stored)
        assert await uow.job_queries.references(job.job_id) == stored


async def test_posts_are_removed_once(database: SqlDatabase, make_job: Any) -> None:
    job = make_job()
    async with database.write() as uow:
        await uow.jobs.add(job, [])
        rows = [
            {"job_id": job.job_id, "part": part, "channel_id": 10, "nonce": f"n{part}"}
            for part in (0, 1)
        ]
        await uow.connection.execute(posts_table.insert(), rows)
        for part in (0, 1):
            await uow.posts.posted(job.job_id, part, 500 + part, now=5)
        assert await uow.posts.removed(500, now=6)
        assert not await uow.posts.removed(500, now=7)
        assert not await uow.posts.removed(999, now=7)
        standing = await uow.posts.remove(job.job_id, by=BOB, now=8)
        assert [post.message_id for post in standing] == [501]
        assert await uow.posts.remove(job.job_id, by=BOB, now=9) == []
        assert [post.removed_at for post in await uow.posts.of_job(job.job_id)] == [6, 8]
