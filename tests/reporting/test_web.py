"""The report inside a web page: numbers that lead to their records, headings in order, and text that stays text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from reporting.documents import model
from reporting.documents.html import web_html
from tests.reporting.documents import CLEANED, DATE, DOCUMENT, FIGURES

VOID = {"br", "col"}


class Page(HTMLParser):
    """What a browser makes of the markup: elements with attributes and text; every element is closed."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.deepest = 0
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(web_html(DOCUMENT, FIGURES, lambda run: f"/x/{run.code}/?period={run.period or 2025}"))


def test_every_number_is_a_link_that_says_what_it_leads_to(page: Page) -> None:
    links = [attributes for tag, attributes in page.elements if tag == "a"]
    assert len(links) == 4 + 40 + 40  # the paragraph, the table, the chart's table
    assert links[0] == {
        "class": "traced",
        "href": "/x/work.meetings/?period=2025",
        "title": "东山镇2025年专题研究，3条记录",
    }
    assert links[1]["href"] == "/x/work.meetings/?period=2024"
    assert links[1]["title"] == "东山镇2024年专题研究，2条记录"
    assert "title" not in links[3]  # nothing is known of it


def test_headings_go_down_one_level_at_a_time_below_the_page_s_own(page: Page) -> None:
    levels = [1] + [int(tag[1]) for tag, _ in page.elements if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    assert levels == [1, 2, 3, 4, 5, 2, 2]


def test_texts_stay_texts(page: Page) -> None:
    assert page.text.count(CLEANED) > 40
    assert {tag for tag, _ in page.elements} <= {
        *("p", "a", "span", "br", "h2", "h3", "h4", "h5", "div", "section", "figure", "figcaption"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("svg", "g", "path", "line", "rect", "text", "title"),
    }
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]


def test_a_chart_has_a_name_and_its_numbers_in_a_table(page: Page) -> None:
    (drawing,) = (attributes for tag, attributes in page.elements if tag == "svg")
    assert (drawing["role"], drawing["aria-label"]) == ("img", f"条形图：专题研究3次{CLEANED}")
    heads = [attributes for tag, attributes in page.elements if tag == "th"]
    assert len(heads) == 6
    assert {head["scope"] for head in heads} == {"col"}


def test_no_text_can_widen_a_cell_or_nest_elements() -> None:
    """The model has no spans and no nesting: markup of that kind is nothing but text."""
    hostile = '<td colspan="100000000">' + "<b>" * 3000
    table = model.Table(hostile, (model.Column(hostile),), ((model.text(hostile),),))
    built = Page(
        web_html(
            model.Document("", "", DATE, (model.Paragraph(model.text(hostile)), table)), {}, lambda r: None
        )
    )
    assert built.deepest < 8
    assert not [attributes for _, attributes in built.elements if "colspan" in attributes]
    assert built.text.count(hostile) == 4  # paragraph, caption, header, cell
