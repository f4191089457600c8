"""What gunicorn's settings leave on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SETTINGS = Path(__file__).resolve().parents[2] / "deploy" / "gunicorn.conf.py"
START = "import runpy, sys; print(runpy.run_path(sys.argv[1])['_figures'], flush=True); sys.stdin.read()"


def start(var: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that has read the settings and lives on, and the folder of its figures."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(SETTINGS)],
        env=os.environ | {"VAR_DIR": str(var)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_the_figures_of_a_killed_gunicorn_go_with_the_next_start_and_those_of_a_running_one_stay(
    tmp_path: Path,
) -> None:
    started = [start(tmp_path) for _ in range(2)]
    (killed, left), (_, in_use) = started
    try:
        assert {left, in_use} == set(tmp_path.iterdir())
        killed.kill()
        killed.wait()
        started.append(start(tmp_path))
        assert {in_use, started[2][1]} == set(tmp_path.iterdir())
    finally:
        for process, _ in started:
            process.kill()
            process.communicate()
