"""The demo county: the same every time, valid throughout, nobody in it, and never mixed into an office's own data."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ledgers import demo
from ledgers.access import Role
from ledgers.computing import figures
from ledgers.goals import usual_targets
from ledgers.identifiers import credit_code_problem
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from ledgers.work.models import Rectification
from nonpublic.models import Enterprise, EnterpriseRequest
from overseas.models import ServiceRequest
from religion.models import Hazard

pytestmark = pytest.mark.django_db

# The codes of the example workbook, which is imported on top of the demo data.
WORKBOOK_CODES = "913302810000010"


def run(*arguments: str) -> Any:
    out = StringIO()
    call_command("seed_demo", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def content() -> dict[str, list[dict[str, Any]]]:
    """Every record without the keys and times that the database gives."""
    found = {}
    for ledger in ledgers:
        model: Any = ledger.model
        rows = list(model._default_manager.order_by("pk").values())
        keys = [field.attname for field in model._meta.concrete_fields if field.is_relation]
        for row in rows:
            for name in ("id", "created_at", "updated_at", *keys):
                row.pop(name, None)
        found[ledger.slug] = rows
    return found


def yearly() -> dict[str, Any]:
    unit = OrgUnit.objects.get(code="330281101000")
    return {code: figure.value for code, figure in figures(unit, Period.parse("2025")).items()}


def test_two_runs_give_the_same_records_and_figures() -> None:
    first, records, values = run("--no-accounts"), content(), yearly()
    for ledger in reversed(ledgers.all()):
        model: Any = ledger.model
        model._default_manager.all().delete()
    OrgUnit.objects.all().delete()
    assert run("--no-accounts") == first
    assert content() == records
    assert yearly() == values


def test_a_later_day_only_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was drawn for a day to come stays drawn: the records of the days before are the same ones."""
    midsummer = dt.date(2026, 6, 30)
    monkeypatch.setattr(demo.timezone, "localdate", lambda: midsummer)
    demo.seed_demo(accounts=False)
    early = {row["title"] for row in content()["activities"]}
    for ledger in reversed(ledgers.all()):
        model: Any = ledger.model
        model._default_manager.all().delete()
    OrgUnit.objects.all().delete()
    monkeypatch.setattr(demo.timezone, "localdate", lambda: dt.date(2026, 12, 30))
    demo.seed_demo(accounts=False)
    late = content()["activities"]
    assert early <= {row["title"] for row in late}
    assert max(row["held_on"] for row in late) > midsummer


def test_every_ledger_has_valid_records_of_three_years_up_to_today() -> None:
    found = run("--no-accounts")
    today = timezone.localdate()
    for ledger in ledgers:
        model: Any = ledger.model
        assert found["records"][ledger.slug] == model._default_manager.count() > 0
        assert model.history.count() == model._default_manager.count()
        for record in model._default_manager.all():
            record.full_clean()
        if ledger.date_field:
            days = list(model._default_manager.values_list(ledger.date_field, flat=True))
            assert max(days) <= today
            if model._default_manager.count() > 50:
                assert {day.year for day in days} == {today.year - 2, today.year - 1, today.year}


def test_no_date_of_what_has_happened_lies_ahead() -> None:
    run("--no-accounts")
    planned = {"due"}
    today = timezone.localdate()
    for ledger in ledgers:
        model: Any = ledger.model
        for field in model._meta.concrete_fields:
            if field.get_internal_type() == "DateField" and field.name not in planned:
                assert not model._default_manager.filter(**{f"{field.name}__gt": today}).exists(), field


def test_nothing_has_been_overdue_for_longer_than_an_office_would_let_it() -> None:
    run("--no-accounts")
    weeks_ago = timezone.localdate() - dt.timedelta(weeks=12)
    for model, done in (
        (Hazard, "rectified_on"),
        (Rectification, "done_on"),
        (EnterpriseRequest, "resolved_on"),
    ):
        assert model._default_manager.filter(**{f"{done}__isnull": False}).exists()
        assert not model._default_manager.filter(**{f"{done}__isnull": True}, due__lt=weeks_ago).exists()
    assert not ServiceRequest.objects.filter(resolved_on=None, received_on__lt=weeks_ago).exists()


def test_units_are_the_fictional_county_with_two_townships() -> None:
    assert run("--no-accounts")["units"] == 18
    county = OrgUnit.objects.get(code="330281000000")
    assert "示例" in county.name
    codes = dict(OrgUnit.objects.values_list("name", "code"))
    assert {name: codes[name] for name in ("上河村", "下河村", "新桥村", "石门社区")} == {
        "上河村": "330281101201",
        "下河村": "330281101202",
        "新桥村": "330281101203",
        "石门社区": "330281101204",
    }
    assert [unit.children().count() for unit in county.children()] == [12, 3]


def test_credit_codes_are_sound_and_not_those_of_the_example_workbook() -> None:
    run("--no-accounts", "--scale", "3")
    codes = list(Enterprise.objects.values_list("credit_code", flat=True))
    assert [code for code in codes if credit_code_problem(code)] == []
    assert [code for code in codes if code.startswith(WORKBOOK_CODES)] == []
    assert len(set(codes)) == len(codes)


def test_nobody_is_invented() -> None:
    run("--no-accounts")
    names = Enterprise.objects.values_list("name", "legal_representative")
    assert all("示例" in name and representative.startswith("负责人") for name, representative in names)


def test_scale_multiplies_the_records_and_not_the_targets() -> None:
    found = run("--no-accounts", "--scale", "3")["records"]
    assert found["targets"] == 2 * 3 * len(usual_targets())  # two townships, three years
    assert found["liaison-groups"] == 15
    assert found["activities"] > 2 * 328


def test_natural_keys_stay_unique_at_scale() -> None:
    run("--no-accounts", "--scale", "5")
    for ledger in ledgers:
        if ledger.sheet is not None:
            model: Any = ledger.model
            keys = list(model._default_manager.values_list(*ledger.sheet.natural_key()))
            assert len(set(keys)) == len(keys), ledger.slug


def test_one_account_for_each_role_with_a_password_of_its_own() -> None:
    accounts = run()["accounts"]
    assert {account["role"] for account in accounts} == set(Role.values)
    assert len({account["password"] for account in accounts}) == len(accounts) == User.objects.count()
    for account in accounts:
        user = User.objects.get(username=account["account"])
        assert user.check_password(account["password"])
        assert user.must_change_password
        assert (user.role, user.unit and user.unit.code) == (account["role"], account["unit"])


def test_an_installation_in_use_is_left_alone(units: object) -> None:
    with pytest.raises(CommandError, match="已有单位") as refused:
        run()
    assert refused.value.returncode == 1
    assert not User.objects.exists()
    assert not Enterprise.objects.exists()


@pytest.mark.parametrize("scale", ["0", "-1"])
def test_a_scale_below_one_ends_with_2(scale: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("--scale", scale)
    assert refused.value.returncode == 2


def test_passwords_are_printed_for_people_too() -> None:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    text = out.getvalue()
    assert "工作活动" in text
    clerk = User.objects.get(role=Role.CLERK)
    (line,) = [line for line in text.splitlines() if line.strip().startswith(f"{clerk.username}\t")]
    assert clerk.check_password(line.split("\t")[1])
