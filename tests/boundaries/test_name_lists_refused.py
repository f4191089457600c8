"""A name list that is not counted: nothing of it stays or is shown, and nobody else comes by it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ethnicity.models import PopulationReturn
from ethnicity.sheets import PopulationReturnSheet
from ledgers.access import Role
from ledgers.models import ImportBatch, User
from ledgers.registry import ledgers
from tests.boundaries.lists import (
    COUNT_LEDGERS,
    HEADER,
    NAMES,
    NUMBERS,
    assert_nothing_of_it,
    everything_in_the_database,
    large_list,
    name_list,
)
from tests.boundaries.upload import confirm, counted, files_written, hand_over, page
from tests.conftest import AccountFactory, Units
from tests.returns.factories import ACCEPTED, population

SignIn = Callable[[User], Client]

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


def test_a_locked_return_is_refused_with_the_reason(client: Client, units: Units, content: bytes) -> None:
    population(units.village, "2025Q3", 5, 5, state=ACCEPTED)
    batch = counted(client, content, units)
    (error,) = batch.preview["errors"]
    assert "锁定" in error["problem"]
    confirm(client, batch, skip_errors="1")
    assert PopulationReturn.objects.get().minority == 10


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
