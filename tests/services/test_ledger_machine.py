"""Whatever is decided and asked in whatever order: no limit is passed, and the books agree.

`make torture` looks much longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.services.ledger_machine import Books


# Should it fail, finding the shortest way to it takes minutes.
@pytest.mark.timeout(600)
def test_no_order_of_events_passes_a_limit_or_loses_a_credit(migrated: Path) -> None:
    Books.migrated = migrated
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        ),
    )
