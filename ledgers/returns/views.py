"""Pages of returns: the list and record with their state, the steps, the board, and the township's review page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.generic import TemplateView, View

from ledgers import unsaved
from ledgers.access import Verb
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.returns import services
from ledgers.returns.affected import reports_affected
from ledgers.returns.board import build_board
from ledgers.returns.composition import Composition
from ledgers.returns.deadlines import last_quarter
from ledgers.returns.forms import SUBMIT
from ledgers.returns.ledger import ReturnLedger
from ledgers.returns.models import Return
from ledgers.returns.rules import label
from ledgers.views.base import LedgerView
from ledgers.views.edit import RecordCreate, RecordDelete, RecordEdit
from ledgers.views.records import RecordDetail, RecordList

LOCKED = "这张报表已审核锁定，不能修改；确需更正的，请由统战干事写明原因重新打开。"
SUBMITTED = "这张报表已报送，正在等待审核，不能修改；要改请联系乡镇统战干事退回。"


def why_closed(record: Return) -> str:
    """Why a return cannot be changed, "" while it is a draft."""
    return "" if record.is_draft else LOCKED if record.is_locked else SUBMITTED


#: What the head of a return's page tells in a sentence.
STATE_FIELDS = ("state", "returned_reason", "submitted_on", "submitted_by", "accepted_on", "accepted_by")

Sections = list[tuple[str, list[tuple[str, str]]]]


def without(sections: Sections, record: Any, names: set[str]) -> Sections:
    """The sections of a record's page without these fields; the quarter in words."""
    left_out = {label(record, name) for name in names}
    quarter = label(record, "period")
    return [
        (title, rows)
        for title, found in sections
        if (
            rows := [
                (name, record.quarter.label if name == quarter else value)
                for name, value in found
                if name not in left_out
            ]
        )
    ]


class ReturnPages(LedgerView):
    ledger: ReturnLedger

    @property
    def may_review(self) -> bool:
        return self.allowed(Verb.CHANGE) and self.user.role in self.ledger.reviewers

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"may_review": self.may_review}


class ReturnList(ReturnPages, RecordList):
    template_name = "returns/list.html"


class ReturnDetail(ReturnPages, RecordDetail):
    template_name = "returns/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        record: Any = context["object"]
        earlier = record.earlier()
        before = earlier[0] if earlier else None
        open_for_change = record.is_draft
        return context | {
            "can_change": context["can_change"] and open_for_change,
            "can_delete": context["can_delete"] and open_for_change,
            "can_submit": context["can_change"] and open_for_change,
            "before": before,
            "figures": [self.figure(record, before, name) for name in self.shown(record)],
            "findings": record.remarkable(earlier),
            "is_reporter": context["can_change"] and not context["may_review"],
            "others_waiting": self.others_waiting(record) if context["may_review"] else 0,
        }

    def others_waiting(self, record: Return) -> int:
        return self.get_queryset().filter(state=Return.State.SUBMITTED).exclude(pk=record.pk).count()

    @staticmethod
    def shown(record: Return) -> list[str]:
        derived = [
            field.name
            for field in record._meta.concrete_fields
            if getattr(field, "is_derived", False) and getattr(field, "of", ())
        ]
        return [*record.figures, *derived]

    @staticmethod
    def figure(record: Return, before: Return | None, name: str) -> tuple[str, Any, Any, str]:
        """(label, now, before, change in words)"""
        now, past = getattr(record, name), getattr(before, name, None)
        change = ""
        if now is not None and past is not None:
            difference = now - past
            rate = f"（{difference * 100 / past:+.1f}%）" if past and difference else ""
            change = f"{difference:+d}{rate}" if difference else "持平"
        return label(record, name), now, past, change

    def sections(self, record: Any) -> Sections:
        """The numbers have a table of their own, and the state stands at the head of the page."""
        return without(super().sections(record), record, {*record.figures, *STATE_FIELDS})


