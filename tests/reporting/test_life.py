"""The life of a report: drafting, editing, submitting, signing, new versions; each step by whom it belongs to."""

from __future__ import annotations

import hashlib
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from ledgers.access import Role
from ledgers.jobs import execute
from ledgers.models import Job, OrgUnit, User
from ledgers.periods import Period
from ledgers.work.models import Activity
from reporting.documents.model import Paragraph, plain
from reporting.drift import drift_of
from reporting.models import Report, ReportFile, ReportSection, ReportStep
from reporting.services import (
    ReportRefused,
    SectionConflict,
    StateChanged,
    batch,
    build_report,
    composing,
    review,
    signing,
)
from reporting.services.batch import PART, build_below, draft_due
from reporting.services.drafting import build_files
from reporting.services.editing import last_years_text, restore_section, save_section
from reporting.services.errors import Steps
from reporting.services.review import accept_finding
from reporting.services.signing import NotClear, send_back, sign, submit, withdraw
from tests.conftest import AccountFactory, Units
from tests.reporting.conftest import BrokenRenderer

pytestmark = [pytest.mark.usefixtures("quick_pdf"), pytest.mark.each_database]
YEAR = Period(2025)


def draft(unit: OrgUnit, user: User | None = None, period: Period = YEAR, kind: str = "annual") -> Report:
    return build_report(unit=unit, period=period, kind=kind, user=user)


def meeting(unit: OrgUnit, day: str = "2025-12-31") -> Activity:
    found: Activity = Activity.objects.create(unit=unit, kind="meeting", held_on=day, title="会")
    return found


def fresh(report: Report) -> Report:
    return Report.objects.select_related("unit").get(pk=report.pk)


def section(report: Report, key: str = "plans") -> ReportSection:
    return report.sections.select_related("report__unit").get(key=key)


def save(report: Report, user: User, source: str, key: str = "plans") -> ReportSection:
    current = section(report, key)
    return save_section(section=current, source=source, expected_version=current.row_version, user=user)


def submitted(report: Report, officer: User) -> Report:
    return submit(report=fresh(report), revision=fresh(report).revision, user=officer)


def signed(report: Report, officer: User, leader: User) -> Report:
    submitted(report, officer)
    return sign(report=report, revision=fresh(report).revision, user=leader)


def actions(report: Report) -> list[str]:
    return [step.action for step in report.steps.all()]


# --- Drafting and editing -----------------------------------------------------------------------------------------


def test_drafting_again_renews_what_nobody_edited_and_nothing_else(
    year_of_work: Units, officer: User
) -> None:
    report = draft(year_of_work.township, officer)
    save(report, officer, "一是继续努力，报送{{work.briefs}}。")
    assert [s.key for s in report.sections.all()] == [
        "situation", "work", "work-work", "work-nonpublic", "problems", "plans"
    ]  # fmt: skip
    Activity.objects.filter(kind="training").delete()
    Activity.objects.create(
        unit=year_of_work.village, kind="unity", held_on="2025-05-01", title="石榴籽活动", attendance=60
    )
    again = draft(year_of_work.township, officer)
    assert again.pk == report.pk
    assert section(again).source == "一是继续努力，报送{{work.briefs}}。"
    # What restoring would bring back is of today.
    assert "业务培训" in section(again).generated
    assert "培训" not in section(again, "work-work").source
    assert "ethnicity.unity_events" in section(again, "work-ethnicity").source
    assert [s.position for s in again.sections.all()] == list(range(7))
    assert actions(again) == ["drafted", "renewed"]
    # Nothing new in the ledgers: nothing to note.
    draft(year_of_work.township, officer)
    assert actions(again) == ["drafted", "renewed"]


def test_an_edited_section_outlives_its_ledger(year_of_work: Units, officer: User) -> None:
    report = draft(year_of_work.township, officer)
    save(report, officer, "自己写的非公经济工作。", "work-nonpublic")
    for record in [*_all("nonpublic.EnterpriseRequest"), *_all("nonpublic.Enterprise")]:
        record.delete()
    again = draft(year_of_work.township, officer)
    assert [s.key for s in again.sections.all()][-3:] == ["work-nonpublic", "problems", "plans"]
    assert section(again, "work-nonpublic").source == "自己写的非公经济工作。"


