"""Servers as Discord describes them to a bot without privileged intents, by the thousand.

A server of a community: 50 channels with topics and overwrites, 30 roles, 30 emojis, 6 stickers,
5 threads, 2 planned events and 4 sounds, some 70 kB of JSON. Of its members Discord sends such a
bot only itself, and neither presences nor voice states.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

CHANNELS, ROLES, EMOJIS, STICKERS, THREADS, EVENTS, SOUNDS = 50, 30, 30, 6, 5, 2, 4
# Servers repeat after so many, but for their ids: making each takes longer than reading it.
_KINDS = 20
_FIRST = 900_000_000_000
_ID = "$ID$"
_TEXT, _VOICE, _CATEGORY, _NEWS, _FORUM = 0, 2, 4, 5, 15
_FEATURES = (
    *("COMMUNITY", "NEWS", "WELCOME_SCREEN_ENABLED", "MEMBER_VERIFICATION_GATE_ENABLED"),
    *("PREVIEW_ENABLED", "SOUNDBOARD", "AUTO_MODERATION", "INVITE_SPLASH", "ANIMATED_ICON"),
    *("BANNER", "ROLE_ICONS", "CHANNEL_ICON_EMOJIS_GENERATED"),
)
_WORDS = (
    *("lantern", "paper", "garden", "river", "market", "winter", "silver", "harbour", "meadow"),
    *("copper", "violet", "archive", "workshop", "station", "summit", "orchard", "general"),
)
_DATE = "2024-05-15T10:00:00.000000+00:00"


def guild_id(number: int) -> int:
    """Return the id of a server by its number."""
    return int(f"{_FIRST + number}000000")


def guild(number: int, bot: dict[str, Any]) -> str:
    """Return the JSON of a server by its number."""
    return _kind(number % _KINDS, json.dumps(bot)).replace(_ID, str(_FIRST + number))


@cache
def _kind(number: int, bot: str) -> str:
    return json.dumps(_Server(random.Random(number)).payload(json.loads(bot)))


class _Server:
    """Makes up one server; every id in it is a number behind the mark of the server."""

    def __init__(self, luck: random.Random) -> None:
        self._luck = luck
        self._ids: Iterator[str] = (f"{_ID}{number:06}" for number in count(1))
        self._guild_id = f"{_ID}000000"

    def payload(self, bot: dict[str, Any]) -> dict[str, Any]:
        luck = self._luck
        role_ids = [self._guild_id, *(self._id() for _ in range(ROLES - 1))]
        roles = [self._role(role_id, position) for position, role_id in enumerate(role_ids)]
        channels = self._channels(role_ids)
        places = [channel["id"] for channel in channels if channel["type"] == _TEXT]
        return {
            "id": self._guild_id,
            "name": self._words(3),
            "icon": self._hash(),
            "description": self._words(12),
            "splash": self._hash(),
            "discovery_splash": None,
            "banner": self._hash(),
            "owner_id": self._id(),
            "application_id": None,
            "region": "deprecated",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "widget_enabled": False,
            "widget_channel_id": None,
            "verification_level": 2,
            "default_message_notifications": 1,
            "explicit_content_filter": 2,
            "roles": roles,
            "emojis": [self._emoji() for _ in range(EMOJIS)],
            "features": luck.sample(_FEATURES, 10),
            "mfa_level": 1,
            "system_channel_id": places[0],
            "system_channel_flags": 0,
            "rules_channel_id": places[1],
            "max_presences": None,
            "max_members": 500_000,
            "vanity_url_code": None,
            "premium_tier": 1,
            "premium_subscription_count": 4,
            "preferred_locale": "en-US",
            "public_updates_channel_id": places[2],
            "safety_alerts_channel_id": places[2],
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "nsfw": False,
            "nsfw_level": 0,
            "stickers": [self._sticker() for _ in range(STICKERS)],
            "premium_progress_bar_enabled": True,
            "incidents_data": None,
            "joined_at": _DATE,
            "large": True,
            "unavailable": False,
            "member_count": luck.randint(250, 20_000),
            "voice_states": [],
            "members": [
                {
                    "user": bot,
                    "roles": [role_ids[-1]],
                    "joined_at": _DATE,
                    "premium_since": None,
                    "deaf": False,
                    "mute": False,
                    "nick": None,
                    "avatar": None,
                    "pending": False,
                    "communication_disabled_until": None,
                    "flags": 0,
                }
            ],
            "channels": channels,
            "threads": [self._thread(luck.choice(places)) for _ in range(THREADS)],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [self._event() for _ in range(EVENTS)],
            "soundboard_sounds": [self._sound() for _ in range(SOUNDS)],
        }

    def _channels(self, role_ids: list[str]) -> list[dict[str, Any]]:
        kinds = [_CATEGORY] * 7 + [_TEXT] * 30 + [_NEWS] * 2 + [_FORUM] * 2 + [_VOICE] * 9
        categories: list[str] = []
        channels: list[dict[str, Any]] = []
        for position, kind in enumerate(kinds):
            parent = self._luck.choice(categories) if categories and kind != _CATEGORY else None
            channel = self._channel(kind, position, parent, role_ids)
            channels.append(channel)
            if kind == _CATEGORY:
                categories.append(channel["id"])
        return channels

    def _channel(
        self, kind: int, position: int, parent: str | None, role_ids: list[str]
    ) -> dict[str, Any]:
        allowed = self._luck.sample(role_ids, self._luck.randint(1, 5))
        channel: dict[str, Any] = {
            "id": self._id(),
            "type": kind,
            "name": self._words(2).replace(" ", "-"),
            "position": position,
            "parent_id": parent,
            "flags": 0,
            "permission_overwrites": [
                {"id": role_id, "type": 0, "allow": "2251799813770304", "deny": "2048"}
                for role_id in allowed
            ],
        }
        if kind == _CATEGORY:
            return channel
        channel |= {"last_message_id": self._id(), "rate_limit_per_user": 0, "nsfw": False}
        if kind == _VOICE:
            return channel | {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
        channel |= {"topic": self._words(10), "default_auto_archive_duration": 1440}
        channel |= {"icon_emoji": {"id": None, "name": "\N{FOX FACE}"}, "theme_color": None}
        if kind == _FORUM:
            channel |= {
                "available_tags": [
                    {
                        "id": self._id(),
                        "name": self._words(1),
                        "moderated": False,
                        "emoji_id": None,
                        "emoji_name": "\N{FOX FACE}",
                    }
                    for _ in range(6)
                ],
                "default_reaction_emoji": {"emoji_id": None, "emoji_name": "\N{FOX FACE}"},
                "default_sort_order": None,
                "default_forum_layout": 0,
            }
        return channel

    def _role(self, role_id: str, position: int) -> dict[str, Any]:
        return {
            "id": role_id,
            "name": self._words(2) if position else "@everyone",
            "description": None,
            "permissions": "2248473465835073",
            "position": position,
            "color": 3_447_003,
            "colors": {"primary_color": 3_447_003, "secondary_color": None, "tertiary_color": None},
            "hoist": position > 20,
            "managed": position > 25,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
            **({"tags": {"bot_id": self._id()}} if position > 25 else {}),
        }

    def _thread(self, parent: str) -> dict[str, Any]:
        return {
            "id": self._id(),
            "guild_id": self._guild_id,
            "parent_id": parent,
            "owner_id": self._id(),
            "type": 11,
            "name": self._words(5),
            "last_message_id": self._id(),
            "rate_limit_per_user": 0,
            "message_count": 42,
            "member_count": 9,
            "total_message_sent": 45,
            "flags": 0,
            "thread_metadata": {
                "archived": False,
                "archive_timestamp": _DATE,
                "auto_archive_duration": 1440,
                "locked": False,
                "create_timestamp": _DATE,
            },
        }

    def _emoji(self) -> dict[str, Any]:
        named = {"id": self._id(), "name": self._words(2).replace(" ", "_")}
        return {
            **named,
            "roles": [],
            "require_colons": True,
            "managed": False,
            "animated": False,
            "available": True,
        }

    def _sticker(self) -> dict[str, Any]:
        return {
            "id": self._id(),
            "name": self._words(2),
            "tags": "\N{FOX FACE}",
            "type": 2,
            "format_type": 1,
            "description": self._words(6),
            "asset": "",
            "available": True,
            "guild_id": self._guild_id,
        }

    def _event(self) -> dict[str, Any]:
        return {
            "id": self._id(),
            "guild_id": self._guild_id,
            "channel_id": None,
            "creator_id": self._id(),
            "name": self._words(4),
            "description": self._words(60),
            "image": None,
            "scheduled_start_time": _DATE,
            "scheduled_end_time": _DATE,
            "privacy_level": 2,
            "status": 1,
            "entity_type": 3,
            "entity_id": None,
            "recurrence_rule": None,
            "user_count": 12,
            "entity_metadata": {"location": self._words(4)},
            "sku_ids": [],
        }

    def _sound(self) -> dict[str, Any]:
        return {
            "sound_id": self._id(),
            "name": self._words(1),
            "volume": 1.0,
            "emoji_id": None,
            "emoji_name": "\N{FOX FACE}",
            "guild_id": self._guild_id,
            "available": True,
            "user_id": self._id(),
        }

    def _id(self) -> str:
        return next(self._ids)

    def _words(self, number: int) -> str:
        return " ".join(self._luck.choices(_WORDS, k=number))

    def _hash(self) -> str:
        return f"{self._luck.getrandbits(128):032x}"
