"""A plan kept between the preview and the confirmation, beside the uploaded file and no longer than it.

What is confirmed can then be written without reading the workbook again, and rows that need no more than to be written
stay columns on their way into the database. The file has the lines that the plan's hash was made over, and the batch
has the hash: what is applied is what was shown. It is only ever an abbreviation: where it is missing or no longer fits,
the workbook is read again. Plans of count ledgers are never kept (README, Boundaries 3).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone

from ledgers.importing.content import Read, ReadRow, WrongCell
from ledgers.importing.grid import Grid
from ledgers.importing.layout import Understanding
from ledgers.importing.lookups import Lookups
from ledgers.importing.making import is_written_plainly
from ledgers.importing.matching import Matcher
from ledgers.importing.pace import uncollected
from ledgers.importing.packing import NotPacked, unpack
from ledgers.importing.plan import Change, Columns, Plan, PlannedRow, PlannedRows, sha256_of
from ledgers.importing.sheets import LedgerSheet
from ledgers.models import OrgUnit
from ledgers.registry import Ledger


class _Outdated(Exception):
    """The plan in the file is not the one that was shown, or not what would be shown now."""


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
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for line in (_circumstances(plan.read.ledger, plan.read.lookups), *plan.lines):
            file.write(line + b"\n")


@uncollected()
def restored(path: Path, ledger: Ledger, reach: OrgUnit, sha256: str) -> Plan | None:
    """The plan kept in ``path``; None when there is none of that hash, or the units have changed."""
    if not path.is_file() or not may_be_kept(ledger):
        return None
    lookups = Lookups(reach)
    circumstances, *lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    try:
        if circumstances != _circumstances(ledger, lookups) or sha256_of(lines) != sha256:
            raise _Outdated
        return _plan(map(json.loads, lines), ledger, lookups, sha256)
    except (_Outdated, NotPacked):
        return None


def _circumstances(ledger: Ledger, lookups: Lookups) -> bytes:
    """What a plan depends on beside the file and the records: the shape of the ledger, and the units within reach."""
    assert ledger.sheet is not None  # noqa: S101  # see may_be_kept
    today = timezone.localdate()
    units = [
        (unit.pk, unit.path, unit.code, unit.name, unit.closed_on is not None and unit.closed_on <= today)
        for unit in lookups.units.values()
    ]
    shape = [field.attname for field in ledger.model._meta.concrete_fields], list(ledger.sheet.columns())
    return hashlib.sha256(repr((ledger.slug, shape, sorted(units))).encode()).hexdigest().encode()


def _plan(lines: Iterator[Any], ledger: Ledger, lookups: Lookups, sha256: str) -> Plan:
    assert ledger.sheet is not None  # noqa: S101  # see may_be_kept
    head = next(lines)
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
    plan = Plan(read, matcher, PlannedRows(matcher), [], PlannedRows(matcher), errors, sha256)
    plainly = is_written_plainly(ledger)
    for group in lines:
        if group["kind"] == "=" or (group["kind"] == "+" and plainly):
            plan.kept.append(_columns(group, matcher))
        else:
            where = plan.creates if group["kind"] == "+" else plan.updates
            for row in _rows(group, sheets, matcher):
                where.append(row)
    return plan


def _columns(group: Any, matcher: Matcher) -> Columns:
    return Columns(
        group["kind"],
        [unpack(*group["values"][name]) for name in matcher.key_fields],
        group["keys"],
        group["versions"],
        # The texts of numbers and dates are what the database takes as well.
        {name: values for name, (_, values) in group["values"].items()} if group["kind"] == "+" else {},
    )


def _rows(group: Any, sheets: Sequence[Understanding], matcher: Matcher) -> Iterator[PlannedRow]:
    names = list(group["values"])
    cells = zip(*(_revived(matcher, name, *group["values"][name]) for name in names), strict=True)
    changes = group["changes"] or [{}] * len(group["rows"])
    for sheet, row, key, version, values, changed in zip(
        group["sheets"], group["rows"], group["keys"], group["versions"], cells, changes, strict=True
    ):
        given = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        yield PlannedRow(
            ReadRow(sheets[sheet], row, given),
            matcher,
            key,
            version,
            [Change(name, matcher.label(name), "", None, unpack(*new)[0]) for name, new in changed.items()],
        )


def _revived(matcher: Matcher, name: str, kind: str, values: list[Any]) -> list[Any]:
    """A column as the rows of a file have it: with related records, not their keys."""
    if name not in matcher.maker.related:
        return unpack(kind, values)
    model: Any = matcher.fields[name].related_model
    different = set(values) - {None}
    known = matcher.lookups.units if model is OrgUnit else model._default_manager.in_bulk(list(different))
    if different - set(known):
        raise _Outdated
    return [None if value is None else known[value] for value in values]
