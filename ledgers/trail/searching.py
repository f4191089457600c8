"""Finding changes and actions among very many: by numbers and indexes, page after page, never counting all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from ledgers.history import CHANGED, KIND_LABELS, FieldChange, changes_between, links
from ledgers.models import Action, OrgUnit, User
from ledgers.registry import Ledger

PAGE_SIZE: Final = 50
#: More than so many are not counted.
COUNTED: Final = 1000
#: Numbers are given out in the order of time, but for transactions that are open at once.
_OUT_OF_ORDER: Final = dt.timedelta(days=1)


class SearchForm(forms.Form):
    """What both searches have in common; every field may be empty, and all of them are in the URL."""

    who = forms.CharField(label="操作人", required=False, max_length=60)
    since = forms.DateField(label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    unit = forms.CharField(label="单位", required=False, max_length=60)
    request = forms.CharField(label="请求编号", required=False, max_length=36)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            shape = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = shape
        self.fields["who"].widget.attrs |= {"placeholder": "姓名或账号", "data-shortcut": "search"}


class ChangeSearch(SearchForm):
    kind = forms.ChoiceField(label="操作", required=False, choices=[("", "全部操作"), *KIND_LABELS.items()])
    record = forms.IntegerField(label="记录编号", required=False, min_value=1)
    batch = forms.IntegerField(label="导入批次", required=False, min_value=1)


class ActionSearch(SearchForm):
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部类别"), *Action.Kind.choices])
    result = forms.ChoiceField(
        label="结果", required=False, choices=[("", "全部结果"), *Action.Result.choices]
    )


@dataclass(frozen=True)
class Slice:
    """One page: newest first. ``older`` and ``newer`` are what the links to the neighbouring pages say."""

    rows: list[Any]
    older: int | None
    newer: int | None
    count: int

    @property
    def count_text(self) -> str:
        return f"{COUNTED:,} 条以上" if self.count > COUNTED else f"{self.count:,} 条"


def found_changes(ledger: Ledger, search: ChangeSearch, user: User) -> QuerySet[Any]:
    """History rows of ``ledger`` in the user's reach; none for a search that is not valid."""
    model: Any = ledger.model
    rows: QuerySet[Any] = model.history.all()
    if not search.is_valid():
        return rows.none()
    wanted = search.cleaned_data
    rows = _in_reach(rows, user, wanted["unit"])
    if wanted["who"]:
        rows = rows.filter(history_user__in=_people(wanted["who"]).values("pk"))
    named = {"kind": "history_type", "record": "id", "batch": "batch_id", "request": "request_id"}
    rows = rows.filter(**{field: wanted[name] for name, field in named.items() if wanted[name]})
    rows = _within(rows, "history_date", wanted["since"], wanted["until"])
    return rows.select_related("history_user", "batch", *links(model)).order_by("-history_id")


def found_actions(search: ActionSearch, user: User) -> QuerySet[Any]:
    """Entries of the log of actions in the user's reach; none for a search that is not valid."""
    rows: QuerySet[Any] = Action.objects.visible_to(user)
    if not search.is_valid():
        return rows.none()
    wanted = search.cleaned_data
    if wanted["unit"]:
        rows = rows.filter(unit__in=_units(wanted["unit"], user))
    if wanted["who"]:
        names = _people(wanted["who"]).values("username")
        rows = rows.filter(Q(account__in=names) | Q(account=wanted["who"]))
    named = {"kind": "kind", "result": "result", "request": "request_id"}
    rows = rows.filter(**{field: wanted[name] for name, field in named.items() if wanted[name]})
    rows = _within(rows, "at", wanted["since"], wanted["until"])
    return rows.select_related("user", "unit").order_by("-pk")


def _people(who: str) -> QuerySet[User]:
    return User.objects.filter(Q(name__icontains=who) | Q(username=who)).order_by()


