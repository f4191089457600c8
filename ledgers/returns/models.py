"""The base of what is reported once a quarter, and of the returns that go through submission and acceptance."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q

from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.models.records import Record
from ledgers.models.units import OrgUnit
from ledgers.periods import Period, PeriodError
from ledgers.returns.chains import renew_chains
from ledgers.returns.deadlines import due_on
from ledgers.returns.rules import Finding, HardRule, SoftRule

#: Quarters that a return is judged against: three years.
HISTORY: Final = 12


def validate_quarter(text: str) -> None:
    try:
        period = Period.parse(text)
    except PeriodError as error:
        raise ValidationError(str(error)) from None
    if period.kind != "quarter":
        raise ValidationError("这是季度报表，期间请写成 2025Q3 这样的季度。")


class QuarterEndField(models.DateField):
    """The last day of the record's quarter; follows ``period`` on every way into the database, bulk writes included."""

    is_derived = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> dt.date:
        day = Period.parse(model_instance.period).last_day  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, day)
        return day


class Quarterly(Record):
    """One record for each unit and quarter, in force until the unit's next one.

    A figure as at a day is that of the latest record whose quarter had ended by then. ``effective_until`` is the day
    on which a later one took over (see ``chains``), so that what is in force is a plain condition.
    """

    #: The level of the units that report.
    level: ClassVar[str] = OrgUnit.Level.VILLAGE
    #: States in which a record counts; None where there are no states.
    counted_states: ClassVar[tuple[str, ...] | None] = None

    period = models.CharField("季度", max_length=6, validators=[validate_quarter])
    period_end = QuarterEndField("季度末")
    effective_until = models.DateField("新数启用日", null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-period_end", "-id"], name="%(class)s_newest"),
            models.Index(fields=["-period_end", "-id"], name="%(class)s_by_quarter"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "period"],
                name="%(class)s_once",
                violation_error_message="这个单位这个季度的报表已经有了，请打开原来的那张修改。",
            ),
            models.CheckConstraint(condition=Q(period__contains="Q"), name="%(class)s_quarter"),
            models.CheckConstraint(
                condition=Q(effective_until__isnull=True) | Q(effective_until__gt=F("period_end")),
                name="%(class)s_superseded_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}{self.quarter.label}"

    @property
    def quarter(self) -> Period:
        return Period.parse(self.period)

    @property
    def counts(self) -> bool:
        """Whether the figures of this record are in use."""
        return True

    def clean(self) -> None:
        """Forms and imports come by here before a new record is written."""
        super().clean()
        if self._state.adding and self.unit_id is not None and self.unit.level != self.level:
            raise ValidationError({"unit": self.level_message()})

    @classmethod
    def level_message(cls) -> str:
        whose = "村（社区）" if cls.level == OrgUnit.Level.VILLAGE else "乡镇（街道）"
        return f"“{cls._meta.verbose_name}”由{whose}填报，请选择{whose}。"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and self.unit.level != self.level:
            raise ValidationError({"unit": self.level_message()})
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._renew()
            self.effective_until = (
                type(self)._default_manager.values_list("effective_until", flat=True).get(pk=self.pk)
            )

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            self._renew()
        return deleted

    def _renew(self) -> None:
        renew_chains(type(self), [self.unit_id])

    @classmethod
    def after_bulk_write(cls, records: Iterable[Record]) -> None:
        renew_chains(cls, {record.unit_id for record in records})

    @classmethod
    def counted(cls) -> Q:
        return Q() if cls.counted_states is None else Q(state__in=cls.counted_states)

    @classmethod
    def in_force(cls, period: Period) -> Q:
        """Condition of a stock: what each unit has reported last by the period's last day."""
        day = period.last_day
        lasting = Q(effective_until__isnull=True) | Q(effective_until__gt=day)
        return cls.counted() & Q(period_end__lte=day) & lasting

    @classmethod
    def reported_for(cls, period: Period) -> Q:
        """Condition of a flow: reported for the quarters within the period."""
        return cls.counted() & Q(period_end__range=period.days)


class Return(Quarterly):
    """A return that a unit submits and the township accepts: draft → submitted → accepted.

    Numbers of a draft count nowhere; an accepted return is locked. The first submission decides whether the return
    came in time, even when it is sent back for correction.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已报送"
        ACCEPTED = "accepted", "已审核"

    counted_states = (State.SUBMITTED, State.ACCEPTED)
    #: The number fields, in the order of the form.
    figures: ClassVar[tuple[str, ...]] = ()
    hard_rules: ClassVar[tuple[HardRule, ...]] = ()
    soft_rules: ClassVar[tuple[SoftRule, ...]] = ()

    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    explanation = models.CharField(
        "变动说明",
        max_length=500,
        blank=True,
        validators=[no_personal_numbers],
        help_text=f"数字与上季度或往年相差较大时说明原因，审核时会看到。{NO_NAMES_HELP}",
    )
    returned_reason = models.CharField(
        "退回原因", max_length=300, blank=True, editable=False, validators=[no_personal_numbers]
    )
    submitted_on = models.DateField("首次报送日期", null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="报送人",
    )
    accepted_on = models.DateField("审核日期", null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="审核人",
    )

    class Meta(Quarterly.Meta):
        abstract = True
        constraints = [
            *Quarterly.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_on__isnull=False),
                name="%(class)s_submitted_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_on__isnull=False),
                name="%(class)s_accepted_on_a_day",
            ),
        ]

    @property
    def counts(self) -> bool:
        return self.state in self.counted_states

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_submitted(self) -> bool:
        return self.state == self.State.SUBMITTED

    @property
    def is_locked(self) -> bool:
        return self.state == self.State.ACCEPTED

    @property
    def due_on(self) -> dt.date:
        return due_on(self.quarter)

    @property
    def is_late(self) -> bool:
        """Whether it was handed in after its due day."""
        return self.submitted_on is not None and self.submitted_on > self.due_on

    @property
    def is_all_zeros(self) -> bool:
        """Reported, and every number is 0: not the same as not reported."""
        return not any(getattr(self, name) for name in self.figures)

    @classmethod
    def histories(cls, records: Sequence[Any]) -> dict[int, list[Any]]:
        """primary key → ``earlier()`` of each of these records, in one query."""
        found: dict[int, list[Any]] = defaultdict(list)
        units = {record.unit_id for record in records}
        for past in cls._default_manager.filter(cls.counted(), unit__in=units).order_by("-period_end"):
            found[past.unit_id].append(past)
        return {
            record.pk: [past for past in found[record.unit_id] if past.period_end < record.period_end][
                :HISTORY
            ]
            for record in records
        }

    def earlier(self) -> list[Any]:
        """The unit's own counted returns before this one, newest first."""
        model = type(self)
        if self.unit_id is None or not self.period:
            return []
        past = model._default_manager.filter(
            model.counted(), unit=self.unit_id, period_end__lt=self.quarter.last_day
        )
        return list(past.order_by("-period_end")[:HISTORY])

    def broken_rules(self) -> list[Finding]:
        return [found for rule in self.hard_rules for found in rule.findings(self)]

    def remarkable(self, earlier: list[Any] | None = None) -> list[Finding]:
        """What asks for an explanation, judged against the unit's own history."""
        history = self.earlier() if earlier is None else earlier
        found: dict[str, Finding] = {}
        for rule in self.soft_rules:
            for finding in rule.findings(self, history):
                # One reason to ask about a number is enough.
                found.setdefault(finding.field, finding)
        return list(found.values())

    def clean(self) -> None:
        super().clean()
        broken = self.broken_rules()
        if broken:
            raise ValidationError({finding.field: finding.message for finding in broken})
