"""The books in many more orders of events than `make test` has time for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.storage.engine import schema
from tests.services.ledger_machine import Books


@pytest.mark.timeout(1200)
def test_no_order_of_many_events_passes_a_limit_or_loses_a_credit(tmp_path: Path) -> None:
    Books.migrated = tmp_path / "easel.db"
    asyncio.run(schema.upgrade(f"sqlite+aiosqlite:///{Books.migrated}"))
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=300,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        ),
    )
