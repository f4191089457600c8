"""What the product depends on, looked at one by one, each with a short patience of its own.

Without its database, its tables or its folder the product cannot answer at all: these make it not ready. Everything
else it survives, as a page does that starts a job while the broker is down; that is a warning.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.timesince import timesince
from health_check.base import HealthCheck
from health_check.checks import Database
from health_check.exceptions import HealthCheckException, ServiceUnavailable, ServiceWarning

from ledgers.backups import keeping
from ledgers.models import Job
from ledgers.operations import pulse

logger = logging.getLogger(__name__)

SILENT_AFTER: Final = dt.timedelta(minutes=3)
WAITING_TOO_LONG: Final = dt.timedelta(minutes=10)
#: Free bytes below which uploads and reports soon fail, and below which somebody should make room.
DISK_FULL: Final = 200 * 2**20
DISK_LOW: Final = 2 * 2**30

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclasses.dataclass
class Migrated(HealthCheck):
    """All migrations of this release are applied."""

    # Nobody takes them back while this process runs.
    done: ClassVar[bool] = False

    def run(self) -> None:
        if Migrated.done:
            return
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            raise ServiceUnavailable(f"有{len(missing)}项数据库升级没有执行，请运行 manage.py migrate。")
        Migrated.done = True


@dataclasses.dataclass
class FolderWritable(HealthCheck):
    def run(self) -> None:
        folder = Path(settings.MEDIA_ROOT)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(prefix=".probe-", dir=folder) as probe:
                probe.write(b"0")
        except OSError as error:
            raise ServiceUnavailable(f"附件目录不能写入（{error.strerror}）。") from error


@dataclasses.dataclass
class DiskSpace(HealthCheck):
    def run(self) -> None:
        free = shutil.disk_usage(settings.MEDIA_ROOT).free
        said = f"磁盘只剩{free // 2**20}MB，请清理或扩容。"
        if free < DISK_FULL:
            raise ServiceUnavailable(said)
        if free < DISK_LOW:
            raise ServiceWarning(said)


@dataclasses.dataclass
class Broker(HealthCheck):
    def run(self) -> None:
        url: str = settings.CELERY_BROKER_URL
        if not url.startswith(("redis:", "rediss:")):
            folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"]
            if not os.access(folder, os.W_OK):
                raise ServiceWarning("后台任务的消息目录不能写入，任务会等到它恢复。")
            return
        try:
            with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
                client.ping()
        except redis.RedisError as error:
            raise ServiceWarning("消息服务（Redis）连不上，后台任务会等到它恢复。") from error


@dataclasses.dataclass
class Worker(HealthCheck):
    """A worker does what beat sends, or is at work on something long."""

    def run(self) -> None:
        now = timezone.now()
        at_work = Job.objects.filter(state=Job.State.RUNNING, beat_at__gt=now - SILENT_AFTER)
        last = pulse.last()
        if (last is None or now - last > SILENT_AFTER) and not at_work.exists():
            since = f"已有{timesince(last, now)}" if last else "还"
            raise ServiceWarning(
                f"后台任务进程（worker）或定时进程（beat）{since}没有动静，请检查是否在运行。"
            )


@dataclasses.dataclass
class Queue(HealthCheck):
    def run(self) -> None:
        now = timezone.now()
        waiting = Job.objects.filter(state=Job.State.QUEUED, created_at__lt=now - WAITING_TOO_LONG).count()
        if waiting:
            raise ServiceWarning(
                f"{waiting}个后台任务等了{WAITING_TOO_LONG.seconds // 60}分钟以上还没有开始。"
            )


@dataclasses.dataclass
class Backups(HealthCheck):
    def run(self) -> None:
        now, state = timezone.now(), keeping.state()
        if state.folder is None:
            raise ServiceWarning("没有设置自动备份，请设置 BACKUP_DIR。")
        if state.problem:
            raise ServiceWarning(f"上次自动备份没有成功：{state.problem}")
        if state.last is None:
            raise ServiceWarning("还没有备份：每天会自动做一次，现在就要可以执行 manage.py backup。")
        if state.is_overdue(now):
            raise ServiceWarning(f"最近的备份是{timesince(state.last.at, now)}以前的。")


#: (name, what people call it, check); in the order in which they are shown.
CHECKS: Final[tuple[tuple[str, str, HealthCheck], ...]] = (
    ("database", "数据库", Database()),
    ("migrations", "数据库版本", Migrated()),
    ("folder", "附件目录", FolderWritable()),
    ("disk", "磁盘空间", DiskSpace()),
    ("broker", "消息服务", Broker()),
    ("worker", "后台进程", Worker()),
    ("queue", "任务队列", Queue()),
    ("backup", "备份", Backups()),
)


@dataclass(frozen=True)
class Outcome:
    name: str
    label: str
    state: str
    text: str


def look(*, backups: bool = True) -> list[Outcome]:
    """Run all checks in this thread, whose database connection is at hand."""
    return [_outcome(*check) for check in CHECKS if backups or check[0] != "backup"]


def overall(outcomes: list[Outcome]) -> str:
    states = {outcome.state for outcome in outcomes}
    return next((state for state in (FAILED, WARNING) if state in states), OK)


def _outcome(name: str, label: str, check: HealthCheck) -> Outcome:
    try:
        check.run()
    except ServiceWarning as warning:
        return Outcome(name, label, WARNING, str(warning.message))
    except (HealthCheckException, DatabaseError, OSError) as error:
        logger.warning("not ready: %s (%s)", name, type(error).__name__)
        # The library's own words about the database are for programmers.
        said = "" if name == "database" else str(getattr(error, "message", ""))
        return Outcome(name, label, FAILED, said or "不能使用，请查看日志。")
    return Outcome(name, label, OK, "")
