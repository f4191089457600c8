"""The one place where the two databases differ: functions spelt differently, and writing many new rows at once.

PostgreSQL takes them by COPY, SQLite by one prepared statement. Both leave out the model instance, the SQL text and
the parameter list that ``bulk_create`` builds for every batch, which cost ten times what the database itself needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.db import connections, models, router
from django.db.models import Aggregate, IntegerField, TextField
from django.db.models.expressions import Func

#: Fields whose Python values the database takes as they are; all others are asked to prepare theirs.
_PLAIN: Final = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.BooleanField,
    models.ForeignKey,
    models.AutoField,
    models.BigAutoField,
)

Prepare = Callable[[Any], Any]


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows``, whose values belong to the columns ``names`` (attribute names), without reading anything back.

    Call it in a transaction. Raises IntegrityError like any insert; signals are not sent and ``save`` is not called.
    """
    connection = connections[router.db_for_write(model)]
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    prepared: Any = _prepared(rows, [_prepare(field, connection) for field in fields])
    if connection.vendor == "postgresql":
        # COPY is psycopg's own; without the wrapper its errors would not be Django's.
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
        ):
            for row in prepared:
                copy.write_row(row)
    else:
        marks = ", ".join(["%s"] * len(fields))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", prepared)  # noqa: S608


def _prepare(field: models.Field[Any, Any], connection: Any) -> Prepare | None:
    if isinstance(field, _PLAIN) and not isinstance(field, models.JSONField):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def _prepared(rows: Iterable[Sequence[Any]], prepares: Sequence[Prepare | None]) -> Iterable[Sequence[Any]]:
    special = [(index, prepare) for index, prepare in enumerate(prepares) if prepare is not None]
    for row in rows:
        values = list(row)
        for index, prepare in special:
            if values[index] is not None:
                values[index] = prepare(values[index])
        yield values


def reserve_keys(model: type[models.Model], count: int) -> list[int]:
    """``count`` primary keys that no other row gets. Call it in the transaction of the insert."""
    connection = connections[router.db_for_write(model)]
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), column, count],
            )
            return [key for (key,) in cursor.fetchall()]
        # The transaction holds SQLite's write lock. AUTOINCREMENT remembers the highest key ever given.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        last = found[0] if found else 0
        return list(range(last + 1, last + count + 1))


class DaysBetween(Func):
    """``DaysBetween("received_on", "resolved_on")``: whole days from the first date to the second."""

    arity = 2
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._in_order(
            compiler, connection, "CAST(julianday(%(later)s) - julianday(%(earlier)s) AS INTEGER)"
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._in_order(compiler, connection, "(%(later)s - %(earlier)s)")

    def _in_order(self, compiler: Any, connection: Any, template: str) -> Any:
        earlier, later = self.get_source_expressions()
        later_sql, later_params = compiler.compile(later)
        earlier_sql, earlier_params = compiler.compile(earlier)
        return template % {"later": later_sql, "earlier": earlier_sql}, [*later_params, *earlier_params]


class Collected(Aggregate):
    """The values of a group as one text, separated by commas, for what no portable aggregate computes."""

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, function="GROUP_CONCAT", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        spelt: Any = self.copy()
        spelt.template = "STRING_AGG((%(expressions)s)::text, ',')"
        return super(Collected, spelt).as_sql(compiler, connection, **extra)
