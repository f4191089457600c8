"""What the annotated sentences do not say of a finding: explanation, offsets, key, links, and silence."""

from __future__ import annotations

import pytest

from benchmarks.figures_bench import cases
from reporting.figurecheck import FiguresContext, Finding, check_text
from reporting.figurecheck.finding import Records


def one(text: str, context: FiguresContext | None = None) -> Finding:
    (finding,) = check_text(text, context)
    return finding


def test_the_published_mistake_is_found_and_the_published_sums_are_not() -> None:
    text = "全镇4939人,有藏族、土族等10个少数民族148人,占全镇人口的0.33%"
    finding = one(text)
    assert (finding.rule, finding.found, finding.expected) == ("share", "0.33%", "3.00%")
    assert finding.sentence == text
    assert text[finding.start : finding.end] == "0.33%"
    assert [text[start:end] for start, end in finding.spans] == ["0.33%", "148人", "4939人"]
    assert finding.explanation == "148人占4939人的3.00%，文中为0.33%，请核对。"
    assert finding.as_json() == {
        "sentence": text,
        "rule": "share",
        "found": "0.33%",
        "expected": "3.00%",
        "indicator": None,
    }
    assert check_text("共有6248人,其中户籍285人,流动人口5963人") == []
    assert check_text("共有5处,其中佛教3处,基督教1处,天主教1处") == []
    assert one("共转移1426人次,其中省外514人次,就地502人次").expected == "1016人次"


def test_a_ledger_finding_leads_to_the_records(ledger: FiguresContext) -> None:
    finding = one("2024年，东山镇举办业务培训6次。", ledger)
    assert finding.records == Records("work.trainings", "330281101000", "2024")
    assert "登记为4次" in finding.explanation
    village = one("上河村开展走访慰问9次。", ledger)
    assert village.records == Records("work.visits", "330281101201", "2025")


def test_a_comparison_with_the_ledger_leads_to_the_records(ledger: FiguresContext) -> None:
    finding = one("与上年相比，悬挂横幅增加7条。", ledger)
    assert finding.records == Records("work.banners", "330281101000", "2025")
    assert "由20条变为13条" in finding.explanation


def test_key_holds_while_the_sentence_does(ledger: FiguresContext) -> None:
    text = "全年共召开专题研究会议5次。"
    key = one(text, ledger).key
    assert one(f"第一段。\n　　{text}后面还有一句。", ledger).key == key
    assert one("全年 共召开专题研究会议 ５次.", ledger).key == key
    assert one("全年共召开专题研究会议7次。", ledger).key != key
    assert one("全年召开专题研究会议5次。", ledger).key != key


def test_two_wrong_numbers_of_one_sentence_have_keys_of_their_own(ledger: FiguresContext) -> None:
    found = check_text("悬挂横幅53条，张贴标语13条，发布推文53条。", ledger)
    assert [finding.found for finding in found] == ["53条", "13条", "53条"]
    assert len({finding.key for finding in found}) == 3


def test_a_paragraph_hands_on_its_time_and_place(ledger: FiguresContext) -> None:
    """What a paragraph began with holds until another time is named; the next paragraph starts afresh."""
    assert check_text("5月，专班进驻。共报送信息6篇。", ledger) == []
    assert one("5月，专班进驻。\n共报送信息6篇。", ledger).expected == "39篇"
    assert one("上半年工作平稳。共报送信息39篇。", ledger).expected == "19篇"
    assert check_text("上河村积极行动。走访慰问6次。", ledger) == []
    assert check_text("石门村积极行动。走访慰问6次。", ledger) == []


def test_a_figure_nobody_has_registered_is_not_judged(ledger: FiguresContext) -> None:
    assert check_text("下河村走访慰问60次。第四季度召开专题会议9次。", ledger) == []


def test_without_a_ledger_only_the_sentence_is_checked() -> None:
    assert check_text("全年召开专题研究会议500次，同比增长8000%。") == []


@pytest.mark.parametrize(
    "text",
    [
        "共有120人，其中党员30人，其中女党员12人。",
        "共检查场所12处（其中佛教8处、道教4处），发现隐患20处（其中消防12处、用电8处）。",
        "现有干部120人，其中男70人、女50人；党员80人，其中男45人、女35人。",
        "走访企业126家，其中规上企业21家、商会会员企业58家。",
        "培训班分三期，第一期50人，第二期45人，第三期40人，累计培训135人。",
        "检查场所5处，其中发现隐患12处。",
        "其中市级采用5篇、省级采用2篇，全年报送39篇，采用率17.9%。",
        "满意度由92%提高到95%，提高3个百分点，高于全县平均水平1.5个百分点。",
        "人均收入2.3万元，增长7.5%。",
        "全镇4939人，少数民族148人，占全县少数民族人口的1.2%。",
    ],
)
def test_right_phrasing_that_looks_wrong_keeps_the_check_silent(text: str) -> None:
    assert check_text(text) == []


@pytest.mark.parametrize("marks", [",.;:()", "，。；：（）"])
def test_either_width_of_punctuation_is_read(marks: str) -> None:
    widths = str.maketrans("，。；：（）", marks)
    text = "登记在册场所8处（佛教6处，道教3处）；发现隐患20处，整改18处，整改率95%。".translate(widths)
    assert [(f.rule, f.found, f.expected) for f in check_text(text)] == [
        ("sum", "8处", "9处"),
        ("share", "95%", "90%"),
    ]


def test_blanks_and_full_width_digits_change_nothing(ledger: FiguresContext) -> None:
    """Every annotated sentence again, spaced and widened as some offices type."""
    wide = str.maketrans("0123456789%", "０１２３４５６７８９％")
    for case in list(cases("tuning"))[::3]:
        context = ledger if case.group in ("ledger", "comparison", "silent") else None
        plainly = [(f.rule, f.expected, f.key) for f in check_text(case.text, context)]
        spaced = "".join(f" {c} " if "一" <= c <= "龥" else c for c in case.text.translate(wide))
        assert [(f.rule, f.expected, f.key) for f in check_text(spaced, context)] == plainly, case.text


def test_hostile_text_neither_breaks_nor_stalls_the_check(ledger: FiguresContext) -> None:
    for text in (
        "占" * 3000,
        "1" * 3000 + "人",
        "其中3处，" * 200,
        "“1" * 700,
        "\ud800共3处\x00，占-5%。",
        "零分之一、0处占0%，由0次增加到0次",
    ):
        assert check_text(text, ledger) == []
