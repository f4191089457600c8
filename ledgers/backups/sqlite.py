"""A SQLite database out of a running product, by SQLite's online backup, and back in as one transaction."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from django.db import connection

from ledgers.backups.engine import Engine
from ledgers.backups.manifest import BackupRefused, Manifest

_DRAFT: Final = "draft.sqlite3"
_FILE: Final = "database.sqlite3.gz"
#: Seconds to wait for whoever is writing.
_PATIENCE: Final = 20
_IN_USE: Final = "数据库正在被使用，没有恢复：请先停止 script/server 和其他使用它的程序。"


class Sqlite(Engine):
    name = "sqlite"

    def versions(self) -> tuple[str, str]:
        return sqlite3.sqlite_version, sqlite3.sqlite_version

    def dump(self, folder: Path, left_out: list[str]) -> None:
        draft = folder / _DRAFT
        draft.touch(mode=0o600, exist_ok=False)
        with _opened(_path(), "ro") as source, _opened(draft, "rw") as copy:
            source.backup(copy)

    def finish(self, folder: Path, left_out: list[str]) -> str:
        draft = folder / _DRAFT
        with _opened(draft, "rw") as copy:
            copy.execute("PRAGMA journal_mode=DELETE")
            for table in left_out:
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names of our own tables
            # Deleted rows lie on in free pages until the file is written anew.
            copy.execute("VACUUM")
        with draft.open("rb") as reading, (folder / _FILE).open("xb") as raw:
            os.fchmod(raw.fileno(), 0o600)
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3, mtime=0) as packed:
                shutil.copyfileobj(reading, packed, 1 << 20)
            raw.flush()
            os.fsync(raw.fileno())
        draft.unlink()
        return _FILE

    def check(self, manifest: Manifest, backup: Path) -> None:
        with self._unpacked(manifest, backup):
            pass

    def refuse_if_used(self) -> None:
        """The lock of script/server is asked for by the caller; here whoever is in the middle of writing."""
        if not _path().exists():
            return
        with _opened(_path(), "rw") as database:
            try:
                database.execute("BEGIN EXCLUSIVE")
                database.execute("ROLLBACK")
            except sqlite3.OperationalError:
                raise BackupRefused(_IN_USE) from None

    def restore(self, manifest: Manifest, backup: Path, beside: AbstractContextManager[None]) -> None:
        # Closed first: the last connection to leave takes the write-ahead log with it.
        connection.close()
        _path().touch(mode=0o600)
        with self._unpacked(manifest, backup) as copy, beside, _opened(_path(), "rw") as database:
            copy.backup(database, pages=10_000, progress=_give_up_after(_PATIENCE))

    @contextmanager
    def _unpacked(self, manifest: Manifest, backup: Path) -> Iterator[sqlite3.Connection]:
        """The copy, opened and found to hold what its manifest says. Only its owner can read it."""
        path = backup / manifest.database_file
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=_path().parent) as folder:
            unpacked = Path(folder) / "database.sqlite3"
            try:
                with gzip.open(path) as packed, unpacked.open("xb") as writing:
                    shutil.copyfileobj(packed, writing, 1 << 20)
                with _opened(unpacked, "rw") as copy:
                    _prove(copy, manifest, path)
                    yield copy
            except (EOFError, zlib.error, gzip.BadGzipFile, sqlite3.DatabaseError) as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise BackupRefused(_IN_USE) from error
                raise BackupRefused(f"备份中的数据库已损坏：{path}。") from error


def _prove(copy: sqlite3.Connection, manifest: Manifest, path: Path) -> None:
    if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise BackupRefused(f"备份中的数据库已损坏：{path}。")
    for table, rows in manifest.tables.items():
        (found,) = copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608
        if found != rows:
            raise BackupRefused(f"备份中 {table} 有{found}行，清单写的是{rows}行，没有恢复：{path}。")


def _give_up_after(seconds: float) -> Callable[[int, int, int], None]:
    """A progress callback for ``Connection.backup``, which by itself would wait for a lock for ever."""
    deadline, last = time.monotonic() + seconds, -1

    def progress(status: int, remaining: int, total: int) -> None:
        nonlocal deadline, last
        if remaining != last:
            deadline, last = time.monotonic() + seconds, remaining
        elif time.monotonic() > deadline:
            raise BackupRefused(_IN_USE)

    return progress


def _path() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    with contextlib.closing(
        sqlite3.connect(address, uri=True, isolation_level=None, timeout=_PATIENCE)
    ) as opened:
        yield opened
