"""What ``import_bench`` measures, each in a process of its own, as a worker would start it.

A step prints one JSON object: ``seconds`` on the clock; ``cpu``, the processor's seconds in this process, its reading
child and the database's process together, which other work on the machine disturbs least; ``worker`` and ``reader``,
the most that the process and its child have held at any moment, in MiB.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

HEADER_ROWS = 4
NUMBERS = ["注册资本（万元）", "从业人数", "成立时间", "是否会员", ""]
PEER_SHARE = 10
_DAY = re.compile(r"(\d{4})[.年](\d{1,2})[.月](\d{1,2})?")


def write_workbook(path: Path, rows: int) -> None:
    """A ledger as offices keep it: title, 填报单位 line, two-row header, figures typed as text, dates of two kinds."""
    import xlsxwriter

    from ledgers.identifiers import credit_code_check_character
    from nonpublic.models import Enterprise

    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("企业")
    head: list[list[str]] = [
        ["镇非公有制企业台账"],
        ["填报单位：镇统战办"],
        ["序号", "所在村", "企业基本情况", "", "", "", "", "规模", "", "", "商会", "备注"],
        [*["", "", "企业名称", "统一社会信用代码", "所属行业", "法定代表人", "联系电话"], *NUMBERS],
    ]
    for number, line in enumerate(head):
        sheet.write_row(number, 0, line)
    trades = Enterprise.Sector.labels
    for number in range(rows):
        body = f"91330281MA{number:07d}"
        day = dt.date(1995, 1, 1) + dt.timedelta(days=number * 7919 % 10_000)
        capital = number * 31 % 5000
        cells: list[Any] = [
            number + 1,
            f"第{number % 20 + 1}村",
            f"示例企业{number:06d}有限公司",
            body + credit_code_check_character(body),
            trades[number % len(trades)],
            f"示例{number % 3000}",
            f"0574-{80_000_000 + number % 9000}",
            str(capital) if number % 2 else capital / 10,
            number % 300,
            f"{day.year}.{day.month}.{day.day}" if number % 2 else f"{day.year}年{day.month}月",
            "是" if number % 3 == 0 else "否",
            "规上企业" if number % 10 == 0 else "",
        ]
        sheet.write_row(number + HEADER_ROWS, 0, cells)
    sheet.write_row(rows + HEADER_ROWS, 0, ["合计", "", f"{rows}家"])
    book.close()


def prepare() -> None:
    """A township with twenty villages and its officer."""
    from django.core.management import call_command

    from ledgers.models import OrgUnit, User

    call_command("migrate", verbosity=0)
    township = OrgUnit.objects.create_under(None, code="330281101000", name="镇", level="township")
    for number in range(1, 21):
        OrgUnit.objects.create_under(
            township, code=f"330281101{200 + number}", name=f"第{number}村", level="village"
        )
    User.objects.create_user("officer", "Bridge-7-over-water", name="干事", role="officer", unit=township)


def empty() -> None:
    """No enterprises, and tables as they are on the first day."""
    from django.db import connection

    from ledgers.trail.protection import rewriting

    with rewriting("benchmark"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE nonpublic_enterprise, nonpublic_historicalenterprise CASCADE")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def read_cells(path: Path) -> list[list[Any]]:
    from python_calamine import CalamineWorkbook

    rows: list[list[Any]] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return rows[HEADER_ROWS:-1]


def cleaned(path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows as values of the fields, by somebody who knows this very file and believes everything in it."""
    from ledgers.models import OrgUnit
    from nonpublic.models import Enterprise

    villages = dict(OrgUnit.objects.values_list("name", "pk"))
    trades = {label: value for value, label in Enterprise.Sector.choices}
    places = Decimal("0.0001")

    def clean(row: list[Any]) -> tuple[Any, ...]:
        day = _DAY.match(row[9])
        assert day is not None  # we have written the file
        return (
            villages[row[1].strip()],
            row[2].strip(),
            row[3].strip().upper(),
            trades[row[4]],
            row[5].strip(),
            row[6].strip(),
            Decimal(str(row[7])).quantize(places),
            int(row[8]),
            dt.date(int(day[1]), int(day[2]), int(day[3] or 1)),
            row[10] == "是",
            row[11].strip(),
        )

    return map(clean, read_cells(path))


def cleaned_by_fields(path: Path) -> Iterator[tuple[Any, ...]]:
    from ledgers.importing.cells import Reading
    from ledgers.importing.lookups import Lookups
    from ledgers.models import OrgUnit
    from nonpublic.sheets import EnterpriseSheet

    columns, reading = EnterpriseSheet.columns(), Reading(lookups=Lookups(OrgUnit.objects.get(depth=1)))
    readers: list[tuple[Any, dict[Any, Any]]] = [
        (columns[name.removesuffix("_id")].widget, {}) for name in CLEANED
    ]

    def clean(row: list[Any]) -> tuple[Any, ...]:
        values = []
        for (widget, known), cell in zip(readers, row[1:], strict=True):
            key = type(cell), cell
            if key not in known:
                known[key] = widget.clean(cell, reading=reading)
            values.append(known[key])
        return (values[0].pk, *values[1:-1], values[-1] or "")

    return map(clean, read_cells(path))


CLEANED = (
    "unit_id",
    "name",
    "credit_code",
    "sector",
    "legal_representative",
    "office_phone",
    "registered_capital",
    "staff",
    "founded_on",
    "chamber_member",
    "remark",
)


