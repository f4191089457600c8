"""Importing in the browser: hand the workbook over, look at what would happen, confirm, undo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import FormView, TemplateView, View

from ledgers.access import Verb
from ledgers.importing import batches, counted_batches
from ledgers.importing.forms import AgainForm, ChoiceRefused, UploadForm, posted_options
from ledgers.importing.problems import SheetRejected
from ledgers.models import ImportBatch, Job
from ledgers.models.imports import OPEN
from ledgers.periods import Period
from ledgers.registry import Ledger, ledgers
from ledgers.uploads import MemoryUpload
from ledgers.views import import_tabs
from ledgers.views.base import LedgerView, SignedInMixin

State = ImportBatch.State
PER_PAGE = 25


class ImportUpload(LedgerView, FormView):
    """Step one: the file, as it is."""

    verb = Verb.IMPORT
    template_name = "imports/upload.html"
    form_class = UploadForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.user, "ledger": self.ledger}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheet = self.ledger.sheet
        assert sheet is not None  # noqa: S101  # the registry gives this page to ledgers with a sheet only
        columns = sheet.columns().values()
        recent = ImportBatch.objects.visible_to(self.user).filter(ledger_slug=self.ledger.slug)
        return super().get_context_data(**kwargs) | {
            "required_columns": [column.label for column in columns if column.required],
            "other_columns": [column.label for column in columns if not column.required],
            "recent": recent.defer("preview", "options").select_related("unit", "user")[:5],
            "lists_too": sheet.name_list is not None,
        }

    def form_invalid(self, form: Form) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 413 if form.has_error("file", "too_large") else 422
        return response

    def form_valid(self, form: Form) -> HttpResponse:
        file = form.cleaned_data["file"]
        try:
            if self.ledger.counts_only:
                return redirect(self._count(form, file))
            batch = batches.open_batch(
                ledger=self.ledger,
                file=file,
                file_name=file.name or "",
                unit=form.cleaned_data["unit"],
                user=self.user,
                period=form.cleaned_data.get("period"),
            )
        except SheetRejected as refusal:
            form.add_error("file", str(refusal))
            return self.form_invalid(form)
        assert batch.job is not None  # noqa: S101  # a batch is opened with its job
        return redirect(batch.job)

    def _count(self, form: Form, file: MemoryUpload) -> ImportBatch:
        return counted_batches.open_counted(
            ledger=self.ledger,
            path=file.path,
            unit=form.cleaned_data["unit"],
            user=self.user,
            period=form.cleaned_data["period"],
        )


class ImportList(SignedInMixin, TemplateView):
    verb = Verb.IMPORT
    template_name = "imports/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        known = [ledger.slug for ledger in ledgers if self.user.can(Verb.IMPORT, ledger)]
        found = ImportBatch.objects.visible_to(self.user).filter(ledger_slug__in=known)
        state = self.request.GET.get("state", "")
        if state in State.values:
            found = found.filter(state=state)
        page = Paginator(found.defer("preview", "options").select_related("unit", "user"), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        targets = [ledger for ledger in ledgers if ledger.slug in known and ledger.takes_uploads]
        return super().get_context_data(**kwargs) | {
            "page_obj": page,
            "ledgers": targets,
            "states": State.choices,
            "state": state if state in State.values else "",
        }


class BatchView(SignedInMixin, View):
    """A view of one batch. Out of scope is 404, in scope without the right to import is 403."""

    verb = Verb.IMPORT
    batch: ImportBatch
    ledger: Ledger

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            found = ImportBatch.objects.visible_to(self.user).select_related("unit", "user", "job")
            self.batch = get_object_or_404(found, pk=kwargs["pk"])
            try:
                self.ledger = self.batch.ledger
            except KeyError:
                raise Http404 from None
        return super().dispatch(request, *args, **kwargs)

    def allowed(self, verb: Verb) -> bool:
        return self.user.can(verb, self.ledger)

    def to_job(self) -> HttpResponse:
        """Where the work goes on: the job's page, or the batch's when it is somebody else's job."""
        job = self.batch.job
        return redirect(job if job is not None and job.user_id == self.user.pk else self.batch)

    def already(self) -> HttpResponse:
        """A second click, or another window: show what has become of the batch."""
        self.batch.refresh_from_db()
        messages.info(self.request, f"这次导入的状态已经是“{self.batch.get_state_display()}”，没有重复处理。")
        return redirect(self.batch)


