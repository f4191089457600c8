"""Precision and recall on the annotated sentences: what the check promises, held on both parts of them."""

from __future__ import annotations

import pytest

from benchmarks.figures_bench import PARTS, PRECISION, RECALL, RULES, cases, measure
from reporting.figurecheck import FiguresContext


@pytest.mark.parametrize("part", PARTS)
def test_every_rule_reaches_its_goal(part: str, ledger: FiguresContext) -> None:
    scores = measure(part, ledger)
    assert set(scores) == set(RULES)
    for rule, score in scores.items():
        assert score.right + score.missed >= 10, f"too few sentences to judge {rule}"
        assert score.precision >= PRECISION, "\n".join([rule, *score.texts])
        assert score.recall >= RECALL, "\n".join([rule, *score.texts])


def test_the_sentences_are_enough_and_half_of_them_are_right() -> None:
    found = [case for part in PARTS for case in cases(part)]
    assert len(found) >= 200
    assert (
        len({case.text for case in found}) >= len(found) - 5
    )  # the examples of the domain stand in both parts
    right = sum(case.finding is None for case in found)
    assert 0.45 <= right / len(found) <= 0.65


def test_a_check_that_finds_nothing_would_not_pass(
    ledger: FiguresContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.figurecheck.check_text", lambda *arguments: [])
    assert all(score.precision == score.recall == 0 for score in measure("tuning", ledger).values())
