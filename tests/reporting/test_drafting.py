"""A draft: renewed, edited by several, checked, and submitted only when nothing is open."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from ledgers.access import Role
from ledgers.models import User
from ledgers.periods import Period
from ledgers.work.models import Activity
from reporting.services import ReportRefused, SectionConflict, review
from reporting.services.drafting import build_files
from reporting.services.editing import last_years_text, restore_section, save_section
from reporting.services.review import accept_finding
from reporting.services.signing import NotClear, submit
from tests.conftest import AccountFactory, Units
from tests.reporting.life import actions, draft, fresh, meeting, said, save, section, signed, submitted

pytestmark = pytest.mark.usefixtures("quick_pdf")


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
    assert "共研究4次。" in said(fresh(report))
    assert fresh(report).is_stale is False


@pytest.mark.each_database
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
    assert "共{{work.meeting}}，{{7*7}}，{% now %}<script>。" in said(fresh(report))


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
