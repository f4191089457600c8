"""The one place where the two databases differ: functions spelt differently, and writing many new rows at once.

PostgreSQL takes them by COPY, SQLite by one prepared statement. Both leave out the model instance, the SQL text and
the parameter list that ``bulk_create`` builds for every batch, which cost ten times what the database itself needs.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, router, transaction
from django.db.models import Aggregate, BooleanField, F, IntegerField, TextField, Value
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
#: What PostgreSQL takes beside.
_PLAIN_FOR_COPY: Final = (*_PLAIN, models.DecimalField, models.DateField)
#: Python types whose text PostgreSQL reads back as the same value.
_TEXT_IS_VALUE: Final = frozenset({int, Decimal, dt.date, dt.datetime})

Prepare = Callable[[Any], Any]
T = TypeVar("T")

#: Rows made ready at a time: enough for whole columns to be worked on at once, few enough for the database to be busy
#: with some of them while the next are made.
_PIECE: Final = 500

#: What the text format of COPY spells with a backslash.
_SPELT: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TO_SPELL: Final = re.compile(r"[\\\t\n\r]")


class BulkRows:
    """Rows in the form in which the database takes them, made as they are written, once.

    ``names`` are attribute names of ``model``.
    """

    def __init__(
        self, model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        self.names = names
        self.pieces = _ready(model, names, _transposed(rows))

    @classmethod
    def of_columns(
        cls, model: type[models.Model], names: Sequence[str], blocks: Iterable[Sequence[Sequence[Any]]]
    ) -> BulkRows:
        """The same for values that are at hand by column; texts that stand for numbers and dates are taken as well.

        ``blocks`` of rows are columns in the order of ``names``.
        """
        made = cls(model, names, ())
        made.pieces = _ready(model, names, _sliced(blocks))
        return made

    def insert_into(self, model: type[models.Model], same: Mapping[str, Any]) -> None:
        """Insert the rows without reading anything back; ``same`` are further columns, of one value in all rows.

        Call it in a transaction. Raises IntegrityError like any insert; signals are not sent, ``save`` is not called.
        """
        _insert(model, self.names, self.pieces, same)


def _insert(
    model: type[models.Model], names: Sequence[str], pieces: Iterator[Any], same: Mapping[str, Any]
) -> None:
    connection = connections[router.db_for_write(model)]
    fields = _fields(model, [*names, *same])
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    prepares = _prepares(model, list(same))
    values = [
        prepare(value) if prepare is not None and value is not None else value
        for prepare, value in zip(prepares, same.values(), strict=True)
    ]
    if connection.vendor == "postgresql":
        # A line break within a value is spelt \n, so that every one that is there ends a row.
        end = "".join(f"\t{_spelt(value, connection)}" for value in values).encode() + b"\n"
        # COPY is psycopg's own; without the wrapper its errors would not be Django's.
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
        ):
            for piece in pieces:
                copy.write(piece.replace(b"\n", end) if same else piece)
    else:
        marks = ", ".join(["%s"] * len(fields))
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
        with connection.cursor() as cursor:
            for piece in pieces:
                # One call for each piece: Django's wrapper would keep all that a generator has given.
                cursor.executemany(sql, [(*row, *values) for row in piece] if same else piece)


def copy_rows(found: models.QuerySet[Any], model: type[models.Model], same: Mapping[str, Any]) -> int:
    """Insert what is ``found`` into the table of ``model``, which has all its columns, within the database.

    ``same`` are columns of one value in all rows, further ones or in the place of what was found. The rows are
    inserted in the order of their keys; returns how many.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    names = [field.attname for field in found.model._meta.concrete_fields if field.attname not in same]
    fields = _fields(model, [*names, *same])
    values = [
        Value(value, output_field=field)
        for field, value in zip(fields[len(names) :], same.values(), strict=True)
    ]
    rows = found.order_by("pk").values_list(*names, *values)
    sql, params = rows.query.get_compiler(connection=connection).as_sql()
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) {sql}", params)
        return int(cursor.rowcount)


