"""Builds the check between image services and channels, from the judges that are configured."""

from __future__ import annotations

from bot.composition.adapters import Adapters
from bot.composition.judges import seated
from bot.config import Configuration
from bot.services.operations.alerts import Alerts
from bot.services.safety.judging import AlertWords, Judging
from bot.services.safety.result_check import ResultCheck
from bot.services.servers.policies import Policies
from bot.ui.messages.operator import alerts as alert_words


def judging_of(configuration: Configuration, outside: Adapters, alerts: Alerts) -> Judging:
    """Build what asks the judges; without any it asks nothing."""
    return Judging(
        seated(configuration, outside.judges),
        away_is_open=configuration.safety.away == "open",
        pictures=outside.pictures,
        spool=outside.spool,
        clock=outside.clock,
        measures=outside.measures,
        alerts=alerts,
        words=AlertWords(away=alert_words.judge_away, minors=alert_words.minors),
    )


def result_check_of(
    configuration: Configuration, outside: Adapters, policies: Policies, judging: Judging
) -> ResultCheck:
    """Build what judges results."""
    return ResultCheck(
        judging=judging,
        policies=policies,
        spool=outside.spool,
        clock=outside.clock,
        keeps_files=configuration.safety.minors_files == "withhold",
    )
