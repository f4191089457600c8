"""The Excel side of the venues' ledgers: columns, and the words offices use for them."""

from __future__ import annotations

from typing import Any

from ledgers.importing.cells import ChoiceCell, DateCell, DecimalCell, RecordCell, WholeCell, YesNoCell
from ledgers.importing.sheets import Column, LedgerSheet, UnitColumn
from religion.models import Hazard, Inspection, LiaisonVisit, Venue, VenueEvent

FAITH_WORDS = {
    "佛": Venue.Faith.BUDDHIST,
    "道": Venue.Faith.TAOIST,
    "伊斯兰": Venue.Faith.ISLAMIC,
    "回教": Venue.Faith.ISLAMIC,
    "天主": Venue.Faith.CATHOLIC,
    "基督": Venue.Faith.PROTESTANT,
    "民间信仰活动场所": Venue.Faith.FOLK,
    "民间": Venue.Faith.FOLK,
}
KIND_WORDS = {
    "寺庙": Venue.Kind.TEMPLE,
    "寺院": Venue.Kind.TEMPLE,
    "宫观": Venue.Kind.TEMPLE,
    "教堂": Venue.Kind.TEMPLE,
    "清真寺": Venue.Kind.TEMPLE,
    "其他固定宗教活动处所": Venue.Kind.FIXED,
    "固定宗教活动处所": Venue.Kind.FIXED,
    "固定活动处所": Venue.Kind.FIXED,
    "固定场所": Venue.Kind.FIXED,
    "民间信仰": Venue.Kind.FOLK_SITE,
    "民间信仰场所": Venue.Kind.FOLK_SITE,
    "民间信仰活动点": Venue.Kind.FOLK_SITE,
    "民间信仰活动场所": Venue.Kind.FOLK_SITE,
}
RESULT_WORDS = {
    "合格": Inspection.Result.PASSED,
    "正常": Inspection.Result.PASSED,
    "无隐患": Inspection.Result.PASSED,
    "未发现问题": Inspection.Result.PASSED,
    "立即整改": Inspection.Result.FIXED,
    "现场整改": Inspection.Result.FIXED,
    "当场整改完成": Inspection.Result.FIXED,
    "责令整改": Inspection.Result.ORDERED,
    "责令限期整改": Inspection.Result.ORDERED,
    "需整改": Inspection.Result.ORDERED,
    "存在隐患": Inspection.Result.ORDERED,
}
CATEGORY_WORDS = {
    "消防安全": Hazard.Category.FIRE,
    "火灾": Hazard.Category.FIRE,
    "建筑安全": Hazard.Category.BUILDING,
    "房屋": Hazard.Category.BUILDING,
    "房屋安全": Hazard.Category.BUILDING,
    "电气": Hazard.Category.ELECTRIC,
    "用电安全": Hazard.Category.ELECTRIC,
    "疏散": Hazard.Category.CROWD,
    "疏散通道": Hazard.Category.CROWD,
    "其他": Hazard.Category.OTHER,
}
VENUE_WORDS = ("宗教活动场所", "活动场所", "宗教场所", "场所", "被检查场所", "走访场所")


def venue_column() -> Column:
    return Column("场所名称", required=True, synonyms=VENUE_WORDS, widget=RecordCell(Venue, by="name"))


class VenueSheet(LedgerSheet):
    name = Column(
        "场所名称", required=True, synonyms=("名称", "宗教活动场所名称", "活动场所名称", "宗教场所名称")
    )
    certificate_number = Column(
        "登记证号",
        required=True,
        synonyms=("登记证编号", "登记编号", "证号", "证书编号", "备案号", "备案编号", "登记证号码", "登记号"),
    )
    faith = Column(
        "教别",
        required=True,
        synonyms=("宗教类别", "宗教", "教派", "信仰类别"),
        widget=ChoiceCell(FAITH_WORDS),
    )
    kind = Column("场所类别", synonyms=("类别", "场所类型", "类型"), widget=ChoiceCell(KIND_WORDS))
    unit = UnitColumn("所在村")
    address = Column("地址", synonyms=("场所地址", "详细地址"))
    floor_area = Column("建筑面积", synonyms=("面积", "占地面积"), widget=DecimalCell("平方米"))
    rated_capacity = Column(
        "核定容纳人数", synonyms=("核定人数", "容纳人数", "可容纳人数", "核载人数"), widget=WholeCell("人")
    )
    # Offices count 具, 件 or 个; one piece of equipment is one in each of them.
    fire_equipment = Column(
        "消防器材",
        synonyms=("灭火器", "灭火器数量", "消防器材数量", "消防设施", "灭火器材"),
        widget=WholeCell(),
    )
    responsible_person = Column("负责人", synonyms=("场所负责人", "主要负责人", "负责人姓名"))
    phone = Column("联系电话", synonyms=("电话", "负责人电话", "联系方式"))
    liaison_official = Column("联系干部", synonyms=("联系领导", "挂钩干部", "包联干部", "联系人"))
    opened_on = Column("登记日期", synonyms=("登记时间", "发证日期", "成立时间"), widget=DateCell())
    closed_on = Column("注销日期", synonyms=("注销时间",), widget=DateCell())

    class Meta:
        model = Venue
        natural_key = ("certificate_number",)


