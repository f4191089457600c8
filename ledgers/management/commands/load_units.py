"""load_units FILE.csv [--json]"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand
from ledgers.unit_files import UnitFileRejected, UnitFileUnusable, load_units, read_units


class Command(ToolCommand):
    help = "从CSV文件（code,name,parent）登记单位；重复运行不会重复登记。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV文件")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_units(read_units(options["file"]))
        except UnitFileUnusable as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        except UnitFileRejected as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        if options["json"]:
            self.print_json(loaded.as_json())
            return
        self.stdout.write(
            f"新增{len(loaded.created)}个单位，更新{len(loaded.updated)}个，"
            f"{len(loaded.unchanged)}个没有变化。"
        )
