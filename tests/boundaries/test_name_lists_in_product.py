"""Name lists handed to the running product, over HTTP and on the command line, and looked for in all of its files."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.boundaries.lists import (
    HEADER,
    NAMES,
    NUMBERS,
    assert_nothing_of_it,
    files_below,
    large_list,
    name_list,
)
from tests.product import ROOT, Product
from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.servers

TOWNSHIP = "330281101000"
UNITS = f"""code,name,parent
330281000000,清江县,
{TOWNSHIP},东山镇,330281000000
330281101201,上河村,{TOWNSHIP}
330281101202,下河村,{TOWNSHIP}
330281101203,新桥村,{TOWNSHIP}
"""
UPLOAD = "/ledgers/population-returns/import/"


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's folder for temporary files."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, temporary: Path) -> Iterator[Product]:
    var = tmp_path_factory.mktemp("var")
    with Product(var, "--empty", TMPDIR=str(temporary), LOG_LEVEL="DEBUG") as running:
        yield running.wait_until_started()


def manage(product: Product, *arguments: str) -> Any:
    environment = os.environ | {
        "VAR_DIR": str(product.var),
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "READ_DOT_ENV": "0",
        "DATABASE_URL": f"sqlite:///{product.var / 'data.sqlite3'}",
        "CELERY_BROKER_URL": "folder://",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments, "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert_nothing_of_it(done.stdout + done.stderr)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def officer(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    units = tmp_path_factory.mktemp("units") / "units.csv"
    units.write_text(UNITS)
    manage(product, "load_units", str(units))
    account = manage(product, "create_account", "officer", "--unit", TOWNSHIP, "--role", "officer")
    visitor = Visitor(product)
    visitor.sign_in("officer", account["password"], "Qingjiang-2026-Bridge")
    return visitor


def handed_over(visitor: Visitor, content: bytes) -> str:
    """The page that answers: how the columns are read, for the user to say more, or why nothing is read."""
    try:
        return visitor.hand_over(visitor.get(UPLOAD), "a.csv", content, period="2025Q3").text
    except HTTPError as refusal:
        if refusal.code != 422:
            raise
        return refusal.read().decode()


def result_of(visitor: Visitor, page: Answer) -> Answer:
    deadline = time.monotonic() + 60
    while page.path.startswith("/jobs/"):
        assert time.monotonic() < deadline, "the import was not done in time"
        time.sleep(0.3)
        page = visitor.get(page.path)
    return page


def residents(product: Product, period: str) -> int:
    code = "ethnicity.minority_residents"
    (found,) = manage(product, "indicators", "--unit", TOWNSHIP, "--period", period, "--code", code)
    return int(found["value"])


def test_nothing_of_a_list_is_anywhere(
    product: Product, officer: Visitor, temporary: Path, tmp_path: Path
) -> None:
    headless = "\n".join(f"上河村,{name},{number}" for name, number in zip(NAMES, NUMBERS, strict=True))
    unclosed = f'{HEADER}\n1,上河村,"{NAMES[0]},苗族,户籍,{NUMBERS[0]}'
    for broken in (headless, unclosed, f"PK\x03\x04{NAMES[0]}"):
        assert_nothing_of_it(handed_over(officer, broken.encode()))

    preview = officer.hand_over(officer.get(UPLOAD), f"{NAMES[0]}.csv", large_list(), period="2025Q3")
    assert "已按村计数，名单未保存" in preview.text
    assert_nothing_of_it(preview.text)
    # The memory of the request has been given back, the totals wait for confirmation.
    assert_nothing_of_it(files_below(product.var) + files_below(temporary))
    result = result_of(officer, officer.press(preview, "/confirm/"))
    assert "已导入" in result.text
    assert residents(product, "2025Q3") == 6

    path = name_list(tmp_path / "list.xlsx")
    counted = manage(
        *(product, "import_ledger", "population-returns", str(path), "--unit", TOWNSHIP, "--period", "2025Q4")
    )
    assert counted["created"] == 2
    assert residents(product, "2025Q4") == 6

    manage(product, "backup", str(tmp_path / "backup"))
    rows = gzip.decompress((tmp_path / "backup" / "database.sqlite3.gz").read_bytes())
    assert "上河村".encode() in rows
    assert_nothing_of_it(rows)

    files = files_below(product.var)
    # The search sees the database: names of units are in it.
    assert "上河村".encode() in files
    assert (product.var / "log" / "web.log").stat().st_size > 0
    assert_nothing_of_it(files)
    assert_nothing_of_it(files_below(temporary))
