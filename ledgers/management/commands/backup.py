"""backup DIR [--json]"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.backups.making import make_backup
from ledgers.backups.manifest import BackupRefused
from ledgers.management.tools import REFUSED, ToolCommand


class Command(ToolCommand):
    help = "把数据库和附件备份到一个新的目录，不用停止服务。含个人信息，请加密保存。退出码：1 没有备份成。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("dir", metavar="DIR", type=Path, help="新的目录（不存在或是空的）")

    def handle(self, *args: Any, **options: Any) -> None:
        # Asked to stop, tidy up as for Ctrl-C.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            manifest = make_backup(options["dir"], self.say)
        except BackupRefused as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        if options["json"]:
            self.print_json({"folder": str(options["dir"].absolute()), **manifest.as_json()})
            return
        self.stdout.write(
            f"已备份到 {options['dir'].absolute()}：{len(manifest.tables)}张表、{sum(manifest.tables.values())}行、"
            f"{len(manifest.media_files())}个附件，共{manifest.size / 2**20:.1f}MB。"
        )
        for name in manifest.missing_files:
            self.stderr.write(f"附件已丢失，不在备份中：{name}")
