"""make_ready: what script/server wants before it starts anything, the system checks first.

In one process, because the program takes longer to load than most of it takes.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand

from ledgers.models import OrgUnit

#: Exit code: all is there, and nothing in it yet.
EMPTY: Final = 3


class Command(BaseCommand):
    help = "收集静态文件、建好或升级数据库；数据库里还没有单位时以3退出。"

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("migrate", interactive=False, verbosity=0)
        if not OrgUnit.objects.exists():
            sys.exit(EMPTY)
