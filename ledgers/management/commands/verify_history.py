"""verify_history [--head NUMBER:HASH] [--no-seal] [--json]"""

from __future__ import annotations

import re
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand
from ledgers.trail.sealing import seal_new
from ledgers.trail.verifying import verify


class Command(ToolCommand):
    help = (
        "封存新的历史记录和操作日志，并把全部与封条核对，指出第一处被改动、删除、调换或插入的地方。"
        "退出码：0 完好，1 有问题，2 无法核对。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--head", default="", metavar="N:SHA256", help="以前记下的链首，一并核对")
        parser.add_argument("--no-seal", action="store_true", help="只核对，不封存新的记录")

    def handle(self, *args: Any, **options: Any) -> None:
        noted = options["head"].strip().lower()
        if noted and not re.fullmatch(r"[0-9]+:[0-9a-f]{64}", noted):
            raise CommandError("--head 应写成“序号:64位校验值”，如核验结果末尾所示。", returncode=UNUSABLE)
        if not options["no_seal"]:
            seal_new()
        verified = verify(noted=noted)
        if options["json"]:
            self.print_json(verified.as_json())
        if verified.found:
            raise CommandError(verified.text, returncode=REFUSED)
        if not options["json"]:
            self.stdout.write(verified.text)
