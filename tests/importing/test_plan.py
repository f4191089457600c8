"""What an import would do: new, changed, unchanged, wrong; and how many queries it takes to know."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledgers.importing.matching import Matcher
from ledgers.importing.problems import SheetRejected
from ledgers.models import OrgUnit
from ledgers.registry import ledgers
from ledgers.work.models import Activity
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.core import factories
from tests.importing.conftest import Importer, Planner
from tests.importing.plans import problems
from tests.importing.workbooks import HEADERS, SAMPLE, book, company, credit_code, office_sample, simple


def test_the_office_sample_is_read_as_it_is(plan: Planner, units: Units) -> None:
    found = plan(office_sample())
    assert found.errors == []
    assert len(found.creates) == found.rows == 6
    (sheet,) = found.read.sheets
    described = sheet.as_json()
    assert described["header_rows"] == [3, 4]
    assert (described["first_row"], described["last_row"]) == (5, 11)
    assert described["ignored"] == ["序号"]
    assert described["skipped_rows"] == [{"row": 12, "why": "合计"}, {"row": 14, "why": "填表人"}]
    records: list[Any] = [planned.instance for planned in found.creates]
    assert [record.unit.name for record in records] == ["上河村"] * 2 + ["下河村"] * 2 + ["新桥村"] * 2
    assert [record.registered_capital for record in records[:4]] == [1200, 300, Decimal("80.5"), 2000]
    assert [record.staff for record in records[:4]] == [35, 8, 40, 16]
    assert [record.chamber_member for record in records[:4]] == [True, False, False, True]
    assert records[0].chamber_since == dt.date(2020, 3, 1)
    assert records[3].chamber_since == dt.date(2019, 5, 1)
    assert {record.remark for record in records} == {""}


def test_the_sample_workbook(plan: Planner, units: Units) -> None:
    OrgUnit.objects.create_under(units.township, code="330281101204", name="石门社区", level="village")
    found = plan(SAMPLE.read_bytes())
    assert found.counts() == {
        "rows": 12,
        "created": 12,
        "updated": 0,
        "unchanged": 0,
        "wrong": 0,
        "skipped": 2,
        "errors": 0,
    }
    assert [row + 1 for row, _ in found.read.sheets[0].skipped] == [18, 20]


def test_all_problems_at_once_with_their_addresses(plan: Planner) -> None:
    found = plan(
        simple(
            company(1),
            ["上河村", "示例企业2", "91330281MA00000020", "一百", 2.5],
            ["柳湾村", "", credit_code(3), 1, 1],
            company(4, capital="2023年"),
        )
    )
    assert [(error.cell, error.column) for error in found.errors] == [
        ("C3", "统一社会信用代码"),
        ("D3", "注册资本（万元）"),
        ("E3", "从业人数（人）"),
        ("A4", "所在村"),
        ("B4", "企业名称"),
        ("D5", "注册资本（万元）"),
    ]
    assert all(error.problem.endswith("。") for error in found.errors)
    assert (found.wrong_rows, len(found.creates)) == (3, 1)


def test_problems_never_repeat_a_cell(plan: Planner) -> None:
    found = plan(simple(["保密村", "保密公司", "保密代码", "保密资本", "保密人数"]))
    assert len(found.errors) == 4
    assert not any("保密" in error.problem for error in found.errors)


def test_a_village_out_of_reach_is_an_error_of_its_row(plan: Planner, units: Units) -> None:
    found = plan(simple(company(1, "柳湾村"), company(2, "上河村")))
    assert [error.cell for error in found.errors] == ["A2"]
    assert len(found.creates) == 1
    found = plan(simple(company(1, "下河村")), unit=units.village)
    assert [error.cell for error in found.errors] == ["A2"]


def test_a_record_of_another_unit_is_never_taken_over(plan: Planner, units: Units) -> None:
    factories.enterprise(units.neighbour_village, 1, credit_code=credit_code(1))
    found = plan(simple(company(1)))
    assert [(error.cell, "范围以外" in error.problem) for error in found.errors] == [("C2", True)]


VILLAGE_NAMES = [
    "上河村",
    "上河",
    "上河 村",
    "上河村民委员会",
    "上河村村委会",
    "东山镇上河村",
    "清江县东山镇上河村",
    "330281101201",
]


@pytest.mark.parametrize("name", VILLAGE_NAMES)
def test_names_of_a_village(plan: Planner, units: Units, name: str) -> None:
    (planned,) = plan(simple(company(1, name))).creates
    assert planned.instance.unit == units.village


def test_an_unknown_village_comes_with_a_suggestion(plan: Planner) -> None:
    (error,) = plan(simple(company(1, "上可村"))).errors
    assert "上河村" in error.problem


def test_rows_without_a_village_belong_to_the_sheets_unit(plan: Planner, units: Units) -> None:
    header, row = HEADERS[1:], company(1)[1:]
    named = plan(book(("下河村", [header, row])))
    titled = plan(book(("Sheet1", [["填报单位：新桥村"], header, row])))
    nameless = plan(book(("Sheet1", [header, row])))
    village = [found.creates[0].instance.unit.name for found in (named, titled, nameless)]
    assert village == ["下河村", "新桥村", "东山镇"]


def test_several_sheets_are_taken_and_others_left_out_with_the_reason(plan: Planner) -> None:
    found = plan(
        book(
            ("上河村", [HEADERS, company(1)]),
            ("下河村", [HEADERS, company(2, "下河村")]),
            ("填表说明", [["本表由各村填报"], ["一式两份"]]),
            ("空表", [HEADERS]),
        )
    )
    assert [sheet.name for sheet in found.read.sheets] == ["上河村", "下河村"]
    assert [(sheet.name, why) for sheet, why in found.read.left_out] == [
        ("填表说明", "没有找到这些列：企业名称、统一社会信用代码"),
        ("空表", "表头下面没有数据"),
    ]


def test_the_same_record_twice_in_the_file_is_an_error(plan: Planner) -> None:
    found = plan(book(("一", [HEADERS, company(1), company(2), company(1)]), ("二", [HEADERS, company(2)])))
    assert [(error.sheet, error.cell) for error in found.errors] == [("一", "C4"), ("二", "C2")]
    assert "第2行" in found.errors[0].problem
    assert "工作表“一”第3行" in found.errors[1].problem


def test_of_two_records_that_a_row_may_mean_none_is_changed(plan: Planner, units: Units) -> None:
    for _ in range(2):
        Activity.objects.create(unit=units.village, kind="visit", held_on="2025-05-01", title="走访企业")
    headers = ["村（社区）", "活动名称", "活动日期", "活动类别", "参加人次"]
    found = plan(book(("一", [headers, ["上河村", "走访企业", "2025-05-01", "走访慰问", 9]])), "activities")
    assert (len(found.creates), len(found.updates), len(found.same)) == (0, 0, 0)
    (error,) = found.errors
    assert "系统中有2条" in error.problem


def test_a_record_that_is_deleted_while_it_is_compared_is_a_new_one(
    plan: Planner, imported: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(simple(company(1), company(2)))
    find = Matcher.existing

    def found_and_deleted(matcher: Matcher, *asked: Any) -> Any:
        found = find(matcher, *asked)
        Enterprise.objects.filter(credit_code=credit_code(2)).delete()
        return found

    monkeypatch.setattr(Matcher, "existing", found_and_deleted)
    found = plan(simple(company(1, staff=11), company(2, staff=22)))
    assert [planned.instance.credit_code for planned in found.creates] == [credit_code(2)]  # type: ignore[attr-defined]
    assert [planned.instance.credit_code for planned in found.updates] == [credit_code(1)]  # type: ignore[attr-defined]
    assert found.errors == []


def test_what_must_be_unique_beside_the_key_is_refused_before_the_database_is_asked(
    plan: Planner, imported: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(name: str, number: int, **fields: Any) -> list[Any]:
        village, _, *rest = company(number, **fields)
        return [village, name, *rest]

    imported(simple(named("甲公司", 1), named("乙公司", 2)))
    # As of a model that has a second unique field; a record may keep what it has.
    monkeypatch.setattr(Matcher, "unique_sets", lambda matcher: [("name",)])
    rows = [named("甲公司", 1, staff=11), named("乙公司", 3), named("丙公司", 4), named("丙公司", 5)]
    found = plan(simple(*rows))
    assert problems(found) == {
        "B3": "企业名称已由另一条记录使用，不能重复，请核对。",
        "B5": "企业名称与第4行相同，不能重复，请核对。",
    }
    assert [planned.source.row for planned in found.creates] == [3]
    assert [planned.source.row for planned in found.updates] == [1]


def test_changes_cell_by_cell(plan: Planner, imported: Importer, units: Units) -> None:
    imported(simple(company(1), company(2), company(3)))
    found = plan(simple(company(1), company(2, "下河村", capital=200), company(4)))
    assert (len(found.creates), len(found.updates), found.unchanged) == (1, 1, 1)
    changes = [(change.cell, change.label, change.old, change.new) for change in found.updates[0].changes]
    assert changes == [
        ("A3", "所在村", units.villages[0].pk, units.villages[1].pk),
        ("D3", "注册资本", Decimal(100), Decimal(200)),
    ]


def test_a_blank_cell_leaves_the_record_as_it_is(plan: Planner, imported: Importer) -> None:
    imported(simple(company(1, capital=100, staff=10)))
    found = plan(simple(company(1, capital="", staff="--")))
    assert (found.unchanged, found.updates) == (1, [])


def test_brackets_of_either_width_are_the_same_record(plan: Planner, imported: Importer) -> None:
    header = ["活动日期", "活动名称", "活动类别"]
    imported(book(("一", [header, ["2025-3-1", "座谈会（第一次）", "走访"]])), slug="activities")
    found = plan(book(("一", [header, ["2025-3-1", "座谈会(第一次)", "走访"]])), slug="activities")
    assert (found.unchanged, len(found.creates), found.updates) == (1, 0, [])
    # Nor do they change when something else does.
    found = plan(
        book(("一", [[*header, "参加人次"], ["2025-3-1", "座谈会(第一次)", "走访", 9]])), slug="activities"
    )
    (planned,) = found.updates
    assert [change.field for change in planned.changes] == ["attendance"]


def test_rules_of_the_model_are_checked_before_the_database_is_asked(plan: Planner) -> None:
    header = [*HEADERS, "成立日期", "注销日期"]
    found = plan(book(("一", [header, [*company(1), "2023-5-1", "2020-5-1"]])))
    assert [error.problem for error in found.errors] == ["注销日期不能早于成立日期，请核对。"]


def test_units_in_headers_and_title_lines_are_converted(plan: Planner) -> None:
    in_header = [*HEADERS[:3], "注册资本（元）"]
    above = [*HEADERS[:3], "注册资本"]
    row = company(1, capital=1_200_000)[:4]
    for rows in ([in_header, row], [["单位：元"], above, row]):
        (planned,) = plan(book(("一", rows))).creates
        assert planned.instance.registered_capital == 120  # type: ignore[attr-defined]


def test_a_number_merged_over_rows_is_refused(plan: Planner) -> None:
    found = plan(simple(company(1), company(2), merge=["D2:D3"]))
    assert [error.cell for error in found.errors] == ["D2"] or [error.cell for error in found.errors] == [
        "D2",
        "D3",
    ]


def test_the_records_of_another_ledger_are_found_by_name(plan: Planner, units: Units) -> None:
    enterprise = factories.enterprise(units.village, 1)
    factories.enterprise(units.neighbour_village, 2)
    header = ["企业名称", "捐赠日期", "捐赠金额（万元）", "捐赠用途"]
    found = plan(
        book(
            (
                "一",
                [
                    header,
                    [enterprise.name, "2025.3", 5, "助学"],
                    ["示例企业2有限公司", "2025.3", 5, "助学"],
                    ["没有的公司", "2025.3", 5, "助学"],
                ],
            )
        ),
        slug="contributions",
    )
    assert [error.cell for error in found.errors] == ["A3", "A4"]
    (planned,) = found.creates
    assert planned.instance.enterprise == enterprise  # type: ignore[attr-defined]
    assert planned.instance.unit == units.village


def test_the_hash_follows_everything_that_would_be_written(plan: Planner, imported: Importer) -> None:
    first = plan(simple(company(1), company(2))).sha256
    assert plan(simple(company(1), company(2))).sha256 == first
    assert plan(simple(company(1), company(2, staff=11))).sha256 != first
    imported(simple(company(1)))
    assert plan(simple(company(1), company(2))).sha256 != first


def test_an_edit_of_a_record_changes_the_hash(plan: Planner, imported: Importer) -> None:
    imported(simple(company(1)))
    before = plan(simple(company(1, staff=11))).sha256
    Enterprise.objects.update(row_version=2)
    assert plan(simple(company(1, staff=11))).sha256 != before


def test_queries_do_not_grow_with_the_rows(plan: Planner, imported: Importer) -> None:
    def queries(rows: int) -> int:
        content = simple(*(company(number) for number in range(rows)))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            plan(content)
        return len(captured)

    imported(simple(company(1), company(2, staff=3)))
    assert queries(5) == queries(120)


def test_a_file_without_the_needed_columns_is_understood_as_nothing(plan: Planner) -> None:
    found = plan(book(("一", [["姓名", "电话"], ["某某", "1"]])))
    assert found.read.sheets == []
    assert "企业名称" in found.read.left_out[0][1]


def test_every_sheet_declares_columns_and_key_of_its_model() -> None:
    for ledger in ledgers:
        if ledger.sheet is not None:
            assert ledger.sheet.columns()
            assert set(ledger.sheet.natural_key()) <= {field.name for field in ledger.model._meta.fields}


def test_a_ledger_without_a_sheet_is_refused(plan: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(ledgers.get("briefs")), "sheet", None)
    with pytest.raises(SheetRejected, match="信息报送"):
        plan(simple(company(1)), slug="briefs")


def test_a_wrong_cell_does_not_make_the_unit_missing(plan: Planner) -> None:
    header = ["活动日期", "活动名称", "活动类别"]
    found = plan(book(("一", [header, ["没有日期", "座谈会", "走访"]])), slug="activities")
    assert [error.cell for error in found.errors] == ["A2"]


def test_equal_cells_of_different_kinds_are_read_apart(plan: Planner) -> None:
    found = plan(
        simple(company(1, staff=1), company(2, staff=True), company(3, staff="1人"), company(4, staff=1.5))
    )
    assert [error.cell for error in found.errors] == ["E3", "E5"]
