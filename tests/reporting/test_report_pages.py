"""Reports on the screen: who sees which, what a page shows, and where its numbers lead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ledgers.access import Role
from ledgers.models import Job, OrgUnit, User
from ledgers.periods import Period
from reporting.models import Report
from reporting.services import build_report, drafting
from reporting.services.errors import FileNotWhole
from reporting.services.keeping import whole_content
from tests.conftest import AccountFactory, Units
from tests.reporting.conftest import HOSTILE, QuickRenderer

SignIn = Callable[[User], Client]


@pytest.fixture
def report(year_of_work: Units, monkeypatch: pytest.MonkeyPatch) -> Report:
    """The township's report for 2025."""
    return _report(year_of_work.township, monkeypatch)


def _report(unit: OrgUnit, monkeypatch: pytest.MonkeyPatch, year: int = 2025) -> Report:
    monkeypatch.setattr(drafting, "Renderer", QuickRenderer)
    return build_report(unit=unit, period=Period(year), kind="annual", user=None)


def test_page_shows_the_document_and_every_number_leads_to_its_records(
    report: Report, officer: User, signed_in: SignIn
) -> None:
    html = signed_in(officer).get(report.get_absolute_url()).content.decode()
    assert "一、基本情况与组织领导" in html
    records = reverse("indicators:records", kwargs={"code": "work.meetings"})
    assert f'href="{records}?unit=330281101000&amp;period=2025"' in html
    assert f'href="{records}?unit=330281101000&amp;period=2024"' in html
    assert '<svg viewBox="' in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert HOSTILE not in html
    # The strict policy of the site: no style attribute, no inline script.
    assert " style=" not in html
    assert html.count("<h1") == 1


def test_number_and_drill_down_agree(report: Report, officer: User, signed_in: SignIn) -> None:
    url = reverse("indicators:records", kwargs={"code": "work.meetings"})
    page = signed_in(officer).get(url, {"unit": "330281101000", "period": "2025"})
    figure = report.figures.get(code="work.meetings", period="2025")
    assert len(page.context["table"].rows) == page.context["records"] == figure.records == 3


def test_download_is_the_stored_file_under_a_telling_name(
    report: Report, leader: User, signed_in: SignIn
) -> None:
    answer = signed_in(leader).get(reverse("reports:file", args=[report.pk, "pdf"]))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 stand-in"  # type: ignore[attr-defined]
    answer.close()
    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    assert "%E4%B8%9C%E5%B1%B1%E9%95%87" in answer["Content-Disposition"]  # 东山镇
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["detail", "file"])
def test_a_report_out_of_reach_does_not_exist(
    report: Report, name: str, neighbour_officer: User, clerk: User, signed_in: SignIn
) -> None:
    url = reverse(f"reports:{name}", args=[report.pk] if name == "detail" else [report.pk, "pdf"])
    # The neighbour's officer, and the clerk of one village asking for the township's report.
    for user in (neighbour_officer, clerk):
        assert signed_in(user).get(url).status_code == 404
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize(
    ("role", "listing", "drafting"),
    [
        (Role.OFFICER, 200, 200),
        (Role.LEADER, 200, 403),
        (Role.CLERK, 200, 403),
        (Role.ADMIN, 403, 403),
        (Role.AUDITOR, 403, 403),
    ],
)
def test_roles(role: Role, listing: int, drafting: int, account: AccountFactory, signed_in: SignIn) -> None:
    client = signed_in(account(role))
    assert client.get(reverse("reports:list")).status_code == listing
    assert client.get(reverse("reports:draft")).status_code == drafting
    assert client.post(reverse("reports:draft")).status_code == drafting
    assert not Job.objects.exists()


