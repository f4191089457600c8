"""A plan as lines of JSON: what its hash is made over, and what is kept of it until it is confirmed.

The first line tells about the sheets and the wrong cells; each of the others has some thousand rows of one kind, by
column: packing a column is one step, packing its values would be as many as there are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from ledgers.importing.content import Block, Read, ReadRow, WrongCell
    from ledgers.importing.matching import Matcher
    from ledgers.importing.plan import PlannedRow

#: The values of a column, absent ones None, as JSON has them, and how they are to be read.
Packed = tuple[str, list[Any]]


class NotPacked(Exception):
    """The values were of a kind of which only the text was packed."""


def first_line(read: Read, errors: Sequence[WrongCell]) -> bytes:
    sheets = [
        [sheet.name, sheet.header_rows, sheet.rows, sheet.skipped, sheet.signature] for sheet in read.sheets
    ]
    return _line({"sheets": sheets, "errors": [astuple(error) for error in errors]})


def packed_rows(kind: str, rows: Sequence[PlannedRow], read: Read, matcher: Matcher) -> bytes:
    """A line with planned rows of one kind; of those of a record that is there, only what it is found by, and what
    changes."""
    place = {id(sheet): number for number, sheet in enumerate(read.sheets)}
    sources = [row.source for row in rows]
    names = list(_names(sources)) if kind == "+" else matcher.key_fields
    return _line(
        {
            "kind": kind,
            "sheets": [place[id(source.sheet)] for source in sources],
            "rows": [source.row for source in sources],
            "keys": [row.pk for row in rows],
            "versions": [row.row_version for row in rows],
            "values": {name: pack([source.values.get(name) for source in sources]) for name in names},
            "changes": [{change.field: pack([change.new]) for change in row.changes} for row in rows]
            if kind == "~"
            else [],
        }
    )


def packed_block(
    kind: str, block: Block, keys: Sequence[int | None], versions: Sequence[int], read: Read, matcher: Matcher
) -> bytes:
    """The same for rows that are at hand by column."""
    place = next(number for number, sheet in enumerate(read.sheets) if sheet is block.sheet)
    columns = matcher.stored(block)
    if kind != "+":
        columns = {name: columns.get(name, [None] * len(block)) for name in matcher.key_fields}
    return _line(
        {
            "kind": kind,
            "sheets": [place] * len(block),
            "rows": block.numbers,
            "keys": keys,
            "versions": versions,
            "values": {name: pack(column) for name, column in columns.items()},
            "changes": [],
        }
    )


def _names(rows: Sequence[ReadRow]) -> Iterator[str]:
    """The fields that any of the rows has a value for."""
    return iter(dict.fromkeys(chain.from_iterable(row.values for row in rows)))


def pack(values: list[Any]) -> Packed:
    """A column; of related records their keys."""
    kinds = set(map(type, values)) - {type(None)}
    if any(issubclass(kind, models.Model) for kind in kinds):
        values = [value.pk if isinstance(value, models.Model) else value for value in values]
        kinds = set(map(type, values)) - {type(None)}
    if all(issubclass(kind, str | int | float) for kind in kinds):
        return "", values
    if kinds in ({Decimal}, {dt.date}):
        texts = [None if value is None else str(value) for value in values]
        return "number" if kinds == {Decimal} else "date", texts
    return "text", [None if value is None else _json(value) for value in values]


def unpack(kind: str, values: list[Any]) -> list[Any]:
    """A column as records' attributes have it; raises NotPacked."""
    if not kind:
        return values
    if kind not in ("number", "date"):
        raise NotPacked
    read: Any = Decimal if kind == "number" else dt.date.fromisoformat
    known = {value: None if value is None else read(value) for value in set(values)}
    return [known[value] for value in values]


def _line(content: Any) -> bytes:
    return _json(content).encode("utf-8", "backslashreplace")


def _json(content: Any) -> str:
    """The order of a row's fields is none of it: PostgreSQL keeps that of its JSON to itself."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)