def _units(text: str, user: User) -> QuerySet[Any]:
    """The units called so, or with that code, with all that is below them, within the user's reach."""
    reach = OrgUnit.objects.visible_to(user)
    named = reach.filter(Q(name__icontains=text) | Q(code=text)).order_by().values_list("path", flat=True)
    below = Q(pk__in=[])
    for path in named[:50]:
        below |= Q(path__startswith=path)
    found: QuerySet[Any] = reach.filter(below).order_by().values("pk")
    return found


def _in_reach(rows: QuerySet[Any], user: User, unit: str) -> QuerySet[Any]:
    if unit:
        return rows.filter(unit__in=_units(unit, user))
    if OrgUnit.objects.all_visible_to(user):
        # Without a condition the newest rows are simply the last ones.
        return rows
    return rows.filter(unit__in=OrgUnit.objects.visible_to(user).order_by().values("pk"))


def _within(rows: QuerySet[Any], field: str, since: dt.date | None, until: dt.date | None) -> QuerySet[Any]:
    """Rows of these days. Their numbers tell about where they are: the table has no index by time, nor needs one."""
    if since is not None:
        start = _begin_of(since)
        rows = rows.filter(**{f"{field}__gte": start})
        rows = rows.filter(pk__gte=_first_since(rows.model, field, start - _OUT_OF_ORDER))
    if until is not None:
        end = _begin_of(until + dt.timedelta(days=1))
        rows = rows.filter(**{f"{field}__lt": end})
        rows = rows.filter(pk__lt=_first_since(rows.model, field, end + _OUT_OF_ORDER))
    return rows


def _begin_of(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _first_since(model: Any, field: str, moment: dt.datetime) -> int:
    """About the lowest number of the rows written since ``moment``: twenty looks into the primary key."""
    rows = model._base_manager.order_by("pk").values_list("pk", field)
    last = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    low, high = 0, (last or 0) + 1
    while low < high:
        middle = (low + high) // 2
        key, at = rows.filter(pk__gte=middle).first() or (high, moment)
        if at >= moment:
            high = middle
        else:
            low = key + 1
    return low


def page_of(rows: QuerySet[Any], asked: Mapping[str, str]) -> Slice:
    """The page before (older than) or after (newer than) a number that the URL has; else the newest."""
    count = rows.order_by()[: COUNTED + 1].count()
    before, after = _number(asked.get("before")), _number(asked.get("after"))
    if after is not None and before is None:
        nearest = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
        newer, page = len(nearest) > PAGE_SIZE, nearest[:PAGE_SIZE][::-1]
        older = True
    else:
        nearest = list((rows if before is None else rows.filter(pk__lt=before))[: PAGE_SIZE + 1])
        older, page = len(nearest) > PAGE_SIZE, nearest[:PAGE_SIZE]
        newer = before is not None
    return Slice(
        rows=page,
        older=page[-1].pk if page and older else None,
        newer=page[0].pk if page and newer else None,
        count=count,
    )


def _number(text: str | None) -> int | None:
    # No database takes more digits for a number.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@dataclass(frozen=True)
class Change:
    """One history row, and what it changed against the row before."""

    row: Any
    changes: list[FieldChange]

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[self.row.history_type]

    @property
    def who(self) -> str:
        return str(self.row.history_user) if self.row.history_user else "系统"

    @property
    def name(self) -> str:
        instance = self.row.instance
        instance.unit = self.row.unit
        return str(instance)


def changes_of(ledger: Ledger, rows: list[Any]) -> list[Change]:
    """Each row with what it changed; two queries, whatever their number."""
    model: Any = ledger.model
    changed = [row.pk for row in rows if row.history_type == CHANGED]
    earlier = model.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    previous = model.history.filter(pk__in=changed).annotate(
        before=Subquery(earlier.order_by("-history_id").values("history_id")[:1])
    )
    before_of = dict(previous.order_by().values_list("pk", "before"))
    before = model.history.select_related(*links(model)).in_bulk(
        [key for key in before_of.values() if key is not None]
    )
    return [
        Change(row, changes_between(before[key], row, model) if (key := before_of.get(row.pk)) else [])
        for row in rows
    ]
