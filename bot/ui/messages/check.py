"""What `easel check` says of Discord's application, the clock, and the files."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ui.messages.words import listed, plural

CLOCK_WELL = "Clock: it agrees with Discord's."
PUBLIC = (
    "Public bot: anybody may invite it, and it works in every server (access.open). What all of "
    "them may spend together is quota.global_budget."
)
PUBLIC_WITHOUT_LIMIT = (
    "Public bot: anybody may invite it, it works in every server (access.open), and "
    'quota.global_budget = "none" lets them spend without end. Set a budget, list the servers in '
    "access.guilds, or switch Public Bot off in the developer portal, Bot."
)
PUBLIC_BUT_LISTED = (
    "Public bot: anybody may invite it, but it works in the servers of access.guilds only. To keep "
    "others from trying, switch Public Bot off in the developer portal, Bot."
)
NOBODY_ALERTED = (
    "Alerts: only the log hears of trouble. Name your channel in alerts.channel, or yourself in "
    "access.operators."
)
ALERTS_WELL = "Alerts: the operator is told on Discord."


def servers_well(count: int) -> str:
    """Say in how many of the listed servers the bot can work."""
    return f"Servers: in {count} of those listed the bot is there and has its permissions."


def not_discord(base: str) -> str:
    """Say that something else than Discord answers."""
    return (
        f"{base} does not answer as Discord does: mend discord.api_base, its version included, "
        "or ask whoever runs the proxy."
    )


def intents(granted: Sequence[str]) -> str:
    """Say which privileged intents are granted; the bot needs none of them."""
    if not granted:
        return "Intents: no privileged one is granted, and none is needed."
    return (
        f"Intents: {listed(granted)} may be switched off in the developer portal, Bot; Easel does "
        "not ask for privileged intents."
    )


def shards(count: int) -> str:
    """Say with how many connections the bot starts."""
    return f"Shards: {count}."


def too_few_shards(count: int, advised: int) -> str:
    """Say that Discord wants more connections than are configured."""
    return (
        f"Shards: discord.shards is {count}, and Discord advises {advised}. Raise it, or leave it "
        "out to follow Discord."
    )


def no_sessions(left: int, wait_seconds: int) -> str:
    """Say that the bot was started too often today."""
    hours = -(-wait_seconds // 3600)
    return (
        f"Discord lets the bot connect {plural(left, 'more time')} now, which is too few to start. "
        f"Find out what restarts it again and again, and wait {plural(hours, 'hour')}."
    )


def clock_wrong(seconds: int) -> str:
    """Say how far off the clock is: positive is ahead."""
    way = "ahead of" if seconds > 0 else "behind"
    return (
        f"Clock: it is {plural(abs(seconds), 'second')} {way} Discord's. Switch time "
        "synchronisation on (timedatectl set-ntp true), or quotas renew and tickets count at "
        "wrong times."
    )


def database_unwritable(path: str) -> str:
    """Say that the database file cannot be written."""
    return (
        f"Database: {path} or its folder cannot be written. Mend their permissions and owner, or "
        "name another file in storage.url."
    )


def database_folder_full(path: str, free: str) -> str:
    """Say that there is too little room for the database to grow."""
    return f"Database: only {free} free for {path}. Make room, or name another file in storage.url."


def spool_well(used: str, limit: str) -> str:
    """Say how full the folder of pictures under way is."""
    return f"Spool: {used} of {limit}."


def spool_full(folder: str, used: str, limit: str) -> str:
    """Say that there is hardly room for pictures under way."""
    return (
        f"Spool: {folder} holds {used} of {limit}, so requests will find no room. Raise "
        "storage.spool_limit_mb, or lower storage.keep_hours."
    )


def spool_unwritable(folder: str) -> str:
    """Say that pictures cannot be written."""
    return f"Spool: {folder} cannot be written. Mend its permissions and owner."
