"""The marking process: writes a workbook with its wrong cells coloured and commented, under memory and time limits.

Run as a script in an interpreter of its own (``giving_back.py`` starts it), never imported by the product: openpyxl
holds a whole workbook in memory, some fifty times the size of the file. The order comes pickled from the product,
on standard input.
"""

import datetime as dt
import pickle
import re
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties

AUTHOR = "统战工作台账"
OVERVIEW = "问题汇总"
WRONG = "FFC7CE"
HEADING = "F3ECE6"
HEADINGS = ("工作表", "单元格", "列", "问题和改法")
WIDTHS = (18, 12, 24, 80)
#: Spreadsheet programs grow slow with tens of thousands of comments or links; colours cost them nothing.
MAX_COMMENTS = 5000
MAX_LINES = 20_000
MAX_FILE = 512 << 20

# A formula that reaches outside of the workbook: another file, a program (DDE), the network.
_REACHES_OUT = re.compile(
    r"\[\d+\]|\||\b(?:WEBSERVICE|HYPERLINK|RTD|CALL|REGISTER\.ID|EXEC|IMPORTDATA|IMPORTXML|IMPORTHTML)\s*\(",
    re.I,
)
# What XML cannot hold.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")

#: (sheet, cell, column, problem)
Problem = tuple[str, str, str, str]


def limit(megabytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))


def clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text)


def by_cell(problems: Iterable[Problem]) -> dict[str, dict[str, list[str]]]:
    """{sheet: {cell: problems}}"""
    found: dict[str, dict[str, list[str]]] = {}
    for sheet, cell, _, problem in problems:
        found.setdefault(sheet, {}).setdefault(cell, []).append(problem)
    return found


def headline(problems: list[Problem]) -> str:
    left_out = len(problems) - MAX_LINES
    more = f"这里列出前{MAX_LINES}处，改正后重新检查会列出其余的。" if left_out > 0 else ""
    return f"共{len(problems)}处，都已在原位置标红并加批注。改正后把本文件直接交上来即可。{more}"


