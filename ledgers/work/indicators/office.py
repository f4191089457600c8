"""Figures of how the office is run: what inspections found, its money, and the liaison groups of the villages."""

from django.db.models import Q

from ledgers.indicators import FLOW, STOCK, as_at, count, distinct, indicator, overdue_at, total
from ledgers.periods import Period
from ledgers.work.models import Fund, LiaisonGroup, Rectification


@indicator(
    "work.findings",
    "发现问题",
    unit="个",
    kind=FLOW,
    records=Rectification,
    aggregate=count(),
    synonyms=("整改事项", "反馈问题", "问题清单", "需整改问题"),
    phrase="梳理整改事项{}",
)
def findings(period: Period) -> Q:
    return Q(found_on__range=period.days)


@indicator(
    "work.findings_done",
    "完成整改",
    unit="个",
    kind=FLOW,
    records=Rectification,
    aggregate=count(),
    synonyms=("已整改", "整改完成", "整改到位"),
    phrase="完成整改{}",
)
def findings_done(period: Period) -> Q:
    return Q(done_on__range=period.days)


@indicator(
    "work.findings_overdue",
    "到期未整改",
    unit="个",
    kind=STOCK,
    records=Rectification,
    aggregate=count(),
    synonyms=("逾期未整改", "整改逾期", "超期未整改"),
    phrase="到期未整改{}",
)
def findings_overdue(period: Period) -> Q:
    return overdue_at(period, due="due", done="done_on")


@indicator(
    "work.funds_received",
    "到账工作经费",
    unit="万元",
    kind=FLOW,
    records=Fund,
    aggregate=total("amount"),
    synonyms=("工作经费", "落实经费", "落实工作经费", "到账经费", "争取经费"),
    phrase="落实工作经费{}",
    decimals=2,
)
def funds_received(period: Period) -> Q:
    return Q(received_on__range=period.days)


@indicator(
    "work.funds_spent",
    "已支出工作经费",
    unit="万元",
    kind=FLOW,
    records=Fund,
    aggregate=total("spent"),
    synonyms=("经费支出", "支出经费", "已支出经费", "使用经费"),
    phrase="已支出{}",
    decimals=2,
)
def funds_spent(period: Period) -> Q:
    # The ledger keeps one running total per grant: this is what has been spent of the money of this period.
    return Q(received_on__range=period.days)


@indicator(
    "work.liaison_villages",
    "设立联络小组的村",
    unit="个",
    kind=STOCK,
    records=LiaisonGroup,
    aggregate=distinct("unit"),
    synonyms=("联络小组", "建立联络小组", "村级联络小组", "设立联络小组"),
    phrase="设立联络小组的村{}",
)
def liaison_villages(period: Period) -> Q:
    # A group of the township itself serves all villages, but is not a village's own.
    return as_at(period, start="established_on", end="ended_on") & Q(unit__level="village")
