"""Records verdicts in the audit log, inside the caller's transaction: every one but `post`."""

from __future__ import annotations

from bot.domain.safety.verdicts import Check, Finding, Verdict
from bot.services.ports import UnitOfWork


async def record(
    uow: UnitOfWork,
    finding: Finding,
    check: Check,
    *,
    guild_id: int,
    user_id: int,
    now: int,
    job_id: str = "",
    note: str = "",
) -> None:
    """Record a verdict on what a member gave, or was to get; `note` says why it is no hold.

    It changes nothing that the server decided, so its version stays.
    """
    if finding.verdict is Verdict.POST:
        return
    said: dict[str, object] = {
        "verdict": finding.verdict.value,
        "categories": list(finding.categories),
    }
    if finding.away:
        said["away"] = True
    if note:
        said["note"] = note
    await uow.audit.add(
        guild_id,
        at=now,
        actor_id=0,
        action="verdict",
        subject_kind="verdict",
        subject_id=f"{job_id or check.value}:{user_id}",
        old=None,
        new=said,
        reason=None,
    )
