"""The Excel side of the private sector's ledgers: columns, and the words offices use for them."""

from __future__ import annotations

from ledgers.importing.cells import (
    ChoiceCell,
    CreditCodeCell,
    DateCell,
    MoneyCell,
    RecordCell,
    WholeCell,
    YesNoCell,
)
from ledgers.importing.sheets import Column, LedgerSheet, UnitColumn
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest

# Offices write the trade in their own words; only those that leave no doubt about the section are listed.
SECTOR_WORDS = {
    "农业": Enterprise.Sector.A,
    "林业": Enterprise.Sector.A,
    "制造": Enterprise.Sector.C,
    "建筑": Enterprise.Sector.E,
    "批发零售": Enterprise.Sector.F,
    "批发零售业": Enterprise.Sector.F,
    "零售业": Enterprise.Sector.F,
    "批发业": Enterprise.Sector.F,
    "交通运输业": Enterprise.Sector.G,
    "物流业": Enterprise.Sector.G,
    "住宿餐饮业": Enterprise.Sector.H,
    "餐饮业": Enterprise.Sector.H,
    "软件业": Enterprise.Sector.I,
    "信息技术业": Enterprise.Sector.I,
    "金融": Enterprise.Sector.J,
    "房地产": Enterprise.Sector.K,
}
REQUEST_WORDS = {
    "资金": EnterpriseRequest.Kind.FINANCE,
    "贷款": EnterpriseRequest.Kind.FINANCE,
    "招工": EnterpriseRequest.Kind.LABOUR,
    "人才": EnterpriseRequest.Kind.LABOUR,
    "土地": EnterpriseRequest.Kind.LAND,
    "政策": EnterpriseRequest.Kind.POLICY,
    "审批": EnterpriseRequest.Kind.PERMIT,
    "办证": EnterpriseRequest.Kind.PERMIT,
    "法律": EnterpriseRequest.Kind.LEGAL,
    "市场": EnterpriseRequest.Kind.MARKET,
    "技术": EnterpriseRequest.Kind.TECHNOLOGY,
}


class EnterpriseSheet(LedgerSheet):
    unit = UnitColumn("所在村", synonyms=("企业所在村", "注册地"))
    name = Column("企业名称", required=True, synonyms=("单位名称", "公司名称", "名称", "企业全称"))
    credit_code = Column(
        "统一社会信用代码",
        required=True,
        synonyms=("信用代码", "社会信用代码", "信用代码证号", "统一信用代码"),
        widget=CreditCodeCell(),
    )
    sector = Column("行业门类", synonyms=("行业", "所属行业", "行业类别"), widget=ChoiceCell(SECTOR_WORDS))
    legal_representative = Column(
        "法定代表人", synonyms=("法人代表", "法人", "法人姓名", "企业负责人", "负责人")
    )
    office_phone = Column(
        "办公电话", synonyms=("联系电话", "单位电话", "固定电话", "企业电话", "公司电话", "电话")
    )
    registered_capital = Column(
        "注册资本", synonyms=("注册资金", "注册资本金", "注册资本额"), widget=MoneyCell("万元")
    )
    staff = Column(
        "从业人数",
        synonyms=("员工人数", "职工人数", "从业人员", "从业人员数", "员工数", "职工数", "用工人数"),
        widget=WholeCell("人"),
    )
    founded_on = Column("成立日期", synonyms=("成立时间", "注册时间", "注册日期"), widget=DateCell())
    closed_on = Column("注销日期", synonyms=("注销时间", "迁出时间"), widget=DateCell())
    chamber_member = Column(
        "商会会员", synonyms=("是否会员", "是否商会会员", "是否入会", "会员企业"), widget=YesNoCell()
    )
    chamber_since = Column("入会时间", synonyms=("入会日期", "加入商会时间"), widget=DateCell())
    chamber_post = Column("商会职务", synonyms=("商会任职", "会内职务"))
    remark = Column("备注", synonyms=("说明", "其他"))

    class Meta:
        model = Enterprise
        natural_key = ("credit_code",)


class EnterpriseRequestSheet(LedgerSheet):
    """Without a column for the unit: a request belongs where its enterprise does (``EnterpriseRecord.clean``)."""

    enterprise = Column(
        "企业名称",
        required=True,
        synonyms=("企业", "单位名称", "公司名称", "诉求企业"),
        widget=RecordCell(Enterprise, by="name"),
    )
    raised_on = Column(
        "提出日期", required=True, synonyms=("提出时间", "受理时间", "收集时间", "日期"), widget=DateCell()
    )
    kind = Column("诉求类别", synonyms=("类别", "问题类别", "诉求类型"), widget=ChoiceCell(REQUEST_WORDS))
    text = Column("诉求内容", required=True, synonyms=("诉求", "问题", "问题诉求", "反映问题", "主要诉求"))
    department = Column("承办部门", synonyms=("责任部门", "办理部门", "牵头部门", "承办单位"))
    due = Column("办理期限", synonyms=("办理时限", "时限", "限办日期"), widget=DateCell())
    resolved_on = Column("办结日期", synonyms=("办结时间", "完成时间", "解决时间"), widget=DateCell())
    outcome = Column("办理结果", synonyms=("结果", "办理情况", "解决情况", "备注"))

    class Meta:
        model = EnterpriseRequest
        natural_key = ("enterprise", "raised_on", "text")


class ContributionSheet(LedgerSheet):
    """Without a column for the unit, as for requests."""

    enterprise = Column(
        "企业名称",
        required=True,
        synonyms=("捐赠企业", "捐赠单位", "企业", "单位名称", "公司名称"),
        widget=RecordCell(Enterprise, by="name"),
    )
    given_on = Column("捐赠日期", required=True, synonyms=("捐赠时间", "日期", "时间"), widget=DateCell())
    amount = Column(
        "捐赠金额",
        required=True,
        synonyms=("金额", "捐款金额", "捐赠数额", "折价金额"),
        widget=MoneyCell("万元"),
    )
    purpose = Column("捐赠用途", required=True, synonyms=("用途", "捐赠事由", "捐赠内容"))
    recipient_project = Column("受益项目", synonyms=("受益单位", "受赠单位", "受赠项目", "项目"))

    class Meta:
        model = Contribution
        natural_key = ("enterprise", "given_on", "purpose")
