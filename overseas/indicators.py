"""Figures of overseas and Taiwan affairs. Codes are relied on by other programs: add, never rename."""

from django.db.models import Q

from ledgers.indicators import FLOW, STOCK, count, indicator, median_days, only, total
from ledgers.periods import Period
from ledgers.returns.indicators import declare_return_indicators
from overseas.models import (
    CATEGORIES,
    DonationProject,
    OverseasReturn,
    Reception,
    RegionComposition,
    ServiceRequest,
)


@indicator(
    "overseas.households",
    "侨台港澳家庭",
    unit="户",
    kind=STOCK,
    records=OverseasReturn,
    aggregate=total("households"),
    synonyms=("侨台港澳户数", "涉侨涉台家庭", "侨户", "归侨侨眷家庭"),
    phrase="有侨台港澳家庭{}",
)
def households(period: Period) -> Q:
    return OverseasReturn.in_force(period)


@indicator(
    "overseas.persons",
    "侨台港澳人员",
    unit="人",
    kind=STOCK,
    records=OverseasReturn,
    aggregate=total("persons"),
    synonyms=("侨台港澳人数", "涉侨涉台人员", "归侨侨眷", "侨台人员"),
    phrase="侨台港澳人员{}",
)
def persons(period: Period) -> Q:
    return OverseasReturn.in_force(period)


def _declare_category(name: str, label: str) -> None:
    """Households and persons of one of the five categories."""

    @indicator(
        f"overseas.{name}_households",
        f"{label}户数",
        unit="户",
        kind=STOCK,
        records=OverseasReturn,
        aggregate=total(f"{name}_households"),
        synonyms=(f"{label}家庭",),
        phrase=f"其中{label}{{}}",
    )
    def category_households(period: Period) -> Q:
        return OverseasReturn.in_force(period)

    @indicator(
        f"overseas.{name}_persons",
        f"{label}人数",
        unit="人",
        kind=STOCK,
        records=OverseasReturn,
        aggregate=total(f"{name}_persons"),
        synonyms=(label,),
        phrase=f"其中{label}{{}}",
    )
    def category_persons(period: Period) -> Q:
        return OverseasReturn.in_force(period)


for _name, _label in CATEGORIES.items():
    _declare_category(_name, _label)


# Of one township only, as ethnicity.groups is.
@indicator(
    "overseas.regions",
    "旅居国家和地区",
    unit="个",
    kind=STOCK,
    records=RegionComposition,
    aggregate=only("group_count"),
    synonyms=("旅居国家（地区）", "分布国家和地区", "居住国家和地区"),
    phrase="分布在{}国家和地区",
)
def regions(period: Period) -> Q:
    return RegionComposition.in_force(period)


@indicator(
    "overseas.receptions",
    "接待交流",
    unit="次",
    kind=FLOW,
    records=Reception,
    aggregate=count(),
    synonyms=("接待活动", "交流接待", "接待来访"),
    phrase="开展接待交流{}",
)
def receptions(period: Period) -> Q:
    return Q(held_on__range=period.days)


@indicator(
    "overseas.reception_people",
    "接待交流人数",
    unit="人",
    kind=FLOW,
    records=Reception,
    aggregate=total("persons"),
    synonyms=("接待人数", "接待人次", "接待来访人数"),
    phrase="涉及{}",
)
def reception_people(period: Period) -> Q:
    return Q(held_on__range=period.days)


@indicator(
    "overseas.visitors",
    "接待来访人员",
    unit="人",
    kind=FLOW,
    records=Reception,
    aggregate=total("persons"),
    synonyms=("来访人员", "来访人数", "接待来宾"),
    phrase="其中来访{}",
)
def visitors(period: Period) -> Q:
    return Q(held_on__range=period.days, kind=Reception.Kind.RECEIVED)


@indicator(
    "overseas.requests_received",
    "受理为侨服务事项",
    unit="件",
    kind=FLOW,
    records=ServiceRequest,
    aggregate=count(),
    synonyms=("为侨服务事项", "受理侨务事项", "为侨服务"),
    phrase="受理为侨服务事项{}",
)
def requests_received(period: Period) -> Q:
    return Q(received_on__range=period.days)


@indicator(
    "overseas.requests_resolved",
    "办结为侨服务事项",
    unit="件",
    kind=FLOW,
    records=ServiceRequest,
    aggregate=count(),
    synonyms=("办结侨务事项", "解决侨务事项"),
    phrase="办结{}",
)
def requests_resolved(period: Period) -> Q:
    return Q(resolved_on__range=period.days)


@indicator(
    "overseas.requests_days",
    "为侨服务办结天数",
    unit="天",
    kind=FLOW,
    records=ServiceRequest,
    aggregate=median_days("received_on", "resolved_on"),
    synonyms=("办结天数", "平均办结时间", "办理时长"),
    phrase="办结用时中位数{}",
    decimals=2,
)
def requests_days(period: Period) -> Q:
    return Q(resolved_on__range=period.days)


@indicator(
    "overseas.donations",
    "侨台捐赠",
    unit="万元",
    kind=FLOW,
    records=DonationProject,
    aggregate=total("amount"),
    synonyms=("侨捐项目资金", "侨胞捐赠", "港澳台侨捐赠", "捐赠项目资金"),
    phrase="侨台捐赠项目资金{}",
    decimals=2,
)
def donations(period: Period) -> Q:
    return Q(donated_on__range=period.days)


declare_return_indicators("overseas", OverseasReturn, label="侨台季报")
