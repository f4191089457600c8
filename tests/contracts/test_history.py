"""Whatever is written to records, by hand or in bulk, leaves one history row each that says what the record says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from ledgers import services
from ledgers.history import DELETED, record_fields
from ledgers.importing.undo import undo_batch
from ledgers.models import Record, User
from ledgers.registry import Ledger, ledgers
from ledgers.returns import services as returns
from nonpublic.models import Enterprise
from representatives.models import Appointment, Representative
from representatives.retention import anonymise_former
from tests.conftest import Units
from tests.contracts.conftest import each_ledger, save
from tests.families.test_representatives_retention import TODAY, former
from tests.importing.conftest import Importer, imported, saved
from tests.importing.workbooks import company, simple
from tests.returns.factories import SUBMITTED, population

__all__ = ["imported", "saved"]

pytestmark = pytest.mark.each_database

ROOT = Path(__file__).parents[2]


def rows_of(model: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in model.history.order_by("history_id"):
        found.setdefault(row.id, []).append(row)
    return found


def assert_told(model: Any, changes: int) -> None:
    """The newest row of every record says what the record says, and there are as many rows as there were changes."""
    rows = rows_of(model)
    records = {record.pk: record for record in model._base_manager.all()}
    assert sum(map(len, rows.values())) == changes
    assert {key for key, states in rows.items() if states[-1].history_type != DELETED} == set(records)
    for key, record in records.items():
        for field in record_fields(model):
            name = field.attname
            assert getattr(rows[key][-1], name) == getattr(record, name), (key, name)


@each_ledger
def test_each_write_of_a_record_is_one_row(ledger: Ledger, units: Units, officer: User) -> None:
    made = save(ledger, units.township, 3)
    model: Any = ledger.model
    # Written in bulk, as an import writes them.
    changes = model._base_manager.count()
    assert_told(model, changes)
    one: Record = made[0]
    one.save()
    changes += 1
    assert_told(model, changes)
    record = model._default_manager.get(pk=one.pk)
    services.update_record(instance=record, user=officer, expected_version=record.row_version)
    changes += 1
    assert_told(model, changes)
    try:
        row = services.delete_record(instance=record, user=officer)
    except services.StillReferenced:
        return
    changes += 1
    assert_told(model, changes)
    services.restore_record(history=row, user=officer)
    assert_told(model, changes + 1)


def test_deleting_what_a_query_finds(units: Units) -> None:
    made = save(ledgers.get("donation-projects"), units.township, 3)
    model: Any = type(made[0])
    model.objects.filter(pk__in=[record.pk for record in made]).delete()
    assert_told(model, 6)


def test_imports_and_their_undo(imported: Importer, units: Units, officer: User) -> None:
    imported(simple(*(company(number) for number in range(4))), user=officer)
    assert_told(Enterprise, 4)
    batch = imported(simple(*(company(number, staff=20) for number in range(6))), user=officer)
    assert_told(Enterprise, 10)
    undone = undo_batch(batch=batch, user=officer)
    assert undone
    assert (undone.removed, undone.restored) == (2, 4)
    assert_told(Enterprise, 16)


def test_steps_of_returns_one_and_many(units: Units, officer: User) -> None:
    records = [population(unit, "2025Q3", 10, 20, state=SUBMITTED) for unit in units.villages]
    model: Any = type(records[0])
    returns.accept_many(chosen=[(record, 1) for record in records], user=officer)
    assert_told(model, 2 * len(records))


def test_making_anonymous(units: Units, officer: User) -> None:
    former(units, officer)
    models: list[Any] = [Representative, Appointment]
    before = {model: model.history.count() for model in models}
    assert anonymise_former(TODAY) == 1
    assert_told(Representative, before[Representative] + 1)
    ended = Appointment.history.count() - before[Appointment]
    assert_told(Appointment, before[Appointment] + ended)


#: Writes that go past ``save`` and ``delete``, and where they may stand: each of these functions keeps the history
#: itself, or writes no record. Add to it only together with a test above.
PAST_SAVE = {
    ("ledgers/db.py", "executemany"),
    ("ledgers/db.py", "copy"),
    ("ledgers/demo.py", "bulk_create"),
    ("ledgers/importing/apply.py", "bulk_create"),
    ("ledgers/importing/apply.py", "insert_into"),
    ("ledgers/history.py", "insert_into"),
    ("ledgers/importing/parts.py", "_raw_delete"),
    ("ledgers/importing/parts.py", "bulk_create"),
    ("ledgers/importing/parts.py", "bulk_update"),
    ("ledgers/importing/undo.py", "_raw_delete"),
    ("ledgers/importing/undo.py", "bulk_create"),
    ("ledgers/returns/chains.py", "bulk_update"),
    ("ledgers/trail/removal.py", "_raw_delete"),
    ("ledgers/trail/chain.py", "bulk_create"),
    ("ledgers/work/targets.py", "bulk_create"),
    ("reporting/services/drafting.py", "bulk_create"),
    ("reporting/services/keeping.py", "bulk_create"),
    ("representatives/retention.py", "bulk_update"),
    ("representatives/services.py", "bulk_create"),
    ("representatives/services.py", "bulk_update"),
}
BULK = {"bulk_create", "bulk_update", "_raw_delete", "executemany", "insert_into", "copy"}
APPS = ("ledgers", "reporting", "religion", "ethnicity", "overseas", "nonpublic", "representatives")

#: Where ``update(name=value)`` may be called on what is not plainly a model without history, and why. Deleting what a
#: query finds needs no such list: Django tells of each record, because its history listens, and a row is written.
UPDATES = {
    ("ledgers/services.py", "update_record"): "takes the version; the save that follows writes the row",
    ("ledgers/returns/services.py", "_take"): "takes the version; the save that follows writes the row",
    ("ledgers/returns/chains.py", "renew_chains"): "what follows from other records has no row of its own",
    ("ledgers/trail/redaction.py", "rewrite"): "history itself, made anonymous under a permit and sealed",
    ("representatives/retention.py", "_scrub_rows"): "what a record says goes from all its history rows, too",
    ("ledgers/models/imports.py", "move"): "import batches",
    ("ledgers/models/imports.py", "discard_upload"): "import batches",
    ("ledgers/importing/apply.py", "insert"): "the attributes of a record that is not written yet",
    ("ledgers/leases.py", "update"): "jobs",
    ("ledgers/leases.py", "_renew"): "jobs",
    ("ledgers/leases.py", "tell"): "jobs",
    ("ledgers/leases.py", "_renewed"): "jobs",
    ("ledgers/jobs.py", "_run"): "jobs",
    ("ledgers/jobs.py", "_finish"): "jobs",
    ("reporting/services/batch.py", "tell_whole"): "jobs",
    (
        "reporting/services/drafting.py",
        "_renew_section",
    ): "sections of a report, which keeps versions of its own",
    (
        "reporting/services/drafting.py",
        "_renew",
    ): "sections of a report, which keeps versions of its own",
    ("reporting/services/signing.py", "_freeze"): "reports, which keep steps of their own",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name and "/backups/" not in name and "/child/" not in name:
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def calls() -> Iterator[tuple[str, str]]:
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield name, node.func.attr


def root_of(node: ast.expr) -> str:
    """The name that a chain of calls and attributes begins with."""
    while not isinstance(node, ast.Name):
        below = getattr(node, "func", None) or getattr(node, "value", None)
        if below is None:
            return ""
        node = below
    return node.id


def updates(name: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(file, function) of each ``.update(name=value)`` whose chain does not begin with a model that has no history.

    A query's ``update`` takes nothing but names, unlike that of a dict, a set or a digest.
    """
    without_history = {model.__name__ for model in apps.get_models() if not hasattr(model, "history")}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("update", "aupdate")
                and node.keywords
                and not node.args
                and root_of(node.func.value) not in without_history
            ):
                yield name, function.name


