"""Readiness, the page of the administrators, the figures for a monitor, and whom log lines belong to."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from config.logs import JsonFormatter
from ledgers import jobs
from ledgers.models import Job, User
from ledgers.operations import checks, pulse
from ledgers.tasks import sweep_jobs
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
TOKEN = "a-token-for-the-monitor-7f2c"


@pytest.fixture
def well(settings: Any, tmp_path: Any) -> None:
    settings.BACKUP_DIR = str(tmp_path / "backups")
    sweep_jobs()


def states() -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in checks.look()}


def test_a_well_product_is_ready(client: Client, well: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.get("/healthz").json() == {"database": True}
    # The backup is nothing a load balancer could do something about.
    assert states() == dict.fromkeys(states(), "ok") | {"backup": "warning"}


def test_without_worker_or_broker_it_is_ready_with_a_warning(
    client: Client, well: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    later = timezone.now() + dt.timedelta(minutes=20)
    Job.objects.create(kind="import.preview")
    monkeypatch.setattr("ledgers.operations.checks.timezone.now", lambda: later)
    assert [name for name, state in states().items() if state == "warning"] == [
        *("broker", "worker", "queue", "backup")
    ]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "warning"})
    # A worker that is busy with something long does no sweeps, and lives.
    Job.objects.update(state=Job.State.RUNNING, beat_at=later)
    assert states()["worker"] == "ok"


def test_without_database_tables_or_folder_it_is_not_ready_and_says_no_more(
    client: Client, well: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(checks.Migrated, "done", False)
    monkeypatch.setattr(
        "ledgers.operations.checks.MigrationExecutor.migration_plan", lambda *_: [("ledgers", "0999")]
    )
    settings.MEDIA_ROOT = tmp_path / "a file"
    settings.MEDIA_ROOT.write_text("")
    found = {outcome.name: outcome for outcome in checks.look()}
    assert [found[name].state for name in ("migrations", "folder")] == ["failed", "failed"]
    assert "manage.py migrate" in found["migrations"].text
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failed"})

    def refuse(*_: Any) -> None:
        raise DatabaseError("password of somebody")

    with connection.execute_wrapper(refuse):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "failed"})
        assert client.get("/healthz").status_code == 503


def test_a_full_disk_is_noticed(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in (
        (checks.DISK_LOW, "ok"),
        (checks.DISK_LOW - 1, "warning"),
        (checks.DISK_FULL - 1, "failed"),
    ):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr("ledgers.operations.checks.shutil.disk_usage", lambda _, usage=usage: usage)
        assert states()["disk"] == state


def test_the_page_is_for_administrators_and_names_what_is_wrong(
    signed_in: SignIn, admin: User, officer: User, settings: Any
) -> None:
    settings.BACKUP_DIR = ""
    page = signed_in(admin).get("/system/").content.decode()
    assert "没有设置自动备份" in page
    assert "后台任务进程（worker）或定时进程（beat）还没有动静" in page
    assert signed_in(officer).get("/system/").status_code == 403
    assert Client().get("/system/").status_code == 302


def test_figures_are_for_the_monitor_only_and_name_nobody(
    client: Client, signed_in: SignIn, officer: User, settings: Any, well: None
) -> None:
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = TOKEN
    headers = {"authorization": f"Bearer {TOKEN}"}

    def said(line: str) -> float:
        """The number behind a line's name; other tests of this process have been counted, too."""
        text = client.get("/metrics", headers=headers).content.decode()
        found = [
            value for name, _, value in (each.rpartition(" ") for each in text.splitlines()) if name == line
        ]
        return float(found[0]) if found else 0.0

    requests = 'ledgers_requests_total{method="GET",status="200",view="enterprises:list"}'
    seconds_of_list = 'ledgers_request_seconds_count{view="enterprises:list"}'
    before = said(requests), said(seconds_of_list)
    signed_in(officer).get("/ledgers/enterprises/", {"q": "张三"})
    client.get("/no-such-page-张三")
    now = timezone.now()
    for seconds in (3, 30):
        Job.objects.create(
            kind="import.apply", state="done", started_at=now, finished_at=now + dt.timedelta(seconds=seconds)
        )
    Job.objects.create(kind="import.undo")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers=headers | {"x-forwarded-for": "10.0.0.1"}).status_code == 404
    text = client.get("/metrics", headers=headers).content.decode()
    for line in (
        'ledgers_jobs{kind="import.apply",state="done"} 2.0',
        'ledgers_job_seconds_bucket{kind="import.apply",le="5.0"} 1.0',
        'ledgers_job_seconds_sum{kind="import.apply"} 33.0',
        "ledgers_queue_length 1.0",
    ):
        assert line in text
    assert (said(requests) - before[0], said(seconds_of_list) - before[1]) == (1, 1)
    assert 'ledgers_database_queries_total{view="enterprises:list"}' in text
    for word in ("张三", officer.name, officer.username, "东山镇", "330281", "no-such-page"):
        assert word not in text


