"""The auditor's pages: changes to ledgers, actions of accounts, and whether the history is what it was; read only."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import TemplateView, View

from ledgers import jobs
from ledgers.access import Verb
from ledgers.exporting import INLINE_ROWS
from ledgers.models import Job
from ledgers.registry import Ledger, ledgers
from ledgers.trail import exporting
from ledgers.trail.jobs import VERIFY, last_verified
from ledgers.trail.sealing import head
from ledgers.trail.searching import (
    ActionSearch,
    ChangeSearch,
    changes_of,
    found_actions,
    found_changes,
    page_of,
)
from ledgers.views.base import SignedInMixin


class AuditView(SignedInMixin):
    verb = Verb.HISTORY
    #: What pages that are turned do not take along.
    place = ("before", "after")

    def search_context(self) -> dict[str, Any]:
        query = self.request.GET.copy()
        for name in self.place:
            query.pop(name, None)
        verified = last_verified()
        return {
            "query_string": query.urlencode(),
            "formats": list(exporting.FORMATS),
            "head": head(),
            "verified": verified,
            "verified_result": verified.result if verified else None,
        }


class ChangeList(AuditView, TemplateView):
    """History rows of one ledger (``?ledger=slug``), newest first."""

    template_name = "audit/changes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ledger = _ledger(self.request)
        # Unbound, a form without a word in it shows no errors; bound, it takes everything as given.
        search = ChangeSearch(self.request.GET)
        page = page_of(found_changes(ledger, search, self.user), self.request.GET)
        return super().get_context_data(**kwargs) | {
            **self.search_context(),
            "active_tab": "changes",
            "ledger": ledger,
            "families": ledgers.families(),
            "search": search,
            "page": page,
            "changes": changes_of(ledger, page.rows),
            "source": ledger.slug,
        }


class ActionList(AuditView, TemplateView):
    template_name = "audit/actions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        search = ActionSearch(self.request.GET)
        return super().get_context_data(**kwargs) | {
            **self.search_context(),
            "active_tab": "actions",
            "search": search,
            "page": page_of(found_actions(search, self.user), self.request.GET),
            "source": "",
        }


class VerifyHistory(AuditView, View):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        running = Job.objects.visible_to(self.user).open().filter(kind=VERIFY).first()
        return redirect(running or jobs.enqueue(VERIFY, user=self.user, unit=self.user.unit, payload={}))


class AuditExport(AuditView, View):
    """What the search finds, in the order shown: at once when it is short, else by a job."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        file_format = kwargs["format"]
        if file_format not in exporting.FORMATS:
            raise Http404
        source = _ledger(request).slug if kwargs["source"] == "changes" else ""
        rows = exporting.found(source, request.GET, self.user)
        if rows.order_by()[: INLINE_ROWS + 1].count() > INLINE_ROWS:
            # Asking for a file changes no record: only a job row is written, so a link may do it.
            payload = {"source": source, "query": request.GET.urlencode(), "format": file_format}
            return redirect(
                jobs.enqueue(exporting.KIND, user=self.user, unit=self.user.unit, payload=payload)
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"audit.{file_format}"
            exporting.write(path, file_format, source, rows)
            content = io.BytesIO(path.read_bytes())
        return _as_file(content, file_format)


class AuditDownload(AuditView, View):
    """The file that an export job wrote, for the user who asked for it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        job = get_object_or_404(
            Job.objects.visible_to(self.user), pk=kwargs["pk"], kind=exporting.KIND, state=Job.State.DONE
        )
        path = exporting.file_path(job)
        if not path.is_file():
            raise Http404
        return _as_file(path.open("rb"), job.payload["format"])


def _ledger(request: HttpRequest) -> Ledger:
    slug = request.GET.get("ledger")
    try:
        return ledgers.get(slug) if slug else ledgers.all()[0]
    except KeyError:
        raise Http404 from None


def _as_file(content: Any, file_format: str) -> FileResponse:
    return FileResponse(
        content,
        as_attachment=True,
        filename=exporting.name_of(file_format),
        content_type=exporting.FORMATS[file_format],
    )
