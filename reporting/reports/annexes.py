"""What follows the signature: tables of all figures, and charts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ledgers.indicators import FLOW, Figure, Number
from ledgers.periods import Period
from reporting.charts import ChartSpec, Series
from reporting.documents.figures import NOTHING
from reporting.documents.model import Annex, Block, Chart, Column, FigureRun, Runs, Table, text
from reporting.reports import prose, rollup
from reporting.reports.facts import Facts, FamilyFacts


@dataclass(frozen=True)
class Attachment:
    title: str
    contents: tuple[Block, ...]

    def blocks(self, number: int | None) -> list[Block]:
        """``number`` is None for the only annex, which has none (GB/T 9704-2012 7.3.4)."""
        return [Annex(f"附件{number or ''}", self.title), *self.contents]


def annexes(facts: Facts) -> list[Attachment]:
    """Tables and charts, as far as there is anything to show."""
    families = [family for family in facts.families if family.has_data]
    tables = (*(_family_table(family, facts) for family in families), *rollup.tables(facts))
    charts = tuple(chart for family in families if (chart := _family_chart(family, facts)))
    attached = [Attachment("主要数据对比表", tables)] if tables else []
    if charts:
        attached.append(Attachment("工作情况图", charts))
    return attached


def _family_table(family: FamilyFacts, facts: Facts) -> Table:
    period = facts.period
    before, year_ago = period.previous, period.same_period_last_year
    columns = [Column("指标"), Column("单位", "center"), Column(period.label, "right")]
    if before != year_ago:
        columns.append(Column(before.label, "right"))
    columns += [Column(year_ago.label, "right"), Column("同比", "right")]
    columns.append(Column(prose.TARGETS[period.kind], "right"))
    rows = []
    for figure in family.figures:
        row: list[Runs] = [text(figure.label), text(figure.unit), _number(figure, figure.value)]
        if before != year_ago:
            row.append(_number(figure, figure.previous, before))
        target = NOTHING if figure.target is None else figure.indicator.format(figure.target)
        row += [
            _number(figure, figure.same_period_last_year, year_ago),
            _yoy(figure, facts),
            text(target),
        ]
        rows.append(tuple(row))
    return Table(f"{family.label}主要数据", tuple(columns), tuple(rows))


def _number(figure: Figure, value: Number | None, period: Period | None = None) -> Runs:
    """A number of this figure, of another period where one is given, without its unit."""
    if value is None:
        return text(NOTHING)
    return (FigureRun(figure.code, figure.indicator.format(value), str(period or "")),)


def _yoy(figure: Figure, facts: Facts) -> Runs:
    change = figure.yoy
    # Part of a year against the whole of the last one is no comparison.
    partial = figure.kind == FLOW and not facts.is_over
    if change is None or partial:
        return text(NOTHING)
    if figure.unit == "%":
        # Two shares differ by points; a rate of a rate would be taken for that difference.
        sign = "+" if change.difference > 0 else ""
        return (FigureRun(figure.code, f"{sign}{figure.indicator.format(change.difference)}个百分点"),)
    if change.rate is None:
        return text(NOTHING)
    return (FigureRun(figure.code, f"{'+' if change.rate > 0 else ''}{change.rate:.1f}%"),)


def _family_chart(family: FamilyFacts, facts: Facts) -> Chart | None:
    """This year beside the last for what was done, as far as it is counted in the family's most frequent unit."""
    told = (f for f in family.flows if f.indicator.is_said and not f.indicator.is_paperwork)
    drawn = [f for f in told if f.value or f.same_period_last_year]
    if not drawn:
        return None
    unit, _ = Counter(figure.unit for figure in drawn).most_common(1)[0]
    drawn = [figure for figure in drawn if figure.unit == unit]
    if len(drawn) < 2:
        return None
    before = facts.period.same_period_last_year
    period, year_ago = facts.period.label, before.label
    spec = ChartSpec(
        kind="bar",
        title=f"{family.label}：{period}与{year_ago}对比",
        unit=unit,
        categories=tuple(figure.label for figure in drawn),
        series=(
            Series(period, tuple(float(figure.value or 0) for figure in drawn)),
            Series(year_ago, tuple(float(figure.same_period_last_year or 0) for figure in drawn)),
        ),
    )
    table = Table(
        f"{family.label}图中数据（单位：{unit}）",
        (Column("指标"), Column(period, "right"), Column(year_ago, "right")),
        tuple(
            (text(f.label), _number(f, f.value), _number(f, f.same_period_last_year, before)) for f in drawn
        ),
    )
    alt = f"条形图，{spec.title}，单位{unit}。" + "；".join(
        f"{f.label}{f.text}，{year_ago}{f.indicator.format(f.same_period_last_year or 0)}" for f in drawn
    )
    return Chart(spec, f"{alt}。", table)
