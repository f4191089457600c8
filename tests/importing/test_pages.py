"""Importing in the browser: the file, the preview, confirming once, undoing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from ledgers import jobs, services
from ledgers.models import ImportBatch, Job, User
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.pages import UPLOAD, act, checked, hand_over, page, run_jobs
from tests.importing.workbooks import HEADERS, book, company, credit_code, office_sample, simple


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
