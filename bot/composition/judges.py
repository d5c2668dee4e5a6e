"""Builds the judges that the configuration names; opens nothing."""

from __future__ import annotations

from collections.abc import Mapping

from bot.config import Configuration
from bot.domain.safety.verdicts import CategoryRule, Check, JudgeRules, Verdict
from bot.providers.judges.http_judge import HttpJudge
from bot.providers.judges.kinds import KINDS
from bot.services.safety.judging import SeatedJudge
from bot.settings.safety import Judge


def judges_of(configuration: Configuration) -> dict[str, HttpJudge]:
    """Return every judge by its name."""
    return {name: _judge(name, judge) for name, judge in configuration.safety.judges.items()}


def seated(configuration: Configuration, judges: Mapping[str, HttpJudge]) -> list[SeatedJudge]:
    """Return the judges with what each is asked, and what its answers mean."""
    return [
        SeatedJudge(
            judge=judges[name],
            checks=frozenset(Check(check) for check in judge.checks),
            rules=rules_of(judge),
        )
        for name, judge in configuration.safety.judges.items()
    ]


def rules_of(judge: Judge) -> JudgeRules:
    """Return what the answers of a judge mean."""
    return JudgeRules(
        categories={
            name: CategoryRule(action=Verdict(one.action), threshold=one.threshold)
            for name, one in judge.categories.items()
        },
        flagged=Verdict(judge.flagged),
        minors=judge.minors,
        minors_threshold=judge.minors_threshold,
    )


def _judge(name: str, judge: Judge) -> HttpJudge:
    return HttpJudge(
        name,
        KINDS[judge.kind],
        judge.base_url,
        judge.api_key if judge.api_key.get_secret_value().strip() else None,
        model=judge.model,
        timeout_seconds=judge.timeout,
    )
