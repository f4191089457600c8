"""Imports beside other people's work: nobody meets a database error, and nobody's work is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from ledgers import services
from ledgers.importing import batches
from ledgers.importing.apply import lock_imports
from ledgers.importing.planner import match
from ledgers.importing.undo import undo_batch
from ledgers.models import ImportBatch, User
from ledgers.registry import ledgers
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.core import factories
from tests.importing.conftest import FileMaker, Importer
from tests.importing.workbooks import company, credit_code, simple

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # SQLite takes one writer at a time; its test database, in memory, does not even let a second one wait.
    pytest.mark.skipif(connection.vendor != "postgresql", reason="is about PostgreSQL's locks"),
]
SECONDS = 30


class Beside:
    """A function running in a thread with a database connection of its own; ``result`` waits for it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self._result = work()
        except Exception as error:
            self._result = error
        finally:
            connections.close_all()

    def result(self) -> Any:
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        return self._result


def checked(saved: FileMaker, units: Units, user: User, content: bytes, name: str) -> ImportBatch:
    """A batch that its user has confirmed; it waits to be applied."""
    file = saved(content, name)
    with file.open("rb") as stream:
        batch = batches.open_batch(
            ledger=ledgers.get("enterprises"), file=stream, file_name=name, unit=units.township, user=user
        )
    batches.preview(batch)
    assert batches.confirm(batch=batch, user=user, skip_errors=False)
    return batch


def apply(batch: ImportBatch) -> str:
    batches.apply(ImportBatch.objects.select_related("unit", "user").get(pk=batch.pk))
    return ImportBatch.objects.get(pk=batch.pk).state


def test_two_imports_with_the_same_rows_in_opposite_order(
    saved: FileMaker, imported: Importer, units: Units, officer: User
) -> None:
    numbers = range(300)
    imported(simple(*(company(number) for number in numbers)))
    up = checked(saved, units, officer, simple(*(company(n, staff=20) for n in numbers)), "up.xlsx")
    down = checked(
        saved, units, officer, simple(*(company(n, staff=30) for n in reversed(numbers))), "down.xlsx"
    )
    # Both have been checked; both set out to write when their turn is given back.
    with transaction.atomic():
        lock_imports(units.township)
        running = [Beside(lambda batch=batch: apply(batch)) for batch in (up, down)]  # type: ignore[misc]
    states = sorted(str(one.result()) for one in running)
    # The second is asked to look again: what it was shown is no longer so.
    assert states == ["applied", "previewed"]
    (staff,) = set(Enterprise.objects.values_list("staff", flat=True))
    first = up if staff == 20 else down
    assert Enterprise.history.filter(batch=first).count() == len(numbers)
    second = down if staff == 20 else up
    second.refresh_from_db()
    assert "数据有变化" in second.problem
    assert second.counts["updated"] == len(numbers)
    assert batches.confirm(batch=second, user=officer, skip_errors=False)
    assert apply(second) == "applied"
    assert set(Enterprise.objects.values_list("staff", flat=True)) == {50 - staff}


def test_an_import_and_the_undo_of_another_take_turns(
    saved: FileMaker, imported: Importer, units: Units, officer: User
) -> None:
    numbers = range(100)
    earlier = imported(simple(*(company(number) for number in numbers)))
    later = checked(
        saved, units, officer, simple(*(company(n, staff=20) for n in reversed(numbers))), "a.xlsx"
    )
    with transaction.atomic():
        lock_imports(units.township)
        undoing = Beside(lambda: undo_batch(batch=ImportBatch.objects.get(pk=earlier.pk), user=officer))
        applying = Beside(lambda: apply(later))
    undone, state = undoing.result(), applying.result()
    assert (undone.removed, len(undone.kept), state) in ((100, 0, "previewed"), (0, 100, "applied"))
    assert Enterprise.objects.count() == (0 if undone.removed else 100)


def test_who_edits_a_record_while_an_import_writes_it_sees_both_versions(
    imported: Importer, units: Units, officer: User
) -> None:
    record = factories.enterprise(units.village, 1)
    opened = Enterprise.objects.get(pk=record.pk)
    started = threading.Event()

    def edit() -> Any:
        opened.remark = "电话核实过"
        started.set()
        return services.update_record(instance=opened, user=officer, expected_version=opened.row_version)

    with transaction.atomic():
        imported(simple(company(1, staff=77)))
        editing = Beside(edit)
        assert started.wait(SECONDS)
    conflict = editing.result()
    assert isinstance(conflict, services.EditConflict)
    assert "77" in {change.old for change in conflict.changes}
    record.refresh_from_db()
    assert (record.staff, record.remark, record.row_version) == (77, "", 2)


def test_what_was_edited_while_an_import_waited_is_not_overwritten(
    saved: FileMaker, units: Units, officer: User
) -> None:
    record = factories.enterprise(units.village, 1, staff=5)
    batch = checked(saved, units, officer, simple(company(1, staff=77)), "a.xlsx")
    with transaction.atomic():
        record.staff = 6
        services.update_record(instance=record, user=officer, expected_version=1)
        applying = Beside(lambda: apply(batch))
    assert applying.result() == "previewed"
    record.refresh_from_db()
    assert (record.staff, record.row_version) == (6, 2)
    batch.refresh_from_db()
    assert ("6", "77") in [(change["old"], change["new"]) for change in batch.preview["changes"]]


def test_the_same_new_record_added_by_hand_meanwhile_is_one_record(
    saved: FileMaker, units: Units, officer: User
) -> None:
    ledger = ledgers.get("enterprises")
    batch = checked(saved, units, officer, simple(company(1), company(2)), "a.xlsx")
    shown = match(batches.read_file(saved(simple(company(1))), ledger, unit=units.township, period=None))
    assert len(shown.creates) == 1
    with transaction.atomic():
        factories.enterprise(units.village, 1, credit_code=credit_code(1))
        applying = Beside(lambda: apply(batch))
    assert applying.result() == "previewed"
    assert Enterprise.objects.get().credit_code == credit_code(1)
    assert connection.is_usable()
