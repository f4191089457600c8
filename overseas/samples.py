"""Fictional counts and public work for demonstrations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ledgers.models import Record
from ledgers.registry import SampleContext
from ledgers.returns.samples import drift, in_force, quarters_of, returns_of, spread
from ledgers.sampling import Titles, after, day_of_year, rounds, settled
from overseas.models import (
    CATEGORIES,
    DonationProject,
    OverseasReturn,
    Reception,
    RegionComposition,
    ServiceRequest,
)

#: Where relatives of such a township commonly live, with their usual weights.
COMMON = {"HK": 26, "TW": 22, "US": 12, "IT": 10, "ES": 8, "MO": 6, "CA": 5, "AU": 4, "SG": 4, "JP": 3}


def overseas_returns(context: SampleContext) -> Iterator[Record]:
    rng = context.rng
    base = {
        village.pk: {f"{name}_households": rng.randrange(2, 30) for name in CATEGORIES}
        for village in context.villages
    }

    def numbers(village: Any) -> dict[str, int]:
        households = drift(rng, base[village.pk])
        # About three people to a household.
        persons = {
            name.replace("_households", "_persons"): value * 3 + value % 4
            for name, value in households.items()
        }
        return {**households, **persons}

    yield from returns_of(OverseasReturn, context, numbers)


def region_compositions(context: SampleContext) -> Iterator[Record]:
    """Of each quarter in which villages have reported; the villages come first where there are none yet."""
    returns: list[Any] = list(OverseasReturn.objects.within(context.township))
    if not returns:
        for record in overseas_returns(context):
            returns.append(record)
            yield record
    for quarter in quarters_of(context):
        latest = in_force(returns, quarter)
        households = sum(getattr(each, f"{name}_households") for each in latest for name in CATEGORIES)
        persons = sum(getattr(each, f"{name}_persons") for each in latest for name in CATEGORIES)
        if not households:
            continue
        shares = spread(households, COMMON, least=5)
        people = spread(persons - households, shares, least=0)
        composition = RegionComposition(
            unit=context.township,
            period=str(quarter),
            period_end=quarter.last_day,
            remark="侨台季报汇总",
        )
        table = {
            code: RegionComposition.row((number, number + people[code])) for code, number in shares.items()
        }
        composition.fill(table, (households, persons))
        yield composition


GIFTS = (
    ("同心小学图书馆", "支持学校建设", "旅港同乡会"),
    ("村卫生室改造", "改善医疗条件", "旅美同乡联谊会"),
    ("敬老院设备添置", "敬老爱老", "侨联青年委员会"),
    ("奖教奖学基金", "奖励优秀师生", "旅意华侨总会"),
    ("文化礼堂修缮", "丰富群众文化生活", ""),
)


def donation_projects(context: SampleContext) -> Iterator[DonationProject]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for year in context.years:
            for _ in range(rng.randint(2, 4)):
                village, donated_on = rng.choice(context.villages), day_of_year(rng, year)
                title, purpose, donor = rng.choice(GIFTS)
                amount = Decimal(rng.choice((3, 5, 8, 10, 20, 30, 50)))
                progress = rng.choice(list(DonationProject.Progress))
                if donated_on <= context.today:
                    yield DonationProject(
                        unit=village,
                        title=titles.distinct(f"{village}{title}", village.pk),
                        public_donor=donor,
                        donated_on=donated_on,
                        amount=amount,
                        purpose=purpose,
                        progress=progress,
                    )


VISITS = (
    (Reception.Kind.RECEIVED, "接待台湾乡亲参访团", (3, 10), (8, 40)),
    (Reception.Kind.RECEIVED, "接待港澳青年研学团", (0, 1), (15, 45)),
    (Reception.Kind.PAID, "赴港澳走访同乡社团", (0, 1), (2, 6)),
    (Reception.Kind.MEETING, "侨台眷属中秋联谊会", (10, 30), (30, 80)),
    (Reception.Kind.MEETING, "归侨侨眷春节座谈会", (8, 20), (15, 40)),
)


def receptions(context: SampleContext) -> Iterator[Reception]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for year in context.years:
            for _ in range(rng.randint(5, 9)):
                held_on = day_of_year(rng, year)
                unit = rng.choice([context.township, *context.villages])
                kind, title, households, persons = rng.choice(VISITS)
                families, people = rng.randrange(*households), rng.randrange(*persons)
                if held_on <= context.today:
                    yield Reception(
                        unit=unit,
                        title=titles.distinct(title, unit.pk, held_on),
                        kind=kind,
                        held_on=held_on,
                        households=min(families, people),
                        persons=people,
                        outcome="介绍家乡发展情况，听取意见建议。",
                    )


MATTERS = (
    (ServiceRequest.Kind.PAPERS, "咨询回国定居手续"),
    (ServiceRequest.Kind.PAPERS, "协助补办证件材料"),
    (ServiceRequest.Kind.LEGAL, "咨询房产继承公证"),
    (ServiceRequest.Kind.INVESTMENT, "咨询返乡投资办厂政策"),
    (ServiceRequest.Kind.ROOTS, "协助查找族谱和祖居地"),
    (ServiceRequest.Kind.HELP, "困难侨眷家庭临时救助"),
)
USUAL_TIME = dt.timedelta(days=30)


def service_requests(context: SampleContext) -> Iterator[ServiceRequest]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for year in context.years:
            for _ in range(rng.randint(10, 16)):
                village, received_on = rng.choice(context.villages), day_of_year(rng, year)
                kind, matter = rng.choice(MATTERS)
                resolved_on = after(rng, received_on, 1, 40)
                never = rng.random() < 0.08
                if received_on > context.today:
                    continue
                done = settled(resolved_on, received_on + USUAL_TIME, context, left=never)
                yield ServiceRequest(
                    unit=village,
                    kind=kind,
                    received_on=received_on,
                    matter=titles.distinct(matter, village.pk, received_on),
                    resolved_on=done,
                    outcome="已协助办理并答复。" if done else "",
                )
