"""import_ledger and undo_import: the JSON, the exit statuses, one line on stderr and never a traceback."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ledgers import services
from ledgers.models import ImportBatch, User
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.conftest import FileMaker
from tests.importing.workbooks import book, company, credit_code, office_sample, simple

TOWNSHIP = "330281101000"


@dataclass(frozen=True)
class Outcome:
    status: int
    output: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)


def run(*arguments: object) -> Outcome:
    """The command as manage.py runs it: its exit status, its stdout, its one line on stderr."""
    out = io.StringIO()
    try:
        call_command(*map(str, arguments), stdout=out)
    except CommandError as error:
        return Outcome(error.returncode, out.getvalue(), str(error))
    except SystemExit as leaving:
        return Outcome(int(leaving.code or 0), out.getvalue(), "")
    return Outcome(0, out.getvalue(), "")


def run_import(path: object, *more: object) -> Outcome:
    return run("import_ledger", "enterprises", path, "--unit", TOWNSHIP, "--json", *more)


def test_the_json_says_how_the_file_was_read_and_what_was_done(saved: FileMaker, units: Units) -> None:
    path = saved(office_sample())
    outcome = run_import(path)
    assert outcome.status == 0
    assert outcome.json == {
        "batch": ImportBatch.objects.get().pk,
        "sheets": [
            {
                "name": "Sheet1",
                "header_rows": [3, 4],
                "first_row": 5,
                "last_row": 11,
                "columns": {
                    "所在村": "unit",
                    "企业名称": "name",
                    "统一社会信用代码": "credit_code",
                    "法定代表人": "legal_representative",
                    "联系电话": "office_phone",
                    "注册资本（万元）": "registered_capital",
                    "从业人数（人）": "staff",
                    "是否会员": "chamber_member",
                    "入会时间": "chamber_since",
                    "备注": "remark",
                },
                "ignored": ["序号"],
                "skipped_rows": [{"row": 12, "why": "合计"}, {"row": 14, "why": "填表人"}],
            }
        ],
        "left_out": [],
        "rows": 6,
        "created": 6,
        "updated": 0,
        "unchanged": 0,
        "errors": [],
        "counted": None,
    }
    again = run_import(path)
    assert again.status == 0
    assert (again.json["created"], again.json["updated"], again.json["unchanged"]) == (0, 0, 6)
    assert Enterprise.objects.count() == 6


def test_a_batch_of_the_command_line_keeps_no_file(saved: FileMaker, units: Units) -> None:
    run_import(saved(office_sample(), "../企业台账.xlsx".replace("../", "")))
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.file_name, batch.upload.name, batch.user) == (
        "applied",
        "企业台账.xlsx",
        "",
        None,
    )
    assert len(batch.file_sha256) == 64


def test_wrong_rows_stop_the_import_and_give_1(saved: FileMaker, units: Units) -> None:
    path = saved(simple(company(1), company(2, staff="很多")))
    outcome = run_import(path)
    assert outcome.status == 1
    assert outcome.json["batch"] is None
    assert outcome.json["created"] == 0
    (error,) = outcome.json["errors"]
    assert error.keys() == {"sheet", "cell", "column", "problem"}
    assert (error["sheet"], error["cell"], error["column"]) == ("企业", "E3", "从业人数（人）")
    assert not Enterprise.objects.exists()
    assert not ImportBatch.objects.exists()


def test_skip_errors_takes_the_good_rows_and_still_gives_1(saved: FileMaker, units: Units) -> None:
    outcome = run_import(saved(simple(company(1), company(2, staff="很多"))), "--skip-errors")
    assert outcome.status == 1
    assert outcome.json["created"] == 1
    assert outcome.json["batch"] == ImportBatch.objects.get().pk
    assert Enterprise.objects.get().credit_code == credit_code(1)


def test_the_wrong_cells_are_marked_in_a_copy_on_request(
    saved: FileMaker, units: Units, tmp_path: Path
) -> None:
    path, target = saved(simple(company(1), company(2, staff="很多"))), tmp_path / "marked.xlsx"
    before = path.read_bytes()
    assert run_import(path, "--dry-run", "--errors-to", target).status == 1
    sheet = openpyxl.load_workbook(target)["企业"]
    assert sheet["E3"].comment is not None
    assert sheet["E2"].comment is None
    # Nothing is overwritten, least of all the workbook itself.
    for other in (target, path, tmp_path / "marked.csv", tmp_path / "nowhere" / "marked.xlsx"):
        assert run_import(path, "--errors-to", other).status == 2
    assert path.read_bytes() == before
    clean = tmp_path / "clean.xlsx"
    assert run_import(saved(simple(company(1)), "good.xlsx"), "--errors-to", clean).status == 0
    assert not clean.exists()


def test_of_a_workbook_for_a_count_ledger_no_copy_is_made(
    saved: FileMaker, units: Units, tmp_path: Path
) -> None:
    target = tmp_path / "marked.xlsx"
    path = saved(book(("名册", [["姓名", "民族"], ["示例甲", "畲族"]])))
    arguments = ("import_ledger", "population-returns", path, "--unit", TOWNSHIP, "--period", "2025Q3")
    outcome = run(*arguments, "--errors-to", target)
    assert outcome.status == 2
    assert "不另存副本" in outcome.error
    assert not target.exists()


def test_dry_run_writes_nothing(saved: FileMaker, units: Units) -> None:
    outcome = run_import(saved(simple(company(1))), "--dry-run")
    assert (outcome.status, outcome.json["batch"], outcome.json["created"]) == (0, None, 1)
    assert not Enterprise.objects.exists()
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("content", [b"", b"<html></html>", simple()[:500], "没有,表头\n1,2\n".encode()])
def test_an_unusable_file_gives_2_and_one_line(saved: FileMaker, units: Units, content: bytes) -> None:
    outcome = run_import(saved(content, "a.xls"))
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.error.endswith("。")
    assert "\n" not in outcome.error


@pytest.mark.parametrize(
    "arguments",
    [
        ("enterprises", "没有这个文件.xlsx", "--unit", TOWNSHIP),
        ("enterprises", "{file}", "--unit", "999999999999"),
        ("没有这个台账", "{file}", "--unit", TOWNSHIP),
        ("enterprises", "{file}", "--unit", TOWNSHIP, "--period", "2025Q5"),
        ("enterprises", "{file}", "--unit", TOWNSHIP, "--sheet", "没有这张表"),
        ("enterprises", "{file}", "--unit", TOWNSHIP, "--user", "没有这个人"),
    ],
)
def test_an_unusable_call_gives_2_and_one_line(
    saved: FileMaker, units: Units, arguments: tuple[str, ...]
) -> None:
    path = saved(simple(company(1)))
    outcome = run("import_ledger", *(argument.format(file=path) for argument in arguments), "--json")
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.error.endswith("。")
    assert "\n" not in outcome.error
    assert not Enterprise.objects.exists()


def test_the_unit_is_the_reach_of_the_import(saved: FileMaker, units: Units) -> None:
    path = saved(simple(company(1, "下河村")))
    outcome = run("import_ledger", "enterprises", path, "--unit", units.village.code, "--json")
    assert outcome.status == 1
    assert [error["cell"] for error in outcome.json["errors"]] == ["A2"]


def test_an_import_in_somebodys_name_has_that_ones_rights(
    saved: FileMaker, units: Units, officer: User, clerk: User, neighbour_officer: User
) -> None:
    path = saved(simple(company(1)))
    assert run_import(path, "--user", clerk.username).status == 2
    assert run_import(path, "--user", neighbour_officer.username).status == 2
    assert run_import(path, "--user", officer.username).status == 0
    assert Enterprise.objects.get().created_by == officer
    assert Enterprise.history.get().history_user == officer


def test_a_person_gets_sentences(saved: FileMaker, units: Units) -> None:
    outcome = run(
        "import_ledger", "enterprises", saved(simple(company(1), company(2, staff="x"))), "--unit", TOWNSHIP
    )
    assert outcome.status == 1
    assert outcome.output.splitlines()[0].startswith("没有导入：有误1行。")
    assert "E3" in outcome.output


def test_undo_gives_back_what_was(saved: FileMaker, units: Units) -> None:
    batch = run_import(saved(simple(company(1)))).json["batch"]
    first = run("undo_import", batch, "--json")
    assert first.status == 0
    assert first.json == {
        "batch": batch,
        "state": "undone",
        "removed": 1,
        "restored": 0,
        "kept": [],
        "kept_count": 0,
    }
    assert not Enterprise.objects.exists()
    second = run("undo_import", batch, "--json")
    assert (second.status, second.json["removed"]) == (0, 0)


def test_undo_lists_what_it_keeps_and_gives_1(saved: FileMaker, units: Units, officer: User) -> None:
    batch = run_import(saved(simple(company(1), company(2)))).json["batch"]
    record = Enterprise.objects.get(credit_code=credit_code(1))
    record.staff = 99
    services.update_record(instance=record, user=officer, expected_version=1)
    outcome = run("undo_import", batch, "--json")
    assert outcome.status == 1
    assert outcome.json["removed"] == 1
    assert outcome.json["kept"] == [
        {"id": record.pk, "record": "示例企业1有限公司", "why": "导入之后又有修改"}
    ]


def test_undo_of_what_is_no_import_gives_2(units: Units) -> None:
    assert run("undo_import", 4711).status == 2
    batch = ImportBatch.objects.create(ledger_slug="enterprises", unit=units.township, state="cancelled")
    outcome = run("undo_import", batch.pk)
    assert outcome.status == 2
    assert outcome.error.endswith("。")
