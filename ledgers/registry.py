"""The ledger registry: a ledger is declared once, and every generic part of the product follows from it.

Lists, forms, import, export, permissions, history, navigation, demo data and the contract tests loop over
``ledgers``. Declaring and registering touches no database.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.urls import URLPattern, get_script_prefix, path, reverse

from ledgers.access import Role
from ledgers.overdue import Deadline

if TYPE_CHECKING:
    from django.views.generic import View

    from ledgers.filters import RecordFilter
    from ledgers.forms import RecordForm
    from ledgers.importing.sheets import LedgerSheet
    from ledgers.models import ImportBatch, OrgUnit, Record, User
    from ledgers.tables import RecordTable


@dataclass(frozen=True)
class SampleContext:
    """What ``Ledger.samples`` gets: a seeded source of chance and the units and years to fill."""

    rng: random.Random
    township: OrgUnit
    villages: list[OrgUnit]
    years: list[int]
    today: dt.date
    scale: int = 1


@dataclass(frozen=True)
class Family:
    """The ledgers of one Django app, as the navigation shows them."""

    app_label: str
    label: str
    icon: str
    order: int
    ledgers: tuple[Ledger, ...]


class Ledger:
    """One kind of record, declared by class attributes.

    ``writers`` are the roles that may add, change, delete and import; reading follows the role table alone.
    ``samples`` yields unsaved, valid and fictional instances, in an order in which they can be saved.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    model: ClassVar[type[Record]]
    description: ClassVar[str] = ""
    icon: ClassVar[str] = "document-text"
    order: ClassVar[int] = 100
    form: ClassVar[type[RecordForm]]
    filterset: ClassVar[type[RecordFilter]]
    table: ClassVar[type[RecordTable]]
    sheet: ClassVar[type[LedgerSheet] | None] = None
    samples: ClassVar[Callable[[SampleContext], Iterable[Record]]]
    search_fields: ClassVar[tuple[str, ...]] = ()
    #: The date a record happened on; lists are ordered by it, newest first, and can be narrowed to a period.
    date_field: ClassVar[str | None] = None
    #: Foreign keys that a list row shows, fetched in the same query.
    select_related: ClassVar[tuple[str, ...]] = ("unit",)
    #: The records are counts of people, and what is imported may be a name list. The file is then read in memory while
    #: its user waits, and nothing of it is kept but totals; of other ledgers it is kept until the import is settled.
    counts_only: ClassVar[bool] = False
    writers: ClassVar[frozenset[str]] = frozenset({Role.CLERK, Role.OFFICER})
    #: When a record has to be settled; dashboards and the list's filter tell which are late.
    deadline: ClassVar[Deadline | None] = None
    #: Related names of rows that belong to a record and are written with it only, such as a person's appointments.
    #: Such a model has a history of its own with HistoryRow. Undoing an import takes them back with their record.
    parts: ClassVar[tuple[str, ...]] = ()
    #: Dotted paths, so that declaring a ledger does not import the views.
    list_view: ClassVar[str] = "ledgers.views.records.RecordList"
    detail_view: ClassVar[str] = "ledgers.views.records.RecordDetail"
    create_view: ClassVar[str] = "ledgers.views.edit.RecordCreate"
    edit_view: ClassVar[str] = "ledgers.views.edit.RecordEdit"
    delete_view: ClassVar[str] = "ledgers.views.edit.RecordDelete"
    history_view: ClassVar[str] = "ledgers.views.history.RecordHistory"
    deleted_view: ClassVar[str] = "ledgers.views.history.DeletedRecords"
    restore_view: ClassVar[str] = "ledgers.views.history.RecordRestore"
    export_view: ClassVar[str] = "ledgers.views.export.RecordExport"
    import_view: ClassVar[str] = "ledgers.views.imports.ImportUpload"
    blank_view: ClassVar[str] = "ledgers.views.import_files.BlankWorkbook"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared = cls.__dict__.get("samples")
        if callable(declared):
            # A plain function as a class attribute would be called with the ledger as its first argument.
            cls.samples = staticmethod(declared)

    def url(self, name: str, **kwargs: Any) -> str:
        return reverse(f"{self.slug}:{name}", kwargs=kwargs or None)

    def page_of(self, key: int) -> str:
        """The URL of one record (see ``urls``): a list has one in each line, and to look each up takes its time."""
        return f"{_list_url(self.slug, get_script_prefix())}{key}/"

    @property
    def app_label(self) -> str:
        return self.model._meta.app_label

    @property
    def ordering(self) -> tuple[str, ...]:
        """Newest first; the primary key makes the order total, so that pages never overlap."""
        return (f"-{self.date_field}", "-pk") if self.date_field else ("-pk",)

    def matching(self, text: str) -> Q:
        """Condition of a search: each of the first five words stands in one of the search fields."""
        condition = Q()
        for word in text.split()[:5]:
            # To fold the case of every row costs three times the search itself; Chinese and digits have none.
            lookup = "contains" if word.lower() == word.upper() else "icontains"
            found = (Q(**{f"{field}__{lookup}": word}) for field in self.search_fields)
            condition &= reduce(or_, found, Q(pk__in=[]))
        return condition

    def urls(self) -> list[URLPattern]:
        """The URL patterns below ``/ledgers/<slug>/``, in the namespace ``slug``."""
        from django.utils.module_loading import import_string

        def view(dotted: str) -> Any:
            view_class: type[View] = import_string(dotted)
            return view_class.as_view(ledger=self)

        patterns = [
            path("", view(self.list_view), name="list"),
            path("new/", view(self.create_view), name="create"),
            path("export/", view(self.export_view), name="export"),
            path("deleted/", view(self.deleted_view), name="deleted"),
            path("deleted/<int:history_id>/restore/", view(self.restore_view), name="restore"),
            path("<int:pk>/", view(self.detail_view), name="detail"),
            path("<int:pk>/edit/", view(self.edit_view), name="edit"),
            path("<int:pk>/delete/", view(self.delete_view), name="delete"),
            path("<int:pk>/history/", view(self.history_view), name="history"),
            *self.extra_urls(),
        ]
        if self.sheet is not None:
            patterns.append(path("blank/", view(self.blank_view), name="blank"))
        if self.takes_uploads:
            patterns.append(path("import/", view(self.import_view), name="import"))
        return patterns

    def write_parts(
        self, records: Sequence[Any], *, user: User | None, batch: ImportBatch | None = None
    ) -> None:
        """Write the ``parts`` of records that have just been written in bulk, with a history row for each.

        An import (``batch``) and the demo data come by here, in the transaction that wrote the records.
        """

    @property
    def takes_uploads(self) -> bool:
        """Whether workbooks can be handed over in the browser."""
        return self.sheet is not None

    def extra_urls(self) -> list[URLPattern]:
        """More patterns of this ledger alone, for instance its photographs."""
        return []


