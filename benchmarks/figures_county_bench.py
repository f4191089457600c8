"""Figures of a county with a million activities, against one hand-written GROUP BY on their table.

    script/bench figures_county [--rows 1000000] [--repeat 5]

20 townships of 20 villages, five years. Measured are all figures of the county for a year with those of the year
before, and the same for each of its townships; the hand-written query gives the same numbers of one table and no more.
Both are checked to agree.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

_BY_HAND = """
SELECT substr(u.path, 1, %s) AS anchor, a.kind, extract(year FROM a.held_on)::int AS year, count(*),
       sum(a.attendance), sum(a.banners), sum(a.slogans), sum(a.leaflets), sum(a.posts)
FROM {activity} a JOIN {unit} u ON u.id = a.unit_id
WHERE u.path LIKE %s AND a.held_on BETWEEN %s AND %s
GROUP BY 1, 2, 3"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench figures_county")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--explain", action="store_true", help="print the plan of the product's query")
    options = parser.parse_args(argv)
    django.setup()

    from django.core.management import call_command
    from django.db import connection

    from ledgers.computing import compute, figures
    from ledgers.indicators import indicators
    from ledgers.periods import Period
    from ledgers.registry import ledgers

    call_command("migrate", verbosity=0)
    activity: Any = ledgers.get("activities").model
    county, towns = _county(activity, options.rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    year = Period(2025)
    codes = [each.code for each in indicators.all() if each.records is activity]
    sql = _BY_HAND.format(activity=activity._meta.db_table, unit=type(county)._meta.db_table)

    def by_hand(length: int) -> dict[tuple[str, str, int], tuple[int, ...]]:
        first, last = year.same_period_last_year.first_day, year.last_day
        with connection.cursor() as cursor:
            cursor.execute(sql, [length, f"{county.path}%", first, last])
            return {row[:3]: row[3:] for row in cursor.fetchall()}

    step = type(county).steplen
    rows = by_hand(step)
    found = figures(county, year, codes)
    meetings, banners = found["work.meetings"], found["work.banners"]
    assert meetings.value == rows[county.path, "meeting", 2025][0]
    assert meetings.previous == rows[county.path, "meeting", 2024][0]
    assert banners.value == sum(numbers[2] for key, numbers in rows.items() if key[2] == 2025)

    periods = [year, year.same_period_last_year]
    measured = {
        "county": (lambda: figures(county, year, codes), lambda: by_hand(step)),
        "20 townships": (lambda: compute(codes, towns, periods), lambda: by_hand(2 * step)),
    }
    print(f"{options.rows:,} activities, {len(codes)} figures of them, two years")
    print(f"{'':<14} {'product':>10} {'by hand':>10} {'ratio':>7}")
    for name, (ours, theirs) in measured.items():
        mine, other = _in_turns(ours, theirs, options.repeat)
        print(f"{name:<14} {mine * 1000:>7.0f} ms {other * 1000:>7.0f} ms {mine / other:>7.2f}")
    every = _in_turns(lambda: figures(county, year), lambda: None, options.repeat)[0]
    print(f"all {len(indicators.all())} figures of the county, every ledger: {every * 1000:.0f} ms")
    if options.explain:
        _explain(lambda: compute(codes, towns, periods))
    return 0


def _in_turns(ours: Callable[[], object], theirs: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Median seconds of both, called in turns after one call each that is not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for round_number in range(repeat + 1):
        for call, kept in zip((ours, theirs), times, strict=True):
            start = time.perf_counter()
            call()
            if round_number:
                kept.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def _explain(call: Callable[[], object]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        call()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + captured[0]["sql"])
        print("\n".join(row[0][:160] for row in cursor.fetchall()))


def _county(activity: Any, rows: int) -> tuple[Any, list[Any]]:
    from django.db import transaction
    from django.utils import timezone

    from ledgers.db import BulkRows
    from ledgers.models import OrgUnit

    county = OrgUnit.objects.create_under(None, code="330281000000", name="清江县", level="county")
    towns, villages = [], []
    for town_number in range(101, 121):
        code = f"330281{town_number}"
        town = OrgUnit.objects.create_under(
            county, code=f"{code}000", name=f"镇{town_number}", level="township"
        )
        towns.append(town)
        villages += [
            OrgUnit.objects.create_under(town, code=f"{code}{n}", name=f"村{n}", level="village").pk
            for n in range(201, 221)
        ]
    kinds = [value for value, _ in activity.Kind.choices]
    now, start = timezone.now(), dt.date(2021, 1, 1)
    fixed = {
        "row_version": 1,
        "created_at": now,
        "updated_at": now,
        "expense": 0,
        "outcome": "",
        "slogans": 1,
    }
    names = ["unit_id", "kind", "held_on", "title", "attendance", "banners", "leaflets", "posts"]
    made = (
        [
            villages[n % 400],
            kinds[n * 7 % 9],
            start + dt.timedelta(days=n * 13 % 1826),
            f"活动{n}",
            n % 60,
            n % 3,
            n % 40,
            n % 2,
        ]
        for n in range(rows)
    )
    with transaction.atomic():
        BulkRows(activity, names, made).insert_into(activity, fixed)
    return county, towns


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
