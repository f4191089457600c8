"""What the reader did not find out the user says on the preview, and it is remembered."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ledgers.models import ImportBatch, SheetLayout
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.pages import act, checked, page
from tests.importing.workbooks import HEADERS, book, company, credit_code, simple


def test_a_column_can_be_given_another_meaning_and_it_is_remembered(client: Client, units: Units) -> None:
    def content(number: int) -> bytes:
        return book(("一", [["甲方", "统一社会信用代码"], [f"示例企业{number}", credit_code(number)]]))

    batch = checked(client, content(1), units)
    assert batch.state == ImportBatch.State.UNCLEAR
    assert "没有找到这些列：企业名称" in page(client, batch)
    act(client, batch, "confirm")
    assert batch.state == ImportBatch.State.UNCLEAR
    reading = page(client, batch, "reading")
    assert "示例企业1" in reading  # a sample of the column's cells
    act(client, batch, "mapping", **{"column-0-0": "name", "column-0-1": "credit_code"})
    assert "按您的指定" in page(client, batch, "reading")
    assert batch.counts["created"] == 1
    assert not SheetLayout.objects.exists()
    act(client, batch, "confirm")
    assert Enterprise.objects.get().name == "示例企业1"
    assert SheetLayout.objects.get().unit == units.township
    assert "示例企业1" not in str(batch.preview)
    batch = checked(client, content(2), units)
    assert batch.counts["created"] == 1
    assert "沿用上次" in page(client, batch, "reading")


@pytest.mark.parametrize("fields", [("name", "name"), ("row_version", "credit_code")])
def test_a_senseless_mapping_is_refused(client: Client, units: Units, fields: tuple[str, str]) -> None:
    batch = checked(client, book(("一", [["甲方", "代码"], ["x", "y"]])), units)
    before = batch.options
    act(client, batch, "mapping", **{"column-0-0": fields[0], "column-0-1": fields[1]})
    assert batch.options == before


def test_sheets_and_header_rows_are_the_users_choice(client: Client, units: Units) -> None:
    note = ["企业名称以执照为准", "统一社会信用代码必填"]
    first = [note, ["甲方", "代码"], ["示例企业1", credit_code(1)]]
    content = book(("今年", first), ("去年", [HEADERS, company(2)]))
    batch = checked(client, content, units)
    assert [sheet["name"] for sheet in batch.preview["sheets"]] == ["去年"]
    # The sheets that are read stand first on the page.
    choice = {"asked-0": "1", "header-first-1": "2", "header-last-1": "2"}
    act(client, batch, "mapping", **choice)
    assert batch.preview["sheets"] == []
    place = next(n for n, sheet in enumerate(batch.preview["left_out"]) if sheet["name"] == "今年")
    assert batch.preview["left_out"][place]["header_rows"] == [2]
    act(client, batch, "mapping", **{f"column-{place}-0": "name", f"column-{place}-1": "credit_code"})
    assert [sheet["name"] for sheet in batch.preview["sheets"]] == ["今年"]
    act(client, batch, "confirm")
    assert [record.name for record in Enterprise.objects.all()] == ["示例企业1"]


def test_amounts_are_read_in_the_unit_the_user_names_and_it_is_remembered(
    client: Client, units: Units
) -> None:
    headers = [*HEADERS[:3], "注册资本", HEADERS[4]]

    def unit_of_capital(content: bytes, **choice: str) -> str:
        batch = checked(client, content, units)
        if choice:
            fields = {
                f"column-0-{column['index']}": column["field"]
                for column in batch.preview["sheets"][0]["mapping"]
            }
            act(client, batch, "mapping", **fields, **choice)
        act(client, batch, "confirm")
        return str(batch.preview["sheets"][0]["mapping"][3]["money"])

    first, second = (book(("一", [headers, company(number, capital=1_200_000)])) for number in (1, 2))
    assert unit_of_capital(first, **{"unit-0-3": "元"}) == "元"
    assert unit_of_capital(second) == "元"
    assert {record.registered_capital for record in Enterprise.objects.all()} == {120}


@pytest.mark.parametrize(
    "choice",
    [
        {"header-first-0": "9", "header-last-0": "2"},
        {"header-first-0": "x", "header-last-0": "2"},
        {"column-0-0": "unit", "column-0-1": "name", "column-0-2": "credit_code"}
        | {"column-0-3": "registered_capital", "column-0-4": "staff", "unit-0-3": "斤"},
    ],
)
def test_a_senseless_choice_changes_nothing(client: Client, units: Units, choice: dict[str, str]) -> None:
    batch = checked(client, simple(company(1)), units)
    response = client.post(reverse("imports:mapping", args=[batch.pk]), choice, follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    batch.refresh_from_db()
    assert (batch.state, batch.options) == (ImportBatch.State.PREVIEWED, {})
