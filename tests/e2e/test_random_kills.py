"""The bot dies at random moments under load: a few rounds; `make torture` plays two hundred."""

from __future__ import annotations

import random

import pytest

from tests.e2e.place import Place
from tests.e2e.rounds import survive


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_no_moment_to_die_costs_anybody_anything(place: Place) -> None:
    await survive(place, seed=random.randrange(10**6), rounds=3)