L = TypeVar("L", bound=type[Ledger])


@lru_cache
def _list_url(slug: str, script_prefix: str) -> str:
    """As ``reverse`` gives it below this prefix, which it reads from the thread."""
    return reverse(f"{slug}:list")


class LedgerRegistry:
    def __init__(self) -> None:
        self._by_slug: dict[str, Ledger] = {}
        self._by_model: dict[type[Record], Ledger] = {}

    def register(self, ledger_class: L) -> L:
        """Class decorator; raises ImproperlyConfigured when the slug or the model is taken."""
        ledger = ledger_class()
        if ledger.slug in self._by_slug:
            raise ImproperlyConfigured(f"Ledger slug {ledger.slug!r} is registered twice.")
        if ledger.model in self._by_model:
            raise ImproperlyConfigured(f"{ledger.model.__name__} already has a ledger.")
        for attribute in ("label", "form", "filterset", "table", "samples"):
            if not hasattr(ledger, attribute):
                raise ImproperlyConfigured(f"Ledger {ledger.slug!r} declares no {attribute}.")
        self._by_slug[ledger.slug] = ledger
        self._by_model[ledger.model] = ledger
        return ledger_class

    def get(self, slug: str) -> Ledger:
        """The ledger of ``slug``; raises KeyError."""
        return self._by_slug[slug]

    def for_model(self, model: type[Record]) -> Ledger:
        """The ledger whose records are ``model``; raises KeyError."""
        return self._by_model[model]

    def has_model(self, model: Any) -> bool:
        return model in self._by_model

    def all(self) -> list[Ledger]:
        return [ledger for family in self.families() for ledger in family.ledgers]

    def __iter__(self) -> Iterator[Ledger]:
        return iter(self.all())

    def families(self) -> list[Family]:
        """Families by their app's ``family_order``, ledgers within by their ``order``."""
        grouped: dict[str, list[Ledger]] = {}
        for ledger in self._by_slug.values():
            grouped.setdefault(ledger.app_label, []).append(ledger)
        families = []
        for app_label, members in grouped.items():
            config = apps.get_app_config(app_label)
            families.append(
                Family(
                    app_label=app_label,
                    label=getattr(config, "family_label", str(config.verbose_name)),
                    icon=getattr(config, "family_icon", "folder"),
                    order=getattr(config, "family_order", 100),
                    ledgers=tuple(sorted(members, key=lambda ledger: (ledger.order, ledger.slug))),
                )
            )
        return sorted(families, key=lambda family: (family.order, family.app_label))


ledgers = LedgerRegistry()