class ImportDetail(BatchView, TemplateView):
    """The preview while it is open, the result afterwards."""

    template_name = "imports/detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.batch.job
        if self.is_running and job is not None and job.user_id == self.user.pk and not job.is_over:
            return redirect(job)
        return self.render_to_response(self.get_context_data(**kwargs))

    @property
    def is_running(self) -> bool:
        return self.batch.state in (State.RECEIVED, State.APPLYING, State.UNDOING)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        batch, preview, counts = self.batch, self.batch.preview, self.batch.counts
        is_open = batch.state in OPEN
        writable = counts.get("created", 0) + counts.get("updated", 0)
        period = preview.get("period") or batch.period
        is_read = batch.state == State.PREVIEWED
        tabs = import_tabs.tabs_of(batch, self.user)
        context = {
            "batch": batch,
            "ledger": self.ledger,
            "preview": preview,
            "counts": counts,
            "undone": counts.get("undone"),
            "period_label": Period.parse(period).label if period else "",
            "counted": import_tabs.counted_table(self.ledger, preview.get("counted")),
            "is_open": is_open,
            "is_running": self.is_running,
            "has_failed_job": self.is_running
            and batch.job is not None
            and batch.job.state == Job.State.FAILED,
            "writable": writable,
            "can_confirm": is_read and not counts.get("wrong"),
            "can_skip": is_read and bool(counts.get("wrong")) and writable > 0 and may_skip(batch),
            "can_mark": batches.can_be_marked(batch),
            "can_undo": batch.state == State.APPLIED,
            "list_url": f"{self.ledger.url('list')}?unit={batch.unit_id}",
            "tabs": tabs,
        }
        return (
            super().get_context_data(**kwargs)
            | context
            | import_tabs.content(batch, self.user, tabs, self.request.GET)
        )


def may_skip(batch: ImportBatch) -> bool:
    """Whether the good rows may be taken alone: a list of which some are left out has not been counted."""
    sheet = batch.ledger.sheet
    return sheet is not None and sheet.rows_stand_alone and batch.preview.get("counted") is None


class ImportConfirm(BatchView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        skip_errors = request.POST.get("skip_errors") == "1"
        if self.batch.counts.get("wrong") and not (skip_errors and may_skip(self.batch)):
            choice = "，或选择“只导入正确的行”" if may_skip(self.batch) else ""
            messages.error(request, f"表里还有错误，请改正后重新上传{choice}。")
            return redirect(self.batch)
        if self.batch.state == State.UNCLEAR:
            messages.error(request, "还没有认出可以导入的工作表，请先指明各列的含义。")
            return redirect(self.batch)
        if batches.confirm(batch=self.batch, user=self.user, skip_errors=skip_errors):
            return self.to_job()
        return self.already()


class ImportMapping(BatchView):
    """Read the workbook again as the user says: other columns, header rows, units of measure, sheets or quarter."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        batch = self.batch
        known = batches.layouts(self.ledger, batch.unit) | batch.options.get("mapping", {})
        try:
            options = posted_options(batch, request.POST, known)
            if self.ledger.counts_only:
                return self._recount(request, options)
        except (ChoiceRefused, SheetRejected) as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{batch.get_absolute_url()}?show=reading")
        if batches.read_again(batch=batch, user=self.user, options=options):
            return self.to_job()
        return self.already()

    def _recount(self, request: HttpRequest, options: dict[str, Any]) -> HttpResponse:
        """The file was not kept: it comes with the form once more."""
        form = AgainForm(request.POST, request.FILES)
        if not form.is_valid():
            raise ChoiceRefused(next(iter(form.errors.values()))[0])
        file, period = form.cleaned_data["file"], form.cleaned_data["period"]
        if counted_batches.recount(batch=self.batch, path=file.path, options=options, period=period):
            return redirect(self.batch)
        return self.already()


class ImportCancel(BatchView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not batches.cancel(self.batch):
            return self.already()
        messages.success(request, "已取消，没有写入任何数据，上传的文件已经删除。")
        return redirect("imports:list")


class ImportUndo(BatchView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if batches.start_undo(batch=self.batch, user=self.user):
            return self.to_job()
        return self.already()
