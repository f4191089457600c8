"""Restoring a backup: everything is checked before anything is touched, and all of it is put back or nothing."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from ledgers.backups.engine import engine
from ledgers.backups.manifest import BackupRefused, Manifest, Say, key_check, silent
from ledgers.backups.media import Staged
from ledgers.importing.settling import cancel_waiting

#: Filled by ``migrate`` itself: a database with rows in nothing else is empty.
_MADE_BY_MIGRATE: Final = frozenset(
    {"django_migrations", "django_content_type", "auth_permission", "django_site"}
)


@dataclass(frozen=True)
class Restored:
    manifest: Manifest
    #: Migrations that the backup did not have yet and that have been applied since.
    migrated: list[str]
    warnings: list[str]

    def as_json(self) -> dict[str, Any]:
        return {**self.manifest.as_json(), "migrated": self.migrated, "warnings": self.warnings}


def check_backup(folder: Path, say: Say = silent) -> Manifest:
    """Prove that a backup is whole and can be restored here. Touches nothing; raises BackupRefused."""
    folder = folder.absolute()
    manifest = Manifest.read(folder)
    manifest.verify(folder, say=say)
    target = engine()
    if manifest.database["engine"] != target.name:
        raise BackupRefused(
            f"备份来自 {manifest.database['engine']} 数据库，不能恢复到 {target.name}："
            f"请核对 DATABASE_URL（{folder}）。"
        )
    unknown = sorted(set(manifest.migrations) - _own_migrations())
    if unknown:
        raise BackupRefused(
            f"备份由更新的版本（{manifest.product_version}）做成，本版不认识 {unknown[0]} 等{len(unknown)}项："
            f"请先升级产品（{folder}）。"
        )
    say(0, 0, "试读数据库")
    target.check(manifest, folder)
    return manifest


def restore_backup(folder: Path, *, replace: bool = False, say: Say = silent) -> Restored:
    """Put a backup in the place of the database and the media folder. Raises BackupRefused, and nothing has changed.

    A database with anything in it is refused unless ``replace`` says that it may go.
    """
    folder = folder.absolute()
    manifest = check_backup(folder, say)
    target = engine()
    with _server_stopped():
        filled = _filled_tables()
        if filled and not replace:
            raise BackupRefused(
                f"数据库不是空的（{filled[0]} 等{len(filled)}张表有数据），没有恢复。"
                "要用备份替换现有的全部数据，请加 --replace。"
            )
        target.refuse_if_used()
        try:
            staged = Staged(manifest, folder, say)
            try:
                say(0, 0, "恢复数据库")
                target.restore(manifest, folder, staged.swapped())
            finally:
                staged.discard()
        except OSError as error:
            raise BackupRefused(f"没有恢复，原来的数据没有变（{error.strerror or error}）。") from error
        connection.close()
        return Restored(manifest, _migrate(manifest), _afterwards(manifest))


def _own_migrations() -> set[str]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    return {f"{app}.{name}" for app, name in {*loader.disk_migrations, *replaced}}


def _filled_tables() -> list[str]:
    filled = []
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - _MADE_BY_MIGRATE):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                filled.append(table)
    return filled


@contextmanager
def _server_stopped() -> Iterator[None]:
    """Hold the lock that script/server takes on its data folder."""
    handle = os.open(settings.VAR_DIR / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BackupRefused("script/server 正在运行，没有恢复：请先按 Ctrl-C 停止它。") from None
    else:
        yield
    finally:
        os.close(handle)


def _migrate(manifest: Manifest) -> list[str]:
    """Bring the data of an older release up to this one."""
    before = set(manifest.migrations)
    if not _own_migrations() - before:
        return []
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise BackupRefused(
            f"备份已恢复，但从 {manifest.product_version} 升级数据库时出错（{type(error).__name__}）："
            "请运行 manage.py migrate 查看。"
        ) from error
    return sorted(
        {f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()} - before
    )


def _afterwards(manifest: Manifest) -> list[str]:
    """Settle what a backup does not bring back, and say what its reader has to know."""
    warnings = []
    cancelled = cancel_waiting("系统从备份恢复，上传的文件不在备份中，没有写入任何数据；需要时请重新上传。")
    if cancelled:
        warnings.append(f"{cancelled}个没有确认的导入已取消，需要时请重新上传。")
    if manifest.missing_files:
        warnings.append(
            f"备份时已有{len(manifest.missing_files)}个附件丢失，例如 {manifest.missing_files[0]}。"
        )
    if manifest.key_check != key_check():
        warnings.append(
            "SECRET_KEY 与备份时不同：用它加密的内容（如两步验证）需要重新设置，或换回原来的密钥。"
        )
    return warnings
