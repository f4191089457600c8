"""The annual report of the demo township, from records to a stored PDF, against WeasyPrint alone on the same HTML.

    script/bench report [--records 20000] [--repeat 7] [--batch 20] [--rounds 2] [--unpinned] [--only report|batch]

Every indicator, at least twelve pages and six charts, which are drawn anew each time. The product renders in a
child process that a worker keeps waiting; WeasyPrint alone is called again and again in one process with everything
loaded, the best it can do. The two take turns, so that a busy machine is busy for both. The time their processes
computed is given beside the time that passed: it tells more on a machine that does other things, too.

Then a batch: the reports of 20 townships on one Celery worker and on two (``report_batch``).
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from benchmarks import report_batch

#: The report, with Word and Excel, may take this much longer than the renderer alone.
GOAL = 1.15
#: The waiting renderer has loaded its fonts by then; in a worker this passes between two reports.
WARM_UP_SECONDS = 4
_ALONE = "import sys, weasyprint; weasyprint.HTML(string=sys.stdin.read()).write_pdf(pdf_variant='pdf/ua-1')"
_WARM = """import sys, time, weasyprint
html = sys.stdin.buffer.read(int(sys.stdin.buffer.readline())).decode()
render = lambda: weasyprint.HTML(string=html).write_pdf(pdf_variant='pdf/ua-1')
render()
print('ready', flush=True)
for _ in sys.stdin.buffer:
    start, computed = time.perf_counter(), time.process_time()
    render()
    print(time.perf_counter() - start, time.process_time() - computed, flush=True)"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench report")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--batch", type=int, default=20, help="reports of the batch")
    parser.add_argument("--rounds", type=int, default=2, help="how often either number of workers is tried")
    parser.add_argument("--unpinned", action="store_true", help="let the kernel place the workers")
    parser.add_argument("--only", choices=("report", "batch"), help="only one of the two")
    options = parser.parse_args(argv)
    django.setup()

    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed_demo", verbosity=0, stdout=io.StringIO())
    reached = True
    if options.only != "batch":
        reached &= _one_report(options.records, options.repeat)
    if options.only != "report":
        reached &= report_batch.compare(
            units=options.batch, rounds=options.rounds, pinned=not options.unpinned
        )
    return 0 if reached else 1


def _one_report(records: int, repeat: int) -> bool:
    """Print how long the annual report takes, and whether that is near enough to the renderer's own time."""
    from django.core.cache import cache
    from django.db import connection

    from ledgers.models import OrgUnit
    from ledgers.periods import Period
    from reporting.documents.figures import with_index
    from reporting.documents.fonts import fontconfig_file
    from reporting.documents.html import printed_html
    from reporting.documents.pdf import spare
    from reporting.services import build_report
    from reporting.traced import traced_figures

    unit = OrgUnit.objects.get(code="330281101000")
    _activities(unit, records)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    year = Period(2025)

    def build() -> Any:
        cache.clear()
        return build_report(unit=unit, period=year, kind="annual", user=None)

    start = time.perf_counter()
    report = build()
    cold = time.perf_counter() - start
    document = report.content
    html = printed_html(with_index(document, traced_figures(report.figures.all(), unit, year)))
    pages, charts = report.files.get(format="pdf").pages, html.count("<svg")
    if pages < 12 or charts < 6:
        raise SystemExit(f"Only {pages} pages and {charts} charts: that is no annual report.")

    # The child's own environment, so that both sides set the same fonts.
    environment = {**os.environ, "FONTCONFIG_FILE": str(fontconfig_file())}
    built, alone = [], []
    spare.keep()
    try:
        with _warm(html, environment) as render:
            for _ in range(repeat):
                time.sleep(WARM_UP_SECONDS)
                built.append(_timed(build))
                time.sleep(WARM_UP_SECONDS)
                alone.append(render())
    finally:
        spare.drop()
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", _ALONE], input=html, text=True, env=environment, check=True)
    fresh = time.perf_counter() - begun
    print(f"{records:,} more records, {pages} pages, {charts} charts, {len(html) / 1024:.0f} KB of HTML")
    print(f"{'median of ' + str(repeat) + ', ms':<40} {'passed':>8} {'computed':>9}")
    (ours, ours_cpu), (theirs, theirs_cpu) = (
        [statistics.median(column) * 1000 for column in zip(*times, strict=True)] for times in (built, alone)
    )
    print(f"{'report, from records to stored PDF':<40} {ours:>8.0f} {ours_cpu:>9.0f}")
    print(f"{'WeasyPrint alone, everything loaded':<40} {theirs:>8.0f} {theirs_cpu:>9.0f}")
    reached = ours / theirs <= GOAL
    print(f"{'ratio':<40} {ours / theirs:>8.2f} {ours_cpu / theirs_cpu:>9.2f}")
    print(f"goal {GOAL}: {'reached' if reached else 'MISSED'}")
    ratios = [mine[0] / other[0] for mine, other in zip(built, alone, strict=True)]
    print(f"ratios of neighbouring runs {min(ratios):.2f} to {max(ratios):.2f}")
    print(
        f"first report of a process {cold * 1000:.0f} ms; WeasyPrint in a new process {fresh * 1000:.0f} ms"
    )
    return reached


Times = tuple[float, float]


def _timed(build: Callable[[], object]) -> Times:
    """Seconds that pass, and that this process and the renderer compute while a report is built."""
    from reporting.documents.pdf import spare

    waiting = spare._child
    before = _computed(waiting.pid) if waiting is not None else 0.0
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    start, own = time.perf_counter(), time.process_time()
    build()
    passed, computed = time.perf_counter() - start, time.process_time() - own
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    rendered = ended.ru_utime + ended.ru_stime - children.ru_utime - children.ru_stime - before
    return passed, computed + rendered


def _computed(pid: int) -> float:
    """Seconds a running process has computed so far, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _warm(html: str, environment: dict[str, str]) -> Iterator[Callable[[], Times]]:
    """A process that renders ``html`` each time it is asked, and says how long it took."""
    content = html.encode()
    with subprocess.Popen(
        [sys.executable, "-c", _WARM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, heard = process.stdin, process.stdout
        told.write(b"%d\n%b" % (len(content), content))
        told.flush()
        heard.readline()

        def render() -> Times:
            told.write(b"\n")
            told.flush()
            passed, computed = map(float, heard.readline().split())
            return passed, computed

        yield render
        told.close()


def _activities(town: Any, records: int) -> None:
    """Two years of work more than the demo has: mostly visits, every kind of figure in it."""
    import datetime as dt

    from ledgers.models import OrgUnit
    from ledgers.registry import ledgers

    activity: Any = ledgers.get("activities").model
    villages = list(OrgUnit.objects.subtree(town).filter(level=OrgUnit.Level.VILLAGE))
    kinds = ("meeting", "study", "training", "publicity", "visit", "exchange", "visit", "visit")
    activity._default_manager.bulk_create(
        (
            activity(
                unit=villages[n % len(villages)],
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
