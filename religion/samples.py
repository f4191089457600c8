"""Fictional venues with the checks, events and visits of ordinary years.

Names carry 示例, certificate numbers are not in the form that registers issue, telephone numbers have an area code
that is not in use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterator
from decimal import Decimal

from ledgers.models import OrgUnit
from ledgers.registry import SampleContext
from ledgers.sampling import after, rounds, settled
from religion.models import Hazard, Inspection, LiaisonVisit, Venue, VenueEvent

Faith, Kind, Result, Category = Venue.Faith, Venue.Kind, Inspection.Result, Hazard.Category

# (name, faith, kind, floor area ㎡, rated capacity)
SITES = (
    ("示例寺", Faith.BUDDHIST, Kind.TEMPLE, 860, 300),
    ("示例庵", Faith.BUDDHIST, Kind.FIXED, 240, 80),
    ("示例禅院", Faith.BUDDHIST, Kind.TEMPLE, 520, 180),
    ("示例教堂", Faith.PROTESTANT, Kind.TEMPLE, 640, 260),
    ("示例天主堂", Faith.CATHOLIC, Kind.FIXED, 310, 120),
    ("示例道观", Faith.TAOIST, Kind.TEMPLE, 280, 90),
    ("示例清真寺", Faith.ISLAMIC, Kind.TEMPLE, 350, 140),
)
FOLK_SITES = ("示例土地庙", "示例龙王庙", "示例文昌阁", "示例妈祖庙")
OFFICIALS = ("镇党委统战委员", "镇人大副主席", "镇统战干事", "村党支部书记")


def venues(context: SampleContext) -> Iterator[Venue]:
    rng, number = context.rng, 0
    first = dt.date(context.years[0] - 12, 1, 1)

    def venue(village: OrgUnit, name: str, faith: str, kind: str, area: int, capacity: int | None) -> Venue:
        nonlocal number
        number += 1
        return Venue(
            unit=village,
            name=name,
            certificate_number=f"示例证字{context.township.code[:9]}-{number:04d}",
            faith=faith,
            kind=kind,
            address=f"{village.name}{rng.randint(1, 90)}号",
            floor_area=Decimal(area),
            rated_capacity=capacity,
            fire_equipment=rng.randint(4, 16),
            responsible_person=f"负责人{number}",
            phone=f"0600-8{number % 10_000_000:07d}",
            liaison_official=OFFICIALS[number % len(OFFICIALS)],
            opened_on=first + dt.timedelta(days=rng.randrange(365 * 10)),
        )

    for turn in rounds(context):
        mark = f"{turn + 1}号" if turn else ""
        for place, (name, faith, kind, area, capacity) in enumerate(SITES):
            village = context.villages[(place * 2 + turn) % len(context.villages)]
            yield venue(village, f"{village.name}{mark}{name}", faith, kind, area, capacity)
        for place, village in enumerate(context.villages):
            name = FOLK_SITES[(place + turn) % len(FOLK_SITES)]
            yield venue(
                village, f"{village.name}{mark}{name}", Faith.FOLK, Kind.FOLK_SITE, rng.randint(20, 90), None
            )


INSPECTORS = ("镇统战办、应急管理所", "镇统战办、消防工作站", "镇综合执法队", "县民宗局联合检查组")
FINDINGS = (
    (Category.FIRE, "灭火器压力不足，已过检验期", "送检或更换灭火器"),
    (Category.FIRE, "香烛区离可燃物过近", "设置隔离带并配备沙箱"),
    (Category.FIRE, "应急照明灯不亮", "更换电池并每月测试"),
    (Category.ELECTRIC, "配电箱内线路老化", "请持证电工更换线路"),
    (Category.ELECTRIC, "插线板串接使用", "拆除串接，增设固定插座"),
    (Category.BUILDING, "偏殿屋面瓦片松动", "设置警示并修缮屋面"),
    (Category.BUILDING, "围墙有裂缝", "请专业单位鉴定后加固"),
    (Category.CROWD, "疏散通道堆放杂物", "清理通道并张贴标识"),
    (Category.CROWD, "安全出口指示牌脱落", "重新安装指示牌"),
)


def inspections(context: SampleContext) -> Iterator[Venue | Inspection]:
    rng = context.rng
    pool = yield from _pool(context)
    for year in context.years:
        for venue in pool:
            times = rng.randint(1, 2) if venue.faith == Faith.FOLK else rng.randint(3, 5)
            for inspected_on in _days_apart(context, year, times):
                found = rng.random() < 0.4
                inspectors, ordered = rng.choice(INSPECTORS), rng.random() < 0.7
                result = (Result.ORDERED if ordered else Result.FIXED) if found else Result.PASSED
                if inspected_on <= context.today:
                    yield Inspection(
                        unit=venue.unit,
                        venue=venue,
                        inspected_on=inspected_on,
                        inspectors=inspectors,
                        result=result,
                        note="查看消防器材、用电线路、建筑结构和疏散通道。",
                    )


def hazards(context: SampleContext) -> Iterator[Venue | Inspection | Hazard]:
    rng = context.rng
    found: list[Inspection] = list(
        Inspection.objects.within(context.township)
        .exclude(result=Result.PASSED)
        .select_related("unit", "venue")
        .order_by("inspected_on", "venue__certificate_number", "inspectors")
    )
    if not found:
        for record in inspections(context):
            yield record
            if isinstance(record, Inspection) and record.result != Result.PASSED:
                found.append(record)
    for inspection in found:
        for category, description, measure in rng.sample(FINDINGS, rng.choice((1, 1, 2))):
            due = after(rng, inspection.inspected_on, 7, 45)
            rectified_on = after(rng, inspection.inspected_on, 2, 50)
            never = rng.random() < 0.05
            at_once = inspection.result == Result.FIXED
            yield Hazard(
                unit=inspection.unit,
                inspection=inspection,
                found_on=inspection.inspected_on,
                category=category,
                description=description,
                measure=measure,
                due=due,
                rectified_on=inspection.inspected_on
                if at_once
                else settled(rectified_on, due, context, left=never),
            )


# (name, month)
EVENTS = (("新春公共活动", 2), ("清明公共活动", 4), ("中秋公共活动", 9), ("年度庆典", 11))


def events(context: SampleContext) -> Iterator[Venue | VenueEvent]:
    rng = context.rng
    pool = yield from _pool(context)
    for year in context.years:
        for venue in pool:
            if venue.faith == Faith.FOLK:
                continue
            for name, month in rng.sample(EVENTS, 2):
                starts_on = dt.date(year, month, rng.randint(1, 20))
                capacity = venue.rated_capacity or 100
                expected = rng.randrange(capacity // 2, capacity * 2)
                actual = max(0, expected + rng.randint(-60, 60))
                lasts, planned = rng.choice((0, 0, 1, 2)), rng.random() < 0.9
                ends_on = starts_on + dt.timedelta(days=lasts)
                if starts_on > context.today:
                    continue
                yield VenueEvent(
                    unit=venue.unit,
                    venue=venue,
                    name=f"{year}年{name}",
                    starts_on=starts_on,
                    ends_on=ends_on,
                    expected_attendance=expected,
                    actual_attendance=actual if ends_on <= context.today else None,
                    safety_plan=planned,
                    safety_plan_note="设置单向通道，安排值守和医疗点，分时段放行。" if planned else "",
                )


NEEDS = (
    ("希望协调修缮漏雨屋面", "已联系建设办现场勘查，列入修缮计划。"),
    ("希望改善场所门口道路和停车", "已由村里平整路面并划定停车位。"),
    ("希望增配灭火器", "消防工作站已配发并培训使用方法。"),
    ("希望更换老化电线", "供电所已上门检查并更换。"),
)


def visits(context: SampleContext) -> Iterator[Venue | LiaisonVisit]:
    rng = context.rng
    pool = yield from _pool(context)
    for year in context.years:
        for venue in pool:
            times = 1 if venue.faith == Faith.FOLK else rng.randint(3, 4)
            for visited_on in _days_apart(context, year, times):
                raised, outcome = rng.choice(NEEDS) if rng.random() < 0.4 else ("", "")
                done = rng.random() < 0.8
                official = rng.choice(OFFICIALS)
                if visited_on <= context.today:
                    yield LiaisonVisit(
                        unit=venue.unit,
                        venue=venue,
                        visited_on=visited_on,
                        official=official,
                        raised=raised,
                        outcome=outcome if done else "",
                    )


def _days_apart(context: SampleContext, year: int, times: int) -> list[dt.date]:
    """Working days spread over the year, one in each equal part of it."""
    part = 350 // times
    days = []
    for turn in range(times):
        day = dt.date(year, 1, 4) + dt.timedelta(days=turn * part + context.rng.randrange(part))
        days.append(day - dt.timedelta(days=max(0, day.weekday() - 4)))
    return sorted(set(days))


def _pool(context: SampleContext) -> Generator[Venue, None, list[Venue]]:
    """The township's venues; where there are none yet, they come first among the samples."""
    found: list[Venue] = list(
        Venue.objects.within(context.township).select_related("unit").order_by("certificate_number")
    )
    if not found:
        for venue in venues(context):
            found.append(venue)
            yield venue
    return found
