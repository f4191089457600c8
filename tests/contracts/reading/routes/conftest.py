"""One cast for all that try the routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from reporting.services import drafting
from tests.conftest import Units
from tests.contracts.conftest import Filled
from tests.contracts.reading.routes.cast import Cast, set_up_cast
from tests.reporting.conftest import QuickRenderer


@pytest.fixture(scope="package")
def cast(world: tuple[Units, Filled], django_db_blocker: Any) -> Iterator[Cast]:
    units, _ = world
    with django_db_blocker.unblock(), transaction.atomic():
        patch = pytest.MonkeyPatch()
        patch.setattr(drafting, "Renderer", QuickRenderer)
        yield set_up_cast(units)
        patch.undo()
        transaction.set_rollback(True)
