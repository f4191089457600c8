"""A PostgreSQL database out of a running product by pg_dump, and back in as one transaction by pg_restore and psql."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, Final

from django.db import connection

from ledgers.backups.engine import Engine
from ledgers.backups.manifest import BackupRefused, Manifest

_FILE: Final = "database.dump"
_READY: Final = "ledgers: ready to commit"
#: Connection options of Django's that libpq reads from the environment under another name.
_OPTIONS: Final = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}


class Postgres(Engine):
    name = "postgresql"

    def versions(self) -> tuple[str, str]:
        server, client = _server_version(), _client_version("pg_dump")
        major = server.split(".")[0]
        if int(client.split(".")[0]) < int(major):
            raise BackupRefused(
                f"pg_dump（{client}）比数据库（{server}）旧，不能备份：请安装 postgresql-client-{major}。"
            )
        return server, client

    def dump(self, folder: Path, left_out: list[str]) -> None:
        with connection.cursor() as cursor:
            # This session holds the snapshot and does nothing while pg_dump works.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot(), current_schema()")
            snapshot, schema = cursor.fetchone()
        target = folder / _FILE
        target.touch(mode=0o600, exist_ok=False)
        excluded = [f'--exclude-table-data="{schema}"."{table}"' for table in left_out]
        _run(
            [
                *("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password"),
                *(f"--snapshot={snapshot}", "--lock-wait-timeout=60s", f"--file={target}", *excluded),
            ],
            "数据库没有备份成",
        )

    def finish(self, folder: Path, left_out: list[str]) -> str:
        with (folder / _FILE).open("rb") as written:
            os.fsync(written.fileno())
        return _FILE

    def check(self, manifest: Manifest, backup: Path) -> None:
        server, made_on = _server_version(), manifest.database["server"]
        if int(made_on.split(".")[0]) > int(server.split(".")[0]):
            raise BackupRefused(f"备份来自 PostgreSQL {made_on}，比这里的 {server} 新，不能恢复。")
        path = backup / manifest.database_file
        # Reads all of it, and writes it nowhere.
        _run(["pg_restore", "--file=/dev/null", str(path)], f"备份中的数据库已损坏或 pg_restore 太旧：{path}")

    def refuse_if_used(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND usename = current_user"
            )
            (others,) = cursor.fetchone()
        if others:
            raise BackupRefused(
                f"还有{others}个连接在使用数据库，没有恢复：请先停止 web、worker、beat 和其他使用它的程序。"
            )

    def restore(self, manifest: Manifest, backup: Path, beside: AbstractContextManager[None]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            (schema,) = cursor.fetchone()
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
            present = [name for (name,) in cursor.fetchall()]
            cursor.execute(_OWN_FUNCTIONS, [schema, schema])
            functions = [name for (name,) in cursor.fetchall()]
        connection.close()
        path = backup / manifest.database_file
        with (
            tempfile.TemporaryFile() as complaints,
            _started(
                ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path)], complaints
            ) as source,
            _started(["psql", *_PSQL], complaints, stdin=subprocess.PIPE) as target,
        ):
            try:
                _feed(source, target, schema, present, functions, manifest)
                with beside:
                    # Only now; without these words psql's end is the end of the transaction and of all it did.
                    _say(target, "COMMIT;\n")
                    _input(target).close()
                    if target.wait() != 0:
                        raise BrokenPipeError
            except (BrokenPipeError, _NotReady):
                for process in (source, target):
                    process.kill()
                raise BackupRefused(
                    f"数据库没有恢复，原来的内容没有变：{_complaint(complaints)}（{path}）。"
                ) from None


_OWN_FUNCTIONS: Final = """
SELECT format('%%I.%%I(%%s)', %s, proname, pg_get_function_identity_arguments(oid))
FROM pg_proc WHERE pronamespace = to_regnamespace(%s) AND prokind = 'f'
AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
_CHECK: Final = """DO $check$
DECLARE found bigint;
BEGIN
  SELECT count(*) INTO found FROM {name};
  IF found <> {rows} THEN RAISE EXCEPTION '% has % rows instead of {rows}', '{said}', found; END IF;
END $check$;
"""
_PSQL: Final = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-password", "--set=ON_ERROR_STOP=1")


