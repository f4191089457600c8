"""Writing representatives together with their appointments: never one without the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ledgers import services
from ledgers.history import CHANGED, CREATED, DELETED, record_bulk_history
from ledgers.models import ImportBatch, User
from representatives.models import NO_POST, Appointment, Representative
from representatives.posts import Body, body_of, level_of, split_posts, summary


class NoPublicPost(ValidationError):
    """A representative without a public post: such a person is not recorded."""

    def __init__(self) -> None:
        super().__init__(NO_POST, code="no_post")


class Anonymised(ValidationError):
    """The record has been made anonymous and is not edited any more."""

    def __init__(self) -> None:
        super().__init__("这条记录已经匿名化，只用于统计，不能再修改。", code="anonymised")


@transaction.atomic
def create_representative(
    *, instance: Representative, appointments: Sequence[Appointment], user: User | None, nonce: str = ""
) -> Representative:
    """Save a new representative with the posts held; raises NoPublicPost, AlreadySubmitted."""
    _summarise(instance, appointments)
    services.create_record(instance=instance, user=user, nonce=nonce)
    for appointment in appointments:
        _save(appointment, instance, user)
    return instance


@transaction.atomic
def update_representative(
    *,
    instance: Representative,
    appointments: Sequence[Appointment],
    user: User | None,
    expected_version: int,
) -> Representative:
    """Save a changed representative with ``appointments`` as the whole of the posts; others are removed.

    Raises: NoPublicPost, Anonymised, and EditConflict or RecordGone, in which case nothing is written.
    """
    if instance.anonymised_on is not None:
        raise Anonymised
    _summarise(instance, appointments)
    before = {appointment.pk: appointment for appointment in instance.appointments.all()}
    kept = {appointment.pk for appointment in appointments}
    # The record's own history row comes last, so that it tells what holds for the posts, too.
    for key, appointment in before.items():
        if key not in kept:
            appointment._history_user = user  # type: ignore[attr-defined]
            appointment.delete()
    for appointment in appointments:
        if appointment.pk not in before or _values(appointment) != _values(before[appointment.pk]):
            _save(appointment, instance, user)
    services.update_record(instance=instance, user=user, expected_version=expected_version)
    return instance


def _summarise(instance: Representative, appointments: Iterable[Appointment]) -> None:
    instance.posts = summary(appointments)
    if not instance.posts:
        raise NoPublicPost


def _save(appointment: Appointment, owner: Representative, user: User | None) -> None:
    appointment.representative = owner
    appointment._history_user = user  # type: ignore[attr-defined]
    appointment.save()


def _values(appointment: Appointment) -> tuple[Any, ...]:
    return tuple(
        getattr(appointment, field.attname)
        for field in Appointment._meta.concrete_fields
        if field.name not in ("id", "representative")
    )


def write_appointments(
    records: Sequence[Representative], *, user: User | None, batch: ImportBatch | None = None
) -> None:
    """Bring the appointments of records written in bulk into line with their ``posts``.

    A post that is new gets an appointment by its wording. A post that is no longer named, or now with 原, has ended;
    the file does not say when, so it ends today.
    """
    today = timezone.localdate()
    held: dict[int, list[Appointment]] = defaultdict(list)
    for appointment in Appointment.objects.filter(representative__in=[record.pk for record in records]):
        held[appointment.representative_id].append(appointment)
    added: list[Appointment] = []
    ended: list[Appointment] = []
    for record in records:
        before = held[record.pk]
        if not before and record.planned:
            for appointment in record.planned:
                appointment.representative = record
                added.append(appointment)
            continue
        wanted = {post.text for post in split_posts(record.posts) if not post.former}
        for appointment in before:
            if appointment.ended_on is None and appointment.post not in wanted:
                appointment.ended_on = max(today, appointment.started_on or today)
                ended.append(appointment)
        wanted -= {appointment.post for appointment in before if appointment.ended_on is None}
        added += [appointment_for(text, record) for text in sorted(wanted)]
    Appointment.objects.bulk_create(added, batch_size=1000)
    record_bulk_history(added, kind=CREATED, user=user, batch=batch)  # type: ignore[arg-type]
    Appointment.objects.bulk_update(ended, ["ended_on"], batch_size=1000)
    record_bulk_history(ended, kind=CHANGED, user=user, batch=batch)  # type: ignore[arg-type]


def appointment_for(text: str, owner: Representative) -> Appointment:
    return Appointment(
        representative=owner, post=text, body=body_of(text) or Body.OTHER, level=level_of(text)
    )


@transaction.atomic
def restore_appointments(*, representative: Representative, user: User | None) -> int:
    """Bring back the posts that went together with a deleted representative; returns how many.

    Raises: NoPublicPost when there are none, so that the caller's transaction takes the representative back.
    """
    kept_until = (
        Representative.history.filter(id=representative.pk)
        .exclude(history_type=DELETED)
        .exclude(history_change_reason="恢复")
        .latest("history_id")
        .history_date
    )
    rows = Appointment.history.filter(representative_id=representative.pk).order_by("history_id")
    newest = {row.id: row for row in rows}
    back = [
        row.instance
        for row in newest.values()
        # A post that was taken out by an edit had gone before the representative's newest row was written.
        if row.history_type == DELETED and row.history_date >= kept_until
    ]
    if not back:
        raise NoPublicPost
    for appointment in back:
        appointment._history_user = user
        appointment._change_reason = "恢复"
        appointment.save(force_insert=True)
    return len(back)
