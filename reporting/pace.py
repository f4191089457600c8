"""Figures against what a unit is held to: how far it is, whether the calendar is ahead of it, what is still missing.

A target of each month or quarter is looked at month by month and quarter by quarter: thirty briefs in December do not
make up for eleven months without one, so what was missed is said even where the sum is reached.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from ledgers.computing import Compute, compute
from ledgers.goals import Goal
from ledgers.indicators import Figure, Number
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.cards import TargetProgress, number

#: More months than this are counted and not named.
NAMED: Final = 3
_CURRENT: Final = {"month": "本月", "quarter": "本季度", "year": "全年"}
_EACH: Final = {"month": "每月", "quarter": "每季度"}


@dataclass(frozen=True)
class Step:
    """A month, quarter or year that a goal asks something of, and what was done in it."""

    period: Period
    value: Number


def progress_of(
    unit: OrgUnit, figures: Iterable[Figure], today: dt.date, *, using: Compute = compute
) -> dict[str, TargetProgress]:
    """Code → progress, for those figures of ``unit`` that are held to a target.

    Months and quarters cost one query for each kind of record, whatever the number of targets.
    """
    return progress_by_unit([unit], {unit.pk: figures}, today, using=using)[unit.pk]


def progress_by_unit(
    units: Sequence[OrgUnit],
    figures: Mapping[int, Iterable[Figure]],
    today: dt.date,
    *,
    using: Compute = compute,
) -> dict[int, dict[str, TargetProgress]]:
    """The same for units of one level, by their primary keys: as many queries as for one."""
    held = {
        unit.pk: [each for each in figures[unit.pk] if each.target is not None and each.value is not None]
        for unit in units
    }
    split = {
        (pk, figure.code): begun
        for pk, found in held.items()
        for figure in found
        if (begun := _begun(figure, today))
    }
    periods = dict.fromkeys(period for found in split.values() for period in found)
    cells = using(dict.fromkeys(code for _, code in split), units, list(periods)) if split else {}
    return {
        pk: {
            figure.code: told(
                figure,
                [
                    Step(each, cells[figure.code, pk, each].value or 0)
                    for each in split.get((pk, figure.code), [])
                ],
                today,
            )
            for figure in found
        }
        for pk, found in held.items()
    }


def _begun(figure: Figure, today: dt.date) -> list[Period]:
    """The months or quarters of a figure's goal that have begun; none where the goal is for the period as a whole."""
    steps = figure.goal.steps(figure.period) if figure.goal is not None else []
    return [step for step in steps if step.first_day <= today] if len(steps) > 1 else []


def told(figure: Figure, steps: Sequence[Step], today: dt.date) -> TargetProgress:
    """The words for one figure; ``steps`` are the begun months or quarters where the goal asks for each."""
    value, target = Decimal(figure.value or 0), figure.target or Decimal(0)
    if today < figure.period.first_day:
        state, pace, missing = "", "尚未开始", ""
    elif today > figure.period.last_day:
        state, pace, missing = _over(figure, target - value, steps)
    elif steps:
        state, pace, missing = _running_by_steps(figure, value, target, steps, today)
    else:
        state, pace, missing = _running(figure, value, target, today)
    return TargetProgress(value, target, _text(figure), pace, missing, state)  # type: ignore[arg-type]


def _text(figure: Figure) -> str:
    goal, target = figure.goal, _amount(figure, figure.target)
    done = f"已完成{_amount(figure, figure.value)}"
    if goal is not None and goal.whole:
        return f"目标为全部{target}，{done}"
    if goal is not None and goal.steps(figure.period) != [figure.period]:
        return f"目标{target}（{_EACH[goal.cadence]}{_amount(figure, goal.value)}），{done}"
    return f"目标{target}，{done}"


def _over(figure: Figure, gap: Decimal, steps: Sequence[Step]) -> tuple[str, str, str]:
    missed = _missed(figure.goal, steps)
    told = [f"{figure.period.label_in_year or '全年'}差{_amount(figure, gap)}"] if gap > 0 else []
    told += _missed_words(figure, missed)
    if gap > 0:
        return "is-behind", "未达标", "；".join(told)
    return ("", "总数已达标", "；".join(told)) if missed else ("is-met", "已达标", "")


def _running_by_steps(
    figure: Figure, value: Decimal, target: Decimal, steps: Sequence[Step], today: dt.date
) -> tuple[str, str, str]:
    each = figure.goal.value if figure.goal is not None else Decimal(0)
    *finished, current = steps
    missed = _missed(figure.goal, finished)
    lacking = each - current.value
    now = _CURRENT[current.period.kind]
    told = [f"{now}还差{_amount(figure, lacking)}" if lacking > 0 else f"{now}已完成"]
    behind = each * len(finished) - value
    if behind > 0:
        told.append(f"累计少{_amount(figure, behind)}")
    told += _missed_words(figure, missed)
    sentence = "；".join(told)
    if behind > 0:
        return "is-behind", "进度落后", sentence
    if value < target:
        return "", "进度正常", sentence
    # With the sum reached early, the months to come are still asked for.
    is_last = current.period.last_day == figure.period.last_day
    if missed or lacking > 0 or not is_last:
        return "", "总数已达标", sentence
    return "is-met", "已达标", ""


def _running(figure: Figure, value: Decimal, target: Decimal, today: dt.date) -> tuple[str, str, str]:
    if value >= target:
        return "is-met", "已达标", ""
    missing = f"{_CURRENT.get(figure.period.kind, '本期')}还差{_amount(figure, target - value)}"
    if not figure.indicator.adds_up:
        # Half of the year need not show half of the venues visited three times.
        return "", "进行中", missing
    due = target * elapsed_share(figure.period, today)
    if figure.indicator.decimals == 0:
        # What comes in whole pieces is late only when a whole piece is missing.
        due = due.to_integral_value(rounding=ROUND_FLOOR)
    if value >= due:
        return "", "进度正常", missing
    return "is-behind", "进度落后", f"{missing}，到今天应完成{_amount(figure, due)}"


def _missed(goal: Goal | None, steps: Sequence[Step]) -> list[Period]:
    return [step.period for step in steps if goal is not None and step.value < goal.value]


def _missed_words(figure: Figure, missed: Sequence[Period]) -> list[str]:
    if not missed or figure.goal is None:
        return []
    names = (
        "、".join(period.label_in_year for period in missed)
        if len(missed) <= NAMED
        else f"有{len(missed)}个{'月' if missed[0].kind == 'month' else '季度'}"
    )
    return [f"{names}不足{_amount(figure, figure.goal.value)}"]


def _amount(figure: Figure, value: Number | None) -> str:
    return f"{number(figure.indicator, value)}{figure.unit}"


def elapsed_share(period: Period, today: dt.date) -> Decimal:
    """How much of a running period has gone by, today included."""
    days = (period.last_day - period.first_day).days + 1
    return Decimal((today - period.first_day).days + 1) / days