def test_unknown_report_or_format_is_404(report: Report, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    assert client.get(reverse("reports:detail", args=[report.pk + 1])).status_code == 404
    assert client.get(reverse("reports:file", args=[report.pk, "exe"])).status_code == 404


@pytest.mark.parametrize("harm", ["flipped", "cut", "missing"])
def test_a_stored_file_that_is_not_whole_is_refused_and_logged(
    harm: str, report: Report, officer: User, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(report.files.get(format="docx").file.path)
    content = path.read_bytes()
    if harm == "flipped":
        path.write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    elif harm == "cut":
        path.write_bytes(content[:-1])
    else:
        path.unlink()
    client = signed_in(officer)
    answer = client.get(reverse("reports:file", args=[report.pk, "docx"]))
    assert answer.status_code == 409
    assert "Content-Disposition" not in answer
    assert "与生成时的校验码不符，已停止下载。请在报告页面点“重新生成文件”" in answer.content.decode()
    (line,) = [
        record.getMessage() for record in caplog.records if record.name == "reporting.services.keeping"
    ]
    assert f"of report {report.pk}" in line
    assert ("cannot be read" if harm == "missing" else "was altered") in line
    # The other files are whole, and a signed report cannot be made anew.
    assert client.get(reverse("reports:file", args=[report.pk, "xlsx"])).status_code == 200
    Report.objects.filter(pk=report.pk).update(state=Report.State.FINAL, frozen_at=timezone.now())
    answer = client.get(reverse("reports:file", args=[report.pk, "docx"]))
    assert answer.status_code == 409
    assert "从备份恢复" in answer.content.decode()


def test_the_command_hands_out_no_file_that_is_not_whole(report: Report) -> None:
    kept = report.files.get(format="pdf")
    assert whole_content(kept) == b"%PDF-1.7 stand-in"
    Path(kept.file.path).write_bytes(b"%PDF-1.7 stand-im")
    with pytest.raises(FileNotWhole):
        whole_content(report.files.get(format="pdf"))


def test_list_has_only_what_the_user_may_see_and_can_be_narrowed(
    report: Report, officer: User, units: Units, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    _report(units.village, monkeypatch)
    _report(units.township, monkeypatch, 2024)
    _report(units.neighbour, monkeypatch)
    client = signed_in(officer)
    url = reverse("reports:list")

    def titles(**query: str | int) -> set[str]:
        table = client.get(url, query).context["table"]
        return {row.record.title for row in table.rows}

    mine, last, village = (
        f"{u}{y}年统一战线工作总结" for u, y in (("东山镇", 2025), ("东山镇", 2024), ("上河村", 2025))
    )
    assert titles() == {mine, last, village}
    assert titles(unit=units.village.pk) == {village}
    assert titles(year="2024") == {last}
    assert titles(q="上河") == {village}
    assert titles(kind="annual", state="draft", part="Y") == {mine, last, village}
    for nothing in ({"kind": "unity"}, {"state": "final"}, {"part": "Q1"}):
        assert titles(**nothing) == set()
    assert titles(unit=units.neighbour.pk) == {mine, last, village}  # not a choice: the filter is void
    for sort in ("title", "-period_label", "unit", "built_at"):
        assert titles(sort=sort) == {mine, last, village}
    assert "没有符合条件的报告" in client.get(url, {"q": "没有的"}).content.decode()


def test_list_does_not_query_for_each_report(
    units: Units, officer: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(officer)
    client.get(reverse("reports:list"))  # a session's first page begins its idle time
    counts = []
    for years in ([2025], [2024, 2023, 2022, 2021]):
        for year in years:
            _report(units.township, monkeypatch, year)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("reports:list"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_empty_list_says_what_to_do(officer: User, leader: User, signed_in: SignIn) -> None:
    url = reverse("reports:list")
    assert "起草报告" in signed_in(officer).get(url).content.decode()
    for_leader = signed_in(leader).get(url).content.decode()
    assert "统战干事起草以后" in for_leader
    assert reverse("reports:draft") not in for_leader


def test_drafting_queues_a_job_for_a_unit_within_reach(
    officer: User, units: Units, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    answer = client.post(
        reverse("reports:draft"), {"unit": units.village.pk, "period": "2025", "kind": "annual"}
    )
    job = Job.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    assert job.kind == "report.build"
    assert job.payload == {"unit": units.village.pk, "period": "2025", "kind": "annual"}
    assert job.user == officer


@pytest.mark.parametrize(
    "wrong",
    [{"unit": "neighbour"}, {"unit": "x"}, {"period": "1999"}, {"period": "2025Q1"}, {"kind": "secret"}],
)
def test_drafting_anything_else_is_refused(
    wrong: dict[str, str], officer: User, units: Units, signed_in: SignIn
) -> None:
    data = {"unit": str(units.township.pk), "period": "2025", "kind": "annual"} | wrong
    if data["unit"] == "neighbour":
        data["unit"] = str(units.neighbour.pk)
    answer = signed_in(officer).post(reverse("reports:draft"), data)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Job.objects.exists()


def test_drafting_needs_a_token(officer: User, units: Units) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    data = {"unit": units.township.pk, "period": "2025", "kind": "annual"}
    assert client.post(reverse("reports:draft"), data).status_code == 403
    assert not Job.objects.exists()
