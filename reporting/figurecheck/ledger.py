"""Rule *ledger*: a typed number next to an indicator's label that differs from the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from ledgers.indicators import Figure
from reporting.figurecheck.binding import Binder, Bound, in_print_unit
from reporting.figurecheck.finding import Finding
from reporting.figurecheck.quantities import Quantity
from reporting.figurecheck.sentence import Sentence
from reporting.figurecheck.setting import Setting


def check_ledger(sentence: Sentence, binder: Binder, carried: Setting) -> Iterator[Finding]:
    for quantity in sentence.quantities:
        bound = binder.bind(sentence, quantity, carried)
        if bound is None:
            continue
        figures = binder.figures(bound)
        if figures and not any(_agrees(quantity, figure) for figure in figures):
            yield _finding(sentence, quantity, bound, figures[0])


def _agrees(quantity: Quantity, figure: Figure) -> bool:
    return quantity.admitted.admits(in_print_unit(figure.indicator, figure.value or 0))


def _finding(sentence: Sentence, quantity: Quantity, bound: Bound, figure: Figure) -> Finding:
    expected = quantity.like(in_print_unit(figure.indicator, figure.value or 0))
    registered = f"登记为{expected}（{figure.records}条记录）" if figure.records else "没有登记"
    said = f"{bound.place.name}{bound.period.label}“{figure.label}”台账{registered}，文中为{quantity.text}。"
    return sentence.finding(
        "ledger", quantity.start, quantity.end, expected, said, records=bound.records(figure.indicator)
    )
