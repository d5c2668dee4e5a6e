"""The tables of what managers, moderators, members and operators decided.

Part of the same schema as `bot.storage.tables`, which imports them.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bot.domain.quotas.rules import AccessKind, Subject
from bot.storage.columns import metadata, number, one_of, word

# What managers and operators decided; `subject_id` and `guild_id` are 0 where none is meant.
rules = Table(
    "rules",
    metadata,
    number("guild_id", primary_key=True),
    word("subject", primary_key=True),
    number("subject_id", primary_key=True),
    word("window", primary_key=True),
    number("credits", nullable=True),
    number("until", nullable=True),
    number("set_by"),
    number("set_at"),
    one_of("subject", Subject),
    CheckConstraint("credits >= 0", name="credits"),
)

blocks = Table(
    "blocks",
    metadata,
    number("guild_id", primary_key=True),
    number("user_id", primary_key=True),
    number("until", nullable=True),
    number("set_by"),
    word("reason", nullable=True),
    number("set_at"),
)

# Ids of channels and roles as text, beside those of models.
access = Table(
    "access",
    metadata,
    number("guild_id", primary_key=True),
    word("kind", primary_key=True),
    word("subject", primary_key=True),
    number("role_id", primary_key=True, server_default=text("0")),
    word("rule"),
    one_of("kind", AccessKind),
    one_of("rule", ("allow", "deny")),
)

words = Table(
    "words",
    metadata,
    number("guild_id", primary_key=True),
    word("word", primary_key=True),
)

# Moves with every decision, so that what is kept in memory knows that it is old.
guild_versions = Table(
    "guild_versions",
    metadata,
    number("guild_id", primary_key=True),
    number("version"),
)

audit = Table(
    "audit",
    metadata,
    number("audit_id", primary_key=True, autoincrement=True),
    number("at"),
    number("guild_id"),
    number("actor_id"),
    word("action"),
    word("subject_kind"),
    word("subject_id"),
    word("old", nullable=True),
    word("new", nullable=True),
    word("reason", nullable=True),
    # When a process began to tell the log channel, and when that had it; the entry that undid it.
    number("claimed_at", nullable=True),
    number("echoed_at", nullable=True),
    number("undone_by", nullable=True, unique=True),
)
Index(None, audit.c.guild_id, audit.c.audit_id)
Index(None, audit.c.echoed_at)

member_settings = Table(
    "member_settings",
    metadata,
    number("user_id", primary_key=True),
    word("key", primary_key=True),
    word("value"),
)

# A member's own have no server, a server's no member; `name_key` is the name in one spelling.
styles = Table(
    "styles",
    metadata,
    Column("style_id", String(13), primary_key=True),
    number("guild_id"),
    number("user_id"),
    number("made_by"),
    word("name"),
    word("name_key"),
    word("words"),
    word("chosen"),
    Column("from_job_id", String(13), nullable=True),
    number("created_at"),
    UniqueConstraint("guild_id", "user_id", "name_key", name="uq_styles_name"),
)
Index(None, styles.c.made_by)

# Example pictures: each has a folder of its own in the spool, called by its id.
style_pictures = Table(
    "style_pictures",
    metadata,
    Column("picture_id", String(13), primary_key=True),
    Column("style_id", String(13), ForeignKey("styles.style_id"), nullable=False),
    number("position"),
    word("path"),
    number("owner_id"),
    # The picture of a result that it is, if it is one.
    Column("of_job_id", String(13), nullable=True),
    number("of_number", nullable=True),
)
Index(None, style_pictures.c.style_id)
Index(None, style_pictures.c.owner_id)

# Who asked to be forgotten while windows were still open: finished when those have ended.
forgotten = Table(
    "forgotten",
    metadata,
    number("user_id", primary_key=True),
    number("tombstone_id", unique=True),
    number("asked_at"),
)

# Servers that removed the bot: their decisions are kept for a while, should it come back.
left_guilds = Table(
    "left_guilds",
    metadata,
    number("guild_id", primary_key=True),
    number("left_at"),
)

# The circuit of each image service, and the operator's switch.
providers = Table(
    "providers",
    metadata,
    word("name", primary_key=True),
    number("paused_until", nullable=True),
    word("paused_reason", nullable=True),
    number("failures", server_default=text("0")),
)

settings = Table(
    "settings",
    metadata,
    number("guild_id", primary_key=True),
    word("key", primary_key=True),
    word("value"),
)
