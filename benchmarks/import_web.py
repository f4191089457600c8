"""What handing over a workbook costs the web process: the real upload view behind the real server."""

from __future__ import annotations

import http.cookiejar
import re
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import free_port

START_SECONDS = 60
PASSWORD = "Bridge-7-over-water"  # of an account in a database that is thrown away


@contextmanager
def web_server() -> Iterator[tuple[str, int]]:
    """Gunicorn with one worker: its address, and the process number of the worker."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen([*command, "--workers", "1", "--threads", "2", "--log-level", "error"])
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/sign-in/")
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield url, int(children[0])
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str) -> None:
    for _ in range(START_SECONDS * 10):
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web server does not start")


def upload(path: Path) -> dict[str, float]:
    """Memory of the web process in MiB before, at most during, and after an upload through the browser's page."""
    cookies = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    with web_server() as (url, worker):

        def post(page: str, fields: dict[str, str], file: Path | None = None) -> str:
            form = opener.open(page).read().decode()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
            if token is None:
                raise SystemExit(f"{page} has no form")
            body, kind = _multipart({"csrfmiddlewaretoken": token[1], **fields}, file)
            request = urllib.request.Request(page, body, {"Content-Type": kind, "Referer": page})
            answer = opener.open(request)
            answer.read()
            return str(answer.geturl())

        post(f"{url}/sign-in/", {"username": "officer", "password": PASSWORD})
        page = f"{url}/ledgers/enterprises/import/"
        unit = re.search(r'<option value="(\d+)"[^>]*>[^<]*镇', opener.open(page).read().decode())
        before = _held(worker, "VmRSS")
        # From here on the kernel counts the most that is held anew.
        Path(f"/proc/{worker}/clear_refs").write_text("5")
        start = time.perf_counter()
        landed = post(page, {"unit": unit[1] if unit else ""}, path)
        seconds = time.perf_counter() - start
        if "/jobs/" not in landed:
            raise SystemExit(f"the upload was not taken: {landed}")
        return {
            "seconds": seconds,
            "megabytes": path.stat().st_size / 2**20,
            "before": before,
            "most": _held(worker, "VmHWM"),
            "after": _held(worker, "VmRSS"),
        }


def _multipart(fields: dict[str, str], file: Path | None) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode())
        parts += [file.read_bytes(), b"\r\n"]
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"


def _held(process: int, name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    if found is None:
        raise SystemExit("the web process has ended")
    return int(found[1]) / 1024
