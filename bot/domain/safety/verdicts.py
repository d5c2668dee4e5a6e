"""Verdicts on words and pictures: from the scores of judges to what happens with them.

Pure: which judge was asked, and how, is not known here. Several judges are folded to the strictest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Check(StrEnum):
    """What a judge is asked about."""

    PROMPTS = "prompts"
    REFERENCES = "references"
    RESULTS = "results"


class Verdict(StrEnum):
    """What happens with it, from the mildest to the strictest."""

    POST = "post"
    SPOILER = "spoiler"
    HOLD = "hold"
    REFUSE = "refuse"


_STRICTER = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a judge says of one category: from 0 to 1, and whether it flags it on its own."""

    score: float
    flagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRule:
    """What the operator does with a category from a score on."""

    action: Verdict
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRules:
    """What the operator does with the categories of one judge.

    `flagged` holds for a category without a rule that the judge flags. `minors` are the categories
    that concern minors: from `minors_threshold` on, or flagged, there is one answer only.
    """

    categories: Mapping[str, CategoryRule] = field(default_factory=dict[str, CategoryRule])
    flagged: Verdict = Verdict.HOLD
    minors: frozenset[str] = frozenset()
    minors_threshold: float = 0.2

    @property
    def needed(self) -> frozenset[str]:
        """The categories that every answer must name: one that lacks them judged nothing."""
        return self.minors | self.categories.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict with the categories that led to it.

    `minors`: it concerns minors; then it is always a refusal. `away`: a judge did not answer, and
    the verdict is what the operator set for that.
    """

    verdict: Verdict = Verdict.POST
    categories: tuple[str, ...] = ()
    minors: bool = False
    away: bool = False

    @property
    def before_spending(self) -> Finding:
        """The verdict where nothing was paid: staff is not asked, so a hold is a refusal."""
        return replace(self, verdict=Verdict.REFUSE) if self.verdict is Verdict.HOLD else self


def judged(scores: Mapping[str, Score], rules: JudgeRules) -> Finding:
    """Return the verdict of one judge by the operator's rules."""
    minors = [
        name
        for name in sorted(rules.minors & scores.keys())
        if scores[name].flagged or scores[name].score >= rules.minors_threshold
    ]
    if minors:
        return Finding(verdict=Verdict.REFUSE, categories=tuple(minors), minors=True)
    return strictest(
        Finding(
            verdict=_action(scores[name], rules.categories.get(name), rules), categories=(name,)
        )
        for name in sorted(scores)
    )


def _action(found: Score, rule: CategoryRule | None, rules: JudgeRules) -> Verdict:
    if rule is not None:
        return rule.action if found.score >= rule.threshold else Verdict.POST
    return rules.flagged if found.flagged else Verdict.POST


def strictest(findings: Iterable[Finding]) -> Finding:
    """Fold verdicts to the strictest, with the categories of all that are as strict.

    What a judge said explains more than that another one is away.
    """
    every = list(findings)
    if minors := [one for one in every if one.minors]:
        return Finding(verdict=Verdict.REFUSE, categories=_categories(minors), minors=True)
    worst = max((one.verdict for one in every), key=_STRICTER.__getitem__, default=Verdict.POST)
    if worst is Verdict.POST:
        return Finding(away=any(one.away for one in every))
    equal = [one for one in every if one.verdict is worst]
    said = [one for one in equal if not one.away]
    return Finding(verdict=worst, categories=_categories(said or equal), away=not said)


def _categories(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in findings for name in one.categories))
