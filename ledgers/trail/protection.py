"""Append-only by the database: triggers that refuse UPDATE, DELETE and TRUNCATE of what is under seal, and of seals.

They are put up after every ``migrate``, on whatever history tables there are by then. The one way past them is a
permit: a row that the rewriting transaction writes, that nobody else ever sees, and that is gone when it ends.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from ledgers.models import HistorySeal, RewritePermit
from ledgers.trail.digests import histories, trails

logger = logging.getLogger(__name__)

_PREFIX: Final = "append_only"
_FUNCTION: Final = "ledgers_refuse_rewriting"
_MESSAGE: Final = "append-only table"


@contextmanager
def rewriting(why: str) -> Iterator[None]:
    """A transaction that may change append-only rows; each use is a line in the log."""
    with transaction.atomic():
        permit = RewritePermit.objects.create(why=why[:100])
        logger.warning("append-only tables are being rewritten: %s", why)
        yield
        permit.delete()


def protected_tables() -> list[str]:
    return [*(trail.table for trail in trails()), HistorySeal._meta.db_table]


def protect(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put up what is missing; safe to call at any time. Tables that are yet to be made are left out."""
    connection = connections[using]
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if RewritePermit._meta.db_table not in there:
            return
        up = _triggers(connection, cursor)
        if connection.vendor == "postgresql" and not up:
            cursor.execute(_postgresql_function())
        for table in protected_tables():
            if table in there:
                for name, statement in _statements(connection, table).items():
                    if (table, name) not in up:
                        cursor.execute(statement)
        indexed = _indexes(connection, cursor)
        for trail in histories():
            if trail.table in there and _index_name(trail.table) not in indexed:
                cursor.execute(_index(connection, trail.table))
            if trail.table in there and connection.vendor == "postgresql":
                cursor.execute(_statistics(connection, trail.table))


def unprotected(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Tables that should be append-only and are not."""
    connection = connections[using]
    with connection.cursor() as cursor:
        up = _triggers(connection, cursor)
    return [
        table
        for table in protected_tables()
        if not {(table, name) for name in _statements(connection, table)} <= up
    ]


def _triggers(connection: Any, cursor: Any) -> set[tuple[str, str]]:
    """(table, trigger) of the triggers that are there and switched on."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgname LIKE %s",
            [f"{_PREFIX}%"],
        )
    else:
        cursor.execute(
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
            [f"{_PREFIX}%"],
        )
    return {(table, name) for table, name in cursor.fetchall()}


def _postgresql_function() -> str:
    permit = RewritePermit._meta.db_table
    return f"""
        CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM {permit}) THEN
                RAISE EXCEPTION '{_MESSAGE}: % of %', TG_OP, TG_TABLE_NAME
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NULL;
        END $$"""  # noqa: S608


def _statements(connection: Any, table: str) -> dict[str, str]:
    """{trigger: how it is made}. Names are quoted identifiers of our own models, never anybody's input."""
    quoted = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        does = f"EXECUTE FUNCTION {_FUNCTION}()"
        rows, whole = f"{_PREFIX}_rows", f"{_PREFIX}_whole"
        return {
            rows: f"CREATE TRIGGER {rows} BEFORE UPDATE OR DELETE ON {quoted} FOR EACH ROW {does}",
            whole: f"CREATE TRIGGER {whole} BEFORE TRUNCATE ON {quoted} FOR EACH STATEMENT {does}",
        }
    permit = connection.ops.quote_name(RewritePermit._meta.db_table)
    statements = {}
    for operation in ("UPDATE", "DELETE"):
        name = f"{_PREFIX}_{operation.lower()}_{table}"
        statements[name] = (
            f"CREATE TRIGGER {connection.ops.quote_name(name)} BEFORE {operation} ON {quoted}"  # noqa: S608
            f" WHEN NOT EXISTS (SELECT 1 FROM {permit})"
            f" BEGIN SELECT RAISE(ABORT, '{_MESSAGE}: {operation} of {table}'); END"
        )
    return statements


def _indexes(connection: Any, cursor: Any) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT indexname FROM pg_indexes")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
    return {name for (name,) in cursor.fetchall()}


def _index_name(table: str) -> str:
    return f"{table[:50]}_request"


def _index(connection: Any, table: str) -> str:
    """Auditors look for a request by its id; imports have none, so that the index costs them nothing."""
    quote = connection.ops.quote_name
    return f"CREATE INDEX {quote(_index_name(table))} ON {quote(table)} (request_id) WHERE request_id <> ''"


def _statistics(connection: Any, table: str) -> str:
    """Nearly all deletions may be those of imports taken back: without knowing that, PostgreSQL takes the few that
    can be restored for many, and reads the whole history to find them.
    """
    quote = connection.ops.quote_name
    name = quote(f"{table[:50]}_reasons")
    columns = "history_type, history_change_reason"
    return f"CREATE STATISTICS IF NOT EXISTS {name} (mcv) ON {columns} FROM {quote(table)}"