class InspectionSheet(LedgerSheet):
    """Without a column for the unit: an inspection belongs where its venue does (``VenueRecord.clean``)."""

    venue = venue_column()
    inspected_on = Column("检查日期", required=True, synonyms=("检查时间", "日期", "时间"), widget=DateCell())
    inspectors = Column("检查人员", required=True, synonyms=("检查人", "检查单位", "参加人员"))
    result = Column("检查结果", synonyms=("结果", "检查结论"), widget=ChoiceCell(RESULT_WORDS))
    note = Column("检查情况", synonyms=("检查内容", "备注"))

    class Meta:
        model = Inspection
        natural_key = ("venue", "inspected_on", "inspectors")


class InspectionCell(RecordCell):
    def __init__(self) -> None:
        super().__init__(Inspection, by="label")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value.label


class HazardSheet(LedgerSheet):
    """The inspection is named by its venue and date, as our export writes it: 示例寺 2025-03-01."""

    inspection = Column("安全检查", required=True, synonyms=("检查", "所属检查"), widget=InspectionCell())
    found_on = Column("发现日期", synonyms=("发现时间",), widget=DateCell())
    category = Column("隐患类别", synonyms=("类别", "隐患类型"), widget=ChoiceCell(CATEGORY_WORDS))
    description = Column("隐患内容", required=True, synonyms=("隐患", "安全隐患", "存在问题", "隐患描述"))
    measure = Column("整改措施", synonyms=("整改要求", "整改情况"))
    due = Column("整改期限", synonyms=("整改时限", "期限"), widget=DateCell())
    rectified_on = Column(
        "整改完成日期", synonyms=("整改日期", "整改时间", "完成日期", "完成时间"), widget=DateCell()
    )

    class Meta:
        model = Hazard
        natural_key = ("inspection", "description")


class VenueEventSheet(LedgerSheet):
    venue = venue_column()
    name = Column("活动名称", required=True, synonyms=("活动", "大型活动", "活动内容"))
    starts_on = Column(
        "开始日期", required=True, synonyms=("活动日期", "活动时间", "开始时间", "日期"), widget=DateCell()
    )
    ends_on = Column("结束日期", synonyms=("结束时间",), widget=DateCell())
    expected_attendance = Column(
        "预计人次", synonyms=("预计人数", "预计参加人数", "预计规模"), widget=WholeCell("人次")
    )
    actual_attendance = Column(
        "实际人次", synonyms=("实际人数", "实际参加人数", "参加人次"), widget=WholeCell("人次")
    )
    safety_plan = Column(
        "已有安全预案", synonyms=("安全预案", "应急预案", "有无预案", "预案"), widget=YesNoCell()
    )
    safety_plan_note = Column("安全安排", synonyms=("安全措施", "备注"))

    class Meta:
        model = VenueEvent
        natural_key = ("venue", "name", "starts_on")


class LiaisonVisitSheet(LedgerSheet):
    venue = venue_column()
    visited_on = Column("走访日期", required=True, synonyms=("走访时间", "日期", "时间"), widget=DateCell())
    official = Column("走访干部", required=True, synonyms=("走访人", "走访领导", "联系干部", "走访人员"))
    raised = Column("场所提出的需求", synonyms=("需求", "提出的需求", "意见建议", "反映问题"))
    outcome = Column("办理结果", synonyms=("结果", "办理情况", "解决情况", "备注"))

    class Meta:
        model = LiaisonVisit
        natural_key = ("venue", "visited_on", "official")
