"""Export of a ledger list to Excel: the columns of the ledger's sheet, so that the file imports back unchanged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.conf import settings
from django.utils import timezone

from ledgers.models import RecordQuerySet
from ledgers.registry import Ledger

#: Lists up to this length are written while the browser waits (well under a second); longer ones by a job.
INLINE_ROWS = 2000
#: How long an export that a job has written can be fetched.
KEPT_FOR = dt.timedelta(days=1)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_path(job_id: object) -> Path:
    """Where the job's file is kept until it is fetched; below VAR_DIR, never below a served folder."""
    folder = Path(settings.MEDIA_ROOT) / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{job_id}.xlsx"


def remove_old_exports() -> int:
    """Remove the files that nobody fetches any more; an export is quickly asked for again."""
    folder = Path(settings.MEDIA_ROOT) / "exports"
    before = (timezone.now() - KEPT_FOR).timestamp()
    old = [path for path in folder.glob("*") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def file_name(ledger: Ledger, day: dt.date) -> str:
    return f"{ledger.label}_{day:%Y%m%d}.xlsx"


def write_workbook(
    ledger: Ledger,
    queryset: RecordQuerySet,
    target: IO[bytes] | Path,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write ``queryset`` as one sheet and return the number of rows.

    Text cells are written as text: a name that begins with ``=`` stays a name, and no link or formula is made of it.
    """
    if ledger.sheet is None:
        raise ValueError(f"{ledger.slug} has no sheet to export by.")
    resource = ledger.sheet()
    columns = resource.get_export_fields()
    total = queryset.count()
    book = new_workbook(target)
    sheet = book.add_worksheet(ledger.label[:31])
    heading = book.add_format({"bold": True, "bg_color": "#F3ECE6", "border": 1, "text_wrap": True})
    sheet.freeze_panes(1, 0)
    lay_out_for_print(sheet, 0)
    for index, column in enumerate(columns):
        sheet.write_string(0, index, column.column_name, heading)
        sheet.set_column(index, index, max(10, min(40, len(column.column_name) * 2 + 4)))
    written = 0
    for number, record in enumerate(queryset.iterator(chunk_size=2000), start=1):
        for values in resource.export_rows(record):
            written += 1
            for index, value in enumerate(values):
                write_cell(sheet, written, index, value)
        if progress is not None and number % 500 == 0:
            progress(number, total)
    book.close()
    return written


def new_workbook(target: IO[bytes] | Path) -> Any:
    """A workbook that is written row by row in little memory, and where text is text whatever it begins with."""
    return xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )


def lay_out_for_print(sheet: Any, header_row: int) -> None:
    """All columns side by side on A4 pages, each with the header row."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header_row)


def write_cell(sheet: Any, row: int, column: int, value: Any, style: Any = None) -> None:
    """Write ``value`` as what it is; None and an empty text leave the cell empty unless it has a style."""
    if value is None or value == "":
        if style is not None:
            sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否", style)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value, style)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value), style)
