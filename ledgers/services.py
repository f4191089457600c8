"""The named writes of a single record: create, update, delete, restore; each atomic, each with its history row."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from ledgers.history import DELETED, FieldChange, changes_between
from ledgers.models import FormSubmission, Record, User


class EditConflict(Exception):
    """Somebody else changed the record since the form was opened.

    ``current`` is the record as it stands, ``changes`` what differs: mine (new) against theirs (old).
    """

    def __init__(self, current: Record, changes: list[FieldChange]) -> None:
        super().__init__("这条记录在您编辑期间被修改过。")
        self.current = current
        self.changes = changes


class RecordGone(Exception):
    """Somebody else deleted the record in the meantime."""


class StillReferenced(Exception):
    """The record cannot be deleted while others refer to it; ``blockers`` are those records."""

    def __init__(self, blockers: list[models.Model]) -> None:
        super().__init__("还有其他记录引用这条记录，请先处理那些记录。")
        self.blockers = blockers


class AlreadySubmitted(Exception):
    """The form was accepted before; ``url`` is where its result is."""

    def __init__(self, url: str) -> None:
        super().__init__("这张表单已经提交过。")
        self.url = url


def claim_submission(*, nonce: str, user: User) -> FormSubmission:
    """Take the form's nonce, once. Call inside the transaction of the write; raises AlreadySubmitted.

    The unique row makes a second click wait for the first one's commit and then fail here.
    """
    try:
        with transaction.atomic():
            return FormSubmission.objects.create(nonce=nonce, user=user, result_url="")
    except IntegrityError:
        earlier = FormSubmission.objects.get(nonce=nonce)
        raise AlreadySubmitted(earlier.result_url) from None


def refuse_repeated(*, nonce: str) -> None:
    """Raise AlreadySubmitted when a form with this nonce has been accepted."""
    earlier = FormSubmission.objects.filter(nonce=nonce).first() if nonce else None
    if earlier is not None:
        raise AlreadySubmitted(earlier.result_url)


@transaction.atomic
def create_record(*, instance: Record, user: User | None, nonce: str = "") -> Record:
    """Save a new, valid record; raises AlreadySubmitted on a nonce used before."""
    submission = claim_submission(nonce=nonce, user=user) if nonce and user is not None else None
    instance.created_by = instance.updated_by = user
    _sign(instance, user)
    instance.save()
    if submission is not None:
        submission.result_url = instance.get_absolute_url()
        submission.save(update_fields=["result_url"])
    return instance


@transaction.atomic
def update_record(*, instance: Record, user: User | None, expected_version: int) -> Record:
    """Save a changed record if nobody else has since ``expected_version``; raises EditConflict or RecordGone."""
    model = type(instance)
    taken = model._default_manager.filter(pk=instance.pk, row_version=expected_version).update(
        row_version=expected_version + 1
    )
    if not taken:
        current = model._default_manager.filter(pk=instance.pk).first()
        if current is None:
            raise RecordGone("这条记录已被他人删除。")
        raise EditConflict(current, changes_between(current, instance, model))
    instance.row_version = expected_version + 1
    instance.updated_by = user
    _sign(instance, user)
    instance.save()
    return instance


@transaction.atomic
def delete_record(*, instance: Record, user: User | None) -> Any:
    """Delete the record and return the history row it can be restored from; raises StillReferenced."""
    key = instance.pk
    _sign(instance, user)
    try:
        instance.delete()
    except ProtectedError as error:
        raise StillReferenced(list(error.protected_objects)) from error
    return type(instance).history.filter(id=key, history_type=DELETED).latest()


@transaction.atomic
def restore_record(*, history: Any, user: User | None) -> Record:
    """Bring a deleted record back under its old number; raises ValidationError when it no longer fits."""
    instance: Record = history.instance
    if type(instance)._default_manager.filter(pk=instance.pk).exists():
        raise ValidationError("这条记录已经恢复过了。")
    # What it refers to may have gone, and its number or name may have been given to another record since.
    instance.full_clean(exclude=["id"])
    instance.row_version += 1
    instance.updated_by = user
    _sign(instance, user, reason="恢复")
    instance.save(force_insert=True)
    return instance


def _sign(instance: Record, user: User | None, reason: str = "") -> None:
    """Tell django-simple-history whose change the next save or delete is."""
    instance._history_user = user  # type: ignore[attr-defined]
    instance._change_reason = reason or None  # type: ignore[attr-defined]
