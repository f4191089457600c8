"""Every way of writing a value that offices have, and every value that must be refused rather than guessed."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ledgers.importing.cells import (
    Cell,
    CreditCodeCell,
    DateCell,
    DecimalCell,
    MoneyCell,
    PeriodCell,
    Reading,
    TextCell,
    WholeCell,
    YesNoCell,
)
from ledgers.importing.grid import ErrorCell
from ledgers.registry import ledgers
from nonpublic.models import Enterprise
from nonpublic.sheets import EnterpriseSheet


def bound(cell: Cell, name: str) -> Cell:
    cell.bind({field.name: field for field in Enterprise._meta.concrete_fields}[name])
    return cell


@pytest.mark.parametrize("blank", [None, "", "  ", "\u3000", "--", "—", "－", "/", "无", " 无 ", "\u200b"])
@pytest.mark.parametrize("cell", [TextCell(), WholeCell("人"), MoneyCell(), DateCell(), CreditCodeCell()])
def test_marks_for_nothing_are_nothing(cell: Cell, blank: Any) -> None:
    assert cell.clean(blank) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (35, 35),
        (35.0, 35),
        ("35", 35),
        ("35人", 35),
        (" 16 ", 16),
        ("４０", 40),
        ("1,200", 1200),
        ("1，200", 1200),
        ("１，２００人", 1200),
        ("1,234,567", 1234567),
        ("35名", 35),
        ("0.3万人", 3000),
        ("0", 0),
        ("３ ０ ０", 300),
    ],
)
def test_whole_numbers(typed: Any, number: int) -> None:
    assert WholeCell("人").clean(typed) == number


@pytest.mark.parametrize(
    "typed", ["约35", "30多", "三十五", "3.5", 2.5, -1, "-3", "12家", "1,2,3", True, "35/40", "1e3", "35%"]
)
def test_what_is_no_whole_number_is_refused(typed: Any) -> None:
    with pytest.raises(ValueError, match="。"):
        WholeCell("人").clean(typed)


@pytest.mark.parametrize(
    ("typed", "header_unit", "amount"),
    [
        ("80.5", "", "80.5"),
        (80.5, "万元", "80.5"),
        ("1，200", "万元", "1200"),
        ("３００", "万元", "300"),
        (500000, "元", "50"),
        ("1234567", "元", "123.4567"),
        ("50万元", "", "50"),
        ("50万", "元", "50"),
        ("20000000元", "万元", "2000"),
        ("1.2亿元", "万元", "12000"),
        (3, "百万元", "300"),
        ("￥100", "万元", "100"),
        (0.1 + 0.2, "万元", "0.3"),
    ],
)
def test_money_is_converted_to_the_unit_it_is_kept_in(typed: Any, header_unit: str, amount: str) -> None:
    cell = bound(MoneyCell("万元"), "registered_capital")
    assert cell.clean(typed, reading=Reading(header_unit=header_unit)) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "header_unit"), [("100万美元", ""), (100, "万美元"), (100, "人"), (100, "亩")]
)
def test_a_unit_that_cannot_be_converted_is_refused(typed: Any, header_unit: str) -> None:
    with pytest.raises(ValueError, match="单位"):
        bound(MoneyCell("万元"), "registered_capital").clean(typed, reading=Reading(header_unit=header_unit))


@pytest.mark.parametrize("typed", [1e12, float("nan"), float("inf"), "9" * 50])
def test_a_number_beyond_the_field_is_refused(typed: Any) -> None:
    with pytest.raises(ValueError, match="。"):
        bound(MoneyCell("万元"), "registered_capital").clean(typed)


def test_area_units_are_known() -> None:
    assert DecimalCell("平方米").clean("1,050㎡") == 1050
    with pytest.raises(ValueError, match="单位"):
        DecimalCell("平方米").clean("3亩")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2023.5", "2023-05-01"),
        ("2023年5月", "2023-05-01"),
        ("2023年5月12日", "2023-05-12"),
        ("２０２３年５月", "2023-05-01"),
        ("20230501", "2023-05-01"),
        (20230501.0, "2023-05-01"),
        (202305.0, "2023-05-01"),
        ("2023-5-1", "2023-05-01"),
        ("2023/5/1", "2023-05-01"),
        ("2023.05.01", "2023-05-01"),
        ("2023-05-01 00:00:00", "2023-05-01"),
        ("2023.10", "2023-10-01"),
        ("2023.1", "2023-01-01"),  # as text nothing is lost
        (2019.5, "2019-05-01"),
        (2023.12, "2023-12-01"),
        (2023.05, "2023-05-01"),
        ("2020年", "2020-01-01"),
        (2020, "2020-01-01"),
        (45047.0, "2023-05-01"),
        ("45047", "2023-05-01"),
        (dt.datetime(2023, 5, 1, 8, 30), "2023-05-01"),  # noqa: DTZ001  # as calamine gives it
        (dt.date(2023, 5, 1), "2023-05-01"),
        ("二〇二三年五月", "2023-05-01"),
        ("二〇二三年十二月三十一日", "2023-12-31"),
        ("2020年3月份", "2020-03-01"),
        ("2025年3月1日上午9时", "2025-03-01"),
        ("2025-3-1（星期六）", "2025-03-01"),
        ("2025年3月1日下午", "2025-03-01"),
    ],
)
def test_dates(typed: Any, day: str) -> None:
    assert DateCell().clean(typed) == dt.date.fromisoformat(day)


def test_serials_of_the_1904_epoch() -> None:
    assert DateCell().clean(43585.0, reading=Reading(date1904=True)) == dt.date(2023, 5, 1)


def test_october_typed_as_a_number_is_flagged_not_guessed() -> None:
    with pytest.raises(ValueError, match=r"1月和10月"):
        DateCell().clean(2023.1)


@pytest.mark.parametrize(
    "typed",
    [
        "2023.13",
        "2023-2-30",
        "5月1日",
        "23.5",
        "去年",
        "1023年5月",
        3.5,
        -1,
        99999999,
        True,
        "2023年5月至8月",
    ],
)
def test_what_is_no_date_is_refused(typed: Any) -> None:
    with pytest.raises(ValueError, match="。"):
        DateCell().clean(typed)


@pytest.mark.parametrize("typed", ["是", "√", "✓", "有", "Y", "yes", 1, 1.0, True, "１", "已"])
def test_yes(typed: Any) -> None:
    assert YesNoCell().clean(typed) is True


@pytest.mark.parametrize("typed", ["否", "×", "✗", "X", "无", "N", 0, 0.0, False, "未", "没有"])
def test_no(typed: Any) -> None:
    assert YesNoCell().clean(typed) is False


@pytest.mark.parametrize("typed", ["待定", 2, "是否"])
def test_neither_yes_nor_no(typed: Any) -> None:
    with pytest.raises(ValueError, match="是或否"):
        YesNoCell().clean(typed)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  东山　示例  公司 ", "东山 示例 公司"),
        ("东山\n示例公司", "东山示例公司"),
        ("ＡＢＣ１２３", "ABC123"),
        ("东山（示例）公司，", "东山（示例）公司，"),
        (57480000001.0, "57480000001"),
        ("a\x00b\u202ec", "abc"),
        (3.25, "3.25"),
    ],
)
def test_text_is_tidied(typed: Any, text: str) -> None:
    assert TextCell().clean(typed) == text


@pytest.mark.parametrize("typed", [9.13302810000010e17, 913302810000010013, "9.13302810000010E+17"])
@pytest.mark.parametrize("cell", [TextCell(), CreditCodeCell()])
def test_digits_lost_by_excel_are_flagged(cell: Cell, typed: Any) -> None:
    with pytest.raises(ValueError, match="丢失"):
        cell.clean(typed)


@pytest.mark.parametrize(
    "typed", ["９１３３０２８１０００００１００４Ｃ", "91330281 0000 01004c", "91330281000001004C"]
)
def test_credit_codes(typed: str) -> None:
    assert CreditCodeCell().clean(typed) == "91330281000001004C"


@pytest.mark.parametrize("typed", ["91330281000001004D", "9133028100000100", "91330281000001004O"])
def test_a_wrong_credit_code_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(ValueError, match="代码") as refused:
        CreditCodeCell().clean(typed)
    assert typed not in str(refused.value)


@pytest.mark.parametrize("typed", ["制造业", "C", "c", "Ｃ", "C 制造业", "C制造业", "C、制造业", "制造"])
def test_choices_by_value_label_both_or_synonym(typed: str) -> None:
    assert EnterpriseSheet.columns()["sector"].widget.clean(typed) == "C"


def test_an_unknown_choice_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="采矿业") as refused:
        EnterpriseSheet.columns()["sector"].widget.clean("炼金术")
    assert "炼金术" not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2025Q3", "2025Q3"),
        ("2025年第三季度", "2025Q3"),
        ("2025年三季度", "2025Q3"),
        ("2025年3季度", "2025Q3"),
        ("2025年上半年", "2025H1"),
        ("2025年度", "2025"),
        (2025.0, "2025"),
    ],
)
def test_periods(typed: Any, code: str) -> None:
    assert str(PeriodCell().clean(typed)) == code


def test_formula_errors_are_refused() -> None:
    for cell in (TextCell(), WholeCell(), DateCell(), YesNoCell()):
        with pytest.raises(ValueError, match="公式"):
            cell.clean(ErrorCell("#DIV/0!"))


def test_the_fields_own_rules_have_the_last_word() -> None:
    with pytest.raises(ValueError, match="办公电话"):
        EnterpriseSheet.columns()["office_phone"].widget.clean("13800000000")
    with pytest.raises(ValueError, match="过长"):
        EnterpriseSheet.columns()["name"].widget.clean("长" * 101)


def test_exports_get_numbers_as_numbers_and_words_as_words() -> None:
    columns = EnterpriseSheet.columns()
    assert columns["registered_capital"].widget.render(Decimal("80.5")) == Decimal("80.5")
    assert columns["staff"].widget.render(35) == 35
    assert columns["chamber_member"].widget.render(True) == "是"
    assert columns["sector"].widget.render("C") == "制造业"
    assert columns["founded_on"].widget.render(dt.date(2023, 5, 1)) == dt.date(2023, 5, 1)
    assert columns["name"].widget.render(None) == ""


SOUND = "示例企业（东山）有限公司"
#: Texts that are not their own value, each for another reason, and some that are.
ODD = [
    "",
    " ",
    "--",
    "无",
    "－",
    "N/A",
    "\u200b",
    " 东山",
    "东山 ",
    "东  山",
    "东\n山",
    "东\u3000山",
    "Ａ",
    "#N/A",
    "Err:502",
]
ODD += [
    "9.1E+17",
    "长" * 101,
    "13800000000",
    "１３８ ００００ ００００",
    "110101199001011237",
    "#1",
    "a+b",
    "0574-80000000",
]
ODD += ["91330281000001004C", "91330281000001004D", "91330281000001004c", "x\x00", "\x85东山", "示例"]


def test_texts_are_taken_together_only_if_each_would_be_taken_as_it_is() -> None:
    """Of every column of every ledger."""
    taken = 0
    for ledger in ledgers:
        for column in ledger.sheet.columns().values() if ledger.sheet is not None else ():
            for text in ODD:
                for together in ([text], [SOUND, text], [text, SOUND]):
                    if column.widget.are_values(together):
                        assert [column.widget.clean(one) for one in together] == together
                        taken += 1
    assert taken
    name, code = (EnterpriseSheet.columns()[name].widget for name in ("name", "credit_code"))
    assert name.are_values([SOUND, "示例", "示例企业000001有限公司"])
    assert code.are_values(["91330281000001004C"] * 3)
