"""The two forms of an import: the upload, and what the user says about a sheet's columns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone

from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.periods import Period, PeriodError
from ledgers.registry import Ledger


class UploadForm(forms.Form):
    file = forms.FileField(
        label="表格文件",
        allow_empty_file=True,  # said more clearly by the gate that looks at the content
        help_text="可以把文件拖到框里。支持 Excel（xlsx、xls）、WPS 表格（et）、ods 和 csv。",
        widget=forms.FileInput(attrs={"class": "dropzone", "accept": ".xlsx,.xls,.et,.ods,.csv"}),
        error_messages={"required": "请选择要导入的表格文件。"},
    )
    unit = forms.ModelChoiceField(
        label="表格属于哪个单位",
        queryset=OrgUnit.objects.none(),
        empty_label=None,
        help_text="表里有“所在村”一列时按每行的村登记；没有时，整张表登记到这个单位。",
    )
    period = forms.ChoiceField(label="表格的期间", required=False, help_text="表里写有期间时，以表里的为准。")

    def __init__(self, *args: Any, user: User, ledger: Ledger, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = user.units().open_on(timezone.localdate())
        choice: Any = self.fields["unit"]
        choice.queryset = units
        choice.label_from_instance = lambda unit: unit.indented_name
        choice.initial = user.unit_id
        if units.count() < 2:
            choice.widget = forms.HiddenInput()
        if ledger.sheet is None or ledger.sheet.period_column() is None:
            del self.fields["period"]
        else:
            periods: Any = self.fields["period"]
            periods.choices = _period_choices()
            periods.initial = str(Period.containing(timezone.localdate(), "quarter").previous)

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
            limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(f"文件超过{limit}MB，请分成几个文件后再交上来。")
        return file

    def clean_period(self) -> Period | None:
        try:
            return Period.parse(self.cleaned_data["period"]) if self.cleaned_data["period"] else None
        except PeriodError as error:
            raise forms.ValidationError(str(error)) from None


def _period_choices() -> list[tuple[str, str]]:
    """The last three years with their halves and quarters, newest first."""
    choices = [("", "请选择")]
    this_year = timezone.localdate().year
    for year in range(this_year, this_year - 3, -1):
        whole = Period(year)
        halves = [Period(year, "half", number) for number in (2, 1)]
        choices += [(str(part), part.label) for part in (*reversed(whole.quarters), *halves, whole)]
    return choices


def posted_mapping(batch: ImportBatch, data: QueryDict) -> tuple[dict[str, dict[str, str]], str]:
    """What the user says about the columns, by layout signature, and what is wrong with it ("" if nothing).

    The page names the select of a column ``column-<sheet>-<column>``, sheets counted as the preview lists them.
    """
    sheet = batch.ledger.sheet
    known = set(sheet.columns()) if sheet is not None else set()
    mapping: dict[str, dict[str, str]] = {}
    for number, shown in enumerate([*batch.preview.get("sheets", []), *batch.preview.get("left_out", [])]):
        said: dict[str, str] = {}
        for column in shown["mapping"]:
            field = data.get(f"column-{number}-{column['index']}")
            if field is None:
                continue
            if field and field not in known:
                return {}, "所选的项目不存在，请重新选择。"
            if field and field in said.values():
                return {}, f"工作表“{shown['name']}”中有两列选了同一个项目，请改正。"
            said[str(column["index"])] = field
        if said:
            mapping[shown["signature"]] = said
    return mapping, ""
