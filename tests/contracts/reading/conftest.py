"""One filled database for all tests that only read: filling it anew for each of them took most of the suite's time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Units, plant_units
from tests.contracts.conftest import Filled, fill
from tests.world import lasting


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Units, Filled]]:
    with lasting(django_db_blocker):
        units = plant_units()
        yield units, fill(units)


@pytest.fixture
def units(db: None, world: tuple[Units, Filled]) -> Units:
    return world[0]


@pytest.fixture
def filled(db: None, world: tuple[Units, Filled]) -> Filled:
    return world[1]
