"""What `check` finds out at Discord: the token, the servers, the permissions, the invite link."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any

import aiohttp
import discord

from bot.cli.check.check_lines import Finding, well, wrong
from bot.config import Configuration
from bot.ui.messages.operator import check as words

# What the bot does in a channel: post pictures, also in threads, and look for a post of its own
# before it repeats one after a crash.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    add_reactions=True,
    read_message_history=True,
)
_TIMEOUT_SECONDS = 15
# The flags of an application (developer documentation, Application, Application Flags).
_PRIVILEGED = {"Presence": 3 << 12, "Server Members": 3 << 14, "Message Content": 3 << 18}
# Discord's answer may be on its way for some seconds, and names whole ones.
_CLOCK_SECONDS = 10
# Discord hands out a bot's servers in pages of at most so many.
_PAGE = 200
# How often Discord may say that it is asked too fast.
_PATIENCE = 5
_MANY = 20


class _RefusedError(Exception):
    """Discord answered with an error status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def discord_findings(configuration: Configuration) -> list[Finding]:
    """Ask Discord, at the configured address, who the token belongs to and where it is."""
    token = configuration.discord.token.get_secret_value().strip()
    base = configuration.discord.api_base
    if not token:
        return [wrong(str(words.NO_LOGIN)), *_access(configuration)]
    try:
        return await _ask(configuration, token)
    except _RefusedError as error:
        refused = error.status == 401
        said = words.LOGIN_REFUSED if refused else words.discord_status(base, error.status)
    except (aiohttp.ContentTypeError, AttributeError, KeyError, TypeError, ValueError):
        said = words.not_discord(base)
    except (aiohttp.ClientError, TimeoutError) as error:
        said = words.discord_unreachable(base, str(error))
    return [wrong(str(said)), *_access(configuration)]


async def _ask(configuration: Configuration, token: str) -> list[Finding]:
    headers = {
        "Authorization": f"Bot {token}",
        "User-Agent": f"DiscordBot (Easel, {version('easel')})",
    }
    base = configuration.discord.api_base
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        user = await _get(session, f"{base}/users/@me")
        application = await _get(session, f"{base}/applications/@me")
        gateway, date = await _gateway(session, base)
        listed = configuration.access.guilds
        joined = await _servers(session, base, listed) if listed else {}
    invite = discord.utils.oauth_url(
        int(application["id"]),
        permissions=PERMISSIONS,
        scopes=("bot", "applications.commands"),
    )
    return [
        well(words.token_accepted(str(user["username"]))),
        _intents(int(application.get("flags", 0))),
        *_shards(configuration, gateway),
        *_clock(date),
        *_access(configuration),
        *_invited(configuration, application),
        *_listed(listed, joined),
        well(words.invite(invite)),
    ]


def _access(configuration: Configuration) -> list[Finding]:
    access = configuration.access
    if access.open:
        return [well(str(words.OPEN_TO_ALL))]
    if not access.guilds:
        return [wrong(str(words.NO_SERVERS))]
    return [well(words.servers_listed(len(access.guilds)))]


def _intents(flags: int) -> Finding:
    """None is needed; Discord grants them by flags, or for small bots by "limited" ones."""
    return well(words.intents([name for name, bits in _PRIVILEGED.items() if flags & bits]))


def _shards(configuration: Configuration, gateway: Mapping[str, Any]) -> list[Finding]:
    """Too few shards are refused by Discord; each start uses up as many sessions of a day."""
    if "shards" not in gateway:
        return []
    advised = int(gateway["shards"])
    shards = configuration.discord.shards or advised
    sessions = gateway.get("session_start_limit", {})
    left = int(sessions.get("remaining", shards))
    found = [well(words.shards(shards))]
    if shards < advised:
        found = [wrong(words.too_few_shards(shards, advised))]
    if left < shards:
        found.append(wrong(words.no_sessions(left, int(sessions.get("reset_after", 0)) // 1000)))
    return found


def _clock(told: str | None) -> list[Finding]:
    """Compare the clock with Discord's, whose answers carry the time to the second."""
    try:
        at_discord = parsedate_to_datetime(told or "")
    except ValueError:
        return []  # a proxy's own
    off = time.time() - at_discord.timestamp()
    if abs(off) > _CLOCK_SECONDS:
        return [wrong(words.clock_wrong(round(off)))]
    return [well(str(words.CLOCK_WELL))]


def _invited(configuration: Configuration, application: Mapping[str, Any]) -> list[Finding]:
    """See who may bring the bot into a server, and what the bot does for them there."""
    if not application.get("bot_public", False):
        return []
    access = configuration.access
    if not access.open:
        return [well(str(words.PUBLIC_BUT_LISTED))] if access.guilds else []
    if not configuration.quota.global_budget:
        return [wrong(str(words.PUBLIC_WITHOUT_LIMIT))]
    return [well(str(words.PUBLIC))]


def _listed(wanted: frozenset[int], joined: Mapping[int, int]) -> list[Finding]:
    """See each listed server; what is well is told in one line where there are many."""
    found = [_server(guild_id, joined.get(guild_id)) for guild_id in sorted(wanted)]
    if len(found) <= _MANY:
        return found
    wrong_ones = [finding for finding in found if not finding.well]
    return [well(words.servers_well(len(found) - len(wrong_ones))), *wrong_ones]


def _server(guild_id: int, allowed: int | None) -> Finding:
    if allowed is None:
        return wrong(words.not_in_server(guild_id))
    permissions = discord.Permissions(allowed)
    missing = [
        name.replace("_", " ")
        for name, wanted in PERMISSIONS
        if wanted and not permissions.administrator and not getattr(permissions, name)
    ]
    if missing:
        return wrong(words.permissions_missing(guild_id, missing))
    return well(words.in_server(guild_id))


async def _servers(
    session: aiohttp.ClientSession, base: str, wanted: frozenset[int]
) -> dict[int, int]:
    """Return the bot's own permissions in each of its servers, until all wanted are found."""
    found: dict[int, int] = {}
    after = 0
    while True:
        page: list[Mapping[str, Any]] = await _get(
            session, f"{base}/users/@me/guilds?limit={_PAGE}&after={after}"
        )
        found |= {int(guild["id"]): int(guild["permissions"]) for guild in page}
        if len(page) < _PAGE or wanted <= found.keys():
            return found
        after = max(found)


async def _gateway(
    session: aiohttp.ClientSession, base: str
) -> tuple[Mapping[str, Any], str | None]:
    """Return how Discord wants to be connected to, and its time; a proxy may know neither."""
    async with session.get(f"{base}/gateway/bot") as response:
        known = await response.json() if response.status == 200 else {}
        return known, response.headers.get("Date")


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    waits_left = _PATIENCE
    while True:
        async with session.get(url) as response:
            if response.status == 200:
                return await response.json()
            if response.status != 429 or not waits_left:
                raise _RefusedError(response.status)
            # A bot in thousands of servers asks for many pages of them.
            wait_seconds = float(response.headers.get("Retry-After", 1))
        waits_left -= 1
        await asyncio.sleep(min(wait_seconds, _TIMEOUT_SECONDS))
