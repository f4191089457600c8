"""Rules that a return is checked by, declared with its model.

A hard rule can be kept by anybody and is also a constraint of the database; breaking it is an error. A soft rule
finds what is unusual for this village: it asks for an explanation and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from statistics import median
from typing import Any, Protocol

from django.db import models
from django.db.models import F, Q


@dataclass(frozen=True)
class Finding:
    """What a rule found, at the field where it is put right; the message is one Chinese sentence."""

    field: str
    message: str


class HardRule(Protocol):
    def findings(self, record: Any) -> Iterator[Finding]: ...

    def constraint(self, name: str) -> models.CheckConstraint: ...


class SoftRule(Protocol):
    def findings(self, record: Any, earlier: Sequence[Any]) -> Iterator[Finding]: ...


def label(record: Any, name: str) -> str:
    """What a field of a record or model is called."""
    return str(record._meta.get_field(name).verbose_name)


@dataclass(frozen=True)
class NotLess:
    """Persons are at least as many as their households."""

    persons: str
    households: str

    def findings(self, record: Any) -> Iterator[Finding]:
        persons, households = getattr(record, self.persons), getattr(record, self.households)
        if persons is not None and households is not None and persons < households:
            yield Finding(
                self.persons,
                f"{label(record, self.persons)}（{persons}）不能少于"
                f"{label(record, self.households)}（{households}），请核对。",
            )

    def constraint(self, name: str) -> models.CheckConstraint:
        return models.CheckConstraint(
            condition=Q(**{f"{self.persons}__gte": F(self.households)}),
            name=name,
            violation_error_message="人数不能少于户数，请核对。",
        )


@dataclass(frozen=True)
class PartsWithin:
    """The parts together are no more than the whole, where the whole is known."""

    parts: tuple[str, ...]
    whole: str

    def findings(self, record: Any) -> Iterator[Finding]:
        whole = getattr(record, self.whole)
        parts = [getattr(record, name) for name in self.parts]
        if whole is None or None in parts:
            return
        if sum(parts) > whole:
            names = "与".join(label(record, name) for name in self.parts)
            yield Finding(
                self.whole,
                f"{label(record, self.whole)}（{whole}）少于{names}之和（{sum(parts)}），请核对。",
            )

    def constraint(self, name: str) -> models.CheckConstraint:
        together = reduce(add, (F(part) for part in self.parts[1:]), F(self.parts[0]))
        # SQL lets an unknown whole pass.
        return models.CheckConstraint(
            condition=Q(**{f"{self.whole}__gte": together}),
            name=name,
            violation_error_message="总数不能少于其中各项之和，请核对。",
        )


@dataclass(frozen=True)
class Swing:
    """A change of more than ``percent`` against the return before; from zero, any change."""

    percent: int = 20

    def findings(self, record: Any, earlier: Sequence[Any]) -> Iterator[Finding]:
        if not earlier:
            return
        last = earlier[0]
        for name in record.figures:
            before, now = getattr(last, name), getattr(record, name)
            if before is None or now is None or abs(now - before) * 100 <= before * self.percent:
                continue
            more = "增加" if now > before else "减少"
            share = f"，{more}{Decimal(abs(now - before) * 100) / before:.0f}%" if before else ""
            yield Finding(
                name,
                f"{label(record, name)}由{last.quarter.label}的{before}变为{now}{share}，请说明原因。",
            )


@dataclass(frozen=True)
class Outlier:
    """A number far from the unit's own usual: ``deviations`` robust standard deviations from the median.

    Iglewicz and Hoaglin's modified z-score, 0.6745 (x - median) / MAD, with 3.5 as the usual limit. A series that has
    hardly moved would make every change an outlier, so the deviation is at least 5 % of the median, and one person.
    """

    quarters: int = 4
    deviations: Decimal = Decimal("3.5")

    def findings(self, record: Any, earlier: Sequence[Any]) -> Iterator[Finding]:
        for name in record.figures:
            now = getattr(record, name)
            past = [value for each in earlier if (value := getattr(each, name)) is not None]
            if now is None or len(past) < self.quarters:
                continue
            middle = Decimal(median(past))
            spread = Decimal(median(abs(value - middle) for value in past)) / Decimal("0.6745")
            if abs(now - middle) > self.deviations * max(spread, middle * 5 / 100, Decimal(1)):
                yield Finding(
                    name,
                    f"{label(record, name)}（{now}）与本村近{len(past)}个季度的通常水平（{middle:.0f}）"
                    "相差较大，请说明原因。",
                )
