"""What operators decide from the shell, recorded like any other change, with actor 0.

Works on the live database: the bot sees a change in the transaction that accepts a request, and
tells members what ended.
"""

from __future__ import annotations

from bot.domain.circuit_breaker import CircuitTrouble
from bot.domain.job import Reason
from bot.domain.quotas.quota import Allowance
from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window
from bot.services.ports import EVERYTHING, Circuit, Database, of_provider, of_server
from bot.services.quotas.cancellation import withdraw
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import BlockDecision, RuleDecision, SettingDecision
from bot.services.servers.policies import Policies
from bot.services.tasks.conflicts import repeatable

EVERYWHERE = 0
_OPERATOR = 0
_PAUSE = SettingDecision("operator_paused")


class OperatorActions:
    """Ceilings of servers, blocks, pauses of servers and of image services."""

    def __init__(
        self, *, database: Database, changes: Changes, policies: Policies, quotas: QuotaBook
    ) -> None:
        self._database = database
        self._changes = changes
        self._policies = policies
        self._quotas = quotas

    async def ceiling(self, guild_id: int) -> Allowance:
        """Return what the operator lets a server use, be it by its own ceiling or that of all."""
        async with self._database.read() as uow:
            return self._quotas.ceiling(await self._policies.current(uow, guild_id))

    async def knows(self, guild_id: int) -> bool:
        """Tell whether a server ever had the bot, by what is stored."""
        async with self._database.read(long=True) as uow:
            left = await uow.removed_guilds.left()
            return guild_id in left or guild_id in await uow.removed_guilds.guilds()

    @repeatable
    async def set_ceiling(self, guild_id: int, limits: Allowance) -> bool:
        """Give a server a ceiling of its own, whole; with none, that of all counts again.

        False when it was so already.
        """
        wanted = {limit.window: {"credits": limit.credits, "until": None} for limit in limits}
        act = self._changes.actor(guild_id, _OPERATOR)
        changed = False
        async with self._database.write(of_server(guild_id)) as uow:
            for window in Window:
                decision = RuleDecision(Subject.CEILING, 0, window)
                entry = await self._changes.set_in(
                    uow, act, decision, wanted.get(window), action="ceiling"
                )
                changed = changed or entry is not None
            await uow.commit()
        self._changes.forget(guild_id)
        return changed

    @repeatable
    async def block(
        self, user_id: int, *, guild_id: int, until: int | None, reason: str | None
    ) -> tuple[bool, int]:
        """Block somebody in a server, or everywhere; return if it is new, and how many stop.

        What waits is refunded, and of what runs nothing more is sent.
        """
        act = self._changes.actor(guild_id, _OPERATOR, reason)
        value = {"until": until, "reason": act.reason}
        scope = of_server(guild_id) if guild_id != EVERYWHERE else EVERYTHING
        async with self._database.write(scope) as uow:
            entry = await self._changes.set_in(
                uow, act, BlockDecision(user_id), value, action="block"
            )
            withdrawn = 0
            for job in await uow.user_data.under_way(user_id):
                if guild_id in (EVERYWHERE, job.guild_id) and not job.cancel_requested:
                    stopped = await withdraw(
                        uow, self._quotas, job.job_id, Reason.BLOCKED, now=act.now
                    )
                    withdrawn += stopped is not None
            await uow.commit()
        self._changes.forget(guild_id)
        return entry is not None, withdrawn

    async def unblock(self, user_id: int, *, guild_id: int) -> bool:
        """Lift a block; False when there is none."""
        act = self._changes.actor(guild_id, _OPERATOR)
        return (
            await self._changes.set(act, BlockDecision(user_id), None, action="unblock") is not None
        )

    async def pause(self, guild_id: int, *, reason: str | None) -> bool:
        """Make no new pictures in a server, 0 for all of them; False when it was so already.

        Nobody lifts this from Discord.
        """
        act = self._changes.actor(guild_id, _OPERATOR, reason)
        value = {"until": None, "reason": act.reason}
        return await self._changes.set(act, _PAUSE, value, action="pause") is not None

    async def resume(self, guild_id: int) -> bool:
        """Make pictures again; False when nothing was paused."""
        act = self._changes.actor(guild_id, _OPERATOR)
        return await self._changes.set(act, _PAUSE, None, action="resume") is not None

    async def pause_provider(self, name: str) -> bool:
        """Take nothing for an image service; False when the operator paused it before."""
        return await self._put_circuit(Circuit(name=name, reason=CircuitTrouble.OPERATOR), "pause")

    async def resume_provider(self, name: str) -> bool:
        """Let an image service work again after any pause; False when there was none."""
        return await self._put_circuit(Circuit(name=name), "resume")

    @repeatable
    async def _put_circuit(self, circuit: Circuit, action: str) -> bool:
        act = self._changes.actor(EVERYWHERE, _OPERATOR)
        async with self._database.write(of_provider(circuit.name)) as uow:
            before = (await uow.circuits.all()).get(circuit.name) or Circuit(name=circuit.name)
            if before.reason == circuit.reason:
                return False
            await uow.circuits.put(circuit)
            await self._changes.record(
                uow, act, "provider", circuit.name, before.reason, circuit.reason, action=action
            )
            await uow.commit()
        return True
