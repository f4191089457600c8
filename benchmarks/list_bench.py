"""List pages at 100,000 records against the same pages at 1,000, in one run.

    script/bench list [--rows 100000] [--repeat 15]

A page that walks over the rows before it, or a query per row, shows here as a ratio far above 1.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import django


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench list")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=15)
    options = parser.parse_args(argv)
    django.setup()

    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    from ledgers.access import Role
    from ledgers.identifiers import credit_code_check_character
    from ledgers.models import OrgUnit, User
    from nonpublic.models import Enterprise

    setup_test_environment()
    call_command("migrate", verbosity=0)
    county = OrgUnit.objects.create_under(None, code="330281000000", name="县", level="county")

    def township(number: int, rows: int) -> Client:
        unit = OrgUnit.objects.create_under(
            county, code=f"3302811{number:02d}000", name=f"镇{number}", level="township"
        )
        villages = [
            OrgUnit.objects.create_under(
                unit, code=f"3302811{number:02d}{village:03d}", name=f"村{village}", level="village"
            )
            for village in range(201, 221)
        ]
        Enterprise.objects.bulk_create(
            (
                Enterprise(
                    unit=villages[row % 20],
                    name=f"企业{row:06d}有限公司",
                    credit_code=(body := f"9133028{number}MA{row:07d}") + credit_code_check_character(body),
                    registered_capital=row % 5000,
                    staff=row % 300,
                )
                for row in range(rows)
            ),
            batch_size=5000,
        )
        officer = User.objects.create_user(
            f"officer{number}", None, name="干事", role=Role.OFFICER, unit=unit
        )
        client = Client()
        client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
        return client

    small, large = township(1, 1000), township(2, options.rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def median(call: Callable[[], object]) -> float:
        call()
        times = []
        for _ in range(options.repeat):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    address = "/ledgers/enterprises/"
    pages: dict[str, tuple[dict[str, str | int], dict[str, str | int]]] = {
        "first page": ({}, {}),
        "last page": ({"page": 1000 // 25}, {"page": options.rows // 25}),
        "sorted by staff": ({"sort": "-staff"}, {"sort": "-staff"}),
        "one village": ({"unit": _village(1)}, {"unit": _village(2)}),
        "search": ({"q": "企业000999"}, {"q": "企业000999"}),
    }
    print(f"{'page':<16} {'1,000 rows':>12} {f'{options.rows:,} rows':>14} {'ratio':>7} {'queries':>9}")
    for name, (few, many) in pages.items():
        reference = median(partial(small.get, address, few))
        measured = median(partial(large.get, address, many))
        counts = []
        for client, query in ((small, few), (large, many)):
            with CaptureQueriesContext(connection) as captured:
                response = client.get(address, query)
            if response.status_code != 200:
                raise SystemExit(f"{name}: status {response.status_code}")
            counts.append(len(captured))
        print(
            f"{name:<16} {reference * 1000:>9.1f} ms {measured * 1000:>11.1f} ms {measured / reference:>7.2f} "
            f"{counts[0]:>4}/{counts[1]:<4}"
        )
    return 0


def _village(number: int) -> int:
    from ledgers.models import OrgUnit

    return OrgUnit.objects.get(code=f"3302811{number:02d}201").pk


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
