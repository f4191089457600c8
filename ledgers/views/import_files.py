"""The workbooks that an import hands out: the user's own with its wrong cells marked, and a blank one to fill in."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import View

from ledgers.access import Verb
from ledgers.exporting import XLSX
from ledgers.importing import batches
from ledgers.importing.blank import write_blank
from ledgers.models import ImportBatch
from ledgers.models.units import OrgUnitQuerySet
from ledgers.views.base import LedgerView
from ledgers.views.imports import BatchView


class MarkedWorkbook(BatchView):
    """POST has it written in the background, GET is the file. It is for whoever handed the workbook over."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        path = self.batch.marked_path
        if self.batch.state != ImportBatch.State.PREVIEWED or path is None or not path.is_file():
            raise Http404
        name = f"{PurePath(self.batch.file_name).stem}（标出错误）.xlsx"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = batches.ask_for_marked(batch=self.batch, user=self.user)
        return self.already() if job is None else redirect(job)


class BlankWorkbook(LedgerView, View):
    """An empty workbook of the ledger, with the choices that the user has."""

    verb = Verb.IMPORT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        buffer = io.BytesIO()
        write_blank(self.ledger, self._units(), buffer)
        buffer.seek(0)
        name = f"{self.ledger.label}（空白表）.xlsx"
        return FileResponse(buffer, as_attachment=True, filename=name, content_type=XLSX)

    def _units(self) -> OrgUnitQuerySet:
        """What the ledger's own form offers: a return is a village's, a composition a township's."""
        choice: Any = self.ledger.form(user=self.user).fields.get("unit")
        units: OrgUnitQuerySet = self.user.units() if choice is None else choice.queryset
        return units.open_on(timezone.localdate())
