"""A worker that is killed while it imports or signs: nothing half-written, nothing lost, nothing done twice.

On a real PostgreSQL, whose locks hold the worker at the very place where it is to be killed.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from lxml import html
from psycopg import sql

from tests import servers
from tests.importing.workbooks import company, credit_code, simple
from tests.product import Product
from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.servers

ROWS = 2500
SECONDS = 90
Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis: servers.Redis
) -> Iterator[Product]:
    var = tmp_path_factory.mktemp("var")
    with Product(
        var,
        DATABASE_URL=database_url,
        CELERY_BROKER_URL=redis.url,
        SWEEP_SECONDS="1",
        JOB_STALLED_SECONDS="3",
    ) as running:
        running.wait_until_started()
        running.wait_for_worker()
        yield running


@pytest.fixture(scope="module")
def officer(product: Product) -> Visitor:
    visitor = Visitor(product)
    visitor.sign_in("officer", product.passwords()["officer"], "Qingjiang-2026-Bridge")
    return visitor


@pytest.fixture
def database(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def until(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def number_of(connection: Connection, query: str, *values: Any) -> int:
    row = connection.execute(query, values).fetchone()
    assert row
    return int(row[0])


def waiting(connection: Connection) -> int:
    """How many others wait for a lock. A killed process's server side waits on until it gets the lock."""
    return number_of(
        connection,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )


def ended(visitor: Visitor, job: Answer) -> Answer:
    """The page that a job's page has led to, or its own once the job has failed."""
    pages = [job]

    def is_over() -> bool:
        pages.append(visitor.get(job.path))
        return not pages[-1].path.startswith("/jobs/") or "未完成" in pages[-1].text

    until(is_over, "the job did not end")
    return pages[-1]


class Import:
    """A workbook of new enterprises, checked and waiting to be confirmed."""

    def __init__(self, officer: Visitor, connection: Connection, first: int) -> None:
        self.officer = officer
        self.connection = connection
        self.codes = [credit_code(number) for number in range(first, first + ROWS)]
        content = simple(*(company(number, "") for number in range(first, first + ROWS)))
        job = officer.hand_over(officer.get("/ledgers/enterprises/import/"), "台账.xlsx", content)
        self.page = ended(officer, job)
        assert "确认导入" in self.page.text
        self.batch = int(self.page.path.split("/")[2])

    def confirm(self) -> Answer:
        return self.officer.press(self.page, "/confirm/")

    def written(self) -> tuple[int, int]:
        """Records, and rows of their history."""
        counted = "(SELECT count(*) FROM {} WHERE credit_code = ANY(%s))"
        # In one statement: the import may commit between two.
        query = "SELECT " + ", ".join(
            counted.format(f"nonpublic_{name}") for name in ("enterprise", "historicalenterprise")
        )
        row = self.connection.execute(query, [self.codes, self.codes]).fetchone()
        assert row
        return int(row[0]), int(row[1])

    def is_whole(self) -> bool:
        """Whether everything is written; never anything between nothing and everything."""
        written = self.written()
        assert written in ((0, 0), (ROWS, ROWS))
        return written[0] == ROWS

    def finishes(self, product: Product) -> None:
        """Exactly once, and with nothing left over."""
        until(self.is_whole, "the import was not taken up again")

        def is_settled() -> bool:
            settled = "id = %s AND state = 'applied' AND upload = '' AND (counts->>'created')::int = %s"
            query = f"SELECT count(*) FROM ledgers_importbatch WHERE {settled}"
            return number_of(self.connection, query, self.batch, ROWS) == 1

        until(is_settled, "the batch was not settled")
        assert "撤销导入" in self.officer.get(self.page.path).text
        assert list((product.var / "media" / "imports").iterdir()) == []
        assert self.is_whole()


@contextmanager
def start_held(url: str) -> Iterator[Connection]:
    """Imports take turns; while this holds the turn, one that begins waits before it has written anything."""
    with psycopg.connect(url) as holder:
        holder.execute("SELECT 1 FROM ledgers_orgunit WHERE depth = 1 FOR NO KEY UPDATE")
        yield holder
        holder.rollback()


