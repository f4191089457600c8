"""What a database has to be able to do to be backed up, and which one is in use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

from django.db import connection

from ledgers.backups.manifest import BackupRefused, Manifest


class Engine(ABC):
    name: ClassVar[str]

    @abstractmethod
    def versions(self) -> tuple[str, str]:
        """Of the server and of the program that copies it. Raises BackupRefused where that program will not do."""

    @abstractmethod
    def dump(self, folder: Path, left_out: list[str]) -> None:
        """Copy the database as the surrounding ``snapshot`` sees it, without the rows of the tables ``left_out``."""

    @abstractmethod
    def finish(self, folder: Path, left_out: list[str]) -> str:
        """What can be done after the snapshot; returns the name of the one file that is left."""

    @abstractmethod
    def check(self, manifest: Manifest, backup: Path) -> None:
        """Prove that the file can be read and is for this server. Raises BackupRefused."""

    @abstractmethod
    def refuse_if_used(self) -> None:
        """Raises BackupRefused while somebody else works with the database."""

    @abstractmethod
    def restore(self, manifest: Manifest, backup: Path, beside: AbstractContextManager[None]) -> None:
        """Replace all that is in the database, or nothing; ``beside`` is entered before that becomes final.

        Raises BackupRefused when the rows are not those of the manifest.
        """


def engine() -> Engine:
    from ledgers.backups.postgres import Postgres
    from ledgers.backups.sqlite import Sqlite

    for known in (Postgres(), Sqlite()):
        if known.name == connection.vendor:
            return known
    raise BackupRefused(f"不支持备份这种数据库：{connection.vendor}。")
