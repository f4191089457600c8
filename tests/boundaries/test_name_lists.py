"""A name list is counted and forgotten: nothing of it is in the database, the files, the output or the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from ethnicity.models import EthnicComposition, PopulationReturn
from ledgers.models import ImportBatch, User
from ledgers.registry import ledgers
from tests.conftest import Units
from tests.returns.test_imports import workbook

NAMES = ["祎犇样1", "珺犇样2", "赟堃样3", "翀芃样4", "堃堃样5", "飏珺样6", "璿翀样7"]
NUMBERS = [f"7805771010558173{number}X" for number in range(7)]


COUNT_LEDGERS = ["population-returns", "ethnic-composition", "overseas-returns", "region-composition"]


def name_list(path: Path, wrong: bool = False) -> Path:
    rows: list[list[Any]] = [
        ["少数民族人员花名册"],
        ["单位：人", "", "", "", "", "2025年三季度"],
        ["序号", "村（社区）", "姓名", "民族", "类别", "身份证号"],
    ]
    villages = ["上河村", "", "", "下河村", "", "", ""]
    kinds = ["户籍", "流动", "流动", "户籍", "流动", "流动", "流动"]
    groups = ["土家族", "土家族", "苗族", "土家族", "土家族", "苗族", "汉族"]
    for place, name in enumerate(NAMES):
        kind = "不详" if wrong and place == 1 else kinds[place]
        rows.append([place + 1, villages[place], name, groups[place], kind, NUMBERS[place]])
    rows.append(["合计", "", 7])
    return workbook(path, rows)


def run(slug: str, path: Path, units: Units, status: int = 0) -> str:
    out = StringIO()
    call = (slug, str(path), "--unit", units.township.code, "--period", "2025Q3", "--json")
    if status:
        with pytest.raises(SystemExit) as stopped:
            call_command("import_ledger", *call, stdout=out)
        assert stopped.value.code == status
    else:
        call_command("import_ledger", *call, stdout=out)
    return out.getvalue()


def everything_in_the_database() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


def files_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def assert_nothing_of_it(text: str) -> None:
    for secret in (*NAMES, *NUMBERS):
        assert secret not in text


def test_the_list_is_counted_by_village(
    tmp_path: Path, units: Units, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        printed = run("population-returns", name_list(tmp_path / "list.xlsx"), units)
    result = json.loads(printed)
    assert result["counted"] == {
        "上河村": {"registered": 1, "migrant": 2},
        "下河村": {"registered": 1, "migrant": 2},
    }
    record = PopulationReturn.objects.get(unit=units.village)
    assert (record.registered, record.migrant, record.minority, record.residents) == (1, 2, 3, None)
    assert_nothing_of_it(printed)
    assert_nothing_of_it(caplog.text)
    assert_nothing_of_it(everything_in_the_database())
    media = files_below(Path(settings.MEDIA_ROOT)) if Path(settings.MEDIA_ROOT).exists() else b""
    assert not any(name.encode() in media for name in NAMES)
    assert not ImportBatch.objects.exclude(upload="").exists()


def test_a_wrong_row_is_cited_by_its_address_only(tmp_path: Path, units: Units) -> None:
    printed = run("population-returns", name_list(tmp_path / "list.xlsx", wrong=True), units, status=1)
    assert [error["cell"] for error in json.loads(printed)["errors"]] == ["E5"]
    assert_nothing_of_it(printed)
    assert not PopulationReturn.objects.exists()


def test_the_list_is_counted_by_group_for_the_township_with_small_groups_merged(
    tmp_path: Path, units: Units
) -> None:
    path = name_list(tmp_path / "list.xlsx")
    run("population-returns", path, units)
    printed = run("ethnic-composition", path, units)
    # Four and two people: only the totals are kept and told.
    assert json.loads(printed)["counted"] == {}
    record = EthnicComposition.objects.get()
    assert (record.lines, record.group_count, record.totals()) == ({}, 2, (2, 4))
    assert_nothing_of_it(printed)
    assert_nothing_of_it(everything_in_the_database())


@pytest.mark.parametrize("slug", COUNT_LEDGERS)
def test_no_page_takes_a_workbook_for_a_count_ledger(
    slug: str,
    tmp_path: Path,
    officer: User,
    signed_in: Callable[[User], Client],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An upload would be on the disk before anybody could tell that it is a name list."""
    client = signed_in(officer)
    assert not ledgers.get(slug).takes_uploads
    with name_list(tmp_path / "list.xlsx").open("rb") as upload, caplog.at_level(logging.DEBUG):
        response = client.post(f"/ledgers/{slug}/import/", {"file": upload, "period": "2025Q3"})
    assert response.status_code == 404
    assert not ImportBatch.objects.exists()
    assert "导入</a>" not in client.get(f"/ledgers/{slug}/").content.decode()
    assert_nothing_of_it(everything_in_the_database())
    assert_nothing_of_it(caplog.text)
