"""Importing in the browser: scope, verbs, the preview, confirming once, undoing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledgers import jobs, services
from ledgers.models import ImportBatch, Job, SheetLayout, User
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.workbooks import HEADERS, book, company, credit_code, office_sample, simple

SignIn = Callable[[User], Client]
UPLOAD = "/ledgers/enterprises/import/"


def hand_over(client: Client, content: bytes, units: Units, name: str = "台账.xlsx", **data: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(UPLOAD, {"file": file, "unit": units.township.pk, **data})


def run_jobs() -> None:
    for job in Job.objects.open().order_by("created_at"):
        jobs.execute(str(job.pk))


def checked(client: Client, content: bytes, units: Units) -> ImportBatch:
    """The batch of a file that has been handed over and checked."""
    response = hand_over(client, content, units)
    assert response.status_code == 302
    run_jobs()
    return ImportBatch.objects.order_by("-pk")[0]


def page(client: Client, batch: ImportBatch, show: str = "", **query: Any) -> str:
    """The batch's page, with the list called ``show``; white space made single."""
    response = client.get(batch.get_absolute_url(), {"show": show, **query})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def act(client: Client, batch: ImportBatch, what: str, **data: Any) -> Any:
    response = client.post(reverse(f"imports:{what}", args=[batch.pk]), data)
    run_jobs()
    batch.refresh_from_db()
    return response


@pytest.fixture
def client(signed_in: SignIn, officer: User) -> Client:
    return signed_in(officer)


def test_from_the_file_to_the_undo(client: Client, units: Units, officer: User) -> None:
    form = client.get(UPLOAD).content.decode()
    assert "把现有表格原样交上来" in form
    response = hand_over(client, office_sample(), units)
    job = Job.objects.get()
    assert response["Location"] == job.get_absolute_url()
    assert job.payload == {"batch": ImportBatch.objects.get().pk}
    run_jobs()
    job.refresh_from_db()
    batch = ImportBatch.objects.get()
    assert job.result["url"] == batch.get_absolute_url()
    assert not Enterprise.objects.exists()
    preview = page(client, batch)
    assert "确认导入" in preview
    assert "东山示例1有限公司" in preview
    skipped = page(client, batch, "skipped")
    assert "第 12 行" in skipped
    assert "合计" in skipped

    assert act(client, batch, "confirm").status_code == 302
    assert batch.state == ImportBatch.State.APPLIED
    assert Enterprise.objects.count() == 6
    assert {row.history_user for row in Enterprise.history.filter(batch=batch)} == {officer}
    result = page(client, batch)
    assert "撤销导入" in result
    assert Enterprise.objects.order_by("pk")[0].get_absolute_url() in result

    act(client, batch, "undo")
    assert batch.state == ImportBatch.State.UNDONE
    assert not Enterprise.objects.exists()
    assert "已撤销：删去 6 条" in page(client, batch)


def test_the_file_is_private_and_goes_when_the_batch_is_settled(
    client: Client, units: Units, settings: LazySettings
) -> None:
    kept = Path(settings.MEDIA_ROOT) / "imports"
    batch = checked(client, simple(company(1)), units)
    # The upload and, beside it, the plan that was shown.
    assert {file.suffix for file in kept.iterdir()} == {".upload", ".plan"}
    assert not any("台账" in file.name or file.stat().st_mode & 0o077 for file in kept.iterdir())
    act(client, batch, "confirm")
    assert list(kept.iterdir()) == []
    assert batch.upload.name == ""
    assert "new" not in batch.preview
    batch = checked(client, simple(company(2)), units)
    act(client, batch, "cancel")
    assert list(kept.iterdir()) == []
    assert (batch.state, batch.preview) == ("cancelled", {})


def test_the_preview_shows_wrong_and_changed_cells(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1)), units)
    act(client, batch, "confirm")
    batch = checked(client, simple(company(1, staff=77), company(2, staff="许多")), units)
    changed = page(client, batch, "changed")
    assert "<ins>77</ins>" in changed
    assert "<del>10</del>" in changed
    shown = page(client, batch)
    assert "E3" in shown
    assert "许多" in shown
    assert "只导入正确的行" in shown
    assert "确认导入" not in shown


def test_wrong_rows_are_left_out_only_when_the_user_says_so(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1), company(2, staff="许多")), units)
    act(client, batch, "confirm")
    assert batch.state == ImportBatch.State.PREVIEWED
    assert not Enterprise.objects.exists()
    act(client, batch, "confirm", skip_errors="1")
    assert batch.state == ImportBatch.State.APPLIED
    assert Enterprise.objects.get().credit_code == credit_code(1)


