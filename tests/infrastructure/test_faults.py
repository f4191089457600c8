"""The product on PostgreSQL and Redis, chosen by environment variables alone, while these come and go."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests import servers
from tests.product import Product
from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.servers

TOWNSHIP = "东山镇"


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis: servers.Redis
) -> Iterator[Product]:
    var = tmp_path_factory.mktemp("var")
    with Product(var, DATABASE_URL=database_url, CELERY_BROKER_URL=redis.url, SWEEP_SECONDS="2") as running:
        yield running.wait_until_started()
    assert not (var / "data.sqlite3").exists(), "everything is in PostgreSQL"


@pytest.fixture(scope="module")
def officer(product: Product) -> Visitor:
    visitor = Visitor(product)
    visitor.sign_in("officer", product.passwords()["officer"], "Qingjiang-2026-Bridge")
    return visitor


def ask_for_report(visitor: Visitor, year: int) -> Answer:
    return visitor.submit(visitor.get("/reports/draft/"), period=str(year))


def wait_until_done(visitor: Visitor, job: Answer, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    # The page of a job that is done leads on to its result.
    while (page := visitor.get(job.path)).path.startswith("/jobs/"):
        assert "未完成" not in page.text
        assert time.monotonic() < deadline, "the job was not done in time"
        time.sleep(0.5)


def reports(database_url: str, year: int) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM reporting_report WHERE period = %s", [str(year)]
        ).fetchone()
    assert row
    return int(row[0])


@pytest.fixture(scope="module")
def usual(officer: Visitor, database_url: str) -> float:
    """Seconds until the answer on this machine, busy as it is, when nothing is wrong."""
    job = ask_for_report(officer, 2025)
    wait_until_done(officer, job, seconds=60)
    assert reports(database_url, 2025) == 1
    return job.seconds


def test_a_dead_broker_keeps_nobody_waiting_and_loses_nothing(
    officer: Visitor, redis: servers.Redis, database_url: str, usual: float
) -> None:
    redis.kill()
    job = ask_for_report(officer, 2024)
    assert job.path.startswith("/jobs/")
    assert job.seconds < usual + 2
    redis.start()
    wait_until_done(officer, job, seconds=90)
    assert reports(database_url, 2024) == 1


def test_a_silent_broker_keeps_nobody_waiting_and_stalls_no_worker(
    officer: Visitor, redis: servers.Redis, usual: float
) -> None:
    running = ask_for_report(officer, 2023)
    while "排队中" in officer.get(running.path).text:
        time.sleep(0.05)
    redis.pause()
    try:
        waiting = ask_for_report(officer, 2021)
        assert waiting.seconds < usual + 2
        # The job that is running ends meanwhile, and its worker has nobody to tell, for some time.
        wait_until_done(officer, running, seconds=60)
        time.sleep(5)
    finally:
        redis.resume()
    wait_until_done(officer, waiting, seconds=90)


def test_an_emptied_broker_loses_nothing(
    officer: Visitor, product: Product, redis: servers.Redis, database_url: str
) -> None:
    # The web process has to find out that Redis was started again before it can send anything.
    wait_until_done(officer, ask_for_report(officer, 2022), seconds=90)
    workers = product.processes("celery")
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        # A worker asks Redis for a second at a time; its last question must not get the job as an answer.
        while redis.is_asked():
            time.sleep(0.1)
        job = ask_for_report(officer, 2026)
        assert redis.waits_in("ledgers", job.path.split("/")[2])
        # It keeps nothing on disk: started again, this Redis has never heard of it.
        redis.kill()
        redis.start()
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    # Sent again once it has been silent for half a minute.
    wait_until_done(officer, job, seconds=120)
    assert reports(database_url, 2026) == 1


def test_terminated_database_connections_are_replaced(officer: Visitor, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(4):  # Once for each process and thread that may answer.
        assert officer.get("/reports/").status == 200
