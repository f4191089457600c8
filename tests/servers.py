"""Real servers for tests and benchmarks: an own PostgreSQL cluster and an own Redis, on free local ports.

As a program it starts both, names them in the environment, runs a command and stops them again:

    python -m tests.servers [--durable] [--no-redis] -- COMMAND [ARGUMENT ...]

The command sees TEST_POSTGRES_URL and TEST_REDIS_URL; the fixtures in conftest.py use these where they
are set and start servers of their own where they are not. Nothing outside a
temporary folder is touched.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis

START_SECONDS = 30
POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"


class ServerMissing(Exception):
    """A server program is not installed, or does not start; the message says what to do."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> Path:
    """The file of a server program; Debian keeps PostgreSQL's outside of PATH."""
    found = shutil.which(name)
    if found is None:
        candidates = [
            path for pattern in POSTGRES_FOLDERS for path in Path("/").glob(f"{pattern[1:]}/{name}")
        ]
        found = str(max(candidates, key=_version)) if candidates else None
    if found is None:
        raise ServerMissing(f"{name} is not installed here. Run script/setup --test.")
    return Path(found)


def _version(path: Path) -> int:
    digits = "".join(filter(str.isdigit, path.parent.parent.name))
    return int(digits or 0)


def _unprivileged() -> dict[str, Any]:
    """Arguments for subprocess under which PostgreSQL agrees to run: it refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise ServerMissing("PostgreSQL does not run as root, and there is no account postgres or nobody.")


def _die_with_parent() -> None:
    """In the child: be stopped by the kernel when the test run itself is killed (Linux only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _wait(server: subprocess.Popen[bytes], ready: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(psycopg.OperationalError, redis.RedisError):
            ready()
            return
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise ServerMissing(f"A test server did not start: {log.read_text().strip()[-800:]}")
        time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if server.poll() is None:
        server.send_signal(how)
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Run an own cluster and yield its URL (database `postgres`, superuser).

    `durable` keeps the write-ahead log honest, as in production; tests do without for speed.
    """
    run_as = _unprivileged()
    # A link in PATH may lead to another version than its neighbour: both programs come from one real folder.
    initdb = program("initdb").resolve()
    folder = Path(tempfile.mkdtemp(prefix="ledgers-postgres-"))
    try:
        password = secrets.token_urlsafe(16)
        (folder / "password").write_text(password)
        if run_as:
            for path in (folder, folder / "password"):
                os.chown(path, run_as["user"], run_as["group"])
        data, log = folder / "data", folder / "log"
        made = subprocess.run(
            [
                *(str(initdb), "--pgdata", str(data), "--username", "ledgers", "--encoding", "UTF8"),
                *("--locale", "C.UTF-8", "--auth", "scram-sha-256", "--pwfile", str(folder / "password")),
                "--no-sync",
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            **run_as,
        )
        if made.returncode:
            raise ServerMissing(f"initdb failed: {made.stderr.strip()[-800:]}")
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": 60,
            "fsync": "on" if durable else "off",
            "synchronous_commit": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
        }
        options = [f"--{key}={value}" for key, value in settings.items()]
        with log.open("wb") as stream:
            server = subprocess.Popen(
                [str(initdb.with_name("postgres")), "-D", str(data), *options],
                cwd=folder,
                stdout=stream,
                stderr=stream,
                preexec_fn=_die_with_parent,
                **run_as,
            )
        url = f"postgres://ledgers:{password}@127.0.0.1:{port}/postgres"
        try:
            _wait(server, lambda: psycopg.connect(url, connect_timeout=2).close(), log)
            yield url
        finally:
            _stop(server, signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Redis:
    """An own Redis that a test can kill and start again, empty, on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = Path(tempfile.mkdtemp(prefix="ledgers-redis-"))
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = self._folder / "log"
        with log.open("ab") as stream:
            self._server = subprocess.Popen(
                [
                    *(str(program("redis-server")), "--port", str(self.port), "--bind", "127.0.0.1"),
                    *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
                ],
                stdout=stream,
                stderr=stream,
                preexec_fn=_die_with_parent,
            )
        _wait(self._server, lambda: redis.Redis(port=self.port).ping(), log)

    def waits_in(self, queue: str, word: str) -> bool:
        """Whether a message that quotes `word` lies in a queue, taken by nobody."""
        with redis.Redis(port=self.port) as client:
            messages: Any = client.lrange(queue, 0, -1)
        return any(word.encode() in message for message in messages)

    def is_asked(self) -> bool:
        """Whether somebody waits for the next message of a queue."""
        with redis.Redis(port=self.port) as client:
            told: Any = client.info("clients")
        return bool(told["blocked_clients"])

    def kill(self) -> None:
        if self._server:
            self._server.kill()
            self._server.wait()

    def pause(self) -> None:
        """Accept connections and say nothing, as a server does whose disk hangs."""
        if self._server:
            self._server.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self._server:
            self._server.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self._server:
            _stop(self._server, signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def redis_server() -> Iterator[Redis]:
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def database(cluster_url: str, name: str, template: str = "") -> Iterator[str]:
    """A database of its own in a running cluster, empty or a copy; dropped afterwards, open connections and all."""
    base, _, _ = cluster_url.rpartition("/")
    with psycopg.connect(cluster_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template1"}"')
        try:
            yield f"{base}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--durable", action="store_true", help="PostgreSQL writes to disk as in production")
    parser.add_argument("--no-redis", action="store_true")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    # Without this a SIGTERM would skip the clean-up below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    environment = dict(os.environ)
    try:
        with contextlib.ExitStack() as stack:
            environment["TEST_POSTGRES_URL"] = stack.enter_context(postgres(durable=arguments.durable))
            if not arguments.no_redis:
                environment["TEST_REDIS_URL"] = stack.enter_context(redis_server()).url
            with subprocess.Popen(arguments.command, env=environment) as child:
                try:
                    return child.wait()
                except (KeyboardInterrupt, SystemExit):
                    child.terminate()
                    raise
    except ServerMissing as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