def _all(label: str) -> list[Any]:
    from django.apps import apps

    return list(apps.get_model(label)._default_manager.all())


def test_figures_of_a_draft_are_live(year_of_work: Units, officer: User) -> None:
    report = draft(year_of_work.township, officer)
    save(report, officer, "共研究{{work.meetings}}。")
    meeting(year_of_work.village)
    build_files(report=fresh(report), user=officer)
    assert "共研究4次。" in _said(fresh(report))
    assert fresh(report).is_stale is False


def _said(report: Report) -> str:
    return "\n".join(plain(b.runs) for b in report.content.blocks if isinstance(b, Paragraph))


def test_two_editors_and_a_double_click(year_of_work: Units, officer: User, account: AccountFactory) -> None:
    report = draft(year_of_work.township, officer)
    seen = section(report)
    first = save_section(section=seen, source="甲写的", expected_version=1, user=officer)
    assert (first.row_version, first.updated_by) == (2, officer)
    # The answer got lost and the browser sends the same again.
    again = save_section(section=seen, source="甲写的\r\n", expected_version=1, user=officer)
    assert again.row_version == 2
    with pytest.raises(SectionConflict) as conflict:
        save_section(section=seen, source="乙写的", expected_version=1, user=account(Role.OFFICER))
    assert conflict.value.current.source == "甲写的"
    assert section(report).source == "甲写的"
    assert fresh(report).revision == report.revision + 1
    assert fresh(report).is_stale


def test_restoring_a_section(year_of_work: Units, officer: User) -> None:
    report = draft(year_of_work.township, officer)
    written = section(report).source
    saved = save(report, officer, "别的")
    assert saved.is_edited
    saved = restore_section(section=saved, expected_version=saved.row_version, user=officer)
    assert (saved.source, saved.is_edited) == (written, False)


def test_last_years_text_is_at_hand(year_of_work: Units, officer: User) -> None:
    assert last_years_text(draft(year_of_work.township, officer)) == {}
    earlier = draft(year_of_work.township, officer, Period(2024))
    save(earlier, officer, "去年的打算。")
    assert last_years_text(draft(year_of_work.township, officer))["plans"] == "去年的打算。"


@pytest.mark.parametrize("text", ["身份证330281199001011234", "电话13800138000", "字" * 20_001])
def test_what_no_report_may_hold_is_not_saved(text: str, year_of_work: Units, officer: User) -> None:
    report = draft(year_of_work.township, officer)
    with pytest.raises(ValidationError):
        save(report, officer, text)
    assert not section(report).is_edited


def test_who_may_not_edit(
    year_of_work: Units, officer: User, leader: User, clerk: User, neighbour_officer: User
) -> None:
    report = draft(year_of_work.township, officer)
    for user in (leader, clerk, neighbour_officer):
        with pytest.raises(ReportRefused, match="没有修改"):
            save(report, user, "x")
        with pytest.raises(ReportRefused, match="没有提交"):
            submit(report=report, revision=report.revision, user=user)
    assert actions(report) == ["drafted"]


# --- Submitting and signing -----------------------------------------------------------------------------------------


def test_from_draft_to_final(year_of_work: Units, officer: User, leader: User) -> None:
    report = draft(year_of_work.township, officer)
    assert submitted(report, officer).state == "submitted"
    with pytest.raises(ReportRefused, match="请先撤回"):
        save(report, officer, "晚了")
    with pytest.raises(ReportRefused, match="正在等待签发"):
        draft(year_of_work.township, officer)
    with pytest.raises(ReportRefused, match="请写明要修改什么"):
        send_back(report=fresh(report), user=leader, comment="  ")
    send_back(report=fresh(report), user=leader, comment="补充示范点")
    submitted(report, officer)
    withdraw(report=fresh(report), user=officer)
    final = signed(report, officer, leader)
    assert (final.state, final.signed_by, final.drifted) == ("final", leader, 0)
    assert final.frozen_at is not None
    assert actions(final) == [
        "drafted",
        "submitted",
        "returned",
        "submitted",
        "withdrawn",
        "submitted",
        "signed",
    ]
    assert final.steps.get(action="returned").comment == "补充示范点"


