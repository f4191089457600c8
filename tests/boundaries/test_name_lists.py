"""A name list is counted and forgotten: nothing of it is in the database, the files, the output or the log."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from django.conf import settings

from ethnicity.models import EthnicComposition, PopulationReturn
from ledgers.models import ImportBatch
from tests.boundaries.lists import (
    NAMES,
    assert_nothing_of_it,
    everything_in_the_database,
    files_below,
    name_list,
)
from tests.conftest import Units
from tests.importing.command import run

pytestmark = pytest.mark.each_database


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
    batch = ImportBatch.objects.get()
    assert (batch.upload.name, batch.file_name, batch.file_sha256) == ("", "人口季报（文件未保存）", "")


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
