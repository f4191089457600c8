"""The production set-up, run natively with the commands of docker-compose.yml and the Dockerfile: nginx with TLS,
gunicorn, a worker, beat, PostgreSQL and Redis. A short journey through it, and then one part after another dies."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import openpyxl
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import servers
from tests.deployment import Deployment, compose, image_commands, until
from tests.journeys.conftest import PATIENCE_MS, browser  # noqa: F401 - a fixture
from tests.journeys.test_first_day import ENTERPRISES, OWN_PASSWORD, WORKBOOK, count, sign_in, upload

pytestmark = [pytest.mark.servers, pytest.mark.journey]

TITLE = "防汛工作信息之甲乙丙"
SEARCHED = "寻人张三丰"
#: With a cookie the product reads the form to look for its token; without one it hangs up at once.
FORM_HEADERS = {
    "Content-Type": "multipart/form-data; boundary=mark",
    "Cookie": f"__Host-csrftoken={'a' * 32}",
}
SERVICES = ("web", "worker", "beat", "proxy")


@pytest.fixture(scope="module")
def production(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis: servers.Redis
) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("production")
    with Deployment(folder, database_url=database_url, broker_url=redis.url) as deployment:
        deployment.prepare()
        for service in SERVICES:
            deployment.start(service)
        until(lambda: ask(deployment, "/readyz").text == '{"status": "ok"}', deployment.logs)
        yield deployment


@pytest.fixture(scope="module")
def officer(production: Deployment, browser: Browser) -> Iterator[Page]:  # noqa: F811
    context = browser.new_context(
        base_url=production.address, ignore_https_errors=True, accept_downloads=True, locale="zh-CN"
    )
    context.set_default_timeout(PATIENCE_MS * 2)
    page = context.new_page()
    sign_in(page, cast(Any, production), "officer")
    yield page
    context.close()


class Answer:
    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.text = status, headers, body.decode(errors="replace")


def ask(
    production: Deployment,
    path: str,
    body: bytes | None = None,
    *,
    inside: bool = False,
    headers: dict[str, str] | None = None,
) -> Answer:
    """An answer of any status; ``inside`` goes past the proxy. Status 0 where nobody answers."""
    base = production.web_address if inside else production.address
    request = urllib.request.Request(f"{base}{path}", body, dict(headers or {}))
    trusting = ssl._create_unverified_context()
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), _NoRedirect)
    try:
        with opener.open(request, timeout=30) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())
    except (OSError, http.client.HTTPException):
        return Answer(0, {}, b"")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def draft(page: Page, period: str) -> str:
    """Ask for a report; the address of its job, or of the report when it is done already."""
    page.goto("/reports/draft/")
    page.get_by_label("期间").select_option(period)
    page.get_by_role("button", name="开始起草").click()
    page.wait_for_url(re.compile(r"/(jobs|reports/\d+)/"))
    return page.url


def done(page: Page, job: str) -> None:
    """Wait until the page of the job leads on to the report."""
    page.goto(job)
    page.wait_for_url(re.compile(r"/reports/\d+/$"), timeout=90_000)


def test_a_short_journey_through_https(production: Deployment, officer: Page, tmp_path: Path) -> None:
    officer.goto("/ledgers/briefs/new/")
    officer.get_by_label("信息类别").select_option(index=1)
    officer.get_by_label("信息标题").fill(TITLE)
    officer.get_by_label("报送日期").fill("2025-03-05")
    officer.get_by_role("combobox", name=re.compile(r"^\s*单位")).select_option(index=1)
    officer.get_by_role("textbox", name=re.compile("报送单位")).fill("县委统战部")
    officer.get_by_role("button", name=re.compile("^保存")).first.click()
    expect(officer.get_by_role("heading", level=1)).to_contain_text(TITLE)

    officer.goto("/")
    before = production.body_folder.stat().st_mtime_ns
    upload(officer, WORKBOOK)
    confirm = officer.get_by_role("button", name="确认导入")
    expect(confirm).to_be_visible()
    assert count(officer, "新增") == ENTERPRISES
    confirm.click()
    expect(officer.get_by_role("button", name="撤销导入")).to_be_visible()
    assert production.body_folder.stat().st_mtime_ns == before

    done(officer, draft(officer, "2025"))
    with officer.expect_download() as download:
        officer.get_by_role("link", name=re.compile("下载PDF")).click()
    file = tmp_path / "report.pdf"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF-")
    officer.goto(f"/ledgers/enterprises/?q={SEARCHED}")
    cookies = {cookie["name"]: cookie for cookie in officer.context.cookies()}
    assert cookies["__Host-sessionid"]["secure"]
    assert cookies["__Host-sessionid"]["httpOnly"]


def test_the_proxy_lets_through_what_it_should_and_nothing_else(production: Deployment) -> None:
    page = ask(production, "/sign-in/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "/" not in page.headers["Server"], "no version"
    # Hashed names: a file is kept for ever, because a change gives it another name.
    style = re.search(r'href="(/static/theme\.[0-9a-f]{12}\.css)"', page.text)
    assert style
    assert "immutable" in ask(production, style[1]).headers["Cache-Control"]

    bearer = {"Authorization": f"Bearer {production.token}"}
    assert ask(production, "/metrics", headers=bearer).status == 404
    assert ask(production, "/metrics", inside=True).status == 404
    # One answer for all three processes; each request below went to whichever was free.
    for _ in range(6):
        ask(production, "/no-such-page")
    figures = ask(production, "/metrics", inside=True, headers=bearer).text
    counted = re.search(r'ledgers_requests_total\{method="GET",status="404",view="-"\} (\d+)', figures)
    assert counted
    assert int(counted[1]) >= 6
    assert 'ledgers_job_seconds_count{kind="import.apply"} 1.0' in figures
    assert 'ledgers_import_rows{ledger="enterprises",outcome="created"} 12.0' in figures
    for said in ("张三丰", "东山", "officer", TITLE):
        assert said not in figures

    # 19 MB go through memory to the product, 26 MB no further than the proxy; neither leaves a file.
    folders = production.body_folder, production.answer_folder
    before = [folder.stat().st_mtime_ns for folder in folders]
    assert (
        ask(
            production, "/sign-in/", form(19), headers=FORM_HEADERS | {"Referer": f"{production.address}/"}
        ).status
        == 403
    ), "a form without its token"
    refused = ask(
        production, "/sign-in/", form(26), headers=FORM_HEADERS | {"Referer": f"{production.address}/"}
    )
    assert refused.status in (413, 0), "nginx may hang up on who goes on sending"
    assert [folder.stat().st_mtime_ns for folder in folders] == before


def form(megabytes: int) -> bytes:
    """A form with a file of that size."""
    head = '--mark\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    return head.encode() + b"x" * (megabytes << 20) + b"\r\n--mark--\r\n"


def test_a_spoofed_address_does_not_escape_the_lock(production: Deployment, browser: Browser) -> None:  # noqa: F811
    context = browser.new_context(base_url=production.address, ignore_https_errors=True)
    page = context.new_page()
    for number in range(5):
        context.set_extra_http_headers({"X-Forwarded-For": f"10.9.8.{number}"})
        page.goto("/sign-in/")
        page.get_by_label("账号名").fill("clerk")
        page.get_by_label("密码").fill(f"Wrong-password-{number}")
        page.get_by_role("button", name="登录").click()
    expect(page.get_by_text(re.compile("锁定")).first).to_be_visible()
    context.close()


def test_whatever_dies_comes_back_and_nothing_is_lost(
    production: Deployment, officer: Page, redis: servers.Redis, database_url: str
) -> None:
    production.kill("worker")
    redis.kill()
    production.kill("beat")
    assert ask(production, "/readyz").text == '{"status": "warning"}'
    started = time.monotonic()
    job = draft(officer, "2024")
    assert "/jobs/" in job
    assert time.monotonic() - started < 10

    victim = production.children("web")[0]
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(set(production.children("web")) - {victim}) == 3, production.logs)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(6):
        assert ask(production, "/healthz").status == 200
    officer.goto("/ledgers/enterprises/")
    expect(officer.get_by_role("heading", level=1)).to_be_visible()

    # As `restart: unless-stopped` does.
    redis.start()
    production.start("beat")
    production.start("worker")
    done(officer, job)
    until(lambda: ask(production, "/readyz").text == '{"status": "ok"}', production.logs)

    production.kill("web")
    away = ask(production, "/sign-in/")
    assert away.status == 503
    assert "请过几分钟再试" in away.text
    production.start("web")
    until(lambda: ask(production, "/readyz").status == 200, production.logs)
    for service, settings in compose()["services"].items():
        assert settings["restart"] == ("no" if service == "migrate" else "unless-stopped"), service


def test_the_logs_tell_the_way_of_a_request_and_no_secret(production: Deployment) -> None:
    logs = {name: production.log(name).read_text() for name in ("access", "error", *SERVICES)}
    lines = {
        name: [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        for name, text in logs.items()
    }
    (sent,) = [
        line
        for line in lines["access"]
        if line["method"] == "POST" and re.fullmatch(r"/imports/\d+/confirm/", line["path"])
    ]
    (answered,) = [line for line in lines["web"] if line["request"] == sent["request"] and "route" in line]
    assert answered["route"] == "imports:confirm"
    assert answered["unit"] == "330281101000"
    worked = [line for line in lines["worker"] if line["request"] == sent["request"]]
    assert {line["kind"] for line in worked} == {"import.apply"}
    assert {line["user"] for line in worked} == {answered["user"]}

    book = openpyxl.load_workbook(WORKBOOK)
    cells = {str(cell.value) for row in book.worksheets[0].iter_rows(min_row=3) for cell in row if cell.value}
    secret = {TITLE, SEARCHED, OWN_PASSWORD, "Wrong-password-0", "officer", *production.passwords().values()}
    secret |= {cell for cell in cells if len(cell) > 3 and not re.fullmatch(r"[\d.:/ -]{,12}", cell)}
    assert len(secret) > 30
    everything = "".join(logs.values())
    assert [word for word in secret if word in everything or urllib.parse.quote(word) in everything] == []


def test_every_command_of_the_container_files_is_one_that_ran_here(production: Deployment) -> None:
    """The commands above are read from the files; here, that none was left out and each service is known."""
    services = compose()["services"]
    assert set(services) == {"postgres", "redis", "proxy", "web", "migrate", "worker", "beat"}
    own = {name for name, service in services.items() if "command" in service}
    assert own == {"migrate", "worker", "beat", "redis"}
    assert services["redis"]["command"][0] == "redis-server"
    assert image_commands()["web"] == [
        "gunicorn",
        "--config",
        "deploy/gunicorn.conf.py",
        "config.wsgi:application",
    ]
    # A client of another major version would refuse to make backups.
    dockerfile = Path("Dockerfile").read_text()
    client = re.search(r"postgresql-client-(\d+)", dockerfile)
    server = re.match(r"postgres:(\d+)-", services["postgres"]["image"])
    assert client
    assert server
    assert client[1] == server[1]
