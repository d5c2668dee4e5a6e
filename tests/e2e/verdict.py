"""Whether each request came to one outcome: books, pictures on Discord and upstream calls agree.

Asks database, Discord and image APIs from outside; knows nothing of how the bot works.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from bot.services.ports import Circuit
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.ledger_check import problems
from tests.e2e.place import Place

# Tickets carry one of them as long as their request is under way, and no longer.
_UNDER_WAY = re.compile("e1:(?:refresh|cancel):")
_FINAL = ("done", "failed", "cancelled")

_JOBS = "SELECT job_id, state, reason, told_at, request FROM jobs"
_COMPARISONS = "SELECT comparison_id, state, shown_at FROM comparisons"
_ENTRIES = """
SELECT comparison_entries.comparison_id, comparison_entries.job_id, label, blind, jobs.state
FROM comparison_entries JOIN jobs ON jobs.job_id = comparison_entries.job_id
"""
_UNSHOWN = """
SELECT count(*) FROM comparisons WHERE state = 'collecting'
OR state IN ('closed', 'over') AND shown_at IS NULL
OR state = 'voting' AND ticket_token IS NOT NULL
"""
_VOTES = "SELECT comparison_id FROM comparison_votes"
_ENDED = """
SELECT count(*), count(CASE WHEN
    state = 'done' AND (told_at IS NOT NULL OR reply_to_message_id IS NULL)
    OR state IN ('failed', 'cancelled') AND told_at IS NOT NULL
THEN 1 END) FROM jobs
"""
_CALLS = "SELECT job_id, state, images_asked, images_made, sent_at FROM calls"
_HOLDS = "SELECT job_id, kind, amount, kept FROM holds"
_POSTS = """
SELECT posts.job_id, message_id, removed_at, destination, count(*) AS pictures FROM posts
JOIN post_pictures ON post_pictures.job_id = posts.job_id AND post_pictures.part = posts.part
JOIN jobs ON jobs.job_id = posts.job_id
WHERE message_id IS NOT NULL GROUP BY posts.job_id, message_id, removed_at, destination
"""


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[SqlDatabase]:
    """Open the bot's database beside it."""
    database = SqlDatabase(place.database_url)
    try:
        yield database
    finally:
        await database.close()


async def rows(database: SqlDatabase, query: str) -> list[Any]:
    """Return the rows of a query."""
    async with database.read() as uow:
        return list((await uow.connection.exec_driver_sql(query)).all())


async def later(place: Place) -> None:
    """Let what only waits for a time happen now: pauses, brakes, tries, news."""
    async with opened(place) as database, database.write() as uow:
        for name in await uow.circuits.all():
            await uow.circuits.put(Circuit(name=name))
        await uow.connection.exec_driver_sql("UPDATE jobs SET not_before = NULL")
        await uow.connection.exec_driver_sql(
            "UPDATE passing SET until = until - 300 WHERE message_id < 0"
        )
        # Who was refused often is braked for a while.
        await uow.connection.exec_driver_sql(
            "UPDATE jobs SET created_at = created_at - 3600 WHERE state = 'failed'"
        )
        # News that nobody told within half a minute is taken up by whoever sees it.
        await uow.connection.exec_driver_sql(
            "UPDATE jobs SET finished_at = finished_at - 31 WHERE told_at IS NULL"
        )
        await uow.commit()


async def until_ended(place: Place, *, jobs: int = 0, seconds: float = 60) -> None:
    """Wait until every request, `jobs` of them at least, has ended and all of it was told."""
    try:
        async with opened(place) as database, asyncio.timeout(seconds):
            while not await _ended(place, database, jobs):  # noqa: ASYNC110 - nothing to wait on
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        error.add_note("\n".join(await verdict(place)))
        raise


async def _ended(place: Place, database: SqlDatabase, jobs: int) -> bool:
    ((all_jobs, ended),) = await rows(database, _ENDED)
    ((unshown,),) = await rows(database, _UNSHOWN)
    quiet = not place.wire.busy and not any(working(place)) and not unshown
    return quiet and all_jobs == ended and ended >= jobs


async def verdict(place: Place) -> list[str]:
    """Return a sentence for everything that is wrong once all is quiet; none if all is well."""
    async with opened(place) as database:
        found = [str(problem) for problem in await problems(database)]
        jobs = {row.job_id: row for row in await rows(database, _JOBS)}
        calls = _by_job(await rows(database, _CALLS))
        holds = _by_job(await rows(database, _HOLDS))
        posts = _by_job(await rows(database, _POSTS))
        comparisons = await rows(database, _COMPARISONS)
        entries = await rows(database, _ENTRIES)
        votes = {row.comparison_id for row in await rows(database, _VOTES)}
    received = _received(place)
    by_prompt: dict[str, list[str]] = defaultdict(list)
    for job_id, job in jobs.items():
        pictures = sum(row.pictures for row in posts[job_id])
        found += _of_state(job, pictures)
        found += _of_money(job_id, holds[job_id], calls[job_id], pictures)
        request = json.loads(job.request)
        by_prompt[str(request["prompt"])] += [job_id]
        found += _asked_once(job_id, calls[job_id], request["count"])
    for prompt, job_ids in by_prompt.items():
        # Those that are compared ask for the same.
        asked = [call for job_id in job_ids for call in calls[job_id]]
        found += _of_calls(", ".join(job_ids), asked, received.get(prompt, []))
    for one in comparisons:
        theirs = [row for row in entries if row.comparison_id == one.comparison_id]
        found += _of_comparison(one, theirs, posts, voted=one.comparison_id in votes)
    found += _of_messages(place, [post for of_job in posts.values() for post in of_job])
    return [*found, *working(place)]


