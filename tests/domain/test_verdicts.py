"""From the scores of judges to a verdict: thresholds, the strictest of several, minors."""

from __future__ import annotations

from bot.domain.safety.verdicts import (
    CategoryRule,
    Finding,
    JudgeRules,
    Score,
    Verdict,
    judged,
    strictest,
)
from tests.cases import every_case

RULES = JudgeRules(
    categories={
        "violence": CategoryRule(action=Verdict.SPOILER, threshold=0.5),
        "gore": CategoryRule(action=Verdict.HOLD, threshold=0.7),
        "hate": CategoryRule(action=Verdict.REFUSE, threshold=0.9),
        "satire": CategoryRule(action=Verdict.POST, threshold=0.1),
    },
    minors=frozenset({"minors"}),
    minors_threshold=0.2,
)


@every_case(
    ("scores", "verdict", "categories"),
    [
        ({}, Verdict.POST, ()),
        ({"violence": 0.49}, Verdict.POST, ()),
        ({"violence": 0.5}, Verdict.SPOILER, ("violence",)),
        ({"violence": 1.0, "gore": 0.7}, Verdict.HOLD, ("gore",)),
        ({"violence": 1.0, "gore": 1.0, "hate": 0.9}, Verdict.REFUSE, ("hate",)),
        ({"satire": 1.0}, Verdict.POST, ()),
        ({"unknown": 1.0}, Verdict.POST, ()),
        ({"minors": 0.19}, Verdict.POST, ()),
    ],
)
def test_a_category_counts_from_its_threshold_on(
    scores: dict[str, float], verdict: Verdict, categories: tuple[str, ...]
) -> None:
    found = judged({name: Score(score=score) for name, score in scores.items()}, RULES)
    assert (found.verdict, found.categories, found.minors) == (verdict, categories, False)


def test_what_the_judge_flags_counts_where_the_operator_says_nothing_else() -> None:
    flagged = Score(score=0.01, flagged=True)
    assert judged({"unknown": flagged}, RULES).verdict is Verdict.HOLD
    assert judged({"violence": flagged}, RULES).verdict is Verdict.POST


@every_case("score", [Score(score=0.2), Score(score=0.0, flagged=True), Score(score=1.0)])
def test_what_concerns_minors_is_refused_and_nothing_else_is_said(score: Score) -> None:
    everything = {"minors": score, "hate": Score(score=1.0)}
    found = judged(everything, RULES)
    assert found == Finding(verdict=Verdict.REFUSE, categories=("minors",), minors=True)
    lenient = JudgeRules(
        categories={"minors": CategoryRule(action=Verdict.POST, threshold=1.0)},
        minors=frozenset({"minors"}),
    )
    assert judged(everything, lenient).minors


def test_of_several_judges_the_strictest_wins_with_all_that_it_names() -> None:
    mild = Finding(verdict=Verdict.SPOILER, categories=("a",))
    strict = Finding(verdict=Verdict.HOLD, categories=("b",))
    equal = Finding(verdict=Verdict.HOLD, categories=("c", "b"))
    assert strictest([mild, strict, Finding(), equal]).categories == ("b", "c")
    minors = Finding(verdict=Verdict.REFUSE, categories=("m",), minors=True)
    refused = Finding(verdict=Verdict.REFUSE, categories=("r",))
    assert strictest([refused, minors]) == minors
    assert strictest([]) == Finding()


def test_that_a_judge_is_away_is_said_only_where_no_other_decided() -> None:
    closed = Finding(verdict=Verdict.REFUSE, away=True)
    refused = Finding(verdict=Verdict.REFUSE, categories=("r",))
    held = Finding(verdict=Verdict.HOLD, categories=("h",))
    assert strictest([closed, refused]) == refused
    assert strictest([closed, held]) == closed
    opened = Finding(away=True)
    assert strictest([opened, held]) == held
    assert strictest([opened, Finding()]) == opened


def test_before_spending_nobody_is_asked_so_a_hold_is_a_refusal() -> None:
    verdicts = {verdict: Finding(verdict=verdict).before_spending.verdict for verdict in Verdict}
    assert verdicts == {v: Verdict.REFUSE if v is Verdict.HOLD else v for v in Verdict}
