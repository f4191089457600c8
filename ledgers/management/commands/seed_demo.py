"""seed_demo [--scale N] [--accounts|--no-accounts] [--json]"""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ledgers.access import Role
from ledgers.demo import Demo, UnitsExist, refresh_statistics, seed_demo
from ledgers.management.tools import REFUSED, UNUSABLE, ToolCommand
from ledgers.registry import ledgers


class Command(ToolCommand):
    help = "在空的数据库中写入虚构的演示数据：一个县、两个乡镇、三年的台账和每种角色的账号。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--scale", type=int, default=1, metavar="N", help="记录数量的倍数，默认1")
        parser.add_argument(
            "--accounts",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="是否开通演示账号；一次性密码只打印这一次",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scale"] < 1:
            raise CommandError("--scale 应为不小于1的整数。", returncode=UNUSABLE)
        try:
            demo = seed_demo(scale=options["scale"], accounts=options["accounts"])
        except UnitsExist as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        refresh_statistics()
        if options["json"]:
            self.print_json(dataclasses.asdict(demo))
        else:
            self._print(demo)

    def _print(self, demo: Demo) -> None:
        self.stdout.write(f"已写入{demo.units}个单位和以下记录：")
        for slug, count in demo.records.items():
            self.stdout.write(f"  {ledgers.get(slug).label} {count}条")
        if demo.accounts:
            self.stdout.write("演示账号（一次性密码只显示这一次，首次登录须修改）：")
        for account in demo.accounts:
            self.stdout.write(
                f"  {account.account}\t{account.password}\t{account.name}，{Role(account.role).label}"
            )
