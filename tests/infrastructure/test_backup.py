"""The backup drill on both databases: what is restored is what there was, and a bad backup touches nothing."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledgers.backups.manifest import Manifest
from tests import servers, template
from tests.infrastructure.backup_scripts import FACTS, NEW_ROW, OLD_RELEASE, TABLES, WORK
from tests.product import ROOT

pytestmark = pytest.mark.servers

KEY = "one-secret-key-for-the-office-and-for-its-restored-copy-7f3a"


@dataclass(frozen=True)
class Installation:
    """A data folder and a database; ``run`` is manage.py in it."""

    var: Path
    database_url: str

    @property
    def media(self) -> Path:
        return self.var / "media"

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=kept
            | {
                "DJANGO_SETTINGS_MODULE": "config.settings.dev",
                "READ_DOT_ENV": "0",
                "SECRET_KEY": KEY,
                "VAR_DIR": str(self.var),
                "DATABASE_URL": self.database_url,
                "LOG_LEVEL": "ERROR",
            }
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, expect: int = 0, **environment: str) -> tuple[str, str]:
        """Standard output and error."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=180)
        assert process.returncode == expect, f"{arguments}: {out}{err}"
        return out, err

    def facts(self, *, before: str = "", after: str = "") -> Any:
        """What is there; all in one process, because each start costs a second or two."""
        out, _ = self.run("shell", "--no-imports", "-c", before + FACTS + after)
        return json.loads(out.splitlines()[-1])

    def refuses(self, *arguments: str) -> str:
        """The one line that says why."""
        out, err = self.run(*arguments, expect=1)
        assert not out
        last = err.strip().splitlines()[-1]
        assert last.startswith("CommandError: ")
        assert "Traceback" not in err
        return last


@dataclass(frozen=True)
class Office:
    """An installation with a township's work, its facts, and a backup of it."""

    home: Installation
    facts: Any
    backup: Path
    printed: Any


Empty = Callable[..., Installation]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def make_empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    """make_empty() -> an installation with an empty database of the kind in turn; migrated=True has its tables."""
    with _databases(request) as make_url:

        def make(*, migrated: bool = False) -> Installation:
            var = tmp_path_factory.mktemp("var")
            return Installation(var, make_url(var, migrated))

        yield make


class _databases:  # noqa: N801 - used like a function
    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._kind: str = request.param
        self._cluster: str = request.getfixturevalue("postgres_cluster") if self._kind != "sqlite" else ""
        self._open: list[Any] = []

    def __enter__(self) -> Callable[[Path, bool], str]:
        return self._make

    def _make(self, var: Path, migrated: bool) -> str:
        if self._kind == "sqlite":
            if migrated:
                template.copy_to(var)
            return f"sqlite:///{var / 'data.sqlite3'}"
        model = template.POSTGRES if migrated else ""
        database = servers.database(self._cluster, f"backup_{os.getpid()}_{len(self._open)}", model)
        self._open.append(database)
        return database.__enter__()

    def __exit__(self, *_: object) -> None:
        for database in self._open:
            database.__exit__(None, None, None)


@pytest.fixture(scope="module")
def office(make_empty: Empty, tmp_path_factory: pytest.TempPathFactory) -> Office:
    home = make_empty(migrated=True)
    facts = home.facts(before=WORK)
    folder = tmp_path_factory.mktemp("backups") / "first"
    out, _ = home.run("backup", str(folder), "--json")
    return Office(home, facts, folder, json.loads(out))


@pytest.fixture
def copied(office: Office, tmp_path: Path) -> Path:
    """A backup that a test may spoil."""
    return Path(shutil.copytree(office.backup, tmp_path / "copied"))


