"""Precision and recall of the figure check, per rule, on sentences written for it.

    script/bench figures [--show]

``tuning`` are the sentences the rules were worked out on; ``held_out`` were written before any rule existed and the
rules were never tuned on them. A finding counts as right when rule, number and expected value are those the sentence
is annotated with. ``--show`` prints every sentence that came out otherwise.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import django
import yaml

if TYPE_CHECKING:
    from ledgers.indicators import Figure, Indicator
    from ledgers.periods import Period
    from reporting.figurecheck import FiguresContext, Finding, Place

FOLDER: Final = Path(__file__).with_name("figure_sentences")
PARTS: Final = ("tuning", "held_out", "independent")
RULES: Final = ("share", "sum", "count", "ledger", "comparison")
#: What every rule has to reach on either part.
PRECISION, RECALL = 0.98, 0.85
#: Groups that are read together with a ledger; in the others the sentence is all there is.
_WITH_LEDGER: Final = ("ledger", "comparison", "silent")


@dataclass(frozen=True)
class Case:
    group: str
    text: str
    #: What is to be found: rule, number, expected value; and the indicator, where the sentence leaves only one.
    finding: tuple[str, str, str] | None
    indicator: str | None = None

    def hit_by(self, finding: Finding) -> bool:
        same = self.finding == (finding.rule, finding.found, finding.expected)
        return same and self.indicator in (None, finding.indicator)


@dataclass
class Score:
    right: int = 0
    false: int = 0
    missed: int = 0
    texts: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.false) if self.right + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0


class TableContext:
    """The ledger of ``figure_sentences/ledger.yaml``, without a database."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    @cached_property
    def period(self) -> Period:
        from ledgers.periods import Period

        return Period.parse(str(self._data["period"]))

    @cached_property
    def place(self) -> Place:
        from reporting.figurecheck import Place

        return Place(self._data["unit"]["code"], self._data["unit"]["name"], "township")

    @cached_property
    def below(self) -> Sequence[Place]:
        from reporting.figurecheck import Place

        return [Place(each["code"], each["name"], "village") for each in self._data["villages"]]

    @cached_property
    def indicators(self) -> Sequence[Indicator]:
        from ledgers.indicators import indicators

        return indicators.all()

    def figures(self, place: Place, period: Period) -> Mapping[str, Figure]:
        from ledgers.indicators import Figure, indicators

        found = {}
        for code, values in self._data["figures"].get(place.code, {}).items():
            value, before, year_ago = (
                None if (number := values.get(_key(each))) is None else Decimal(str(number))
                for each in (period, period.previous, period.same_period_last_year)
            )
            found[code] = Figure(
                indicators.get(code), period, value, 1, previous=before, same_period_last_year=year_ago
            )
        return found


def _key(period: Period) -> str | int:
    return int(str(period)) if str(period).isdigit() else str(period)


def load_ledger() -> FiguresContext:
    return TableContext(yaml.safe_load((FOLDER / "ledger.yaml").read_text(encoding="utf-8")))


def cases(part: str) -> Iterator[Case]:
    data = yaml.safe_load((FOLDER / f"{part}.yaml").read_text(encoding="utf-8"))
    for group, sentences in data.items():
        for wrong in sentences.get("wrong", ()):
            finding = (group, str(wrong["found"]), str(wrong["expected"]))
            yield Case(group, wrong["text"], finding, wrong.get("indicator"))
        for text in sentences["right"]:
            yield Case(group, text, None)


def measure(part: str, context: FiguresContext) -> dict[str, Score]:
    """Rule → score over all sentences of ``part``; a wrong finding is held against the rule that made it."""
    from reporting.figurecheck import check_text

    scores = {rule: Score() for rule in RULES}
    for case in cases(part):
        findings = check_text(case.text, context if case.group in _WITH_LEDGER else None)
        hits = [finding for finding in findings if case.hit_by(finding)]
        got = [(f.rule, f.found, f.expected, f.indicator) for f in findings]
        if case.finding is not None:
            scores[case.group].right += bool(hits)
            scores[case.group].missed += not hits
            if not hits:
                scores[case.group].texts.append(f"missed {case.finding}, got {got}: {case.text}")
        for finding in findings:
            if finding not in hits:
                scores[finding.rule].false += 1
                scores[finding.rule].texts.append(f"false alarm {got}: {case.text}")
    return scores


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench figures")
    parser.add_argument("--show", action="store_true", help="print what came out otherwise")
    options = parser.parse_args(argv)
    django.setup()
    context = load_ledger()
    reached = True
    for part in PARTS:
        found = list(cases(part))
        print(f"{part}: {len(found)} sentences, {sum(case.finding is None for case in found)} of them right")
        print(f"  {'rule':<12} {'wrong':>6} {'found':>6} {'false':>6} {'precision':>10} {'recall':>8}")
        for rule, score in measure(part, context).items():
            reached &= score.precision >= PRECISION and score.recall >= RECALL
            print(
                f"  {rule:<12} {score.right + score.missed:>6} {score.right:>6} {score.false:>6} "
                f"{score.precision:>10.3f} {score.recall:>8.3f}"
            )
            for text in score.texts if options.show else ():
                print(f"    {text}")
    print(f"goal: precision {PRECISION}, recall {RECALL} for each rule: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
