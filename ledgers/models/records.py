"""The base of every ledger record: unit scope, a version for the second editor, and a complete history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from ledgers.access import Verb
from ledgers.history import RESTORABLE
from ledgers.middleware import current_request_id
from ledgers.models.units import OrgUnit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from ledgers.models.accounts import User


class HistoryRow(models.Model):
    """What every history row carries beside the record's fields: the import that made it, and the request."""

    batch = models.ForeignKey(
        "ledgers.ImportBatch",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        # History is only ever added to, by code that has the batch at hand; asking the database to look for it again
        # for every row costs an import a tenth of its time.
        db_constraint=False,
        related_name="+",
        verbose_name="导入批次",
    )
    # The default fills the rows that django-simple-history writes by itself, too.
    request_id = models.CharField(
        "请求编号", max_length=36, blank=True, editable=False, default=current_request_id
    )

    class Meta:
        abstract = True


class History(HistoricalRecords):
    """The history of a model, with no index and no constraint that nothing asks for: rows are written far more often
    than they are looked for.

    They are looked for by record, by what the record belongs to, by unit, user and batch. Unique texts, and who made
    the record, are never looked for here, and dates only within one record (``SIMPLE_HISTORY_DATE_INDEX``). What a
    unit has deleted and can restore are few among all the rows: an index of just these costs other writes nothing.
    """

    def __init__(self, *, inherit: bool = False) -> None:
        super().__init__(bases=[HistoryRow], inherit=inherit, user_db_constraint=False)

    def copy_fields(self, model: Any) -> dict[str, Any]:
        fields: dict[str, Any] = super().copy_fields(model)
        for name, field in fields.items():
            if name in ("created_by", "updated_by") or not (field.is_relation or name == model._meta.pk.name):
                field.db_index = False
        return fields

    def get_meta_options(self, model: Any) -> dict[str, Any]:
        options: dict[str, Any] = super().get_meta_options(model)
        if issubclass(model, Record):
            name = f"{model._meta.model_name}_deleted"
            options["indexes"] = [
                models.Index(fields=["unit", "history_id"], condition=RESTORABLE, name=name)
            ]
        return options


class RecordQuerySet(models.QuerySet[Any]):
    def within(self, unit: OrgUnit) -> Self:
        """Records of ``unit`` and of every unit below it."""
        if unit.is_leaf():
            return self.filter(unit=unit)
        # A subquery over the small unit table lets the planner use the (unit, …) index of the record table.
        return self.filter(unit__in=OrgUnit.objects.subtree(unit).order_by().values("pk"))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Records the user may read; fails closed for anonymous, inactive, unit-less or role-less users."""
        if not user.is_authenticated or user.unit is None or not user.can(Verb.VIEW):
            return self.none()
        return self.within(user.unit)


class Record(models.Model):
    """A ledger entry that belongs to one unit.

    ``row_version`` rises with every change; an edit based on an older version is refused (see ``services``).
    """

    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    row_version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("录入时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="录入人",
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="更新人",
        db_index=False,  # the index below begins with it
    )

    history = History(inherit=True)
    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        #: For every record's model to add its own to: what somebody wrote last is on the first page after sign-in.
        indexes = [models.Index(fields=["updated_by", "-updated_at"], name="%(class)s_recent")]

    def get_absolute_url(self) -> str:
        from ledgers.registry import ledgers  # the registry imports models

        return ledgers.for_model(type(self)).page_of(self.pk)

    @classmethod
    def after_bulk_write(cls, records: Iterable[Record]) -> None:
        """What ``save`` and ``delete`` keep up beside the rows themselves, for writes that go past them.

        Imports, undos and demo data call it with the records they have written or removed.
        """
