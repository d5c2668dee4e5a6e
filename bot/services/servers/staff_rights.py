"""Who is staff of a server: moderators by permission or by the staff role, managers by permission.

Discord hides commands from others, which is no check: a server can show them to anybody.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from bot.domain.errors import AccessError, Denial
from bot.domain.server import ServerPolicy
from bot.services.servers.access import Access, Requester
from bot.services.servers.policies import Policies


class Staff(StrEnum):
    """Who a command is for."""

    MODERATOR = "moderator"
    MANAGER = "manager"


class StaffRights:
    """Answers who may moderate or manage where they are."""

    def __init__(self, *, access: Access, policies: Policies) -> None:
        self._access = access
        self._policies = policies

    async def require(self, who: Requester, level: Staff) -> int:
        """Return the server's id; AccessError outside a server, or without the right."""
        self._access.check_scope(who)
        if not who.scope:
            raise AccessError(Denial.DIRECT_MESSAGE)
        is_staff = who.manager if level is Staff.MANAGER else await self.is_moderator(who)
        if not is_staff:
            raise AccessError(Denial.NOT_STAFF, level=level.value)
        return who.scope

    async def is_moderator(self, who: Requester) -> bool:
        """Tell whether somebody may moderate here: nobody may where the bot is not a member."""
        if not who.scope:
            return False
        if who.moderator or who.manager:
            return True
        return has_staff_role(await self._policies.of(who.scope), who.role_ids)

    def seems_moderator(self, who: Requester) -> bool:
        """Tell the same from memory alone, for suggestions that cannot wait."""
        if who.is_bot:
            return False
        policy = self._policies.known(who.scope)
        return (
            who.moderator
            or who.manager
            or (policy is not None and has_staff_role(policy, who.role_ids))
        )


def has_staff_role(policy: ServerPolicy, role_ids: Collection[int]) -> bool:
    """Tell whether one of these is the server's staff role."""
    return policy.settings.staff_role in role_ids
