"""What the project's commands share: arguments that name things, and failures as one clear line.

Exit status everywhere: 0 done, 1 not done because of what the data say, 2 the call or the file is unusable.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from ledgers.db import disk_is_full
from ledgers.models import OrgUnit
from ledgers.periods import Period, PeriodError

REFUSED = 1
UNUSABLE = 2


class ToolCommand(BaseCommand):
    """A command that prints for people, or JSON with ``--json``."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="把结果按JSON打印")

    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            if disk_is_full(error):
                raise CommandError(
                    "磁盘空间不足，数据没有改动；请腾出空间后重试。", returncode=UNUSABLE
                ) from error
            raise CommandError(
                f"数据库尚未就绪（{type(error).__name__}）：请检查DATABASE_URL，并先运行 manage.py migrate。",
                returncode=UNUSABLE,
            ) from error

    def say(self, done: int, total: int, message: str) -> None:
        """Progress on stderr: on a terminal in one line, elsewhere a line for each step and none for each file."""
        terminal = self.stderr.isatty()
        if done and not terminal:
            return
        count = f" {done}/{total}" if total else ""
        end = "\r" if done and done < total else "\n"
        self.stderr.write(f"{message}{count}……", ending=end, style_func=str)

    def print_json(self, result: Any) -> None:
        self.stdout.write(json.dumps(result, ensure_ascii=False))


def unit_by_code(code: str) -> OrgUnit:
    """The unit with that division code; raises CommandError with exit status 2."""
    unit: OrgUnit | None = OrgUnit.objects.filter(code=code.strip()).first()
    if unit is None:
        raise CommandError(f"没有区划代码为“{code[:20]}”的单位，请核对。", returncode=UNUSABLE)
    return unit


def period_of(text: str) -> Period:
    """The period written as ``text``; raises CommandError with exit status 2."""
    try:
        return Period.parse(text)
    except PeriodError as error:
        raise CommandError(str(error), returncode=UNUSABLE) from error
