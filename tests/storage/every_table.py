"""Rows for every table that a bot which only made pictures leaves empty."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from bot.storage.engine.connect import database_url, make_engine
from bot.storage.tables import jobs, metadata

# As large as Discord's ids are by now, far beyond 32 bits.
_GUILD, _CHANNEL, _MEMBER, _OTHER, _MESSAGE = (1_400_000_000_000_000_000 + n for n in range(5))
_AT = 1_715_767_200
_STYLE, _PICTURE, _DRAFT = "style00000000", "picture000000", "draft00000000"


async def fill(url: str) -> None:
    """Add a row to each of them, and let two of the jobs point at each other."""
    engine = make_engine(database_url(url), writes=True, pool_size=1)
    async with engine.begin() as connection:
        found = await connection.execute(select(jobs.c.job_id).order_by(jobs.c.turn).limit(2))
        first, second = found.scalars()
        # Ids are random: whatever the order, one of the two is named before it is written.
        for one, other in ((first, second), (second, first)):
            values = {"parent_job_id": other, "again_of": other, "retried_by": other}
            await connection.execute(update(jobs).where(jobs.c.job_id == one).values(values))
        for name, row in _rows(first).items():
            await connection.execute(insert(metadata.tables[name]), row)
    await engine.dispose()


def _rows(job_id: str) -> dict[str, dict[str, Any]]:
    of_job = {"job_id": job_id}
    at = {"guild_id": _GUILD, "channel_id": _CHANNEL}
    return {
        "reference_pictures": of_job
        | {
            "role": "picture",
            "position": 1,
            "attachment_id": _MESSAGE,
            "path": "jobs/one/1.png",
            "sha256": "0" * 64,
            "mime": "image/png",
            "width": 960,
            "height": 960,
            "bytes": 2**33,
            "converted": True,
            "owner_id": _OTHER,
        },
        "drafts": {"draft_id": _DRAFT, "user_id": _MEMBER, "draft": "{}", "expires_at": _AT},
        "baskets": {
            "user_id": _MEMBER,
            "channel_id": _CHANNEL,
            "position": 1,
            "reference": "{}",
            "expires_at": _AT,
        },
        "consents": at
        | {
            "consent_id": _DRAFT,
            "user_id": _MEMBER,
            "owner_id": _OTHER,
            "origin": "asked:1",
            "state": "asking",
            "reply_to": _MESSAGE,
            "created_at": _AT,
            "expires_at": _AT,
        },
        "passing": {"message_id": _MESSAGE, "channel_id": _CHANNEL, "until": _AT},
        "favourites": of_job | {"user_id": _MEMBER, "guild_id": _GUILD, "kept_at": _AT},
        "gallery_posts": of_job
        | at
        | {"state": "posted", "spoiler": True, "decided_at": _AT, "message_id": _MESSAGE},
        "comparisons": {
            "comparison_id": _DRAFT,
            "origin": "asked:2",
            "guild_id": _GUILD,
            "state": "voting",
            "created_at": _AT,
            "closes_at": _AT,
        },
        "comparison_entries": of_job
        | {"comparison_id": _DRAFT, "place": 0, "model_id": "m", "label": "A", "won": True},
        "comparison_votes": {
            "comparison_id": _DRAFT,
            "user_id": _MEMBER,
            "label": "A",
            "at": _AT,
        },
        "spoiler_changes": of_job | {"at": _AT},
        "report_cards": of_job | at | {"message_id": _MESSAGE, "part": 0},
        "reviews": of_job | at | {"categories": "[]", "held_at": _AT, "outcome": "approved"},
        "rules": {
            "guild_id": _GUILD,
            "subject": "member",
            "subject_id": _MEMBER,
            "window": "day",
            "credits": 0,
            "set_by": _OTHER,
            "set_at": _AT,
        },
        "blocks": {
            "guild_id": _GUILD,
            "user_id": _MEMBER,
            "set_by": _OTHER,
            "reason": "zero \0 byte",
            "set_at": _AT,
        },
        "access": {"guild_id": _GUILD, "kind": "channel", "subject": "*", "rule": "deny"},
        "words": {"guild_id": _GUILD, "word": "猫"},
        "guild_versions": {"guild_id": _GUILD, "version": 2},
        "audit": {
            "at": _AT,
            "guild_id": _GUILD,
            "actor_id": _OTHER,
            "action": "block",
            "subject_kind": "member",
            "subject_id": str(_MEMBER),
            "new": "zero \0 byte",
            "claimed_at": _AT,
        },
        "meta": {"key": "told", "value": "1"},
        "member_settings": {"user_id": _MEMBER, "key": "locale", "value": "zh"},
        "styles": {
            "style_id": _STYLE,
            "guild_id": 0,
            "user_id": _MEMBER,
            "made_by": _MEMBER,
            "name": "Ink",
            "name_key": "ink",
            "words": "ink on paper",
            "chosen": "{}",
            "from_job_id": job_id,
            "created_at": _AT,
        },
        "style_pictures": {
            "picture_id": _PICTURE,
            "style_id": _STYLE,
            "position": 1,
            "path": "styles/one.png",
            "owner_id": _MEMBER,
        },
        "forgotten": {"user_id": _OTHER, "tombstone_id": -1, "asked_at": _AT},
        "left_guilds": {"guild_id": _GUILD, "left_at": _AT},
        "providers": {"name": "routescope", "paused_until": _AT, "paused_reason": "no credit"},
        "settings": {"guild_id": _GUILD, "key": "language", "value": "zh"},
    }
