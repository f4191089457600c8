"""Free text of count ledgers and service requests takes no ID and no mobile number, on every way in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client
from django.urls import reverse

from ledgers.guards import no_personal_numbers
from ledgers.models import User
from ledgers.registry import ledgers
from tests.conftest import Units
from tests.core.test_views import hidden

SignIn = Callable[[User], Client]


def free_texts() -> list[models.Field]:
    return [
        field
        for app in ("ethnicity", "overseas")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not model.__name__.startswith("Historical")
        and field.name != "period"
    ]


@pytest.mark.parametrize("text", ["身份证33028119900101123X", "请打13800138000", "１３８ ００１３ ８０００"])
@pytest.mark.parametrize("field", free_texts(), ids=str)
def test_every_free_text_field_is_guarded(field: models.Field, text: str) -> None:
    assert no_personal_numbers in field.validators
    with pytest.raises(ValidationError) as refused:
        field.run_validators(text)
    assert "13800138000" not in str(refused.value)


@pytest.mark.parametrize("field", free_texts(), ids=str)
def test_help_asks_for_no_names_where_people_write_about_a_matter(field: models.Field) -> None:
    if field.editable and field.name in ("explanation", "remark", "matter", "outcome", "purpose"):
        assert "不写" in str(field.help_text)


def test_a_service_request_has_neither_name_nor_contact() -> None:
    fields = set(ledgers.get("service-requests").form.base_fields) - {"row_version", "nonce"}
    assert fields == {"kind", "unit", "received_on", "matter", "resolved_on", "outcome"}


def test_the_form_refuses_a_mobile_number_in_words(signed_in: SignIn, clerk: User, units: Units) -> None:
    client, new = signed_in(clerk), reverse("service-requests:create")
    data = {
        "kind": "papers",
        "unit": units.village.pk,
        "received_on": "2025-03-01",
        "matter": "咨询，13800138000",
    }
    response = client.post(new, {**data, "nonce": hidden(client.get(new), "nonce")})
    assert response.status_code == 422
    assert "疑似手机号码" in response.context["form"].errors["matter"][0]