# --- Log lines --------------------------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """lines() -> what has been logged so far, as production writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_request_leaves_one_line_that_says_who_by_number_and_what_by_name(
    signed_in: SignIn, officer: User, lines: Any
) -> None:
    answer = signed_in(officer).get("/ledgers/enterprises/", {"q": "张三"})
    (line,) = [line for line in lines() if line["logger"] == "ledgers.requests"]
    told = {name: line[name] for name in ("request", "user", "unit", "method", "route", "status")}
    assert told == {
        "request": answer.headers["X-Request-Id"],
        "user": officer.pk,
        "unit": "330281101000",
        "method": "GET",
        "route": "enterprises:list",
        "status": 200,
    }
    assert line["seconds"] > 0
    assert line["queries"] > 0
    assert "张三" not in json.dumps(lines(), ensure_ascii=False)


def test_the_lines_of_a_job_name_the_request_that_asked_for_it(
    officer: User, lines: Any, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    from ledgers.middleware import request_id

    token = request_id.set("0123456789abcdef")
    asked = jobs.enqueue("import.preview", user=officer, unit=officer.unit, payload={"batch": 0})
    request_id.reset(token)
    secret = "张三 330281199001011234"

    def fail(*_: Any) -> dict[str, Any]:
        logging.getLogger("ledgers.importing").info("working")
        raise ValueError(secret)

    monkeypatch.setitem(jobs._handlers, "import.preview", jobs._Registered(fail, ""))
    jobs.execute(str(asked.pk))
    of_job = [line for line in lines() if line.get("job") == str(asked.pk)]
    assert [line["message"].splitlines()[0] for line in of_job] == [
        "working",
        f"job {asked.pk} (import.preview) failed: ValueError",
    ]
    for line in of_job:
        assert line["request"] == "0123456789abcdef"
        assert line["user"] == officer.pk
    assert secret not in json.dumps(lines(), ensure_ascii=False)


def test_an_exception_is_logged_by_type_and_place_and_not_by_its_words(lines: Any) -> None:
    try:
        try:
            raise KeyError("张三")
        except KeyError:
            raise ValueError("李四") from None
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: /imports/")
    (line,) = lines()
    assert "builtins.ValueError" in line["traceback"]
    assert "test_operations.py" in line["traceback"]
    text = json.dumps(line, ensure_ascii=False)
    # The frame quotes the source of this very test; the words of the exception come from nowhere else.
    assert text.count("李四") == text.count('raise ValueError(\\"李四\\")')


def test_a_wrong_password_reaches_no_log(client: Client, officer: User, settings: Any, lines: Any) -> None:
    settings.AXES_ENABLED = True
    client.post("/sign-in/", {"username": officer.username, "password": f"{PASSWORD}-wrong"})
    assert lines()
    assert PASSWORD not in json.dumps(lines(), ensure_ascii=False)


def test_the_pulse_is_read_back(settings: Any) -> None:
    assert pulse.last() is None
    pulse.beat()
    last = pulse.last()
    assert last is not None
    assert timezone.now() - last < dt.timedelta(minutes=1)
