"""The gate: who may ask for pictures, and where. Every way in passes here first."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from cachetools import LRUCache

from bot.domain.errors import AccessError, Denial
from bot.domain.job import REFUSALS as REFUSED
from bot.domain.providers.refusal_waves import SECONDS as WAVE_SECONDS
from bot.domain.providers.refusal_waves import in_waves
from bot.domain.server import ServerPolicy
from bot.services.ports import Clock, UnitOfWork
from bot.services.servers.policies import Policies

# A member who is refused this often within this time waits until the first refusal is that old:
# trying one wording after the other costs moderators time and the operator's good name with the
# service.
REFUSALS = 5
REFUSALS_SECONDS = 600
_REMEMBERED = 5000
# Where the operator's decisions for the whole bot are kept.
EVERYWHERE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks, and where.

    `can_post` is whether the bot may post pictures in that channel; `may_send` and `may_attach`
    are the member's own rights there. `places` are the channel and what it lies in, the nearest
    first. `joined_at` is in UTC seconds, None where it is not known. `visiting`: the bot is not
    a member of the place, so that only the interaction carries results. `locale` is the language
    that Discord speaks with them, `server_locale` the one of the place, as Discord writes them;
    None where it does not say.
    """

    user_id: int
    guild_id: int | None
    channel_id: int
    is_bot: bool = False
    can_post: bool = True
    may_send: bool = True
    may_attach: bool = True
    timed_out: bool = False
    thread_locked: bool = False
    moderator: bool = False
    manager: bool = False
    role_ids: frozenset[int] = frozenset()
    places: tuple[int, ...] = ()
    joined_at: int | None = None
    visiting: bool = False
    locale: str | None = None
    server_locale: str | None = None

    @property
    def scope(self) -> int:
        """The server that decides and pays, 0 for a member's personal scope."""
        return 0 if self.visiting else self.guild_id or 0


