"""The parts that summaries of every kind share: how the unit stands, what went wrong, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledgers.indicators import FLOW, Figure, indicators
from ledgers.models import OrgUnit
from ledgers.registry import ledgers
from reporting.narrative import token
from reporting.reports import prose
from reporting.reports.facts import Facts

#: Figures of the first part: how the committee led this work. Codes that are not declared are passed over.
LEADERSHIP: Final = ("work.meetings", "work.study_sessions")
#: A paragraph of comparisons longer than this is a table; the annex has it.
COMPARISONS: Final = 6
EXAMPLES: Final = 5
#: Names of units in a sentence; more of them are a table.
NAMES: Final = 10


@dataclass(frozen=True)
class Draft:
    """A section as it is written from the ledgers; see ``reporting.narrative`` for its source."""

    key: str
    heading: str
    source: str
    level: int = 1


def span(facts: Facts) -> str:
    return prose.span(facts.period, as_at=facts.as_at, is_over=facts.is_over)


def targets_name(facts: Facts) -> str:
    return prose.TARGETS[facts.period.kind]


# --- 一、基本情况与组织领导 ------------------------------------------------------------------------------------


def situation(facts: Facts) -> str:
    """Who belongs to the unit and what there is, a paragraph for each family of ledgers; then how it was led."""
    said = [said for family in facts.families if (said := prose.enumerate_clauses(facts.stocks(family)))]
    as_at = f"截至{prose.day(facts.as_at)}，"
    first, *others = [f"{sentence}。" for sentence in said] or ["台账未登记基本情况数据。"]
    return prose.paragraphs(_units_sentence(facts) + as_at + first, *others, leadership(facts))


def _units_sentence(facts: Facts) -> str:
    counts = facts.units_below()
    levels = ((OrgUnit.Level.TOWNSHIP, "个乡镇（街道）"), (OrgUnit.Level.VILLAGE, "个村（社区）"))
    parts = [f"{counts[level]}{noun}" for level, noun in levels if counts.get(level)]
    return f"{facts.unit.name}辖{'、'.join(parts)}。" if parts else ""


def leadership(facts: Facts) -> str:
    figures = [facts.by_code[code] for code in LEADERSHIP if code in facts.by_code]
    said = prose.enumerate_clauses(figures)
    if said:
        return f"{span(facts)}{said}。{reached(figures, facts)}"
    labels = "、".join(indicators.get(figure.code).label for figure in figures)
    return f"{facts.period.label}台账未登记{labels or '组织领导'}情况。"


def reached(figures: list[Figure], facts: Facts) -> str:
    """The targets these figures have reached, as a sentence of its own; empty when there is none."""
    codes = {figure.code for figure in figures}
    said = [f"{f.label}{token(f.code, 'target')}" for f in facts.met if f.code in codes]
    if not said:
        return ""
    ending = "，均已达到。" if len(said) > 1 else "，已经达到。"
    return f"对照{targets_name(facts)}，{'；'.join(said)}{ending}"


def compared(figures: list[Figure], facts: Facts) -> str:
    """What has changed since the year before, as one paragraph; empty when nothing can be compared."""
    if not facts.is_over:
        # Part of a year against the whole of the last one says nothing.
        figures = [figure for figure in figures if figure.kind != FLOW]
    said = [words for figure in figures if (words := prose.comparison(figure))]
    return f"{'；'.join(said[:COMPARISONS])}。" if said else ""


# --- 三、存在的问题 --------------------------------------------------------------------------------------------


def problems(facts: Facts) -> str:
    points = [_shortfall(figure, facts) for figure in facts.shortfalls]
    points += [_missing(due, units) for due, units in facts.missing_returns]
    if facts.unmet:
        points.append(_unmet(facts))
    if points:
        return prose.listed(points)
    has_targets = any(figure.target is not None for figure in facts.figures)
    checked = f"各项台账和{targets_name(facts)}" if has_targets else "各项台账"
    return f"对照{checked}检查，没有到期未完成的事项。"


def _shortfall(figure: Figure, facts: Facts) -> str:
    records = facts.records(figure, EXAMPLES)
    names = prose.quoted(records)
    named = f"，主要有{names}等。" if figure.records > len(records) else f"，包括{names}。"
    if facts.is_over:
        return f"{_subject(figure)}{prose.clause(figure)}{named}"
    # The figure looks at the period's last day: what falls due before then is not overdue yet.
    within = "年内" if facts.period.kind == "year" else "期内"
    return f"{within}到期的{_subject(figure)}还有{token(figure.code)}没有完成{named}"


def _subject(figure: Figure) -> str:
    """What the figure counts, by the name of its ledger: 整改事项, 企业诉求."""
    return ledgers.for_model(figure.indicator.records).label


def _missing(due: Figure, units: list[OrgUnit]) -> str:
    names = "、".join(prose.escape(unit.name) for unit in units[:NAMES])
    tail = f"等{len(units)}个单位" if len(units) > NAMES else ""
    return f"{_subject(due)}还没有报齐，未报齐的有：{names}{tail}。"


def _unmet(facts: Facts) -> str:
    """The figures below their targets, as one point."""
    lacking = [
        f"{figure.label}{token(figure.code, 'target')}，相差{token(figure.code, 'gap')}"
        if figure.value
        else f"{figure.label}目标{token(figure.code, 'goal')}，台账未登记"
        for figure in facts.unmet
    ]
    when = facts.period.label if facts.is_over else f"截至{prose.day(facts.as_at)}"
    return f"{when}未达到{targets_name(facts)}的有：{'；'.join(lacking)}。"


# --- 四、下一步打算 --------------------------------------------------------------------------------------------


def plans(facts: Facts) -> str:
    following = facts.period.next
    points = [_remedy(facts)] if facts.shortfalls else []
    if facts.missing_returns:
        points.append("督促未报齐的单位限期补报，逐级审核后再汇总使用。")
    if lacking := _lacking(facts):
        when = f"列入{following.label}工作安排，按季度对照检查" if facts.is_over else "期限内逐项补齐"
        points.append(f"补上与{targets_name(facts)}的差距：{lacking}，{when}。")
    if goals := _goals(facts):
        points.append(f"完成{following.label}目标：{goals}。")
    points.append("坚持按时登记台账，做到每项工作有记录、每个数字可查对。")
    return prose.listed(points)


def _lacking(facts: Facts) -> str:
    return "、".join(
        # A figure that nothing is known of has no gap to count, only a goal.
        f"{figure.label}{token(figure.code, 'goal' if figure.value is None else 'gap')}"
        for figure in facts.unmet
    )


def _remedy(facts: Facts) -> str:
    open_items = [f"{_subject(figure)}{token(figure.code)}" for figure in facts.shortfalls]
    when = "到期未完成的" if facts.is_over else "期限内到期的"
    return f"抓紧办理{when}{'、'.join(open_items)}，逐项明确责任单位和完成时限，完成一项、销号一项。"


def _goals(facts: Facts) -> str:
    """The next period's targets, where they are registered already."""
    codes = [figure.code for figure in facts.figures]
    targets = indicators.targets(facts.unit, facts.period.next, codes)
    following = str(facts.period.next)
    return "、".join(
        f"{figure.label}{token(figure.code, 'goal', following)}"
        for figure in facts.figures
        if figure.code in targets
    )