def test_bulk_writes_stand_where_the_history_is_kept() -> None:
    found = {(path, call) for path, call in calls() if call in BULK}
    # query.copy() and the like are none of the database's.
    found -= {(path, "copy") for path, _ in found if path != "ledgers/db.py"}
    assert found - PAST_SAVE == set(), "a new bulk write: does it write the history, too?"
    assert PAST_SAVE - found == set(), "no longer there"


def test_no_update_of_records_goes_past_their_history() -> None:
    found = {each for name, tree in sources() for each in updates(name, tree)}
    assert found - set(UPDATES) == set(), "an update of records: it writes no history, raises no version"
    assert set(UPDATES) - found == set(), "no longer there"


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("Venue.objects.filter(pk=1).update(name='')", True),
        ("model._default_manager.update(**changes)", True),
        ("self.get_queryset().exclude(pk=1).update(unit=2)", True),
        ("unit.venues.update(unit=2)", True),
        ("OrgUnit.objects.filter(pk=1).update(name='')", False),
        ("digest.update(b'')", False),
        ("known.update({1: 2})", False),
    ],
)
def test_such_an_update_would_be_found(line: str, is_found: bool) -> None:
    tree = ast.parse(f"def function():\n    {line}")
    assert bool(list(updates("example.py", tree))) == is_found
