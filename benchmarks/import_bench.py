"""An import of N rows against its floor: reading the cells, converting them, and writing records and history.

    script/bench import [--rows 10000] [--repeat 3]

The floor does nothing an import could leave out: no layout, no checks, no comparison with records, no batch. The
ratio says what finding the header, checking every cell, matching twice and showing a preview cost on top.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import django


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench import")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(argv)
    django.setup()

    from django.core.management import call_command
    from django.db import transaction

    from ledgers.history import CREATED, record_bulk_history
    from ledgers.importing import batches
    from ledgers.importing.apply import insert
    from ledgers.importing.plan import match
    from ledgers.importing.reading import read_workbook
    from ledgers.importing.undo import undo_batch
    from ledgers.models import ImportBatch, OrgUnit
    from ledgers.registry import ledgers
    from nonpublic.models import Enterprise

    call_command("migrate", verbosity=0)
    township = OrgUnit.objects.create_under(None, code="330281101000", name="镇", level="township")
    villages = {
        f"第{number}村": OrgUnit.objects.create_under(
            township, code=f"330281101{200 + number}", name=f"第{number}村", level="village"
        )
        for number in range(1, 21)
    }
    ledger = ledgers.get("enterprises")

    def timed(call: Callable[[], object]) -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    def empty() -> None:
        Enterprise.objects.all().delete()
        Enterprise.history.all().delete()

    with tempfile.TemporaryDirectory() as folder:
        path = _workbook(Path(folder) / "企业.xlsx", options.rows)

        @transaction.atomic
        def floor() -> None:
            (sheet,) = read_workbook(path).sheets
            records = [
                Enterprise(
                    unit=villages[row[1]],
                    name=row[2],
                    credit_code=row[3],
                    registered_capital=Decimal(row[4]),
                    staff=int(row[5]),
                )
                for row in sheet.rows[4 : 4 + options.rows]
            ]
            for start in range(0, len(records), 1000):
                insert(Enterprise, records[start : start + 1000], user=None)
                record_bulk_history(records[start : start + 1000], kind=CREATED, user=None)

        def whole() -> ImportBatch:
            read = batches.read_file(path, ledger, unit=township, period=None)
            shown = match(read).sha256
            batch = ImportBatch.objects.create(
                ledger_slug=ledger.slug, unit=township, state=ImportBatch.State.APPLYING
            )
            batches.write(read, batch=batch, user=None, expected_sha256=shown, skip_errors=False)
            return batch

        floors, wholes, repeats, undos = [], [], [], []
        for _ in range(options.repeat):
            floors.append(timed(floor))
            empty()
            start = time.perf_counter()
            batch = whole()
            wholes.append(time.perf_counter() - start)
            repeats.append(timed(whole))
            undos.append(timed(lambda batch=batch: undo_batch(batch=batch, user=None)))  # type: ignore[misc]
            if Enterprise.objects.exists():
                raise SystemExit("the undo left records behind")
            empty()

    reference = statistics.median(floors)
    print(f"{'step':<24} {'seconds':>9} {'ms/row':>8} {'ratio':>7}   ({options.rows:,} rows)")
    for name, times in (
        ("floor", floors),
        ("import", wholes),
        ("the same file again", repeats),
        ("undo", undos),
    ):
        median = statistics.median(times)
        print(f"{name:<24} {median:>9.2f} {median / options.rows * 1000:>8.3f} {median / reference:>7.2f}")
    return 0


def _workbook(path: Path, rows: int) -> Path:
    """A ledger with a title, a 填报单位 line, a two-row header, figures typed as text, and a total."""
    import xlsxwriter

    from ledgers.identifiers import credit_code_check_character

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("企业")
    head = [
        ["镇非公有制企业台账"],
        ["填报单位：镇统战办"],
        ["序号", "所在村", "企业基本情况", "", "规模", ""],
        ["", "", "企业名称", "统一社会信用代码", "注册资本（万元）", "从业人数"],
    ]
    for number, line in enumerate(head):
        sheet.write_row(number, 0, line)
    for number in range(rows):
        body = f"91330281MA{number:07d}"
        code = body + credit_code_check_character(body)
        village = f"第{number % 20 + 1}村"
        cells: list[str | int] = [
            number + 1,
            village,
            f"示例企业{number:06d}有限公司",
            code,
            str(number % 5000),
            number % 300,
        ]
        sheet.write_row(number + len(head), 0, cells)
    sheet.write_row(rows + len(head), 0, ["合计", "", f"{rows}家"])
    book.close()
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
