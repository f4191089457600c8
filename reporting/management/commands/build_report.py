"""build_report --unit CODE --period 2025 --kind annual --out DIR [--json]

Exit status: 0 built; 1 the report could not be drafted as things are, or not rendered; 2 the call is unusable. Then
one line on standard error says why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.indicators import plain_number
from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand, period_of, unit_by_code
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.documents.pdf import RenderFailed
from reporting.models import Report, ReportFile
from reporting.reports import KINDS, UnsuitablePeriod
from reporting.services import ReportRefused, build_report
from reporting.services.keeping import whole_content


class Command(ToolCommand):
    help = "起草一份总结报告，把文件写到指定的文件夹。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", metavar="CODE", help="单位的12位区划代码")
        parser.add_argument("--period", help="期间，如 2025、2025H1、2025Q3")
        parser.add_argument("--kind", default=Report.Kind.ANNUAL.value, help="类别：" + "、".join(KINDS))
        parser.add_argument("--out", metavar="DIR", help="写入文件的文件夹")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        unit, period, kind, folder = self._request(options)
        try:
            report = build_report(unit=unit, period=period, kind=kind, user=None)
        except (ReportRefused, RenderFailed) as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        files = {file.format: self._write(file, folder) for file in report.files.all()}
        if options["json"]:
            self.print_json(self._result(report, files))
        else:
            self.stdout.write("\n".join([f"{report}（第{report.pk}号）", *map(str, files.values())]))

    def _request(self, options: dict[str, Any]) -> tuple[OrgUnit, Period, str, Path]:
        """What is asked for; raises CommandError with exit status 2."""
        for name in ("unit", "period", "out"):
            if not options[name]:
                raise CommandError(f"缺少 --{name}。用法：{__doc__.splitlines()[0]}", returncode=UNUSABLE)
        kind = options["kind"]
        if kind not in KINDS:
            raise CommandError(f"没有“{kind}”这种报告，可用的类别：{'、'.join(KINDS)}。", returncode=UNUSABLE)
        period = period_of(options["period"])
        try:
            KINDS[kind].check(period)
        except UnsuitablePeriod as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        unit = unit_by_code(options["unit"])
        folder = Path(options["out"]).resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(
                f"无法写入文件夹 {folder}：请换一个有写入权限的位置。", returncode=UNUSABLE
            ) from error
        return unit, period, kind, folder

    def _write(self, file: ReportFile, folder: Path) -> Path:
        report = file.report
        target = folder / f"{report.unit.code}-{report.period}-{report.kind}.{file.format}"
        try:
            target.write_bytes(whole_content(file))
        except ReportRefused as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        except OSError as error:
            raise CommandError(
                f"无法写入 {target}：请检查磁盘空间和写入权限。", returncode=UNUSABLE
            ) from error
        return target

    def _result(self, report: Report, files: dict[str, Path]) -> dict[str, Any]:
        return {
            "report": report.pk,
            "files": {name: str(path) for name, path in files.items()},
            "pages": next((file.pages for file in report.files.all() if file.pages), None),
            "figures": [
                {
                    "code": figure.code,
                    "value": plain_number(figure.value),
                    "unit": figure.unit,
                    "records": figure.records,
                    "hash": figure.hash,
                }
                # Comparisons print other periods and tables other units; these are the report's own figures.
                for figure in report.figures.filter(scope=report.unit, period=report.period)
            ],
        }
