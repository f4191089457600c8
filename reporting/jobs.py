"""Background work of reports. Payloads are ids; the rights are those the user has when the work is done."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown

from ledgers.jobs import JobRefused, Progress, job
from ledgers.models import Job, OrgUnit, User
from ledgers.periods import Period
from reporting.documents.pdf import RenderFailed, spare
from reporting.models import Report
from reporting.services import ReportRefused, build_files, build_report
from reporting.services.batch import PART, build_below, build_part, tell_whole
from reporting.services.signing import sign


def _user(current: Job) -> User:
    if current.user is None:
        raise JobRefused("发起人的账号已不存在，请重新发起。")
    return current.user


def _result(report: Report, said: str) -> dict[str, Any]:
    return {"url": report.get_absolute_url(), "report": report.pk, "said": said}


@job("report.build", "起草总结报告")
def build(current: Job, progress: Progress) -> dict[str, Any]:
    """payload: unit (primary key), period, kind."""
    try:
        report = build_report(
            unit=OrgUnit.objects.get(pk=current.payload["unit"]),
            period=Period.parse(current.payload["period"]),
            kind=current.payload["kind"],
            user=_user(current),
            progress=progress,
        )
    except (ReportRefused, RenderFailed) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return _result(report, "草稿已按现在的台账起草好，请通读一遍，改好正文后提交签发。")


@job("report.files", "生成报告文件")
def files(current: Job, progress: Progress) -> dict[str, Any]:
    """payload: report."""
    report = Report.objects.select_related("unit").get(pk=current.payload["report"])
    try:
        built = build_files(report=report, user=_user(current), progress=progress)
    except (ReportRefused, RenderFailed) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return _result(built, "文件已按现在的正文和数字重新生成，可以下载。")


@job("report.sign", "签发总结报告")
def signing(current: Job, progress: Progress) -> dict[str, Any]:
    """payload: report, revision."""
    report = Report.objects.select_related("unit").get(pk=current.payload["report"])
    try:
        final = sign(
            report=report,
            revision=current.payload["revision"],
            user=_user(current),
            progress=progress,
        )
    except (ReportRefused, RenderFailed) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return _result(final, "已签发定稿，文件已生成，可以下载。")


@job("report.batch", "起草下级单位的报告", counted=False)
def batch(current: Job, progress: Progress) -> dict[str, Any]:
    """payload: unit (whose townships or villages report), period, kind."""
    unit = OrgUnit.objects.get(pk=current.payload["unit"])
    try:
        return build_below(
            batch=current,
            unit=unit,
            period=Period.parse(current.payload["period"]),
            kind=current.payload["kind"],
            user=_user(current),
            progress=progress,
        )
    except ReportRefused as refusal:
        raise JobRefused(str(refusal)) from refusal


@job(PART, "起草下级单位的一份报告")
def part(current: Job, progress: Progress) -> dict[str, Any]:
    """payload: batch (the job it is a part of), unit."""
    whole = Job.objects.select_related("user__unit").get(pk=current.payload["batch"])

    def tell(done: int, total: int, message: str = "") -> None:
        progress(done, total, message)
        tell_whole(whole)

    unit = OrgUnit.objects.get(pk=current.payload["unit"])
    try:
        report = build_part(batch=whole, unit=unit, progress=tell)
    except (ReportRefused, RenderFailed) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return {"report": report.pk}


@worker_process_init.connect
def keep_a_renderer(**_: Any) -> None:
    """A worker has the next renderer waiting; web processes and commands do without."""
    spare.keep()


@worker_process_shutdown.connect
def drop_the_renderer(**_: Any) -> None:
    spare.drop()
