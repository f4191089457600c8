"""Records in the states that pages tell apart, beside those that the ledgers' own samples bring."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from ethnicity.models import PopulationReturn
from ledgers import jobs
from ledgers.access import Role
from ledgers.history import DELETED, record_bulk_history
from ledgers.models import ImportBatch, Job, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from ledgers.returns.deadlines import last_quarter
from ledgers.units import rename_unit
from ledgers.work.models import Activity
from ledgers.work.photos import add_photos
from reporting.drift import check_oldest
from reporting.models import Report
from reporting.services import build_report
from reporting.services.review import accept_finding, review
from reporting.services.signing import sign, submit
from tests import authenticator
from tests.conftest import PASSWORD, Units
from tests.importing.workbooks import company, office_sample, simple
from tests.returns.factories import ACCEPTED, DRAFT, SUBMITTED, population

UPLOAD = "/ledgers/enterprises/import/"


def accounts(units: Units) -> dict[str, User]:
    """An account of each role by its name, an administrator without a second factor, one with its first password."""

    def create(name: str, role: Role, **fields: Any) -> User:
        return User.objects.create_user(
            f"walk-{name}",
            PASSWORD,
            name=f"{role.label}示例",
            role=role,
            unit=units.village if role == Role.CLERK else units.township,
            **fields,
        )

    found = {role.value: create(role.value, role) for role in Role}
    authenticator.set_up(found["admin"])
    return found | {
        "bare": create("bare", Role.ADMIN),
        "new": create("new", Role.CLERK, must_change_password=True),
    }


def photographed(units: Units, officer: User) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30)).save(buffer, "PNG")
    activity = Activity.objects.within(units.township).order_by("-pk").first()
    assert activity is not None
    add_photos(activity=activity, uploads=[ContentFile(buffer.getvalue(), "a.png")], user=officer)


def deleted(units: Units) -> None:
    """In every ledger a record that can be restored: its last history row says that it was deleted."""
    for ledger in ledgers:
        model: Any = ledger.model
        record = model._default_manager.within(units.township).order_by("pk").first()
        record_bulk_history([record], kind=DELETED, user=None)


def renamed(units: Units, administrator: User) -> None:
    rename_unit(unit=units.villages[2], name="新桥社区", on=dt.date(2026, 1, 1), user=administrator)


def returns(units: Units) -> None:
    """A quarter with a return in each state, and one that the officer has sent back."""
    period = str(last_quarter())
    PopulationReturn.objects.filter(period=period).delete()
    for village, state in zip(units.villages, (SUBMITTED, ACCEPTED, DRAFT), strict=False):
        population(village, period, 12, 34, state=state)


def reports(units: Units, officer: User, leader: User) -> None:
    """A report that is being written, one that waits for its signature, and a signed one whose figures moved on."""
    build_report(unit=units.township, period=Period(2025), kind="annual", user=officer)
    for quarter, signed in ((3, False), (4, True)):
        report = build_report(
            unit=units.township, period=Period.parse(f"2025Q{quarter}"), kind="quarterly", user=officer
        )
        report = Report.objects.get(pk=report.pk)
        for doubt in review(report).open:
            accept_finding(report=report, key=doubt.finding.key, reason="已核对", user=officer)
        report.refresh_from_db()
        submit(report=report, revision=report.revision, user=officer)
        report.refresh_from_db()
        if signed:
            sign(report=report, revision=report.revision, user=leader)
    Activity.objects.create(
        unit=units.village,
        kind=Activity.Kind.MEETING,
        held_on="2025-11-03",
        title="签发后补记的会议",
        attendance=9,
    )
    check_oldest()
    # The signed one has a second version, which is being written.
    build_report(unit=units.township, period=Period.parse("2025Q4"), kind="quarterly", user=officer)


def imports(client: Client, units: Units) -> None:
    """A batch at every step: just received, checked with and without wrong rows, not understood, written, undone."""

    def hand_over(content: bytes, name: str = "台账.xlsx") -> ImportBatch:
        client.post(UPLOAD, {"file": SimpleUploadedFile(name, content), "unit": units.township.pk})
        return ImportBatch.objects.order_by("-pk")[0]

    def run() -> None:
        for job in Job.objects.open().order_by("created_at"):
            jobs.execute(str(job.pk))

    for undo in (False, True):
        batch = hand_over(simple(company(900 + undo)))
        run()
        client.post(f"/imports/{batch.pk}/confirm/")
        run()
        if undo:
            client.post(f"/imports/{batch.pk}/undo/")
            run()
    hand_over(simple(company(900, staff=77), company(910, staff="许多")))
    hand_over(office_sample())
    hand_over(b"not a workbook", "坏.xlsx")
    hand_over(simple(["甲", "乙", "丙", "丁", "戊"]))
    run()
    hand_over(simple(company(920)))


def job_states(officer: User) -> None:
    for state in Job.State.values:
        Job.objects.create(
            kind="export.build",
            state=state,
            user=officer,
            total=40,
            done=10,
            error="处理中断，请重试。" if state == Job.State.FAILED else "",
            result={"download": "/jobs/", "rows": 3} if state == Job.State.DONE else {},
        )


def plant(units: Units) -> dict[str, User]:
    """All of the above; returns the accounts."""
    found = accounts(units)
    officer, leader = found["officer"], found["leader"]
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    photographed(units, officer)
    deleted(units)
    renamed(units, found["admin"])
    returns(units)
    reports(units, officer, leader)
    imports(client, units)
    job_states(officer)
    return found
