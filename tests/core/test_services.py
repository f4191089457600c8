"""Writes of one record: a second editor, a second click, a delete and its way back."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from ledgers import services
from ledgers.history import changes_between
from ledgers.middleware import request_id
from ledgers.models import User
from nonpublic.models import Enterprise, EnterpriseRequest
from tests.conftest import Units
from tests.core.factories import credit_code, enterprise

pytestmark = pytest.mark.each_database


def fresh(units: Units, number: int = 1) -> Enterprise:
    return Enterprise(unit=units.village, name="示例企业有限公司", credit_code=credit_code(number))


def test_creating_writes_one_history_row_signed_by_user_and_request(units: Units, officer: User) -> None:
    token = request_id.set("0123456789abcdef")
    try:
        record = services.create_record(instance=fresh(units), user=officer)
    finally:
        request_id.reset(token)
    row = record.history.get()
    assert (row.history_type, row.history_user, row.request_id) == ("+", officer, "0123456789abcdef")
    assert (record.created_by, record.updated_by, record.row_version) == (officer, officer, 1)


def test_the_same_nonce_makes_one_record_and_leads_to_it(units: Units, officer: User) -> None:
    first = services.create_record(instance=fresh(units), user=officer, nonce="n-1")
    with pytest.raises(services.AlreadySubmitted) as second, transaction.atomic():
        services.create_record(instance=fresh(units, 2), user=officer, nonce="n-1")
    assert second.value.url == first.get_absolute_url()
    assert Enterprise.objects.count() == 1


def test_the_second_editor_is_told_what_differs_and_nothing_is_written(units: Units, officer: User) -> None:
    record = enterprise(units.village, 1, staff=5)
    mine, theirs = Enterprise.objects.get(), Enterprise.objects.get()
    theirs.staff = 8
    services.update_record(instance=theirs, user=officer, expected_version=1)
    mine.staff = 9
    with pytest.raises(services.EditConflict) as conflict:
        services.update_record(instance=mine, user=officer, expected_version=1)
    assert [(c.label, c.old, c.new) for c in conflict.value.changes] == [("从业人数", "8", "9")]
    record.refresh_from_db()
    assert (record.staff, record.row_version) == (8, 2)
    # With the other change seen, saving again is a decision.
    services.update_record(instance=mine, user=officer, expected_version=conflict.value.current.row_version)
    record.refresh_from_db()
    assert (record.staff, record.row_version) == (9, 3)


def test_editing_what_was_deleted_meanwhile_says_so(units: Units, officer: User) -> None:
    record = enterprise(units.village, 1)
    mine = Enterprise.objects.get()
    services.delete_record(instance=record, user=officer)
    with pytest.raises(services.RecordGone):
        services.update_record(instance=mine, user=officer, expected_version=1)


def test_a_deleted_record_comes_back_under_its_old_number(units: Units, officer: User) -> None:
    record = services.create_record(instance=fresh(units), user=officer)
    number = record.pk
    row = services.delete_record(instance=record, user=officer)
    assert not Enterprise.objects.exists()
    restored = services.restore_record(history=row, user=officer)
    assert restored.pk == number
    kinds = Enterprise.history.filter(id=number).order_by("history_id").values_list("history_type", flat=True)
    assert list(kinds) == ["+", "-", "+"]
    with pytest.raises(ValidationError, match="已经恢复"):
        services.restore_record(history=row, user=officer)


def test_a_record_whose_number_was_given_away_is_not_restored(units: Units, officer: User) -> None:
    row = services.delete_record(instance=enterprise(units.village, 1), user=officer)
    enterprise(units.village, 1, name="另一家有限公司")
    with pytest.raises(ValidationError):
        services.restore_record(history=row, user=officer)
    assert Enterprise.objects.count() == 1


def test_a_record_that_others_refer_to_is_not_deleted_and_names_them(units: Units, officer: User) -> None:
    record = enterprise(units.village, 1)
    request = EnterpriseRequest.objects.create(
        enterprise=record, unit=units.village, raised_on="2025-03-01", kind="other", text="用电扩容"
    )
    with pytest.raises(services.StillReferenced) as refused:
        services.delete_record(instance=record, user=officer)
    assert refused.value.blockers == [request]
    assert Enterprise.objects.filter(pk=record.pk).exists()


def test_changes_are_told_in_the_words_of_the_screen(units: Units, officer: User) -> None:
    record = enterprise(units.village, 1, sector="C")
    record.sector, record.chamber_member, record.unit = "E", True, units.villages[1]
    services.update_record(instance=record, user=officer, expected_version=1)
    newer, older = record.history.order_by("-history_id")
    told = {c.label: (c.old, c.new) for c in changes_between(older, newer, Enterprise)}
    assert told == {
        "单位": ("上河村", "下河村"),
        "行业门类": ("制造业", "建筑业"),
        "商会会员": ("否", "是"),
    }
