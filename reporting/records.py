"""The records behind the figures of a report, ledger by ledger, for its Excel annex.

A record is shown by what its ledger's list calls it, its unit, its date and what it adds to each figure: no more than
the list and its export show to whoever may read the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from ledgers.access import Verb
from ledgers.indicators import Indicator, Number, indicators
from ledgers.models import OrgUnit, Record, RecordQuerySet, User
from ledgers.periods import Period
from ledgers.registry import Ledger, ledgers
from reporting.conditions import any_of, flags_of
from reporting.documents.excel import RecordRow, RecordSheet
from reporting.documents.figures import TracedFigure, TracedFigures

#: Records listed for one figure; the ledger's own export has all of them.
LISTED: Final = 5000
_CHUNK: Final = 1000


def record_sheets(
    unit: OrgUnit, period: Period, figures: TracedFigures, user: User | None = None
) -> Iterator[RecordSheet]:
    """A sheet for each ledger with figures of the report's own period; ``user`` narrows it to what he may export."""
    own = [figure for (code, *other), figure in figures.items() if not any(other) and code in indicators]
    for ledger in ledgers.all():
        behind = tuple(f for f in own if f.records and indicators.get(f.code).records is ledger.model)
        if not behind or (user is not None and not user.can(Verb.EXPORT, ledger)):
            continue
        rows = _rows(ledger, behind, unit, period, user)
        yield RecordSheet(ledger.label, behind, rows, _note(period, behind))


def _note(period: Period, figures: Sequence[TracedFigure]) -> str:
    said = f"{period.label}各数字对应的记录，每一列是一个指标：数字是这条记录计入的量，空格是没有计入。"
    if cut := [figure for figure in figures if figure.records > LISTED]:
        named = "、".join(f"{figure.label}共{figure.records}条" for figure in cut)
        said += f"每个指标最多列出{LISTED}条，{named}，全部记录请从台账导出。"
    return said


def _rows(
    ledger: Ledger, figures: Sequence[TracedFigure], unit: OrgUnit, period: Period, user: User | None
) -> Iterator[RecordRow]:
    members = [indicators.get(figure.code) for figure in figures]
    conditions = [member.condition(period) for member in members]
    flags = flags_of(conditions)
    manager: Any = ledger.model._default_manager
    records: RecordQuerySet = manager.within(unit).filter(any_of(conditions)).annotate(**flags)
    if user is not None:
        records = records.visible_to(user)
    related = {*ledger.select_related, *filter(None, (_relation(member) for member in members))}
    records = records.select_related(*related).order_by(*ledger.ordering)
    for record in _listed(records, list(flags), any(figure.records > LISTED for figure in figures)):
        yield RecordRow(
            label=str(record),
            unit=str(record.unit),
            date=_date(record, ledger),
            amounts=tuple(
                _amount(member, record) if getattr(record, flag) else None
                for member, flag in zip(members, flags, strict=True)
            ),
            version=record.row_version,
        )


def _listed(records: RecordQuerySet, flags: list[str], is_long: bool) -> Iterable[Any]:
    """All records; of a long list, those that are among the first of any figure."""
    if not is_long:
        yield from records.iterator(chunk_size=_CHUNK)
        return
    room = [LISTED] * len(flags)
    chosen: list[int] = []
    for pk, *counts in records.values_list("pk", *flags).iterator(chunk_size=5000):
        if any(counts_in and left for counts_in, left in zip(counts, room, strict=True)):
            chosen.append(pk)
            room = [left - bool(c and left) for c, left in zip(counts, room, strict=True)]
            if not any(room):
                break
    for start in range(0, len(chosen), _CHUNK):
        yield from records.filter(pk__in=chosen[start : start + _CHUNK])


def _date(record: Record, ledger: Ledger) -> dt.date | None:
    found = getattr(record, ledger.date_field) if ledger.date_field else None
    return found.date() if isinstance(found, dt.datetime) else found


def _amount(member: Indicator, record: Record) -> Number | str | None:
    """What one record adds: 1, its number, or for a distinct count the thing it is counted by."""
    measure = member.measure
    if measure.field is None:
        return 1
    if measure.recount is not None and measure.base is None:
        return measure.recount([record])
    value: Any = record
    for step in measure.field.split("__"):
        value = getattr(value, step, None)
    return str(value) if isinstance(value, str | models.Model) else value


def _relation(member: Indicator) -> str:
    """The foreign key that the measure's field goes through, or is."""
    name = (member.measure.field or "").partition("__")[0]
    try:
        field = member.records._meta.get_field(name)
    except FieldDoesNotExist:
        return ""
    return name if field.is_relation and field.many_to_one else ""
