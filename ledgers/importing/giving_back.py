"""Giving a workbook back with its wrong cells marked, by a process of its own (``marking.py``)."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from ledgers.importing.content import WrongCell
from ledgers.importing.own_sheets import PROBLEMS
from ledgers.importing.problems import SheetRejected
from ledgers.importing.reading import read_workbook
from ledgers.importing.receive import sniff
from ledgers.registry import Ledger

logger = logging.getLogger(__name__)

MARKER: Final = Path(__file__).with_name("marking.py")
MEMORY_MEGABYTES: Final = 2048
CPU_SECONDS: Final = 300
WALL_SECONDS: Final = 480
#: How often whoever waits is told that the work goes on.
BEAT_SECONDS: Final = 2.0
#: Working folders and unfinished files beside the uploads begin with this.
DRAFT: Final = "draft-"

_TOO_BIG: Final = "表格过大，无法在原表中标出错误；请按页面上列出的位置改正，或把表格分成几个文件。"


def gives_back(ledger: Ledger) -> bool:
    """Whether a workbook handed over for this ledger may be written out again.

    A count ledger may have been given a name list, of which no copy is made.
    """
    return ledger.sheet is not None and not ledger.counts_only


def write_marked(
    path: Path, errors: Sequence[WrongCell], target: Path, beat: Callable[[], None] = lambda: None
) -> None:
    """Write the workbook at ``path`` to ``target`` with its wrong cells coloured and commented, and a list of them.

    An .xlsx keeps its formats, merged cells and hidden rows, and loses macros and what reaches outside of it. Any other
    format, or an .xlsx that cannot be written back, comes as a new .xlsx with the same cells at the same addresses.
    ``beat`` is called now and then. Nothing is left behind when it fails.

    Raises: SheetRejected when it takes too much memory or time.
    """
    problems = [(error.sheet, error.cell, error.column, error.problem) for error in errors]
    order: dict[str, Any] = {
        "path": str(path.resolve()),
        "problems": problems,
        "title": PROBLEMS,
        "megabytes": MEMORY_MEGABYTES,
        "seconds": CPU_SECONDS,
        "grids": None,
    }
    # The process writes drafts; beside the target, where what a power cut leaves is found and removed.
    with tempfile.TemporaryDirectory(prefix=DRAFT, dir=target.parent) as folder:
        order["target"] = str(Path(folder) / "marked.xlsx")
        done = sniff(path) == "xlsx" and _run(order, folder, beat)
        if not done:
            order["grids"] = read_workbook(path).sheets
            done = _run(order, folder, beat)
        if not done:
            raise SheetRejected(_TOO_BIG)
        shutil.move(order["target"], target)


def _run(order: dict[str, Any], folder: str, beat: Callable[[], None]) -> bool:
    """Have the process carry out the order; False when it gave up, or had to be stopped."""
    # No secrets for a process that reads foreign files.
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": folder,
    }
    process = subprocess.Popen(
        [sys.executable, "-I", str(MARKER), str(settings.BASE_DIR)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    timer = threading.Timer(WALL_SECONDS, process.kill)
    timer.start()
    try:
        assert process.stdin is not None  # noqa: S101  # asked for above
        with contextlib.suppress(BrokenPipeError), process.stdin as stream:
            pickle.dump(order, stream)
        while process.poll() is None:
            beat()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(BEAT_SECONDS)
    finally:
        timer.cancel()
        process.kill()
        status = process.wait()
    if status != 0:
        logger.warning("workbook marker gave up: own=%s status=%s", order["grids"] is None, status)
    return status == 0
