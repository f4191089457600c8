"""A plan kept between the preview and the confirmation, beside the uploaded file and no longer than it.

What is confirmed can then be written without reading the file again, and rows that need no more than to be written stay
columns on their way into the database. The plan is kept as JSON lines that nobody can change unnoticed: a keyed hash
over everything is the last of them. It is only ever an abbreviation: where it is missing or no longer fits, the file is
read again. Plans of count ledgers are never kept (README, Boundaries 3).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from ledgers.importing.checking import Read, ReadRow, WrongCell
from ledgers.importing.grid import Grid
from ledgers.importing.layout import Understanding
from ledgers.importing.lookups import Lookups
from ledgers.importing.making import is_written_plainly
from ledgers.importing.matching import Matcher
from ledgers.importing.pace import uncollected
from ledgers.importing.plan import Change, Columns, Plan, PlannedRow, columns_of, pieces
from ledgers.importing.sheets import LedgerSheet
from ledgers.models import OrgUnit
from ledgers.registry import Ledger

FORMAT: Final = 1
_SALT: Final = "ledgers.importing.kept"


class _Unknown(Exception):
    """A value of a kind that is not kept here, or a plan that no longer fits."""


def may_be_kept(ledger: Ledger) -> bool:
    """Whether rows of the ledger are what stands in the file: no list to be counted, nothing put together."""
    sheet = ledger.sheet
    return (
        not ledger.counts_only
        and sheet is not None
        and sheet.name_list is None
        and sheet.prepare.__func__ is LedgerSheet.prepare.__func__  # type: ignore[attr-defined]
    )


def keep(plan: Plan, path: Path) -> None:
    """Keep the plan in a private file, if it is of the kind that may be kept."""
    if not may_be_kept(plan.read.ledger):
        return
    signed = salted_hmac(_SALT, path.name, algorithm="sha256")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for line in _lines(plan):
                data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                signed.update(data)
                file.write(data)
            file.write(signed.hexdigest().encode())
    except _Unknown:
        path.unlink()


@uncollected()
def restored(path: Path, ledger: Ledger, reach: OrgUnit, sha256: str) -> Plan | None:
    """The plan kept in ``path``; None when there is none of that hash, it is not whole, or the units have changed."""
    if not path.is_file() or not may_be_kept(ledger):
        return None
    try:
        return _plan(_signed_lines(path), ledger, Lookups(reach), sha256)
    except _Unknown:
        return None


def _signed_lines(path: Path) -> Iterator[Any]:
    """The lines of the file, parsed; raises _Unknown before the first when the file is not the one that was written."""
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    signed = salted_hmac(_SALT, path.name, algorithm="sha256")
    signed.update(content[:end])
    if not constant_time_compare(signed.hexdigest(), content[end:]):
        raise _Unknown
    yield from map(json.loads, content[:end].splitlines())


def _lines(plan: Plan) -> Iterator[Any]:
    read, matcher = plan.read, plan.matcher
    place = {id(sheet): number for number, sheet in enumerate(read.sheets)}
    yield {
        "sha256": plan.sha256,
        "circumstances": _circumstances(read.ledger, read.lookups),
        "sheets": [
            [sheet.name, sheet.header_rows, sheet.rows, sheet.skipped, sheet.signature]
            for sheet in read.sheets
        ],
        "errors": [astuple(error) for error in plan.errors],
    }
    for kind, planned in (("+", plan.creates), ("~", plan.updates), ("=", plan.same)):
        for piece in pieces(planned):
            sources = [row.source for row in piece]
            values = columns_of(sources)
            # Of a record that is there, only what it is found by, and what will be another.
            names = list(values) if kind == "+" else matcher.key_fields
            yield {
                "kind": kind,
                "sheets": [place[id(source.sheet)] for source in sources],
                "rows": [source.row for source in sources],
                "keys": [row.pk for row in piece],
                "versions": [row.row_version for row in piece],
                "values": {name: _packed(values.get(name) or [None] * len(piece)) for name in names},
                "changes": [
                    [[change.field, *_packed([change.new])] for change in row.changes] for row in piece
                ]
                if kind == "~"
                else [],
            }


def _circumstances(ledger: Ledger, lookups: Lookups) -> str:
    """What a plan depends on beside the file and the records: the shape of the ledger, and the units within reach."""
    assert ledger.sheet is not None  # noqa: S101  # see may_be_kept
    today = timezone.localdate()
    units = [
        (unit.pk, unit.path, unit.code, unit.name, unit.closed_on is not None and unit.closed_on <= today)
        for unit in lookups.units.values()
    ]
    shape = [field.attname for field in ledger.model._meta.concrete_fields], list(ledger.sheet.columns())
    return hashlib.sha256(repr((FORMAT, ledger.slug, shape, sorted(units))).encode()).hexdigest()


def _packed(values: list[Any]) -> tuple[str, list[Any]]:
    """The values of a column, absent ones None, as JSON has them; and how they are to be read."""
    kinds = set(map(type, values)) - {type(None)}
    if all(issubclass(kind, str | int | float) for kind in kinds):
        return "", values
    if kinds == {Decimal}:
        return "number", [None if value is None else str(value) for value in values]
    if kinds == {dt.date}:
        return "date", [None if value is None else value.isoformat() for value in values]
    raise _Unknown


def _plan(lines: Iterator[Any], ledger: Ledger, lookups: Lookups, sha256: str) -> Plan:
    assert ledger.sheet is not None  # noqa: S101  # see may_be_kept
    head = next(lines)
    if head["sha256"] != sha256 or head["circumstances"] != _circumstances(ledger, lookups):
        raise _Unknown
    sheets = [
        Understanding(
            Grid(name, []),
            header_rows=header,
            rows=rows,
            skipped=[(row, why) for row, why in skipped],
            signature=signature,
        )
        for name, header, rows, skipped, signature in head["sheets"]
    ]
    errors = [WrongCell(*error) for error in head["errors"]]
    read = Read(ledger, lookups.reach, lookups, sheets, [], [], errors)
    matcher = Matcher(ledger, ledger.sheet, lookups)
    plan = Plan(read, matcher, [], [], [], errors, head["sha256"])
    plainly = is_written_plainly(ledger)
    for group in lines:
        if group["kind"] == "=" or (group["kind"] == "+" and plainly):
            plan.kept.append(_columns(group, matcher))
        else:
            where = plan.creates if group["kind"] == "+" else plan.updates
            where += _rows(group, sheets, matcher)
    return plan


def _columns(group: Any, matcher: Matcher) -> Columns:
    return Columns(
        group["kind"],
        [_typed(*group["values"][name]) for name in matcher.key_fields],
        group["keys"],
        group["versions"],
        # The texts of numbers and dates are what the database takes as well.
        {name: values for name, (_, values) in group["values"].items()} if group["kind"] == "+" else {},
    )


def _rows(group: Any, sheets: Sequence[Understanding], matcher: Matcher) -> Iterator[PlannedRow]:
    names = list(group["values"])
    cells = zip(*(_revived(matcher, name, *group["values"][name]) for name in names), strict=True)
    changes = group["changes"] or [()] * len(group["rows"])
    for sheet, row, key, version, values, changed in zip(
        group["sheets"], group["rows"], group["keys"], group["versions"], cells, changes, strict=True
    ):
        given = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        yield PlannedRow(
            ReadRow(sheets[sheet], row, given),
            matcher,
            key,
            version,
            [
                Change(name, matcher.label(name), "", None, _typed(kind, new)[0])
                for name, kind, new in changed
            ],
        )


def _typed(kind: str, values: list[Any]) -> list[Any]:
    """A column as records' attributes have it."""
    if not kind:
        return values
    read: Any = Decimal if kind == "number" else dt.date.fromisoformat
    known = {value: None if value is None else read(value) for value in set(values)}
    return [known[value] for value in values]


def _revived(matcher: Matcher, name: str, kind: str, values: list[Any]) -> list[Any]:
    """A column as the rows of a file have it: with related records, not their keys."""
    if name not in matcher.maker.related:
        return _typed(kind, values)
    model: Any = matcher.fields[name].related_model
    different = set(values) - {None}
    known = matcher.lookups.units if model is OrgUnit else model._default_manager.in_bulk(list(different))
    if different - set(known):
        raise _Unknown
    return [None if value is None else known[value] for value in values]
