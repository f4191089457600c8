"""One filled database for all tests that only read: filling it anew for each of them took most of the suite's time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.conftest import Units, plant_units
from tests.contracts.conftest import Filled, fill


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Units, Filled]]:
    """Units and records inside a transaction of their own; each test runs in a savepoint and is rolled back to it."""
    with django_db_blocker.unblock():
        held: Any = transaction.atomic()
        # As TestCase marks its own: what has to be an outermost transaction is content with this one.
        held._from_testcase = True
        with held:
            units = plant_units()
            yield units, fill(units)
            transaction.set_rollback(True)


@pytest.fixture
def units(db: None, world: tuple[Units, Filled]) -> Units:
    return world[0]


@pytest.fixture
def filled(db: None, world: tuple[Units, Filled]) -> Filled:
    return world[1]
