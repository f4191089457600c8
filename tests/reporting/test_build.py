"""Building a report: the service, the background job, the command."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from ledgers import jobs
from ledgers.models import Job, User
from ledgers.periods import Period
from ledgers.work.models import Activity
from reporting.documents.model import DocumentError
from reporting.documents.pdf import RenderFailed
from reporting.models import Report, ReportFile
from reporting.reports import UnsuitablePeriod
from reporting.services import ReportRefused, build_report, drafting
from tests.conftest import Units
from tests.reporting.conftest import HOSTILE, BrokenRenderer

YEAR = Period(2025)


def build(units: Units, user: User | None = None) -> Report:
    return build_report(unit=units.township, period=YEAR, kind="annual", user=user)


def test_report_keeps_document_figures_and_file(year_of_work: Units, officer: User) -> None:
    report = build(year_of_work, officer)
    assert (report.title, report.state, report.version) == ("东山镇2025年统一战线工作总结", "draft", 1)
    assert report.created_by == officer
    meetings = report.figures.get(code="work.meetings", period="2025")
    assert (meetings.value, meetings.text, meetings.records) == (3, "3次", 3)
    own = report.figures.filter(scope=report.unit, period="2025")
    assert {f.code for f in own} == set(report.content.figure_codes())
    # A comparison prints last year's number, which has records of its own.
    before = report.figures.get(code="work.meetings", period="2024")
    assert (before.value, before.records) == (2, 2)
    assert (meetings.same_period_last_year, meetings.target) == (2, 2)
    file = report.files.get(format="pdf")
    content = file.file.read()
    file.file.close()
    assert content.startswith(b"%PDF-1.7")
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with pdfplumber.open(io.BytesIO(content)) as opened:
        assert len(opened.pages) == file.pages
        said = "".join(page.extract_text() for page in opened.pages).replace("\n", "")
    assert "专题研究统战工作3次" in said
    # A record's text is text in print too (the list shows its first 40 characters).
    assert HOSTILE[:30].replace(" ", "") in said.replace(" ", "")
    # Below the private media folder, under a name that nobody can guess.
    assert Path(file.file.path).is_relative_to(settings.MEDIA_ROOT)
    assert "330281" not in str(file.file.name)


@pytest.mark.usefixtures("quick_pdf")
def test_building_again_renews_the_draft_and_leaves_one_file(
    year_of_work: Units, django_capture_on_commit_callbacks: Any
) -> None:
    first = build(year_of_work)
    old = Path(first.files.get(format="pdf").file.path)
    Activity.objects.create(unit=year_of_work.village, kind="meeting", held_on=YEAR.last_day, title="会")
    with django_capture_on_commit_callbacks(execute=True):
        again = build(year_of_work)
    assert again.pk == first.pk
    assert Report.objects.count() == 1
    assert again.figures.get(code="work.meetings", period="2025").value == 4
    assert not old.exists()
    assert Path(again.files.get(format="pdf").file.path).exists()


@pytest.mark.usefixtures("quick_pdf")
def test_a_final_report_is_never_touched(year_of_work: Units) -> None:
    final = build(year_of_work)
    Report.objects.filter(pk=final.pk).update(state=Report.State.FINAL, frozen_at=timezone.now())
    draft = build(year_of_work)
    assert (draft.pk != final.pk, draft.version, draft.state) == (True, 2, "draft")
    assert Report.objects.get(pk=final.pk).files.count() == 3


@pytest.mark.usefixtures("quick_pdf")
def test_failed_rendering_keeps_the_last_draft(year_of_work: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = build(year_of_work)
    monkeypatch.setattr(drafting, "Renderer", BrokenRenderer)
    Activity.objects.create(unit=year_of_work.village, kind="meeting", held_on=YEAR.last_day, title="会")
    with pytest.raises(RenderFailed):
        build(year_of_work)
    assert Report.objects.get().built_at == kept.built_at
    assert ReportFile.objects.count() == 3


def test_who_may_not_draft_and_which_period_does_not_fit(
    year_of_work: Units, leader: User, clerk: User, neighbour_officer: User
) -> None:
    for user in (leader, clerk, neighbour_officer):
        with pytest.raises(ReportRefused):
            build(year_of_work, user)
    with pytest.raises(UnsuitablePeriod):
        build_report(unit=year_of_work.township, period=Period.parse("2025Q1"), kind="annual", user=None)
    assert not Report.objects.exists()


def test_damaged_document_is_an_error_of_its_own(units: Units) -> None:
    with pytest.raises(DocumentError):
        _ = Report(unit=units.township, document={"type": "Surprise"}).content


# --- The job ---------------------------------------------------------------------------------------------------


def _job(units: Units, user: User) -> Job:
    payload = {"unit": units.township.pk, "period": "2025", "kind": "annual"}
    return jobs.enqueue("report.build", user=user, unit=units.township, payload=payload)


@pytest.mark.usefixtures("quick_pdf")
def test_job_leads_to_the_report_and_is_safe_to_run_twice(year_of_work: Units, officer: User) -> None:
    job = _job(year_of_work, officer)
    for _ in range(2):
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
        jobs.execute(str(job.pk))
    job.refresh_from_db()
    report = Report.objects.get()
    assert job.state == Job.State.DONE, job.error
    assert (job.result["url"], job.result["report"]) == (f"/reports/{report.pk}/", report.pk)
    assert "提交签发" in job.result["said"]
    assert (job.done, job.total, job.percent) == (4, 4, 100)


def test_job_uses_the_rights_the_user_has_now(year_of_work: Units, officer: User) -> None:
    job = _job(year_of_work, officer)
    User.objects.filter(pk=officer.pk).update(role="clerk")
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "您没有起草这个单位的报告的权限。")
    assert not Report.objects.exists()


# --- The command -----------------------------------------------------------------------------------------------


def _call(*arguments: str) -> str:
    out = io.StringIO()
    call_command("build_report", *arguments, stdout=out)
    return out.getvalue()


def test_command_prints_what_it_built(year_of_work: Units, tmp_path: Path) -> None:
    printed = json.loads(
        _call(
            "--unit", "330281101000", "--period", "2025", "--kind", "annual", "--out", str(tmp_path), "--json"
        )
    )
    assert set(printed) == {"report", "files", "pages", "figures"}
    report = Report.objects.get()
    assert printed["report"] == report.pk
    assert len({figure["code"] for figure in printed["figures"]}) == len(printed["figures"])
    path = Path(printed["files"]["pdf"])
    assert path.parent == tmp_path
    with pdfplumber.open(path) as opened:
        assert len(opened.pages) == printed["pages"]
    meetings = next(figure for figure in printed["figures"] if figure["code"] == "work.meetings")
    stored = report.figures.get(code="work.meetings", period="2025")
    assert meetings == {"code": "work.meetings", "value": 3, "unit": "次", "records": 3, "hash": stored.hash}
    capital = next(f for f in printed["figures"] if f["code"] == "nonpublic.registered_capital")
    assert capital["value"] == 120.5


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--period", "2025"], "缺少 --unit"),
        (["--unit", "330281101000"], "缺少 --period"),
        (["--unit", "999999999999", "--period", "2025"], "没有区划代码"),
        (["--unit", "330281101000", "--period", "二五年"], "不是期间"),
        (["--unit", "330281101000", "--period", "2025Q1"], "不能是2025年第一季度"),
        (["--unit", "330281101000", "--period", "2025", "--kind", "weekly"], "没有“weekly”这种报告"),
        (["--unit", "330281101000", "--period", "2025", "--out", "/proc/nowhere/x"], "无法写入文件夹"),
    ],
)
def test_an_unusable_call_says_why_in_one_line(arguments: list[str], problem: str, tmp_path: Path) -> None:
    if "--out" not in arguments:
        arguments = [*arguments, "--out", str(tmp_path)]
    with pytest.raises(CommandError, match=problem) as caught:
        _call(*arguments)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    assert not Report.objects.exists()


def test_exit_status_and_standard_error_of_the_program(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "manage.py", "build_report", "--period", "2025", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin", "VAR_DIR": str(tmp_path / "var"), "READ_DOT_ENV": "0", "PYTHONUTF8": "1"},
    )
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1
    assert "缺少 --unit" in finished.stderr


@pytest.mark.usefixtures("units")
def test_exit_status_1_when_the_file_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(drafting, "Renderer", BrokenRenderer)
    with pytest.raises(CommandError) as caught:
        _call("--unit", "330281101000", "--period", "2025", "--out", str(tmp_path))
    assert caught.value.returncode == 1