class SavesReturn:
    """After a save with 保存并报送, the return is handed in as well."""

    request: HttpRequest
    user: Any

    def saved(self, record: Record, sentence: str) -> HttpResponseRedirect:
        if SUBMIT not in self.request.POST:
            return super().saved(record, f"{sentence}（草稿，还没有报送）")  # type: ignore[misc]
        assert isinstance(record, Return)  # noqa: S101  # the ledger's model
        try:
            services.submit(record=record, user=self.user, version=record.row_version)
        except services.StepRefused as refused:
            messages.error(self.request, f"已保存为草稿，但没有报送：{refused}")
        else:
            messages.success(self.request, f"已报送：{record}，等待乡镇审核。")
        return redirect(record.get_absolute_url())


class ReturnCreate(SavesReturn, RecordCreate):
    template_name = "returns/form.html"


class ReturnEdit(SavesReturn, RecordEdit):
    template_name = "returns/form.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record: Any = self.get_object()
        return super().get(request, *args, **kwargs) if record.is_draft else self.closed(record, status=200)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record: Any = self.get_object()
        return super().post(request, *args, **kwargs) if record.is_draft else self.closed(record, status=409)

    def closed(self, record: Return, *, status: int) -> HttpResponse:
        context = self.get_context_data(object=record, why=why_closed(record))
        return render(self.request, "returns/locked.html", context, status=status)


