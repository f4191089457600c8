"""Working figures out: all indicators of a model, all units of one level and all periods of a page by one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Aggregate, Count, F, Q
from django.db.models.functions import Substr

from ledgers.indicators import Figure, Indicator, indicators
from ledgers.measures import Number
from ledgers.periods import Period
from ledgers.slices import Slicing
from ledgers.spans import spanned

if TYPE_CHECKING:
    from ledgers.models import OrgUnit, Record, RecordQuerySet


@dataclass(frozen=True)
class Cell:
    value: Number | None
    records: int


def compute(
    codes: Iterable[str], units: Sequence[OrgUnit], periods: Sequence[Period]
) -> dict[tuple[str, int, Period], Cell]:
    """Figures for every code, unit (with its subtree) and period: one query per model, whatever the number of units.

    ``units`` are of one level of the tree. Keys are (code, unit primary key, period).
    """
    if not units:
        return {}
    if len({unit.depth for unit in units}) > 1:
        raise ValueError("Figures are computed for units of one level at a time.")
    by_model: dict[type[Record], list[Indicator]] = defaultdict(list)
    for code in codes:
        chosen = indicators.get(code)
        by_model[chosen.records].append(chosen)

    cells: dict[tuple[str, int, Period], Cell] = {}
    for model, members in by_model.items():
        cells |= _cells_of_model(model, members, units, periods)
        for member in members:
            if member.measure.derive is not None:
                for (unit_pk, period), value in member.measure.derive(units, periods).items():
                    key = (member.code, unit_pk, period)
                    cells[key] = Cell(value, cells[key].records)
    return cells


def _cells_of_model(
    model: type[Record], members: Sequence[Indicator], units: Sequence[OrgUnit], periods: Sequence[Period]
) -> dict[tuple[str, int, Period], Cell]:
    """The figures that are made of one kind of record, in one query (and one for the tree, where it is needed)."""
    slicing = Slicing.of(members, periods)
    if slicing is not None:
        return _cells_of_slices(slicing, members, units, periods)
    unit_of_path = {unit.path: unit.pk for unit in units}
    path_length = units[0].depth * type(units[0]).steplen
    cells: dict[tuple[str, int, Period], Cell] = {}
    columns: dict[str, Aggregate] = {}
    names: list[tuple[str, str, Indicator, Period]] = []
    conditions: list[Q] = []
    for i, member in enumerate(members):
        measure = member.measure
        for p, period in enumerate(periods):
            condition = member.condition(period)
            conditions.append(condition)
            value_name, count_name = f"v{i}_{p}", f"n{i}_{p}"
            columns[count_name] = Count("pk", filter=condition)
            if measure.field is None:
                value_name = count_name
            else:
                columns[value_name] = measure.build(condition)
            if measure.base is not None:
                columns[f"{value_name}_base"] = measure.base(condition)
            names.append((value_name, count_name, member, period))
            nothing = Cell(measure.nothing, 0)
            cells |= {(member.code, unit_pk, period): nothing for unit_pk in unit_of_path.values()}
    scope = _in_scope(model, units).filter(spanned(conditions))
    rows = scope.values(anchor=Substr(F("unit__path"), 1, path_length)).annotate(**columns)
    for row in rows.order_by():
        anchored = unit_of_path.get(row["anchor"])
        if anchored is None:
            continue
        for value_name, count_name, member, period in names:
            value, records = row[value_name], row[count_name]
            if member.measure.finish is not None:
                value = member.measure.finish(value, row.get(f"{value_name}_base"), records)
            cells[member.code, anchored, period] = Cell(value, records)
    return cells


def _cells_of_slices(
    slicing: Slicing, members: Sequence[Indicator], units: Sequence[OrgUnit], periods: Sequence[Period]
) -> dict[tuple[str, int, Period], Cell]:
    model = members[0].records
    if len(units) == 1:
        found = slicing.sums(_in_scope(model, units))
        by_unit = {units[0].pk: list(found.values())}
    else:
        anchors = anchors_of(units)
        found = slicing.sums(model._default_manager.filter(unit__in=anchors), anchors)
        by_unit = {unit.pk: [found[unit.pk]] if unit.pk in found else [] for unit in units}
    return {
        (member.code, unit_pk, period): Cell(*slicing.figure(member.code, period, sums))
        for unit_pk, sums in by_unit.items()
        for member in members
        for period in periods
    }


def anchors_of(units: Sequence[OrgUnit]) -> dict[int, int]:
    """Primary key of each unit and of all units below it → that of the unit; a query where there may be any below."""
    anchors = {unit.pk: unit.pk for unit in units}
    if not all(unit.is_leaf() for unit in units):
        by_path = {unit.path: unit.pk for unit in units}
        length = len(units[0].path)
        below = type(units[0]).objects.filter(path__startswith=_common_path(list(by_path), units[0].steplen))
        for pk, path in below.order_by().values_list("pk", "path"):
            if path[:length] in by_path:
                anchors[pk] = by_path[path[:length]]
    return anchors


def _in_scope(model: type[Record], units: Sequence[OrgUnit]) -> RecordQuerySet:
    manager: RecordQuerySet = model._default_manager.all()
    if len(units) == 1:
        return manager.within(units[0])
    # Sisters share their parent's path, so one prefix test covers them all.
    shared = _common_path([unit.path for unit in units], type(units[0]).steplen)
    return manager.filter(unit__path__startswith=shared) if shared else manager


def _common_path(paths: Sequence[str], step: int) -> str:
    first, last = min(paths), max(paths)
    length = 0
    while length < len(first) and first[length : length + step] == last[length : length + step]:
        length += step
    return first[:length]


#: ``compute`` or something that answers as it does.
Compute = Callable[
    [Iterable[str], Sequence["OrgUnit"], Sequence[Period]], dict[tuple[str, int, Period], Cell]
]


def figures(
    unit: OrgUnit, period: Period, codes: Iterable[str] | None = None, *, using: Compute = compute
) -> dict[str, Figure]:
    """Every figure of ``unit`` and its subtree, with the period before, the year before, and the target."""
    chosen = list(codes) if codes is not None else [member.code for member in indicators.all()]
    before, year_ago = period.previous, period.same_period_last_year
    cells = using(chosen, [unit], list(dict.fromkeys([period, before, year_ago])))
    goals = indicators.goals(unit, period, chosen)
    return {
        code: Figure(
            indicator=indicators.get(code),
            period=period,
            value=cells[code, unit.pk, period].value,
            records=cells[code, unit.pk, period].records,
            previous=cells[code, unit.pk, before].value,
            same_period_last_year=cells[code, unit.pk, year_ago].value,
            target=goals[code].expected(period) if code in goals else None,
            goal=goals.get(code),
        )
        for code in chosen
    }


def breakdown(
    units: Sequence[OrgUnit], period: Period, codes: Iterable[str], *, using: Compute = compute
) -> dict[int, dict[str, Number | None]]:
    """unit primary key → code → value, for units of one level."""
    chosen = list(codes)
    cells = using(chosen, units, [period])
    return {unit.pk: {code: cells[code, unit.pk, period].value for code in chosen} for unit in units}


def series(
    unit: OrgUnit, periods: Sequence[Period], codes: Iterable[str], *, using: Compute = compute
) -> dict[str, list[Number | None]]:
    """code → one value for each period, in the order given."""
    chosen = list(codes)
    cells = using(chosen, [unit], periods)
    return {code: [cells[code, unit.pk, period].value for period in periods] for code in chosen}
