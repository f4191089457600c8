"""The Excel side of ethnic affairs. A name list is counted and forgotten; only the counts go further."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.db import models

from ethnicity.groups import FURTHER, GROUPS, HAN, MINORITIES
from ethnicity.models import EthnicComposition, PopulationReturn, SupportProject, UnitySite
from ledgers.disclosure import OTHER_LABEL, Row
from ledgers.importing.cells import ChoiceCell, DateCell, MoneyCell, WholeCell, YearCell
from ledgers.importing.content import Read, ReadRow
from ledgers.importing.sheets import Column, LedgerSheet, UnitColumn
from ledgers.models import OrgUnit
from ledgers.returns.sheets import (
    CompositionSheet,
    ReturnSheet,
    count_field,
    group_cell,
    group_field,
    loose_field,
    period_column,
    village_column,
)

#: 苗 for 苗族, and older or colloquial names that leave no doubt.
GROUP_WORDS = {
    **{name.removesuffix("族"): code for code, name in GROUPS.items() if len(name) > 2},
    "苗": "06",
    "未识别": "97",
    "穿青人": "97",
    "入籍": "98",
}
REGISTERED, MIGRANT = "registered", "migrant"


class MinorityNameList(LedgerSheet):
    """An office's old name list: of each row only the village, the group and whether registered or migrant are read."""

    unit = village_column()
    period = period_column()
    group = Column("民族", synonyms=("民族成份", "民族成分", "族别"), widget=ChoiceCell(GROUP_WORDS))
    category = Column(
        "类别",
        required=True,
        synonyms=("户籍或流动", "人员类别", "人口类别", "户籍流动", "人口类型"),
        widget=ChoiceCell(
            {
                "户籍人口": REGISTERED,
                "常住": REGISTERED,
                "本地": REGISTERED,
                "流动人口": MIGRANT,
                "外来": MIGRANT,
                "外来人口": MIGRANT,
            }
        ),
    )

    loose = {
        "group": loose_field(
            models.CharField("民族", max_length=2, choices=list({**GROUPS, **FURTHER}.items())), "group"
        ),
        "category": loose_field(
            models.CharField("类别", max_length=10, choices=[(REGISTERED, "户籍"), (MIGRANT, "流动")]),
            "category",
        ),
    }

    class Meta:
        model = PopulationReturn
        natural_key = ("unit", "period")

    @classmethod
    def field(cls, name: str) -> models.Field[Any, Any]:
        return cls.loose[name] if name in cls.loose else super().field(name)


def minorities(rows: list[ReadRow]) -> list[ReadRow]:
    """The rows of a list that count; lists of everybody have the majority in them, too."""
    return [row for row in rows if row.values.get("group") != HAN]


class PopulationReturnSheet(ReturnSheet):
    unit = village_column()
    period = period_column()
    residents = Column(
        "常住人口", synonyms=("总人口", "人口总数", "常住人口数", "常住总人口"), widget=WholeCell("人")
    )
    registered = Column(
        "户籍少数民族人口",
        required=True,
        synonyms=("户籍少数民族", "户籍少数民族人数", "少数民族户籍人口", "户籍人数", "户籍"),
        widget=WholeCell("人"),
    )
    migrant = Column(
        "流动少数民族人口",
        required=True,
        synonyms=(
            "流动少数民族",
            "流动少数民族人数",
            "少数民族流动人口",
            "外来少数民族人口",
            "流动人数",
            "流动",
        ),
        widget=WholeCell("人"),
    )
    explanation = Column("变动说明", synonyms=("说明", "备注", "变动原因"))

    name_list = MinorityNameList

    class Meta:
        model = PopulationReturn
        natural_key = ("unit", "period")

    @classmethod
    def count(cls, read: Read, rows: list[ReadRow]) -> None:
        """One row for each village: how many of its people the list has, registered and migrant."""
        counted: dict[tuple[OrgUnit, str], Counter[str]] = defaultdict(Counter)
        first: dict[tuple[OrgUnit, str], ReadRow] = {}
        for row in minorities(rows):
            key = (row.values["unit"], row.values["period"])
            first.setdefault(key, row)
            counted[key][row.values["category"]] += 1
        read.counted = read.counted or {}
        for (unit, period), numbers in counted.items():
            found = {REGISTERED: numbers[REGISTERED], MIGRANT: numbers[MIGRANT]}
            read.counted[unit.name] = found
            source = first[unit, period]
            read.rows.append(ReadRow(source.sheet, source.row, {"unit": unit, "period": period, **found}))


