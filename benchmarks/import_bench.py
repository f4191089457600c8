"""A workbook of N enterprises from the upload to the undo, against what the same rows cost at the very least.

    script/bench import [--rows 100000] [--repeat 3]

Two references, measured in the same run:

- *floor*: calamine reads the cells, a loop written for this one file makes values of them, COPY writes the records.
  Nothing else: no layout found, nothing checked, nothing compared, no history. The values and the columns written are
  those of the import. Two more tell what the distance is made of: *fields* has the cells cleaned by the fields of the
  ledger's sheet, *history* writes the history rows too, which no import may leave out.
- *peer*: the default import of django-import-export, its own loop over the rows, with a tenth of the rows, times ten.

The whole import is what the two background jobs do: the preview, with every cell checked and every row compared with
the records, then confirmation, the comparison once more under lock, records and history. Each step runs in a process of
its own, so that its memory is its own. Steps take turns ``--repeat`` times; a figure is the median.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import django

GOAL_NEW, GOAL_AGAIN, GOAL_PEER = 2.0, 2.5, 15.0
GOAL_MEMORY, GOAL_WEB = 400.0, 50.0

Measured = dict[str, list[dict[str, float]]]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench import")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        # The steps and the web server are processes of their own and share the files.
        os.environ["VAR_DIR"] = folder
        django.setup()
        from benchmarks import import_steps, import_web

        path = Path(folder) / "企业.xlsx"
        import_steps.write_workbook(path, options.rows)
        import_steps.prepare()
        measured: Measured = defaultdict(list)

        def step(name: str, what: str = "") -> None:
            command = [sys.executable, "-m", "benchmarks.import_steps", name, str(path), str(options.rows)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            measured[what or name].append(json.loads(done.stdout))

        for _ in range(options.repeat):
            import_steps.empty()
            step("floor")
            import_steps.empty()
            step("fields")
            import_steps.empty()
            step("history")
            import_steps.empty()
            step("product", "new")
            step("product", "again")
            step("undo")
        import_steps.empty()
        step("peer")  # once: it takes longer than all the others together
        web = import_web.upload(path)
    _print_times(measured, options.rows)
    _print_memory(measured, web)
    return 0


def _median(measured: Measured, name: str, figure: str) -> float:
    return statistics.median(found[figure] for found in measured[name])


def _print_times(measured: Measured, rows: int) -> None:
    floor, history = (_median(measured, name, "seconds") for name in ("floor", "history"))
    print(
        f"{f'{rows:,} rows':<38} {'seconds':>8} {'ms/row':>8} {'x floor':>8} {'goal':>9} {'x history':>10}"
        f" {'cpu seconds':>12}"
    )
    for name, label, goal in (
        ("floor", "floor: calamine, cleaning, COPY", None),
        ("fields", "fields: cleaned by the sheet's fields", None),
        ("history", "history: the floor with its history", None),
        ("new", "whole import, new rows", GOAL_NEW),
        ("again", "whole import, the same file again", GOAL_AGAIN),
        ("undo", "undo", None),
        ("peer", "peer: django-import-export", None),
    ):
        seconds = _median(measured, name, "seconds")
        aim = f"<= {goal:.1f} {_mark(seconds / floor <= goal)}" if goal else ""
        print(
            f"{label:<38} {seconds:>8.2f} {seconds / rows * 1000:>8.4f} {seconds / floor:>8.2f} {aim:>9}"
            f" {seconds / history:>10.2f} {_median(measured, name, 'cpu'):>12.2f}"
        )
        if name in ("new", "again"):
            print(f"  {'of it the preview':<36} {_median(measured, name, 'preview'):>8.2f}")
    faster = _median(measured, "peer", "seconds") / _median(measured, "new", "seconds")
    print(f"faster than the peer: {faster:.1f} times, goal >= {GOAL_PEER:.0f} {_mark(faster >= GOAL_PEER)}")


def _print_memory(measured: Measured, web: dict[str, float]) -> None:
    print()
    print(f"{'MiB at most':<34} {'worker':>8} {'reader':>8} {'sum':>8} {'goal':>9}")
    for name, goal in (("floor", 0.0), ("new", GOAL_MEMORY), ("again", GOAL_MEMORY), ("undo", GOAL_MEMORY)):
        worker, reader = (_median(measured, name, figure) for figure in ("worker", "reader"))
        aim = f"<= {goal:.0f} {_mark(worker + reader <= goal)}" if goal else ""
        print(f"{name:<34} {worker:>8.0f} {reader:>8.0f} {worker + reader:>8.0f} {aim:>9}")
    growth = web["most"] - web["before"]
    print(
        f"web process, upload of {web['megabytes']:.1f} MiB: {web['before']:.0f} before, {web['most']:.0f} at most, "
        f"{web['after']:.0f} after; grows by {growth:.0f}, goal <= {GOAL_WEB:.0f} {_mark(growth <= GOAL_WEB)}"
    )


def _mark(is_met: bool) -> str:
    return "✓" if is_met else "✗"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