class ReturnDelete(RecordDelete):
    """Only a draft can be deleted: what has been handed in is sent back first."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record: Any = self.get_object()
        return super().get(request, *args, **kwargs) if record.is_draft else self.closed(record, status=200)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            model: Any = self.ledger.model
            # Held until the deletion, so that nobody accepts it in between.
            record = model._default_manager.select_for_update().get(pk=self.get_object().pk)
            if record.is_draft:
                return super().post(request, *args, **kwargs)
        return self.closed(record, status=409)

    def closed(self, record: Return, *, status: int) -> HttpResponse:
        context = self.get_context_data(object=record, why=why_closed(record))
        return render(self.request, "returns/locked.html", context, status=status)


class Step(ReturnPages, View):
    """One step of a return, from a button on its page that says which version the user has seen."""

    verb = Verb.CHANGE
    http_method_names = ["post", "options"]
    #: Whether the step belongs to those who review.
    reviews: ClassVar[bool] = True
    done: ClassVar[str] = ""

    def allowed(self, verb: Verb) -> bool:
        if not super().allowed(verb):
            return False
        return verb != self.verb or not self.reviews or self.user.role in self.ledger.reviewers

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record: Any = self.get_object()
        try:
            self.take(record, version_of(request))
        except services.ExplanationMissing as refused:
            messages.error(request, str(refused))
            return redirect(self.ledger.url("edit", pk=record.pk))
        except services.StepRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{self.done}：{record}")
        return redirect(record.get_absolute_url())

    def take(self, record: Return, version: int) -> None:
        raise NotImplementedError


def version_of(request: HttpRequest) -> int:
    """The version the user's page was made of; 0, which none is, where it does not say."""
    text = request.POST.get("row_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class Submit(Step):
    reviews = False
    done = "已报送，等待乡镇审核"

    def take(self, record: Return, version: int) -> None:
        services.submit(record=record, user=self.user, version=version)


class Accept(Step):
    done = "已审核通过并锁定"

    def take(self, record: Return, version: int) -> None:
        services.accept(record=record, user=self.user, version=version)


class SendBack(Step):
    done = "已退回填报单位修改"

    def take(self, record: Return, version: int) -> None:
        reason = self.request.POST.get("reason", "")
        services.send_back(record=record, user=self.user, version=version, reason=reason)


class Reopen(Step, TemplateView):
    """Asks first: a page with the final reports that print figures of this return."""

    http_method_names = ["get", "post", "head", "options"]
    template_name = "returns/reopen.html"
    done = "已重新打开，改好后请再次报送"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        record: Any = self.get_object()
        return super().get_context_data(**kwargs) | {
            "object": record,
            "reports": reports_affected(record.unit, record.quarter),
        }

    def take(self, record: Return, version: int) -> None:
        reason = self.request.POST.get("reason", "")
        services.reopen(record=record, user=self.user, version=version, reason=reason)


class Board(ReturnPages, TemplateView):
    """Village × quarter, four quarters of a year at a time."""

    template_name = "returns/board.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        latest = last_quarter(today)
        asked = self.request.GET.get("year", "")
        year = int(asked) if asked.isdecimal() and 2000 <= int(asked) <= 2999 else latest.year
        units: list[OrgUnit] = list(self.user.units())
        board = build_board(self.ledger, units, Period(year).quarters, user=self.user, today=today)
        return super().get_context_data(**kwargs) | {
            "board": board,
            "year": year,
            "years": [*range(today.year, latest.year - 4, -1)],
            "coverage": [each for each in board.coverage if each.expected],
        }


class Review(ReturnPages, TemplateView):
    """All returns that wait for acceptance, to be accepted many at once."""

    template_name = "returns/review.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = (
            self.get_queryset().filter(state=Return.State.SUBMITTED).order_by("period_end", "unit__path")
        )
        shown = list(waiting[:500])
        histories = self.ledger.model.histories(shown)
        rows = [self.row(record, histories[record.pk]) for record in shown]
        labels = [label(self.ledger.model, name) for name in self.columns()]
        return super().get_context_data(**kwargs) | {"rows": rows, "labels": labels}

    def columns(self) -> list[str]:
        return ReturnDetail.shown(self.ledger.model())

    def row(self, record: Any, earlier: list[Any]) -> dict[str, Any]:
        before = earlier[0] if earlier else None
        findings = record.remarkable(earlier)
        value = f"{record.pk}:{record.row_version}"
        if unsaved.is_shown_again(self.request):
            is_chosen = value in self.request.POST.getlist("chosen")
        else:
            is_chosen = not findings and not record.is_all_zeros
        return {
            "record": record,
            "value": value,
            "is_chosen": is_chosen,
            "cells": [
                (getattr(record, name), getattr(before, name, None) if before else None)
                for name in self.columns()
            ],
            "findings": findings,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.may_review:
            raise PermissionDenied
        versions = {
            int(pk): int(version)
            for pk, _, version in (text.partition(":") for text in request.POST.getlist("chosen"))
            if pk.isdecimal() and version.isdecimal() and len(pk) < 18 and len(version) < 10
        }
        records = list(self.get_queryset().filter(pk__in=versions))
        if len(records) != len(versions):
            raise Http404
        outcome = services.accept_many(
            chosen=[(record, versions[record.pk]) for record in records], user=self.user
        )
        if not versions:
            messages.info(request, "请先勾选要审核通过的报表。")
        if outcome.done:
            messages.success(request, f"已审核通过{len(outcome.done)}张报表。")
        for refused, why in outcome.refused:
            messages.error(request, f"{refused}没有审核通过：{why}")
        return redirect(self.ledger.url("review"))


class CompositionList(RecordList):
    pass


class CompositionDetail(RecordDetail):
    template_name = "returns/composition_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        record: Any = context["object"]
        assert isinstance(record, Composition)  # noqa: S101  # the ledger's model
        columns = [label(record, name) for name in record.columns]
        return context | {
            "lines": record.shown(),
            "columns": columns,
            "totals": record.totals(),
            "total_persons": record.persons_of(record.totals()),
            "with_sum": record.parts_of(record.totals()) == record.totals(),
            "problems": list(record.problems()),
        }

    def sections(self, record: Any) -> Sections:
        """The table stands on its own."""
        return without(super().sections(record), record, {"lines", "group_count", *record.columns})


class CompositionCreate(RecordCreate):
    template_name = "returns/form.html"


class CompositionEdit(RecordEdit):
    template_name = "returns/form.html"
