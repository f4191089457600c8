"""The Excel side of the ledgers of the office's own work: columns, and the words offices use for them."""

from __future__ import annotations

from typing import Any

from django.db import models as django_models

from ledgers.importing.cells import (
    ChoiceCell,
    DateCell,
    DecimalCell,
    MoneyCell,
    WholeCell,
    YearCell,
    YesNoCell,
)
from ledgers.importing.normalise import fold
from ledgers.importing.sheets import Column, LedgerSheet, UnitColumn
from ledgers.indicators import indicators
from ledgers.work.models import Activity, Brief, Fund, LiaisonGroup, Rectification, Target


class ActivitySheet(LedgerSheet):
    unit = UnitColumn("单位", synonyms=("举办单位", "开展单位", "组织单位"))
    kind = Column(
        "活动类别",
        required=True,
        synonyms=("类别", "类型", "活动类型", "工作类别"),
        widget=ChoiceCell(
            {
                "专题会议": Activity.Kind.MEETING,
                "会议": Activity.Kind.MEETING,
                "研究": Activity.Kind.MEETING,
                "学习": Activity.Kind.STUDY,
                "培训": Activity.Kind.TRAINING,
                "宣传活动": Activity.Kind.PUBLICITY,
                "走访": Activity.Kind.VISIT,
                "慰问": Activity.Kind.VISIT,
                "联谊": Activity.Kind.EXCHANGE,
                "交流": Activity.Kind.EXCHANGE,
                "联谊活动": Activity.Kind.EXCHANGE,
                "民族团结活动": Activity.Kind.UNITY,
                "服务活动": Activity.Kind.SERVICE,
                "志愿服务": Activity.Kind.SERVICE,
                "技能培训班": Activity.Kind.SKILLS,
            }
        ),
    )
    title = Column("活动名称", required=True, synonyms=("名称", "活动主题", "主题", "工作内容", "活动内容"))
    held_on = Column(
        "活动日期", required=True, synonyms=("日期", "时间", "活动时间", "开展时间"), widget=DateCell()
    )
    attendance = Column(
        "参加人次", synonyms=("人次", "参加人数", "参与人次", "参与人数", "人数"), widget=WholeCell("人次")
    )
    banners = Column("悬挂横幅", synonyms=("横幅", "横幅数", "宣传横幅"), widget=WholeCell("条"))
    slogans = Column("张贴标语", synonyms=("标语", "标语数", "宣传标语"), widget=WholeCell("条"))
    leaflets = Column(
        "发放资料", synonyms=("资料", "宣传资料", "发放宣传资料", "宣传单"), widget=WholeCell("份")
    )
    posts = Column("发布推文", synonyms=("推文", "推文数", "公众号推文"), widget=WholeCell("条"))
    expense = Column(
        "支出金额", synonyms=("经费", "支出", "金额", "花费", "活动经费"), widget=MoneyCell("元")
    )
    outcome = Column("活动成效", synonyms=("成效", "效果", "备注", "活动情况"))

    class Meta:
        model = Activity
        natural_key = ("unit", "held_on", "title")


class BriefSheet(LedgerSheet):
    unit = UnitColumn("单位", synonyms=("报送科室", "编报单位", "供稿单位"))
    kind = Column(
        "信息类别",
        required=True,
        synonyms=("类别", "类型", "信息类型"),
        widget=ChoiceCell(
            {
                "动态信息": Brief.Kind.DYNAMIC,
                "工作动态": Brief.Kind.DYNAMIC,
                "经验信息": Brief.Kind.EXPERIENCE,
                "经验做法": Brief.Kind.EXPERIENCE,
                "特色信息": Brief.Kind.SPECIAL,
                "特色工作": Brief.Kind.SPECIAL,
            }
        ),
    )
    title = Column("信息标题", required=True, synonyms=("标题", "题目", "信息题目", "信息名称"))
    sent_on = Column(
        "报送日期", required=True, synonyms=("报送时间", "上报时间", "日期", "时间"), widget=DateCell()
    )
    sent_to = Column("报送单位", required=True, synonyms=("报送对象", "上报单位", "报送至", "报送部门"))
    adopted_by = Column("采用单位", synonyms=("采用情况", "录用单位", "采用刊物", "采用部门"))
    adopted_on = Column("采用日期", synonyms=("采用时间", "录用时间"), widget=DateCell())

    class Meta:
        model = Brief
        natural_key = ("unit", "sent_on", "title")


