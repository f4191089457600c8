"""Ethnic groups by township only, small ones merged before anything is stored, and equal to the villages' sum."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from ethnicity.models import EthnicComposition
from ledgers.disclosure import OTHER, Row
from ledgers.models import User
from ledgers.returns.composition import UnprotectedTable
from tests.conftest import Units
from tests.core.test_views import hidden
from tests.importing.command import run
from tests.returns.factories import population
from tests.returns.test_imports import workbook

SignIn = Callable[[User], Client]
NEW = "ethnic-composition:create"


@pytest.fixture
def reported(units: Units) -> Units:
    """The three villages have 60 registered and 300 migrant people together."""
    for village in units.villages:
        population(village, "2025Q3", 20, 100, residents=2000)
    return units


def data(units: Units, **counts: Any) -> dict[str, Any]:
    return {"unit": units.township.pk, "period": "2025Q3", "remark": "", **counts}


#: 60 registered and 300 migrant: 06 and 15 large, 12 with a part of 2, 09 and 08 small.
TABLE = {
    "registered_06": 30,
    "migrant_06": 150,
    "registered_15": 26,
    "migrant_15": 100,
    "registered_12": 2,
    "migrant_12": 45,
    "registered_09": 1,
    "migrant_09": 2,
    "registered_08": 1,
    "migrant_08": 3,
}


def post(client: Client, values: dict[str, Any]) -> Any:
    nonce = hidden(client.get(reverse(NEW)), "nonce")
    return client.post(reverse(NEW), {**values, "nonce": nonce})


def test_small_groups_are_merged_before_they_are_stored(
    signed_in: SignIn, officer: User, reported: Units
) -> None:
    client = signed_in(officer)
    page = client.get(reverse(NEW)).content.decode()
    assert "不足5人的民族自动并入“其他”" in page
    response = post(client, data(reported, **TABLE))
    assert response.status_code == 302, response.context["form"].errors
    record = EthnicComposition.objects.get()
    assert (record.group_count, record.registered, record.migrant) == (5, 60, 300)
    # 09 and 08 are seven together; the parts of 2 hide behind each other and the next rows.
    assert record.lines["06"] == [180, 30, 150]
    assert set(record.lines) == {"06", "15", "12", OTHER}
    assert record.lines[OTHER][0] == 7
    assert len(record.lines["12"]) == 1
    page = client.get(record.get_absolute_url()).content.decode()
    assert "壮族" not in page
    assert "布依族" not in page
    assert "其他（2个）" in page
    assert "共5个民族" in page


def everything_stored() -> str:
    """Every value of every row of the table and its history, as the database file has them."""
    found = []
    with connection.cursor() as cursor:
        for model in (EthnicComposition, EthnicComposition.history.model):
            cursor.execute(f"SELECT lines FROM {model._meta.db_table}")
            found += [str(row[0]) for row in cursor.fetchall()]
    return " ".join(found)


def test_neither_history_nor_export_knows_more(signed_in: SignIn, officer: User, reported: Units) -> None:
    client = signed_in(officer)
    post(client, data(reported, **TABLE))
    stored = everything_stored()
    assert '"08"' not in stored
    assert '"09"' not in stored
    record = EthnicComposition.objects.get()
    page = client.get(reverse("ethnic-composition:history", kwargs={"pk": record.pk})).content.decode()
    assert "壮族" not in page
    response = client.get(reverse("ethnic-composition:export"))
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows[1:]] == ["苗族", "土家族", "侗族", "其他"]
    shown = [number for row in rows[1:] for number in row[3:6] if number is not None]
    assert not [number for number in shown if 0 < int(str(number)) < 5]


def test_the_sum_must_be_the_villages_sum_and_the_difference_is_told(
    signed_in: SignIn, officer: User, reported: Units
) -> None:
    response = post(signed_in(officer), data(reported, registered_06=58, migrant_06=303))
    assert response.status_code == 422
    said = str(response.context["form"].non_field_errors())
    assert "各村人口季报合计户籍60人、流动300人" in said
    assert "户籍少2人、流动多3人" in said
    assert not EthnicComposition.objects.exists()


def test_villages_that_have_not_reported_are_named(signed_in: SignIn, officer: User, units: Units) -> None:
    population(units.village, "2025Q2", 20, 100, residents=2000)
    response = post(signed_in(officer), data(units, registered_06=21, migrant_06=100))
    said = str(response.context["form"].non_field_errors())
    assert "3个村本季度还没有报送" in said


def test_a_village_has_no_composition(signed_in: SignIn, officer: User, clerk: User, units: Units) -> None:
    response = post(signed_in(officer), data(units) | {"unit": units.village.pk, "registered_06": 9})
    assert "unit" in response.context["form"].errors
    with pytest.raises(ValidationError):
        EthnicComposition(unit=units.village, period="2025Q3").save()
    with pytest.raises(ValidationError):
        EthnicComposition(unit=units.village, period="2025Q3").full_clean()
    assert signed_in(clerk).get(reverse(NEW)).status_code == 403


@pytest.mark.parametrize(
    "lines",
    [
        {"06": [4, 2, 2]},
        {"06": [40, 2, 38]},
        {"06": ["张三"]},
        {"张三": [40]},
        {"06": [40, 20]},
        {"06": [True]},
        {"06": {"name": "x"}},
        ["06"],
        {"06": [-5]},
    ],
)
def test_the_field_itself_refuses_what_must_not_be_stored(lines: Any, units: Units) -> None:
    record = EthnicComposition(unit=units.township, period="2025Q3", lines=lines)
    with pytest.raises(UnprotectedTable):
        record.save()
    with pytest.raises(UnprotectedTable):
        EthnicComposition.objects.bulk_create([record])
    with pytest.raises(ValidationError):
        record.clean()


def test_an_edit_of_a_merged_table_says_that_it_must_be_entered_again(
    signed_in: SignIn, officer: User, reported: Units
) -> None:
    client = signed_in(officer)
    post(client, data(reported, **TABLE))
    record = EthnicComposition.objects.get()
    edit = reverse("ethnic-composition:edit", kwargs={"pk": record.pk})
    response = client.get(edit)
    assert "重新填写一遍" in response.content.decode()
    again = client.post(edit, data(reported, **TABLE) | {"row_version": hidden(response, "row_version")})
    assert again.status_code == 302, again.context["form"].errors
    record.refresh_from_db()
    assert record.group_count == 5


def taken(path: Path, units: Units, status: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("ethnic-composition", path, units, status=status))
    return found


def test_a_table_of_groups_is_one_record_with_small_groups_merged(tmp_path: Path, reported: Units) -> None:
    rows: list[list[Any]] = [
        ["东山镇少数民族构成表"],
        ["序号", "民族", "户籍", "流动"],
        [1, "苗族", 30, 150],
        [2, "土家", 26, 100],
        [3, "侗族", 2, 45],
        [4, "布依族", 1, 2],
        [5, "壮族", 1, 3],
        ["合计", "", 60, 300],
    ]
    path = workbook(tmp_path / "a.xlsx", rows)
    assert taken(path, reported)["created"] == 1
    record = EthnicComposition.objects.get()
    assert (record.group_count, set(record.lines)) == (5, {"06", "15", "12", OTHER})
    assert taken(path, reported)["unchanged"] == 1
    rows[2][2] = 31
    result = taken(workbook(tmp_path / "b.xlsx", rows), reported, status=1)
    assert "户籍多1人" in result["errors"][0]["problem"]
    rows[2][2], rows[3][1] = 30, "苗族"
    result = taken(workbook(tmp_path / "c.xlsx", rows), reported, status=1)
    assert "出现了两次" in result["errors"][0]["problem"]


def test_a_table_of_small_groups_only_keeps_the_totals(units: Units) -> None:
    record = EthnicComposition(unit=units.township, period="2025Q3")
    record.fill({"06": Row(3, (1, 2)), "15": Row(4, (4, 0))}, (5, 2))
    record.save()
    assert (record.lines, record.group_count, record.totals()) == ({}, 2, (5, 2))
