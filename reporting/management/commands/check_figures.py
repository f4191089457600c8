"""check_figures FILE --unit CODE --period 2025 [--json]

Exit status: 0 no finding, 1 findings, 2 the file or the call is unusable; then one line on standard error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand, period_of, unit_by_code
from reporting.figurecheck import Finding, LedgerContext, check_text
from reporting.figurecheck.files import UnusableFile, read_prose


class Command(ToolCommand):
    help = "核对一份文稿（.docx、.txt、.md）里的数字。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", help="要检查的文件")
        parser.add_argument("--unit", metavar="CODE", help="文稿所说单位的12位区划代码")
        parser.add_argument("--period", help="文稿所说的期间：2025、2025H1 或 2025Q3")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for name, written in (("file", "文件"), ("unit", "--unit"), ("period", "--period")):
            if not options[name]:
                raise CommandError(f"缺少{written}。用法：{__doc__.splitlines()[0]}", returncode=UNUSABLE)
        unit, period = unit_by_code(options["unit"]), period_of(options["period"])
        try:
            text = read_prose(Path(options["file"]))
        except UnusableFile as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        findings = check_text(text, LedgerContext(unit, period))
        if options["json"]:
            self.print_json({"findings": [finding.as_json() for finding in findings]})
        else:
            self._print(findings)
        if findings:
            raise SystemExit(REFUSED)

    def _print(self, findings: list[Finding]) -> None:
        for number, finding in enumerate(findings, start=1):
            self.stdout.write(f"{number}. {finding.sentence}\n   {finding.explanation}")
        self.stdout.write(f"发现{len(findings)}处数字需要核对。" if findings else "没有发现数字问题。")
