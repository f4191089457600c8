"""What a backup says about itself, and the check that it is whole, unaltered, ours and not newer than this product."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self

from django.conf import settings
from django.utils.crypto import salted_hmac

FORMAT: Final = "united-front-ledgers-backup"
FORMAT_VERSION: Final = 1
NAME: Final = "manifest.json"
MEDIA: Final = "media"

#: progress(done, total, message)
Say = Callable[[int, int, str], None]


def silent(done: int, total: int, message: str) -> None:
    """For callers that show no progress."""


class BackupRefused(Exception):
    """The backup cannot be made, trusted or restored; the message is one Chinese sentence for whoever asked."""


@dataclass(frozen=True)
class Manifest:
    product_version: str
    created_at: str  # ISO 8601, UTC
    # {"engine": "postgresql" or "sqlite", "server": version, "client": version, "file": name in the backup}
    database: dict[str, str]
    #: "app.0001_initial" of every applied migration, in the order in which they were applied.
    migrations: list[str]
    #: Rows of each table in the backup.
    tables: dict[str, int]
    #: Path in the backup, with "/" -> {"sha256": hex, "size": bytes}.
    files: dict[str, dict[str, Any]]
    #: Tables whose rows are left out.
    left_out: list[str]
    #: Files that rows name and that were gone already when the backup was made.
    missing_files: list[str]
    #: The end of the history chain, "number:sha256"; empty where there is none yet.
    history_head: str
    #: Tells whether another SECRET_KEY is in use, without telling the key.
    key_check: str
    format: str = field(default=FORMAT)
    format_version: int = field(default=FORMAT_VERSION)

    def write(self, folder: Path) -> None:
        body = asdict(self)
        text = json.dumps({**body, "checksum": _checksum(body)}, ensure_ascii=False, indent=1)
        path = folder / NAME
        with path.open("x", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises BackupRefused for anything that is not an unaltered manifest this product understands."""
        path = folder / NAME
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except OSError:
            raise BackupRefused(f"{folder} 不是完整的备份：没有可读的 {NAME}。") from None
        except ValueError:
            raise BackupRefused(f"备份清单已损坏：{path}。") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise BackupRefused(f"不是本产品的备份：{path}。")
        version = found.get("format_version")
        if not isinstance(version, int) or version > FORMAT_VERSION:
            raise BackupRefused(f"备份的格式（{version}）比本版产品新，请先升级产品：{path}。")
        checksum = found.pop("checksum", None)
        if checksum != _checksum(found):
            raise BackupRefused(f"备份清单被改动过或不完整：{path}。")
        try:
            return cls(**found)
        except TypeError:
            raise BackupRefused(f"备份清单的内容不符合格式：{path}。") from None

    def verify(self, folder: Path, *, contents: bool = True, say: Say = silent) -> None:
        """Each file is there, of its size and (with ``contents``) its checksum, and no other. Raises BackupRefused."""
        found = {path.relative_to(folder).as_posix() for path in _files(folder)} - {NAME}
        for name in sorted(found - set(self.files)):
            raise BackupRefused(f"备份中有清单以外的文件，不能信任：{folder / name}。")
        for done, (name, expected) in enumerate(self.files.items(), start=1):
            path = folder / name
            if not is_safe(name):
                raise BackupRefused(f"备份清单中的文件名不合规：{name[:120]}。")
            if name not in found:
                raise BackupRefused(f"备份缺少文件：{path}。")
            if path.stat().st_size != expected["size"]:
                raise BackupRefused(f"备份文件不完整（应为{expected['size']}字节）：{path}。")
            if contents:
                if digest(path) != expected["sha256"]:
                    raise BackupRefused(f"备份文件被改动过或已损坏（校验值不符）：{path}。")
                say(done, len(self.files), "核对文件")

    @property
    def database_file(self) -> str:
        return self.database["file"]

    def media_files(self) -> dict[str, str]:
        """Name below MEDIA_ROOT -> checksum."""
        prefix = f"{MEDIA}/"
        return {
            name.removeprefix(prefix): entry["sha256"]
            for name, entry in self.files.items()
            if name.startswith(prefix)
        }

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry["size"] for entry in self.files.values())

    def as_json(self) -> dict[str, Any]:
        """What the commands print."""
        return {
            "created_at": self.created_at,
            "product_version": self.product_version,
            "engine": self.database["engine"],
            "tables": len(self.tables),
            "rows": sum(self.tables.values()),
            "media_files": len(self.media_files()),
            "missing_files": self.missing_files,
            "bytes": self.size,
            "history_head": self.history_head,
        }


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    """Checksum and size of each file of a folder, as ``Manifest.files`` has them."""
    return {
        path.relative_to(folder).as_posix(): {"sha256": digest(path), "size": path.stat().st_size}
        for path in sorted(_files(folder))
    }


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_safe(name: str) -> bool:
    """Whether a relative name stays within its folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name


def key_check() -> str:
    return salted_hmac("ledgers.backups", "key check", algorithm="sha256").hexdigest()[:16]


def product_version() -> str:
    return str(settings.PRODUCT_VERSION)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise BackupRefused(f"备份中不应有链接文件：{path}。")
        if path.is_file():
            yield path


def _checksum(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
