"""A name list handed in on the upload page: never on the disk, counted, and only totals kept."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ethnicity.models import EthnicComposition, PopulationReturn
from ledgers import jobs
from ledgers.models import ImportBatch, Job, SheetLayout
from overseas.models import OverseasReturn
from tests.boundaries.lists import (
    NAMES,
    NUMBERS,
    assert_nothing_of_it,
    everything_in_the_database,
    files_below,
    large_list,
)
from tests.boundaries.upload import UPLOAD, confirm, counted, files_written, hand_over, page
from tests.conftest import Units
from tests.returns.factories import SUBMITTED, population
from tests.returns.test_imports import overseas_table

#: Django's own handlers write what is larger than this to the temporary folder.
SPOOLED_FROM = 2_621_440


def test_a_large_list_is_never_written_to_a_file(
    client: Client, units: Units, settings: LazySettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = large_list()
    assert len(content) > SPOOLED_FROM
    with files_written() as written, caplog.at_level(logging.DEBUG):
        batch = counted(client, content, units)
        confirm(client, batch)
    assert written == []
    record = PopulationReturn.objects.get(unit=units.village)
    assert (record.registered, record.migrant) == (1, 1)
    assert PopulationReturn.objects.get(unit=units.villages[1]).minority == 4
    assert_nothing_of_it(everything_in_the_database())
    assert_nothing_of_it(caplog.text)
    assert_nothing_of_it(files_below(tmp_path))


def test_the_watch_above_would_see_an_upload_that_is_spooled(
    client: Client, units: Units, settings: LazySettings
) -> None:
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    with files_written() as written:
        # No page: the token check has read the body before any view could refuse it.
        client.post("/sign-in/", {"file": io.BytesIO(b"x" * 100)})
    assert any(path.endswith(".upload") or ".upload" in path for path in written)


@pytest.mark.parametrize("path", [UPLOAD, "/sign-in/", "/ledgers/enterprises/import/", "/nowhere/"])
def test_no_page_at_all_spools_an_upload(path: str, client: Client, units: Units) -> None:
    with files_written() as written:
        client.post(path, {"file": SimpleUploadedFile("a.csv", large_list()), "unit": "0"})
        Client().post(path, {"file": SimpleUploadedFile("a.csv", large_list())})
    assert written == []
    assert not ImportBatch.objects.exists()


def test_what_was_counted_is_shown_and_nothing_else_is_kept(
    client: Client, units: Units, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        batch = counted(client, content, units)
        for show in ("", "new", "skipped", "reading"):
            assert_nothing_of_it(page(client, batch, show))
    assert batch.preview["counted"] == {
        "上河村": {"registered": 1, "migrant": 2},
        "下河村": {"registered": 1, "migrant": 2},
    }
    assert "已按村计数，名单未保存" in page(client, batch)
    assert (batch.upload.name, batch.file_sha256) == ("", "")
    assert not PopulationReturn.objects.exists()
    assert not Job.objects.exists()
    assert_nothing_of_it(everything_in_the_database())

    confirm(client, batch)
    assert [job.payload for job in Job.objects.all()] == [{"batch": batch.pk}]
    assert batch.state == ImportBatch.State.APPLIED
    assert "totals" not in batch.preview
    record = PopulationReturn.objects.get(unit=units.village)
    assert (record.registered, record.migrant, record.state) == (1, 2, "submitted")
    assert record.get_absolute_url() in page(client, batch, "records")
    client.post(reverse("imports:undo", args=[batch.pk]))
    for job in Job.objects.open():
        jobs.execute(str(job.pk))
    assert not PopulationReturn.objects.exists()
    assert_nothing_of_it(everything_in_the_database())
    assert_nothing_of_it(caplog.text)


def test_small_groups_are_merged_before_anything_is_shown_or_kept(
    client: Client, units: Units, content: bytes
) -> None:
    confirm(client, counted(client, content, units))
    batch = counted(client, content, units, "ethnic-composition")
    assert batch.preview["counted"] == {}
    kept = json.dumps(batch.preview, ensure_ascii=False)
    for group in ("土家族", "苗族"):
        assert group not in kept
        assert group not in page(client, batch)
    (row,) = batch.preview["totals"]["rows"]
    assert (row["values"]["lines"], row["values"]["group_count"]) == ({}, 2)
    confirm(client, batch)
    record = EthnicComposition.objects.get()
    assert (record.lines, record.totals()) == ({}, (2, 4))
    assert_nothing_of_it(everything_in_the_database())


def test_groups_of_a_village_are_never_counted_shown_or_kept(
    client: Client, units: Units, content: bytes
) -> None:
    groups = ("土家族", "苗族", "侗族")
    assert hand_over(client, content, units, "ethnic-composition", unit=units.village.pk).status_code == 422
    # A list of one village, handed in as the township's: the villages' returns disagree, and it is not shown.
    lines = [f"上河村,{NAMES[0]},{group},户籍" for group in groups for _ in range(9)]
    one_village = "\n".join(["村（社区）,姓名,民族,类别", *lines])
    table = "\n".join(["村（社区）,民族,户籍,流动", *(f"上河村,{group},20,20" for group in groups)])
    named = "\n".join(["乡镇（街道）,民族,户籍,流动", *(f"上河村,{group},20,20" for group in groups)])
    for text in (one_village, table, named):
        batch = counted(client, text.encode(), units, "ethnic-composition")
        assert batch.counts["wrong"] == 1
        assert (batch.preview["counted"], batch.preview["totals"]["rows"]) == (None, [])
        for group in groups:
            assert group not in json.dumps(batch.preview, ensure_ascii=False)
            assert all(group not in page(client, batch, show) for show in ("", "new", "reading"))
        confirm(client, batch, skip_errors="1")
    assert not EthnicComposition.objects.exists()


def test_an_unknown_header_is_named_by_hand_once_and_remembered(
    client: Client, units: Units, tmp_path: Path
) -> None:
    def text(village: str) -> bytes:
        lines = [f"{village},{name},户籍,{number}" for name, number in zip(NAMES, NUMBERS, strict=True)]
        return "\n".join(["村（社区）,姓名,属于哪类,证号", *lines]).encode()

    batch = counted(client, text("上河村"), units)
    assert batch.problem
    reading = page(client, batch, "reading")
    # A header that nobody knows may be a person: the column goes by its letter.
    assert "属于哪类" not in reading
    assert "C列" in reading
    url = reverse("imports:mapping", args=[batch.pk])
    columns = {"column-0-0": "unit", "column-0-1": "", "column-0-2": "category", "column-0-3": ""}
    client.post(url, columns)
    batch.refresh_from_db()
    assert batch.preview.get("counted") is None  # the file was not kept, so it has to come again
    again = {"file": SimpleUploadedFile("a.csv", text("上河村")), "period": "2025Q2", **columns}
    assert client.post(url, again)["Location"] == batch.get_absolute_url()
    batch.refresh_from_db()
    assert batch.preview["counted"] == {"上河村": {"registered": 7, "migrant": 0}}
    assert (batch.problem, batch.period) == ("", "2025Q2")
    confirm(client, batch)
    assert PopulationReturn.objects.get(period="2025Q2").registered == 7
    assert SheetLayout.objects.get().mapping == {"0": "unit", "1": "", "2": "category", "3": ""}
    assert counted(client, text("下河村"), units).preview["counted"] == {
        "下河村": {"registered": 7, "migrant": 0}
    }
    assert_nothing_of_it(everything_in_the_database())


def test_a_table_of_villages_goes_the_same_way(client: Client, units: Units, tmp_path: Path) -> None:
    content = overseas_table(tmp_path / "table.xlsx").read_bytes()
    batch = counted(client, content, units, "overseas-returns")
    assert (batch.counts["created"], batch.upload.name) == (2, "")
    confirm(client, batch)
    assert OverseasReturn.objects.get(unit=units.village).returned_persons == 91
    assert counted(client, content, units, "overseas-returns").counts["unchanged"] == 2


def test_a_return_that_changes_before_the_confirmation_asks_for_another_look(
    client: Client, units: Units, content: bytes
) -> None:
    batch = counted(client, content, units)
    population(units.village, "2025Q3", 5, 5, state=SUBMITTED)
    confirm(client, batch)
    assert batch.state == ImportBatch.State.PREVIEWED
    assert "数据有变化" in page(client, batch)
    confirm(client, batch)
    assert PopulationReturn.objects.get(unit=units.village).minority == 3
