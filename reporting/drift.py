"""What has changed behind a signed report: which numbers are others today, and which records made them so.

The records behind every figure were kept with their versions when the report was signed, so nothing here depends on
clocks: a record is named because it came, went, or has another version now. Its history says who did it and when.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.utils import timezone

from ledgers.history import CREATED, DELETED
from ledgers.indicators import Number, indicators
from ledgers.models import Record, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from reporting.evidence import Evidence, Subject, gather
from reporting.models import Report, ReportFigure
from reporting.values import values_of

#: Records named below one figure; the history pages have the rest.
RECORDS_SHOWN: Final = 50

Kind = Literal["added", "entered", "changed", "left", "deleted"]
KIND_LABELS: Final[dict[Kind, str]] = {
    "added": "新增",
    "entered": "修改后计入",
    "changed": "修改",
    "left": "修改后不再计入",
    "deleted": "删除",
}


@dataclass(frozen=True)
class RecordChange:
    """One record. ``label`` is empty where the reader may not see the record, or where it is gone."""

    kind: Kind
    ledger: str
    pk: int
    label: str
    url: str
    at: dt.datetime | None
    by: str
    times: int

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[self.kind]


@dataclass
class FigureDrift:
    """A figure whose records have changed since the report was signed."""

    figure: ReportFigure
    value: Number | None
    came: list[int] = field(default_factory=list)
    went: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    records: list[RecordChange] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        return self.figure.value != self.value

    @property
    def now(self) -> str:
        return _text(self.figure.code, self.value)

    @property
    def period_label(self) -> str:
        return Period.parse(self.figure.period).label

    @property
    def count(self) -> int:
        return len(self.came) + len(self.went) + len(self.changed)

    @property
    def more(self) -> int:
        """Changed records beyond those that are named."""
        return self.count - len(self.records)


@dataclass(frozen=True)
class TargetDrift:
    figure: ReportFigure
    target: Number | None

    @property
    def old(self) -> str:
        return _text(self.figure.code, self.figure.target) or "没有目标"

    @property
    def now(self) -> str:
        return _text(self.figure.code, self.target) or "没有目标"


@dataclass(frozen=True)
class Drift:
    """``numbers`` print something else today; ``same`` print the same, though records behind them have changed."""

    numbers: list[FigureDrift]
    targets: list[TargetDrift]
    same: list[FigureDrift]

    @property
    def count(self) -> int:
        return len(self.numbers) + len(self.targets)


def _text(code: str, value: Number | None) -> str:
    indicator = indicators.get(code)
    return "" if value is None else f"{indicator.format(value)}{indicator.unit}"


def drift_of(report: Report, reader: User | None = None) -> Drift:
    """Compare a signed report with the ledgers of today: a few queries per ledger, whatever the number of figures.

    With a ``reader`` the records are named, as far as they are within that user's reach.
    """
    rows = report.figures.select_related("scope", "frozen_records")
    # A figure that has been taken out of the product has nothing to be compared with.
    subjects = {_subject(row): row for row in rows if row.code in indicators}
    evidence, values = gather(subjects), values_of(subjects)
    moved = []
    for subject, row in subjects.items():
        found = FigureDrift(row, values[subject])
        if evidence[subject].hash != row.hash:
            _compare(found, evidence[subject])
        if found.count or found.differs:
            moved.append(found)
    if reader is not None:
        _name_records(moved, reader)
    return Drift(
        [item for item in moved if item.differs],
        list(_targets(report, subjects.values())),
        [item for item in moved if not item.differs],
    )


def check(report: Report) -> Drift:
    """Count what has drifted and keep the count for the list of reports."""
    found = drift_of(report)
    keep_count(report, found)
    return found


def keep_count(report: Report, found: Drift) -> None:
    Report.objects.filter(pk=report.pk).update(drifted=found.count, drift_checked_at=timezone.now())


def check_oldest(limit: int = 50) -> int:
    """Count again for the signed reports that were looked at longest ago; returns how many."""
    due = Report.objects.filter(state=Report.State.FINAL).order_by("drift_checked_at")[:limit]
    for report in due.defer("document").select_related("unit"):
        check(report)
    return len(due)


def _subject(row: ReportFigure) -> Subject:
    return Subject(row.code, row.scope, Period.parse(row.period))


def _versions(lines: bytes) -> dict[int, int]:
    pairs = (line.split(b":") for line in lines.splitlines())
    return {int(pk): int(version) for pk, version in pairs}


def _compare(found: FigureDrift, now: Evidence) -> None:
    before = _versions(zlib.decompress(bytes(found.figure.frozen_records.lines)))
    after = _versions(now.lines)
    found.came = sorted(after.keys() - before.keys())
    found.went = sorted(before.keys() - after.keys())
    found.changed = sorted(pk for pk, version in after.items() if before.get(pk, version) != version)


def _targets(report: Report, rows: Iterable[ReportFigure]) -> Iterable[TargetDrift]:
    period = report.reporting_period
    own = [row for row in rows if row.scope_id == report.unit_id and row.period == report.period]
    now = indicators.targets(report.unit, period, [row.code for row in own])
    for row in own:
        if row.target != now.get(row.code):
            yield TargetDrift(row, now.get(row.code))


# --- Names, people and times ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _History:
    """What the history of the records of one ledger says."""

    rows: Mapping[int, list[Any]]
    labels: Mapping[int, tuple[str, str]]
    existing: frozenset[int]


def _name_records(moved: list[FigureDrift], reader: User) -> None:
    wanted: dict[type[Record], set[int]] = defaultdict(set)
    shown: list[tuple[FigureDrift, list[tuple[int, str]]]] = []
    for item in moved:
        all_of = (("came", item.came), ("went", item.went), ("changed", item.changed))
        chosen = [(pk, how) for how, keys in all_of for pk in keys][:RECORDS_SHOWN]
        wanted[indicators.get(item.figure.code).records] |= {pk for pk, _ in chosen}
        shown.append((item, chosen))
    histories = {model: _history(model, keys, reader) for model, keys in wanted.items() if keys}
    for item, chosen in shown:
        model = indicators.get(item.figure.code).records
        frozen_at = item.figure.report.frozen_at
        item.records = [_change(model, pk, how, histories[model], frozen_at) for pk, how in chosen]


def _history(model: type[Record], keys: set[int], reader: User) -> _History:
    rows: dict[int, list[Any]] = defaultdict(list)
    history: Any = model.history.model
    found = history.objects.filter(id__in=keys).select_related("history_user")
    for row in found.order_by("history_date", "history_id"):
        rows[row.id].append(row)
    manager: Any = model._default_manager
    ledger = ledgers.for_model(model)
    visible = manager.visible_to(reader).filter(pk__in=keys).select_related(*ledger.select_related)
    return _History(
        rows,
        {record.pk: (str(record), record.get_absolute_url()) for record in visible},
        frozenset(manager.filter(pk__in=keys).values_list("pk", flat=True)),
    )


def _change(
    model: type[Record], pk: int, how: str, history: _History, frozen_at: dt.datetime | None
) -> RecordChange:
    rows = history.rows.get(pk, [])
    since = [row for row in rows if frozen_at is None or row.history_date >= frozen_at]
    last = rows[-1] if rows else None
    kind: Kind
    if how == "changed":
        kind = "changed"
    elif how == "came":
        kind = "added" if any(row.history_type == CREATED for row in since) else "entered"
    else:
        kind = "left" if pk in history.existing else "deleted"
    if kind == "deleted":
        last = next((row for row in reversed(rows) if row.history_type == DELETED), last)
    label, url = history.labels.get(pk, ("", ""))
    return RecordChange(
        kind=kind,
        ledger=ledgers.for_model(model).label,
        pk=pk,
        label=label,
        url=url,
        at=last.history_date if last else None,
        by=str(last.history_user) if last and last.history_user else "系统",
        times=len(since),
    )
