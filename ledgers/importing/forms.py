"""The two forms of an import: the upload, and what the user says about how the workbook is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone

from ledgers.importing.layout import Mappings
from ledgers.importing.sheets import Column
from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import Ledger
from ledgers.returns.deadlines import last_quarter, quarters_offered
from ledgers.unit_choices import offer_units


def within_limit(file: UploadedFile) -> None:
    """Raises ValidationError, with code ``too_large``, for a file over the limit."""
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise forms.ValidationError(f"文件超过{limit}MB，请分成几个文件后再交上来。", code="too_large")


def file_field() -> forms.FileField:
    return forms.FileField(
        label="表格文件",
        allow_empty_file=True,  # said more clearly by the gate that looks at the content
        help_text=(
            "可以把文件拖到框里。支持 Excel（xlsx、xls）、WPS 表格（et）、ods 和 csv，"
            f"不超过{settings.UPLOAD_MAX_BYTES >> 20}MB；有几个工作表也可以一起交。"
        ),
        widget=forms.FileInput(attrs={"class": "dropzone", "accept": ".xlsx,.xls,.et,.ods,.csv"}),
        error_messages={"required": "请选择要导入的表格文件。"},
        validators=[within_limit],
    )


class UploadForm(forms.Form):
    file = file_field()
    unit = forms.ModelChoiceField(
        label="表格属于哪个单位",
        queryset=OrgUnit.objects.none(),
        empty_label=None,
        help_text="表里有“所在村”一列时按每行的村登记；没有时，整张表登记到这个单位。",
    )
    period = forms.ChoiceField(
        label="表格的季度",
        required=False,
        help_text="选“按表内”时，取标题等处写明的季度；表里有“季度”一列时，总以那一列为准。",
    )

    def __init__(self, *args: Any, user: User, ledger: Ledger, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = user.units().open_on(timezone.localdate())
        if ledger.sheet is not None and not ledger.sheet.rows_stand_alone:
            # The whole file is one table, of a township.
            units = units.filter(level=OrgUnit.Level.TOWNSHIP)
        choice: Any = self.fields["unit"]
        offer_units(choice, units)
        choice.initial = user.unit_id
        if units.count() < 2:
            choice.widget = forms.HiddenInput()
        if ledger.sheet is None or ledger.sheet.period_column() is None:
            del self.fields["period"]
        else:
            periods: Any = self.fields["period"]
            periods.choices = quarter_choices()

    def clean_period(self) -> Period | None:
        return chosen_quarter(self.cleaned_data["period"])


def chosen_quarter(text: str) -> Period | None:
    """The quarter chosen from ``quarter_choices``; None where the file is to say it."""
    return Period.parse(text) if text else None


def quarter_choices() -> list[tuple[str, str]]:
    last = last_quarter()
    choices = [("", f"按表内；未写则{last.label}")]
    return choices + [(str(quarter), quarter.label) for quarter in quarters_offered()]


class AgainForm(forms.Form):
    """The same file once more, for a count ledger: it was not kept."""

    file = file_field()
    period = forms.ChoiceField(required=False, choices=quarter_choices)

    def clean_period(self) -> Period | None:
        return chosen_quarter(self.cleaned_data["period"])


#: What amounts may be counted in, where the sheet does not say.
MONEY_UNITS: Final = ("元", "万元", "亿元")


class ChoiceRefused(ValueError):
    """What was said about a sheet makes no sense; the message is one Chinese sentence."""


def posted_options(batch: ImportBatch, data: QueryDict, known: Mappings) -> dict[str, Any]:
    """What the user says about the workbook, as ``ImportBatch.options`` keeps it. Raises ChoiceRefused.

    The page names its fields by the place of the sheet on the page and the number of the column: ``column-0-3``,
    ``unit-0-3``, ``header-first-0``, ``header-last-0``, ``take-0``. ``known`` is what has been said before.
    """
    mapping: dict[str, dict[str, str]] = dict(batch.options.get("mapping", {}))
    header_rows: dict[str, list[int]] = dict(batch.options.get("header_rows", {}))
    sheets: dict[str, bool] = dict(batch.options.get("sheets", {}))
    for number, shown in enumerate([*batch.preview.get("sheets", []), *batch.preview.get("left_out", [])]):
        position = str(shown["position"])
        if f"asked-{number}" in data:
            taken = f"take-{number}" in data
            if taken != ("why" not in shown):
                sheets[position] = taken
        header = _posted_header(data, number, shown["name"])
        if header and header != shown["header_rows"][:1] + shown["header_rows"][-1:]:
            # The columns on the page were those of the other header.
            header_rows[position] = header
            continue
        said = _posted_columns(batch, data, number, shown, known.get(shown["signature"], {}))
        if said:
            mapping[shown["signature"]] = said
    return {"mapping": mapping, "header_rows": header_rows, "sheets": sheets}


def _posted_header(data: QueryDict, number: int, name: str) -> list[int]:
    texts = [data.get(f"header-{end}-{number}", "").strip() for end in ("first", "last")]
    if not any(texts):
        return []
    if not all(text.isdecimal() and len(text) < 7 for text in texts):
        raise ChoiceRefused(f"工作表“{name}”的表头行号请填写数字，例如第3行到第4行。")
    first, last = map(int, texts)
    if not 1 <= first <= last or last - first > 3 or last > 50:
        raise ChoiceRefused(f"工作表“{name}”的表头请在前50行里选连续的一至四行。")
    return [first, last]


def _posted_columns(
    batch: ImportBatch, data: QueryDict, number: int, shown: dict[str, Any], before: Mapping[str, str]
) -> dict[str, str]:
    """What each column is said to be, if that is not what the page showed already."""
    said: dict[str, str] = {}
    changed = False
    taken: set[str] = set()
    known = import_columns(batch.ledger)
    for column in shown["mapping"]:
        place = str(column["index"])
        field = data.get(f"column-{number}-{place}")
        if field is None:
            return {}
        unit = data.get(f"unit-{number}-{place}", "")
        if (field and field not in known) or (unit and unit not in MONEY_UNITS):
            raise ChoiceRefused("所选的项目不存在，请重新选择。")
        if field and field in taken:
            raise ChoiceRefused(f"工作表“{shown['name']}”中有两列选了同一个项目，请改正。")
        taken.add(field)
        told = before.get(place, "").partition(":")[2]
        if field and column["money"] and unit and unit != column["money"]:
            told, changed = unit, True
        changed = changed or field != column["field"]
        said[place] = f"{field}:{told}" if field and told else field
    return said if changed else {}


def import_columns(ledger: Ledger) -> dict[str, Column]:
    """Every column that a file for the ledger may have, those of a name list after the others."""
    if ledger.sheet is None:
        return {}
    listed = {} if ledger.sheet.name_list is None else ledger.sheet.name_list.columns()
    return {
        **ledger.sheet.columns(),
        **{name: listed[name] for name in listed if name not in ledger.sheet.columns()},
    }