class Access:
    """Decides about a requester by what the operator, the server and its moderators decided."""

    def __init__(
        self,
        *,
        guilds: Collection[int],
        open_to_all: bool,
        policies: Policies,
        clock: Clock,
        direct: bool = False,
    ) -> None:
        self._guilds = frozenset(guilds)
        self._open = open_to_all
        self._direct = direct
        self._policies = policies
        self._clock = clock
        self._closing = False
        self._strikes: LRUCache[int, deque[int]] = LRUCache(_REMEMBERED)

    def close(self) -> None:
        """Accept nothing more: the process is stopping."""
        self._closing = True

    def scope(self, who: Requester) -> int:
        """Return the server that decides, 0 outside servers; AccessError while that is closed."""
        if not who.scope and not self._direct:
            raise AccessError(Denial.DIRECT_MESSAGE)
        return who.scope

    async def admit(self, who: Requester, *, private: bool = False) -> ServerPolicy:
        """Return the server's policy, or raise AccessError; mostly from memory.

        A `private` result is carried by the interaction and needs no permission to post.
        """
        self.check_scope(who)
        policy = await self._policies.of(who.scope)
        self._check_pauses(policy, await self._policies.of(EVERYWHERE))
        self._check(who, policy, private=private)
        return policy

    async def confirm(
        self, uow: UnitOfWork, who: Requester, *, private: bool = False, paced: bool = True
    ) -> ServerPolicy:
        """Return the policy as it is in this transaction, or raise AccessError.

        Asks everything that `admit` does, and what only the database knows: blocks, and for what
        is `paced`, cooldowns and refusals.
        """
        self.check_scope(who)
        policies = await self._policies.current_of(uow, [EVERYWHERE, who.scope])
        policy = policies[who.scope]
        self._check_pauses(policy, policies[EVERYWHERE])
        self._check(who, policy, private=private)
        now = self._clock.now()
        block = await uow.blocks.in_force(who.scope, who.user_id, now=now)
        if block is not None:
            raise AccessError(Denial.BLOCKED, until=block.until, reason=block.reason)
        if paced:
            await self._check_pace(uow, who, policy, now)
        return policy

    def strike(self, user_id: int) -> None:
        """Remember that somebody asked for what the server's words forbid."""
        strikes = self._strikes.setdefault(user_id, deque(maxlen=REFUSALS))
        strikes.append(self._clock.now())

    def check_scope(self, who: Requester) -> None:
        """Raise AccessError for bots, and where the operator did not let this bot work."""
        if who.is_bot:
            raise AccessError(Denial.BOT)
        scope = self.scope(who)
        if scope and not self._open and scope not in self._guilds:
            raise AccessError(Denial.SERVER_NOT_ALLOWED, guild_id=scope)
        if self._closing:
            raise AccessError(Denial.SHUTTING_DOWN)

    def _check_pauses(self, policy: ServerPolicy, everywhere: ServerPolicy) -> None:
        """Look for a pause of the server's moderators, or of the operator here or everywhere."""
        pauses = (
            everywhere.settings.operator_paused,
            policy.settings.operator_paused,
            policy.settings.paused,
        )
        for pause in pauses:
            if pause is not None and pause.in_force(self._clock.now()):
                raise AccessError(Denial.PAUSED, until=pause.until, reason=pause.reason)

    def _check(self, who: Requester, policy: ServerPolicy, *, private: bool) -> None:
        if who.timed_out:
            raise AccessError(Denial.TIMED_OUT)
        settings, now = policy.settings, self._clock.now()
        if not policy.channel_allowed(who.places or (who.channel_id,)):
            raise AccessError(Denial.CHANNEL_NOT_ALLOWED, channels=policy.allowed_channels())
        if not policy.roles_allowed(who.role_ids):
            raise AccessError(Denial.ROLE_NOT_ALLOWED)
        if who.joined_at is not None and now < who.joined_at + settings.newcomer_seconds:
            raise AccessError(Denial.NEWCOMER, until=who.joined_at + settings.newcomer_seconds)
        if not private and not who.visiting:
            _check_place(who)

    async def _check_pace(
        self, uow: UnitOfWork, who: Requester, policy: ServerPolicy, now: int
    ) -> None:
        settings = policy.settings
        if settings.cooldown_seconds:
            last = await uow.job_queries.last_accepted(who.scope, user_id=who.user_id)
            if last is not None and now < last + settings.cooldown_seconds:
                raise AccessError(Denial.COOLDOWN, until=last + settings.cooldown_seconds)
        if settings.channel_cooldown_seconds:
            last = await uow.job_queries.last_accepted(who.scope, channel_id=who.channel_id)
            if last is not None and now < last + settings.channel_cooldown_seconds:
                until = last + settings.channel_cooldown_seconds
                raise AccessError(Denial.CHANNEL_COOLDOWN, until=until)
        since = now - REFUSALS_SECONDS
        recent = [at for at in self._strikes.get(who.user_id, ()) if at > since]
        refused = await uow.job_queries.refused_since(who.user_id, REFUSED, since=since)
        if len(recent) + len(refused) >= REFUSALS:
            refused = await self._own_refusals(uow, who.user_id, since)
        recent += refused
        if len(recent) >= REFUSALS:
            until = sorted(recent)[-REFUSALS] + REFUSALS_SECONDS
            raise AccessError(Denial.REFUSED_TOO_OFTEN, until=until)

    async def _own_refusals(self, uow: UnitOfWork, user_id: int, since: int) -> list[int]:
        """Return when a member's refused jobs were accepted, without those of a wave.

        What refuses several members one after the other is the filter or the account.
        """
        endings = await uow.job_queries.endings(
            REFUSED, since=since - WAVE_SECONDS, of_user=user_id
        )
        excused = in_waves(endings)
        counted = {
            ending.comparison_id or ending.job_id: ending.created_at
            for ending in endings
            if ending.user_id == user_id
            and ending.refused
            and ending.created_at > since
            and ending.job_id not in excused
        }
        return list(counted.values())


def _check_place(who: Requester) -> None:
    """Nobody gets through the bot what the channel keeps them from posting themselves."""
    if who.thread_locked:
        raise AccessError(Denial.THREAD_LOCKED)
    if not who.may_send:
        raise AccessError(Denial.MAY_NOT_SEND)
    if not who.may_attach:
        raise AccessError(Denial.MAY_NOT_ATTACH)
    if not who.can_post:
        raise AccessError(Denial.CANNOT_POST)
