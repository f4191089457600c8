"""A year of work in 东山镇 for the reports, and tools that look inside a PDF."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

import pikepdf
import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.work.models import Activity, Brief, LiaisonGroup, Rectification, Target
from nonpublic.models import Enterprise, EnterpriseRequest
from reporting.documents.model import Document
from reporting.documents.pdf import Pdf, RenderFailed
from reporting.narrative import render
from reporting.reports import KINDS
from reporting.reports.assemble import Part, assemble
from reporting.reports.facts import Facts
from reporting.services import drafting, signing
from tests.conftest import Units

#: Text that must come out as it went in, wherever it is shown.
HOSTILE = "<script>alert(1)</script>{{7*7}} a<b & c"


@pytest.fixture
def year_of_work(units: Units) -> Units:
    return plant_year(units)


def plant_year(units: Units) -> Units:
    """2025: 3 meetings (2024: 2), 1 training of 4 asked for, 8 briefs, one overdue finding, one open request."""
    town = units.township

    def activity(kind: str, day: dt.date, **fields: object) -> None:
        Activity.objects.create(unit=units.village, kind=kind, held_on=day, title=f"{kind}{day}", **fields)

    for month in (2, 6, 10):
        activity(Activity.Kind.MEETING, dt.date(2025, month, 3), attendance=12)
    for month in (3, 9):
        activity(Activity.Kind.MEETING, dt.date(2024, month, 3), attendance=10)
    activity(Activity.Kind.TRAINING, dt.date(2025, 5, 8), attendance=40)
    activity(Activity.Kind.VISIT, dt.date(2025, 1, 20), attendance=6, banners=2)
    for month in range(1, 9):
        kind = Brief.Kind.EXPERIENCE if month == 5 else Brief.Kind.DYNAMIC
        Brief.objects.create(
            unit=town, kind=kind, title=f"信息{month}", sent_on=dt.date(2025, month, 5), sent_to="县委统战部"
        )
    LiaisonGroup.objects.create(
        unit=units.village, name="联络小组", convener_post="书记", established_on=dt.date(2024, 1, 1)
    )
    Rectification.objects.create(
        unit=town,
        source="县级督查",
        found_on=dt.date(2025, 3, 1),
        issue=HOSTILE,
        responsible_office="统战办",
        due=dt.date(2025, 6, 1),
    )
    enterprise = Enterprise.objects.create(
        unit=units.village,
        name="堃喆玥曌犇机械厂",
        credit_code="91330281MA2H00000X",
        staff=35,
        registered_capital=Decimal("120.50"),
        founded_on=dt.date(2020, 4, 1),
    )
    EnterpriseRequest.objects.create(
        enterprise=enterprise,
        unit=units.village,
        raised_on=dt.date(2025, 4, 2),
        kind=EnterpriseRequest.Kind.FINANCE,
        text="协调贷款",
        due=dt.date(2025, 7, 1),
    )
    for code, value in (("work.meetings", 2), ("work.trainings", 4)):
        Target.objects.create(unit=town, indicator=code, year=2025, value=value)
    return units


def drafted(unit: OrgUnit, period: Period, today: dt.date, kind: str = "annual") -> Document:
    """The document of a fresh draft: nothing edited, nothing stored."""
    chosen = KINDS[kind]
    facts = Facts.gather(unit, period, today, chosen.codes)
    parts = [Part(d.heading, d.level, render(d.source, facts.book)) for d in chosen.outline(facts)]
    assert [problem for part in parts for problem in part.text.problems] == []
    return assemble(facts, chosen.title(period), parts)


class QuickRenderer:
    """A stand-in for the renderer where what it prints does not matter."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def begin(self, document: Document) -> None:
        pass

    def result(self) -> Pdf:
        return Pdf(b"%PDF-1.7 stand-in", 3)


class BrokenRenderer(QuickRenderer):
    def result(self) -> Pdf:
        raise RenderFailed("生成PDF没有成功。")


@pytest.fixture
def quick_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    print_nothing(monkeypatch)


def print_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drafting, signing):
        monkeypatch.setattr(module, "Renderer", QuickRenderer)


@dataclass(frozen=True)
class Glyph:
    """A glyph that a page shows: the family of its font, its number, and whether it draws anything."""

    font: str
    number: int
    has_outline: bool


def glyphs(pdf: bytes) -> Iterator[Glyph]:
    """Every glyph of every page, looked up in the font program that is embedded in the file."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            programs = {name: _program(font) for name, font in page.Resources.Font.items()}
            name, program = "", None
            for instruction in pikepdf.parse_content_stream(page):
                operator, operands = str(instruction.operator), instruction.operands
                if operator == "Tf":
                    name, program = programs[str(operands[0])]
                elif operator in ("Tj", "TJ"):
                    shown = operands[0] if operator == "TJ" else [operands[0]]
                    for part in shown:
                        if isinstance(part, pikepdf.String) and program is not None:
                            yield from _of_string(name, program, bytes(part))


def _program(font: pikepdf.Object) -> tuple[str, TTFont]:
    descriptor = font.DescendantFonts[0].FontDescriptor
    key = next(k for k in ("/FontFile3", "/FontFile2") if k in descriptor)
    return str(font.BaseFont).partition("+")[2], TTFont(io.BytesIO(descriptor[key].read_bytes()))


def _of_string(font: str, program: TTFont, codes: bytes) -> Iterator[Glyph]:
    # Identity-H: two bytes are the number of the glyph itself.
    outlines = program.getGlyphSet()
    for start in range(0, len(codes), 2):
        number = int.from_bytes(codes[start : start + 2], "big")
        pen = BoundsPen(outlines)
        outlines[program.getGlyphName(number)].draw(pen)
        yield Glyph(font, number, pen.bounds is not None)
