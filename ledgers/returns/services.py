"""The steps of a return: submit, send back, accept, reopen. Each is a compare-and-swap and a history row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ledgers.guards import no_personal_numbers, typed
from ledgers.models import User
from ledgers.returns.models import Return
from ledgers.returns.rules import Finding

State = Return.State
REASON_LENGTH: Final = 300


class StepRefused(Exception):
    """The step cannot be taken as things are; the message is one Chinese sentence."""


class StateConflict(StepRefused):
    """Somebody else has changed or moved the return since the page was opened."""

    def __init__(self) -> None:
        super().__init__("这张报表刚才已被他人处理或修改过，请核对最新内容后再操作。")


class RulesBroken(StepRefused):
    """Numbers that cannot be right; ``findings`` says which."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


class ExplanationMissing(StepRefused):
    """Numbers that are unusual for this unit, and no word about why; ``findings`` says which."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("有数字变动较大，请先在“变动说明”里写明原因再报送。")
        self.findings = findings


@dataclass
class Accepted:
    """The outcome of accepting many: those accepted, and the others each with the reason."""

    done: list[Return] = field(default_factory=list)
    refused: list[tuple[Return | None, str]] = field(default_factory=list)


def _take(
    record: Return, *, since: str, to: str, version: int, user: User | None, reason: str, **changes: Any
) -> Return:
    """Move one return from state to state if it is still the version that the user has seen.

    Raises: StateConflict. Runs in the caller's transaction.
    """
    model: Any = type(record)
    taken = model._default_manager.filter(pk=record.pk, row_version=version, state=since).update(
        row_version=version + 1
    )
    if not taken:
        raise StateConflict
    moved: Return = model._default_manager.select_related("unit").get(pk=record.pk)
    moved.state = to
    for name, value in changes.items():
        setattr(moved, name, value)
    moved.updated_by = user
    moved._history_user = user  # type: ignore[attr-defined]  # read by django-simple-history
    moved._change_reason = reason  # type: ignore[attr-defined]
    moved.save()
    return moved


@transaction.atomic
def submit(*, record: Return, user: User | None, version: int, today: dt.date | None = None) -> Return:
    """Hand the draft in. Raises StateConflict, RulesBroken or ExplanationMissing."""
    broken = record.broken_rules()
    if broken:
        raise RulesBroken(broken)
    unusual = record.remarkable()
    if unusual and not record.explanation.strip():
        raise ExplanationMissing(unusual)
    return _take(
        record,
        since=State.DRAFT,
        to=State.SUBMITTED,
        version=version,
        user=user,
        reason="报送",
        submitted_on=record.submitted_on or today or timezone.localdate(),
        submitted_by=user,
        returned_reason="",
    )


@transaction.atomic
def send_back(*, record: Return, user: User, version: int, reason: str) -> Return:
    """Give a submitted return back to its unit; ``reason`` is shown there. Raises StateConflict or StepRefused."""
    text = _needed(reason)
    return _take(
        record,
        since=State.SUBMITTED,
        to=State.DRAFT,
        version=version,
        user=user,
        reason=f"退回：{text}",
        returned_reason=text,
    )


@transaction.atomic
def accept(*, record: Return, user: User, version: int, today: dt.date | None = None) -> Return:
    """Accept and lock a submitted return. Raises StateConflict or RulesBroken."""
    broken = record.broken_rules()
    if broken:
        raise RulesBroken(broken)
    return _take(
        record,
        since=State.SUBMITTED,
        to=State.ACCEPTED,
        version=version,
        user=user,
        reason="审核通过",
        accepted_on=today or timezone.localdate(),
        accepted_by=user,
    )


@transaction.atomic
def reopen(*, record: Return, user: User, version: int, reason: str) -> Return:
    """Unlock an accepted return for correction; its figures count again once it is submitted again.

    Raises: StateConflict or StepRefused.
    """
    text = _needed(reason)
    return _take(
        record,
        since=State.ACCEPTED,
        to=State.DRAFT,
        version=version,
        user=user,
        reason=f"重新打开：{text}",
        returned_reason=text,
        accepted_on=None,
        accepted_by=None,
    )


def accept_many(*, chosen: Iterable[tuple[Return, int]], user: User) -> Accepted:
    """Accept each of (return, version seen); one that cannot be accepted does not keep the others back."""
    outcome = Accepted()
    for record, version in chosen:
        try:
            outcome.done.append(accept(record=record, user=user, version=version))
        except StepRefused as refused:
            outcome.refused.append((record, str(refused)))
    return outcome


def _needed(reason: str) -> str:
    """The reason, fit to be kept; raises StepRefused."""
    text = typed(reason)
    if not text:
        raise StepRefused("请写明原因，填报单位会看到。")
    if len(text) > REASON_LENGTH:
        raise StepRefused(f"原因太长，请写在{REASON_LENGTH}个字以内。")
    try:
        no_personal_numbers(text)
    except ValidationError as refused:
        raise StepRefused(refused.messages[0]) from None
    return text
