"""undo_import BATCH [--user NAME] [--json]"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.importing.undo import Undone, undo_batch
from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand
from ledgers.models import ImportBatch, User


class Command(ToolCommand):
    help = (
        "撤销一次导入：恢复它新增和修改过的记录。导入之后又改过的记录保留不动并列出。退出码：1 有保留的记录。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("batch", metavar="BATCH", type=int, help="批次号")
        parser.add_argument("--user", metavar="NAME", help="以这个账号的名义撤销")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = ImportBatch.objects.select_related("unit").filter(pk=options["batch"]).first()
        if batch is None:
            raise CommandError("没有这个导入批次，请核对批次号。", returncode=UNUSABLE)
        user = None
        if options["user"]:
            user = User.objects.filter(username=options["user"]).first()
            if user is None:
                raise CommandError("没有这个账号，请核对 --user。", returncode=UNUSABLE)
        undone = undo_batch(batch=batch, user=user)
        if undone is None and batch.state != ImportBatch.State.UNDONE:
            raise CommandError(
                f"这个批次没有可撤销的内容（{batch.get_state_display()}）。", returncode=UNUSABLE
            )
        # Undone before: nothing is left to do, and that is no error.
        done = undone or Undone()
        if options["json"]:
            self.print_json({"batch": batch.pk, "state": ImportBatch.State.UNDONE.value, **done.as_json()})
        else:
            self.stdout.write(
                f"已撤销批次{batch.pk}：删去{done.removed}条，恢复{done.restored}条，保留{len(done.kept)}条。"
            )
            for kept in done.kept[:50]:
                self.stdout.write(f"  保留：{kept.label}（{kept.why}）")
        if done.kept:
            raise SystemExit(REFUSED)