class RectificationSheet(LedgerSheet):
    unit = UnitColumn("单位", synonyms=("整改单位",))
    source = Column("来源文件", required=True, synonyms=("问题来源", "来源", "文件名称", "检查来源"))
    found_on = Column(
        "发现日期", required=True, synonyms=("发现时间", "反馈时间", "检查时间"), widget=DateCell()
    )
    issue = Column("问题", required=True, synonyms=("存在问题", "问题描述", "反馈问题", "具体问题"))
    measure = Column("整改措施", synonyms=("措施", "整改情况", "整改举措"))
    responsible_office = Column("责任单位", required=True, synonyms=("责任部门", "责任科室", "责任岗位"))
    due = Column(
        "整改期限", required=True, synonyms=("整改时限", "完成时限", "期限", "限期"), widget=DateCell()
    )
    done_on = Column("完成日期", synonyms=("完成时间", "整改完成时间", "销号时间"), widget=DateCell())

    class Meta:
        model = Rectification
        natural_key = ("unit", "source", "issue")


class FundSheet(LedgerSheet):
    unit = UnitColumn("单位", synonyms=("使用单位",))
    source = Column("经费来源", required=True, synonyms=("来源", "资金来源", "拨款单位"))
    purpose = Column("用途", required=True, synonyms=("经费用途", "资金用途", "项目", "使用方向"))
    received_on = Column(
        "到账日期", required=True, synonyms=("到账时间", "拨付时间", "拨款时间", "日期"), widget=DateCell()
    )
    amount = Column(
        "金额", required=True, synonyms=("到账金额", "经费金额", "拨款金额", "资金"), widget=MoneyCell("万元")
    )
    spent = Column("已支出", synonyms=("支出", "已使用", "支出金额", "使用金额"), widget=MoneyCell("万元"))

    class Meta:
        model = Fund
        natural_key = ("unit", "source", "purpose", "received_on")


class LiaisonGroupSheet(LedgerSheet):
    unit = UnitColumn()
    name = Column("小组名称", required=True, synonyms=("名称", "联络小组", "联络小组名称"))
    convener_post = Column("牵头岗位", required=True, synonyms=("组长岗位", "牵头职务"))
    established_on = Column("成立日期", required=True, synonyms=("成立时间", "设立时间"), widget=DateCell())
    ended_on = Column("撤销日期", synonyms=("撤销时间",), widget=DateCell())

    class Meta:
        model = LiaisonGroup
        natural_key = ("unit", "name")


class IndicatorCell(ChoiceCell):
    """An indicator by its code, its label or one of the words prose has for it."""

    def bind(self, field: django_models.Field[Any, Any]) -> None:
        super().bind(field)
        for member in indicators.all():
            for words in (member.label, *member.synonyms):
                self._values.setdefault(fold(words), member.code)


CADENCE_WORDS = {
    "每年": Target.Cadence.YEAR,
    "年": Target.Cadence.YEAR,
    "年度": Target.Cadence.YEAR,
    "季": Target.Cadence.QUARTER,
    "季度": Target.Cadence.QUARTER,
    "每季": Target.Cadence.QUARTER,
    "月": Target.Cadence.MONTH,
    "月度": Target.Cadence.MONTH,
}


class TargetSheet(LedgerSheet):
    unit = UnitColumn("单位", synonyms=("考核单位", "责任单位"))
    indicator = Column(
        "指标", required=True, synonyms=("指标名称", "考核指标", "目标任务"), widget=IndicatorCell()
    )
    year = Column("年度", required=True, synonyms=("年份", "考核年度"), widget=YearCell())
    value = Column("目标值", synonyms=("目标", "任务数", "目标数"), widget=DecimalCell())
    whole = Column("达到全部", synonyms=("全部达到", "全部做到"), widget=YesNoCell())
    cadence = Column("考核周期", required=True, synonyms=("周期", "频次"), widget=ChoiceCell(CADENCE_WORDS))
    source_clause = Column("依据条款", synonyms=("依据", "来源", "文件依据", "备注"))

    class Meta:
        model = Target
        natural_key = ("unit", "indicator", "year")
