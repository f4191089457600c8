"""Many rows: what is written is exact, history included; what is held and asked does not grow with the file."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from ledgers import services
from ledgers.db import Among, BulkRows
from ledgers.history import CREATED, history_columns
from ledgers.importing import batches, cleaning, kept, planner
from ledgers.importing.making import RecordMaker, is_written_plainly
from ledgers.models import ImportBatch, OrgUnit, Record, User
from ledgers.registry import Ledger, ledgers
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.core import factories
from tests.importing.conftest import Importer, Planner
from tests.importing.workbooks import HEADERS, book, company, credit_code, simple

pytestmark = pytest.mark.each_database

#: Texts that are something else where a database reads a file of rows.
AWKWARD = ["\\N", "\\", "a\\tb", "制表\t符", "两\n行", "回\r车", '"引号"', "NULL", "", "\\."]


def contents(model: Any, *, without: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """All columns of the records, or of their history rows as far as records have them."""
    names = [field.attname for field in Enterprise._meta.concrete_fields if field.attname not in without]
    return list(model.order_by("credit_code").values_list(*names))


def checked(units: Units, user: User, content: bytes) -> ImportBatch:
    """A batch whose file has been looked over, as the background job does it."""
    batch = ImportBatch(ledger_slug="enterprises", file_name="台账.xlsx", unit=units.township, user=user)
    batch.upload.save("upload", ContentFile(content), save=False)
    batch.save()
    batches.preview(batch)
    return batch


def confirmed(batch: ImportBatch) -> ImportBatch:
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.APPLYING)
    batch.refresh_from_db()
    batches.apply(batch)
    batch.refresh_from_db()
    return batch


def no_reader(*args: Any, **options: Any) -> Any:
    raise AssertionError("the file is read again")


def test_awkward_texts_and_blanks_arrive_as_they_are(units: Units, officer: User) -> None:
    records = [
        Enterprise(
            pk=number + 1,
            unit=units.village,
            name=text,
            credit_code=f"{number:018d}",
            registered_capital=Decimal("1234567890.1234"),
            founded_on=dt.date(1999, 12, 31) if number % 2 else None,
            chamber_member=bool(number % 2),
            created_at=dt.datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC),
            updated_at=dt.datetime(2025, 1, 2, tzinfo=dt.UTC),
            created_by=officer if number % 2 else None,
        )
        for number, text in enumerate(AWKWARD)
    ]
    names = [field.attname for field in Enterprise._meta.concrete_fields]
    same = history_columns(kind=CREATED, user=officer, reason="a\tb\\")
    for table, further in ((Enterprise, {}), (Enterprise.history.model, same)):
        rows = ([getattr(record, name) for name in names] for record in records)
        BulkRows(Enterprise, names, rows).insert_into(table, further)
    assert contents(Enterprise.objects) == [
        tuple(getattr(record, name) for name in names) for record in records
    ]
    assert contents(Enterprise.history) == contents(Enterprise.objects)
    reasons = Enterprise.history.values_list("history_change_reason", "history_user", "batch")
    assert set(reasons) == {("a\tb\\", officer.pk, None)}


def test_rows_are_drawn_as_they_are_written() -> None:
    drawn = 0

    def rows() -> Iterator[tuple[str]]:
        nonlocal drawn
        for number in range(100_000):
            drawn += 1
            yield (str(number),)

    pieces = BulkRows(Enterprise, ["name"], rows()).pieces
    next(pieces)
    assert 0 < drawn <= 1000


@pytest.mark.parametrize("fit", [0, 1, 2])
def test_one_parameter_asks_for_the_same_as_many(units: Units, fit: int) -> None:
    made = [
        factories.enterprise(units.villages[number], number, founded_on=dt.date(2020, 1, 1 + number))
        for number in range(3)
    ]
    for name, values in (
        ("name", [record.name for record in made]),
        ("pk", [record.pk for record in made]),
        ("unit", [record.unit_id for record in made]),
        ("founded_on", [record.founded_on for record in made]),
        ("registered_capital", [record.registered_capital for record in made]),
    ):
        asked = [*values[:fit], None]
        found = Enterprise.objects.filter(Among(name, asked))
        assert set(found) == set(Enterprise.objects.filter(**{f"{name}__in": values[:fit]}))


def test_a_record_made_quickly_is_the_record_the_model_makes(units: Units) -> None:
    for ledger in ledgers:
        for values in ({}, {"unit": units.village}):
            made, expected = RecordMaker(ledger.model).make(values), ledger.model(**values)
            assert vars(made).keys() == vars(expected).keys()
            assert _state(made) == _state(expected)


def _state(record: Record) -> dict[str, Any]:
    content = vars(record) | {"_state": vars(record._state) | {"fields_cache": record._state.fields_cache}}
    # Made at this moment, by either.
    return {name: value for name, value in content.items() if not isinstance(value, dt.datetime)}


def test_history_is_what_the_records_are(units: Units, officer: User) -> None:
    header = [*HEADERS, "成立日期", "商会会员", "备注"]
    rows = [
        [*company(number, "下河村" if number % 2 else "上河村", capital=number / 8), day, member, remark]
        for number, (day, member, remark) in enumerate(
            [("2020-5-1", "是", "规上\\N"), ("", "", ""), ("2021年3月", "否", "a\tb"), ("", "是", "\\")]
        )
    ]
    batch = checked(units, officer, book(("一", [header, *rows])))
    confirmed(batch)
    assert batch.counts["created"] == Enterprise.objects.count() == 4
    assert contents(Enterprise.history.filter(batch=batch)) == contents(Enterprise.objects)
    first = Enterprise.objects.get(credit_code=credit_code(0))
    assert (first.founded_on, first.chamber_member, first.remark) == (dt.date(2020, 5, 1), True, "规上\\N")
    assert (first.created_by, first.updated_by, first.row_version) == (officer, officer, 1)
    assert Enterprise.objects.get(credit_code=credit_code(1)).founded_on is None


def test_what_was_shown_is_written_without_reading_the_file_again(
    units: Units, officer: User, imported: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(simple(company(1), company(2)))
    batch = checked(units, officer, simple(company(1), company(2, "下河村", staff=7), company(3)))
    monkeypatch.setattr(batches, "read_workbook", no_reader)
    confirmed(batch)
    assert batch.state == ImportBatch.State.APPLIED
    assert {name: batch.counts[name] for name in ("created", "updated", "unchanged")} == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
    }
    changed = Enterprise.objects.get(credit_code=credit_code(2))
    assert (changed.unit, changed.staff, changed.row_version) == (units.villages[1], 7, 2)
    kinds = Enterprise.history.filter(batch=batch).values_list("credit_code", "history_type")
    assert dict(kinds) == {credit_code(2): "~", credit_code(3): "+"}


def test_either_way_writes_the_same(units: Units, officer: User) -> None:
    written = []
    for is_kept in (True, False):
        batch = checked(units, officer, simple(*(company(number) for number in range(30))))
        assert batch.plan_path is not None
        if not is_kept:
            batch.plan_path.unlink()
        confirmed(batch)
        own = ("id", "created_at", "updated_at")
        written.append(contents(Enterprise.objects, without=own))
        assert contents(Enterprise.history.filter(batch=batch), without=own) == written[-1]
        Enterprise.objects.all().delete()
    assert len(written[0]) == 30
    assert written[0] == written[1]


def _edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace("示例企业3".encode(), "另一企业3".encode()))


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("spoil", [_edited, _cut_short, Path.unlink])
def test_a_kept_plan_that_is_not_whole_is_not_used(units: Units, officer: User, spoil: Any) -> None:
    batch = checked(units, officer, simple(company(3)))
    assert batch.plan_path is not None
    spoil(batch.plan_path)
    confirmed(batch)
    assert Enterprise.objects.get().name == "示例企业3有限公司"


def test_a_kept_plan_of_other_units_is_not_used(units: Units, officer: User) -> None:
    batch = checked(units, officer, simple(company(1)))
    OrgUnit.objects.filter(pk=units.village.pk).update(name="上河新村")
    confirmed(batch)
    # 上河村 is no name of a unit any more: the file is read again, and shown again.
    assert (batch.state, batch.counts["errors"]) == (ImportBatch.State.PREVIEWED, 1)
    assert not Enterprise.objects.exists()


@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_record_changed_added_or_deleted_since_the_preview_stops_a_kept_plan(
    units: Units, officer: User, imported: Importer, which: int
) -> None:
    imported(simple(company(1), company(2)))
    batch = checked(units, officer, simple(company(1), company(2, staff=7), company(3)))
    if which == 3:
        factories.enterprise(units.village, 3, credit_code=credit_code(3))
    else:
        record = Enterprise.objects.get(credit_code=credit_code(which))
        record.remark = "另有修改"
        services.update_record(instance=record, user=officer, expected_version=1)
    before = contents(Enterprise.objects)
    confirmed(batch)
    assert batch.state == ImportBatch.State.PREVIEWED
    assert "请重新核对" in batch.problem
    assert contents(Enterprise.objects) == before
    confirmed(batch)
    assert batch.state == ImportBatch.State.APPLIED


def test_a_plan_holds_no_records(plan: Planner, imported: Importer) -> None:
    imported(simple(*(company(number) for number in range(20))))
    gc.collect()
    before = sum(type(found) is Enterprise for found in gc.get_objects())
    found = plan(simple(*(company(number, staff=number % 2 + 10) for number in range(10, 30))))
    assert (len(found.creates), len(found.updates), found.unchanged) == (10, 5, 5)
    gc.collect()
    assert sum(type(found) is Enterprise for found in gc.get_objects()) == before


def test_queries_grow_by_the_piece_and_not_by_the_row(
    plan: Planner, imported: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "PIECE", 10)
    monkeypatch.setattr(planner, "WORTH_A_QUERY", 5)
    imported(simple(*(company(number) for number in range(0, 40, 2))))

    def queries(rows: int) -> int:
        content = simple(*(company(number, staff=11) for number in range(rows)))
        with CaptureQueriesContext(connection) as captured:
            found = plan(content)
        assert len(found.creates) == len(found.updates) == rows // 2
        return len(captured)

    counted = [queries(rows) for rows in (10, 20, 30, 40)]
    # One for the records of the rows, one for those that change.
    assert [later - earlier for earlier, later in pairwise(counted)] == [2, 2, 2]


def test_rows_compared_by_column_and_one_by_one_come_to_the_same(
    plan: Planner, imported: Importer, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = [*HEADERS, "成立日期", "注销日期", "备注"]
    imported(book(("一", [header, *([*company(number), "2020-5-1", "", "甲"] for number in range(6))])))
    factories.enterprise(units.neighbour_village, 20)
    rows = [
        [*company(1), "2020-5-1", "", ""],  # says nothing new
        [*company(2, staff=11), "2020-5-1", "2021-5-1", ""],
        [*company(3), "2020-5-1", "2019-5-1", "乙"],  # closed before it was founded
        [*company(7), "2020年5月", "", "丙"],
        [*company(8, "下河村"), "2020-5-1", "2019-5-1", ""],
        [*company(7, "下河村"), "", "", ""],  # twice in the file
        [*company(9, capital="很多"), "", "", ""],
        [*company(20), "", "", ""],  # somebody else's
        [*company(10, capital="", staff=""), "", "", ""],
    ]
    content = book(("一", [header, *rows]))

    def outcome() -> list[Any]:
        found = plan(content)
        assert (len(found.creates), len(found.updates), found.unchanged, found.wrong_rows) == (2, 1, 1, 5)
        changes = [
            (row.pk, change.field, change.old, change.new) for row in found.updates for change in row.changes
        ]
        new = [(row.source.row, row.source.values) for row in found.creates]
        same = [(row.source.row, row.pk, row.row_version) for row in found.same]
        return [new, changes, same, found.errors, found.sha256]

    by_column = outcome()
    monkeypatch.setattr(planner._Planner, "_goes_by_column", lambda self: False)
    assert outcome() == by_column


def test_history_of_an_import_is_that_of_its_own_rows(
    units: Units, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's record that comes between is neither left out nor told twice."""
    batch = checked(units, officer, simple(company(1), company(2)))
    write = BulkRows.insert_into

    def late(rows: BulkRows, model: Any, same: Any) -> None:
        write(rows, model, same)
        factories.enterprise(units.village, 3)

    monkeypatch.setattr(BulkRows, "insert_into", late)
    confirmed(batch)
    codes = Enterprise.history.order_by("history_id").values_list("credit_code", "batch")
    assert sorted(codes, key=str) == [
        (credit_code(1), batch.pk),
        (credit_code(2), batch.pk),
        (credit_code(3), None),
    ]


