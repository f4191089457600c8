"""Forms of the representatives: the person with the posts on one page, and what the person did."""

from __future__ import annotations

from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML
from django import forms
from django.db.models import Q
from django.utils import timezone

from ledgers.choosers import RecordField
from ledgers.forms import DateInput, RecordForm
from representatives import services
from representatives.models import NO_POST, Appointment, Proposal, Representative, Training

CHOOSE = "请选择"


class AppointmentForm(forms.ModelForm):
    class Meta:
        model = Appointment
        fields = ["body", "post", "level", "started_on", "term_ends_on", "ended_on"]
        widgets = {"started_on": DateInput(), "term_ends_on": DateInput(), "ended_on": DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("body", "level"):
            field: Any = self.fields[name]
            # A screen reader reads Django's row of dashes aloud.
            field.choices = [(key, CHOOSE if key == "" else label) for key, label in field.choices]

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name, noun in (("started_on", "任职日期"), ("ended_on", "卸任日期")):
            day = self.cleaned_data.get(name)
            if day and day > timezone.localdate():
                self.add_error(name, f"{noun}不能晚于今天，请核对年份和月份。")
        return self.cleaned_data


class AppointmentRows(forms.BaseInlineFormSet):
    """The posts of one representative: those there are, and blank rows for more. Works without JavaScript."""

    default_error_messages = {
        "missing_management_form": "任职部分没有完整提交，请重新打开页面填写。",
        "too_many_forms": "一次最多填写%d项任职，请分次保存。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extra = 2 if self.instance.pk else 3

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "删除这一行"

    def kept(self) -> list[Appointment]:
        """The posts that remain when the valid form is saved, in the order of the rows."""
        return [
            form.instance
            for form in self.forms
            if (form.instance.pk or form.has_changed()) and not form.cleaned_data.get("DELETE")
        ]


AppointmentFormSet = forms.inlineformset_factory(
    Representative,
    Appointment,
    form=AppointmentForm,
    formset=AppointmentRows,
    extra=0,
    max_num=20,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)


class RepresentativeForm(RecordForm):
    sections = [
        ("基本情况", ("name", "gender", "birth_year", "education", "party", "unit")),
        ("工作", ("employer", "title", "office_phone")),
    ]

    class Meta:
        model = Representative
        fields = [
            "name",
            "gender",
            "birth_year",
            "education",
            "party",
            "unit",
            "employer",
            "title",
            "office_phone",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = AppointmentFormSet(
            self.data if self.is_bound else None, instance=self.instance, prefix="appointments"
        )
        self.appointments = cast(AppointmentRows, rows)

    def _helper(self) -> FormHelper:
        helper = super()._helper()
        # The rows stand below the sections, in the same <form>.
        helper.layout.append(
            HTML('{% include "representatives/appointments.html" with formset=form.appointments %}')
        )
        return helper

    @property
    def formsets(self) -> list[forms.BaseFormSet]:
        """The rows that are sent together with this form."""
        return [self.appointments]

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.appointments.is_valid():
            wrong = sum(bool(row) for row in self.appointments.errors)
            for error in self.appointments.non_form_errors():
                self.add_error(None, error)
            if wrong:
                self.add_error(None, f"任职有{wrong}行需要改正，请看标红的各项。")
        elif not self.appointments.kept():
            self.add_error(None, NO_POST)
        return self.cleaned_data

    def create(self) -> Representative:
        return services.create_representative(
            instance=self.save(commit=False),
            appointments=self.appointments.kept(),
            user=self.user,
            nonce=self.cleaned_data["nonce"],
        )

    def update(self) -> Representative:
        return services.update_representative(
            instance=self.save(commit=False),
            appointments=self.appointments.kept(),
            user=self.user,
            expected_version=self.cleaned_data["row_version"],
        )


class RepresentativeField(RecordField):
    slug = "representatives"
    noun = "位代表人士"
    hint = "姓名"

    def named(self, text: str) -> Q:
        return Q(name=text, anonymised_on__isnull=True)


class RepresentativeRecordForm(RecordForm):
    """A record of one representative: the unit is the representative's and is not asked for."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        representative = self.cleaned_data.get("representative")
        if representative is not None and representative.pk != self.instance.representative_id:
            # Given another representative, the record moves to that one's unit.
            self.instance.unit = representative.unit
        return self.cleaned_data

    def not_in_future(self, name: str, noun: str) -> None:
        day = self.cleaned_data.get(name)
        if day and day > timezone.localdate():
            self.add_error(name, f"{noun}不能晚于今天，请核对年份和月份。")


class TrainingForm(RepresentativeRecordForm):
    sections = [("培训", ("representative", "unit", "attended_on", "title", "organiser", "days"))]
    units = {"days": "天"}

    class Meta:
        model = Training
        fields = ["representative", "attended_on", "title", "organiser", "days"]
        field_classes = {"representative": RepresentativeField}

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.not_in_future("attended_on", "培训日期")
        return self.cleaned_data


class ProposalForm(RepresentativeRecordForm):
    sections = [
        ("提案", ("representative", "unit", "submitted_on", "title", "channel")),
        ("办理", ("department", "replied_on", "adopted")),
    ]

    class Meta:
        model = Proposal
        fields = ["representative", "submitted_on", "title", "channel", "department", "replied_on", "adopted"]
        field_classes = {"representative": RepresentativeField}

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.not_in_future("submitted_on", "提交日期")
        self.not_in_future("replied_on", "答复日期")
        return self.cleaned_data