def working(place: Place) -> Iterator[str]:
    """Name the messages that say a request is under way; private ones as well."""
    for messages in place.wire.backend.messages.values():
        for message in list(messages.values()):
            if _UNDER_WAY.search(str(message.components)):
                yield f"Message {message.id} still says: {_text(message.components)}"
            if any(reaction.emoji == "⏳" for reaction in message.reactions):
                yield f"Message {message.id} still has its ⏳."


def _of_state(job: Any, pictures: int) -> Iterator[str]:
    if job.state not in _FINAL:
        yield f"Job {job.job_id} is {job.state}."
    elif (job.state == "done") != bool(pictures):
        yield f"Job {job.job_id} is {job.state} with {pictures} pictures posted."
    elif (job.state == "done") == bool(job.reason):
        yield f"Job {job.job_id} is {job.state} for the reason {job.reason}."
    if job.state in ("failed", "cancelled") and job.told_at is None:
        yield f"Job {job.job_id} {job.state} untold."


def _of_money(job_id: str, holds: list[Any], calls: list[Any], pictures: int) -> Iterator[str]:
    answered = sum(row.images_made or 0 for row in calls if row.state == "answered")
    unknown = sum(row.images_asked for row in calls if row.state == "unknown")
    for hold in holds:
        due = pictures if hold.kind == "member" else min(answered + unknown, hold.amount)
        if hold.kept != due:
            yield f"Job {job_id}: {hold.kind} kept {hold.kept} of {hold.amount}, not {due}."


def _of_calls(job_id: str, calls: list[Any], received: list[int | None]) -> Iterator[str]:
    """Hold the calls of a job against what the image API has seen of its prompt."""
    under_way = [row.state for row in calls if row.state in ("planned", "sent")]
    if under_way:
        yield f"Job {job_id} has calls {under_way}."
    sent = sum(row.sent_at is not None for row in calls)
    if len(received) > sent:
        yield f"Job {job_id}: {len(received)} requests arrived, {sent} were marked as sent."
    paid = sum(status == 200 for status in received)
    booked = sum(row.state in ("answered", "unknown") for row in calls)
    if paid > booked:
        yield f"Job {job_id}: {paid} requests were answered, {booked} calls are booked."


def _asked_once(job_id: str, calls: list[Any], count: int) -> Iterator[str]:
    """See that nothing was asked again that may have been paid, at whatever provider."""
    asked = sum(row.images_asked for row in calls if row.state in ("answered", "unknown"))
    if asked > count:
        yield f"Job {job_id}: {asked} pictures may have been paid, {count} were asked."


def _of_messages(place: Place, posts: list[Any]) -> Iterator[str]:
    """Hold the pictures in the channels against the posts that are stored."""
    shown = {
        message.id: len(message.attachments)
        for messages in place.wire.backend.messages.values()
        for message in list(messages.values())
        if message.attachments
        and place.wire.backend.users[message.author_id].bot
        # What one member sees is an answer to a press, which may be repeated.
        and not message.is_ephemeral
    }
    public = {post.message_id: post for post in posts if post.destination == "channel"}
    # The message of a comparison is that of several results.
    kept: dict[int, int] = defaultdict(int)
    for post in posts:
        kept[post.message_id] += post.pictures
    for message_id, pictures in shown.items():
        stored = kept[message_id] if message_id in public else 0
        if stored != pictures:
            yield f"Message {message_id} shows {pictures} pictures, {stored} are stored for it."
    for message_id, post in public.items():
        if message_id not in shown and not post.removed_at:
            yield f"Message {message_id} is stored and does not stand."


def _of_comparison(
    comparison: Any, entries: list[Any], posts: dict[str, list[Any]], *, voted: bool
) -> Iterator[str]:
    """See that a vote is about one message, and that nothing of it stays that is over."""
    name, state = f"Comparison {comparison.comparison_id}", comparison.state
    shown = [row for row in entries if row.label and row.state == "done"]
    messages = {post.message_id for row in shown for post in posts[row.job_id]}
    if state not in ("voting", "closed", "over"):
        yield f"{name} is {state}."
    if state in ("voting", "closed") and (len(shown) < 2 or len(messages) != 1):
        yield f"{name} is {state} with {len(shown)} pictures in {len(messages)} messages."
    if state != "voting" and (voted or any(row.blind for row in entries)):
        yield f"{name} is {state}, and goes on hiding who made what, or who voted."
    if state == "voting" and not all(row.blind for row in shown):
        yield f"{name} is {state}, and tells who made what."


def _received(place: Place) -> dict[str, list[int | None]]:
    found: dict[str, list[int | None]] = defaultdict(list)
    for request in place.apis.requests:
        found[str((request.body or {}).get("prompt"))].append(request.status)
    return found


def _by_job(found: list[Any]) -> dict[str, list[Any]]:
    by_job: dict[str, list[Any]] = defaultdict(list)
    for row in found:
        by_job[row.job_id].append(row)
    return by_job


def _text(components: list[dict[str, Any]]) -> str:
    return next((part["content"] for part in components[0]["components"] if "content" in part), "")
