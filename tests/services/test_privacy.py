"""Deleting one person's data: the books stay right, nothing is gained, nothing of others goes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import AccessError
from bot.domain.job import JobState
from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window
from bot.domain.requests.consent import Consent
from bot.services.people.privacy import Privacy
from bot.services.ports import GUARDED
from bot.services.servers import consent_log
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import BlockDecision, RuleDecision, SettingDecision
from bot.storage.engine.database import SqlDatabase
from bot.ui.cards.setup import SPANS
from tests.services.house import GUILD, MEMBER, NOW, House

DAY = 86400
OTHER, MODERATOR = 101, 7
LONGEST = max(SPANS["cooldown_seconds"])


@pytest.fixture
def privacy(house: House) -> Privacy:
    return privacy_of(house)


def privacy_of(house: House) -> Privacy:
    return Privacy(
        database=house.database,
        quotas=house.book,
        spool=house.spool,
        clock=house.clock,
        keep_seconds=3600,
        tell=house.delivery.tell,
    )


@pytest.fixture
def changes(house: House) -> Changes:
    return Changes(database=house.database, policies=house.policies, clock=house.clock)


async def rows(house: House, table: str) -> list[dict[str, Any]]:
    async with house.database.read() as unit:
        found = await unit.connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608
        return [dict(row) for row in found.mappings()]


async def later(house: House, privacy: Privacy, seconds: int) -> None:
    house.clock.at += seconds
    await privacy.sweep()
    assert await house.problems() == []


async def names_left(house: House, user_id: int = MEMBER) -> list[str]:
    """Return the tables of the books that still name somebody."""
    tables = ("jobs", "counters", "holds", "ledger", "grants", "posts", "audit", "forgotten")
    found: list[str] = []
    for table in tables:
        for row in await rows(house, table):
            whose = (row.get("user_id"), row.get("actor_id"), row.get("subject_id"))
            if str(user_id) in map(str, whose):
                found.append(table)
                break
    return found


async def test_extra_credits_end_and_their_holds_move_with_them(
    house: House, privacy: Privacy
) -> None:
    await house.grant(5)
    await house.finish(await house.ask(count=12))
    await privacy.forget(MEMBER)

    assert await house.problems() == []
    assert await house.grants() == []
    assert {row["user_id"] < 0 for row in await rows(house, "grants")} == {True}
    assert sum(row["delta"] for row in await rows(house, "ledger")) > 0


async def test_a_job_under_way_is_charged_and_refunded_as_if_nothing_were(
    database: SqlDatabase, tmp_path: Path, house: House, privacy: Privacy
) -> None:
    await house.grant(5)
    ticket = await house.ask(count=12)
    await house.claimed()
    done = await privacy.forget(MEMBER)
    assert (done.cancelled, done.under_way) == (0, 1)
    house.clock.at += 61
    another = House(database, tmp_path, me="two", clock=house.clock)
    assert (await another.finish(ticket)).state is JobState.DONE
    await later(house, privacy, DAY)
    assert await names_left(house) == ["forgotten"]
    await later(house, privacy, 31 * DAY)
    assert await names_left(house) == []


async def test_a_window_of_a_month_keeps_the_id_for_a_month_and_no_longer(
    database: SqlDatabase, tmp_path: Path, house: House
) -> None:
    house = House(database, tmp_path, member="10/month, 3/day")
    privacy = Privacy(
        database=database, quotas=house.book, spool=house.spool, clock=house.clock, keep_seconds=0
    )
    await house.finish(await house.ask(count=3))
    await privacy.forget(MEMBER)
    for _ in range(40):
        if "counters" not in await names_left(house):
            break
        quota_status = await house.intake.quota_status(guild_id=GUILD, user_id=MEMBER)
        assert quota_status.left is not None
        assert quota_status.left <= 7
        await later(house, privacy, DAY)
    assert house.clock.at < 1_715_767_200 + 32 * DAY
    assert await names_left(house) == ["forgotten"]


async def test_who_comes_back_in_the_same_window_keeps_right_books(
    house: House, privacy: Privacy
) -> None:
    await house.finish(await house.ask(count=4))
    for _ in range(3):
        await privacy.forget(MEMBER)
        house.clock.at += 5
        await house.finish(await house.ask(count=1))
        await later(house, privacy, 5)
    quota_status = await house.intake.quota_status(guild_id=GUILD, user_id=MEMBER)
    assert quota_status.left == 3
    await later(house, privacy, DAY)
    await house.finish(await house.ask(count=10))
    await later(house, privacy, 40 * DAY)


async def test_nothing_of_others_is_touched(house: House, privacy: Privacy) -> None:
    await house.finish(await house.ask(user_id=OTHER, prompt="a hen"))
    await house.finish(await house.ask())
    before = {t: await rows(house, t) for t in ("jobs", "holds", "ledger", "counters")}
    await privacy.forget(MEMBER)
    await later(house, privacy, 40 * DAY)
    for table, old in before.items():
        theirs = [row for row in old if row["user_id"] == OTHER]
        now = [row for row in await rows(house, table) if row["user_id"] == OTHER]
        assert theirs == now, table


async def test_a_block_and_a_denial_outlive_the_deletion(
    house: House, privacy: Privacy, changes: Changes
) -> None:
    actor = changes.actor(GUILD, MODERATOR, "spam")
    until = house.clock.at + 60 * DAY
    value = {"until": until, "reason": "spam"}
    await changes.set(actor, BlockDecision(MEMBER), value, action="block")
    rule = RuleDecision(Subject.MEMBER, OTHER, Window.DAY)
    await changes.set(actor, rule, {"credits": 0, "until": None}, action="rule")
    await privacy.forget(MEMBER)
    await privacy.forget(OTHER)
    for _ in range(2):
        with pytest.raises(AccessError):
            await house.ask()
        with pytest.raises(AccessError):
            await house.ask(user_id=OTHER)
        await later(house, privacy, 20 * DAY)
    # The block is over then; a limit without an end is still the moderators' word.
    await later(house, privacy, 25 * DAY)
    await house.finish(await house.ask())
    with pytest.raises(AccessError):
        await house.ask(user_id=OTHER)


async def test_the_record_names_them_for_a_month_and_then_their_tombstone(
    house: House, privacy: Privacy, changes: Changes
) -> None:
    longer = int(f"{MEMBER}5")
    for user_id in (MEMBER, longer):
        actor = changes.actor(GUILD, MODERATOR, "because of them")
        await changes.set(
            actor, BlockDecision(user_id), {"until": None, "reason": "x"}, action="block"
        )
        await changes.set(actor, BlockDecision(user_id), None, action="unblock")
    await changes.set(
        changes.actor(GUILD, MEMBER), BlockDecision(OTHER), {"until": 5}, action="block"
    )
    asked = Consent(
        consent_id="c",
        guild_id=GUILD,
        channel_id=1,
        user_id=MEMBER,
        owner_id=OTHER,
        origin="i:1",
        created_at=NOW,
        expires_at=NOW,
    )
    async with house.database.write(GUARDED) as uow:
        await consent_log.asked(uow, asked)
        await consent_log.answered(uow, asked, "allowed", by=OTHER, now=NOW)
        await uow.commit()
    await privacy.forget(MEMBER)
    assert "audit" in await names_left(house)
    await later(house, privacy, 32 * DAY)

    assert await names_left(house) == []
    found = sorted(await rows(house, "audit"), key=lambda row: row["audit_id"])
    assert [row["subject_id"] for row in found[2:4]] == [str(longer)] * 2
    assert found[0]["subject_id"].startswith("-")
    assert found[0]["reason"] is None
    assert found[2]["reason"] == "because of them"
    assert found[4]["actor_id"] < 0
    assert found[5]["subject_id"] == f"c:{OTHER}"
    assert found[6]["subject_id"].startswith("c:-")


async def test_cooldowns_and_the_brake_on_refusals_cannot_be_shaken_off(
    database: SqlDatabase, tmp_path: Path, house: House
) -> None:
    house = House(database, tmp_path, member="none")
    privacy = Privacy(
        database=database, quotas=house.book, spool=house.spool, clock=house.clock, keep_seconds=0
    )
    await house.finish(await house.ask())
    await privacy.forget(MEMBER)
    async with database.read() as unit:
        assert await unit.job_queries.last_accepted(GUILD, user_id=MEMBER) is not None
    await later(house, privacy, DAY)
    assert "jobs" not in await names_left(house)


async def test_an_export_too_long_is_packed_and_one_longer_still_says_what_is_missing(
    house: House, privacy: Privacy
) -> None:
    for number in range(8):
        await house.finish(await house.ask(prompt=f"{number}" + "word " * 500))
    whole = await privacy.export(MEMBER, limit_bytes=10**7)
    assert (whole.name, whole.whole) == ("easel-data.json", True)
    packed = await privacy.export(MEMBER, limit_bytes=len(whole.data) - 1)
    assert (packed.name, packed.whole) == ("easel-data.json.gz", True)
    assert len(json.loads(gzip.decompress(packed.data))["requests"]) == 8
    part = await privacy.export(MEMBER, limit_bytes=len(packed.data) - 1)
    assert not part.whole
    found = json.loads(part.data if part.name.endswith("n") else gzip.decompress(part.data))
    assert found["requests_left_out"] + len(found["requests"]) == 8
    assert found["requests"][-1]["request"]["prompt"].startswith("7")


async def test_the_longest_wait_between_requests_outlives_a_deletion(
    database: SqlDatabase, tmp_path: Path
) -> None:
    house = House(database, tmp_path, member="none")
    privacy = Privacy(
        database=database,
        quotas=house.book,
        spool=house.spool,
        clock=house.clock,
        keep_seconds=3600,
    )
    changes = Changes(database=database, policies=house.policies, clock=house.clock)
    actor = changes.actor(GUILD, MODERATOR)
    await changes.set(actor, SettingDecision("cooldown_seconds"), LONGEST, action="setting")
    await house.finish(await house.ask())
    await privacy.forget(MEMBER)
    await later(house, privacy, LONGEST - 60)
    with pytest.raises(AccessError, match="cooldown"):
        await house.ask()
    await later(house, privacy, 60)
    await house.ask()


async def test_deleting_twice_while_a_request_runs_gives_nothing(
    house: House, privacy: Privacy
) -> None:
    await house.finish(await house.ask(count=3))
    ticket = await house.ask(count=4)
    await house.claimed()
    await house.ask(count=2)
    for _ in range(2):
        await privacy.forget(MEMBER, messages=True)
    quota_status = await house.intake.quota_status(guild_id=GUILD, user_id=MEMBER)
    assert quota_status.left == 10 - 3 - 4
    assert (await house.job(ticket.progress.job.job_id)).state is JobState.RUNNING
    assert await house.problems() == []
