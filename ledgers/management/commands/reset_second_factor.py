"""reset_second_factor NAME [--json]"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers import accounts
from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand
from ledgers.models import User


class Command(ToolCommand):
    help = "重置一个账号的登录验证器（手机丢失时用）；该账号的登录全部退出，系统管理员下次登录须重新设置。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username", metavar="NAME", help="账号名")

    def handle(self, *args: Any, **options: Any) -> None:
        name = User.normalize_username(options["username"])
        account = User.objects.filter(username=name).first()
        if account is None:
            raise CommandError(f"没有名为“{name[:60]}”的账号，请核对。", returncode=UNUSABLE)
        if not accounts.reset_second_factor(account):
            raise CommandError(f"账号 {account.username} 没有设置登录验证器，无需重置。", returncode=REFUSED)
        if options["json"]:
            self.print_json({"account": account.username})
            return
        self.stdout.write(f"已重置账号 {account.username} 的登录验证器，该账号的登录已全部退出。")
