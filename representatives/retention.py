"""Making former representatives anonymous, in the record and in everything that was ever written about it.

Personal Information Protection Law, Art. 19 and 47: kept no longer than the purpose needs, then erased or made
anonymous. What remains is what figures of past periods are counted from: unit, party, body and level of the posts with
their dates, dates of trainings and proposals.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from ledgers import services
from ledgers.history import CHANGED, DELETED, record_bulk_history
from ledgers.models import ImportBatch
from ledgers.trail.redaction import Redaction, redacting
from representatives.models import Appointment, Proposal, Representative
from representatives.posts import Body, summary

NAME: Final = "已匿名"
REASON: Final = "保存期满匿名化"
_ERASED: Final[dict[str, Any]] = {
    "name": NAME,
    "gender": "",
    "birth_year": None,
    "education": "",
    "employer": "",
    "title": "",
    "office_phone": "",
}
_PROPOSAL: Final = "提案"


def last_day_kept(today: dt.date) -> dt.date:
    """Who held no post after this day is made anonymous on ``today``."""
    months = today.year * 12 + today.month - 1 - settings.REPRESENTATIVE_RETENTION_MONTHS
    year, month = months // 12, months % 12 + 1
    return dt.date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def due(today: dt.date) -> QuerySet[Representative]:
    """Representatives whose last post ended so long ago that they are to be made anonymous.

    A term that has run out and that nobody has prolonged ended with its last day.
    """
    until = last_day_kept(today)
    lasting = Appointment.objects.alias(until=Coalesce("ended_on", "term_ends_on")).filter(
        representative=OuterRef("pk")
    )
    found: QuerySet[Representative] = Representative.objects.filter(
        ~Exists(lasting.filter(until__isnull=True)),
        ~Exists(lasting.filter(until__gt=until)),
        Exists(lasting),
        anonymised_on__isnull=True,
    ).order_by("pk")
    return found


def anonymised_from(representative: Representative) -> dt.date | None:
    """The day on which the record becomes due by what is known now; None while a post is held without end."""
    ends = [
        appointment.ended_on or appointment.term_ends_on for appointment in representative.appointments.all()
    ]
    known = [day for day in ends if day is not None]
    if not known or len(known) < len(ends):
        return None
    last = max(known)
    months = last.year * 12 + last.month - 1 + settings.REPRESENTATIVE_RETENTION_MONTHS
    year, month = months // 12, months % 12 + 1
    return dt.date(year, month, min(last.day, calendar.monthrange(year, month)[1]))


def anonymise_former(today: dt.date | None = None) -> int:
    """Make everybody anonymous who is due, and forget deleted and imported persons of that age; returns how many.

    Safe to run twice and at any time: each person is one transaction, decided again under lock.
    """
    today = today or timezone.localdate()
    count = sum(_anonymise(pk, today) for pk in list(due(today).values_list("pk", flat=True)))
    until = last_day_kept(today)
    count += sum(_forget(pk, today) for pk in list(_deleted_until(until)))
    # What was wrong in a file is kept with its batch, cell by cell.
    ImportBatch.objects.filter(
        ledger_slug__in=("representatives", "trainings", "proposals"), settled_at__date__lte=until
    ).exclude(preview={}).update(preview={})
    return count


@transaction.atomic
def _anonymise(pk: int, today: dt.date) -> bool:
    person = Representative.objects.select_for_update().filter(pk=pk).first()
    # Somebody may have entered a new post since the list was made.
    if person is None or not due(today).filter(pk=pk).exists():
        return False
    ended = list(person.appointments.filter(ended_on__isnull=True))
    for appointment in ended:
        appointment.ended_on = appointment.term_ends_on
    Appointment.objects.bulk_update(ended, ["ended_on"])
    record_bulk_history(ended, kind=CHANGED, user=None, reason=REASON)  # type: ignore[arg-type]
    with redacting(REASON) as redaction:
        _scrub_rows(pk, today, redaction)
        person.refresh_from_db()
        # Through the ordinary service: the version rises, so that a form still open cannot bring the name back.
        services.update_record(instance=person, user=None, expected_version=person.row_version)
        newest = Representative.history.filter(id=pk).latest("history_id")
        redaction.rewrite(
            Representative.history.filter(history_id=newest.history_id), history_change_reason=REASON
        )
    return True


@transaction.atomic
def _forget(pk: int, today: dt.date) -> bool:
    """A deleted person: only the history is left, and with it the name."""
    with redacting(REASON) as redaction:
        _scrub_rows(pk, today, redaction)
    return True


def _deleted_until(until: dt.date) -> QuerySet[Any]:
    """Keys of persons deleted by that day and not restored, whose history still names them."""
    rows: QuerySet[Any] = Representative.history.all()
    gone = (
        rows.values("id")
        .annotate(last=Max("history_id"))
        .filter(
            last__in=rows.filter(history_type=DELETED, history_date__date__lte=until).values("history_id")
        )
    )
    named = rows.filter(id__in=gone.values("id"), anonymised_on__isnull=True)
    return named.order_by("id").values_list("id", flat=True).distinct()


def _scrub_rows(pk: int, today: dt.date, redaction: Redaction) -> None:
    """Overwrite what identifies a person, in the tables and in their history tables alike."""
    for body in Body:
        post = f"{body.label}职务"
        Appointment.objects.filter(representative=pk, body=body).update(post=post)
        redaction.rewrite(Appointment.history.filter(representative_id=pk, body=body), post=post)
    anonymous = {**_ERASED, "posts": _summary(pk), "anonymised_on": today}
    Representative.objects.filter(pk=pk).update(**anonymous)
    redaction.rewrite(Representative.history.filter(id=pk), **anonymous)
    # The titles of proposals are published with the names of those who handed them in.
    untitled = {"title": _PROPOSAL, "department": ""}
    # As above, a form that is still open cannot bring a title back.
    Proposal.objects.filter(representative=pk).update(**untitled, row_version=F("row_version") + 1)
    redaction.rewrite(Proposal.history.filter(representative_id=pk), **untitled)


def _summary(pk: int) -> str:
    appointments = list(Appointment.objects.filter(representative=pk))
    return summary(appointments) or f"原{Body.OTHER.label}"