def test_a_double_click_applies_once(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1)), units)
    url = reverse("imports:confirm", args=[batch.pk])
    client.post(url)
    second = client.post(url, follow=True)
    assert "没有重复处理" in second.content.decode()
    assert Job.objects.filter(kind="import.apply").count() == 1
    run_jobs()
    client.post(url)
    run_jobs()
    assert Enterprise.history.count() == 1


def test_a_job_run_twice_writes_once(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1)), units)
    act(client, batch, "confirm")
    for job in Job.objects.all():
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
        jobs.execute(str(job.pk))
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.APPLIED
    assert Enterprise.history.count() == 1


def test_what_changed_in_between_asks_for_another_look(client: Client, units: Units, officer: User) -> None:
    act(client, checked(client, simple(company(1)), units), "confirm")
    batch = checked(client, simple(company(1, staff=11)), units)
    record = Enterprise.objects.get()
    record.staff = 50
    services.update_record(instance=record, user=officer, expected_version=1)
    act(client, batch, "confirm")
    assert batch.state == ImportBatch.State.PREVIEWED
    shown = page(client, batch)
    assert "数据有变化" in shown
    assert "<del>50</del>" in shown
    act(client, batch, "confirm")
    assert Enterprise.objects.get().staff == 11


def test_a_file_that_was_not_understood_says_so_and_what_to_do(client: Client, units: Units) -> None:
    good = checked(client, simple(company(1)), units)
    batch = checked(client, book(("一", [["甲方", "数量"], ["示例企业", "3"]])), units)
    assert (batch.state, batch.counts) == (ImportBatch.State.UNCLEAR, {})
    shown = page(client, batch)
    assert "未能识别" in shown
    assert "没有认出要导入的表，什么都没有写入" in shown
    assert "换一张表" in shown
    assert "import-counts" not in shown
    assert "确认导入" not in shown

    def listed(state: str) -> tuple[set[int], str]:
        response = client.get("/imports/", {"state": state})
        return {each.pk for each in response.context["page_obj"]}, response.content.decode()

    assert listed("unclear")[0] == {batch.pk}
    assert listed("previewed")[0] == {good.pk}
    assert listed("no such state")[0] == listed("")[0] == {good.pk, batch.pk}
    assert "请指明各列，或换一张表" in listed("unclear")[1]
    assert "没有这个状态的导入" in listed("undone")[1]
    act(client, batch, "cancel")
    assert (batch.state, batch.upload.name) == (ImportBatch.State.CANCELLED, "")


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


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "空的"), (b"<html></html>", "另存为"), (b"PK\x03\x04", "损坏"), (b"%PDF-1.4", "PDF")],
)
def test_a_file_that_is_no_table_is_refused_at_once(
    client: Client, units: Units, settings: LazySettings, content: bytes, said: str
) -> None:
    response = hand_over(client, content, units, name="台账.xls")
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not ImportBatch.objects.exists()
    kept = Path(settings.MEDIA_ROOT) / "imports"
    assert not kept.exists() or list(kept.iterdir()) == []


def test_a_file_that_turns_out_to_be_unusable(client: Client, units: Units, settings: LazySettings) -> None:
    batch = checked(client, "没有表头的一句话\n".encode(), units)
    assert batch.state == ImportBatch.State.FAILED
    assert "没有可以导入的内容" in page(client, batch)
    assert list((Path(settings.MEDIA_ROOT) / "imports").iterdir()) == []


def test_a_file_over_the_limit_is_refused(client: Client, units: Units, settings: LazySettings) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    response = hand_over(client, b"a,b\n" * 300_000, units)
    assert response.status_code == 413
    assert "超过1MB" in response.content.decode()
    assert not ImportBatch.objects.exists()


def test_what_the_file_says_is_never_markup(client: Client, units: Units) -> None:
    nasty = "<script>alert(1)</script>"
    content = book((nasty[:25].replace("/", ""), [[*HEADERS, nasty], [*company(1, staff=nasty), nasty]]))
    response = hand_over(client, content, units, name="<b>x<b>.xlsx")
    assert response.status_code == 302
    run_jobs()
    for show in ("wrong", "reading"):
        shown = page(client, ImportBatch.objects.get(), show)
        assert "<script>alert" not in shown
        assert "<b>x" not in shown
        assert "&lt;script&gt;" in shown


