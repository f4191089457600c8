"""A name list handed in on the upload page: never on the disk, counted, and only totals kept."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ethnicity.models import EthnicComposition, PopulationReturn
from ethnicity.sheets import PopulationReturnSheet
from ledgers import jobs
from ledgers.access import Role
from ledgers.models import ImportBatch, Job, SheetLayout, User
from ledgers.registry import ledgers
from overseas.models import OverseasReturn
from tests.boundaries.lists import (
    COUNT_LEDGERS,
    HEADER,
    NAMES,
    NUMBERS,
    assert_nothing_of_it,
    everything_in_the_database,
    files_below,
    large_list,
    name_list,
)
from tests.conftest import AccountFactory, Units
from tests.returns.factories import ACCEPTED, SUBMITTED, population
from tests.returns.test_imports import overseas_table

SignIn = Callable[[User], Client]
UPLOAD = "/ledgers/population-returns/import/"
#: Django's own handlers write what is larger than this to the temporary folder.
SPOOLED_FROM = 2_621_440


@pytest.fixture
def client(signed_in: SignIn, officer: User) -> Client:
    return signed_in(officer)


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return name_list(tmp_path / "list.xlsx").read_bytes()


def hand_over(
    client: Client, content: bytes, units: Units, slug: str = "population-returns", **data: Any
) -> Any:
    # The file's own name may be somebody's, too.
    file = SimpleUploadedFile(f"{NAMES[0]}.xlsx", content)
    values = {"file": file, "unit": units.township.pk, "period": "2025Q3", **data}
    return client.post(f"/ledgers/{slug}/import/", values)


def counted(client: Client, content: bytes, units: Units, slug: str = "population-returns") -> ImportBatch:
    response = hand_over(client, content, units, slug)
    assert response.status_code == 302, response.content.decode()
    batch = ImportBatch.objects.order_by("-pk")[0]
    assert response["Location"] == batch.get_absolute_url()
    return batch


def confirm(client: Client, batch: ImportBatch, **data: str) -> Any:
    response = client.post(reverse("imports:confirm", args=[batch.pk]), data, follow=True)
    for job in Job.objects.open():
        jobs.execute(str(job.pk))
    batch.refresh_from_db()
    return response


def page(client: Client, batch: ImportBatch, show: str = "") -> str:
    response = client.get(batch.get_absolute_url(), {"show": show})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


_opened: list[str] | None = None


def _note_writing(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is None or event != "open" or not isinstance(arguments[0], str):
        return
    if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and arguments[0] != os.devnull:
        _opened.append(arguments[0])


sys.addaudithook(_note_writing)


@contextmanager
def files_written() -> Iterator[list[str]]:
    """The paths of all files that this process opens for writing."""
    global _opened
    found: list[str] = []
    _opened = found
    try:
        yield found
    finally:
        _opened = None


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


def test_a_list_with_a_wrong_row_is_not_counted_in_part(client: Client, units: Units, tmp_path: Path) -> None:
    content = name_list(tmp_path / "wrong.xlsx", wrong=True).read_bytes()
    batch = counted(client, content, units)
    (error,) = batch.preview["errors"]
    assert (error["cell"], error["column"], error["value"]) == ("E5", "类别", "")
    shown = page(client, batch, "wrong")
    assert "E5" in shown
    assert "只导入正确的行" not in shown
    for data in ({}, {"skip_errors": "1"}):
        assert "表里还有错误" in confirm(client, batch, **data).content.decode()
    assert not PopulationReturn.objects.exists()
    assert_nothing_of_it(everything_in_the_database())


MALFORMED = {
    # The first persons stand where the header would be.
    "without a header": "\n".join(
        f"上河村,{name},土家族,{number},{other}"
        for name, number, other in zip(NAMES, NUMBERS, reversed(NAMES), strict=True)
    ),
    "persons in the title": f"{NAMES[0]},{NAMES[1]}\n{HEADER}\n1,上河村,{NAMES[2]},苗族,户籍,{NUMBERS[0]},",
    "persons as columns": f"村（社区）,{','.join(NAMES)}\n上河村,{','.join(NUMBERS)}",
    "no kind of resident": f"村（社区）,姓名,民族,证号\n上河村,{NAMES[0]},苗族,{NUMBERS[0]}",
    "persons as villages": "\n".join(["村（社区）,姓名,类别", *(f"{name},{name},{name}" for name in NAMES)]),
    "figures beside persons": f"村（社区）,姓名,户籍,流动,说明\n上河村,{NAMES[0]},1,0,{NAMES[0]}",
    "an open quotation mark": f'{HEADER}\n1,上河村,"{NAMES[0]},苗族,户籍,{NUMBERS[0]}',
    "cut off": f"PK\x03\x04{NAMES[0]}{NUMBERS[0]}",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=list(MALFORMED))
@pytest.mark.parametrize("slug", COUNT_LEDGERS)
def test_a_list_that_cannot_be_counted_leaves_nothing_either(
    slug: str, text: str, client: Client, units: Units, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), files_written() as written:
        response = hand_over(client, text.encode(), units, slug)
        pages = [response.content.decode()]
        if response.status_code == 302:
            batch = ImportBatch.objects.get()
            pages += [page(client, batch, show) for show in ("", "wrong", "reading", "new", "skipped")]
        else:
            assert response.status_code == 422
            assert not ImportBatch.objects.exists()
    assert written == []
    for shown in pages:
        assert_nothing_of_it(shown)
    assert_nothing_of_it(everything_in_the_database())
    assert_nothing_of_it(caplog.text)
    if response.status_code == 302:
        confirm(client, batch, skip_errors="1")
        assert_nothing_of_it(everything_in_the_database())


@pytest.mark.parametrize("debug", [False, True])
def test_an_error_of_the_program_tells_nothing(
    debug: bool,
    client: Client,
    units: Units,
    content: bytes,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.DEBUG = debug
    settings.ADMINS = [("admin", "admin@example.com")]

    def fail(read: Any, rows: Any) -> None:
        raise ValueError(f"cannot count {NAMES[0]} {NUMBERS[0]}")

    monkeypatch.setattr(PopulationReturnSheet, "count", fail)
    client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        response = hand_over(client, content, units)
    assert response.status_code == 422
    assert "没有保存任何内容" in response.content.decode()
    assert "ValueError" in caplog.text
    assert_nothing_of_it(caplog.text)
    assert_nothing_of_it(response.content)
    assert not ImportBatch.objects.exists()


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


def test_a_locked_return_is_refused_with_the_reason(client: Client, units: Units, content: bytes) -> None:
    population(units.village, "2025Q3", 5, 5, state=ACCEPTED)
    batch = counted(client, content, units)
    (error,) = batch.preview["errors"]
    assert "锁定" in error["problem"]
    confirm(client, batch, skip_errors="1")
    assert PopulationReturn.objects.get().minority == 10


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


def test_a_list_over_the_limit_is_refused_and_dropped(
    client: Client, units: Units, settings: LazySettings
) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with files_written() as written:
        response = hand_over(client, large_list(), units)
    assert response.status_code == 413
    assert "超过1MB" in response.content.decode()
    assert written == []


@pytest.mark.parametrize("slug", COUNT_LEDGERS)
def test_who_may_hand_a_list_in(
    slug: str, signed_in: SignIn, account: AccountFactory, units: Units, content: bytes
) -> None:
    for role in Role:
        client = signed_in(account(role, units.village if role == Role.CLERK else units.township))
        page = client.get(f"/ledgers/{slug}/import/")
        assert page.status_code == (200 if role == Role.OFFICER else 403)
        if role != Role.OFFICER:
            assert hand_over(client, content, units, slug).status_code == 403
    stranger = hand_over(Client(), content, units, slug)
    assert stranger["Location"].startswith("/sign-in/")
    officer = signed_in(account(Role.OFFICER))
    foreign = {"unit": units.neighbour.pk}
    assert hand_over(officer, content, units, slug, **foreign).status_code == 422
    assert not ImportBatch.objects.exists()
    assert ledgers.get(slug).takes_uploads


def test_another_offices_count_does_not_exist(
    client: Client, signed_in: SignIn, neighbour_officer: User, units: Units, content: bytes
) -> None:
    batch = counted(client, content, units)
    other = signed_in(neighbour_officer)
    assert other.get(batch.get_absolute_url()).status_code == 404
    again = {"file": SimpleUploadedFile("a.xlsx", content), "period": "2025Q3"}
    for action in ("confirm", "mapping", "cancel", "undo"):
        assert other.post(reverse(f"imports:{action}", args=[batch.pk]), again).status_code == 404


def test_a_village_of_somebody_else_is_an_error_without_its_name(client: Client, units: Units) -> None:
    text = f"村（社区）,姓名,类别\n柳湾村,{NAMES[0]},户籍\n上河村,{NAMES[1]},户籍"
    batch = counted(client, text.encode(), units)
    (error,) = batch.preview["errors"]
    assert (error["cell"], "填报范围" in error["problem"]) == ("A2", True)
    assert "柳湾村" not in json.dumps(batch.preview, ensure_ascii=False)
