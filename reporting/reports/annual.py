"""年度总结: the four parts published summaries have, then tables, charts and the index of figures.

Every sentence follows from a figure or a record. What the ledgers do not know is left out or said to be
unregistered; the author adds the rest.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from ledgers.indicators import FLOW, Figure, Number, indicators
from ledgers.models import OrgUnit
from ledgers.registry import ledgers
from reporting.documents.model import (
    AnnexNote,
    Block,
    Document,
    Heading,
    Paragraph,
    Runs,
    Signature,
    Title,
    text,
)
from reporting.reports import prose
from reporting.reports.annexes import annexes
from reporting.reports.facts import Facts, FamilyFacts

#: Figures of the first part: how the committee led this work. Codes that are not declared are passed over.
LEADERSHIP: Final = ("work.meetings", "work.study_sessions")
#: A paragraph of comparisons longer than this is a table; the annex has it.
COMPARISONS: Final = 6
EXAMPLES: Final = 5
#: Characters of 22pt on a line of 156 mm.
_TITLE_WIDTH: Final = 20


def compose(facts: Facts) -> Document:
    year, unit = facts.period.label, facts.unit.name
    name = f"{unit}{year}统一战线工作总结"
    attached = annexes(facts)
    blocks: list[Block] = [
        Title(_title_lines(unit, f"{year}统一战线工作总结")),
        *_situation(facts),
        *_work(facts),
        *_problems(facts),
        *_plans(facts),
        AnnexNote(tuple(annex.title for annex in attached)),
        Signature(unit, facts.today),
    ]
    for number, annex in enumerate(attached, start=1):
        blocks.extend(annex.blocks(number if len(attached) > 1 else None))
    return Document(name, unit, facts.today, tuple(blocks), ("统一战线", "工作总结", year))


def _title_lines(unit: str, rest: str) -> tuple[str, ...]:
    """One line when it fits, else broken between the unit and what it did."""
    width = len(unit) + len(rest) - sum(character.isascii() for character in rest) / 2
    return (unit + rest,) if width <= _TITLE_WIDTH else (unit, rest)


def _span(facts: Facts) -> str:
    """How a sentence about the period begins; a year that is still running has not been a whole one."""
    return "全年" if facts.is_over else f"截至{prose.day(facts.as_at)}，今年"


# --- 一、基本情况与组织领导 ------------------------------------------------------------------------------------


def _situation(facts: Facts) -> list[Block]:
    stocks = prose.enumerate_clauses(facts.stocks)
    situation = f"截至{prose.day(facts.as_at)}，"
    return [
        Heading(1, "基本情况与组织领导"),
        prose.paragraph(
            _units_sentence(facts),
            *((situation, stocks, "。") if stocks else (f"{situation}台账未登记基本情况数据。",)),
        ),
        _leadership(facts),
    ]


def _units_sentence(facts: Facts) -> str:
    counts = facts.units_below()
    levels = ((OrgUnit.Level.TOWNSHIP, "个乡镇（街道）"), (OrgUnit.Level.VILLAGE, "个村（社区）"))
    parts = [f"{counts[level]}{noun}" for level, noun in levels if counts.get(level)]
    return f"{facts.unit.name}辖{'、'.join(parts)}。" if parts else ""


def _leadership(facts: Facts) -> Paragraph:
    figures = [facts.evidence[code].figure for code in LEADERSHIP if code in facts.evidence]
    said = prose.enumerate_clauses(figures)
    if said:
        return prose.paragraph(_span(facts), said, "。", _reached(figures, facts))
    labels = "、".join(indicators.get(figure.code).label for figure in figures)
    return prose.paragraph(f"{facts.period.label}台账未登记{labels or '组织领导'}情况。")


# --- 二、重点工作 ----------------------------------------------------------------------------------------------


def _work(facts: Facts) -> list[Block]:
    blocks: list[Block] = [Heading(1, "重点工作")]
    for family in facts.families:
        blocks += [Heading(2, family.label), *_family(family, facts)]
    return blocks


def _family(family: FamilyFacts, facts: Facts) -> list[Paragraph]:
    flows = [figure for figure in family.flows if figure.code not in LEADERSHIP]
    # A sentence for each ledger: one for eighteen figures has no end.
    by_ledger = [list(members) for _, members in groupby(flows, key=lambda f: f.indicator.records)]
    said = [clauses for members in by_ledger if (clauses := prose.enumerate_clauses(members))]
    if not said:
        return [prose.paragraph(f"{facts.period.label}台账未登记此项工作。")]
    paragraphs = [prose.paragraph(_span(facts), prose.join(said, "。"), "。", _reached(flows, facts))]
    if compared := _compared([f for f in family.figures if f.code not in LEADERSHIP], facts):
        paragraphs.append(prose.paragraph("与上年相比，", compared, "。"))
    return paragraphs


def _reached(figures: list[Figure], facts: Facts) -> Runs:
    """The targets these figures have reached, as a sentence of its own; empty when there is none."""
    codes = {figure.code for figure in figures}
    reached = [
        text(f"{figure.label}目标{prose.bare(figure, figure.target)}、完成", prose.amount(figure))
        for figure in facts.met
        if figure.code in codes
    ]
    return (
        text("年度目标中，", *prose.join(reached, "；"), "，均已达到。")
        if len(reached) > 1
        else (text("对照年度目标，", *reached[0], "，已经达到。") if reached else ())
    )


def _compared(figures: list[Figure], facts: Facts) -> Runs:
    if not facts.is_over:
        # Part of a year against the whole of the last one says nothing.
        figures = [figure for figure in figures if figure.kind != FLOW]
    compared = [said for figure in figures if (said := prose.comparison(figure, figure.yoy))]
    return prose.join(compared[:COMPARISONS], "；")


# --- 三、存在的问题 --------------------------------------------------------------------------------------------


def _problems(facts: Facts) -> list[Block]:
    points = [_shortfall(figure, facts) for figure in facts.shortfalls]
    if facts.unmet:
        points.append(_unmet(facts))
    blocks: list[Block] = [Heading(1, "存在的问题")]
    if points:
        return blocks + list(prose.listed(points))
    checked = "各项台账和年度目标" if any(f.target is not None for f in facts.figures) else "各项台账"
    return [*blocks, prose.paragraph(f"对照{checked}检查，没有到期未完成的事项。")]


def _shortfall(figure: Figure, facts: Facts) -> Runs:
    records = facts.records(figure, EXAMPLES)
    names = "".join(f"“{record}”" for record in records)
    named = f"，主要有{names}等。" if figure.records > len(records) else f"，包括{names}。"
    if facts.is_over:
        return text(_subject(figure), *prose.clause(figure), named)
    # The figure looks at the period's last day: what falls due before then is not overdue yet.
    return text(f"年内到期的{_subject(figure)}还有", prose.amount(figure), f"没有完成{named}")


def _subject(figure: Figure) -> str:
    """What the figure counts, by the name of its ledger: 整改事项, 企业诉求."""
    return ledgers.for_model(figure.indicator.records).label


def _unmet(facts: Facts) -> Runs:
    """The figures below their targets, as one point."""
    lacking = []
    for figure in facts.unmet:
        goal = f"{figure.label}目标{prose.bare(figure, figure.target)}、"
        done = (
            text("完成", prose.amount(figure), "，相差", prose.amount(figure, _gap(figure)))
            if figure.value
            else text("台账未登记")
        )
        lacking.append(text(goal, *done))
    when = facts.period.label if facts.is_over else f"截至{prose.day(facts.as_at)}"
    return text(f"{when}未达到年度目标的有：", *prose.join(lacking, "；"), "。")


def _gap(figure: Figure) -> Number:
    """How much an unmet figure is short of its target."""
    return (figure.target or 0) - (figure.value or 0)


# --- 四、下一步打算 --------------------------------------------------------------------------------------------


def _plans(facts: Facts) -> list[Block]:
    following = facts.period.next
    points = [_remedy(facts)] if facts.shortfalls else []
    if facts.unmet:
        lacking = [text(figure.label, prose.amount(figure, _gap(figure))) for figure in facts.unmet]
        when = f"列入{following.label}工作安排，按季度对照检查" if facts.is_over else "年内逐项补齐"
        points.append(text("补上与年度目标的差距：", *prose.join(lacking, "、"), f"，{when}。"))
    if goals := _goals(facts):
        points.append(text(f"完成{following.label}目标：{goals}。"))
    points.append(text("坚持按时登记台账，做到每项工作有记录、每个数字可查对。"))
    return [Heading(1, "下一步打算"), *prose.listed(points)]


def _remedy(facts: Facts) -> Runs:
    open_items = [text(_subject(figure), prose.amount(figure)) for figure in facts.shortfalls]
    when = "到期未完成的" if facts.is_over else "年内到期的"
    return text(
        f"抓紧办理{when}",
        *prose.join(open_items, "、"),
        "，逐项明确责任单位和完成时限，完成一项、销号一项。",
    )


def _goals(facts: Facts) -> str:
    """Next year's targets, where they are registered already."""
    codes = [figure.code for figure in facts.figures]
    targets = indicators.targets(facts.unit, facts.period.next, codes)
    return "、".join(
        f"{figure.label}{prose.bare(figure, targets[figure.code])}"
        for figure in facts.figures
        if figure.code in targets
    )