@contextmanager
def middle_held(url: str, code: str) -> Iterator[None]:
    """Somebody is adding the enterprise of a row in the file's second half: the import waits when it comes to it."""
    with psycopg.connect(url) as holder:
        found = holder.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'nonpublic_enterprise' AND column_name <> 'id'"
        ).fetchall()
        names = [sql.Identifier(name) for (name,) in found]
        values = [sql.Literal(code) if name == "credit_code" else sql.Identifier(name) for (name,) in found]
        holder.execute(
            sql.SQL(
                "INSERT INTO nonpublic_enterprise ({}) SELECT {} FROM nonpublic_enterprise LIMIT 1"
            ).format(sql.SQL(", ").join(names), sql.SQL(", ").join(values))
        )
        yield
        holder.rollback()


def test_killed_in_the_middle_of_writing(
    officer: Visitor, product: Product, database: Connection, database_url: str
) -> None:
    work = Import(officer, database, 100_000)
    with middle_held(database_url, work.codes[ROWS * 3 // 4]):
        work.confirm()
        until(lambda: waiting(database) == 1, "the import did not come to the held row")
        product.kill_worker()
        assert work.written() == (0, 0)
    work.finishes(product)
    assert "后台任务进程意外退出，已重新启动" in product.output


def test_killed_just_before_the_commit(
    officer: Visitor, product: Product, database: Connection, database_url: str
) -> None:
    work = Import(officer, database, 200_000)
    product.wait_for_worker()
    with psycopg.connect(database_url) as last:
        with start_held(database_url):
            work.confirm()
            until(lambda: waiting(database) == 1, "the import did not begin")
            # Its last statement says in the batch's row that it is done.
            last.execute("SELECT 1 FROM ledgers_importbatch WHERE id = %s FOR NO KEY UPDATE", [work.batch])
        updates = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
        until(
            lambda: number_of(database, updates, 'UPDATE "ledgers_importbatch"%') == 1,
            "the import did not come to its end",
        )
        product.kill_worker()
        assert work.written() == (0, 0)
        last.rollback()
    work.finishes(product)


def test_a_database_connection_that_is_terminated_in_the_middle(
    officer: Visitor, product: Product, database: Connection, database_url: str
) -> None:
    work = Import(officer, database, 400_000)
    product.wait_for_worker()
    with middle_held(database_url, work.codes[ROWS * 3 // 4]):
        work.confirm()
        until(lambda: waiting(database) == 1, "the import did not come to the held row")
        ended = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        assert number_of(database, ended) == 1
        until(lambda: waiting(database) == 0, "the connection did not end")
        assert work.written() == (0, 0)
    # The worker has lived on, and tries again after a rest.
    work.finishes(product)
    tried = (
        "SELECT max(attempts) FROM ledgers_job WHERE kind = 'import.apply' AND (payload->>'batch')::int = %s"
    )
    assert number_of(database, tried, work.batch) == 2


def test_killed_over_a_report_there_is_exactly_one(
    officer: Visitor, product: Product, database: Connection, database_url: str
) -> None:
    product.wait_for_worker()
    with psycopg.connect(database_url) as holder:
        # It has been worked out, and waits to be written.
        holder.execute("LOCK TABLE reporting_report IN SHARE MODE")
        job = officer.submit(officer.get("/reports/draft/"), period="2025")
        until(lambda: waiting(database) == 1, "the report did not come to be written")
        product.kill_worker()
        holder.rollback()
    until(lambda: not officer.get(job.path).path.startswith("/jobs/"), "the report was not taken up again")
    assert number_of(database, "SELECT count(*) FROM reporting_report WHERE period = '2025'") == 1


def test_killed_at_the_start_each_time_it_fails_with_a_sentence_and_can_be_tried_again(
    officer: Visitor, product: Product, database: Connection, database_url: str
) -> None:
    work = Import(officer, database, 300_000)
    with start_held(database_url):
        job = work.confirm()
        for attempt in range(1, 4):
            product.wait_for_worker()
            until(lambda: waiting(database) == attempt, f"attempt {attempt} did not begin")  # noqa: B023
            product.kill_worker()
        page = ended(officer, job)
        assert "处理中断了3次，数据没有改动" in page.text
    until(lambda: waiting(database) == 0, "the dead workers' connections did not end")
    assert work.written() == (0, 0)
    officer.press(page, "/retry/")
    work.finishes(product)


# --- Signing ---------------------------------------------------------------------------------------------------------


class Signing:
    """A report that waits for its signature, and the job that signs it."""

    def __init__(self, product: Product, officer: Visitor, connection: Connection, period: str) -> None:
        self.connection = connection
        self.leader = Visitor(product)
        one_time = product.passwords()["leader"]
        password = product.own_passwords.setdefault("leader", one_time)
        if password == one_time:
            product.own_passwords["leader"] = "Qingjiang-2026-Ferry"
            self.leader.sign_in("leader", one_time, product.own_passwords["leader"])
        else:
            self.leader.submit(self.leader.get("/"), username="leader", password=password)
        self.town = number_of(connection, "SELECT id FROM ledgers_orgunit WHERE code = '330281101000'")
        wanted = {"unit": str(self.town), "period": period, "kind": "unity"}
        self.path = ended(officer, officer.submit(officer.get("/reports/draft/"), **wanted)).path
        found = re.fullmatch(r"/reports/(\d+)/", self.path)
        assert found
        self.report = int(found[1])
        officer.submit(officer.get(f"{self.path}submit/"), comment="请签发")

    def begin(self) -> None:
        page = self.leader.get(f"{self.path}sign/")
        revision = html.fromstring(page.text).xpath("string(//input[@name='revision']/@value)")
        self.job = self.leader.submit(page, revision=revision)

    def number_of(self, table: str, condition: str) -> int:
        query = f"SELECT count(*) FROM {table} WHERE {condition}"
        return number_of(self.connection, query)

    def says(self, *words: str) -> bool:
        job = self.job.path.strip("/").split("/")[-1]
        listed = ", ".join(f"'{word}'" for word in words)
        return self.number_of("ledgers_job", f"id::text = '{job}' AND message IN ({listed})") == 1

    def finishes(self, product: Product) -> None:
        """Signed exactly once, by the leader, with every file whole."""
        page = ended(self.leader, self.job)
        assert page.path == self.path, page.text
        own = f"report_id = {self.report}"
        assert (
            self.number_of("reporting_report", f"id = {self.report} AND state = 'final' AND version = 1") == 1
        )
        assert self.number_of("reporting_reportstep", f"{own} AND action = 'signed'") == 1
        files = self.connection.execute(
            "SELECT format, file, size, sha256 FROM reporting_reportfile WHERE report_id = %s", [self.report]
        ).fetchall()
        assert sorted(each[0] for each in files) == ["docx", "pdf", "xlsx"]
        for kind, name, size, sha256 in files:
            content = (product.var / "media" / name).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256)
            assert f"{self.path}file/{kind}/" in page.text


def test_killed_while_the_files_of_a_signed_report_are_made(
    officer: Visitor, product: Product, database: Connection, database_url: str
) -> None:
    product.wait_for_worker()
    work = Signing(product, officer, database, "2025")
    with psycopg.connect(database_url) as unit:
        # However quick the machine, nothing is frozen before the unit's row is free.
        unit.execute("SELECT 1 FROM ledgers_orgunit WHERE id = %s FOR NO KEY UPDATE", [work.town])
        work.begin()
        until(lambda: work.says("正在生成文件", "正在定稿"), "no files were made")
        product.kill_worker()
        assert work.number_of("reporting_report", "state = 'final'") == 0
        unit.rollback()
    work.finishes(product)


def test_killed_when_all_of_a_signature_is_written_but_the_commit(
    officer: Visitor, product: Product, database: Connection, database_url: str
) -> None:
    product.wait_for_worker()
    work = Signing(product, officer, database, "2024")
    waits = "wait_event_type = 'Lock' AND query LIKE 'INSERT INTO \"reporting_reportstep\"%%'"
    with psycopg.connect(database_url) as steps:
        # The step that says who signed is the last row of the transaction.
        steps.execute("LOCK TABLE reporting_reportstep IN SHARE MODE")
        work.begin()
        until(lambda: work.number_of("pg_stat_activity", waits) == 1, "signing did not come to its end")
        product.kill_worker()
        assert work.number_of("reporting_report", f"id = {work.report} AND state = 'final'") == 0
        steps.rollback()
    work.finishes(product)
