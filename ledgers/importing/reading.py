"""Reading a file in a process of its own, which may die without taking the product along."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Final

from ledgers.importing.grid import ErrorCell, Grid, Workbook
from ledgers.importing.problems import SheetRejected
from ledgers.importing.receive import RESAVE, sniff
from ledgers.uploads import open_files

logger = logging.getLogger(__name__)

#: Run as a folder: it becomes the only place of ours that the interpreter imports from.
CHILD: Final = Path(__file__).with_name("child")
MEMORY_MEGABYTES: Final = 2048
CPU_SECONDS: Final = 60
#: Different texts of a sheet that are kept once, and how long they may be.
SHARED: Final = 5000
SHORT: Final = 15
WALL_SECONDS: Final = 120
#: A few lines of rows: the child goes on with the next while we are at one.
BUFFER: Final = 1 << 19


def read_workbook(path: Path, *, only_sheet: str = "", seconds: int = WALL_SECONDS) -> Workbook:
    """Every sheet of a file (or one) as grids of plain values. It may be a file in memory (``MemoryUpload.path``).

    Raises: SheetRejected when the file is no table, damaged, protected or beyond all measure.
    """
    kind = sniff(path)
    command = [
        sys.executable,
        "-I",
        str(CHILD),
        str(path.absolute()),
        kind,
        str(MEMORY_MEGABYTES),
        str(CPU_SECONDS),
        "" if kind == "csv" else only_sheet,
    ]
    # An environment of its own: no secrets for a process that reads foreign files.
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "RUST_BACKTRACE": "0",
    }
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        pass_fds=open_files(path),
        bufsize=BUFFER,
    )
    _widen(process.stdout)
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        assert process.stdout is not None  # noqa: S101  # asked for above
        workbook = _collect(process.stdout, kind)
    except (ValueError, KeyError, TypeError, IndexError):
        workbook = None
    finally:
        timer.cancel()
        process.kill()
        status = process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if workbook is None:
        logger.warning("workbook reader gave up: kind=%s status=%s", kind, status)
        raise SheetRejected(f"文件无法读取：内容过大、位置异常或已损坏。{RESAVE}")
    return workbook


def _widen(pipe: IO[bytes] | None) -> None:
    """Let the pipe hold more than its 64 KiB, where the system has a way and grants it."""
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, BUFFER)


def _revive(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        ((kind, value),) = found.items()
        match kind:
            case "d":
                return dt.datetime.fromisoformat(value) if "T" in value else dt.date.fromisoformat(value)
            case "e":
                return ErrorCell(value)
            case "t":
                return dt.time.fromisoformat(value)
            case "s":
                return dt.timedelta(seconds=value)
    return found


_DECODE: Final = json.JSONDecoder(object_hook=_revive).decode


def _share(rows: list[list[Any]], known: dict[str, str]) -> None:
    """Keep short texts that come again, such as villages and trades, once and not in every row."""
    if len(known) > SHARED:
        known.clear()
    for row in rows:
        row[:] = [
            known.setdefault(cell, cell) if type(cell) is str and len(cell) <= SHORT else cell for cell in row
        ]


def _collect(stream: IO[bytes], kind: str) -> Workbook | None:
    """The child's lines put together; None when it died before the end."""
    first = stream.readline()
    if not first:
        return None
    head = json.loads(first)
    if "rejected" in head:
        raise SheetRejected(head["rejected"])
    sheets = []
    for described in head["sheets"]:
        rows: list[list[Any]] = []
        known: dict[str, str] = {}
        while True:
            line = stream.readline()
            if not line:
                return None
            piece = _DECODE(line.decode())
            if piece is None:
                break
            if isinstance(piece, dict):
                raise SheetRejected(str(piece.get("rejected", "文件无法读取。")))
            _share(piece, known)
            rows += piece
        merged = [((top, left), (bottom, right)) for (top, left), (bottom, right) in described["merged"]]
        sheets.append(
            Grid(
                name=described["name"],
                rows=rows,
                merged=merged,
                hidden_rows=frozenset(described["hidden_rows"]),
                hidden=described["hidden"],
            )
        )
    return Workbook(kind=kind, sheets=sheets, date1904=head["date1904"])
