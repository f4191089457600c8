"""The imports of count ledgers: the file is counted within the request, and only totals are kept to be confirmed."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any, Final

from django.views.decorators.debug import sensitive_variables

from ledgers.importing.batches import counts_of, period_of, preview_of, read_file, state_of, why_nothing
from ledgers.importing.plan import Plan
from ledgers.importing.planner import match
from ledgers.importing.problems import SheetRejected
from ledgers.importing.totals import revived, totals_of
from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.models.imports import OPEN
from ledgers.periods import Period
from ledgers.registry import Ledger
from ledgers.returns.deadlines import last_quarter

logger = logging.getLogger(__name__)
#: How long the reader of a count ledger's file may take; its user is waiting.
COUNTING_SECONDS: Final = 20
#: What a count changes in a batch.
COUNTED_FIELDS: Final = ("options", "period", "preview", "counts", "plan_sha256", "problem")


@sensitive_variables()
def open_counted(
    *, ledger: Ledger, path: Path, unit: OrgUnit, user: User, period: Period | None = None
) -> ImportBatch:
    """Count a file for a count ledger now, and keep totals for the user to confirm. ``path`` is a file in memory.

    Raises: SheetRejected, with nothing kept, for a file that nothing can be made of.
    """
    batch = ImportBatch(
        ledger_slug=ledger.slug,
        file_name=unnamed_file(ledger),
        unit=unit,
        period=str(period or ""),
        user=user,
    )
    _count(batch, path)
    batch.save()
    return batch


@sensitive_variables()
def recount(*, batch: ImportBatch, path: Path, options: dict[str, Any], period: Period | None) -> bool:
    """Count the file, handed in again, with what the user says about it; False when the batch is no longer open.

    Raises: SheetRejected, with nothing changed.
    """
    batch.options = {**batch.options, **options}
    batch.period = str(period or "")
    _count(batch, path)
    changes = {name: getattr(batch, name) for name in COUNTED_FIELDS}
    return ImportBatch.objects.all().move(batch, to=batch.state, since=OPEN, **changes)


def unnamed_file(ledger: Ledger) -> str:
    """What a file for a count ledger is called: its own name may be somebody's."""
    return f"{ledger.label}（文件未保存）"


@sensitive_variables()
def _count(batch: ImportBatch, path: Path) -> None:
    """Fill the batch with what is made of the file. Whatever goes wrong, no content of a cell leaves this function."""
    try:
        read = read_file(
            path,
            batch.ledger,
            unit=batch.unit,
            period=period_of(batch),
            fallback=last_quarter(),
            options=batch.options,
            seconds=COUNTING_SECONDS,
        )
        plan = match(revived(totals_of(read), batch.ledger, batch.unit))
    except SheetRejected:
        raise
    except Exception as error:  # its text, and any page or mail about it, may quote a cell
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("counting for %s failed: %s\n%s", batch.ledger_slug, type(error).__name__, frames)
        failed = SheetRejected("清点时出现意外错误，没有保存任何内容，请联系系统管理员。")
    else:
        _fill(batch, plan)
        return
    raise failed


def _fill(batch: ImportBatch, plan: Plan) -> None:
    if not plan.read.sheets and not any(found.header_rows for found, _ in plan.read.left_out):
        raise SheetRejected(why_nothing(plan.read))
    batch.preview = preview_of(plan)
    batch.state, batch.counts = state_of(plan), counts_of(plan)
    batch.plan_sha256 = plan.sha256
    batch.problem = "" if plan.read.sheets else why_nothing(plan.read)[:300]
