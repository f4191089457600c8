import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers.periods import Period, PeriodError

periods = st.builds(
    lambda year, kind_and_number: Period(year, *kind_and_number),
    st.integers(1950, 2200),
    st.sampled_from([("year", 1), *(("half", n) for n in (1, 2)), *(("quarter", n) for n in (1, 2, 3, 4))]),
)


@given(periods)
def test_a_period_is_printed_as_it_is_parsed(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(periods)
def test_a_period_begins_the_day_after_the_one_before_ends(period: Period) -> None:
    assert period.previous.last_day + dt.timedelta(days=1) == period.first_day
    assert period.previous.next == period


@given(periods)
def test_every_day_of_a_period_lies_in_it_and_in_exactly_one_of_its_quarters(period: Period) -> None:
    for day in (period.first_day, period.last_day):
        assert Period.containing(day, period.kind) == period
        assert sum(quarter.contains(day) for quarter in period.quarters) == 1
    assert sum(quarter.months for quarter in period.quarters) == period.months


@pytest.mark.parametrize(
    ("text", "first", "last", "label"),
    [
        ("2025", "2025-01-01", "2025-12-31", "2025年"),
        ("2024H1", "2024-01-01", "2024-06-30", "2024年上半年"),
        ("2024h2", "2024-07-01", "2024-12-31", "2024年下半年"),
        ("2024Q1", "2024-01-01", "2024-03-31", "2024年第一季度"),
        ("2025q3", "2025-07-01", "2025-09-30", "2025年第三季度"),
    ],
)
def test_days_and_label(text: str, first: str, last: str, label: str) -> None:
    period = Period.parse(text)
    assert (str(period.first_day), str(period.last_day), period.label) == (first, last, label)


def test_months_are_for_targets_and_are_not_parsed() -> None:
    quarter = Period.parse("2024Q1")
    months = quarter.split("month")
    assert [(str(month), month.label, month.label_in_year) for month in months][1] == (
        "2024M2",
        "2024年2月",
        "2月",
    )
    assert [str(month.last_day) for month in months] == ["2024-01-31", "2024-02-29", "2024-03-31"]
    assert months[0].previous == Period(2023, "month", 12)
    assert months[0].quarters == quarter.split("half") == []
    assert Period.containing(dt.date(2024, 2, 29), "month") == months[1]
    with pytest.raises(PeriodError):
        Period.parse("2024M2")


@pytest.mark.parametrize("text", ["", "25", "2025Q5", "2025H3", "2025 Q1", "二〇二五", "2025Q", "0125"])
def test_what_is_not_a_period_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(PeriodError, match="2025Q3"):
        Period.parse(text)


def test_the_year_before_keeps_the_kind() -> None:
    assert str(Period.parse("2025Q1").previous) == "2024Q4"
    assert str(Period.parse("2025Q1").same_period_last_year) == "2024Q1"
    assert [str(p) for p in Period.parse("2025Q2").back(3)] == ["2024Q4", "2025Q1", "2025Q2"]
