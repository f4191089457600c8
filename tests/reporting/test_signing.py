"""Submitting and signing: by whom each belongs to, what is frozen, and what the database itself refuses."""

from __future__ import annotations

import hashlib
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ledgers.access import Role
from ledgers.models import User
from ledgers.work.models import Activity
from reporting.drift import drift_of
from reporting.models import Report, ReportFile, ReportStep
from reporting.services import ReportRefused, StateChanged, composing, signing
from reporting.services.drafting import build_files
from reporting.services.signing import NotClear, send_back, sign, submit, withdraw
from tests.conftest import AccountFactory, Units
from tests.reporting.conftest import BrokenRenderer
from tests.reporting.life import actions, draft, fresh, meeting, save, section, signed, submitted

pytestmark = [pytest.mark.usefixtures("quick_pdf"), pytest.mark.each_database]


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
