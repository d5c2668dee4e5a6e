"""Each fault of an image service, met by each way in: the same outcome, the same money."""

from __future__ import annotations

import pytest

from tests.cogs.fault_matrix import WAYS, faults_for, outcome_of
from tests.services.test_faults import impatient
from tests.world import World

__all__ = ["impatient"]


@pytest.mark.parametrize(
    ("way", "fault"), [(way, fault) for way in WAYS for fault in faults_for(way)]
)
@pytest.mark.usefixtures("impatient")
async def test_every_fault_has_one_outcome_by_every_way_in(
    world: World, way: str, fault: str
) -> None:
    assert await outcome_of(world, way, fault) == []