def _fields(model: type[models.Model], names: Sequence[str]) -> list[models.Field[Any, Any]]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _transposed(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    left = iter(rows)
    while piece := list(islice(left, _PIECE)):
        yield list(zip(*piece, strict=True))


def _sliced(blocks: Iterable[Sequence[Sequence[Any]]]) -> Iterator[list[Any]]:
    for columns in blocks:
        for start in range(0, len(columns[0]), _PIECE):
            yield [column[start : start + _PIECE] for column in columns]


def _ready(model: type[models.Model], names: Sequence[str], pieces: Iterator[list[Any]]) -> Iterator[Any]:
    """Pieces, given as lists of columns, as lines of COPY for PostgreSQL and lists of rows for SQLite."""
    connection = connections[router.db_for_write(model)]
    prepares = _prepares(model, names)
    for columns in pieces:
        for index, prepare in enumerate(prepares):
            if prepare is not None:
                columns[index] = [None if value is None else prepare(value) for value in columns[index]]
        if connection.vendor == "postgresql":
            texts = [_column_spelt(column, connection) for column in columns]
            lines = "\n".join(map("\t".join, zip(*texts, strict=True)))
            yield f"{lines}\n".encode()
        else:
            yield list(zip(*columns, strict=True))


def _prepares(model: type[models.Model], names: Sequence[str]) -> list[Prepare | None]:
    connection = connections[router.db_for_write(model)]
    plain = _PLAIN_FOR_COPY if connection.vendor == "postgresql" else _PLAIN

    def prepare(field: models.Field[Any, Any]) -> Prepare | None:
        if isinstance(field, plain):
            return None
        return lambda value: field.get_db_prep_save(value, connection)

    return [prepare(field) for field in _fields(model, names)]


def _column_spelt(values: Sequence[Any], connection: Any) -> Sequence[str]:
    """The values of one column as COPY takes them; a column of one type is written without looking at each."""
    kinds = set(map(type, values))
    if kinds == {str}:
        if _TO_SPELL.search("".join(values)) is None:
            return values
        return [value.translate(_SPELT) for value in values]
    if len(kinds) == 1 and kinds <= _TEXT_IS_VALUE:
        return list(map(str, values))
    return [_spelt(value, connection) for value in values]


def _spelt(value: Any, connection: Any) -> str:
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, str):
        return str(value).translate(_SPELT)
    if type(value) in _TEXT_IS_VALUE:
        return str(value)
    from psycopg.adapt import PyFormat, Transformer  # an office on SQLite need not load it

    dumped = Transformer(connection.connection).get_dumper(value, PyFormat.TEXT).dump(value)
    return "\\N" if dumped is None else bytes(dumped).decode().translate(_SPELT)


#: Arrays that are written as text at once.
_ARRAYS: Final[dict[type, str]] = {str: "text[]", int: "bigint[]"}


class Among(Func):
    """``filter(Among("code", values))`` is ``filter(code__in=values)`` with one parameter, whatever their number.

    Five thousand parameters take Django and psycopg longer to put together than the database to answer.
    """

    arity = 1
    output_field = BooleanField()

    def __init__(self, name: str, values: Iterable[Any]) -> None:
        super().__init__(F(name))
        self.values = [value for value in values if value is not None]

    def _prepared(self, compiler: Any, connection: Any) -> tuple[str, list[Any], list[Any]]:
        (expression,) = self.get_source_expressions()
        sql, params = compiler.compile(expression)
        field: Any = expression.output_field
        field = getattr(field, "target_field", field)
        if isinstance(field, _PLAIN):
            return sql, list(params), self.values
        return sql, list(params), [field.get_db_prep_value(value, connection) for value in self.values]

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params, values = self._prepared(compiler, connection)
        kinds = set(map(type, values))
        array = _ARRAYS.get(kinds.pop()) if len(kinds) == 1 else None
        if array is None:
            return f"{sql} = ANY(%s)", [*params, values]
        # psycopg would look at every value. NUL is in no text that PostgreSQL takes.
        listed = "\0".join(map(str, values)).replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
        return f"{sql} = ANY(%s::{array})", [*params, f'{{"{listed}"}}']

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params, values = self._prepared(compiler, connection)
        listed = json.dumps(values, default=str)
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, listed]  # noqa: S608


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


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction in which every query sees the database as it was at the first one.

    PostgreSQL does so under REPEATABLE READ; SQLite's immediate transaction keeps writers out until it ends. Inside
    another transaction it is that one, as it is.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.in_atomic_block or connection.vendor != "postgresql":
        with transaction.atomic():
            yield
        return
    connection.is_repeatable_read = True
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    finally:
        connection.is_repeatable_read = False


def sees_the_past() -> bool:
    """Whether the open transaction is a snapshot, which fails at a row that somebody has changed since it began."""
    return getattr(connections[DEFAULT_DB_ALIAS], "is_repeatable_read", False)


def elsewhere(work: Callable[[], T]) -> T:
    """What ``work`` returns, on a connection of its own, and so outside of the open transaction."""

    def run() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(run).result()


def disk_is_full(error: BaseException) -> bool:
    """Whether the database could not write for want of room, by its own code for that."""
    cause = error.__cause__ or error
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return code in ("53100", "SQLITE_FULL", "SQLITE_IOERR_WRITE")


def keeps_writers_out() -> bool:
    """Whether the transaction that is open keeps everybody else from writing until it ends, as SQLite's does."""
    connection = connections[DEFAULT_DB_ALIAS]
    return connection.in_atomic_block and connection.vendor == "sqlite"


@contextmanager
def before_commit(check: Callable[[], None]) -> Iterator[None]:
    """Run ``check`` as the last thing in every transaction of this thread that is about to be committed.

    When it raises a DatabaseError, the transaction is rolled back instead.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    commit = connection.commit
    # A job may run another one within itself: then both are asked.
    outer = vars(connection).get("commit")

    def checked() -> None:
        check()
        commit()

    connection.commit = checked  # type: ignore[method-assign]
    try:
        yield
    finally:
        del connection.commit  # the class's own is behind it
        if outer is not None:
            connection.commit = outer  # type: ignore[method-assign]


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
