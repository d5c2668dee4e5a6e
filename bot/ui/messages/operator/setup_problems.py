"""What the operator must fix before Easel can continue, and what is wrong with the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.errors import SetupError
from bot.domain.provenance import SigningProblem
from bot.domain.quotas.ledger_faults import Discrepancy
from bot.domain.quotas.quota import AllowanceError
from bot.domain.quotas.windows import Window
from bot.domain.translatable import Sentence
from bot.ui.language import _
from bot.ui.messages.words import window


def setup(error: SetupError) -> str:
    """Say what cannot be used, and how to fix it."""
    return _said(error.problem, error.values)


def allowance(error: AllowanceError) -> str:
    """Say why a text is no limit, and how one is written."""
    return _said(error.problem, error.values)


def signing(problem: SigningProblem) -> str:
    """Say why pictures cannot be signed, and how that is fixed."""
    return _said(problem, {})


def books(finding: Discrepancy) -> str:
    """Say what is wrong with the ledger."""
    return _said(finding.flaw, finding.values)


def _said(sentence: Sentence, values: Mapping[str, object]) -> str:
    name = values.get("window")
    if name in tuple(Window):
        values = {**values, "window": window(str(name))}
    return _(sentence.value, **values)
