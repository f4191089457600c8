"""The list as a file: what the filters show, in the order shown."""

from __future__ import annotations

import io
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from ledgers import jobs
from ledgers.access import Verb
from ledgers.exporting import INLINE_ROWS, XLSX, export_path, file_name, write_workbook
from ledgers.models import Job, RecordQuerySet
from ledgers.registry import ledgers
from ledgers.views.base import SignedInMixin
from ledgers.views.records import FilteredRecords


class RecordExport(FilteredRecords, View):
    verb = Verb.EXPORT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.ledger.sheet is None:
            raise Http404
        queryset: RecordQuerySet = self.filtered().qs
        if queryset.count() > INLINE_ROWS:
            # Asking for a file changes no record: only a job row is written, so a link may do it.
            job = jobs.enqueue(
                "export.build",
                user=self.user,
                unit=self.user.unit,
                payload={"slug": self.ledger.slug, "query": request.GET.urlencode()},
            )
            return redirect(job)
        buffer = io.BytesIO()
        write_workbook(self.ledger, queryset, buffer)
        buffer.seek(0)
        return FileResponse(
            buffer,
            as_attachment=True,
            filename=file_name(self.ledger, timezone.localdate()),
            content_type=XLSX,
        )


class ExportDownload(SignedInMixin, View):
    """The file that an export job wrote, for the user who asked for it."""

    verb = Verb.EXPORT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        job = get_object_or_404(
            Job.objects.visible_to(self.user), pk=kwargs["pk"], kind="export.build", state=Job.State.DONE
        )
        path = export_path(job.pk)
        if not path.is_file():
            raise Http404
        ledger = ledgers.get(job.payload["slug"])
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=file_name(ledger, timezone.localdate(job.created_at)),
            content_type=XLSX,
        )


@jobs.job("export.build", "导出台账")
def build_export(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Write the filtered list again, with the rights the user has now."""
    ledger = ledgers.get(job.payload["slug"])
    if job.user is None or not job.user.can(Verb.EXPORT, ledger):
        raise jobs.JobRefused("您已没有导出权限。")
    model: Any = ledger.model
    scoped = model._default_manager.visible_to(job.user).select_related(*ledger.select_related)
    filterset = ledger.filterset(
        QueryDict(job.payload["query"]),
        queryset=scoped.order_by(*ledger.ordering),
        user=job.user,
        ledger=ledger,
    )
    rows = write_workbook(ledger, filterset.qs, export_path(job.pk), progress=progress)
    # Not where the page goes on to: a page that has sent the browser to a file stays, and would send it again.
    return {"download": reverse("jobs:export", kwargs={"pk": str(job.pk)}), "rows": rows}
