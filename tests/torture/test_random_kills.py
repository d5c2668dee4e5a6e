"""Two hundred rounds of load, each ended by SIGKILL at a random moment, on one database."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.e2e.place import new_place
from tests.e2e.rounds import survive

ROUNDS = 200


@pytest.mark.timeout(1500)
async def test_no_moment_to_die_costs_anybody_anything(tmp_path: Path) -> None:
    async with new_place(tmp_path) as place:
        await survive(place, seed=random.randrange(10**6), rounds=ROUNDS)
