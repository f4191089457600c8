"""What can be wrong with a workbook, each said in one Chinese sentence that tells what to do next.

A problem never repeats the content of a cell: problems end up in logs, task results and error lists, and in the
count ledgers a cell may hold somebody's name. The address says which cell is meant.
"""

from __future__ import annotations


class SheetRejected(Exception):
    """The file or the call is unusable as a whole (exit status 2 on the command line)."""


class PlanChanged(Exception):
    """The records, or the file, are no longer what the preview was made from."""


class CellProblem(ValueError):
    """One cell cannot be taken."""
