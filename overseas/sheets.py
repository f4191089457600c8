"""The Excel side of overseas and Taiwan affairs: villages by category, two numbers each, under a two-row header."""

from __future__ import annotations

from ledgers.importing.cells import ChoiceCell, DateCell, MoneyCell, WholeCell
from ledgers.importing.content import Read, ReadRow
from ledgers.importing.sheets import Column, LedgerSheet, UnitColumn
from ledgers.returns.sheets import (
    CompositionSheet,
    ReturnSheet,
    count_field,
    group_cell,
    group_field,
    period_column,
    village_column,
)
from overseas.models import DonationProject, OverseasReturn, Reception, RegionComposition, ServiceRequest
from overseas.name_lists import OverseasNameList, RegionNameList, count_regions, count_villages
from overseas.regions import REGION_WORDS, REGIONS


def _households(label: str, *synonyms: str) -> Column:
    words = tuple(f"{name}{ending}" for name in (label, *synonyms) for ending in ("户", "户数", "（户）"))
    return Column(
        f"{label}户数", required=True, synonyms=_besides(f"{label}户数", words), widget=WholeCell("户")
    )


def _persons(label: str, *synonyms: str) -> Column:
    words = tuple(
        f"{name}{ending}" for name in (label, *synonyms) for ending in ("人", "人数", "人口", "（人）")
    )
    return Column(
        f"{label}人数", required=True, synonyms=_besides(f"{label}人数", words), widget=WholeCell("人")
    )


def _besides(label: str, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word != label)


class OverseasReturnSheet(ReturnSheet):
    unit = village_column()
    period = period_column()
    returned_households = _households("归侨", "归国华侨")
    returned_persons = _persons("归侨", "归国华侨")
    relatives_households = _households("侨眷", "侨属")
    relatives_persons = _persons("侨眷", "侨属")
    taiwan_households = _households("台胞台属", "台属", "台胞、台属")
    taiwan_persons = _persons("台胞台属", "台属", "台胞、台属")
    hongkong_macao_households = _households("港澳眷属", "港澳属", "港澳同胞眷属")
    hongkong_macao_persons = _persons("港澳眷属", "港澳属", "港澳同胞眷属")
    students_households = _households("留学归国", "留学归国人员", "归国留学生", "留学人员")
    students_persons = _persons("留学归国", "留学归国人员", "归国留学生", "留学人员")
    explanation = Column("变动说明", synonyms=("说明", "备注", "变动原因"))

    name_list = OverseasNameList

    class Meta:
        model = OverseasReturn
        natural_key = ("unit", "period")

    @classmethod
    def count(cls, read: Read, rows: list[ReadRow]) -> None:
        count_villages(read, rows)


class RegionCompositionSheet(CompositionSheet):
    unit = UnitColumn("乡镇（街道）", synonyms=("乡镇", "街道"))
    period = period_column()
    group = Column(
        "地区",
        required=True,
        synonyms=("居住地", "国家或地区", "国家（地区）", "国别", "国别地区", "居住国家或地区"),
        widget=group_cell(REGIONS, REGION_WORDS),
    )
    households = Column("户数", synonyms=("户", "家庭户数"), widget=WholeCell("户"))
    persons = Column("人数", synonyms=("人", "人口"), widget=WholeCell("人"))
    total = Column("合计人数", synonyms=("总人数",), widget=WholeCell("人"))
    groups = Column("地区个数", synonyms=("个数",), widget=WholeCell("个"))
    remark = Column("数据来源", synonyms=("来源", "备注"))

    name_list = RegionNameList
    loose = {
        "group": group_field(REGIONS),
        "total": count_field("total"),
        "groups": count_field("groups"),
    }

    class Meta:
        model = RegionComposition
        natural_key = ("unit", "period")

    @classmethod
    def count(cls, read: Read, rows: list[ReadRow]) -> None:
        if rows and read.reach.level != RegionComposition.level:
            # Regions are for a whole township: those of a village are not even counted.
            cls.wrong(read, rows[0], RegionComposition.level_message())
            return
        count_regions(read, rows, cls)


class DonationProjectSheet(LedgerSheet):
    unit = UnitColumn("所在村", synonyms=("项目所在村", "受赠村"))
    title = Column("项目名称", required=True, synonyms=("项目", "捐赠项目", "名称"))
    public_donor = Column("捐赠方", synonyms=("捐赠单位", "捐赠人（公开称谓）", "公开捐赠方"))
    donated_on = Column("捐赠日期", required=True, synonyms=("捐赠时间", "日期"), widget=DateCell())
    amount = Column(
        "捐赠金额", required=True, synonyms=("金额", "捐赠数额", "捐资金额"), widget=MoneyCell("万元")
    )
    purpose = Column("用途", required=True, synonyms=("捐赠用途", "项目用途"))
    progress = Column(
        "进度",
        synonyms=("项目进度", "状态", "建设进度"),
        widget=ChoiceCell(
            {
                "签约": DonationProject.Progress.AGREED,
                "在建": DonationProject.Progress.RUNNING,
                "建成": DonationProject.Progress.DONE,
                "投入使用": DonationProject.Progress.IN_USE,
            }
        ),
    )

    class Meta:
        model = DonationProject
        natural_key = ("unit", "donated_on", "title")


class ReceptionSheet(LedgerSheet):
    unit = UnitColumn("接待单位", synonyms=("承办单位", "单位"))
    title = Column("活动名称", required=True, synonyms=("名称", "接待内容", "交流内容", "团组名称"))
    kind = Column(
        "类别",
        required=True,
        synonyms=("类型", "接待类别", "交流类别"),
        widget=ChoiceCell(
            {
                "接待": Reception.Kind.RECEIVED,
                "接待来访": Reception.Kind.RECEIVED,
                "赴台": Reception.Kind.PAID,
                "出境": Reception.Kind.PAID,
                "联谊交流": Reception.Kind.MEETING,
                "交流": Reception.Kind.MEETING,
            }
        ),
    )
    held_on = Column("日期", required=True, synonyms=("时间", "接待时间", "活动时间"), widget=DateCell())
    households = Column("户数", synonyms=("户",), widget=WholeCell("户"))
    persons = Column("人数", synonyms=("人次", "接待人数", "参加人数"), widget=WholeCell("人"))
    outcome = Column("内容与成效", synonyms=("成效", "备注"))

    class Meta:
        model = Reception
        natural_key = ("unit", "held_on", "title")


class ServiceRequestSheet(LedgerSheet):
    unit = UnitColumn("所在村", synonyms=("涉及村",))
    kind = Column(
        "类别",
        required=True,
        synonyms=("服务类别", "事项类别", "类型"),
        widget=ChoiceCell(
            {
                "办证": ServiceRequest.Kind.PAPERS,
                "证件办理": ServiceRequest.Kind.PAPERS,
                "法律服务": ServiceRequest.Kind.LEGAL,
                "投资咨询": ServiceRequest.Kind.INVESTMENT,
                "寻根谒祖": ServiceRequest.Kind.ROOTS,
                "帮扶救助": ServiceRequest.Kind.HELP,
            }
        ),
    )
    received_on = Column(
        "收到日期", required=True, synonyms=("收到时间", "受理时间", "受理日期", "日期"), widget=DateCell()
    )
    matter = Column("事项", required=True, synonyms=("服务事项", "服务内容", "诉求事项"))
    resolved_on = Column("办结日期", synonyms=("办结时间", "完成时间"), widget=DateCell())
    outcome = Column("办理结果", synonyms=("结果", "办理情况"))

    class Meta:
        model = ServiceRequest
        natural_key = ("unit", "received_on", "matter")
