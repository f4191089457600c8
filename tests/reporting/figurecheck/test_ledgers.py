"""Against real records: what the database context answers, the demo township's own report, and typed text in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from ledgers import demo
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.documents.model import Document, FigureRun, Heading, Paragraph, plain, text
from reporting.figurecheck import LedgerContext, check_document, check_text
from tests.conftest import Units
from tests.reporting.conftest import drafted

pytestmark = pytest.mark.django_db
YEAR = Period(2025)
TODAY = dt.date(2026, 3, 31)


def document(*blocks: Any) -> Document:
    return Document("总结", "东山镇", dt.date(2026, 1, 5), blocks)


def test_figures_are_asked_for_once_a_unit_and_period(
    year_of_work: Units, django_assert_max_num_queries: Any
) -> None:
    context = LedgerContext(year_of_work.township, YEAR)
    assert check_text("全年召开专题会议3次，报送信息8篇。", context) == []
    with django_assert_max_num_queries(0):
        found = check_text("全年召开专题会议4次。报送信息9篇。举办业务培训1次。", context)
    assert [(f.found, f.expected, f.indicator) for f in found] == [
        ("4次", "3次", "work.meetings"),
        ("9篇", "8篇", "work.briefs"),
    ]


def test_each_number_is_held_against_its_own_period_and_unit(year_of_work: Units) -> None:
    context = LedgerContext(year_of_work.township, YEAR)
    said = (
        "上半年报送信息6篇，第一季度报送信息3篇，2024年召开专题会议2次；"
        "2025年上河村召开专题会议3次，下河村召开专题会议1次。"
    )
    (finding,) = check_text(said, context)
    assert (finding.found, finding.expected) == ("1次", "0次")
    assert finding.records is not None
    assert finding.records.unit == year_of_work.villages[1].code
    assert "没有登记" in finding.explanation


def test_comparison_with_last_year_comes_from_the_records(year_of_work: Units) -> None:
    context = LedgerContext(year_of_work.township, YEAR)
    assert check_text("召开专题会议3次，比上年增加1次，增长50%。", context) == []
    (finding,) = check_text("召开专题会议3次，同比下降33.3%。", context)
    assert (finding.found, finding.expected) == ("下降33.3%", "上升50.0%")


def test_only_what_is_typed_is_checked_in_a_document(year_of_work: Units) -> None:
    """A figure of the ledger is right even where the words around it would bind it to another one."""
    context = LedgerContext(year_of_work.township, YEAR)
    figures = document(Paragraph(text("全年召开专题会议", FigureRun("work.meetings", "5次"), "。")))
    assert check_document(figures, context) == []
    typed = document(
        Heading(1, "重点工作"),
        Paragraph(text("发现隐患", FigureRun("religion.hazards_found", "20处"), "，整改18处，整改率95%。")),
        Paragraph(text("召开专题会议4次。")),
    )
    found = check_document(typed, context)
    assert [(f.block, f.finding.rule, f.finding.found) for f in found] == [
        (1, "share", "95%"),
        (2, "ledger", "4次"),
    ]
    block = typed.blocks[1]
    assert isinstance(block, Paragraph)
    assert plain(block.runs)[found[0].finding.start : found[0].finding.end] == "95%"


def test_a_typed_word_between_figures_of_the_ledger_is_checked(year_of_work: Units) -> None:
    context = LedgerContext(year_of_work.township, YEAR)
    runs = text(
        "专题研究由",
        FigureRun("work.meetings", "2次", "2024"),
        "减少到",
        FigureRun("work.meetings", "3次"),
        "。",
    )
    (found,) = check_document(document(Paragraph(runs)), context)
    assert (found.finding.found, found.finding.expected) == ("减少到3次", "增加到3次")


@pytest.mark.parametrize("code", ["330281000000", "330281101000", "330281101201"])
def test_the_generated_report_of_the_demo_units_is_silent(code: str, demo_county: None) -> None:
    """Read as plain text, so that its figures are checked like typed ones; then with one figure made wrong."""
    unit, period = OrgUnit.objects.get(code=code), Period(TODAY.year - 1)
    report = drafted(unit, period, TODAY)
    context = LedgerContext(unit, period)
    said = "\n".join(plain(block.runs) for block in report.blocks if isinstance(block, Paragraph))
    assert len(said) > 800
    assert check_text(said, context) == []
    assert check_document(report, context) == []
    visits = context.figures(context.place, period)["work.visits"]
    altered = said.replace(f"开展走访慰问{visits.text}次", "开展走访慰问4321次")
    assert [(f.rule, f.expected) for f in check_text(altered, context)] == [("ledger", f"{visits.text}次")]


@pytest.fixture
def demo_county(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Always as on one day, for the demo data end today."""
    monkeypatch.setattr(timezone, "localdate", lambda *arguments: TODAY)
    demo.seed_demo(accounts=False)
