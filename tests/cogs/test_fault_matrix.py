"""A sample of the faults of an image service by each way in; `make torture` tries them all."""

from __future__ import annotations

import pytest

from tests.cogs.fault_matrix import WAYS, outcome_of
from tests.services.test_faults import impatient
from tests.world import World

__all__ = ["impatient"]


@pytest.mark.parametrize("fault", ["output", "reset", "500-once"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("impatient")
async def test_a_fault_has_one_outcome_by_every_way_in(world: World, way: str, fault: str) -> None:
    assert await outcome_of(world, way, fault) == []
