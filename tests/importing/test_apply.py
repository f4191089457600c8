"""Writing and undoing: everything or nothing, nothing missing from the history, nobody's later work lost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledgers import services
from ledgers.importing import batches
from ledgers.importing.planner import match
from ledgers.importing.problems import PlanChanged, SheetRejected
from ledgers.importing.undo import undo_batch
from ledgers.models import ImportBatch, User
from ledgers.registry import ledgers
from nonpublic.models import Contribution, Enterprise
from tests.conftest import Units
from tests.core import factories
from tests.importing.conftest import FileMaker, Importer
from tests.importing.workbooks import company, credit_code, simple

pytestmark = pytest.mark.each_database


def state() -> list[tuple[object, ...]]:
    """Everything a person fills in, of every enterprise."""
    return list(
        Enterprise.objects.order_by("credit_code").values_list(
            "credit_code", "name", "unit_id", "registered_capital", "staff"
        )
    )


def test_records_and_history_are_written_together(imported: Importer, officer: User) -> None:
    batch = imported(simple(company(1), company(2)), user=officer)
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.APPLIED
    assert batch.settled_at is not None
    assert batch.counts["created"] == Enterprise.objects.count() == 2
    rows = Enterprise.history.filter(batch=batch)
    assert {(row.history_type, row.history_user, row.staff) for row in rows} == {("+", officer, 10)}
    assert set(Enterprise.objects.values_list("created_by", "updated_by", "row_version")) == {
        (officer.pk, officer.pk, 1)
    }


def test_changes_raise_the_version_and_keep_the_creation_date(imported: Importer, officer: User) -> None:
    imported(simple(company(1)))
    before = Enterprise.objects.get()
    batch = imported(simple(company(1, staff=11)), user=officer)
    after = Enterprise.objects.get()
    assert (after.staff, after.row_version) == (11, 2)
    assert after.created_at == before.created_at
    assert after.updated_at > before.updated_at
    assert (after.created_by, after.updated_by) == (None, officer)
    row = Enterprise.history.get(batch=batch)
    assert (row.history_type, row.staff, row.row_version, row.created_at) == ("~", 11, 2, before.created_at)


def test_importing_the_same_file_again_changes_nothing(imported: Importer) -> None:
    imported(simple(company(1), company(2)))
    before = (state(), Enterprise.history.count())
    batch = imported(simple(company(1), company(2)))
    batch.refresh_from_db()
    assert batch.counts["unchanged"] == 2
    assert (state(), Enterprise.history.count()) == before


def test_all_or_nothing_unless_the_user_says_so(imported: Importer) -> None:
    content = simple(company(1), company(2, staff="很多"))
    with pytest.raises(SheetRejected):
        imported(content)
    assert not Enterprise.objects.exists()
    imported(content, skip_errors=True)
    assert Enterprise.objects.get().credit_code == credit_code(1)


def test_what_changed_since_the_preview_stops_the_import(
    saved: FileMaker, imported: Importer, units: Units, officer: User
) -> None:
    imported(simple(company(1), company(2)))
    ledger = ledgers.get("enterprises")
    path = saved(simple(company(1, staff=11), company(3)))
    read = batches.read_file(path, ledger, unit=units.township, period=None)
    shown = match(read).sha256
    record = Enterprise.objects.get(credit_code=credit_code(1))
    record.staff = 99
    services.update_record(instance=record, user=officer, expected_version=1)
    batch = ImportBatch.objects.create(
        ledger_slug=ledger.slug, unit=units.township, state=ImportBatch.State.APPLYING
    )
    with pytest.raises(PlanChanged):
        batches.write(read, batch=batch, user=officer, expected_sha256=shown, skip_errors=False)
    assert Enterprise.objects.count() == 2
    assert Enterprise.objects.get(credit_code=credit_code(1)).staff == 99
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.APPLYING


def test_writing_twice_writes_once(saved: FileMaker, units: Units) -> None:
    ledger = ledgers.get("enterprises")
    read = batches.read_file(saved(simple(company(1))), ledger, unit=units.township, period=None)
    batch = ImportBatch.objects.create(
        ledger_slug=ledger.slug, unit=units.township, state=ImportBatch.State.APPLYING
    )
    shown = match(read).sha256
    batches.write(read, batch=batch, user=None, expected_sha256=shown, skip_errors=False)
    with pytest.raises(PlanChanged):
        batches.write(read, batch=batch, user=None, expected_sha256=shown, skip_errors=False)
    assert Enterprise.objects.count() == 1
    assert Enterprise.history.count() == 1


def test_writing_takes_no_query_per_row(imported: Importer) -> None:
    def queries(*numbers: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            imported(simple(*(company(number) for number in numbers)))
        return len(captured)

    # SQLite takes some fifty rows in one statement.
    assert queries(*range(100, 300)) - queries(*range(5)) <= 200 // 20


def test_undo_restores_every_record(imported: Importer, officer: User) -> None:
    imported(simple(company(1), company(2)))
    before = state()
    batch = imported(simple(company(1, "下河村", 5, 6), company(2), company(3)), user=officer)
    assert state() != before
    undone = undo_batch(batch=batch, user=officer)
    assert undone is not None
    assert (undone.removed, undone.restored, undone.kept) == (1, 1, [])
    assert state() == before
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.UNDONE
    last = Enterprise.history.order_by("-history_id")[:2]
    assert {(row.history_type, row.history_user, row.history_change_reason) for row in last} == {
        ("-", officer, "撤销导入"),
        ("~", officer, "撤销导入"),
    }
    record = Enterprise.objects.get(credit_code=credit_code(1))
    assert record.row_version == 3


def test_undo_twice_is_harmless(imported: Importer) -> None:
    batch = imported(simple(company(1)))
    assert undo_batch(batch=batch, user=None) is not None
    rows = Enterprise.history.count()
    assert undo_batch(batch=batch, user=None) is None
    assert Enterprise.history.count() == rows


def test_undo_keeps_and_lists_what_was_edited_since(imported: Importer, officer: User) -> None:
    imported(simple(company(1), company(2)))
    batch = imported(simple(company(1, staff=5), company(2, staff=6), company(3), company(4)))
    for number, staff in ((1, 50), (3, 30)):
        record = Enterprise.objects.get(credit_code=credit_code(number))
        record.staff = staff
        services.update_record(instance=record, user=officer, expected_version=record.row_version)
    services.delete_record(instance=Enterprise.objects.get(credit_code=credit_code(4)), user=officer)
    undone = undo_batch(batch=batch, user=officer)
    assert undone is not None
    assert (undone.removed, undone.restored) == (0, 1)
    assert sorted(kept.why for kept in undone.kept) == [
        "导入之后又有修改",
        "导入之后又有修改",
        "导入之后已被删除",
    ]
    assert dict(Enterprise.objects.values_list("credit_code", "staff")) == {
        credit_code(1): 50,
        credit_code(2): 10,
        credit_code(3): 30,
    }


def test_undo_keeps_what_other_records_refer_to(imported: Importer, units: Units) -> None:
    batch = imported(simple(company(1), company(2)))
    enterprise = Enterprise.objects.get(credit_code=credit_code(1))
    Contribution.objects.create(
        unit=units.village, enterprise=enterprise, given_on="2025-01-01", amount=1, purpose="助学"
    )
    undone = undo_batch(batch=batch, user=None)
    assert undone is not None
    assert [(kept.pk, kept.why) for kept in undone.kept] == [(enterprise.pk, "已有公益捐赠引用它")]
    assert Enterprise.objects.get() == enterprise


def test_undo_of_the_earlier_of_two_imports_keeps_the_later(imported: Importer) -> None:
    first = imported(simple(company(1), company(2)))
    imported(simple(company(1, staff=77)))
    undone = undo_batch(batch=first, user=None)
    assert undone is not None
    assert (undone.removed, len(undone.kept)) == (1, 1)
    assert Enterprise.objects.get().staff == 77


def test_an_undone_record_can_be_imported_again(imported: Importer) -> None:
    batch = imported(simple(company(1)))
    undo_batch(batch=batch, user=None)
    again = imported(simple(company(1)))
    again.refresh_from_db()
    assert again.counts["created"] == 1
    assert undo_batch(batch=again, user=None) is not None
    assert not Enterprise.objects.exists()


def test_undo_takes_no_query_per_row(imported: Importer) -> None:
    def queries(start: int, rows: int) -> int:
        batch = imported(simple(*(company(number) for number in range(start, start + rows))))
        with CaptureQueriesContext(connection) as captured:
            undo_batch(batch=batch, user=None)
        return len(captured)

    assert queries(100, 200) - queries(0, 5) <= 200 // 20


def test_an_enterprise_moved_by_import_is_seen_where_it_now_is(imported: Importer, units: Units) -> None:
    factories.enterprise(units.villages[1], 1, credit_code=credit_code(1), name="示例企业1有限公司")
    imported(simple(company(1, "上河村")))
    assert Enterprise.objects.get().unit == units.village
