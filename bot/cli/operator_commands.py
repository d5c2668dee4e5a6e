"""`limits`, `block`, `unblock`, `pause`, `resume`, `forget`, `who`: the operator's word, on the
live database.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.config_option import config_option, configured
from bot.cli.outcome import REFUSED, StoppedError
from bot.config import Configuration
from bot.domain.quotas.quota import AllowanceError, parse_allowance
from bot.ui.messages.operator import configuration, setup_problems
from bot.ui.messages.operator import operator_commands as words

if TYPE_CHECKING:
    from bot.services.operations.operator_actions import OperatorActions
    from bot.services.people.privacy import Privacy

T = TypeVar("T")

# Discord's ids are 64 bits wide; the database's numbers are signed.
ID = click.IntRange(1, 2**63 - 1)
_TAG = re.compile(r"(?:u_)?([0-9a-f]{16})")


class _Clock:
    def now(self) -> int:
        return int(time.time())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hands:
    """What the commands do their work with."""

    operator_actions: OperatorActions
    privacy: Privacy


@click.command(help=str(words.LIMITS_HELP))
@click.argument("guild", type=ID)
@click.argument("limits", default="show")
@config_option
def limits(guild: int, limits: str, config: str | None) -> None:
    async def act(hands: _Hands) -> str:
        changed = True
        if wanted is not None:
            changed = await hands.operator_actions.set_ceiling(guild, wanted)
        said = words.ceiling(guild, await hands.operator_actions.ceiling(guild))
        if guild not in allowed and not await hands.operator_actions.knows(guild):
            click.echo(words.unknown_server(guild), err=True)
        return said if changed else f"{words.SAME} {said}"

    try:
        wanted = None if limits.strip().lower() == "show" else parse_allowance(limits)
    except AllowanceError as error:
        said = configuration.at("LIMITS", setup_problems.allowance(error))
        raise StoppedError("usage", said, code=REFUSED) from None
    allowed = configured(config).access.guilds
    click.echo(_done(config, act))


@click.command(help=str(words.BLOCK_HELP))
@click.argument("user", type=ID)
@click.option("--guild", type=ID, default=None, help=str(words.GUILD_HELP))
@click.option("--until", metavar="WHEN", help=str(words.UNTIL_HELP))
@click.option("--reason", metavar="TEXT", help=str(words.REASON_HELP))
@config_option
def block(
    user: int, guild: int | None, until: str | None, reason: str | None, config: str | None
) -> None:
    ends_at = _time(until)

    async def act(hands: _Hands) -> str:
        new, withdrawn = await hands.operator_actions.block(
            user, guild_id=guild or 0, until=ends_at, reason=reason
        )
        said = words.blocked(user, guild or 0, ends_at, withdrawn)
        return said if new else f"{words.SAME} {said}"

    click.echo(_done(config, act))


@click.command(help=str(words.UNBLOCK_HELP))
@click.argument("user", type=ID)
@click.option("--guild", type=ID, default=None, help=str(words.GUILD_HELP))
@config_option
def unblock(user: int, guild: int | None, config: str | None) -> None:
    async def act(hands: _Hands) -> str:
        new = await hands.operator_actions.unblock(user, guild_id=guild or 0)
        return words.unblocked(user, guild or 0) if new else str(words.SAME)

    click.echo(_done(config, act))


@click.command(help=str(words.PAUSE_HELP))
@click.option("--guild", type=ID, help=str(words.GUILD_HELP))
@click.option("--provider", metavar="NAME", help=str(words.PROVIDER_HELP))
@click.option("--reason", metavar="TEXT", help=str(words.REASON_HELP))
@config_option
def pause(guild: int | None, provider: str | None, reason: str | None, config: str | None) -> None:
    async def act(hands: _Hands) -> str:
        if provider is not None:
            new = await hands.operator_actions.pause_provider(provider)
            return words.provider_paused(provider) if new else str(words.SAME)
        new = await hands.operator_actions.pause(guild or 0, reason=reason)
        return words.paused(guild or 0) if new else str(words.SAME)

    _check_target(config, guild, provider)
    if provider is not None and reason is not None:
        raise StoppedError("usage", str(words.REASON_FOR_MEMBERS), code=REFUSED)
    click.echo(_done(config, act))


@click.command(help=str(words.RESUME_HELP))
@click.option("--guild", type=ID, help=str(words.GUILD_HELP))
@click.option("--provider", metavar="NAME", help=str(words.PROVIDER_HELP))
@config_option
def resume(guild: int | None, provider: str | None, config: str | None) -> None:
    async def act(hands: _Hands) -> str:
        if provider is not None:
            new = await hands.operator_actions.resume_provider(provider)
            return words.provider_resumed(provider) if new else str(words.SAME)
        new = await hands.operator_actions.resume(guild or 0)
        return words.resumed(guild or 0) if new else str(words.SAME)

    _check_target(config, guild, provider)
    click.echo(_done(config, act))


def _check_target(config: str | None, guild: int | None, provider: str | None) -> None:
    """Refuse two targets at once, and a service that the configuration does not have."""
    if guild is not None and provider is not None:
        raise StoppedError("usage", str(words.ONE_TARGET), code=REFUSED)
    known = configured(config).services
    if provider is not None and provider not in known:
        raise StoppedError("usage", words.no_provider(provider, list(known)), code=REFUSED)


@click.command(help=str(words.FORGET_HELP))
@click.argument("user", type=ID)
@click.option("--remove-pictures", is_flag=True, help=str(words.MESSAGES_HELP))
@config_option
def forget(user: int, remove_pictures: bool, config: str | None) -> None:
    async def act(hands: _Hands) -> str:
        done = await hands.privacy.forget(user, messages=remove_pictures)
        return words.forgotten(
            user, cancelled=done.cancelled, under_way=done.under_way, messages=done.messages
        )

    click.echo(_done(config, act))


@click.command(help=str(words.WHO_HELP))
@click.argument("tag", metavar="HASH")
@config_option
def who(tag: str, config: str | None) -> None:
    found = _TAG.fullmatch(tag.strip().lower())
    if found is None:
        raise StoppedError("usage", str(words.BAD_TAG), code=REFUSED)

    async def act(hands: _Hands) -> list[int]:
        return await hands.privacy.whose(f"u_{found[1]}")

    users = _done(config, act)
    if not users:
        raise StoppedError("unknown", words.nobody(tag.strip()))
    for user_id in users:
        click.echo(user_id)


COMMANDS = (limits, block, unblock, pause, resume, forget, who)


def _time(typed: str | None) -> int | None:
    from bot.ui.durations import UnclearError, parse

    try:
        return parse(typed, now=_Clock().now()) if typed is not None else None
    except UnclearError as error:
        raise StoppedError("usage", configuration.at("--until", str(error)), code=REFUSED) from None


def _done(config: str | None, act: Callable[[_Hands], Awaitable[T]]) -> T:
    return asyncio.run(_run(configured(config), act))


async def _run(configuration: Configuration, act: Callable[[_Hands], Awaitable[T]]) -> T:
    """Do it on the configured database, which must be this Easel's."""
    # Imported here: the other commands need no database.
    from bot.services.operations.operator_actions import OperatorActions
    from bot.services.people.privacy import Privacy
    from bot.services.quotas.quota_book import QuotaBook, Rules
    from bot.services.servers.changes import Changes
    from bot.services.servers.policies import Policies
    from bot.storage.engine.database import SqlDatabase
    from bot.storage.objects import spool_at

    storage, clock = configuration.storage, _Clock()
    quotas = QuotaBook(
        Rules(
            member=configuration.quota.default,
            ceiling=configuration.quota.server_budget,
            everywhere=configuration.quota.global_budget,
        )
    )
    database = SqlDatabase(storage.url)
    policies = Policies(database=database, clock=clock)
    changes = Changes(database=database, policies=policies, clock=clock)
    operator_actions = OperatorActions(
        database=database, changes=changes, policies=policies, quotas=quotas
    )
    try:
        # First of all: nothing is made in a folder where no bot is.
        await database.open()
        privacy = Privacy(
            database=database,
            quotas=quotas,
            spool=spool_at(
                storage.pictures,
                storage.data_dir,
                limit_mb=storage.spool_limit_mb,
                cache_mb=storage.cache_mb,
            ),
            clock=clock,
            keep_seconds=storage.keep_hours * 3600,
        )
        return await act(_Hands(operator_actions=operator_actions, privacy=privacy))
    finally:
        await database.close()
