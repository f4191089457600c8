"""Many fields altered in one step of a migration.

Django's ``AlterField`` has every related model made anew each time, and SQLite copy the whole table: a few dozen of
them take longer than all other migrations together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.db.migrations.operations import AlterField
from django.db.migrations.operations.base import Operation


class AlterFields(Operation):
    """Does what the ``alterations`` do, which stand together by model."""

    def __init__(self, alterations: Sequence[AlterField]) -> None:
        self.alterations = alterations

    def state_forwards(self, app_label: str, state: Any) -> None:
        # Models are made from what the state says when they are next asked for, all of them once.
        state.__dict__.pop("apps", None)
        for alteration in self.alterations:
            alteration.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for name, group in groupby(self.alterations, lambda alteration: alteration.model_name):
            before = from_state.apps.get_model(app_label, name)
            if not self.allow_migrate_model(schema_editor.connection.alias, before):
                continue
            after = to_state.apps.get_model(app_label, name)
            fields = [
                (before._meta.get_field(alteration.name), after._meta.get_field(alteration.name))
                for alteration in group
            ]
            if schema_editor.connection.vendor == "sqlite":
                schema_editor._remake_table(before, alter_fields=fields)
                continue
            for old, new in fields:
                schema_editor.alter_field(before, old, new)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(alteration.describe() for alteration in self.alterations)
