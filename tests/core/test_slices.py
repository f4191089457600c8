"""Figures put together of slices of time are those of the records, whatever days the records and the periods have."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db.models import Q, Sum

from ledgers.computing import compute
from ledgers.indicators import Indicator, indicators
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.slices import Slicing
from ledgers.work.models import Activity, Brief
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest
from tests.conftest import Units
from tests.core.factories import enterprise

#: A year, parts of it, one that lies apart, and months, as targets are looked at.
PERIODS = [
    *(Period.parse(text) for text in ("2025", "2024", "2025H2", "2025Q3", "2024Q4", "2019")),
    Period(2025, "month", 2),
]
MODELS: list[type[Record]] = [Activity, Enterprise, EnterpriseRequest, Contribution]


def of_model(model: type[Record]) -> list[Indicator]:
    return [member for member in indicators.all() if member.records is model]


def days_that_matter() -> list[dt.date]:
    """The first and last day of each period, and the days beside them."""
    edges = [day for period in PERIODS for day in period.days]
    return sorted({day + dt.timedelta(days=step) for day in edges for step in (-1, 0, 1)})


@pytest.fixture
def records(units: Units) -> None:
    chance, days = random.Random(7), days_that_matter()
    places = [units.county, units.township, *units.villages, units.neighbour_village]
    companies = [enterprise(places[each], each) for each in range(4)]

    def maybe(day: dt.date) -> dt.date | None:
        return chance.choice([day, None])

    for number, day in enumerate(days, start=len(companies)):
        Activity.objects.bulk_create(
            Activity(
                unit=chance.choice(places),
                held_on=day,
                kind=chance.choice(Activity.Kind.values),
                title="一次活动",
                attendance=chance.randrange(90),
                banners=chance.randrange(3),
                expense=Decimal(chance.randrange(3)) / 2,
            )
            for _ in range(3)
        )
        enterprise(
            chance.choice(places),
            number,
            founded_on=maybe(day),
            closed_on=maybe(day + dt.timedelta(days=chance.choice([1, 90, 800]))),
            staff=chance.randrange(50),
            chamber_member=chance.random() < 0.7,
            chamber_since=maybe(day),
        )
        of_company = {"enterprise": chance.choice(companies), "unit": chance.choice(places)}
        due = day + dt.timedelta(days=chance.choice([0, 30, 400]))
        EnterpriseRequest.objects.create(**of_company, raised_on=day, due=maybe(due), resolved_on=maybe(due))
        Contribution.objects.create(**of_company, given_on=day, amount=Decimal(chance.randrange(1, 99)) / 4)


@pytest.mark.django_db
@pytest.mark.each_database
def test_figures_of_slices_are_those_of_the_records(units: Units, records: None) -> None:
    levels = [units.county], [units.township, units.neighbour], units.villages, [units.neighbour_village]
    some = 0
    for model in MODELS:
        members = of_model(model)
        assert Slicing.of(members, PERIODS) is not None, model
        for level in levels:
            cells = compute([member.code for member in members], level, PERIODS)
            for member in members:
                for unit in level:
                    for period in PERIODS:
                        found, cell = member.queryset(unit, period), cells[member.code, unit.pk, period]
                        name, case = member.measure.field, (member.code, unit, period)
                        assert cell.records == found.count(), case
                        value = found.aggregate(all=Sum(name))["all"] or 0 if name else cell.records
                        assert cell.value == value, case
                        some += bool(cell.records)
    assert some > 200


def test_what_cannot_be_sliced_is_not() -> None:
    def of(condition: Callable[[Period], Q]) -> Slicing | None:
        (member,) = [each for each in of_model(Activity) if each.code == "work.meetings"]
        changed = {**vars(member), "condition": condition}
        return Slicing.of([Indicator(**changed)], PERIODS)

    assert of(lambda period: Q(held_on__range=period.days) & ~Q(title="")) is not None
    assert of(lambda period: Q(held_on__lte=period.last_day) | Q(held_on__isnull=True)) is not None
    for condition in (
        lambda period: Q(held_on__range=period.days) | Q(kind="visit"),
        lambda period: ~Q(held_on__range=period.days),
        lambda period: Q(held_on__year=period.year),
        lambda period: Q(unit__closed_on__gt=period.last_day),
        lambda period: Q(created_at__range=period.days),
        lambda period: Q(held_on__range=period.days, attendance__gt=period.number),
        lambda period: Q(unit__in=OrgUnit.objects.filter(level="village")),
        lambda period: Q(held_on__lt=period.last_day) ^ Q(held_on__gt=period.first_day),
    ):
        assert of(condition) is None
    # Without a date, or a period, there is nothing to slice.
    assert of(lambda period: Q(kind="visit")) is None
    assert Slicing.of(of_model(Activity), []) is None
    # Whether a brief counts as adopted hangs on its dates and its text together.
    assert Slicing.of(of_model(Brief), PERIODS) is None