def test_a_unit_out_of_reach_is_no_choice(client: Client, units: Units) -> None:
    response = hand_over(client, simple(company(1)), units, unit=units.neighbour.pk)
    assert response.status_code == 422
    assert not ImportBatch.objects.exists()


ACTIONS = ["confirm", "mapping", "cancel", "undo"]


def test_a_neighbours_batch_does_not_exist(
    client: Client, signed_in: SignIn, neighbour_officer: User, units: Units
) -> None:
    batch = checked(client, simple(company(1)), units)
    other = signed_in(neighbour_officer)
    assert other.get(batch.get_absolute_url()).status_code == 404
    for action in ACTIONS:
        assert other.post(reverse(f"imports:{action}", args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.PREVIEWED
    assert batch.file_name not in other.get(reverse("imports:list")).content.decode()


def test_an_open_batch_is_its_owners_and_a_settled_one_the_offices(
    client: Client, signed_in: SignIn, account: Callable[..., User], officer: User, units: Units
) -> None:
    colleague = signed_in(account(officer.role, units.township))
    batch = checked(client, simple(company(1)), units)
    assert colleague.get(batch.get_absolute_url()).status_code == 404
    act(client, batch, "confirm")
    assert colleague.get(batch.get_absolute_url()).status_code == 200
    act(colleague, batch, "undo")
    assert batch.state == ImportBatch.State.UNDONE


def test_readers_and_clerks_do_not_import(
    client: Client, signed_in: SignIn, leader: User, clerk: User, units: Units
) -> None:
    batch = checked(client, simple(company(1)), units)
    act(client, batch, "confirm")
    reader = signed_in(leader)
    assert reader.get(UPLOAD).status_code == 403
    assert reader.get(reverse("imports:list")).status_code == 403
    assert reader.get(batch.get_absolute_url()).status_code == 403
    for action in ACTIONS:
        assert reader.post(reverse(f"imports:{action}", args=[batch.pk])).status_code == 403
    assert signed_in(clerk).get(UPLOAD).status_code == 403
    assert Client().get(UPLOAD).status_code == 302


def test_changes_are_posted(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1)), units)
    for action in ACTIONS:
        assert client.get(reverse(f"imports:{action}", args=[batch.pk])).status_code == 405


def test_rights_lost_in_between_stop_the_job(client: Client, units: Units, officer: User) -> None:
    batch = checked(client, simple(company(1)), units)
    client.post(reverse("imports:confirm", args=[batch.pk]))
    User.objects.filter(pk=officer.pk).update(role="leader")
    run_jobs()
    assert not Enterprise.objects.exists()
    assert Job.objects.get(kind="import.apply").state == Job.State.FAILED


def test_an_import_whose_job_failed_can_be_given_up(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1)), units)
    client.post(reverse("imports:confirm", args=[batch.pk]))
    Job.objects.filter(kind="import.apply").update(state=Job.State.FAILED, error="处理时出现意外错误。")
    assert "处理时出现意外错误。" in page(client, batch)
    act(client, batch, "cancel")
    assert batch.state == ImportBatch.State.CANCELLED


def test_the_list_shows_the_offices_imports(client: Client, units: Units) -> None:
    assert "还没有导入过表格" in client.get(reverse("imports:list")).content.decode()
    checked(client, simple(company(1)), units)
    assert "台账.xlsx" in client.get(reverse("imports:list")).content.decode()


def test_a_row_of_somebody_elses_village_is_an_error_of_its_cell(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1), company(2, village="柳湾村")), units)
    (error,) = batch.preview["errors"]
    assert (error["cell"], "填报范围" in error["problem"]) == ("A3", True)
    act(client, batch, "confirm", skip_errors="1")
    assert [record.unit for record in Enterprise.objects.all()] == [units.village]


def test_long_lists_are_narrowed_by_the_url(client: Client, units: Units) -> None:
    def rows(first: int, **wrong: Any) -> list[list[Any]]:
        return [list(HEADERS), *(company(number, **wrong) for number in range(first, first + 60))]

    batch = checked(client, book(("一村", rows(1, staff="许多")), ("二村", rows(101, capital="不详"))), units)
    first = page(client, batch)
    assert "共 120 处，第 1 至 50 处" in first
    assert "从业人数（人）（60）" in first
    assert "E2" in first
    last = page(client, batch, "wrong", sheet="二村", column="注册资本（万元）", page=2)
    assert "共 60 处，第 51 至 60 处" in last
    assert "D61" in last
    assert "许多" not in last
    # What the file does not have narrows nothing.
    assert "共 120 处" in page(client, batch, "wrong", sheet="三村")


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
