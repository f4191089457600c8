"""Figures of the venues. Codes are relied on by other programs: add, never rename."""

from __future__ import annotations

from django.db.models import Count, Q

from ledgers.goals import ALL, usual_target
from ledgers.indicators import FLOW, STOCK, as_at, count, distinct, indicator, overdue_at, total
from ledgers.periods import Period
from religion.models import Hazard, Inspection, LiaisonVisit, Venue, VenueEvent

Faith, Kind = Venue.Faith, Venue.Kind


def _registered(period: Period) -> Q:
    return as_at(period, start="opened_on", end="closed_on")


@indicator(
    "religion.venues",
    "宗教活动场所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("登记场所", "宗教场所", "登记宗教活动场所", "依法登记的宗教活动场所"),
    phrase="共有登记宗教活动场所{}",
)
def venues(period: Period) -> Q:
    return _registered(period)


@indicator(
    "religion.venues_buddhist",
    "佛教场所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("佛教活动场所", "佛教寺院"),
    phrase="佛教场所{}",
)
def venues_buddhist(period: Period) -> Q:
    return _registered(period) & Q(faith=Faith.BUDDHIST)


@indicator(
    "religion.venues_taoist",
    "道教场所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("道教活动场所", "道教宫观"),
    phrase="道教场所{}",
)
def venues_taoist(period: Period) -> Q:
    return _registered(period) & Q(faith=Faith.TAOIST)


@indicator(
    "religion.venues_islamic",
    "伊斯兰教场所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("伊斯兰教活动场所", "清真寺"),
    phrase="伊斯兰教场所{}",
)
def venues_islamic(period: Period) -> Q:
    return _registered(period) & Q(faith=Faith.ISLAMIC)


@indicator(
    "religion.venues_protestant",
    "基督教场所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("基督教活动场所", "基督教堂"),
    phrase="基督教场所{}",
)
def venues_protestant(period: Period) -> Q:
    return _registered(period) & Q(faith=Faith.PROTESTANT)


@indicator(
    "religion.venues_catholic",
    "天主教场所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("天主教活动场所", "天主教堂"),
    phrase="天主教场所{}",
)
def venues_catholic(period: Period) -> Q:
    return _registered(period) & Q(faith=Faith.CATHOLIC)


@indicator(
    "religion.venues_folk",
    "民间信仰场所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("民间信仰活动场所", "登记民间信仰点", "民间信仰点位"),
    phrase="民间信仰场所{}",
)
def venues_folk(period: Period) -> Q:
    return _registered(period) & Q(faith=Faith.FOLK)


@indicator(
    "religion.temples",
    "寺观教堂",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("登记寺观教堂", "寺院宫观教堂"),
    phrase="寺观教堂{}",
)
def temples(period: Period) -> Q:
    return _registered(period) & Q(kind=Kind.TEMPLE)


@indicator(
    "religion.fixed_venues",
    "固定处所",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("其他固定宗教活动处所", "固定宗教活动处所"),
    phrase="固定处所{}",
)
def fixed_venues(period: Period) -> Q:
    return _registered(period) & Q(kind=Kind.FIXED)


@indicator(
    "religion.folk_sites",
    "民间信仰点",
    unit="处",
    kind=STOCK,
    records=Venue,
    aggregate=count(),
    synonyms=("民间信仰活动点", "备案民间信仰点"),
    phrase="民间信仰点{}",
)
def folk_sites(period: Period) -> Q:
    return _registered(period) & Q(kind=Kind.FOLK_SITE)


@indicator(
    "religion.fire_equipment",
    "场所消防器材",
    unit="件",
    kind=STOCK,
    records=Venue,
    aggregate=total("fire_equipment"),
    synonyms=("消防器材", "灭火器", "消防器材配备", "配备消防器材"),
    phrase="配备消防器材{}",
)
def fire_equipment(period: Period) -> Q:
    return _registered(period)