def test_plans_of_count_ledgers_are_never_kept() -> None:
    counting = [ledger for ledger in ledgers if ledger.counts_only]
    assert counting
    assert not any(kept.may_be_kept(ledger) for ledger in counting)


def test_rows_go_straight_into_the_database_where_nothing_else_is_to_be_done(units: Units) -> None:
    def plainly(slug: str) -> bool:
        return is_written_plainly(ledgers.get(slug))

    assert plainly("enterprises")
    # Its unit is the enterprise's; its appointments are written with it; its quarter's end follows from the quarter.
    assert not any(map(plainly, ("contributions", "representatives", "population-returns")))


def test_a_record_that_needs_more_than_its_row_gets_it_from_a_kept_plan_too(
    units: Units, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    enterprise = factories.enterprise(units.villages[1], 1)
    ledger: Ledger = ledgers.get("contributions")
    header = ["企业名称", "捐赠日期", "捐赠金额（万元）", "捐赠用途"]
    content = book(("一", [header, [enterprise.name, "2025.3", 5, "助学"]]))
    batch = ImportBatch(ledger_slug=ledger.slug, file_name="a.xlsx", unit=units.township, user=officer)
    batch.upload.save("upload", ContentFile(content), save=False)
    batch.save()
    batches.preview(batch)
    monkeypatch.setattr(batches, "read_workbook", no_reader)
    confirmed(batch)
    gift: Any = ledger.model._default_manager.get()
    assert (gift.enterprise, gift.unit, gift.amount) == (enterprise, units.villages[1], 5)


def test_every_value_a_sheet_reads_can_be_kept() -> None:
    """A field of a kind that ``kept`` does not know would have every file of its ledger read twice."""
    sheets = [ledger.sheet for ledger in ledgers if kept.may_be_kept(ledger) and ledger.sheet is not None]
    known = (
        models.CharField,
        models.TextField,
        models.IntegerField,
        models.BooleanField,
        models.DecimalField,
        models.DateField,
        models.ForeignKey,
    )
    fields = list(chain.from_iterable((sheet.field(name) for name in sheet.columns()) for sheet in sheets))
    assert len(fields) > 50
    assert all(isinstance(found, known) and not isinstance(found, models.DateTimeField) for found in fields)
