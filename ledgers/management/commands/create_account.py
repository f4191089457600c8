"""create_account NAME --unit CODE --role ROLE [--name 姓名] [--json]"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from ledgers import second_factor
from ledgers.access import Role
from ledgers.accounts import open_account
from ledgers.management.tools import REFUSED, ToolCommand, unit_by_code
from ledgers.models import User


class Command(ToolCommand):
    help = "开通一个账号，打印一次性密码；首次登录须自行改密码。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username", metavar="NAME", help="账号名")
        parser.add_argument("--unit", required=True, metavar="CODE", help="所属单位的12位区划代码")
        parser.add_argument("--role", required=True, choices=Role.values, help="角色")
        parser.add_argument("--name", default="", help="显示的姓名，默认与账号名相同")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User(
            username=User.normalize_username(options["username"]),
            name=options["name"] or options["username"],
            unit=unit_by_code(options["unit"]),
            role=options["role"],
        )
        try:
            account.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError("".join(error.messages), returncode=REFUSED) from error
        account, password = open_account(account)
        if options["json"]:
            self.print_json(
                {
                    "account": account.username,
                    "unit": account.unit.code if account.unit else None,
                    "role": account.role,
                    "password": password,
                }
            )
            return
        self.stdout.write(f"已开通账号 {account.username}（{account.unit}，{account.get_role_display()}）。")
        self.stdout.write(f"一次性密码：{password}")
        self.stdout.write("密码只显示这一次，首次登录须修改。")
        if second_factor.is_missing(account):
            self.stdout.write("系统管理员改密码后，还须用手机验证器应用扫码设置登录验证，请先准备好手机。")
