"""民族团结进步情况汇报: the special report on ethnic unity, with the figures that belong to it and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledgers.indicators import STOCK, Figure
from reporting.reports import prose
from reporting.reports.facts import Facts
from reporting.reports.outline import (
    EXAMPLES,
    LEADERSHIP,
    Draft,
    compared,
    plans,
    problems,
    reached,
    situation,
    span,
)


@dataclass(frozen=True)
class Topic:
    """A section of the second part. ``named`` is the figure whose records are listed by name."""

    key: str
    heading: str
    codes: tuple[str, ...]
    named: str = ""


TOPICS: Final = (
    Topic(
        "publicity",
        "宣传教育",
        ("work.publicity", "work.banners", "work.slogans", "work.leaflets", "work.posts"),
    ),
    Topic("events", "民族团结活动", ("ethnicity.unity_events", "ethnicity.unity_people")),
    Topic("sites", "示范创建", ("ethnicity.unity_sites",), named="ethnicity.unity_sites"),
    Topic("support", "扶持项目", ("ethnicity.support_funds",), named="ethnicity.support_funds"),
    Topic(
        "migrants",
        "流动人口服务",
        ("ethnicity.skills_courses", "ethnicity.skills_people", "ethnicity.migrant"),
    ),
)
#: What the first part says of the unit. Headcounts of the whole unit; never a table of groups.
_SITUATION: Final = (
    "ethnicity.residents",
    "ethnicity.minority_residents",
    "ethnicity.registered",
    "ethnicity.migrant",
    "ethnicity.share",
    "ethnicity.groups",
    "ethnicity.returns_due",
    "ethnicity.returns_submitted",
)
#: In the order in which clauses follow each other.
CODES: Final = tuple(
    dict.fromkeys((*LEADERSHIP, *_SITUATION, *(code for topic in TOPICS for code in topic.codes)))
)


def outline(facts: Facts) -> list[Draft]:
    done = [
        Draft(f"work-{topic.key}", topic.heading, source, level=2)
        for topic in TOPICS
        if (source := _topic(topic, facts))
    ]
    nothing = "" if done else f"{facts.period.label}台账未登记民族团结进步工作。"
    return [
        Draft("situation", "基本情况与组织领导", situation(_of_the_population(facts))),
        Draft("work", "主要做法", nothing),
        *done,
        Draft("problems", "存在的问题", problems(facts)),
        Draft("plans", "下一步打算", plans(facts)),
    ]


def _of_the_population(facts: Facts) -> Facts:
    """The facts of the first part: sites and projects have sections of their own."""
    codes = (*LEADERSHIP, *_SITUATION)
    return Facts(
        facts.unit,
        facts.period,
        facts.today,
        {code: facts.by_code[code] for code in codes if code in facts.by_code},
    )


def _topic(topic: Topic, facts: Facts) -> str:
    figures = [facts.by_code[code] for code in topic.codes if facts.by_code.get(code)]
    stocks = [figure for figure in figures if figure.kind == STOCK]
    flows = [figure for figure in figures if figure.kind != STOCK]
    done, standing = prose.enumerate_clauses(flows), prose.enumerate_clauses(stocks)
    as_at = f"截至{prose.day(facts.as_at)}，"
    return prose.paragraphs(
        f"{span(facts)}{done}。{reached(flows, facts)}" if done else "",
        f"{as_at}{_standing(standing)}{_names(topic, facts)}。" if standing else "",
        compared(figures, facts),
    )


def _standing(clauses: str) -> str:
    """Clauses that stand alone: 其中 would name a part of nothing."""
    return "有" + clauses.removeprefix("其中") if clauses.startswith("其中") else clauses


def _names(topic: Topic, facts: Facts) -> str:
    figure: Figure | None = facts.by_code.get(topic.named)
    if figure is None or not figure.value:
        return ""
    records = facts.records(figure, EXAMPLES)
    names = prose.quoted(records)
    return f"，主要有{names}等" if figure.records > len(records) else f"，包括{names}"
