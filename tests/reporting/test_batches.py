"""Many drafts at once: a county's townships, and what falls due after a quarter."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ledgers.access import Role
from ledgers.jobs import execute
from ledgers.models import Job, OrgUnit, User
from ledgers.periods import Period
from reporting.models import Report
from reporting.services import (
    ReportRefused,
    batch,
    build_report,
)
from reporting.services.batch import PART, build_below, draft_due
from reporting.services.errors import Steps
from tests.conftest import AccountFactory, Units
from tests.reporting.life import YEAR, draft, save, section, submitted

pytestmark = [pytest.mark.usefixtures("quick_pdf"), pytest.mark.each_database]


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
