"""Running imports in tests: a file on disk, a plan, an applied batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ledgers.importing import batches
from ledgers.importing.plan import Plan
from ledgers.importing.planner import match
from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from tests.conftest import Units

FileMaker = Callable[..., Path]
Planner = Callable[..., Plan]
Reader = Callable[..., Plan]
Importer = Callable[..., ImportBatch]


@pytest.fixture
def client(signed_in: Callable[[User], Client], officer: User) -> Client:
    """The officer's."""
    return signed_in(officer)


@pytest.fixture
def saved(tmp_path: Path) -> FileMaker:
    """saved(content, name="ledger.xlsx") -> the file's path."""

    def save(content: bytes, name: str = "ledger.xlsx") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


@pytest.fixture
def plan(saved: FileMaker, units: Units) -> Planner:
    """plan(content, slug="enterprises", unit=township) -> what importing it would do."""

    def make(content: bytes, slug: str = "enterprises", unit: OrgUnit | None = None, **options: Any) -> Plan:
        read = batches.read_file(
            saved(content), ledgers.get(slug), unit=unit or units.township, period=None, **options
        )
        return match(read)

    return make


@pytest.fixture
def imported(saved: FileMaker, units: Units) -> Importer:
    """imported(content, user=None, skip_errors=False) -> the applied batch."""

    def run(
        content: bytes,
        *,
        slug: str = "enterprises",
        unit: OrgUnit | None = None,
        user: User | None = None,
        skip_errors: bool = False,
    ) -> ImportBatch:
        ledger, unit = ledgers.get(slug), unit or units.township
        read = batches.read_file(saved(content), ledger, unit=unit, period=None)
        batch = ImportBatch.objects.create(
            ledger_slug=slug,
            file_name="ledger.xlsx",
            file_sha256="0" * 64,
            unit=unit,
            user=user,
            state=ImportBatch.State.APPLYING,
        )
        batches.write(
            read, batch=batch, user=user, expected_sha256=match(read).sha256, skip_errors=skip_errors
        )
        return batch

    return run


@pytest.fixture
def read(saved: FileMaker, units: Units) -> Reader:
    """read(content, slug, name="台账.xlsx", period=None, unit=township) -> what importing it would do."""

    def run(
        content: bytes,
        slug: str,
        *,
        name: str = "台账.xlsx",
        period: str = "",
        unit: OrgUnit | None = None,
    ) -> Plan:
        found = batches.read_file(
            saved(content, name),
            ledgers.get(slug),
            unit=unit or units.township,
            period=Period.parse(period) if period else None,
        )
        return match(found)

    return run
