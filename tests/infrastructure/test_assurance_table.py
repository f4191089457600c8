"""docs/assurance.md keeps its word: every row names what happens and a test, and every test it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "assurance.md"
#: `tests/path.py::test_name` or, for a method, `tests/path.py::TestName::test_name`
REFERENCE = re.compile(r"`(tests/[\w/]+\.py)::((?:\w+::)?test_\w+)`")


def cells(line: str) -> list[str]:
    """The cells of a row; a vertical bar within code is written \\| there, as GitHub has it."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def rows() -> dict[str, tuple[str, str]]:
    """Section and first column -> what happens, proven by."""
    found: dict[str, tuple[str, str]] = {}
    section = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("|") and not line.startswith(("|---", "| tried with")):
            tried, happens, proof = cells(line)
            found[f"{section}: {tried}"] = (happens, proof)
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """The tests of a file, methods as TestName::test_name; read, not imported."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(names)


def problems(happens: str, proof: str) -> list[str]:
    named = REFERENCE.findall(proof)
    found = [f"there is no test {path}::{name}" for path, name in named if name not in names_in(path)]
    if rest := re.sub(r"<br>|\s", "", REFERENCE.sub("", proof)):
        found.append(f"not a reference like `tests/path.py::test_name`: {rest}")
    if not happens:
        found.append("what happens is not said")
    if not named:
        found.append("no test is named")
    return found


def test_every_row_says_what_happens_and_names_tests_that_exist() -> None:
    found = {row: problems(*texts) for row, texts in rows().items()}
    wrong = [f"{row}: {'; '.join(each)}" for row, each in found.items() if each]
    assert not wrong, "docs/assurance.md\n" + "\n".join(wrong)


def test_all_sections_are_read() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    headings = {line.removeprefix("## ") for line in lines if line.startswith("## ")}
    assert {row.split(":")[0] for row in rows()} == headings
    assert len(rows()) == sum(line.startswith("| ") for line in lines) - len(headings)


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        ("", "no test is named"),
        ("`tests/nowhere.py::test_it`", "there is no test"),
        ("`tests/infrastructure/test_assurance_table.py::test_it`", "there is no test"),
        ("`tests/infrastructure/test_assurance_table.py::rows`", "not a reference"),
        ("see the tests", "not a reference"),
    ],
)
def test_a_row_that_proves_nothing_would_be_caught(proof: str, said: str) -> None:
    assert said in " ".join(problems("refused", proof))
