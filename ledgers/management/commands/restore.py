"""restore DIR [--check] [--replace] [--json]"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.backups.manifest import BackupRefused
from ledgers.backups.restoring import check_backup, restore_backup
from ledgers.management.tools import REFUSED, ToolCommand


class Command(ToolCommand):
    help = "从备份恢复数据库和附件：先核对整个备份，再一次恢复全部；先停止服务。退出码：1 没有恢复。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("dir", metavar="DIR", type=Path, help="备份的目录")
        parser.add_argument("--check", action="store_true", help="只核对备份，什么也不改")
        parser.add_argument("--replace", action="store_true", help="用备份替换现有的全部数据")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, warnings = options["dir"].absolute(), []
        try:
            if options["check"]:
                manifest = check_backup(folder, self.say)
                outcome = {**manifest.as_json(), "checked": True}
                line = f"备份完好：{folder}（{manifest.created_at}，版本{manifest.product_version}）。"
            else:
                restored = restore_backup(folder, replace=options["replace"], say=self.say)
                manifest, warnings, outcome = restored.manifest, restored.warnings, restored.as_json()
                rows, files = sum(manifest.tables.values()), len(manifest.media_files())
                line = f"已恢复 {manifest.created_at} 的备份：{rows}行、{files}个附件。"
                if steps := len(restored.migrated):
                    line += f"备份来自较早的版本（{manifest.product_version}），数据库已升级（{steps}步）。"
        except BackupRefused as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        if options["json"]:
            self.print_json(outcome)
            return
        self.stdout.write(line)
        for warning in warnings:
            self.stderr.write(warning)
