"""import_ledger SLUG FILE --unit CODE [--period 2025Q3] [--sheet NAME] [--dry-run] [--skip-errors] [--json]"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from ledgers.access import Verb
from ledgers.importing import batches
from ledgers.importing.counted_batches import unnamed_file
from ledgers.importing.giving_back import gives_back, write_marked
from ledgers.importing.plan import Plan
from ledgers.importing.planner import match
from ledgers.importing.problems import PlanChanged, SheetRejected
from ledgers.importing.receive import safe_file_name, sha256
from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand, period_of, unit_by_code
from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.registry import Ledger, ledgers

#: Wrong cells printed for people; ``--json`` has them all.
PRINTED_ERRORS = 50


class Command(ToolCommand):
    help = "把办公室现有的表格导入台账。退出码：0 全部导入，1 有错误的行，2 文件或命令无法使用。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug", metavar="SLUG", help="台账")
        parser.add_argument("file", metavar="FILE", type=Path, help="xlsx、xls、et、ods或csv文件")
        parser.add_argument("--unit", required=True, metavar="CODE", help="表格所属单位的12位区划代码")
        parser.add_argument("--period", metavar="2025Q3", help="表格的期间（表里没有期间时）")
        parser.add_argument("--sheet", default="", metavar="NAME", help="只读这个工作表")
        parser.add_argument("--user", metavar="NAME", help="以这个账号的名义导入，并受其权限限制")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument(
            "--errors-to", type=Path, metavar="FILE.xlsx", help="有错误时，把标出错误的表格写到这个文件"
        )
        parser.add_argument("--skip-errors", action="store_true", help="跳过有错误的行，导入其余的行")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"找不到文件“{path.name[:60]}”，请核对路径。", returncode=UNUSABLE)
        ledger = self._ledger(options["slug"])
        unit = unit_by_code(options["unit"])
        user = self._user(options["user"], ledger, unit)
        period = period_of(options["period"]) if options["period"] else None
        marked = self._marked_target(options["errors_to"], path, ledger)
        try:
            read = batches.read_file(path, ledger, unit=unit, period=period, only_sheet=options["sheet"])
            if not read.sheets:
                raise SheetRejected(batches.why_nothing(read))
            plan = match(read)
            if marked is not None and plan.errors:
                write_marked(path, plan.errors, marked)
            batch = None
            if not options["dry_run"] and (options["skip_errors"] or not plan.errors):
                # Together: no job would take up a batch that is left behind without its records.
                with transaction.atomic():
                    batch = self._batch(path, ledger, unit, user, options)
                    plan = batches.write(
                        read,
                        batch=batch,
                        user=user,
                        expected_sha256=plan.sha256,
                        skip_errors=options["skip_errors"],
                        plan=plan,
                    )
        except (SheetRejected, PlanChanged) as stopped:
            raise CommandError(str(stopped), returncode=UNUSABLE) from stopped
        except PermissionError:
            raise CommandError("文件不能读取，请检查文件的权限。", returncode=UNUSABLE) from None
        written = batch is not None or options["dry_run"]
        if options["json"]:
            self.print_json(self._as_json(plan, batch, written))
        else:
            self._print(plan, batch, dry_run=options["dry_run"])
        if plan.errors:
            raise SystemExit(REFUSED)

    def _ledger(self, slug: str) -> Ledger:
        try:
            return ledgers.get(slug)
        except KeyError:
            known = "、".join(ledger.slug for ledger in ledgers if ledger.sheet is not None)
            raise CommandError(f"没有这个台账；可以导入的台账：{known}。", returncode=UNUSABLE) from None

    def _marked_target(self, target: Path | None, source: Path, ledger: Ledger) -> Path | None:
        """Where to write the workbook with its wrong cells marked, if that is wanted and may be done."""
        if target is None:
            return None
        if not gives_back(ledger):
            raise CommandError(
                "计数台账的表格可能是人员名册，不另存副本；请按列出的单元格位置在原表中改正。",
                returncode=UNUSABLE,
            )
        if target.suffix.lower() != ".xlsx" or not target.parent.is_dir():
            raise CommandError("--errors-to 请写已有文件夹中的 .xlsx 文件名。", returncode=UNUSABLE)
        if target.exists():
            raise CommandError("--errors-to 的文件已经存在，请换一个文件名。", returncode=UNUSABLE)
        return target

    def _user(self, name: str | None, ledger: Ledger, unit: OrgUnit) -> User | None:
        if not name:
            return None
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError("没有这个账号，请核对 --user。", returncode=UNUSABLE)
        if user.unit is None or not user.can(Verb.IMPORT, ledger) or not unit.is_within(user.unit):
            raise CommandError("这个账号不能向该单位导入这个台账。", returncode=UNUSABLE)
        return user

    def _batch(
        self, path: Path, ledger: Ledger, unit: OrgUnit, user: User | None, options: dict[str, Any]
    ) -> ImportBatch:
        return ImportBatch.objects.create(
            ledger_slug=ledger.slug,
            file_name=unnamed_file(ledger) if ledger.counts_only else safe_file_name(path.name),
            file_sha256="" if ledger.counts_only else sha256(path),
            unit=unit,
            period=options["period"] or "",
            user=user,
            state=ImportBatch.State.APPLYING,
            options={"sheet": options["sheet"], "skip_errors": options["skip_errors"]},
        )

    @staticmethod
    def _as_json(plan: Plan, batch: ImportBatch | None, written: bool) -> dict[str, Any]:
        return {
            "batch": batch.pk if batch else None,
            "sheets": [found.as_json() for found in plan.read.sheets],
            "left_out": [{"name": found.name, "why": why} for found, why in plan.read.left_out],
            "rows": plan.rows,
            # What was refused as a whole has created nothing.
            "created": len(plan.creates) if written else 0,
            "updated": len(plan.updates) if written else 0,
            "unchanged": plan.unchanged,
            "errors": [error.as_json() for error in plan.errors],
            "counted": plan.read.counted,
        }

    def _print(self, plan: Plan, batch: ImportBatch | None, *, dry_run: bool) -> None:
        counts = (
            f"新增{len(plan.creates)}条，变更{len(plan.updates)}条，"
            f"未变{plan.unchanged}条，有误{plan.wrong_rows}行"
        )
        if dry_run:
            self.stdout.write(f"只检查未写入：{counts}。")
        elif batch is None:
            self.stdout.write(
                f"没有导入：有误{plan.wrong_rows}行。改正后重试，或加 --skip-errors 只导入正确的行。"
            )
        else:
            self.stdout.write(f"已导入（批次{batch.pk}）：{counts}。")
        for found, why in plan.read.left_out:
            self.stdout.write(f"  没有读工作表“{found.name}”：{why}。")
        for error in plan.errors[:PRINTED_ERRORS]:
            self.stdout.write(f"  {error.sheet} {error.cell} {error.column}：{error.problem}")
        if len(plan.errors) > PRINTED_ERRORS:
            self.stdout.write(f"  另有{len(plan.errors) - PRINTED_ERRORS}处，请用 --json 查看。")
