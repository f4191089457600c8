"""No small group, and nothing that leads to one, is left in a protected table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers.disclosure import OTHER, THRESHOLD, Row, Table, protect

COUNTS = st.one_of(st.integers(0, 8), st.integers(0, 400))
NAMES = [f"g{number:02}" for number in range(14)]


def columns(rows: dict[str, Row]) -> tuple[int, ...]:
    """The totals of the parts."""
    return tuple(map(sum, zip(*(row.parts for row in rows.values() if row.parts), strict=True)))


@st.composite
def ethnic_tables(draw: st.DrawFn) -> Table:
    """Groups with registered and migrant people, whose sum is the group's people."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=14))
    rows = {}
    for name in names:
        parts = (draw(COUNTS), draw(COUNTS))
        rows[name] = Row(sum(parts), parts)
    return Table(rows, columns(rows))


@st.composite
def region_tables(draw: st.DrawFn) -> Table:
    """Regions with households and at least as many persons."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=14))
    rows = {}
    for name in names:
        households = draw(st.one_of(st.integers(1, 8), st.integers(1, 200)))
        rows[name] = Row(households + draw(COUNTS), (households,))
    return Table(rows, columns(rows), least=1)


TABLES = st.one_of(ethnic_tables(), region_tables())


def total_persons(table: Table) -> int:
    return sum(row.persons for row in table.rows.values())


@given(TABLES)
def test_no_group_and_no_part_of_less_than_five_is_shown(table: Table) -> None:
    for row in protect(table).rows.values():
        assert row.persons >= THRESHOLD
        assert not any(0 < part < THRESHOLD for part in row.parts or ())


@given(TABLES)
def test_totals_and_the_number_of_groups_are_kept(table: Table) -> None:
    safe = protect(table)
    assert safe.totals == table.totals
    if safe.rows:
        assert total_persons(safe) == total_persons(table)
        assert sum(row.groups for row in safe.rows.values()) == sum(
            row.groups for row in table.rows.values() if row.persons
        )
        if all(row.parts is not None for row in safe.rows.values()):
            shown = zip(*(row.parts for row in safe.rows.values() if row.parts is not None), strict=True)
            assert tuple(map(sum, shown)) == table.totals


@given(TABLES)
def test_what_is_shown_is_true(table: Table) -> None:
    safe = protect(table)
    for name, row in safe.rows.items():
        if name == OTHER:
            continue
        assert row.persons == table.rows[name].persons
        assert row.parts in (None, table.rows[name].parts)


@given(TABLES)
def test_protecting_twice_changes_nothing(table: Table) -> None:
    once = protect(table)
    assert protect(once) == once


@given(TABLES)
def test_a_merged_line_never_stands_for_one_small_group(table: Table) -> None:
    other = protect(table).rows.get(OTHER)
    if other is not None:
        # As many people as groups would mean one person in each.
        assert other.groups >= 2
        assert other.persons > other.groups


@given(TABLES)
def test_nothing_is_merged_or_hidden_without_need(table: Table) -> None:
    harmless = all(
        row.persons >= THRESHOLD and not any(0 < part < THRESHOLD for part in row.parts or ())
        for row in table.rows.values()
        if row.persons
    )
    if harmless:
        assert dict(protect(table).rows) == {name: row for name, row in table.rows.items() if row.persons}


def possible(persons: list[int], rest: int, least: int) -> Iterator[tuple[int, ...]]:
    """Every way to share ``rest`` out over rows of so many persons."""
    for parts in itertools.product(*(range(least, count + 1) for count in persons)):
        if sum(parts) == rest:
            yield parts


SMALL = st.integers(0, 7)


@st.composite
def small_tables(draw: st.DrawFn) -> Table:
    """Tables small enough to try every number that could stand in a hidden cell."""
    size = draw(st.integers(1, 4))
    if draw(st.booleans()):
        rows = {}
        for name in NAMES[:size]:
            parts = (draw(SMALL), draw(SMALL))
            rows[name] = Row(sum(parts), parts)
        return Table(rows, columns(rows))
    rows = {}
    for name in NAMES[:size]:
        households = draw(st.integers(1, 6))
        rows[name] = Row(households + draw(SMALL), (households,))
    return Table(rows, columns(rows), least=1)


@settings(deadline=None)
@given(small_tables())
def test_no_hidden_number_below_five_follows_from_what_is_shown(table: Table) -> None:
    """Tried out: for every hidden part there are at least two numbers it can be, or it is none or five or more."""
    safe = protect(table)
    hidden = [row for row in safe.rows.values() if row.parts is None]
    if not hidden:
        return
    for place, total in enumerate(safe.totals):
        rest = total - sum(row.parts[place] for row in safe.rows.values() if row.parts is not None)
        ways = list(possible([row.persons for row in hidden], rest, safe.least))
        assert ways, "what is shown must be consistent"
        for number in range(len(hidden)):
            values = {way[number] for way in ways}
            assert len(values) > 1 or values <= {0} or min(values) >= THRESHOLD


@settings(deadline=None)
@given(small_tables())
def test_no_merged_group_can_be_worked_out_from_the_total(table: Table) -> None:
    safe = protect(table)
    merged = [row.persons for name, row in table.rows.items() if row.persons and name not in safe.rows]
    if not safe.rows or not merged:
        return
    other = safe.rows[OTHER]
    assert other.persons == sum(merged)
    ways = [
        way
        for way in itertools.product(range(1, other.persons + 1), repeat=len(merged))
        if sum(way) == other.persons
    ]
    for number in range(len(merged)):
        assert len({way[number] for way in ways}) > 1


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        # One small group takes the next smallest with it.
        ({"a": (3, 0), "b": (6, 0), "c": (40, 0)}, {"c": 40, OTHER: 9}),
        # Two that are five together stand alone.
        ({"a": (3, 0), "b": (0, 4), "c": (40, 0), "d": (10, 10)}, {"c": 40, "d": 20, OTHER: 7}),
        # Five groups of one person each would give each other away.
        (
            {"a": (1, 0), "b": (1, 0), "c": (1, 0), "d": (1, 0), "e": (1, 0), "f": (9, 0), "g": (50, 0)},
            {"g": 50, OTHER: 14},
        ),
        # Everything would collapse: only the totals.
        ({"a": (3, 0), "b": (40, 0)}, {}),
        ({"a": (2, 1)}, {}),
        # The only group has a small part, which the total tells.
        ({"a": (3, 40)}, {}),
        ({"a": (0, 40)}, {"a": 40}),
        ({}, {}),
    ],
)
def test_edges(rows: dict[str, tuple[int, int]], shown: dict[str, int]) -> None:
    table = Table(
        {name: Row(sum(parts), parts) for name, parts in rows.items()},
        tuple(sum(parts[place] for parts in rows.values()) for place in (0, 1)),
    )
    assert {name: row.persons for name, row in protect(table).rows.items()} == shown


def test_a_small_part_hides_behind_another_row() -> None:
    rows = {"a": Row(42, (2, 40)), "b": Row(60, (20, 40)), "c": Row(200, (100, 100))}
    safe = protect(Table(rows, (122, 180)))
    # 2 alone would follow from the totals; with b's 20 it can be anything up to 22.
    assert safe.rows["a"].parts is None
    assert safe.rows["b"].parts is None
    assert safe.rows["c"].parts == (100, 100)


def test_two_regions_of_one_household_each_leave_only_the_totals() -> None:
    rows = {"HK": Row(6, (1,)), "US": Row(7, (1,))}
    assert protect(Table(rows, (2,), least=1)).rows == {}
