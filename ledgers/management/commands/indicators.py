"""indicators --unit CODE --period 2025 [--code CODE …] [--json]"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.computing import figures
from ledgers.indicators import Figure, indicators
from ledgers.management.tools import UNUSABLE, ToolCommand, period_of, unit_by_code


class Command(ToolCommand):
    help = "打印一个单位（含下级）在一个期间的全部指标。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--unit", required=True, metavar="CODE", help="单位的12位区划代码")
        parser.add_argument("--period", required=True, help="期间：2025、2025H1 或 2025Q3")
        parser.add_argument(
            "--code", action="append", metavar="CODE", help="只打印这个指标，可重复；默认全部"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        unit, period = unit_by_code(options["unit"]), period_of(options["period"])
        unknown = [code for code in options["code"] or [] if code not in indicators]
        if unknown:
            raise CommandError(f"没有指标“{unknown[0][:60]}”，请核对代码。", returncode=UNUSABLE)
        found = figures(unit, period, options["code"])
        if options["json"]:
            self.print_json([figure.as_json() for figure in found.values()])
            return
        self.stdout.write(f"{unit} {period.label}")
        for figure in found.values():
            self.stdout.write(self._line(figure))

    @staticmethod
    def _line(figure: Figure) -> str:
        value = "—" if figure.value is None else f"{figure.text}{figure.unit}"
        line = f"{figure.code}\t{figure.label}\t{value}"
        return line if figure.target is None else f"{line}\t目标{figure.indicator.format(figure.target)}"
