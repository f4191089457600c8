"""A document as HTML: the same markup for the web page and for the PDF, with a style sheet each.

Every text goes through ``format_html``, so whatever a ledger or an author wrote appears as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, singledispatch
from pathlib import Path
from typing import Final, Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from reporting import charts
from reporting.documents import model
from reporting.documents.characters import printable_parts, width
from reporting.documents.columns import READABLE, column_widths, heading_parts, is_short
from reporting.documents.figures import TracedFigures, key

#: Address of the records behind a figure, or None where a number leads nowhere (on paper).
FigureLink = Callable[[model.FigureRun], str | None]

_DIGITS: Final = re.compile(r"[-+]?[0-9.]+%?")
_THOUSANDTHS: Final = 1000
_STYLE: Final = Path(__file__).with_name("official.css")


@dataclass(frozen=True)
class Medium:
    """Where the markup goes: whether numbers are links and what is said of them, and which element the title is."""

    link: FigureLink
    title_tag: Literal["h1", "p"]
    figures: TracedFigures


PAPER: Final = Medium(link=lambda run: None, title_tag="h1", figures={})


def web_html(document: model.Document, figures: TracedFigures, link: FigureLink) -> SafeString:
    """The document inside a web page, which has an ``h1`` of its own: every number leads to ``link`` of it."""
    return body_html(printable_parts(document), Medium(link, "p", figures))


def body_html(document: model.Document, medium: Medium = PAPER) -> SafeString:
    """The blocks of ``document``; headings of level 1 to 4 are ``h2`` to ``h5``."""
    marks = model.numbers(document.blocks)
    parts: list[SafeString] = []
    in_annex = False
    for index, block in enumerate(document.blocks):
        if isinstance(block, model.Annex):
            parts.append(_raw("</section>") if in_annex else _raw(""))
            in_annex = True
        parts.append(_block(block, marks.get(index, ""), medium))
    if in_annex:
        parts.append(_raw("</section>"))
    return format_html_join("\n", "{}", ((part,) for part in parts))


def printed_html(document: model.Document) -> str:
    """A complete page for the PDF renderer, style sheet and metadata included; it refers to nothing outside."""
    document = printable_parts(document)
    return format_html(
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{}</title>'
        '<meta name="author" content="{}"><meta name="keywords" content="{}">'
        '<meta name="dcterms.created" content="{}"><style>{}</style></head><body>\n{}\n</body></html>\n',
        document.name,
        document.office,
        ",".join(document.keywords),
        document.date.isoformat(),
        _style(),
        body_html(document),
    )


@cache
def _style() -> SafeString:
    return _raw(_STYLE.read_text(encoding="utf-8"))


def _raw(markup: str) -> SafeString:
    """Markup written in this module, never a text from outside."""
    return mark_safe(markup)  # noqa: S308


def _text(content: str) -> SafeString:
    """A line's content in a box of its own, lower than the line: a rare character from a fallback font sits on
    another baseline, and would otherwise push its line off the grid."""
    return format_html('<span class="text">{}</span>', content)


def _runs(runs: model.Runs, medium: Medium) -> SafeString:
    return format_html_join("", "{}", ((_run(run, medium),) for run in runs))


def _run(run: model.Run, medium: Medium) -> SafeString:
    if isinstance(run, model.TextRun):
        return format_html("{}", run.text)
    # 7.3.3: a number is not broken between lines, and neither is its unit; between the two a line may end.
    digits = _DIGITS.match(run.text)
    length = digits.end() if digits else 0
    parts = (part for part in (run.text[:length], run.text[length:]) if part)
    content = format_html_join("", "{}", ((_whole(part),) for part in parts))
    address = medium.link(run)
    if address is None:
        return content
    figure = medium.figures.get(key(run))
    if figure is None:
        return format_html('<a class="traced" href="{}">{}</a>', address, content)
    about = f"{figure.scope}{figure.period_label}{figure.label}，{figure.records}条记录"
    return format_html('<a class="traced" href="{}" title="{}">{}</a>', address, about, content)


@singledispatch
def _block(block: object, mark: str, medium: Medium) -> SafeString:
    raise TypeError(f"No markup for {type(block).__name__}.")


@_block.register
def _(block: model.Title, mark: str, medium: Medium) -> SafeString:
    return format_html('<{0} class="title">{1}</{0}>', _raw(medium.title_tag), _text(_lines(block.lines)))


@_block.register
def _(block: model.Addressee, mark: str, medium: Medium) -> SafeString:
    return format_html('<p class="addressee">{}</p>', _text(block.text + "："))


@_block.register
def _(block: model.Heading, mark: str, medium: Medium) -> SafeString:
    tag = _raw(f"h{block.level + 1}")
    return format_html('<{0} class="level-{1}">{2}</{0}>', tag, block.level, _text(mark + block.text))


@_block.register
def _(block: model.Paragraph, mark: str, medium: Medium) -> SafeString:
    return format_html("<p>{}</p>", _text(_runs(block.runs, medium)))


@_block.register
def _(block: model.Table, mark: str, medium: Medium) -> SafeString:
    caption = format_html("<caption>{}</caption>", block.title) if block.title else _raw("")
    if medium is PAPER:
        return _paper_table(block, caption)
    head = format_html_join(
        "",
        '<th scope="col" role="columnheader" class="align-{}">{}</th>',
        ((column.align, _heading(column.label)) for column in block.columns),
    )
    rows = format_html_join(
        "\n", '<tr role="row">{}</tr>', ((_row(block, row, medium),) for row in block.rows)
    )
    return format_html(  # Roles, because the style of narrow screens makes cards of the rows.
        '<table class="table table-cards" role="table">{}<thead role="rowgroup"><tr role="row">{}</tr></thead>'
        '<tbody role="rowgroup">{}</tbody></table>',
        caption,
        head,
        rows,
    )


def _paper_table(table: model.Table, caption: SafeString) -> SafeString:
    """Widths for paper; a screen has its own, and a policy that forbids the attribute. Nothing that paper does not
    need: the renderer's time goes by the number of elements and attributes, and most of them are in tables."""
    widths = column_widths(table, _THOUSANDTHS)
    return format_html(
        "<table{}>{}<colgroup>{}</colgroup><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        _raw(' class="short"') if is_short(table) else "",
        caption,
        format_html_join("", '<col style="width: {}%">', ((size / 10,) for size in widths)),
        format_html_join("", "<th>{}</th>", ((_heading(column.label),) for column in table.columns)),
        format_html_join("\n", "<tr>{}</tr>", ((_paper_row(table, row),) for row in table.rows)),
    )


