"""Making a backup: all of it or none, in a folder that has its name only once it is whole."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ledgers.backups import media
from ledgers.backups.engine import Engine, engine
from ledgers.backups.manifest import BackupRefused, Manifest, Say, entries, key_check, product_version, silent
from ledgers.db import snapshot
from ledgers.models import AccountSession, SealState

#: A backup in the making has this in its name; whatever a crash has left of one goes with the next.
_PARTIAL: Final = ".partial-backup-"
_ROUNDS: Final = 3
#: Now, and in the first release, whose database the next one's code may have to back up.
_SESSIONS: Final = (AccountSession._meta.db_table, "django_session")


def make_backup(target: Path, say: Say = silent) -> Manifest:
    """Write a backup to ``target``, a folder that is not there yet or is empty. Raises BackupRefused.

    Nobody has to stop working: what is written meanwhile is not in it.
    """
    target = target.absolute()
    if target.is_dir() and any(target.iterdir()):
        raise BackupRefused(f"目录不是空的，没有备份：{target}；请换一个新的目录。")
    if target.exists() and not target.is_dir():
        raise BackupRefused(f"不是目录，没有备份：{target}。")
    try:
        with _alone_in(target.parent):
            draft = target.parent / f"{_PARTIAL}{target.name}"
            draft.mkdir(mode=0o700)
            try:
                manifest = _fill(draft, engine(), say)
                media.sync_folder(draft)
                draft.rename(target)
                media.sync_folder(target.parent, deep=False)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise
    except OSError as error:
        raise BackupRefused(f"没有备份成，什么也没有留下：{target}（{error.strerror or error}）。") from error
    return manifest


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """One backup at a time in a folder; what an earlier one left half-done is removed."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(f"这里正在做另一个备份，请等它完成：{parent}。") from None
        for left in parent.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left)
        yield
    finally:
        os.close(handle)


@dataclass(frozen=True)
class _Taken:
    file: str
    tables: dict[str, int]
    migrations: list[str]
    history_head: str
    missing: list[str]


def _fill(draft: Path, source: Engine, say: Say) -> Manifest:
    server, client = source.versions()
    there = set(connection.introspection.table_names())
    left_out = [table for table in _SESSIONS if table in there]
    _refuse_if_full(draft)
    now = dt.datetime.now(dt.UTC)
    taken = _take(draft, source, left_out, say)
    say(0, 0, "计算校验值")
    manifest = Manifest(
        product_version=product_version(),
        created_at=now.isoformat(timespec="seconds"),
        database={"engine": source.name, "server": server, "client": client, "file": taken.file},
        migrations=taken.migrations,
        tables=taken.tables,
        files=entries(draft),
        left_out=left_out,
        missing_files=taken.missing,
        history_head=taken.history_head,
        key_check=key_check(),
    )
    manifest.write(draft)
    return manifest


def _take(draft: Path, source: Engine, left_out: list[str], say: Say) -> _Taken:
    """Copy the database as it is at one moment, then the files that it names at that moment.

    Files are written before the rows that name them and never changed, so all of them are there unless they are
    deleted before they are copied. Then everything is taken once more.
    """
    for _ in range(_ROUNDS):
        say(0, 0, "复制数据库")
        with snapshot():
            tables = _counts(left_out)
            if not any(tables.values()):
                raise BackupRefused("数据库是空的，没有什么可备份：请核对 DATABASE_URL 和 VAR_DIR。")
            migrations = [f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()]
            names = media.named_files()
            head = _history_head()
            source.dump(draft, left_out)
        file = source.finish(draft, left_out)
        missing = set(media.copy_out(names, draft, say))
        # A row that still names its file has lost it long ago, and a backup does not bring it back.
        lost = missing & media.named_files() if missing else missing
        if missing == lost:
            return _Taken(file, tables, migrations, head, sorted(lost))
        for path in draft.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    raise BackupRefused("备份时附件一直在被删除，没有备份成，请稍后重试。")


def _counts(left_out: list[str]) -> dict[str, int]:
    """Rows of every table as the restored database will have them."""
    counts = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in left_out:
                counts[table] = 0
                continue
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            counts[table] = int(cursor.fetchone()[0])
    return counts


def _history_head() -> str:
    """The end of the history chain, to be held against ``verify_history --head`` after a restore."""
    if SealState._meta.db_table not in connection.introspection.table_names():
        return ""  # the new release's code backs up before it migrates
    return str(SealState.objects.first() or "")


def _refuse_if_full(draft: Path) -> None:
    """Say at once what would otherwise end half-way: no room for the files, nor for the database as it is."""
    wanted = _database_bytes() + sum(
        path.stat().st_size for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()
    )
    free = shutil.disk_usage(draft).free
    if free < wanted:
        raise BackupRefused(
            f"磁盘空间不足，没有备份：{draft.parent} 剩余{free // 2**20}MB，约需{wanted // 2**20}MB；请清理后重试。"
        )


def _database_bytes() -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    path = Path(str(connection.settings_dict["NAME"]))
    return path.stat().st_size if path.is_file() else 0
