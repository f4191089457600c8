"""A ledger's Excel side, declared once: columns, the words offices use for them, and the natural key.

``LedgerSheet`` is a django-import-export ``ModelResource``; its columns are ``Column`` fields with the widgets of
``ledgers.importing.cells``. The attribute's name is the model field's name.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import models
from import_export.fields import Field
from import_export.resources import ModelResource

from ledgers.importing.cells import Cell, PeriodCell, TextCell, UnitCell

if TYPE_CHECKING:
    from ledgers.importing.content import Read
    from ledgers.models import Record

_declared = itertools.count()


class Column(Field):
    """One column: the label of our own exports, and the other words under which offices have it.

    ``required`` columns must be in the sheet and filled in every row.
    """

    widget: Cell

    def __init__(
        self,
        label: str,
        *,
        required: bool = False,
        synonyms: Sequence[str] = (),
        widget: Cell | None = None,
        help: str = "",
    ) -> None:
        super().__init__(column_name=label, widget=widget or TextCell())
        self.label = label
        self.required = required
        self.synonyms = tuple(synonyms)
        self.help = help
        self.position = next(_declared)
        self.name = ""

    def bind(self, name: str, field: models.Field[Any, Any]) -> None:
        self.name = self.attribute = name
        self.widget.bind(field)

    @property
    def words(self) -> tuple[str, ...]:
        """Every wording that means this column, the label first."""
        return (self.label, *self.synonyms)


class UnitColumn(Column):
    """The village or township a row belongs to.

    Sheets without it belong, whole, to the unit they are named for or handed in for.
    """

    WORDS: ClassVar[tuple[str, ...]] = (
        "所在村",
        "所在村（社区）",
        "所在村社区",
        "所属村",
        "所属村（社区）",
        "所属村社区",
        "村（社区）",
        "村社区",
        "村、社区",
        "村居",
        "村（居）",
        "村名",
        "村别",
        "行政村",
        "村",
        "社区",
        "所在单位",
        "所属单位",
        "所在地",
        "填报单位",
    )

    def __init__(
        self,
        label: str = "所在村（社区）",
        *,
        required: bool = False,
        synonyms: Sequence[str] = (),
        widget: Cell | None = None,
        help: str = "",
    ) -> None:
        super().__init__(
            label,
            required=required,
            synonyms=(*synonyms, *self.WORDS),
            widget=widget or UnitCell(),
            help=help,
        )


class LedgerSheet(ModelResource):
    """Base of a ledger's sheet. ``Meta`` names the ``model`` and the ``natural_key``: the fields that tell whether a
    row is a record that is there already.
    """

    fields: dict[str, Any]
    _bound: ClassVar[dict[str, Column]]
    #: A wrong row can be left out without making the others wrong.
    rows_stand_alone: ClassVar[bool] = True
    #: For a count ledger: the columns of the name lists that may be counted instead of its own table. Such a sheet has
    #: a ``count(read, rows)`` that puts the counts into ``read.rows``; nothing else of the list goes further.
    name_list: ClassVar[type[LedgerSheet] | None] = None

    def __init__(self, **kwargs: Any) -> None:
        columns = type(self).columns()
        super().__init__(**kwargs)
        # ModelResource adds a field for every model field; a sheet has the declared columns and no others.
        self.fields = {name: copy.deepcopy(column) for name, column in columns.items()}

    def get_import_order(self) -> list[str]:
        return list(self.fields)

    def get_export_order(self) -> list[str]:
        return list(self.fields)

    @classmethod
    def columns(cls) -> dict[str, Column]:
        """The columns by field name, in the order of their declaration, bound to the model's fields.

        Raises: ImproperlyConfigured for a column or key that the model does not have.
        """
        if "_bound" not in cls.__dict__:
            model = cls._meta.model
            found = [(name, field) for name, field in cls.fields.items() if isinstance(field, Column)]
            bound: dict[str, Column] = {}
            for name, column in sorted(found, key=lambda pair: pair[1].position):
                try:
                    column.bind(name, cls.field(name))
                except FieldDoesNotExist:
                    raise ImproperlyConfigured(
                        f"{cls.__name__}.{name} is no field of {model.__name__}."
                    ) from None
                bound[name] = column
            for name in cls.natural_key():
                try:
                    model._meta.get_field(name)
                except FieldDoesNotExist:
                    raise ImproperlyConfigured(f"{cls.__name__}: natural key {name!r} is no field.") from None
            cls._meta.import_id_fields = list(cls.natural_key())
            cls._bound = bound
        return cls._bound

    @classmethod
    def field(cls, name: str) -> models.Field[Any, Any]:
        """The field that the column ``name`` fills; raises FieldDoesNotExist.

        A sheet whose rows are put together to records (see ``prepare``) has columns that are no field of the model.
        """
        return cls._meta.model._meta.get_field(name)

    @classmethod
    def prepare(cls, read: Read) -> None:
        """Turn what was read into rows with values for the model's fields; by default they are just that."""

    @classmethod
    def beside(cls, found: Record | None) -> dict[str, Any]:
        """Values that an import gives a new record (None) or the one it found, beside what the cells say."""
        return {}

    @classmethod
    def refuse(cls, record: Record) -> str:
        """Why a record may not be changed by an import; "" when it may."""
        return ""

    @classmethod
    def kept_table(cls, record: Record) -> list[tuple[str, list[tuple[str, int | None]]]]:
        """For the preview, where a record is a table: its lines, each a label and (column, number; None if hidden)."""
        return []

    @classmethod
    def notices(cls, records: Sequence[Any]) -> Iterator[tuple[str, str]]:
        """(record, remark) for what is unusual in planned records, but no error."""
        yield from ()

    def export_rows(self, record: Record) -> Iterator[list[Any]]:
        """The rows of an export that stand for a record: the values of all columns, in order."""
        yield [column.export(record) for column in self.get_export_fields()]

    @classmethod
    def model(cls) -> type[models.Model]:
        found: type[models.Model] = cls._meta.model
        return found

    @classmethod
    def natural_key(cls) -> tuple[str, ...]:
        key = tuple(getattr(cls._meta, "natural_key", ()))
        if not key:
            raise ImproperlyConfigured(f"{cls.__name__}.Meta declares no natural_key.")
        return key

    @classmethod
    def unit_column(cls) -> Column | None:
        return next(
            (column for column in cls.columns().values() if isinstance(column.widget, UnitCell)), None
        )

    @classmethod
    def period_column(cls) -> Column | None:
        """The column filled from ``--period`` when the sheet has no such column; None when rows need no period."""
        return next(
            (column for column in cls.columns().values() if isinstance(column.widget, PeriodCell)), None
        )

    @classmethod
    def check(cls, instance: models.Model) -> Iterator[tuple[str, str]]:
        """Problems that lie between the columns of one row, as (field name or "", sentence).

        By default the model's own ``clean``. It runs once for every row, so it must not query.
        """
        if type(instance).clean is models.Model.clean:
            return
        try:
            instance.clean()
        except ValidationError as error:
            yield from _flat(error)


def _flat(error: ValidationError) -> Iterable[tuple[str, str]]:
    if hasattr(error, "error_dict"):
        for name, messages in error.message_dict.items():
            yield ("" if name == NON_FIELD_ERRORS else name), " ".join(messages)
    else:
        yield "", " ".join(error.messages)
