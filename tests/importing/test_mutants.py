"""Workbooks with damaged bytes, many in a row: read, refused, or the end of their reader; never at work for ever."""

from __future__ import annotations

import io
import random
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledgers.importing.reading import CHILD
from tests.importing.formats import ods, xls, xlsx
from tests.importing.test_hostile_files import SAMPLE, with_shared_strings

DRILL = Path(__file__).with_name("reader_drill.py")
INSIDE = ("content.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml")


def mutants(good: bytes, count: int) -> Iterator[bytes]:
    """The same damage on every run: bytes changed, cut out, repeated, or filled with extremes."""
    chance = random.Random(20_250_930)
    for _ in range(count):
        data = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 8, 40))):
            at, size = chance.randrange(len(data)), chance.choice((1, 2, 4, 4, 8))
            data[at : at + size] = chance.choice(
                (chance.randbytes(size), b"\xff" * size, b"\0" * size, b"\x7f" + b"\xff" * (size - 1), b"")
            )
        if chance.random() < 0.1:
            del data[chance.randrange(len(data)) :]
        yield bytes(data)


def mutants_inside(good: bytes, count: int) -> Iterator[bytes]:
    """A sound archive with one damaged part: a damaged archive would never get as far as the parser."""
    with zipfile.ZipFile(io.BytesIO(good)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    wanted = [
        name
        for name in parts
        if "sheet1" in name or name in ("content.xml", "xl/workbook.xml", "xl/styles.xml")
    ]
    for number, name in zip(range(count), wanted * count, strict=False):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as target:
            for other, content in parts.items():
                target.writestr(other, content if other != name else _mutant(content, number))
        yield buffer.getvalue()


def _mutant(content: bytes, number: int) -> bytes:
    *_, last = mutants(content, number % 97 + 1)
    return last


def drill(folder: Path, kind: str, files: list[bytes]) -> Counter[str]:
    """Have the reader read every file; what became of each, counted. A death by signal is counted by its name."""
    folder.mkdir()
    paths = []
    for number, content in enumerate(files):
        path = folder / str(number)
        path.write_bytes(content)
        paths.append(str(path))
    outcomes: dict[int, str] = {}
    while len(outcomes) < len(files):
        process = subprocess.run(
            [sys.executable, "-I", str(DRILL), str(CHILD), str(len(outcomes)), kind, *paths],
            capture_output=True,
            check=False,
        )
        for line in process.stdout.decode().splitlines():
            place, outcome = line.split(maxsplit=1)
            outcomes[int(place)] = outcome
        last = max(outcomes)
        if process.returncode < 0 and outcomes[last] == "start":
            outcomes[last] = signal.Signals(-process.returncode).name
        else:
            assert process.returncode == 0, process.stderr.decode()
    return Counter(outcomes.values())


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("xls", lambda: mutants(xls(SAMPLE), 1000)),
        ("xlsx", lambda: mutants_inside(xlsx(SAMPLE), 200)),
        ("ods", lambda: mutants_inside(ods(SAMPLE), 150)),
        ("xlsx", lambda: mutants_inside(with_shared_strings(), 100)),
        ("xlsx", lambda: mutants(xlsx(SAMPLE), 100)),
    ],
)
def test_mutants_never_hang(tmp_path: Path, kind: str, files: Callable[[], Iterator[bytes]]) -> None:
    """Read, refused, or, where the parser gives up altogether, dead alone; never at work for ever."""
    made = list(files())
    outcomes = drill(tmp_path / "mutants", kind, made)
    assert sum(outcomes.values()) == len(made)
    assert outcomes["read"]
    assert outcomes["refused"]
    assert set(outcomes) <= {"read", "refused", "PanicException", "SIGABRT"}
