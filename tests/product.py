"""The product started as a new user starts it: script/server in a fresh data folder."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from tests import template
from tests.authenticator import App
from tests.servers import free_port

ROOT = Path(__file__).parents[1]
START_SECONDS = 180
#: What seed_demo prints for each account.
ACCOUNT_LINE = re.compile(r"^  (?P<username>\S+)\t(?P<password>\S+)\t", re.M)


#: What a Celery worker logs once it takes jobs.
WORKER_READY = re.compile(r"@\S+ ready\.")


def _hear_ctrl_c() -> None:
    """In the child. A shell's background job ignores SIGINT, and so does all it starts; bash cannot trap it then."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Product:
    """A running script/server; use as a context manager.

    In an empty folder it finds a database that has been migrated already, unless it is to begin ``from_nothing``.
    """

    def __init__(
        self,
        var: Path,
        *arguments: str,
        port: int | None = None,
        from_nothing: bool = False,
        **environment: str,
    ) -> None:
        self.var = var
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._arguments = arguments
        self._environment = environment
        if not (from_nothing or "DATABASE_URL" in environment or (var / "data.sqlite3").exists()):
            template.copy_to(var)
        self._lines: list[str] = []
        self._workers_killed = 0
        #: Passwords that accounts have chosen since, by account; kept by whoever signs in.
        self.own_passwords: dict[str, str] = {}
        #: And their second factors.
        self.authenticators: dict[str, App] = {}
        self.recovery_codes: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        unwanted = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CELERY_BROKER_URL", "READ_DOT_ENV"}
        environment = {name: value for name, value in os.environ.items() if name not in unwanted}
        environment |= {"VAR_DIR": str(self.var), "PORT": str(self.port), "READ_DOT_ENV": "0"}
        self._script = subprocess.Popen(
            ["script/server", *self._arguments],
            cwd=ROOT,
            env=environment | self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Its own group, so that nothing of it outlives the test.
            start_new_session=True,
            preexec_fn=_hear_ctrl_c,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _read(self) -> None:
        assert self._script.stdout
        with self._script.stdout as lines:
            for line in lines:
                self._lines.append(line)

    @property
    def output(self) -> str:
        return "".join(self._lines)

    def wait_until_started(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while "已启动" not in self.output:
            if self._script.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"script/server did not start:\n{self.output}\n{self.logs()}")
            time.sleep(0.1)
        # The line that follows the address says where the data is.
        while "按 Ctrl-C 停止" not in self.output and time.monotonic() < deadline:
            time.sleep(0.05)
        return self

    def wait_until_ended(self, seconds: float = 30) -> int:
        """The exit code of the script, once it has ended by itself."""
        code = self._script.wait(timeout=seconds)
        self._reader.join(timeout=seconds)
        return code

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self._script.send_signal(signal.SIGINT)
        return self.wait_until_ended()

    def stop(self) -> None:
        """At once, and with all that it has started. How it ends when it is asked to, ``interrupt`` shows."""
        while pids := self.processes():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._script.wait()
        self._reader.join()

    def processes(self, containing: str = "") -> list[int]:
        """Ids of the processes of this start: the script, its children and theirs."""
        return [pid for pid, command in self._own_processes() if containing in command]

    def kill_worker(self) -> None:
        """SIGKILL every process of the background worker, as the kernel does when memory runs out."""
        victims = self.processes("celery")
        assert victims, "no worker is running"
        self._workers_killed += 1
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait_for_worker(self) -> None:
        """Until the worker takes jobs; after ``kill_worker`` the one that script/server has started instead."""
        deadline = time.monotonic() + START_SECONDS
        log = self.var / "log" / "worker.log"
        while len(WORKER_READY.findall(log.read_text())) <= self._workers_killed:
            assert time.monotonic() < deadline, f"no worker started:\n{self.output}\n{self.logs()}"
            time.sleep(0.1)

    def _own_processes(self) -> Iterator[tuple[int, str]]:
        marks = {f"VAR_DIR={self.var}".encode(), f"PORT={self.port}".encode()}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                if marks <= set((entry / "environ").read_bytes().split(b"\0")):
                    yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()

    def passwords(self) -> dict[str, str]:
        """Account -> one-time password, as printed at the first start."""
        return {match["username"]: match["password"] for match in ACCOUNT_LINE.finditer(self.output)}

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text()[-3000:]}"
            for path in sorted((self.var / "log").glob("*.log"))
        )
