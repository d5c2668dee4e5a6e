"""Records in the audit log who asked whom for a picture, and the answer; no picture, no word."""

from __future__ import annotations

from bot.domain.requests.consent import Consent
from bot.services.ports import UnitOfWork


async def asked(uow: UnitOfWork, consent: Consent) -> None:
    """Record a question, in the transaction that keeps the request waiting."""
    await _record(
        uow,
        consent,
        "asked",
        "consent",
        consent.owner_id,
        by=consent.user_id,
        at=consent.created_at,
    )


async def answered(
    uow: UnitOfWork, consent: Consent, action: str, *, by: int = 0, now: int
) -> None:
    """Record an answer, or by nobody that there comes none, in the transaction that writes it."""
    await _record(uow, consent, action, "consent_answer", consent.user_id, by=by, at=now)


async def _record(
    uow: UnitOfWork, consent: Consent, action: str, kind: str, about: int, *, by: int, at: int
) -> None:
    """It changes nothing that the server decided, so its version stays."""
    await uow.audit.add(
        consent.guild_id,
        at=at,
        actor_id=by,
        action=action,
        subject_kind=kind,
        subject_id=f"{consent.consent_id}:{about}",
        old=None,
        new=None,
        reason=None,
    )
