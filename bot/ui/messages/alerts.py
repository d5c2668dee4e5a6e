"""What the operator is told when only they can mend something."""

from __future__ import annotations

from bot.domain.trouble import Trouble
from bot.services.ports import AuditEntry
from bot.ui.messages import record
from bot.ui.messages.words import relative_time

_TROUBLES = {
    Trouble.KEY: "it refuses the API key. Put a valid one into the configuration and restart",
    Trouble.CREDIT: "its credit is used up. Refill the account",
    Trouble.FAILING: "it failed several times in a row",
    Trouble.OPERATOR: "you paused it",
}


def provider(name: str, trouble: Trouble, until: int | None) -> str:
    """Return that an image service is paused, why, and how it goes on."""
    again = f" It is tried again {relative_time(until)}." if until else ""
    return (
        f"⚠️ The image service **{name}** is paused: {_TROUBLES[trouble]}.{again} What waits for it "
        f"is kept, and nothing new is taken. `easel resume --provider {name}` tries it at once."
    )


def database(problem: str) -> str:
    """Return that the database cannot be used, and what is to be done."""
    return (
        f"⚠️ I cannot write to the database: {problem}. Until then requests are refused with a kind "
        "word and nothing is charged; I go on by myself when it works again."
    )


def change(entry: AuditEntry) -> str | None:
    """Return a change of the whole bot that the operator did not make; None for their own."""
    if entry.action != "budget_warning":
        return None
    return f"⚠️ **{record.budget(entry)}**: {record.warning(entry)}."
