"""Writing one record: create, edit, delete. What was typed is never lost."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.generic import TemplateView

from ledgers import services
from ledgers.access import Verb
from ledgers.choosers import RecordField
from ledgers.forms import RecordForm
from ledgers.models import Record
from ledgers.registry import Ledger, ledgers
from ledgers.views.base import LedgerView


class RecordFormView(LedgerView, TemplateView):
    """Shared by create and edit: builds the form with its user, shows it again with all that was typed."""

    template_name = "ledgers/form.html"

    def form(self, instance: Record | None) -> RecordForm:
        data = (self.request.POST, self.request.FILES) if self.request.method == "POST" else ()
        initial = {} if data else self.initial()
        return self.ledger.form(*data, instance=instance, initial=initial, user=self.user)

    def initial(self) -> dict[str, Any]:
        """Values carried in the link, so that 新增诉求 on an enterprise's page already names the enterprise."""
        return {
            name: value for name, value in self.request.GET.items() if name in self.ledger.form.base_fields
        }

    def show(self, form: RecordForm, *, status: int = 200, **extra: Any) -> HttpResponse:
        instance = form.instance if form.instance.pk else None
        context = self.get_context_data(form=form, object=instance, **extra)
        return render(self.request, self.template_name, context, status=status)

    def saved(self, record: Record, sentence: str) -> HttpResponseRedirect:
        messages.success(self.request, sentence)
        if "_addanother" in self.request.POST:
            return redirect(self.ledger.url("create"))
        return redirect(record.get_absolute_url())


class RecordCreate(RecordFormView):
    verb = Verb.ADD

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(None)
        return self.show(form, needed=self.needed(form))

    def needed(self, form: RecordForm) -> list[tuple[Ledger, bool]]:
        """Ledgers whose records have to be named here while there is none yet, and whether the user may add one."""
        named = [field for field in form.fields.values() if isinstance(field, RecordField) and field.required]
        empty = [ledgers.get(field.slug) for field in named if not field.has_any()]
        return [(ledger, self.user.can(Verb.ADD, ledger)) for ledger in empty]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(None)
        try:
            if not form.is_valid():
                # The first click may have taken the number that the second one is refused for.
                services.refuse_repeated(nonce=form.cleaned_data.get("nonce", ""))
                form.renew_nonce()
                return self.show(form, status=422)
            record = form.create()
        except services.AlreadySubmitted as earlier:
            messages.info(request, "这张表单刚才已经保存，没有重复新增。")
            return redirect(earlier.url or self.ledger.url("list"))
        return self.saved(record, f"已新增{self.ledger.label}：{record}")


class RecordEdit(RecordFormView):
    verb = Verb.CHANGE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.form(self.get_object()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(self.get_object())
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            record = form.update()
        except services.EditConflict as conflict:
            form.show_version(conflict.current.row_version)
            return self.show(form, status=409, conflict=conflict.changes, current=conflict.current)
        except services.RecordGone as gone:
            messages.error(request, f"{gone}您可以在“回收站”里恢复它，再重新修改。")
            return redirect(self.ledger.url("deleted"))
        return self.saved(record, f"已保存：{record}")


class RecordDelete(LedgerView, TemplateView):
    verb = Verb.DELETE
    template_name = "ledgers/confirm_delete.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(
            request, self.template_name, self.get_context_data(object=self.get_object(), blockers=[])
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.get_object()
        name = str(record)
        try:
            row = services.delete_record(instance=record, user=self.user)
        except services.StillReferenced as refused:
            context = self.get_context_data(object=record, blockers=refused.blockers)
            return render(request, self.template_name, context, status=409)
        undo = self.ledger.url("restore", history_id=row.history_id)
        # The link opens a page that asks and posts: a GET never changes anything.
        messages.success(
            request,
            format_html('已删除“{}”。<a class="alert-link" href="{}">撤销</a>', name, undo),
            extra_tags="undo",
        )
        return redirect(self.ledger.url("list"))
