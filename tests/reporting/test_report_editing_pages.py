"""The pages on which a report is written, checked, handed in and signed; with and without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from ledgers import jobs
from ledgers.access import Role
from ledgers.indicators import indicators
from ledgers.models import Job, User
from ledgers.periods import Period
from ledgers.reminders import reminders_for
from ledgers.services import create_record
from ledgers.work.models import Activity
from reporting.models import Report, ReportSection
from reporting.narrative import FILTERS
from reporting.services import build_report
from reporting.services.batch import draft_due
from reporting.services.signing import sign, submit
from tests.conftest import AccountFactory, Units

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.usefixtures("quick_pdf")


@pytest.fixture
def report(year_of_work: Units, officer: User) -> Report:
    return build_report(unit=year_of_work.township, period=Period(2025), kind="annual", user=officer)


def url(name: str, report: Report, *more: str) -> str:
    return reverse(f"reports:{name}", args=[report.pk, *more])


def plans(report: Report) -> ReportSection:
    return report.sections.get(key="plans")


def save(client: Client, report: Report, source: str, version: object = 1, **headers: Any) -> Any:
    data = {"source": source, "row_version": version}
    return client.post(url("section", report, "plans"), data, **headers)


SCRIPT: dict[str, Any] = {"HTTP_ACCEPT": "application/json"}


def test_a_script_saves_and_is_told_of_a_conflict(
    report: Report, officer: User, signed_in: SignIn, account: AccountFactory
) -> None:
    answer = save(signed_in(officer), report, "甲写的", **SCRIPT)
    assert answer.status_code == 200
    assert answer.json()["row_version"] == 2
    assert answer.json()["is_edited"]
    # The same again, as after a lost answer.
    assert save(signed_in(officer), report, "甲写的", **SCRIPT).json()["row_version"] == 2
    conflict = save(signed_in(account(Role.OFFICER)), report, "乙写的", **SCRIPT)
    assert conflict.status_code == 409
    assert conflict.json()["mine"] == "乙写的"
    assert conflict.json()["current"]["source"] == "甲写的"
    assert conflict.json()["current"]["updated_by"] == str(officer)
    assert plans(report).source == "甲写的"


def test_what_a_script_is_told_when_it_cannot_save(
    report: Report, officer: User, leader: User, neighbour_officer: User, signed_in: SignIn
) -> None:
    assert save(Client(), report, "x", **SCRIPT).status_code == 401
    assert save(signed_in(leader), report, "x", **SCRIPT).status_code == 403
    assert save(signed_in(neighbour_officer), report, "x", **SCRIPT).status_code == 404
    assert save(signed_in(officer), report, "电话13800138000", **SCRIPT).status_code == 422
    for version in ("", "x", "²", "9" * 30):
        assert save(signed_in(officer), report, "x", version, **SCRIPT).status_code == 409
    submit(report=report, revision=report.revision, user=officer)
    assert save(signed_in(officer), report, "x", **SCRIPT).status_code == 423
    assert not plans(report).is_edited


def test_without_a_script_both_versions_come_back(
    report: Report, officer: User, signed_in: SignIn, account: AccountFactory
) -> None:
    client = signed_in(officer)
    answer = save(client, report, "甲写的")
    assert answer["Location"] == url("edit", report) + "#plans"
    page = save(signed_in(account(Role.OFFICER)), report, "乙写的<b>")
    assert page.status_code == 409
    html = page.content.decode()
    assert "甲写的" in html
    assert "乙写的&lt;b&gt;" in html
    assert 'name="row_version" value="2"' in html
    page = save(client, report, "电话13800138000", 2)
    assert page.status_code == 422
    assert "电话13800138000</textarea>" in page.content.decode()
    assert save(Client(), report, "x").status_code == 302
    assert client.get(url("section", report, "plans")).status_code == 405
    assert client.post(url("section", report, "nothing")).status_code == 404


def test_restoring_and_the_other_texts_at_hand(
    report: Report, officer: User, signed_in: SignIn, year_of_work: Units
) -> None:
    earlier = build_report(unit=year_of_work.township, period=Period(2024), kind="annual", user=officer)
    client = signed_in(officer)
    save(client, earlier, "去年的打算")
    written = plans(report).source
    save(client, report, "今年的打算")
    page = client.get(url("edit", report)).content.decode()
    assert "去年的打算" in page
    assert "今年的打算</textarea>" in page
    asked = client.get(url("section-restore", report, "plans")).content.decode()
    assert "<del>今年的打算</del>" in asked
    assert plans(report).source == "今年的打算"
    client.post(url("section-restore", report, "plans"), {"row_version": 2})
    assert plans(report).source == written
    # Nothing is left to restore.
    assert client.get(url("section-restore", report, "plans")).status_code == 302


def test_preview_shows_figures_and_problems(report: Report, officer: User, signed_in: SignIn) -> None:
    source = "研究{{work.meetings|target}}，{{work.meetin}}<script>"
    client = signed_in(officer)
    typed = {"source": source, "row_version": 7}
    html = client.post(url("section-preview", report, "plans"), typed, **SCRIPT).json()["html"]
    assert "目标2次，已完成<a" in html
    assert "period=2025" in html
    assert "{{work.meetings}}" in html  # the suggestion
    assert "<script" not in html
    # Without a script the page comes back with the text, and with the version it was written on.
    page = client.post(url("section-preview", report, "plans"), typed).content.decode()
    assert "目标2次，已完成<a" in page
    assert escape(source) + "</textarea>" in page
    assert 'name="row_version" value="7"' in page
    assert not plans(report).is_edited


def test_figures_to_choose_from_say_what_they_would_print(
    report: Report, officer: User, leader: User, signed_in: SignIn
) -> None:
    answer = signed_in(officer).get(url("edit-figures", report), **SCRIPT)
    rows = {row["code"]: row for row in answer.json()["figures"]}
    assert list(rows) == [indicator.code for indicator in indicators.all()]
    meetings = rows["work.meetings"]
    assert meetings["label"] == indicators.get("work.meetings").label
    assert meetings["synonyms"] == list(indicators.get("work.meetings").synonyms)
    assert meetings["said"]["yoy"] == "比上年增加1次，增长50.0%"
    assert meetings["said"]["target"] == "目标2次，已完成3次"
    # Where there is no target there is nothing to say.
    assert rows["work.briefs"]["said"] | {"target": "", "goal": "", "gap": ""} == rows["work.briefs"]["said"]
    assert "private" in answer["Cache-Control"]
    assert [row["name"] for row in answer.json()["filters"]] == list(FILTERS)
    assert Client().get(url("edit-figures", report), **SCRIPT).status_code == 401
    assert signed_in(leader).get(url("edit-figures", report), **SCRIPT).status_code == 403


def test_an_open_page_can_follow_what_is_saved_elsewhere(
    report: Report, officer: User, leader: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    before = {
        each["key"]: each for each in client.get(url("edit-sections", report), **SCRIPT).json()["sections"]
    }
    assert save(client, report, "改过的打算", **SCRIPT).status_code == 200
    answer = client.get(url("edit-sections", report), **SCRIPT)
    after = {each["key"]: each for each in answer.json()["sections"]}
    assert [key for key in after if after[key] != before[key]] == ["plans"]
    assert (after["plans"]["source"], after["plans"]["row_version"]) == ("改过的打算", 2)
    assert (after["plans"]["is_edited"], after["plans"]["updated_by"]) == (True, str(officer))
    assert (before["plans"]["is_edited"], before["plans"]["updated_by"]) == (False, "系统")
    assert "no-store" in answer["Cache-Control"]
    assert signed_in(leader).get(url("edit-sections", report), **SCRIPT).status_code == 403


def test_an_author_who_signed_in_again_can_save(report: Report, officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer)
    session = client.get(url("edit-session", report), **SCRIPT)
    assert session.json()["user"] == officer.pk
    assert "no-store" in session["Cache-Control"]
    assert save(client, report, "没有令牌", **SCRIPT).status_code == 403
    again = {"source": "又登录了", "row_version": 1, "csrfmiddlewaretoken": session.json()["csrf"]}
    assert client.post(url("section", report, "plans"), again, **SCRIPT).status_code == 200


def test_what_the_check_finds_stands_beside_the_section(
    report: Report, officer: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    typed = {"source": "全年召开专题会议9次。"}
    html = client.post(url("section-preview", report, "plans"), typed, **SCRIPT).json()["html"]
    assert "台账登记为3次（3条记录），文中为9次。" in html
    assert "核对应为" not in html
    assert "/indicators/work.meetings/records/" in html
    save(client, report, typed["source"])
    page = client.get(url("edit", report))
    assert [item.section.key for item in page.context["items"] if item.doubts] == ["plans"]


def test_the_way_to_the_signature(report: Report, officer: User, leader: User, signed_in: SignIn) -> None:
    writer, signer = signed_in(officer), signed_in(leader)
    seen = report.revision
    save(writer, report, "共{{work.meetin}}")
    page = writer.get(url("submit", report)).content.decode()
    assert "没有“work.meetin”这个指标" in page
    assert writer.post(url("submit", report), {"revision": seen + 1}).status_code == 422
    save(writer, report, "共{{work.meetings}}", 2)
    writer.post(url("submit", report), {"revision": seen + 2, "comment": "请审阅"})
    report.refresh_from_db()
    assert report.state == "submitted"
    assert [r.action for r in reminders_for(leader, Period(2026).first_day)] == ["去签发"]
    assert "已提交，等待签发。" in signer.get(reverse("dashboard:show")).content.decode()

    signer.post(url("return", report), {"comment": "请补充\0培训情况"})
    assert [r.text for r in reminders_for(officer, Period(2026).first_day) if "退回" in r.text] == [
        f"《{report.title}》被退回：请补充培训情况"
    ]
    for address in (report.get_absolute_url(), url("edit", report)):
        assert "退回修改：请补充培训情况" in writer.get(address).content.decode()
    writer.post(url("submit", report), {"revision": seen + 2})
    assert "退回修改：" not in writer.get(report.get_absolute_url()).content.decode()
    writer.post(url("withdraw", report))
    writer.post(url("submit", report), {"revision": seen + 2})

    assert signer.get(url("sign", report)).status_code == 200
    signer.post(url("sign", report), {"revision": seen})
    assert not Job.objects.exists()
    signer.post(url("sign", report), {"revision": seen + 2})
    job = Job.objects.get()
    for _ in range(2):
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
        jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.result["report"]) == (Job.State.DONE, report.pk), job.error
    report.refresh_from_db()
    assert (report.state, report.signed_by) == ("final", leader)
    assert report.steps.filter(action="signed").count() == 1
    assert reminders_for(leader, Period(2026).first_day) == []
    page = signer.get(report.get_absolute_url()).content.decode()
    assert "这是定稿时的内容" in page
    assert report.files.get(format="pdf").sha256 in page


@pytest.mark.parametrize(
    ("name", "method", "allowed"),
    [
        ("detail", "get", {"officer", "leader"}),
        ("versions", "get", {"officer", "leader"}),
        ("drift", "get", {"officer", "leader"}),
        ("edit", "get", {"officer"}),
        ("submit", "get", {"officer"}),
        ("submit", "post", {"officer"}),
        ("withdraw", "post", {"officer"}),
        ("accept", "post", {"officer"}),
        ("files", "post", {"officer"}),
        ("sign", "get", {"leader"}),
        ("sign", "post", {"leader"}),
        ("return", "post", {"leader"}),
    ],
)
def test_roles_and_scope(
    name: str,
    method: str,
    allowed: set[str],
    report: Report,
    account: AccountFactory,
    signed_in: SignIn,
    units: Units,
) -> None:
    address = url(name, report)
    for role in Role:
        answer = getattr(signed_in(account(role)), method)(address)
        # The clerks of these tests belong to the township.
        sees = allowed | {"clerk"} if name in ("detail", "versions", "drift") else allowed
        assert (answer.status_code < 400 or answer.status_code == 422) == (role.value in sees), role
        assert answer.status_code in (200, 302, 403, 422), role
        report.refresh_from_db()
        Report.objects.filter(pk=report.pk).update(state="draft")
    for role in (Role.OFFICER, Role.LEADER):
        neighbour = signed_in(account(role, units.neighbour))
        assert getattr(neighbour, method)(address).status_code == 404
    assert getattr(Client(), method)(address).status_code == 302
    if method == "post":
        assert signed_in(account(Role.OFFICER)).get(address).status_code in (200, 302, 403, 405)


def test_drift_page_names_the_records(
    report: Report, year_of_work: Units, officer: User, leader: User, signed_in: SignIn
) -> None:
    submit(report=report, revision=report.revision, user=officer)
    sign(report=report, revision=report.revision, user=leader)
    client = signed_in(leader)
    assert "数字没有变化" in client.get(url("drift", report)).content.decode()
    created = create_record(
        instance=Activity(
            unit=year_of_work.village, kind="meeting", held_on=Period(2025).last_day, title="补记的会<b>"
        ),
        user=officer,
    )
    note = client.get(url("drift", report), HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in note
    page = client.get(url("drift", report)).content.decode()
    assert "补记的会&lt;b&gt;" in page
    assert created.get_absolute_url() in page
    assert str(officer) in page
    assert "3次</del>" in page
    assert "4次</ins>" in page
    drifted = Report.objects.get(pk=report.pk).drifted
    assert f"{drifted}个数字已有变化" in note
    assert f"{drifted}个数字已有变化" in client.get(reverse("reports:list")).content.decode()


def test_a_county_asks_for_all_at_once(
    year_of_work: Units, account: AccountFactory, signed_in: SignIn, officer: User
) -> None:
    client = signed_in(account(Role.OFFICER, year_of_work.county))
    data = {"unit": year_of_work.county.pk, "kind": "quarterly", "period": "2025Q2"}
    client.post(reverse("reports:batch"), data)
    job = Job.objects.get()
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert {r.unit for r in Report.objects.all()} == {year_of_work.township, year_of_work.neighbour}
    listed = client.get(job.result["url"])
    assert listed.context["page_obj"].paginator.count == 2
    # A village has none below it.
    village = {"unit": year_of_work.village.pk, "kind": "annual", "period": "2025"}
    assert signed_in(officer).post(reverse("reports:batch"), village).context["form"].errors


def test_scheduled_drafts_wait_in_the_tray(year_of_work: Units, officer: User, signed_in: SignIn) -> None:
    (report,) = draft_due(Period.parse("2026Q1").first_day)
    page = signed_in(officer).get("/").content.decode()
    assert f"《{report.title}》已按台账起草" in page
    submit(report=report, revision=report.revision, user=officer)
    assert "已按台账起草" not in signed_in(officer).get("/").content.decode()


def test_a_finding_is_shown_with_its_records_and_kept_for_a_reason(
    report: Report, officer: User, leader: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    save(client, report, "全年召开专题会议9次。")
    page = client.get(url("submit", report))
    (doubt,) = page.context["review"].open
    html = page.content.decode()
    assert "全年召开专题会议9次" in html
    assert "/indicators/work.meetings/records/?unit=330281101000&amp;period=2025" in html
    assert client.post(url("submit", report), {"revision": report.revision + 1}).status_code == 422
    client.post(url("accept", report), {"key": doubt.finding.key, "reason": "含\0<b>扩大</b>会议"})
    assert "含&lt;b&gt;扩大&lt;/b&gt;会议" in client.get(url("submit", report)).content.decode()
    client.post(url("submit", report), {"revision": report.revision + 1})
    assert "含&lt;b&gt;扩大" in signed_in(leader).get(url("sign", report)).content.decode()
    assert "核对时保留的数字" in client.get(report.get_absolute_url()).content.decode()
    # What was kept goes with its sentence.
    signed_in(leader).post(url("return", report), {"comment": "请按台账写"})
    save(client, report, "全年召开专题会议3次。", 2)
    assert "核对时保留的数字" not in client.get(report.get_absolute_url()).content.decode()


def test_the_leader_reads_what_the_author_says_and_files_that_are_behind_are_named_so(
    report: Report, officer: User, leader: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)
    save(client, report, "来年继续做好各项工作。")
    assert "请重新生成再下载" in client.get(report.get_absolute_url()).content.decode()
    client.post(url("submit", report), {"revision": report.revision + 1, "comment": "第四部分是新写的"})
    leading = signed_in(leader)
    assert "的说明：第四部分是新写的" in leading.get(url("sign", report)).content.decode()
    page = leading.get(report.get_absolute_url()).content.decode()
    assert "请以本页的正文为准" in page
    assert "请重新生成再下载" not in page