@indicator(
    "religion.inspections",
    "场所安全检查",
    unit="次",
    kind=FLOW,
    records=Inspection,
    aggregate=count(),
    synonyms=("安全检查", "场所检查", "开展安全检查", "消防安全检查"),
    phrase="开展场所安全检查{}",
)
def inspections(period: Period) -> Q:
    return Q(inspected_on__range=period.days)


@indicator(
    "religion.venues_inspected",
    "检查过的场所",
    unit="处",
    kind=FLOW,
    records=Inspection,
    aggregate=distinct("venue"),
    synonyms=("检查场所", "检查宗教活动场所", "检查覆盖场所"),
    phrase="检查场所{}",
)
def venues_inspected(period: Period) -> Q:
    return Q(inspected_on__range=period.days)


@indicator(
    "religion.hazards_found",
    "发现安全隐患",
    unit="处",
    kind=FLOW,
    records=Hazard,
    aggregate=count(),
    synonyms=("发现隐患", "排查隐患", "排查安全隐患", "安全隐患"),
    phrase="发现安全隐患{}",
)
def hazards_found(period: Period) -> Q:
    return Q(found_on__range=period.days)


@indicator(
    "religion.hazards_rectified",
    "整改安全隐患",
    unit="处",
    kind=FLOW,
    records=Hazard,
    aggregate=count(),
    synonyms=("整改隐患", "完成隐患整改", "隐患整改", "消除隐患"),
    phrase="整改安全隐患{}",
)
def hazards_rectified(period: Period) -> Q:
    return Q(rectified_on__range=period.days)


@indicator(
    "religion.hazards_overdue",
    "到期未整改隐患",
    unit="处",
    kind=STOCK,
    records=Hazard,
    aggregate=count(),
    synonyms=("逾期隐患", "隐患逾期未整改", "逾期未整改隐患"),
    phrase="到期未整改{}",
)
def hazards_overdue(period: Period) -> Q:
    return overdue_at(period, due="due", done="rectified_on")


@indicator(
    "religion.events",
    "场所大型活动",
    unit="场",
    kind=FLOW,
    records=VenueEvent,
    aggregate=count(),
    synonyms=("大型活动", "大型宗教活动", "报备大型活动"),
    phrase="报备场所大型活动{}",
)
def events(period: Period) -> Q:
    return Q(starts_on__range=period.days)


@indicator(
    "religion.event_attendance",
    "大型活动实际人次",
    unit="人次",
    kind=FLOW,
    records=VenueEvent,
    aggregate=total("actual_attendance"),
    synonyms=("大型活动人次", "大型活动参加人次", "活动人流"),
    phrase="大型活动{}",
)
def event_attendance(period: Period) -> Q:
    return Q(starts_on__range=period.days) & Q(actual_attendance__isnull=False)


@indicator(
    "religion.liaison_visits",
    "联系走访场所",
    unit="次",
    kind=FLOW,
    records=LiaisonVisit,
    aggregate=count(),
    synonyms=("走访场所", "走访宗教活动场所", "联系走访", "走访宗教场所"),
    phrase="走访宗教活动场所{}",
)
def liaison_visits(period: Period) -> Q:
    return Q(visited_on__range=period.days)


@indicator(
    "religion.venues_visited_3",
    "走访3次以上的场所",
    unit="处",
    kind=FLOW,
    records=Venue,
    # Not additive: a venue visited three times in a year need not have been in any quarter.
    aggregate=distinct("certificate_number"),
    synonyms=("走访不少于3次的场所", "走访三次以上的场所", "走访3次及以上的场所"),
    phrase="走访3次以上的场所{}",
    part_of="religion.venues",
)
def venues_visited_3(period: Period) -> Q:
    # Of the venues that there are at the end: one that has closed must not make up for one that was not visited.
    visits = LiaisonVisit.objects.filter(visited_on__range=period.days).order_by().values("venue")
    often = visits.annotate(visits=Count("pk")).filter(visits__gte=3)
    return _registered(period) & Q(pk__in=often.values("venue"))


usual_target("religion.venues_visited_3", ALL, "year", source_clause="每处宗教活动场所每年走访不少于3次")