def floor(path: Path, rows: int) -> dict[str, float]:
    """Reading by calamine, cleaning and one COPY of the records: no layout, no checks, no comparison, no history."""
    watch = Watch()
    copied(cleaned(path))
    return watch.read()


def fields(path: Path, rows: int) -> dict[str, float]:
    """The same, with cells cleaned by the fields of the ledger's sheet, equal ones once: any village, date, figure."""
    watch = Watch()
    copied(cleaned_by_fields(path))
    return watch.read()


def with_history(path: Path, rows: int) -> dict[str, float]:
    """The floor, and the history rows of the records, copied within the database."""
    watch = Watch()
    copied(cleaned(path), history=True)
    return watch.read()


def copied(rows: Iterator[tuple[Any, ...]], *, history: bool = False) -> None:
    from django.db import connection, transaction
    from django.utils import timezone

    from ledgers.history import CREATED, copy_to_history
    from ledgers.models import ImportBatch, OrgUnit, User
    from nonpublic.models import Enterprise

    user, now = User.objects.get(), timezone.now()
    same: dict[str, Any] = {
        "chamber_post": "",
        "row_version": 1,
        "created_at": now,
        "updated_at": now,
        "created_by_id": user.pk,
        "updated_by_id": user.pk,
    }
    columns = ", ".join((*CLEANED, *same))
    with transaction.atomic():
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY nonpublic_enterprise ({columns}) FROM STDIN") as copy,
        ):
            for values in rows:
                copy.write_row((*values, *same.values()))
        if history:
            unit = OrgUnit.objects.get(depth=1)
            batch = ImportBatch.objects.create(ledger_slug="enterprises", unit=unit, user=user)
            copy_to_history(Enterprise.objects.all(), kind=CREATED, user=user, batch=batch)


def peer(path: Path, rows: int) -> dict[str, float]:
    """django-import-export as it comes: a resource for the model, and its own loop over the rows.

    It gets values that are clean, and keys instead of names of villages, and need not read the file.
    """
    import tablib
    from import_export.resources import ModelResource

    from nonpublic.models import Enterprise

    class PeerResource(ModelResource):
        class Meta:
            model = Enterprise
            import_id_fields = ("credit_code",)
            fields = ("unit", *CLEANED[1:])

    data = tablib.Dataset(headers=["unit", *CLEANED[1:]])
    for number, values in enumerate(cleaned(path)):
        if number == rows // PEER_SHARE:
            break
        data.append(values)
    watch = Watch()
    result = PeerResource().import_data(data, raise_errors=True)
    figures = watch.read()
    if result.totals["new"] != rows // PEER_SHARE:
        raise SystemExit("the peer has not imported everything")
    return {name: figures[name] * PEER_SHARE for name in ("seconds", "cpu")}


def product(path: Path, rows: int) -> dict[str, float]:
    """The whole import, as the two background jobs do it: preview with differences, then confirmation and writing."""
    from django.core.files import File

    from ledgers import jobs
    from ledgers.importing import batches
    from ledgers.leases import Lease
    from ledgers.models import ImportBatch, Job, OrgUnit, User
    from nonpublic.models import Enterprise

    user, unit = User.objects.get(), OrgUnit.objects.get(level="township")
    before = Enterprise.objects.count()
    batch = ImportBatch(ledger_slug="enterprises", file_name="企业.xlsx", unit=unit, user=user)
    with path.open("rb") as file:
        batch.upload.save("upload", File(file), save=False)
    batch.save()
    job = Job.objects.create(kind="import.preview", state=Job.State.RUNNING, user=user, unit=unit)
    progress = jobs.Progress(Lease(job))
    watch = Watch()
    batches.preview(batch, progress)
    previewed = watch.read()["seconds"]
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.APPLYING)
    batch.refresh_from_db()
    batches.apply(batch, progress)
    figures = watch.read()
    created = rows - before
    if batch.counts["created"] != created or batch.counts["unchanged"] != before or batch.counts["errors"]:
        raise SystemExit(f"the import has done something else: {batch.counts}")
    if Enterprise.objects.count() != rows or Enterprise.history.count() != rows:
        raise SystemExit("records or history rows are missing")
    return {**figures, "preview": previewed}


def undo(path: Path, rows: int) -> dict[str, float]:
    from ledgers.importing.undo import undo_batch
    from ledgers.models import ImportBatch
    from nonpublic.models import Enterprise

    batch = ImportBatch.objects.filter(counts__created=rows).latest("pk")
    watch = Watch()
    undo_batch(batch=batch, user=batch.user)
    figures = watch.read()
    if Enterprise.objects.exists():
        raise SystemExit("the undo left records behind")
    return figures


class Watch:
    """Seconds and memory from its making on."""

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.database = int(cursor.fetchone()[0])
        self.started = time.perf_counter(), self._cpu()

    def read(self) -> dict[str, float]:
        seconds, cpu = time.perf_counter(), self._cpu()
        status = Path("/proc/self/status").read_text()
        held = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert held is not None  # Linux has it
        return {
            "seconds": seconds - self.started[0],
            "cpu": cpu - self.started[1],
            "worker": int(held[1]) / 1024,
            "reader": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        }

    def _cpu(self) -> float:
        ticks = Path(f"/proc/{self.database}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(os.times()[:4]) + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


STEPS: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "floor": floor,
    "fields": fields,
    "history": with_history,
    "peer": peer,
    "product": product,
    "undo": undo,
}

if __name__ == "__main__":
    django.setup()
    print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
