"""Figures of the private sector. Codes are relied on by other programs: add, never rename."""

from django.db.models import Q

from ledgers.indicators import FLOW, STOCK, as_at, count, indicator, overdue_at, total
from ledgers.periods import Period
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest


def _in_business(period: Period) -> Q:
    return as_at(period, start="founded_on", end="closed_on")


@indicator(
    "nonpublic.enterprises",
    "非公企业",
    unit="家",
    kind=STOCK,
    records=Enterprise,
    aggregate=count(),
    synonyms=("非公有制企业", "民营企业", "非公经济组织", "非公有制经济组织"),
    phrase="共有非公企业{}",
)
def enterprises(period: Period) -> Q:
    return _in_business(period)


@indicator(
    "nonpublic.staff",
    "非公企业从业人员",
    unit="人",
    kind=STOCK,
    records=Enterprise,
    aggregate=total("staff"),
    synonyms=("从业人员", "从业人数", "企业职工", "吸纳就业"),
    phrase="从业人员{}",
)
def staff(period: Period) -> Q:
    return _in_business(period)


@indicator(
    "nonpublic.registered_capital",
    "非公企业注册资本",
    unit="万元",
    kind=STOCK,
    records=Enterprise,
    aggregate=total("registered_capital"),
    synonyms=("注册资本", "注册资金", "注册资本总额"),
    phrase="注册资本{}",
    decimals=2,
)
def registered_capital(period: Period) -> Q:
    return _in_business(period)


@indicator(
    "nonpublic.chamber_members",
    "商会会员企业",
    unit="家",
    kind=STOCK,
    records=Enterprise,
    aggregate=count(),
    synonyms=("商会会员", "会员企业", "工商联会员", "入会企业"),
    phrase="商会会员企业{}",
)
def chamber_members(period: Period) -> Q:
    joined = Q(chamber_since__isnull=True) | Q(chamber_since__lte=period.last_day)
    return _in_business(period) & Q(chamber_member=True) & joined


@indicator(
    "nonpublic.requests_received",
    "收到企业诉求",
    unit="件",
    kind=FLOW,
    records=EnterpriseRequest,
    aggregate=count(),
    synonyms=("企业诉求", "受理诉求", "收集诉求", "收集企业诉求"),
    phrase="收到企业诉求{}",
)
def requests_received(period: Period) -> Q:
    return Q(raised_on__range=period.days)


@indicator(
    "nonpublic.requests_resolved",
    "办结企业诉求",
    unit="件",
    kind=FLOW,
    records=EnterpriseRequest,
    aggregate=count(),
    synonyms=("办结诉求", "解决诉求", "解决企业诉求", "诉求办结"),
    phrase="办结{}",
)
def requests_resolved(period: Period) -> Q:
    return Q(resolved_on__range=period.days)


@indicator(
    "nonpublic.requests_overdue",
    "到期未办结诉求",
    unit="件",
    kind=STOCK,
    records=EnterpriseRequest,
    aggregate=count(),
    synonyms=("逾期未办结", "逾期诉求", "超期未办结"),
    phrase="到期未办结{}",
)
def requests_overdue(period: Period) -> Q:
    return overdue_at(period, due="due", done="resolved_on")


@indicator(
    "nonpublic.contributions",
    "公益捐赠",
    unit="万元",
    kind=FLOW,
    records=Contribution,
    aggregate=total("amount"),
    synonyms=("捐赠款物", "捐款捐物", "商会捐赠", "企业捐赠", "公益捐赠款物"),
    phrase="公益捐赠{}",
    decimals=2,
)
def contributions(period: Period) -> Q:
    return Q(given_on__range=period.days)