def comment_size(text: str) -> dict[str, int]:
    """Points, for a comment that shows all of its text."""
    lines = sum(1 + len(line) // 18 for line in text.splitlines())
    return {"width": 300, "height": min(400, 24 + 20 * lines)}


def link(sheet: str, cell: str) -> str:
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{cell}"


def free_name(names: Iterable[str]) -> str:
    taken = {name.casefold() for name in names}
    return next(name for name in (OVERVIEW, *(f"{OVERVIEW}{n}" for n in range(2, 1000))) if name not in taken)


# --- The user's own .xlsx -----------------------------------------------------------------------------------


def mark_own(path: str, target: str, problems: list[Problem], title: str) -> None:
    """Everything of the workbook stays as it is, but for what reaches outside of it: macros, links, connections."""
    # Uploads are not named *.xlsx, which openpyxl insists on for paths.
    with Path(path).open("rb") as file:
        book: Any = openpyxl.load_workbook(file, keep_vba=False, keep_links=False, rich_text=True)
    book.template = False
    keep_inside(book, path)
    comments = 0
    for name, cells in by_cell(problems).items():
        sheet = book[name]
        for place, texts in at_anchors(sheet, cells).items():
            cell = sheet[place]
            cell.fill = PatternFill("solid", start_color=WRONG, end_color=WRONG)
            if comments < MAX_COMMENTS:
                comments += 1
                text = clean("\n".join(texts))
                if cell.comment is not None and cell.comment.text:
                    text += f"\n原有批注：{clean(cell.comment.text)}"
                cell.comment = Comment(text, AUTHOR, **comment_size(text))
    add_overview(book, problems, title)
    # Written without the results of formulas: whoever opens it computes them.
    book.calculation.fullCalcOnLoad = True
    book.save(target)


def at_anchors(sheet: Any, cells: dict[str, list[str]]) -> dict[str, list[str]]:
    """The problems at cells that can be written to: of a merged area only the first one can."""
    anchors: dict[str, str] = {}
    covered = [place for place in cells if isinstance(sheet[place], MergedCell)]
    if covered:
        areas = list(sheet.merged_cells.ranges)
        for place in covered:
            row, column = coordinate_to_tuple(place)
            area = next(
                area
                for area in areas
                if area.min_row <= row <= area.max_row and area.min_col <= column <= area.max_col
            )
            anchors[place] = area.start_cell.coordinate
    found: dict[str, list[str]] = {}
    for place, texts in cells.items():
        anchor = anchors.get(place, place)
        shown = texts if anchor == place else [f"{place}：{text}" for text in texts]
        found.setdefault(anchor, []).extend(shown)
    return found


def formula_of(value: Any) -> str:
    """The text of a formula; array and table formulas are objects."""
    return value if isinstance(value, str) else str(getattr(value, "text", "") or "")


def keep_inside(book: Any, path: str) -> None:
    """Take out what would fetch or run something when the workbook is opened; values stay where formulas go."""
    outward: dict[str, list[str]] = {}
    for sheet in book.worksheets:
        for cell in list(sheet._cells.values()):
            if cell.data_type == "f" and _REACHES_OUT.search(formula_of(cell.value)):
                outward.setdefault(sheet.title, []).append(cell.coordinate)
            if cell.hyperlink is not None and cell.hyperlink.target:
                cell.hyperlink = None
        sheet.data_validations.dataValidation = [
            rule
            for rule in sheet.data_validations.dataValidation
            if not reaches_out(rule.formula1, rule.formula2)
        ]
        rules = sheet.conditional_formatting._cf_rules
        for area in list(rules):
            rules[area] = [rule for rule in rules[area] if not reaches_out(*rule.formula)]
            if not rules[area]:
                del rules[area]
        drop_names(sheet.defined_names)
    drop_names(book.defined_names)
    if outward:
        with Path(path).open("rb") as file:
            values: Any = openpyxl.load_workbook(file, data_only=True, keep_links=False)
        for name, places in outward.items():
            for place in places:
                book[name][place].value = values[name][place].value


def reaches_out(*formulas: Any) -> bool:
    return any(isinstance(formula, str) and _REACHES_OUT.search(formula) for formula in formulas)


def drop_names(names: Any) -> None:
    for name in [name for name, defined in names.items() if reaches_out(defined.attr_text)]:
        del names[name]


def put(sheet: Any, row: int, column: int, text: str) -> Any:
    """Text that stays text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = clean(text)
    cell.data_type = "s"
    cell.quotePrefix = text[:1] in ("=", "+", "-", "@")
    return cell


def is_hidden(sheet: Any, row: int, letters: str) -> bool:
    rows, columns = sheet.row_dimensions, sheet.column_dimensions
    return bool((row in rows and rows[row].hidden) or (letters in columns and columns[letters].hidden))


def add_overview(book: Any, problems: list[Problem], title: str) -> None:
    """The first sheet: every problem in a line, with a link to its cell."""
    sheet = book.create_sheet(free_name(book.sheetnames), 0)
    put(sheet, 1, 1, title).font = Font(bold=True, size=14)
    put(sheet, 2, 1, headline(problems))
    for column, (text, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True), start=1):
        cell = put(sheet, 4, column, text)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", start_color=HEADING, end_color=HEADING)
        sheet.column_dimensions[cell.column_letter].width = width
    linked, wrapped = Font(color="0563C1", underline="single"), Alignment(wrap_text=True, vertical="top")
    for row, (name, place, column_name, problem) in enumerate(problems[:MAX_LINES], start=5):
        letters = place.rstrip("0123456789")
        if is_hidden(book[name], int(place[len(letters) :]), letters):
            problem += "（这个单元格在隐藏的行或列里。）"
        for column, text in enumerate((name, place, column_name, problem), start=1):
            put(sheet, row, column, text).alignment = wrapped
        cell = sheet.cell(row, 2)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=link(name, place))
        cell.font = linked
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    # One selected sheet: with two, whatever is typed goes into both.
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0


# --- Any other format: the cells as they were read ----------------------------------------------------------


def copy_cells(grids: list[Any], target: str, problems: list[Problem], title: str) -> None:
    """A new .xlsx with the same cells at the same places."""
    book: Any = xlsxwriter.Workbook(
        target, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    names = dict(sheet_names([grid.name for grid in grids]))
    write_overview(book, free_name(names.values()), names, problems, title)
    wrong = by_cell(problems)
    formats = {
        (marked, form): book.add_format(
            {**({"num_format": form} if form else {}), **({"bg_color": f"#{WRONG}"} if marked else {})}
        )
        for marked in (False, True)
        for form in ("", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm:ss")
    }
    comments = 0
    for grid in grids:
        sheet = book.add_worksheet(names[grid.name])
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, min(max(grid.width, 1), 200), 18)
        if grid.hidden:
            sheet.hide()
        for row in grid.hidden_rows:
            sheet.set_row(row, None, None, {"hidden": True})
        marked = {
            (row - 1, column - 1)
            for row, column in (coordinate_to_tuple(place) for place in wrong.get(grid.name, ()))
        }
        for row, column in marked:
            sheet.write_blank(row, column, None, formats[True, ""])
        merge(sheet, grid.merged, marked, formats)
        for number, values in enumerate(grid.rows):
            for column, value in enumerate(values):
                write(sheet, number, column, value, (number, column) in marked, formats)
        for place, texts in wrong.get(grid.name, {}).items():
            if comments < MAX_COMMENTS:
                comments += 1
                size = comment_size(text := clean("\n".join(texts)))
                sheet.write_comment(place, text, {"author": AUTHOR, **size})
    book.close()


def sheet_names(names: list[str]) -> Iterator[tuple[str, str]]:
    """(name, one that Excel takes); other programs allow longer names and other signs."""
    taken: set[str] = set()
    for name in names:
        base = clean(_NO_SHEET_NAME.sub("", name)).strip("'")[:31] or "表"
        numbered = (f"{base[:26]}~{number}" for number in range(2, 10_000))
        free = next(found for found in (base, *numbered) if found.casefold() not in taken)
        taken.add(free.casefold())
        yield name, free


def merge(sheet: Any, areas: Iterable[Any], marked: set[tuple[int, int]], formats: Any) -> None:
    for (top, left), (bottom, right) in areas:
        if (top, left) != (bottom, right):
            try:
                sheet.merge_range(top, left, bottom, right, "", formats[(top, left) in marked, ""])
            except xlsxwriter.exceptions.XlsxWriterException:
                continue  # Areas of a damaged file overlap; the cells are there all the same.


def write(sheet: Any, row: int, column: int, value: Any, is_marked: bool, formats: Any) -> None:
    if value is None or value == "":
        return
    plain = formats[is_marked, ""] if is_marked else None
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, plain)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, plain)
    elif isinstance(value, dt.datetime) and value.year >= 1900:
        whole = value.time() == dt.time()
        sheet.write_datetime(
            row, column, value, formats[is_marked, "yyyy-mm-dd" if whole else "yyyy-mm-dd hh:mm"]
        )
    elif isinstance(value, dt.date) and value.year >= 1900:
        sheet.write_datetime(row, column, value, formats[is_marked, "yyyy-mm-dd"])
    elif isinstance(value, dt.time | dt.timedelta):
        sheet.write_datetime(row, column, value, formats[is_marked, "hh:mm:ss"])
    elif type(value).__name__ == "ErrorCell":
        # It has to be wrong again when it comes back: a text that reads #DIV/0! would be taken.
        sheet.write_formula(row, column, "=NA()", plain, "#N/A")
    else:
        sheet.write_string(row, column, clean(str(value))[:32_767], plain)


def write_overview(
    book: Any, own_name: str, names: dict[str, str], problems: list[Problem], title: str
) -> None:
    sheet = book.add_worksheet(own_name)
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, headline(problems))
    heading = book.add_format({"bold": True, "bg_color": f"#{HEADING}"})
    for column, (text, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
        sheet.write_string(3, column, text, heading)
        sheet.set_column(column, column, width)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    linked = book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})
    for row, (name, place, column_name, problem) in enumerate(problems[:MAX_LINES], start=4):
        sheet.write_string(row, 0, names[name], wrapped)
        sheet.write_url(row, 1, f"internal:{link(names[name], place)}", linked, place)
        sheet.write_string(row, 2, clean(column_name), wrapped)
        sheet.write_string(row, 3, clean(problem), wrapped)
    sheet.freeze_panes(4, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def main(root: str) -> None:
    # For the grids in the order: this interpreter starts without the product's folder.
    sys.path.insert(0, root)
    order = pickle.load(sys.stdin.buffer)  # noqa: S301  # from the process that started this one
    limit(order["megabytes"], order["seconds"])
    if order["grids"] is None:
        mark_own(order["path"], order["target"], order["problems"], order["title"])
    else:
        copy_cells(order["grids"], order["target"], order["problems"], order["title"])


if __name__ == "__main__":
    main(sys.argv[1])
