"""A backup that is not what it was, not ours or too new is refused with the name of the file; and which are kept."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledgers.backups import keeping
from ledgers.backups.keeping import Kept, back_up_when_due, kept, state, thin_out, worth_keeping
from ledgers.backups.making import make_backup
from ledgers.backups.manifest import BackupRefused, Manifest, entries


def manifest(**changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "product_version": "0.1.0",
        "created_at": "2026-11-01T18:00:00+00:00",
        "database": {"engine": "sqlite", "server": "3", "client": "3", "file": "database.sqlite3.gz"},
        "migrations": ["ledgers.0001_initial"],
        "tables": {"ledgers_user": 2},
        "files": {},
        "left_out": [],
        "missing_files": [],
        "history_head": "",
        "key_check": "",
    }
    return Manifest(**fields | changes)


def written(folder: Path, **changes: Any) -> Path:
    """A folder that looks like a backup and is whole."""
    (folder / "media" / "reports").mkdir(parents=True)
    (folder / "database.sqlite3.gz").write_bytes(b"rows")
    (folder / "media" / "reports" / "a.pdf").write_bytes(b"%PDF")
    manifest(**{"files": entries(folder)} | changes).write(folder)
    return folder


SPOIL: dict[str, tuple[str, Callable[[Path], object]]] = {
    "database.sqlite3.gz": ("不完整", lambda path: os.truncate(path, 2)),
    "media/reports/a.pdf": ("校验值不符", lambda path: path.write_bytes(b"%PDX")),
    "manifest.json": (
        "被改动过",
        lambda path: path.write_text(path.read_text().replace('user": 2', 'user": 1')),
    ),
    "media/more.txt": ("清单以外", lambda path: path.write_text("from elsewhere")),
    "media/reports": ("缺少文件", shutil.rmtree),
    "media/link": ("链接", lambda path: path.symlink_to("/etc/passwd")),
}


@pytest.mark.parametrize("name", list(SPOIL))
def test_a_spoiled_backup_is_refused_by_the_name_of_its_file(name: str, tmp_path: Path) -> None:
    backup = written(tmp_path / "backup")
    Manifest.read(backup).verify(backup)
    why, spoil = SPOIL[name]
    spoil(backup / name)
    with pytest.raises(BackupRefused, match=why) as refusal:
        Manifest.read(backup).verify(backup)
    assert str(backup / name) in str(refusal.value)


def test_no_file_of_a_backup_leads_out_of_it(tmp_path: Path) -> None:
    backup = written(tmp_path / "backup", files={"../outside": {"sha256": "", "size": 0}})
    with pytest.raises(BackupRefused):
        Manifest.read(backup).verify(backup)
    for name in ("../outside", "/etc/passwd", "media/../../x", "a\\b"):
        with pytest.raises(BackupRefused, match="不合规"):
            manifest(files={name: {"sha256": "", "size": 0}}).verify(tmp_path / "nothing")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": "another-product"}, "不是本产品的备份"),
        ({"format_version": 2}, "请先升级产品"),
        ({"migrations": ["ledgers.0001_initial", "ledgers.0999_from_the_future"]}, "请先升级产品"),
        ({"database": {"engine": "mysql", "server": "8", "client": "8", "file": "a"}}, "请核对 DATABASE_URL"),
    ],
)
def test_foreign_and_newer_backups_are_refused(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    changes = {"database": {"engine": _vendor(), "server": "3", "client": "3", "file": "a"}} | changes
    backup = written(tmp_path / "backup", **changes)
    with pytest.raises(CommandError, match=why) as refusal:
        call_command("restore", str(backup), "--check")
    assert refusal.value.returncode == 1
    assert str(backup) in str(refusal.value)


def _vendor() -> str:
    from django.db import connection

    return connection.vendor


def test_a_backup_never_overwrites_anything(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(BackupRefused, match="不是空的"):
        make_backup(tmp_path)
    with pytest.raises(BackupRefused, match="不是目录"):
        make_backup(tmp_path / "letter.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.django_db
def test_the_wrong_database_is_not_backed_up_as_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledgers.backups.making._counts", lambda left_out: {})
    with pytest.raises(BackupRefused, match="请核对 DATABASE_URL"):
        make_backup(tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


# --- On schedule ------------------------------------------------------------------------------------------------------


def at(day: str, hour: int = 2) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{hour:02}:00:00+08:00")


def test_the_last_of_each_day_week_and_month_is_kept() -> None:
    first = at("2026-06-01")
    there = [Kept(Path(str(day)), first + dt.timedelta(days=day), 1) for day in range(180)]
    days = [f"{backup.at:%m-%d}" for backup in worth_keeping(there, 7, 4, 6)]
    assert days == [
        *("11-27", "11-26", "11-25", "11-24", "11-23", "11-22", "11-21"),  # days; 11-22 ends a week, too
        *("11-15", "11-08"),  # weeks
        *("10-31", "09-30", "08-31", "07-31", "06-30"),  # months
    ]
    assert worth_keeping(there[:1], 1, 0, 0) == there[:1]


def test_thinning_out_touches_only_whole_backups_of_ours(tmp_path: Path, settings: Any) -> None:
    settings.BACKUP_KEEP = (1, 0, 0)
    for day in (1, 2, 3):
        created = at(f"2026-11-0{day}").astimezone(dt.UTC).isoformat()
        written(tmp_path / f"ledgers-2026110{day}-020000", created_at=created)
    # The newest is broken: the last good one is the second, and the broken one is left for somebody to look at.
    (tmp_path / "ledgers-20261103-020000" / "database.sqlite3.gz").unlink()
    written(tmp_path / "by-hand")
    (tmp_path / ".removing-ledgers-20261001-020000").mkdir()
    assert [path.name for path in thin_out(tmp_path, kept(tmp_path))] == ["ledgers-20261101-020000"]
    left = ["by-hand", "ledgers-20261102-020000", "ledgers-20261103-020000"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_a_backup_is_made_once_a_day_even_late_and_a_failure_is_remembered(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BACKUP_DIR, settings.BACKUP_HOUR = str(tmp_path / "backups"), 2
    clock = at("2026-11-05", 1)

    def make(target: Path) -> Manifest:
        written(target, created_at=clock.astimezone(dt.UTC).isoformat())
        return Manifest.read(target)

    monkeypatch.setattr(keeping, "make_backup", make)
    assert state().last is None
    assert state().is_overdue(clock)
    assert back_up_when_due(clock), "yesterday's is due as long as there is none"
    clock = at("2026-11-05", 1) + dt.timedelta(minutes=30)
    assert back_up_when_due(clock) is None
    clock = at("2026-11-05", 9)  # The machine was off at two.
    assert back_up_when_due(clock)
    assert back_up_when_due(clock + dt.timedelta(hours=10)) is None
    # Of two on one day the later one is kept.
    assert state().number == 1
    assert not state().is_overdue(clock + dt.timedelta(days=2))

    def fail(target: Path) -> Manifest:
        raise BackupRefused("磁盘空间不足。")

    monkeypatch.setattr(keeping, "make_backup", fail)
    clock = at("2026-11-08", 3)
    with pytest.raises(BackupRefused):
        back_up_when_due(clock)
    assert state().problem == "磁盘空间不足。"
    assert state().is_overdue(clock)
    monkeypatch.setattr(keeping, "make_backup", make)
    assert back_up_when_due(clock)
    assert state().problem == ""
    settings.BACKUP_DIR = ""
    assert back_up_when_due(clock) is None
    assert state().folder is None
