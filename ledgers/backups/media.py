"""The files that rows name: copied out of the media folder, and back into it in one step."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from ledgers.backups.manifest import MEDIA, BackupRefused, Manifest, Say, digest
from ledgers.models.imports import UPLOADS

#: Folders whose files are not kept: what waits to be confirmed.
_NOT_KEPT: Final = (f"{UPLOADS}/",)


def named_files() -> set[str]:
    """Every file below the media folder that a row names; asks one query for each file field."""
    found: set[str] = set()
    # A backup is also made by the new release's code before it migrates: a table may not be there yet.
    tables = set(connection.introspection.table_names())
    for model in apps.get_models():
        if model._meta.db_table not in tables:
            continue
        for column in model._meta.concrete_fields:
            if isinstance(column, models.FileField):
                names = model._base_manager.exclude(**{column.attname: ""}).values_list(
                    column.attname, flat=True
                )
                found.update(name for name in names.iterator() if name)
    return {name for name in found if not name.startswith(_NOT_KEPT)}


def copy_out(names: Iterable[str], folder: Path, say: Say) -> list[str]:
    """Copy the files into the backup; returns those that are not there (any more)."""
    root = Path(settings.MEDIA_ROOT)
    missing = []
    wanted = sorted(names)
    for done, name in enumerate(wanted, start=1):
        target = folder / MEDIA / name
        try:
            copy(root / name, target)
        except FileNotFoundError:
            missing.append(name)
        say(done, len(wanted), "复制附件")
    return missing


def copy(source: Path, target: Path) -> None:
    """Copy one file to the disk, not just into its cache, readable by its owner only."""
    with source.open("rb") as reading:
        _make_folder(target.parent)
        with target.open("xb") as writing:
            os.fchmod(writing.fileno(), 0o600)
            shutil.copyfileobj(reading, writing, 1 << 20)
            writing.flush()
            os.fsync(writing.fileno())


def sync_folder(folder: Path, *, deep: bool = True) -> None:
    """Make the names in the folder (and in those below it) outlast a power cut."""
    for path in (folder, *(path for path in folder.rglob("*") if deep and path.is_dir())):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Staged:
    """The files of a backup, copied beside those in use and checked again; ``swapped`` puts them in their place."""

    def __init__(self, manifest: Manifest, backup: Path, say: Say) -> None:
        self.root = Path(settings.MEDIA_ROOT)
        mark = secrets.token_hex(4)
        # Within the folder: it may be a mount point, beside which there is another disk.
        self.new, self.old = self.root / f".restoring-{mark}", self.root / f".replaced-{mark}"
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self.root.glob(".restoring-*"):
            shutil.rmtree(left)
        self.new.mkdir(mode=0o700)
        try:
            wanted = manifest.media_files()
            for done, (name, checksum) in enumerate(wanted.items(), start=1):
                copy(backup / MEDIA / name, self.new / name)
                if digest(self.new / name) != checksum:
                    raise BackupRefused(f"备份文件在读取时改变了：{backup / MEDIA / name}。")
                say(done, len(wanted), "恢复附件")
            sync_folder(self.new)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        shutil.rmtree(self.new, ignore_errors=True)

    @contextmanager
    def swapped(self) -> Iterator[None]:
        """The new files in place of the old ones, and back again when the block fails."""
        self.old.mkdir(mode=0o700)
        with ExitStack() as undo:
            undo.callback(self.old.rmdir)
            for source, target in ((self.root, self.old), (self.new, self.root)):
                for path in [path for path in source.iterdir() if not path.name.startswith(".")]:
                    path.rename(target / path.name)
                    undo.callback((target / path.name).rename, path)
            yield
            undo.pop_all()
        shutil.rmtree(self.old, ignore_errors=True)
        self.discard()


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