def test_only_the_leader_of_the_unit_signs(
    year_of_work: Units, officer: User, leader: User, clerk: User, account: AccountFactory
) -> None:
    report = submitted(draft(year_of_work.township, officer), officer)
    county, neighbour = (
        account(Role.LEADER, year_of_work.county),
        account(Role.LEADER, year_of_work.neighbour),
    )
    for user in (officer, clerk, county, neighbour):
        with pytest.raises(ReportRefused, match="只有本单位的领导"):
            sign(report=report, revision=report.revision, user=user)
        with pytest.raises(ReportRefused, match="只有本单位的领导"):
            send_back(report=report, user=user, comment="改")
    assert fresh(report).state == "submitted"
    # A village has no leader: the township's signs.
    village = submitted(draft(year_of_work.village, officer), officer)
    assert sign(report=village, revision=village.revision, user=leader).state == "final"


def test_nobody_signs_another_text_than_the_one_on_the_page(
    year_of_work: Units, officer: User, leader: User
) -> None:
    report = draft(year_of_work.township, officer)
    seen = submitted(report, officer).revision
    withdraw(report=fresh(report), user=officer)
    save(report, officer, "改过的打算。")
    submitted(report, officer)
    with pytest.raises(StateChanged):
        sign(report=fresh(report), revision=seen, user=leader)
    with pytest.raises(StateChanged):
        submit(report=fresh(report), revision=fresh(report).revision, user=officer)
    assert fresh(report).state == "submitted"


def test_what_is_frozen(year_of_work: Units, officer: User, leader: User) -> None:
    final = signed(draft(year_of_work.township, officer), officer, leader)
    figure = final.figures.get(code="work.meetings", period="2025")
    assert (figure.value, figure.same_period_last_year, figure.target) == (3, 2, 2)
    assert (figure.label, figure.unit, figure.text, figure.scope) == ("专题研究", "次", "3次", final.unit)
    lines = zlib.decompress(figure.frozen_records.lines)
    records = Activity.objects.filter(kind="meeting", held_on__year=2025).order_by("pk")
    assert lines.decode() == "".join(f"{record.pk}:{record.row_version}\n" for record in records)
    assert figure.hash == hashlib.sha256(lines).hexdigest()
    assert figure.records == 3


def test_files_and_figures_of_a_final_report_never_change(
    year_of_work: Units, officer: User, leader: User
) -> None:
    final = signed(draft(year_of_work.township, officer), officer, leader)
    before = _everything(final)
    meeting(year_of_work.village)
    Activity.objects.filter(kind="meeting").first().delete()  # type: ignore[union-attr]
    with pytest.raises(ReportRefused, match="只有草稿"):
        build_files(report=fresh(final), user=officer)
    with pytest.raises(ReportRefused):
        save(final, officer, "晚了")
    # The same signature again, as a worker does that died after the commit.
    assert sign(report=final, revision=final.revision, user=leader).pk == final.pk
    newer = draft(year_of_work.township, officer)
    assert (newer.pk != final.pk, newer.version, newer.state) == (True, 2, "draft")
    assert _everything(final) == before
    assert fresh(final).state == "final"

    signed(newer, officer, leader)
    assert fresh(final).state == "superseded"
    assert _everything(final) == before
    assert final.steps.last().comment == "由第2版取代"  # type: ignore[union-attr]
    assert newer.figures.get(code="work.meetings", period="2025").value == 3


def _everything(report: Report) -> tuple[Any, ...]:
    return (
        [
            (Path(file.file.path).read_bytes(), file.file.name, file.sha256)
            for file in ReportFile.objects.filter(report=report)
        ],
        list(report.figures.values_list("code", "scope", "period", "value", "records", "hash", "text")),
        fresh(report).document,
        list(report.sections.values_list("key", "source")),
    )


def test_a_new_version_begins_with_the_text_of_the_last(
    year_of_work: Units, officer: User, leader: User
) -> None:
    report = draft(year_of_work.township, officer)
    save(report, officer, "我们的打算。")
    signed(report, officer, leader)
    newer = draft(year_of_work.township, officer)
    assert section(newer).source == "我们的打算。"
    assert section(newer).is_edited