class _NotReady(Exception):
    """psql has ended, or pg_restore could not read the backup."""


def _feed(
    source: subprocess.Popen[bytes],
    target: subprocess.Popen[bytes],
    schema: str,
    present: list[str],
    functions: list[str],
    manifest: Manifest,
) -> None:
    """Everything up to, and without, the commit."""
    _say(target, "BEGIN;\nSET LOCAL lock_timeout = '10s';\nSET LOCAL statement_timeout = 0;\n")
    if present:
        tables = ", ".join(_name(schema, table) for table in present)
        _say(target, f"DROP TABLE {tables} CASCADE;\n")
    # Those of triggers; what belongs to an extension is not ours.
    for function in functions:
        _say(target, f"DROP FUNCTION {function} CASCADE;\n")
    shutil.copyfileobj(_output(source), _input(target), 1 << 16)
    if source.wait() != 0:
        raise _NotReady
    for table, rows in manifest.tables.items():
        _say(target, _CHECK.format(name=_name(schema, table), said=table.replace("'", "''"), rows=int(rows)))
    _say(target, f"\\echo '{_READY}'\n")
    _input(target).flush()
    for line in _output(target):
        if line.decode(errors="replace").strip() == _READY:
            return
    raise _NotReady


def _name(schema: str, table: str) -> str:
    return ".".join(connection.ops.quote_name(part) for part in (schema, table))


def _say(process: subprocess.Popen[bytes], words: str) -> None:
    _input(process).write(words.encode())


def _input(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise _NotReady
    return process.stdin


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise _NotReady
    return process.stdout


@contextlib.contextmanager
def _started(command: list[str], complaints: IO[bytes], stdin: int | None = None) -> Any:
    process = subprocess.Popen(
        [_program(command[0]), *command[1:]],
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=_environment(),
    )
    try:
        yield process
    finally:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        if process.poll() is None:
            process.kill()
        process.wait()


def _run(command: list[str], problem: str) -> None:
    with tempfile.TemporaryFile() as complaints, _started(command, complaints) as process:
        if process.wait() != 0:
            raise BackupRefused(f"{problem}：{_complaint(complaints)}。")


def _complaint(complaints: IO[bytes]) -> str:
    """The first line a program complained with. Without DETAIL and CONTEXT, which quote rows."""
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").splitlines()
    wrong = [line for line in lines if "ERROR:" in line or "error:" in line] or lines
    return wrong[0][:200] if wrong else "程序意外退出"


def _environment() -> dict[str, str]:
    """Where and as whom to connect. Never on the command line, which every account of the machine can read."""
    connecting: dict[str, Any] = connection.get_connection_params()
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    given = {
        variable: str(connecting[name])
        for name, variable in (names | _OPTIONS).items()
        if connecting.get(name) not in (None, "")
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | given | {"PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "10", "LC_MESSAGES": "C"}


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupRefused(
            f"没有安装 {name}：请安装 PostgreSQL 客户端（postgresql-client），版本不低于数据库。"
        )
    return found


def _server_version() -> str:
    connection.ensure_connection()
    number = int(connection.connection.info.server_version)
    return f"{number // 10000}.{number % 10000}"


def _client_version(name: str) -> str:
    said = subprocess.run([_program(name), "--version"], capture_output=True, text=True, env=_environment())
    found = re.search(r"(\d+(?:\.\d+)?)", said.stdout)
    if found is None:
        raise BackupRefused(f"{name} 不能运行：{said.stderr.strip()[:200]}。")
    return found[1]
