"""The auditor finds who did what and when, takes it away as a file, and sees whether the history is whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers import services
from ledgers.access import Role
from ledgers.models import Action, Job, User
from ledgers.trail import exporting, searching
from ledgers.trail.actions import record_action
from ledgers.trail.protection import rewriting
from ledgers.trail.sealing import head, seal_new
from nonpublic.models import Enterprise
from tests.conftest import AccountFactory, Units
from tests.core.factories import enterprise

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
ROWS: Any = Enterprise.history


@pytest.fixture
def changed(units: Units, officer: User, clerk: User) -> list[Enterprise]:
    """Five enterprises; the officer has changed the first, and the clerk has deleted the last."""
    made = [enterprise(units.villages[number % 2], number) for number in range(5)]
    made[0].staff = 77
    services.update_record(instance=made[0], user=officer, expected_version=1)
    services.delete_record(instance=made[4], user=clerk)
    return made


def shown(client: Client, **asked: Any) -> list[tuple[str, str]]:
    """(kind, name) of the changes on the page."""
    page = client.get("/audit/", {"ledger": "enterprises", **asked})
    return [(change.kind_label, change.name) for change in page.context["changes"]]


def test_changes_are_found_by_who_what_when_unit_record_and_request(
    signed_in: SignIn, auditor: User, officer: User, units: Units, changed: list[Enterprise]
) -> None:
    client = signed_in(auditor)
    assert len(shown(client)) == 7
    assert shown(client, who=officer.name) == [("修改", changed[0].name)]
    assert shown(client, who=officer.username, kind="+") == []
    assert shown(client, kind="-") == [("删除", changed[4].name)]
    assert shown(client, record=changed[0].pk) == [("修改", changed[0].name), ("新增", changed[0].name)]
    assert len(shown(client, unit="下河")) == 2
    assert shown(client, unit="没有这个村") == []
    assert shown(client, request="00000000") == []
    assert "77" in client.get("/audit/", {"ledger": "enterprises", "kind": "~"}).content.decode()
    # What is not valid is said, and finds nothing.
    wrong = client.get("/audit/", {"ledger": "enterprises", "since": "昨天", "record": "甲"})
    assert wrong.context["changes"] == []
    assert wrong.content.decode().count("invalid-feedback") == 2
    assert client.get("/audit/", {"ledger": "nothing"}).status_code == 404


def test_days_are_found_by_number_without_reading_the_rest(
    signed_in: SignIn, auditor: User, units: Units
) -> None:
    made = [enterprise(units.village, number) for number in range(6)]
    with rewriting("tests"):
        for month, record in enumerate(made, start=1):
            ROWS.filter(id=record.pk).update(history_date=f"2026-{month:02}-10T12:00:00+08:00")
    client = signed_in(auditor)
    names = [record.name for record in made]
    assert [name for _, name in shown(client, since="2026-03-10", until="2026-04-10")] == [names[3], names[2]]
    assert [name for _, name in shown(client, since="2026-06-10")] == [names[5]]
    assert [name for _, name in shown(client, until="2026-01-10")] == [names[0]]
    assert shown(client, since="2026-06-11") == []
    asked = searching.ChangeSearch({"since": "2026-05-01"})
    sql = str(searching.found_changes(exporting.ledgers.get("enterprises"), asked, auditor).query)
    bound = re.search(r'"history_id" >= (\d+)', sql)
    assert bound
    assert int(bound[1]) >= ROWS.get(id=made[4].pk).history_id


def test_pages_are_turned_by_number_and_nothing_is_counted_for_long(
    signed_in: SignIn, auditor: User, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PAGE_SIZE", 3)
    monkeypatch.setattr(searching, "COUNTED", 4)
    made = [enterprise(units.village, number).name for number in range(8)]
    client = signed_in(auditor)

    def turn(link: str | None, name: str) -> str:
        found = re.search(rf'href="([^"]*)"\s+rel="{name}"', client.get(f"/audit/{link}").content.decode())
        return found[1].replace("&amp;", "&") if found else ""

    def names(link: str) -> list[str]:
        return [change.name for change in client.get(f"/audit/{link}").context["changes"]]

    first = "?ledger=enterprises"
    second = turn(first, "next")
    third = turn(second, "next")
    assert [*names(first), *names(second), *names(third)] == made[::-1]
    assert turn(third, "next") == ""
    assert names(turn(third, "prev")) == names(second)
    assert names(turn(turn(third, "prev"), "prev")) == names(first)
    assert turn(turn(turn(third, "prev"), "prev"), "prev") == ""
    page = client.get(f"/audit/{first}").content.decode()
    assert "4 条以上" in page
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(f"/audit/{second}")
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"] and "historical" in query["sql"]]
    assert all("LIMIT 5" in sql for sql in counts)
    assert not [query for query in queries if "OFFSET" in query["sql"]]


def test_an_auditor_sees_the_own_units_only(
    signed_in: SignIn, account: AccountFactory, units: Units, changed: list[Enterprise]
) -> None:
    enterprise(units.neighbour_village, 9)
    village = signed_in(account(Role.AUDITOR, units.villages[1]))
    assert len(shown(village)) == 2
    assert shown(village, unit="西河") == []
    county = signed_in(account(Role.AUDITOR, units.county))
    assert len(shown(county)) == 8


def test_actions_are_found_too(signed_in: SignIn, auditor: User, officer: User) -> None:
    record_action(Action.Kind.FORBIDDEN, Action.Result.REFUSED, user=officer, target="GET /accounts/")
    client = signed_in(auditor)
    found = {"kind": "forbidden", "who": officer.username}
    (entry,) = client.get("/audit/actions/", found).context["page"].rows
    assert (entry.account, entry.target) == (officer.username, "GET /accounts/")
    assert not client.get("/audit/actions/", {**found, "result": "done"}).context["page"].rows
    assert not client.get("/audit/actions/", {"unit": "新桥"}).context["page"].rows


def csv_rows(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


def test_what_is_found_goes_into_a_file_that_names_the_chain_and_holds_no_formula(
    signed_in: SignIn, auditor: User, units: Units, changed: list[Enterprise]
) -> None:
    enterprise(units.village, 20, name="=cmd|'/c calc'!A1")
    seal_new()
    client = signed_in(auditor)
    rows = csv_rows(client.get("/audit/changes.csv", {"ledger": "enterprises", "kind": "+"}))
    assert [row[3] for row in rows[1:7]] == ["新增"] * 6
    assert rows[1][6] == "'=cmd|'/c calc'!A1"
    assert rows[7] == [f"历史记录链首 {head()}"]
    answer: Any = client.get("/audit/changes.xlsx", {"ledger": "enterprises"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.worksheets[0].max_row == 9
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)
    assert head() in str(book["说明"]["A1"].value)
    told = csv_rows(client.get("/audit/actions.csv", {"kind": "download"}))
    assert told[1][5] == "GET /audit/changes.xlsx"
    assert client.get("/audit/changes.exe").status_code == 404


def test_a_long_list_is_written_by_a_job_for_its_own_user(
    signed_in: SignIn,
    auditor: User,
    officer: User,
    changed: list[Enterprise],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledgers.views.audit.INLINE_ROWS", 3)
    monkeypatch.setattr(exporting, "_PIECE", 2)
    client = signed_in(auditor)
    asked = client.get("/audit/changes.csv", {"ledger": "enterprises"})
    job = Job.objects.get(kind=exporting.KIND)
    assert asked.headers["Location"] == job.get_absolute_url()
    exporting.jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert job.result["rows"] == 7
    rows = csv_rows(client.get(job.result["download"]))
    assert [int(row[-1]) for row in rows[1:8]] == sorted(ROWS.values_list("pk", flat=True), reverse=True)
    assert signed_in(officer).get(job.result["download"]).status_code == 404


def test_the_state_of_the_history_is_on_the_page_and_checked_again_by_a_button(
    signed_in: SignIn, auditor: User, changed: list[Enterprise]
) -> None:
    client = signed_in(auditor)
    assert "尚未核验" in client.get("/audit/").content.decode()

    def check() -> str:
        location = client.post("/audit/verify/").headers["Location"]
        # The second click finds the first one's job.
        assert client.post("/audit/verify/").headers["Location"] == location
        exporting.jobs.execute(location.split("/")[2])
        return client.get("/audit/").content.decode()

    page = check()
    assert "历史记录和操作日志完好" in page
    assert head() in page
    broken = ROWS.latest("history_id")
    with rewriting("tests"):
        ROWS.filter(pk=broken.pk).delete()
    page = check()
    assert "有问题" in page
    assert f"第{broken.pk}行历史" in page


def test_nobody_but_who_may_see_the_history_gets_any_of_it(signed_in: SignIn, admin: User) -> None:
    client = signed_in(admin)
    for path in ("/audit/", "/audit/actions/", "/audit/changes.csv", "/audit/actions.xlsx"):
        assert client.get(path).status_code == 403
    assert client.post("/audit/verify/").status_code == 403
    assert client.get("/audit/verify/").status_code == 403
