"""What `easel check` says of judges."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ui.language import _
from bot.ui.messages.words import listed


def answers(name: str, checks: Sequence[str]) -> str:
    """Say that a judge answers, and what it is asked about."""
    return _(
        "Judge {name}: it answers; it checks {checks}.", name=name, checks=listed(checks, "and")
    )


def no_answer(name: str, said: str) -> str:
    """Say that a judge does not answer as it should."""
    return _(
        "Judge {name}: no answer that I understand ({said}). Check safety.judges.{name}",
        name=name,
        said=said,
    )


def not_named(name: str, categories: Sequence[str], known: Sequence[str]) -> str:
    """Say which categories a judge does not know: it counts as away for them."""
    return _(
        "Judge {name}: it does not name {categories}; it names {known}. Correct "
        "safety.judges.{name}.categories or minors",
        name=name,
        categories=listed(categories),
        known=listed(known, "and"),
    )
