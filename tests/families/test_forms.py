"""What the forms of both families add to the generic ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ledgers.models import User
from ledgers.work import forms as work
from nonpublic import forms as nonpublic
from nonpublic.models import Enterprise, EnterpriseRequest
from tests.conftest import Units
from tests.core.test_views import hidden
from tests.families import factories as make
from tests.families.test_religion_ledgers import venue

SignIn = Callable[[User], Client]


def errors(form_class: Any, user: User, data: dict[str, Any]) -> dict[str, list[str]]:
    return dict(form_class(data, user=user).errors)


TOMORROW = timezone.localdate() + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (work.ActivityForm, "held_on"),
        (work.BriefForm, "sent_on"),
        (work.BriefForm, "adopted_on"),
        (work.RectificationForm, "found_on"),
        (work.RectificationForm, "done_on"),
        (work.FundForm, "received_on"),
        (work.LiaisonGroupForm, "established_on"),
        (nonpublic.EnterpriseForm, "founded_on"),
        (nonpublic.EnterpriseRequestForm, "raised_on"),
        (nonpublic.EnterpriseRequestForm, "resolved_on"),
        (nonpublic.ContributionForm, "given_on"),
    ],
)
def test_what_has_happened_cannot_lie_in_the_future(form: Any, name: str, officer: User) -> None:
    assert "不能晚于今天" in errors(form, officer, {name: str(TOMORROW)})[name][0]
    assert name not in errors(form, officer, {name: str(TOMORROW - dt.timedelta(days=1))})


def test_spent_more_than_received_is_said_at_the_field(officer: User) -> None:
    found = errors(work.FundForm, officer, {"amount": "5", "spent": "6"})
    assert "不能多于金额" in found["spent"][0]


def test_an_adoption_needs_its_office(officer: User) -> None:
    found = errors(work.BriefForm, officer, {"adopted_on": "2025-03-01"})
    assert "请同时填写采用单位" in found["adopted_by"][0]


def test_a_counted_target_is_a_whole_number(officer: User) -> None:
    data = {"indicator": "work.meetings", "value": "2.5", "year": "2025", "cadence": "year"}
    assert "请填整数" in errors(work.TargetForm, officer, data)["value"][0]
    assert "value" not in errors(work.TargetForm, officer, {**data, "value": "2"})
    assert "value" not in errors(work.TargetForm, officer, {**data, "indicator": "work.funds_received"})


def test_chamber_details_without_membership_are_questioned(officer: User) -> None:
    found = errors(nonpublic.EnterpriseForm, officer, {"chamber_since": "2020-03-01"})
    assert "请勾选" in found["chamber_member"][0]
    assert "chamber_member" not in errors(
        nonpublic.EnterpriseForm, officer, {"chamber_since": "2020-03-01", "chamber_member": "on"}
    )


def test_a_credit_code_may_be_typed_with_blanks_and_small_letters(officer: User, units: Units) -> None:
    data = {
        "name": "示例企业",
        "unit": units.village.pk,
        "credit_code": " 91330281 000001 004c ",
        "staff": "1",
    }
    form = nonpublic.EnterpriseForm(data, user=officer)
    assert "credit_code" not in form.errors
    assert form.cleaned_data["credit_code"] == "91330281000001004C"


def test_a_credit_code_in_use_is_explained(officer: User, units: Units) -> None:
    known = make.enterprise(units.neighbour_village, 1)
    found = errors(nonpublic.EnterpriseForm, officer, {"credit_code": known.credit_code})
    assert "已经登记过" in found["credit_code"][0]
    assert known.name not in found["credit_code"][0]


def test_a_mobile_number_is_no_office_telephone(officer: User) -> None:
    assert (
        "固定电话"
        in errors(nonpublic.EnterpriseForm, officer, {"office_phone": "13800138000"})["office_phone"][0]
    )


def test_money_is_shown_without_trailing_zeros(officer: User, units: Units) -> None:
    company = make.enterprise(units.village, 1, registered_capital="80.5000")
    company.refresh_from_db()
    form = nonpublic.EnterpriseForm(instance=company, user=officer)
    assert 'value="80.5"' in str(form["registered_capital"])


def test_numbers_carry_their_unit(signed_in: SignIn, officer: User) -> None:
    page = signed_in(officer).get("/ledgers/enterprises/new/").content.decode()
    assert "万元" in page


class TestNamingTheEnterprise:
    def new(self, client: Client, enterprise: object, **fields: object) -> Any:
        nonce = hidden(client.get("/ledgers/enterprise-requests/new/"), "nonce")
        data = {"raised_on": "2025-03-01", "kind": "land", "text": "希望协调厂房", "nonce": nonce, **fields}
        return client.post("/ledgers/enterprise-requests/new/", {**data, "enterprise": enterprise})

    @pytest.mark.parametrize("given", ["name", "credit_code", "pk"])
    def test_by_name_code_or_key_and_the_unit_follows(
        self, given: str, signed_in: SignIn, officer: User, units: Units
    ) -> None:
        company = make.enterprise(units.villages[1], 1)
        assert self.new(signed_in(officer), getattr(company, given)).status_code == 302
        made = EnterpriseRequest.objects.get()
        assert (made.enterprise, made.unit) == (company, units.villages[1])

    @pytest.mark.parametrize("given", ["name", "credit_code", "pk"])
    def test_another_villages_enterprise_does_not_exist_here(
        self, given: str, signed_in: SignIn, clerk: User, units: Units
    ) -> None:
        foreign = make.enterprise(units.villages[1], 1)
        response = self.new(signed_in(clerk), getattr(foreign, given))
        assert response.status_code == 422
        assert "没有找到这家企业" in response.content.decode()
        assert not EnterpriseRequest.objects.exists()

    def test_a_shared_name_asks_for_one_of_the_suggestions(
        self, signed_in: SignIn, officer: User, units: Units
    ) -> None:
        first, second = (make.enterprise(units.village, number, name="同名企业") for number in (1, 2))
        client = signed_in(officer)
        assert "请从提示中选择带编号的一项" in self.new(client, "同名企业").content.decode()
        page = client.get("/ledgers/enterprises/suggest/", {"field": "enterprise", "enterprise": "同名"})
        assert f'value="同名企业 #{first.pk}">上河村，{first.credit_code}<' in page.content.decode()
        assert self.new(client, f"同名企业 #{second.pk}").status_code == 302
        assert EnterpriseRequest.objects.get().enterprise == second

    def test_a_code_of_digits_alone_is_no_key(self, signed_in: SignIn, officer: User, units: Units) -> None:
        company = make.enterprise(units.village, 1, credit_code="913302810000000016")
        assert self.new(signed_in(officer), company.credit_code).status_code == 302
        assert EnterpriseRequest.objects.get().enterprise == company

    @pytest.mark.parametrize("typed", ["", "不存在", "a\0b", "9" * 17, "9" * 400])
    def test_anything_else_is_a_friendly_error_and_kept(
        self, typed: str, signed_in: SignIn, officer: User
    ) -> None:
        response = self.new(signed_in(officer), typed)
        assert response.status_code == 422
        assert "希望协调厂房" in response.content.decode()

    def test_editing_shows_the_name_and_keeps_the_unit(
        self, signed_in: SignIn, officer: User, units: Units
    ) -> None:
        company = make.enterprise(units.village, 1)
        record = make.request(company, "2025-03-01")
        Enterprise.objects.filter(pk=company.pk).update(unit=units.villages[1])  # it has moved since
        client, edit = signed_in(officer), f"{record.get_absolute_url()}edit/"
        page = client.get(edit)
        assert f'value="{company.name}"' in page.content.decode()
        data = {"enterprise": company.name, "raised_on": "2025-03-01", "kind": "land", "text": "改过的内容"}
        assert client.post(edit, {**data, "row_version": hidden(page, "row_version")}).status_code == 302
        record.refresh_from_db()
        assert (record.text, record.unit) == ("改过的内容", units.village)

    def test_given_another_enterprise_it_moves_to_that_ones_unit(
        self, signed_in: SignIn, officer: User, units: Units
    ) -> None:
        first, second = make.enterprise(units.village, 1), make.enterprise(units.villages[1], 2)
        record = make.request(first, "2025-03-01")
        client, edit = signed_in(officer), f"{record.get_absolute_url()}edit/"
        data = {"enterprise": second.name, "raised_on": "2025-03-01", "kind": "land", "text": "内容"}
        client.post(edit, {**data, "row_version": hidden(client.get(edit), "row_version")})
        record.refresh_from_db()
        assert (record.enterprise, record.unit) == (second, units.villages[1])

    def test_suggestions_are_those_of_the_users_reach_and_escaped(
        self, signed_in: SignIn, clerk: User, units: Units
    ) -> None:
        make.enterprise(units.village, 1, name='<b>示例"企业')
        make.enterprise(units.villages[1], 2, name="示例邻村企业")
        page = (
            signed_in(clerk)
            .get("/ledgers/enterprises/suggest/", {"field": "enterprise", "enterprise": "示例"})
            .content.decode()
        )
        assert page.count("<option") == 1
        assert "&lt;b&gt;示例&quot;企业" in page
        assert "邻村" not in page
        assert signed_in(clerk).get("/ledgers/enterprises/suggest/").content == b""

    def test_at_most_twenty_suggestions(self, signed_in: SignIn, officer: User, units: Units) -> None:
        for number in range(25):
            make.enterprise(units.village, number)
        page = (
            signed_in(officer)
            .get("/ledgers/enterprises/suggest/", {"field": "enterprise", "enterprise": "示例"})
            .content.decode()
        )
        assert page.count("<option") == 20


def test_a_form_that_needs_a_record_of_another_ledger_says_where_to_add_the_first(
    officer: User, units: Units, signed_in: SignIn
) -> None:
    client, page = signed_in(officer), "/ledgers/inspections/new/"
    html = client.get(page).content.decode()
    assert '请先<a href="/ledgers/venues/new/">新增宗教活动场所</a>' in html
    venue(units.village)
    assert "请先<a" not in client.get(page).content.decode()
