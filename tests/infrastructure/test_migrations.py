"""A release that takes a column away breaks the old code that still runs beside it: whoever does so says why it may."""

from __future__ import annotations

import inspect

from django.db.migrations import DeleteModel, Migration, RemoveField, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader

from tests.product import ROOT

TAKES_AWAY = (RemoveField, DeleteModel, RenameField, RenameModel)
NOTE = "# contract:"
#: Landed before the rule, and never edited since; nothing was in production then.
BEFORE_THE_RULE: set[str] = set()


def unexplained(migration: Migration) -> list[str]:
    """Operations that take something away from running code, if the class has no note that begins ``# contract:``."""
    found = [
        type(operation).__name__ for operation in migration.operations if isinstance(operation, TAKES_AWAY)
    ]
    return [] if NOTE in inspect.getsource(type(migration)) else found


def test_no_migration_takes_away_what_the_old_code_reads_without_saying_why_it_may() -> None:
    loader = MigrationLoader(None)
    own = {
        f"{app}.{name}": migration
        for (app, name), migration in loader.disk_migrations.items()
        if inspect.getfile(type(migration)).startswith(str(ROOT))
        and "site-packages" not in inspect.getfile(type(migration))
    }
    assert len(own) > 10
    faults = {name: found for name, migration in own.items() if (found := unexplained(migration))}
    assert set(faults) == BEFORE_THE_RULE, faults


def test_the_rule_finds_what_it_looks_for() -> None:
    class Less(Migration):
        operations = [RemoveField("job", "message")]

    assert unexplained(Less("0002_less", "ledgers")) == ["RemoveField"]