def test_a_restored_office_is_the_same_office(office: Office, make_empty: Empty) -> None:
    there = make_empty()
    out, _ = there.run("restore", str(office.backup), "--json")
    restored = json.loads(out)
    assert restored["rows"] == office.printed["rows"] > 5000
    assert restored["warnings"] == ["1个没有确认的导入已取消，需要时请重新上传。"]
    facts = there.facts(after=NEW_ROW)
    assert facts == office.facts
    assert facts["signs_in"] == [True, False]
    faults, unsealed, seals, head = facts["chain"]
    assert (faults, unsealed) == (0, 0)
    assert seals > 0
    assert head == office.printed["history_head"]
    # Three files of the report and a photo; and not one figure is nothing everywhere.
    assert len(facts["media"]) == 4
    assert any(figure["value"] for unit in facts["figures"].values() for figure in unit)

    # And what is there now is not overwritten by mistake.
    assert "数据库不是空的" in there.refuses("restore", str(office.backup))
    # Under another key it is restored as well, with a word about what is encrypted.
    again, _ = there.run("restore", str(office.backup), "--replace", "--json", SECRET_KEY=KEY[::-1])
    warnings = json.loads(again).pop("warnings")
    assert warnings[:1] == restored["warnings"]
    assert [warning.partition("：")[0] for warning in warnings[1:]] == ["SECRET_KEY 与备份时不同"]
    assert json.loads(again) | {"warnings": restored["warnings"]} == restored


def test_a_backup_is_for_its_owner_only_and_keeps_no_session_and_no_waiting_upload(office: Office) -> None:
    paths = [office.backup, *office.backup.rglob("*")]
    assert [path for path in paths if path.stat().st_mode & 0o077] == []
    assert not (office.backup / "media" / "imports").exists()
    assert len(list((office.home.media / "imports").iterdir())) == 1
    manifest = json.loads((office.backup / "manifest.json").read_text())
    assert manifest["tables"]["ledgers_accountsession"] == 0
    database = office.backup / manifest["database"]["file"]
    if database.suffix == ".gz":
        assert b"ledgers_accountsession" in gzip.decompress(database.read_bytes())
    else:
        listed = subprocess.run(["pg_restore", "--list", str(database)], capture_output=True, text=True)
        assert "TABLE DATA public django_content_type" in listed.stdout
        assert "TABLE DATA public ledgers_accountsession" not in listed.stdout


def test_a_truncated_backup_is_refused_loudly_and_nothing_is_touched(make_empty: Empty, copied: Path) -> None:
    (database,) = copied.glob("database.*")
    os.truncate(database, database.stat().st_size - 100)
    there = make_empty()
    assert str(database) in there.refuses("restore", str(copied))
    assert not there.media.exists()
    assert not (there.var / "data.sqlite3").exists()


def test_a_restore_that_fails_at_the_end_leaves_everything_as_it_was(
    office: Office, make_empty: Empty, copied: Path
) -> None:
    """A manifest that agrees with itself and not with the database: found out after the rows are in."""
    manifest = Manifest.read(copied)
    manifest.tables["ledgers_user"] += 1
    (copied / "manifest.json").unlink()
    manifest.write(copied)
    assert "ledgers_user" in office.home.refuses("restore", str(copied), "--replace")
    assert office.home.facts() == office.facts
    assert [name for name in os.listdir(office.home.media) if name.startswith(".")] == []


def test_a_killed_backup_leaves_no_half_backup(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "killed"
    process = office.home.start("backup", str(target))
    deadline = time.monotonic() + 120
    # From its first file on and before its last.
    while not list(tmp_path.glob(".partial-backup-killed/*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not target.exists()
    # The next one tidies up, and is whole.
    office.home.run("backup", str(target))
    Manifest.read(target).verify(target)
    assert [path.name for path in tmp_path.iterdir()] == ["killed"]


def test_a_backup_of_an_older_release_is_brought_up_to_date(tmp_path: Path) -> None:
    def installation(name: str) -> Installation:
        (tmp_path / name).mkdir()
        return Installation(tmp_path / name, f"sqlite:///{tmp_path / name / 'data.sqlite3'}")

    old, there, new = map(installation, ("old", "there", "new"))
    old.run("shell", "--no-imports", "-c", OLD_RELEASE)
    old.run("backup", str(tmp_path / "backup"))
    restored = json.loads(there.run("restore", str(tmp_path / "backup"), "--json")[0])
    assert {"reporting.0002_report_life", "work.0005_deleted_records"} <= set(restored["migrated"])
    there.run("migrate", "--check")
    template.copy_to(new.var)
    new.run("migrate")
    tables = [each.run("shell", "--no-imports", "-c", TABLES)[0] for each in (there, new)]
    assert json.loads(tables[0]) == json.loads(tables[1])
