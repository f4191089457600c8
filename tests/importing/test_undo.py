"""Undoing a large import that somebody has worked on since: their records stay, are listed, and all others go back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers import services
from ledgers.importing.undo import undo_batch
from ledgers.models import ImportBatch, KeptRecord, User
from ledgers.views.import_tabs import PER_PAGE
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.conftest import Importer
from tests.importing.pages import page
from tests.importing.workbooks import company, credit_code, simple

pytestmark = pytest.mark.each_database

ROWS = 5000


def workbook(staff: int, rows: int = ROWS) -> bytes:
    return simple(*(company(number, staff=staff) for number in range(rows)))


def edit(user: User, *numbers: int) -> list[int]:
    """Change three records by hand; returns their keys."""
    keys = []
    for number in numbers:
        record = Enterprise.objects.get(credit_code=credit_code(number))
        record.remark = "电话核实过"
        services.update_record(instance=record, user=user, expected_version=record.row_version)
        keys.append(record.pk)
    return keys


def state() -> dict[str, tuple[Any, ...]]:
    return {
        row[0]: row[1:] for row in Enterprise.objects.values_list("credit_code", "staff", "remark", "unit_id")
    }


def test_of_5000_rows_4997_go_back_and_the_3_edited_ones_stay(
    imported: Importer, client: Client, officer: User
) -> None:
    created = imported(workbook(staff=10), user=officer)
    before = state()
    changed = imported(workbook(staff=20), user=officer)
    keys = edit(officer, 0, 2500, 4999)
    edited = {credit_code(number) for number in (0, 2500, 4999)}

    with CaptureQueriesContext(connection) as captured:
        undone = undo_batch(batch=changed, user=officer)
    assert undone is not None
    assert (undone.removed, undone.restored, len(undone.kept)) == (0, ROWS - 3, 3)
    # In pieces of a thousand, a fixed number of queries each; SQLite takes fewer rows in one statement.
    assert len(captured) < ROWS / 10
    after = state()
    assert {code for code in before if before[code] != after[code]} == edited
    assert {after[code][:2] for code in edited} == {(20, "电话核实过")}
    shown = page(client, changed)
    assert "已撤销：删去 0 条，恢复 4997 条，保留 3 条。" in " ".join(shown.split())
    for key in keys:
        assert f'href="/ledgers/enterprises/{key}/"' in shown
    assert shown.count("导入之后又有修改") == 3

    history = Enterprise.history.count()
    assert undo_batch(batch=changed, user=officer) is None
    assert (state(), Enterprise.history.count(), KeptRecord.objects.count()) == (after, history, 3)
    assert Enterprise.history.filter(batch=created).count() == ROWS


def test_of_5000_new_records_3_stay_and_undoing_again_does_nothing(imported: Importer, officer: User) -> None:
    batch = imported(workbook(staff=10), user=officer)
    keys = edit(officer, 1, 2, 3)
    undone = undo_batch(batch=batch, user=officer)
    assert undone is not None
    assert (undone.removed, undone.restored, len(undone.kept)) == (ROWS - 3, 0, 3)
    assert sorted(Enterprise.objects.values_list("pk", flat=True)) == sorted(keys)
    assert list(batch.kept_records.values_list("record_id", "why")) == [
        (key, "导入之后又有修改") for key in keys
    ]
    history = Enterprise.history.count()
    assert undo_batch(batch=batch, user=officer) is None
    assert (Enterprise.objects.count(), Enterprise.history.count()) == (3, history)


def test_undoing_the_later_import_makes_way_for_undoing_the_earlier_one(
    imported: Importer, officer: User
) -> None:
    imported(workbook(staff=5, rows=4), user=officer)
    before = state()
    earlier = imported(workbook(staff=10, rows=6), user=officer)
    edit(officer, 3)
    later = imported(workbook(staff=20, rows=6), user=officer)
    assert undo_batch(batch=later, user=officer)
    undone = undo_batch(batch=earlier, user=officer)
    assert undone
    # What was worked on by hand between the two stays; all else is as if neither had been.
    assert undone.counts() == {"removed": 2, "restored": 3, "kept_count": 1}
    after = state()
    kept = credit_code(3)
    assert after.pop(kept)[:2] == (10, "电话核实过")
    assert after == {code: row for code, row in before.items() if code != kept}


def test_what_went_with_its_import_does_not_crowd_the_recycle_bin(
    imported: Importer, client: Client, officer: User
) -> None:
    batch = imported(workbook(staff=10, rows=3), user=officer)
    gone = services.delete_record(instance=Enterprise.objects.get(credit_code=credit_code(0)), user=officer)
    assert undo_batch(batch=batch, user=officer)
    taken_back = Enterprise.history.filter(history_type="-").exclude(pk=gone.pk)
    assert taken_back.count() == 2
    bin_url = "/ledgers/enterprises/deleted/"
    shown = client.get(bin_url)
    assert [row["restore_url"] for row in shown.context["rows"]] == [f"{bin_url}{gone.pk}/restore/"]
    assert shown.context["total"] == 1
    assert 'href="/imports/"' in shown.content.decode().partition("撤销导入时收回的记录")[2]
    assert client.get(f"{bin_url}{taken_back[0].pk}/restore/").status_code == 404
    # The same file brings them again, and what is deleted then by hand can be restored by hand.
    imported(workbook(staff=10, rows=3), user=officer)
    again = Enterprise.objects.get(credit_code=credit_code(2))
    services.delete_record(instance=again, user=officer)
    assert client.get(bin_url).context["total"] == 2


def test_kept_records_are_all_listed_however_many(
    imported: Importer, client: Client, officer: User, units: Units
) -> None:
    rows = 2 * PER_PAGE + 130
    batch = imported(workbook(staff=10, rows=rows), user=officer)
    imported(workbook(staff=20, rows=rows), user=officer)
    gone = Enterprise.objects.get(credit_code=credit_code(0))
    gone_pk = gone.pk
    services.delete_record(instance=gone, user=officer)
    Enterprise.objects.filter(credit_code=credit_code(1)).update(unit=units.neighbour_village)
    undo_batch(batch=ImportBatch.objects.get(pk=batch.pk), user=officer)
    links = ""
    for number in range(1, -(-rows // PER_PAGE) + 1):
        with CaptureQueriesContext(connection) as captured:
            links += client.get(
                batch.get_absolute_url(), {"show": "kept", "page": str(number)}
            ).content.decode()
        assert len(captured) < 30
    for key, code in Enterprise.objects.values_list("pk", "credit_code"):
        # What has moved out of reach is counted, and not shown.
        assert (f'href="/ledgers/enterprises/{key}/"' in links) == (code != credit_code(1))
    assert f"非公企业（编号{gone_pk}）" in links
    assert "导入之后已被删除" in links
    assert f"共 {rows} 条" in links
