"""The base of every ledger form: choices within the user's reach, a version for the second editor, a nonce."""

from __future__ import annotations

from typing import Any, ClassVar

from crispy_forms.bootstrap import AppendedText
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Field, Fieldset, Layout
from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.crypto import get_random_string

from ledgers import services
from ledgers.importing.normalise import LONG_TEXT, tidy
from ledgers.models import OrgUnit, Record, User
from ledgers.unit_choices import offer_units

#: Shown where nothing is chosen yet.
CHOOSE = "请选择"
_NONCE_SALT = "ledgers.form"
#: A form that was left open over a weekend can still be sent.
_NONCE_MAX_AGE = 7 * 24 * 3600


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class RecordForm(forms.ModelForm):
    """A ModelForm that knows its user.

    ``sections`` groups the fields under headings, ``units`` names the unit shown beside a number field.
    """

    sections: ClassVar[list[tuple[str, tuple[str, ...]]]] = []
    units: ClassVar[dict[str, str]] = {}

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    nonce = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                field.widget = DateInput()
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = CHOOSE
                self._narrow(name, field)
            elif isinstance(field, forms.ChoiceField):
                # A screen reader reads Django's row of dashes aloud.
                choices: Any = field.choices
                field.choices = [(key, CHOOSE if key == "" else label) for key, label in choices]
        if self.instance.pk:
            self.fields["row_version"].initial = self.instance.row_version
            self.fields["row_version"].required = True
            del self.fields["nonce"]
        else:
            del self.fields["row_version"]
            self.fields["nonce"].initial = signing.dumps([user.pk, get_random_string(16)], salt=_NONCE_SALT)
        self.helper = self._helper()

    def _narrow(self, name: str, field: forms.ModelChoiceField[Any]) -> None:
        """Offer only what the user may see: what is not offered is not accepted either."""
        if field.queryset is None:
            return
        model = field.queryset.model
        if model is OrgUnit:
            offer_units(field, self.user.units())
            if self.user.unit is not None and self.user.unit.is_leaf():
                # One village, one choice: nothing to choose.
                field.initial = self.user.unit.pk
                field.empty_label = None
        elif issubclass(model, Record):
            field.queryset = field.queryset.visible_to(self.user)  # type: ignore[attr-defined]

    def _helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.html5_required = True
        hidden = [name for name, field in self.fields.items() if field.widget.is_hidden]
        visible = [name for name in self.fields if name not in hidden]
        grouped = [
            (title, [name for name in names if name in self.fields]) for title, names in self.sections
        ] or [("", visible)]
        placed = {name for _, names in grouped for name in names}
        rest = [name for name in visible if name not in placed]
        if rest:
            grouped.append(("其他", rest))
        parts: list[Any] = []
        for title, names in grouped:
            fields = [self._laid_out(name) for name in names]
            parts.append(Fieldset(title, *fields) if title else Layout(*fields))
        helper.layout = Layout(*parts, *[Field(name) for name in hidden], HTML(""))
        return helper

    def _laid_out(self, name: str) -> Any:
        return AppendedText(name, self.units[name]) if name in self.units else Field(name)

    def clean(self) -> dict[str, Any]:
        """Texts are kept as an import keeps them: a record found by its name is found however it was typed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            text = cleaned.get(name)
            if type(field) is forms.CharField and isinstance(text, str) and not field.widget.is_hidden:
                cleaned[name] = tidy(text, lines=(field.max_length or 0) >= LONG_TEXT)
        return cleaned

    def clean_nonce(self) -> str:
        """The random part of a nonce that this server gave this user; a foreign or old one is an error."""
        try:
            owner, nonce = signing.loads(
                self.cleaned_data.get("nonce") or "", salt=_NONCE_SALT, max_age=_NONCE_MAX_AGE
            )
        except (signing.BadSignature, ValueError, TypeError):
            raise forms.ValidationError("这张表单放得太久已失效，内容还在，请再点一次保存。") from None
        if owner != self.user.pk:
            raise forms.ValidationError("这张表单是用别的账号打开的，内容还在，请再点一次保存。")
        return str(nonce)

    def renew_nonce(self) -> None:
        """Give a form that is shown again after a nonce error a fresh one, so that the next save works."""
        if "nonce" in self.errors:
            self._replace("nonce", self.fields["nonce"].initial)

    def show_version(self, version: int) -> None:
        """Show the form again on top of ``version``: saving once more then means knowing of the other change."""
        self._replace("row_version", str(version))

    def _replace(self, name: str, value: Any) -> None:
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix(name)] = value
        self.data = data

    def create(self) -> Record:
        """Save the valid form as a new record; raises AlreadySubmitted. Subclasses add what belongs to it."""
        return services.create_record(
            instance=self.save(commit=False), user=self.user, nonce=self.cleaned_data["nonce"]
        )

    def update(self) -> Record:
        """Save the valid form over its record; raises EditConflict or RecordGone."""
        return services.update_record(
            instance=self.save(commit=False),
            user=self.user,
            expected_version=self.cleaned_data["row_version"],
        )