def _paper_row(table: model.Table, row: tuple[model.Runs, ...]) -> SafeString:
    cells = zip(table.columns, row, strict=True)
    return format_html_join(
        "",
        "<td{}>{}</td>",
        (
            ("", _text_cell(runs))
            if column.align == "left"
            # Only text is broken into lines: numbers stand in one.
            else (_raw(f' class="align-{column.align}"'), model.plain(runs))
            for column, runs in cells
        ),
    )


def _text_cell(runs: model.Runs) -> SafeString:
    """A number is kept with its unit here, and what fits into the narrowest column needs no keeping."""
    if all(isinstance(run, model.TextRun) for run in runs) or width(model.plain(runs)) <= READABLE:
        return format_html("{}", model.plain(runs))
    return format_html_join(
        "",
        "{}",
        (
            (
                _whole(run.text)
                if isinstance(run, model.FigureRun) and width(run.text) <= READABLE
                else _run(run, PAPER),
            )
            for run in runs
        ),
    )


def _whole(part: str) -> SafeString:
    return format_html('<span class="whole">{}</span>', part)


def _heading(label: str) -> SafeString:
    return format_html_join("", "{}", ((_whole(part),) for part in heading_parts(label)))


def _row(table: model.Table, row: tuple[model.Runs, ...], medium: Medium) -> SafeString:
    cells = zip(table.columns, row, strict=True)
    return format_html_join(
        "",
        '<td class="align-{}" role="cell" data-label="{}">{}</td>',
        ((column.align, column.label, _runs(runs, medium)) for column, runs in cells),
    )


@_block.register
def _(block: model.Chart, mark: str, medium: Medium) -> SafeString:
    return format_html(
        "<figure>{}<figcaption>{}</figcaption></figure>\n{}",
        charts.svg(block.spec, block.alt),
        block.spec.title,
        _block(block.table, "", medium),
    )


@_block.register
def _(block: model.AnnexNote, mark: str, medium: Medium) -> SafeString:
    if len(block.titles) == 1:
        lines = ["附件：" + block.titles[0]]
    else:
        lines = [f"{'' if n > 1 else '附件：'}{n}.{title}" for n, title in enumerate(block.titles, start=1)]
    kind = "annex-note" if len(lines) > 1 else "annex-note single"
    return format_html(
        '<div class="{}">{}</div>',
        kind,
        format_html_join("", "<p>{}</p>", ((_text(line),) for line in lines)),
    )


@_block.register
def _(block: model.Annex, mark: str, medium: Medium) -> SafeString:
    return format_html(
        '<section class="annex"><p class="annex-label">{}</p><h2 class="title">{}</h2>',
        _text(block.label),
        _text(block.title),
    )


@_block.register
def _(block: model.Signature, mark: str, medium: Medium) -> SafeString:
    # Arabic digits without leading zeros: GB/T 9704-2012 7.3.5.4.
    date = f"{block.date.year}年{block.date.month}月{block.date.day}日"
    return format_html(
        '<div class="signature"><p>{}</p><p class="date">{}</p></div>', _text(block.office), _text(date)
    )


@_block.register
def _(block: model.PageBreak, mark: str, medium: Medium) -> SafeString:
    return _raw('<div class="page-break"></div>')


def _lines(lines: tuple[str, ...]) -> SafeString:
    return format_html_join(_raw("<br>"), "{}", ((line,) for line in lines))
