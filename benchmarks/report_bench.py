"""The annual report, from records to a stored PDF, against WeasyPrint alone on the same HTML.

    script/bench report [--records 20000] [--repeat 5]

Both sides start a process for the PDF, as the product does. The difference is what the product adds: figures,
fingerprints of the records, sentences, charts and the database. A second line renders the same HTML in a
process that is already warm, the best that WeasyPrint can do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import django

_ALONE = "import sys, weasyprint; weasyprint.HTML(string=sys.stdin.read()).write_pdf(pdf_variant='pdf/ua-1')"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench report")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args(argv)
    django.setup()

    from django.core.management import call_command
    from django.db import connection

    from ledgers.periods import Period
    from reporting.documents import pdf
    from reporting.documents.fonts import fontconfig_file
    from reporting.documents.html import printed_html
    from reporting.services import build_report

    call_command("migrate", verbosity=0)
    unit = _township(options.records)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    start = time.perf_counter()
    report = build_report(unit=unit, period=Period(2025), kind="annual", user=None)
    first = time.perf_counter() - start
    html = printed_html(report.content)
    file = report.files.get()

    def median(call: Callable[[], object]) -> float:
        times = []
        for _ in range(options.repeat):
            begun = time.perf_counter()
            call()
            times.append(time.perf_counter() - begun)
        return statistics.median(times)

    # The child's own environment, so that both sides set the same fonts.
    environment = {**os.environ, "FONTCONFIG_FILE": str(fontconfig_file())}
    built = median(lambda: build_report(unit=unit, period=Period(2025), kind="annual", user=None))
    alone = median(
        lambda: subprocess.run(
            [sys.executable, "-c", _ALONE], input=html, text=True, env=environment, check=True
        )
    )
    rendered = median(lambda: pdf.render_html(html))
    warm = _warm(html, options.repeat, environment)

    print(f"{options.records:,} records, {file.pages} pages, {len(html) / 1024:.0f} KB of HTML")
    print(f"{'report, first in the process':<36} {first * 1000:>8.0f} ms")
    print(f"{'report, from records to stored PDF':<36} {built * 1000:>8.0f} ms")
    print(f"{'  of it the rendering child':<36} {rendered * 1000:>8.0f} ms")
    print(f"{'WeasyPrint alone, new process':<36} {alone * 1000:>8.0f} ms   ratio {built / alone:.2f}")
    print(f"{'WeasyPrint alone, warm process':<36} {warm * 1000:>8.0f} ms   ratio {built / warm:.2f}")
    return 0


def _township(records: int) -> Any:
    """A township with two years of work: mostly visits, every kind of figure in it."""
    import datetime as dt

    from ledgers.models import OrgUnit
    from ledgers.registry import ledgers

    activity: Any = ledgers.get("activities").model
    county = OrgUnit.objects.create_under(None, code="330281000000", name="清江县", level="county")
    town = OrgUnit.objects.create_under(county, code="330281101000", name="东山镇", level="township")
    villages = [
        OrgUnit.objects.create_under(town, code=f"330281101{n}", name=f"村{n}", level="village")
        for n in range(201, 221)
    ]
    kinds = ("meeting", "study", "training", "publicity", "visit", "exchange", "visit", "visit")
    activity._default_manager.bulk_create(
        (
            activity(
                unit=villages[n % 20],
                kind=kinds[n % 8],
                held_on=dt.date(2024 + n % 2, n % 12 + 1, n % 28 + 1),
                title=f"活动{n}",
                attendance=n % 60,
                banners=n % 3,
                posts=n % 2,
            )
            for n in range(records)
        ),
        batch_size=5000,
    )
    return town


def _warm(html: str, repeat: int, environment: dict[str, str]) -> float:
    program = f"""import statistics, sys, time, weasyprint
html, times = sys.stdin.read(), []
for _ in range({repeat} + 1):
    start = time.perf_counter()
    weasyprint.HTML(string=html).write_pdf(pdf_variant='pdf/ua-1')
    times.append(time.perf_counter() - start)
print(statistics.median(times[1:]))"""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        input=html,
        text=True,
        env=environment,
        check=True,
        capture_output=True,
    )
    return float(finished.stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
