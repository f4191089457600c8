"""Fifty people at work on a county's year of records, against one alone; and the lists against Django admin's.

    script/bench load [--users 50] [--seconds 60] [--scale 1.0] [--only users|lists]

Two gunicorn workers as the product is deployed, PostgreSQL, 100,000 enterprises and 1,000,000 activities (times
``--scale``). The users read and enter, and pause between pages as people do; alone, one user is all of them in turn and
does not pause. Exit code 1 when there was an error, the 95th percentile rose more than four times, or a list was less
than three times as fast as the change list.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

from tests.servers import free_port

ADMIN_SETTINGS = "benchmarks.load.admin_settings"
RATIO_GOAL, ADMIN_GOAL = 4.0, 3.0
ROUNDS = 15
#: The same question to a list of the product and to a change list: (what, product's query, admin's).
QUESTIONS = [
    ("first page", "", ""),
    ("page in the middle", "page={middle}", "p={middle}"),
    ("last page", "page={last}", "p={last}"),
    ("search", "q=0012345", "q=0012345"),
    ("sorted", "sort={sort}", "o=-{column}"),
    ("filtered", "{filter}", "{admin_filter}"),
]
LISTS = {
    "enterprises": ("nonpublic/enterprise", "-staff", "sector=C", "sector__exact=C"),
    "activities": ("work/activity", "-attendance", "kind=visit", "kind__exact=visit"),
}

Times = dict[str, list[float]]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench load")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", choices=("users", "lists"), help="only one of the two")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="ledgers-load-") as folder:
        return measure(options, Path(folder))


def measure(options: argparse.Namespace, folder: Path) -> int:
    # As in production, but for the certificate.
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "CACHE_URL": os.environ["CELERY_BROKER_URL"].replace("redis://", "rediscache://"),
        "HTTPS": "0",
        "LOG_LEVEL": "WARNING",
        "READ_DOT_ENV": "0",
        "STATIC_ROOT": str(folder / "static"),
        "VAR_DIR": str(folder),
    }
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks.load import data
    from ledgers.periods import Period

    call_command("migrate", verbosity=0)
    # For both: admin brings files of its own.
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": ADMIN_SETTINGS},
        check=True,
    )
    started = time.monotonic()
    enterprises, activities = data.fill(options.scale)
    accounts = data.accounts(max(options.users, len(data.MIX)))
    took = time.monotonic() - started
    print(
        f"{enterprises:,} enterprises and {activities:,} activities with their history, written in {took:.0f} s"
    )
    today = timezone.localdate()
    plan = {
        "accounts": [dataclasses.asdict(account) for account in accounts],
        "cookie": settings.SESSION_COOKIE_NAME,
        "today": today.isoformat(),
        "quarter": str(Period.containing(today).quarters[(today.month - 1) // 3]),
    }
    reached = True
    with served("config.settings.prod") as address:
        if options.only != "lists":
            at_work(plan, folder, address, users=1, seconds=3)  # what is made once and kept, is made here
            alone = at_work(plan, folder, address, users=1, seconds=max(options.seconds // 2, 5))
            together = at_work(plan, folder, address, users=options.users, seconds=options.seconds)
            reached &= report_users(options, alone, together)
        if options.only != "users":
            with served(ADMIN_SETTINGS) as admin_address:
                lists = compare(settings.SESSION_COOKIE_NAME, accounts[0].session, address, admin_address)
            reached &= report_lists(lists)
    return 0 if reached else 1


@contextlib.contextmanager
def served(module: str) -> Iterator[str]:
    """Two gunicorn workers with these settings; gives their address."""
    port = free_port()
    server = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "gunicorn",
                "--config",
                "deploy/gunicorn.conf.py",
                "config.wsgi:application",
            ),
            *("--bind", f"127.0.0.1:{port}", "--workers", "2", "--log-level", "warning"),
        ],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": module},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while not _answers(address):
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit("gunicorn did not start")
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def at_work(plan: dict[str, Any], folder: Path, address: str, *, users: int, seconds: int) -> list[Any]:
    """[kind of page, milliseconds, fault] of each request of ``users`` within ``seconds``; one alone does not pause."""
    measured = folder / "measured.json"
    full = plan | {
        "address": address,
        "users": users,
        "seconds": seconds,
        "pauses": users > 1,
        "measured": str(measured),
    }
    (folder / "plan.json").write_text(json.dumps(full))
    subprocess.run(
        [sys.executable, "-m", "benchmarks.load.users", str(folder / "plan.json")],
        check=True,
    )
    found: list[Any] = json.loads(measured.read_text())
    return found


def compare(cookie: str, session: str, product: str, admin: str) -> dict[str, tuple[float, float]]:
    """Milliseconds (median) of each list and of its change list, asked by a county's officer, who sees every row.

    They are asked in turns, so that whatever else the machine does slows both.
    """
    opener = urllib.request.build_opener()
    opener.addheaders = [("Cookie", f"{cookie}={session}")]

    def seconds(address: str) -> float:
        started = time.perf_counter()
        with opener.open(address, timeout=60) as answer:
            answer.read()
        return time.perf_counter() - started

    found = {}
    for what, path, admin_path in questions():
        times = [(seconds(product + path), seconds(admin + admin_path)) for _ in range(ROUNDS)]
        # Each server has two processes, and each process its first time.
        mine, theirs = zip(*times[3:], strict=True)
        found[what] = statistics.median(mine) * 1000, statistics.median(theirs) * 1000
    return found


def questions() -> Iterator[tuple[str, str, str]]:
    """(what is asked, path of the list, path of the change list), for each list and question."""
    from ledgers.paging import PAGE_SIZES
    from ledgers.registry import ledgers

    for slug, (admin, sort, product_filter, admin_filter) in LISTS.items():
        ledger = ledgers.get(slug)
        last = -(-ledger.model._default_manager.count() // PAGE_SIZES[0])
        values = {
            "middle": last // 2,
            "last": last,
            "sort": sort,
            # The change list numbers its columns after the box that selects a row.
            "column": list(ledger.table.base_columns).index(sort.lstrip("-")) + 1,
            "filter": product_filter,
            "admin_filter": admin_filter,
        }
        for what, query, admin_query in QUESTIONS:
            yield (
                f"{slug}, {what}",
                f"{ledger.url('list')}?{query.format(**values)}",
                f"/admin/{admin}/?{admin_query.format(**values)}",
            )


def report_users(options: argparse.Namespace, alone: list[Any], together: list[Any]) -> bool:
    """Print what a page took alone and among many; whether that rose no more than it may, and nothing failed."""
    from benchmarks.load.data import PAUSE

    one, many = _by_kind(alone), _by_kind(together)
    print(
        f"\n{options.users} users for {options.seconds} s, {PAUSE[0]:.0f} to {PAUSE[1]:.0f} s between two pages:"
        f" {len(together):,} requests, {len(together) / options.seconds:.1f} a second"
    )
    print(
        f"{'kind of page':<18} {'alone':>7} {'p50':>7} {'p95':>8}"
        f" {f'{options.users} users':>10} {'p50':>7} {'p95':>8} {'p95 ratio':>10}"
    )
    for kind in sorted(many, key=lambda kind: (kind == "all pages", kind)):
        a, b = one.get(kind, []), many[kind]
        ratio = f"{_p95(b) / _p95(a):>9.2f}x" if a else ""
        print(
            f"{kind:<18} {len(a):>7} {_median(a):>4.0f} ms {_p95(a):>5.0f} ms {len(b):>10} {_median(b):>4.0f} ms"
            f" {_p95(b):>5.0f} ms {ratio}"
        )
    errors = [f"{kind}: {fault}" for kind, _, fault in [*alone, *together] if fault]
    print(f"errors: {len(errors)}", *errors[:10], sep="\n  ")
    rise = _p95(many["all pages"]) / _p95(one["all pages"])
    print(f"p95 of all pages: {rise:.2f} times that of one user (goal: at most {RATIO_GOAL:.0f})")
    return not errors and rise <= RATIO_GOAL


def report_lists(lists: dict[str, tuple[float, float]]) -> bool:
    """Print each list beside its change list; whether they are faster by as much as they have to be."""
    print(f"\n{'a county officer, alone':<40} {'product':>10} {'admin':>10} {'faster':>8}")
    for what, (mine, theirs) in lists.items():
        print(f"{what:<40} {mine:>7.0f} ms {theirs:>7.0f} ms {theirs / mine:>7.2f}x")
    faster = statistics.geometric_mean(
        theirs / mine for what, (mine, theirs) in lists.items() if what.startswith("enterprises")
    )
    print(
        f"enterprises: {faster:.2f} times as fast as the change list, geometric mean (goal: {ADMIN_GOAL:.0f})"
    )
    return faster >= ADMIN_GOAL


def _by_kind(measured: list[Any]) -> Times:
    found: Times = defaultdict(list)
    for kind, milliseconds, fault in measured:
        if not fault:
            found[kind].append(milliseconds)
            found["all pages"].append(milliseconds)
    return dict(found)


def _median(times: list[float]) -> float:
    return statistics.median(times) if times else 0.0


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] if times else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
