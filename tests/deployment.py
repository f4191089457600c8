"""The processes of docker-compose.yml, run natively: their own commands, on servers and ports of the test's own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.authenticator import App
from tests.product import ACCOUNT_LINE, ROOT
from tests.servers import free_port, program

SECONDS = 90
#: The folder with python, gunicorn and celery.
BIN = Path(sys.executable).parent


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def image_commands() -> dict[str, list[str]]:
    """What the Dockerfile runs: ``collectstatic`` while it is built, ``web`` afterwards."""
    text = (ROOT / "Dockerfile").read_text()
    web = json.loads(re.search(r"^CMD (\[.*\])$", text, re.M)[1])  # type: ignore[index]
    collect = re.search(r"^    (python manage\.py collectstatic .*?) \\$", text, re.M)[1]  # type: ignore[index]
    return {"web": web, "collectstatic": collect.split()}


class Deployment:
    """Everything but PostgreSQL and Redis, which the caller has; started by ``start``, killed by ``kill``."""

    def __init__(self, folder: Path, *, database_url: str, broker_url: str) -> None:
        self.folder = folder
        self.port, self._web_port = free_port(), free_port()
        self.address = f"https://localhost:{self.port}"
        self.web_address = f"http://127.0.0.1:{self._web_port}"
        self.var = folder / "var"
        self.token = "a-token-for-the-monitor-of-this-test"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._passwords: dict[str, str] = {}
        #: Passwords that accounts have chosen since, by account; kept by whoever signs in.
        self.own_passwords: dict[str, str] = {}
        #: Second factors that accounts have set up since, by account.
        self.authenticators: dict[str, App] = {}
        self.environment = self._environment(database_url, broker_url)

    def _environment(self, database_url: str, broker_url: str) -> dict[str, str]:
        """The variables that docker-compose.yml and the Dockerfile set, and no other but the test's few."""
        own = {
            "SECRET_KEY": "a-key-of-this-test-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,web",
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": broker_url,
            "CACHE_URL": broker_url.replace("redis://", "rediscache://").replace("/0", "/1"),
            "PROXY_COUNT": "1",
            "VAR_DIR": str(self.var),
            "BACKUP_DIR": str(self.folder / "backups"),
            "STATIC_ROOT": str(self.folder / "static"),
        }
        asked = compose()["services"]["web"]["environment"]
        assert set(own) == set(asked), "docker-compose.yml sets other variables"
        assert asked["PROXY_COUNT"] == own["PROXY_COUNT"]
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        return {
            **kept,
            **own,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
            "READ_DOT_ENV": "0",
            "METRICS_TOKEN": self.token,
            "SWEEP_SECONDS": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._running):
            self.kill(name, signal.SIGTERM if name == "proxy" else signal.SIGKILL)

    def command(self, service: str) -> list[str]:
        """The command of a service as it is written, with the test's own port and files."""
        written = image_commands()["web"] if service == "web" else compose()["services"][service]["command"]
        if service == "web":
            return [*written, "--bind", f"127.0.0.1:{self._web_port}"]
        own = {"/tmp/beat-schedule": str(self.folder / "beat-schedule")}
        return [own.get(word, word) for word in written]

    def run(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def passwords(self) -> dict[str, str]:
        """Account -> one-time password, as printed when the demo was planted."""
        return self._passwords

    def prepare(self) -> None:
        """What happens before anything is served, and a demo township."""
        with ThreadPoolExecutor() as pool:
            # In the image that is done before there is a database.
            collected = pool.submit(self.run, image_commands()["collectstatic"])
            self.run(self.command("migrate"))
            printed = self.run(["python", "manage.py", "seed_demo", "--accounts"])
            collected.result()
        self._passwords = {match["username"]: match["password"] for match in ACCOUNT_LINE.finditer(printed)}

    def start(self, service: str) -> None:
        command = self._proxy() if service == "proxy" else self.command(service)
        with self.log(service).open("ab") as log:
            self._running[service] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def logs(self) -> str:
        return "\n".join(f"--- {path.name}\n{path.read_text()[-2500:]}" for path in self.folder.glob("*.log"))

    def kill(self, service: str, how: signal.Signals = signal.SIGKILL) -> None:
        """The whole of it: what it has started ends with it, as in a container."""
        process = self._running.pop(service)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.wait(timeout=30)

    def children(self, service: str) -> list[int]:
        """Processes that a service has started."""
        pid = self._running[service].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    @property
    def body_folder(self) -> Path:
        """Where nginx puts bodies that do not fit into its memory."""
        return self.folder / "nginx" / "body"

    @property
    def answer_folder(self) -> Path:
        return self.folder / "nginx" / "proxy"

    def _proxy(self) -> list[str]:
        """deploy/nginx.conf with ports, certificate and log files of the test's own; the rest as it is."""
        folder = self.folder / "nginx"
        for name in ("body", "proxy"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        certificate, key = folder / "ledgers.crt", folder / "ledgers.key"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for written, own in {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "http://web:8000": self.web_address,
            "/etc/nginx/certs/ledgers.crt": str(certificate),
            "/etc/nginx/certs/ledgers.key": str(key),
            "/dev/stdout": str(self.log("access")),
            "/dev/stderr": str(self.log("error")),
        }.items():
            assert text.count(written) == 1, written
            text = text.replace(written, own)
        (folder / "site.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(f"""
{user}
daemon off;
pid {folder}/pid;
error_log {self.log("error")};
events {{}}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {self.body_folder};
    proxy_temp_path {self.answer_folder};
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
""")
        return [str(_nginx()), "-c", str(folder / "nginx.conf"), "-e", str(self.log("error"))]


def _nginx() -> Path:
    # Debian keeps it out of the PATH of ordinary accounts.
    return Path(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or program("nginx"))


def until(reached: Callable[[], bool], what: Callable[[], str], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)
