"""What an auditor has found as a file: Excel or CSV, with the end of the chain that vouches for it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from ledgers import jobs
from ledgers.access import Verb
from ledgers.exporting import XLSX, export_path, lay_out_for_print, new_workbook, write_cell
from ledgers.models import Job, User
from ledgers.registry import ledgers
from ledgers.trail.sealing import head
from ledgers.trail.searching import ActionSearch, ChangeSearch, changes_of, found_actions, found_changes

KIND: Final = "audit.export"
#: {format: content type}
FORMATS: Final = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
#: A sheet of Excel has no more.
MAX_ROWS: Final = 1_000_000
_PIECE: Final = 500

_CHANGE_COLUMNS: Final = (
    *("时间", "操作人", "账号", "操作", "单位", "记录编号", "记录", "改动"),
    *("导入批次", "请求编号", "历史行号"),
)
_ACTION_COLUMNS: Final = ("时间", "账号", "单位", "类别", "结果", "对象", "来源地址", "请求编号", "编号")

Row = tuple[Any, ...]
Progress = Callable[[int, int], None]


def found(source: str, asked: QueryDict, user: User) -> QuerySet[Any]:
    """What the search in ``asked`` finds for ``user``; ``source`` is a ledger's slug, or empty for the actions."""
    if source:
        return found_changes(ledgers.get(source), ChangeSearch(asked), user)
    return found_actions(ActionSearch(asked), user)


def write(
    path: Path, file_format: str, source: str, rows: QuerySet[Any], progress: Progress | None = None
) -> int:
    """Write the rows to ``path``; returns how many."""
    columns = _CHANGE_COLUMNS if source else _ACTION_COLUMNS
    told = _changes(source, rows) if source else _actions(rows)
    ends = f"历史记录链首 {head()}", f"导出时间 {_time(timezone.now())}"
    writer = _write_workbook if file_format == "xlsx" else _write_csv
    return writer(path, columns, _counted(told, rows, progress), ends)


def _counted(told: Iterator[Row], rows: QuerySet[Any], progress: Progress | None) -> Iterator[Row]:
    total = rows.order_by().count() if progress is not None else 0
    for number, row in enumerate(told, start=1):
        yield row
        if progress is not None and number % _PIECE == 0:
            progress(number, max(total, number))


def _changes(slug: str, rows: QuerySet[Any]) -> Iterator[Row]:
    ledger = ledgers.get(slug)
    for piece in _pieces(rows):
        for change in changes_of(ledger, piece):
            row = change.row
            yield (
                _time(row.history_date),
                change.who,
                row.history_user.username if row.history_user else "",
                change.kind_label,
                str(row.unit),
                row.id,
                change.name,
                "；".join(
                    f"{each.label}：{each.old or '（空）'}→{each.new or '（空）'}" for each in change.changes
                ),
                row.batch_id,
                row.request_id,
                row.pk,
            )


def _actions(rows: QuerySet[Any]) -> Iterator[Row]:
    for piece in _pieces(rows):
        for row in piece:
            yield (
                _time(row.at),
                row.account,
                str(row.unit) if row.unit else "",
                row.get_kind_display(),
                row.get_result_display(),
                row.target,
                row.address,
                row.request_id,
                row.pk,
            )


def _pieces(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """By number, newest first: no piece walks over those before it."""
    left, below = MAX_ROWS, rows
    while left > 0 and (piece := list(below[: min(_PIECE, left)])):
        yield piece
        left -= len(piece)
        below = rows.filter(pk__lt=piece[-1].pk)


def _time(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _write_workbook(path: Path, columns: Sequence[str], rows: Iterator[Row], ends: Sequence[str]) -> int:
    book = new_workbook(path)
    sheet = book.add_worksheet("操作记录")
    heading = book.add_format({"bold": True, "bg_color": "#F3ECE6", "border": 1})
    sheet.freeze_panes(1, 0)
    lay_out_for_print(sheet, 0)
    for index, column in enumerate(columns):
        sheet.write_string(0, index, column, heading)
        sheet.set_column(index, index, 40 if column in ("改动", "对象", "记录") else 18)
    written = 0
    for row in rows:
        written += 1
        for index, value in enumerate(row):
            write_cell(sheet, written, index, value)
    notes = book.add_worksheet("说明")
    for index, text in enumerate(ends):
        notes.write_string(index, 0, text)
    book.close()
    return written


def _write_csv(path: Path, columns: Sequence[str], rows: Iterator[Row], ends: Sequence[str]) -> int:
    # The mark tells Excel and WPS that it is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        written = 0
        for row in rows:
            written += 1
            writer.writerow([_safe(value) for value in row])
        writer.writerows([text] for text in ends)
    return written


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")):
        return f"'{value}"
    return value


def file_path(job: Job) -> Path:
    return export_path(job.pk).with_suffix(f".{job.payload['format']}")


def name_of(file_format: str) -> str:
    return f"操作记录_{timezone.localdate():%Y%m%d}.{file_format}"


@jobs.job(KIND, "导出操作记录")
def export(current: Job, progress: jobs.Progress) -> dict[str, Any]:
    """payload: source, query (as in the URL), format."""
    user = current.user
    if user is None or not user.can(Verb.HISTORY):
        raise jobs.JobRefused("您已没有查看操作记录的权限。")
    source, asked = current.payload["source"], QueryDict(current.payload["query"])
    rows = write(
        file_path(current), current.payload["format"], source, found(source, asked, user), progress=progress
    )
    return {"download": reverse("audit:download", kwargs={"pk": str(current.pk)}), "rows": rows}