class EthnicCompositionSheet(CompositionSheet):
    unit = UnitColumn("乡镇（街道）", synonyms=("乡镇", "街道"))
    period = period_column()
    group = Column(
        "民族",
        required=True,
        synonyms=("民族名称", "民族成份", "民族成分", "族别"),
        widget=group_cell(MINORITIES, GROUP_WORDS),
    )
    registered = Column("户籍人口", synonyms=("户籍", "户籍人数", "户籍少数民族人口"), widget=WholeCell("人"))
    migrant = Column(
        "流动人口", synonyms=("流动", "流动人数", "流动少数民族人口", "外来人口"), widget=WholeCell("人")
    )
    total = Column("合计人数", synonyms=("总人数", "人数合计", "小计人数"), widget=WholeCell("人"))
    groups = Column("民族个数", synonyms=("个数",), widget=WholeCell("个"))
    remark = Column("数据来源", synonyms=("来源", "备注"))

    name_list = MinorityNameList
    loose = {
        "group": group_field(MINORITIES),
        "total": count_field("total"),
        "groups": count_field("groups"),
    }

    class Meta:
        model = EthnicComposition
        natural_key = ("unit", "period")

    @classmethod
    def count(cls, read: Read, rows: list[ReadRow]) -> None:
        """One table for the township: how many people of each group its villages' lists have."""
        if rows and read.reach.level != EthnicComposition.level:
            # Ethnic groups are for a whole township: those of a village are not even counted.
            cls.wrong(read, rows[0], EthnicComposition.level_message())
            return
        counted: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for row in minorities(rows):
            if "group" not in row.values:
                cls.wrong(read, row, "没有民族一列或这一行没有填民族，无法按民族清点。")
                return
            counted[row.values["period"]][row.values["group"]][row.values["category"]] += 1
        for period, numbers in counted.items():
            table: dict[str, Row] = {
                code: EthnicComposition.row((found[REGISTERED], found[MIGRANT]))
                for code, found in numbers.items()
            }
            totals = tuple(sum(found[name] for found in numbers.values()) for name in (REGISTERED, MIGRANT))
            values = cls.table_values(read.reach, period, table, totals)
            # What is told is what is kept: small groups are merged already.
            told = EthnicComposition(lines=values["lines"], group_count=values["group_count"], period=period)
            read.counted = {
                line.label or OTHER_LABEL: {
                    name: value
                    for name, value in zip((REGISTERED, MIGRANT), line.columns, strict=True)
                    if value is not None
                }
                | ({} if None not in line.columns else {"total": line.persons})
                for line in told.shown()
            }
            source = next(row for row in rows if row.values["period"] == period)
            read.rows.append(ReadRow(source.sheet, source.row, values))


class SupportProjectSheet(LedgerSheet):
    unit = UnitColumn("所在村", synonyms=("实施村", "项目所在村", "实施地点"))
    title = Column("项目名称", required=True, synonyms=("项目", "名称"))
    year = Column("年度", required=True, synonyms=("年份", "资金年度", "下达年度"), widget=YearCell())
    progress = Column(
        "进度",
        synonyms=("项目进度", "实施进度", "进展情况"),
        widget=ChoiceCell(
            {
                "未启动": SupportProject.Progress.PLANNED,
                "在建": SupportProject.Progress.RUNNING,
                "建设中": SupportProject.Progress.RUNNING,
                "完工": SupportProject.Progress.DONE,
                "已完成": SupportProject.Progress.DONE,
                "验收": SupportProject.Progress.CHECKED,
            }
        ),
    )
    amount = Column(
        "资金",
        required=True,
        synonyms=("项目资金", "下达资金", "资金额度", "扶持资金"),
        widget=MoneyCell("万元"),
    )
    spent = Column("已支出", synonyms=("支出", "已使用", "已拨付", "使用资金"), widget=MoneyCell("万元"))
    outcome = Column("建设内容与成效", synonyms=("建设内容", "成效", "备注"))

    class Meta:
        model = SupportProject
        natural_key = ("unit", "year", "title")


class UnitySiteSheet(LedgerSheet):
    unit = UnitColumn("单位", synonyms=("所在单位",))
    title = Column("示范点名称", required=True, synonyms=("示范单位", "名称", "示范单位名称"))
    grade = Column("级别", required=True, synonyms=("示范级别", "等级"), widget=ChoiceCell())
    named_on = Column(
        "命名日期", required=True, synonyms=("命名时间", "授牌时间", "授牌日期"), widget=DateCell()
    )
    named_by = Column("命名单位", synonyms=("命名机关", "授牌单位"))
    ended_on = Column("撤销日期", synonyms=("撤销时间", "摘牌时间"), widget=DateCell())

    class Meta:
        model = UnitySite
        natural_key = ("unit", "title")
