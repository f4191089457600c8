"""A disk that is full: the embedded product says so, writes nothing by half, and goes on once there is room."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import template
from tests.importing.workbooks import company, simple
from tests.infrastructure.test_settings import manage

ROWS = 3000


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("var")
    template.copy_to(folder)
    for arguments in (("migrate", "--verbosity", "0"), ("load_units", str(_units(folder)))):
        done = manage(*arguments, settings="dev", var=folder)
        assert done.returncode == 0, done.stderr
    return folder


def _units(folder: Path) -> Path:
    path = folder / "units.csv"
    path.write_text(
        "code,name,parent\n330281000000,清江县,\n330281101000,东山镇,330281000000\n"
        "330281101201,上河村,330281101000\n",
        encoding="utf-8",
    )
    return path


def count(var: Path) -> tuple[int, ...]:
    with sqlite3.connect(var / "data.sqlite3") as connection:
        tables = "nonpublic_enterprise", "nonpublic_historicalenterprise", "ledgers_importbatch"
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on no file of a new process grows beyond 200 KB: to whoever writes, the disk is full."""
    run: Any = subprocess.run

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    def fill() -> None:
        monkeypatch.setattr(subprocess, "run", lambda *args, **named: run(*args, preexec_fn=limit, **named))

    return fill


def test_an_import_onto_a_full_disk_says_so_and_leaves_nothing(
    var: Path, no_room: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = var / "企业.xlsx"
    workbook.write_bytes(simple(*(company(number, "") for number in range(ROWS))))
    order = ("import_ledger", "enterprises", str(workbook), "--unit", "330281101000")
    no_room()
    refused = manage(*order, settings="dev", var=var)
    assert refused.returncode == 2
    assert refused.stderr.strip() == "CommandError: 磁盘空间不足，数据没有改动；请腾出空间后重试。"
    assert count(var) == (0, 0, 0)
    monkeypatch.undo()
    done = manage(*order, settings="dev", var=var)
    assert done.returncode == 0, done.stderr
    assert count(var) == (ROWS, ROWS, 1)
    assert manage("verify_history", settings="dev", var=var).returncode == 0