def test_failed_rendering_signs_nothing(
    year_of_work: Units, officer: User, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = submitted(draft(year_of_work.township, officer), officer)
    monkeypatch.setattr(signing, "Renderer", BrokenRenderer)
    with pytest.raises(Exception, match="没有成功"):
        sign(report=report, revision=report.revision, user=leader)
    assert fresh(report).state == "submitted"
    assert actions(report) == ["drafted", "submitted"]


@pytest.mark.django_db(transaction=True)
def test_a_signature_freezes_one_moment(
    year_of_work: Units, officer: User, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A meeting entered while the figures are being read is in none of them, or has to wait."""
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite is in memory, where a second connection locks whole tables")
    report = submitted(draft(year_of_work.township, officer), officer)
    entered = threading.Event()

    def enter() -> None:
        meeting(year_of_work.village)
        connection.close()
        entered.set()

    writer = threading.Thread(target=enter)
    real = composing.gather

    def gather(subjects: Any) -> Any:
        writer.start()
        assert entered.wait(10)
        return real(subjects)

    monkeypatch.setattr(composing, "gather", gather)
    sign(report=report, revision=report.revision, user=leader)
    writer.join()
    figure = report.figures.get(code="work.meetings", period="2025")
    assert (figure.value, figure.records) == (3, 3)
    assert Activity.objects.filter(kind="meeting", held_on__year=2025).count() == 4
    assert drift_of(fresh(report)).count >= 1


# --- Tokens and the figure check ------------------------------------------------------------------------------------


def test_an_unknown_token_keeps_a_report_from_being_submitted(year_of_work: Units, officer: User) -> None:
    report = draft(year_of_work.township, officer)
    save(report, officer, "共{{work.meeting}}，{{7*7}}，{% now %}<script>。")
    with pytest.raises(NotClear) as refusal:
        submitted(report, officer)
    problems = [problem for _, problem in refusal.value.review.problems]
    assert [(p.source, p.suggestion) for p in problems] == [
        ("{{work.meeting}}", "{{work.meetings}}"),
        ("{{7*7}}", ""),
    ]
    assert fresh(report).state == "draft"
    # A draft may still be printed; it shows what was written.
    build_files(report=fresh(report), user=officer)
    assert "共{{work.meeting}}，{{7*7}}，{% now %}<script>。" in _said(fresh(report))


def test_a_finding_is_put_right_or_accepted_with_a_reason(
    year_of_work: Units, officer: User, leader: User
) -> None:
    report = draft(year_of_work.township, officer)
    save(report, officer, "全镇有居民4939人，其中少数民族148人，占居民的0.33%。")
    with pytest.raises(NotClear) as refusal:
        submitted(report, officer)
    (doubt,) = [each for each in refusal.value.review.open if each.finding.rule == "share"]
    assert (doubt.finding.found, doubt.finding.expected, doubt.section.key) == ("0.33%", "3.00%", "plans")
    with pytest.raises(ReportRefused, match="请写明为什么"):
        accept_finding(report=report, key=doubt.finding.key, reason=" ", user=officer)
    with pytest.raises(ReportRefused, match="已经没有了"):
        accept_finding(report=report, key="other", reason="有", user=officer)
    with pytest.raises(ReportRefused, match="没有修改"):
        accept_finding(report=report, key=doubt.finding.key, reason="有", user=leader)
    for each in refusal.value.review.open:
        accept_finding(report=report, key=each.finding.key, reason="引用上级文件原文", user=officer)
    final = signed(report, officer, leader)
    kept = final.accepted_findings.get(rule="share")
    assert (kept.reason, kept.accepted_by, kept.expected) == ("引用上级文件原文", officer, "3.00%")


def test_what_came_to_light_since_submitting_is_not_signed(
    year_of_work: Units, officer: User, leader: User
) -> None:
    report = draft(year_of_work.township, officer)
    save(report, officer, "全年召开专题会议3次。")
    report = submitted(report, officer)
    meeting(year_of_work.village)
    with pytest.raises(NotClear, match="请退回起草人") as refusal:
        sign(report=report, revision=report.revision, user=leader)
    (doubt,) = refusal.value.review.open
    assert (doubt.finding.found, doubt.finding.expected) == ("3次", "4次")
    assert fresh(report).state == "submitted"


@pytest.mark.parametrize(
    ("kind", "period"), [("annual", "2025"), ("half", "2025H1"), ("quarterly", "2025Q2"), ("unity", "2025")]
)
def test_what_the_ledgers_draft_passes_the_check(
    kind: str, period: str, year_of_work: Units, officer: User
) -> None:
    for unit in (year_of_work.county, year_of_work.township, year_of_work.village):
        found = review.review(draft(unit, None, Period.parse(period), kind))
        assert [doubt.finding for doubt in found.doubts] == []
        assert found.is_clear


# --- The database holds the rules ------------------------------------------------------------------------------------


def test_constraints(year_of_work: Units) -> None:
    common = {"unit": year_of_work.township, "period": "2025", "kind": "annual", "built_at": timezone.now()}
    Report.objects.create(**common)
    wrong: list[dict[str, Any]] = [
        {"version": 2},  # a second open report
        {"version": 2, "state": "submitted"},
        {"version": 2, "state": "final"},  # signed, but never frozen
        {"version": 1, "state": "final", "frozen_at": timezone.now()},  # the same version
    ]
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.create(**common, **values)
    Report.objects.create(**common, version=3, state="final", frozen_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(**common, version=4, state="final", frozen_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportStep.objects.create(report=Report.objects.all()[0], action="returned")


# --- Many at once ----------------------------------------------------------------------------------------------------


def test_a_county_drafts_all_its_townships_with_one_progress(
    year_of_work: Units, officer: User, account: AccountFactory
) -> None:
    user = account(Role.OFFICER, year_of_work.county)
    submitted(draft(year_of_work.township, officer), officer)
    seen: list[tuple[int, int, str]] = []
    job = batch_job(year_of_work.county, user)
    result = build_below(
        batch=job,
        unit=year_of_work.county,
        period=YEAR,
        kind="annual",
        user=user,
        progress=lambda *step: seen.append(step),
    )
    made = Report.objects.get(unit=year_of_work.neighbour)
    assert result["reports"] == [made.pk]
    assert result["skipped"] == [["东山镇", "这份报告正在等待签发，请先撤回再重新起草。"]]
    assert sorted({step[:2] for step in seen}) == [(0, 200), (100, 200), (200, 200)]
    assert "已起草1份" in result["said"]
    assert "东山镇没有起草" in result["said"] == seen[-1][2]
    # The same job again, after its worker died, does nothing anew; another one renews what is there.
    before = Report.objects.get(pk=made.pk).built_at
    again = build_below(batch=job, unit=year_of_work.county, period=YEAR, kind="annual", user=user)
    assert again == result
    assert Report.objects.get(pk=made.pk).built_at == before
    other = batch_job(year_of_work.county, user)
    # As a worker does it: a job within a job, each with its own hold.
    execute(str(other.pk))
    other.refresh_from_db()
    assert (other.state, other.result["reports"]) == (Job.State.DONE, [made.pk])
    assert Report.objects.get(pk=made.pk).built_at > before
    assert Report.objects.count() == 2
    with pytest.raises(ReportRefused):
        build_below(batch=job, unit=year_of_work.county, period=YEAR, kind="annual", user=officer)


def batch_job(unit: OrgUnit, user: User) -> Job:
    payload = {"unit": unit.pk, "period": str(YEAR), "kind": "annual"}
    created: Job = Job.objects.create(kind="report.batch", user=user, unit=unit, payload=payload)
    return created


def test_a_batch_tells_which_report_it_is_at_and_leads_to_the_drafts(
    year_of_work: Units, account: AccountFactory, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    user = account(Role.OFFICER, year_of_work.county)
    job = batch_job(year_of_work.county, user)
    told: list[str] = []

    def build(*, progress: Steps, **wanted: Any) -> Report:
        for step in (1, 4):
            progress(step, 4, "")
            job.refresh_from_db()
            told.append(job.message)
        return build_report(**wanted)

    monkeypatch.setattr(batch, "build_report", build)
    execute(str(job.pk))
    names = [unit.name for unit in (year_of_work.neighbour, year_of_work.township)]
    assert told == [
        f"正在起草第1份，共2份：{names[0]}",
        f"正在起草第1份，共2份：{names[0]}",
        f"正在起草第2份，共2份：{names[1]}",
        f"正在起草第2份，共2份：{names[1]}",
    ]
    client.force_login(user)
    page = client.get(job.get_absolute_url(), follow=True)
    assert "已起草2份，都在下面" in page.content.decode()
    assert {row.record.unit.name for row in page.context["table"].rows} == set(names)


def test_a_report_of_a_batch_that_is_half_done_counts_half() -> None:
    members = [OrgUnit(pk=number, name=f"{number}号镇") for number in (1, 2, 3, 4)]
    assert batch._how_far({}, members) == (0, 400, "共4份，准备起草")
    parts = {1: Job(state=Job.State.DONE), 2: Job(state=Job.State.RUNNING, done=2, total=4)}
    assert batch._how_far(parts, members) == (150, 400, "正在起草第2份，共4份：2号镇")
    parts[3] = Job(state=Job.State.RUNNING, done=1, total=4)
    assert batch._how_far(parts, members) == (175, 400, "正在起草第2至3份，共4份：2号镇、3号镇")
    parts[2] = parts[3] = Job(state=Job.State.FAILED)
    assert batch._how_far(parts, members) == (300, 400, "共4份，已完成3份")


def test_a_unit_that_another_worker_is_drafting_is_waited_for_and_not_drafted_twice(
    year_of_work: Units, account: AccountFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = account(Role.OFFICER, year_of_work.county)
    job = batch_job(year_of_work.county, user)
    elsewhere = Job.objects.create(
        kind=PART,
        payload={"batch": str(job.pk), "unit": year_of_work.township.pk},
        state=Job.State.RUNNING,
        beat_at=timezone.now(),
    )
    waited: list[float] = []

    def other_worker_gets_on(seconds: float) -> None:
        assert not Report.objects.filter(unit=year_of_work.township).exists()
        waited.append(seconds)
        if len(waited) == 3:
            Job.objects.filter(pk=elsewhere.pk).update(state=Job.State.DONE, result={"report": 77})

    monkeypatch.setattr(batch.time, "sleep", other_worker_gets_on)
    result = build_below(batch=job, unit=year_of_work.county, period=YEAR, kind="annual", user=user)
    (made,) = Report.objects.all()
    assert made.unit == year_of_work.neighbour
    assert sorted(result["reports"]) == sorted([77, made.pk])
    assert len(waited) == 3


def test_a_batch_leaves_room_for_other_work(units: Units, account: AccountFactory) -> None:
    """Only a few units wait for a worker at a time, and each is handed out once, whoever asks."""
    for number in range(12):
        OrgUnit.objects.create_under(
            units.county, code=f"3302819{number:02}000", name=f"{number}号镇", level=OrgUnit.Level.TOWNSHIP
        )
    job = batch_job(units.county, account(Role.OFFICER, units.county))
    members = list(units.county.children())
    assert len(members) > 8
    assert len(batch._handed_out(job, members)) == len(batch._handed_out(job, members)) == 8
    Job.objects.filter(kind=PART).update(state=Job.State.RUNNING)
    assert len(batch._handed_out(job, members)) == min(16, len(members))
    assert len({part.payload["unit"] for part in Job.objects.filter(kind=PART)}) == len(members)


def test_quarterly_drafts_fall_due_after_the_quarter(year_of_work: Units, officer: User) -> None:
    quarter = Period.parse("2025Q2")
    assert draft_due(quarter.last_day) == []  # the first quarter's end is long ago
    (report,) = draft_due(Period.parse("2025Q3").first_day)
    assert (report.unit, report.period, report.kind, report.created_by) == (
        year_of_work.township, "2025Q2", "quarterly", None
    )  # fmt: skip
    save(report, officer, "改过")
    assert draft_due(Period.parse("2025Q3").first_day) == []
    assert section(report).source == "改过"
