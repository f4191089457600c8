"""The renderer a worker keeps waiting: used once, under the same limits, and gone when its worker is gone."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings

from reporting.documents.pdf import Renderer, spare

PAGE = "<html lang=zh><title>t</title><p>字</p></html>"


@pytest.fixture
def kept() -> Iterator[None]:
    spare.keep()
    yield
    spare.drop()


def waiting() -> subprocess.Popen[bytes]:
    assert spare._child is not None
    return spare._child


@pytest.mark.usefixtures("kept")
def test_a_waiting_renderer_is_used_once_and_the_next_one_is_started() -> None:
    first = waiting()
    with Renderer() as renderer:
        assert renderer._child is first
        assert spare._child is None  # nothing competes with the document
        built = renderer.html(PAGE)
    with pikepdf.open(io.BytesIO(built.content)) as document:
        assert len(document.pages) == built.pages == 1
    assert first.returncode == 0
    assert waiting() is not first
    # Other limits ask for a child of their own.
    with Renderer(seconds=5) as renderer:
        assert renderer._child is not waiting()


@pytest.mark.usefixtures("kept")
def test_a_renderer_that_died_or_knows_other_fonts_is_not_used() -> None:
    dead = waiting()
    dead.kill()
    dead.wait()
    with Renderer() as renderer:
        assert renderer._child is not dead
    stale = waiting()
    folder = Path(settings.VAR_DIR) / "fonts"
    existed = folder.exists()
    folder.mkdir(exist_ok=True)
    os.utime(folder, ns=(1, time.time_ns()))
    try:
        with Renderer() as renderer:
            assert renderer._child is not stale
        assert stale.returncode is not None
    finally:
        if not existed:
            folder.rmdir()


def test_nobody_keeps_a_renderer_unasked() -> None:
    with Renderer() as renderer:
        assert renderer._child is not None
    assert spare._child is None


def test_dropping_stops_it() -> None:
    spare.keep()
    child = waiting()
    spare.drop()
    assert child.returncode is not None
    spare.renew()
    assert spare._child is None


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_no_renderer_outlives_its_worker(way: signal.Signals) -> None:
    """Whatever ends the worker: its end of the pipe closes, and the child reads the end of its input."""
    program = """import json, sys, time, django
django.setup()
from reporting.documents.pdf import spare
spare.keep()
print(json.dumps(spare._child.pid), flush=True)
time.sleep(60)"""
    worker = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        env={**os.environ, "VAR_DIR": str(settings.VAR_DIR)},
    )
    assert worker.stdout is not None
    with worker:
        child = json.loads(worker.stdout.readline())
        os.kill(child, 0)  # it is there
        worker.send_signal(way)
        worker.wait()
        ends = time.monotonic() + 20
        while _is_alive(child) and time.monotonic() < ends:
            time.sleep(0.05)
    assert not _is_alive(child)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whoever adopts orphans in a container may never ask how they ended.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_waiting_renderer_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    spare.keep()
    try:
        held = Path(f"/proc/{waiting().pid}/environ").read_bytes()
    finally:
        spare.drop()
    assert b"do-not-tell" not in held
    assert b"DATABASE_URL" not in held
