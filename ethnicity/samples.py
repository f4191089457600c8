"""Fictional counts for demonstrations: three years of quarters, the last of them partly draft, late or missing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ethnicity.groups import MINORITIES
from ethnicity.models import EthnicComposition, PopulationReturn, SupportProject, UnitySite
from ledgers.models import Record
from ledgers.registry import SampleContext
from ledgers.returns.samples import drift, in_force, quarters_of, returns_of, spread
from ledgers.sampling import Titles, day_of_year, rounds

#: Groups that migrant workers of such a township commonly belong to, with their usual weights.
COMMON = {
    "06": 30,
    "15": 24,
    "12": 14,
    "09": 10,
    "08": 9,
    "07": 6,
    "05": 3,
    "03": 3,
    "13": 2,
    "22": 2,
    "10": 1,
}


def population_returns(context: SampleContext) -> Iterator[Record]:
    rng = context.rng
    base = {
        village.pk: {
            "residents": rng.randrange(900, 3200),
            "registered": rng.randrange(6, 40),
            "migrant": rng.randrange(60, 400),
        }
        for village in context.villages
    }
    yield from returns_of(PopulationReturn, context, lambda village: drift(rng, base[village.pk]))


def ethnic_compositions(context: SampleContext) -> Iterator[Record]:
    """For each quarter whose villages have reported; the villages come first where there are none yet."""
    returns: list[Any] = list(PopulationReturn.objects.within(context.township))
    if not returns:
        for record in population_returns(context):
            returns.append(record)
            yield record
    for quarter in quarters_of(context):
        latest = in_force(returns, quarter)
        totals = (sum(each.registered for each in latest), sum(each.migrant for each in latest))
        if not sum(totals):
            continue
        registered, migrant = (spread(total, COMMON, least=5) for total in totals)
        composition = EthnicComposition(
            unit=context.township,
            period=str(quarter),
            period_end=quarter.last_day,
            remark="村级人口季报汇总",
        )
        table = {
            code: EthnicComposition.row((registered.get(code, 0), migrant.get(code, 0)))
            for code in MINORITIES
            if code in registered or code in migrant
        }
        composition.fill(table, totals)
        yield composition


PROJECTS = (
    ("特色茶园基础设施提升", (12, 40)),
    ("村集体冷库建设", (20, 60)),
    ("文化礼堂民族团结展陈", (5, 15)),
    ("生态停车场与村道改造", (15, 45)),
    ("手工艺合作社设备购置", (6, 20)),
)


def support_projects(context: SampleContext) -> Iterator[SupportProject]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for year in context.years:
            for _ in range(rng.randint(2, 4)):
                village = rng.choice(context.villages)
                title, (low, high) = rng.choice(PROJECTS)
                amount = Decimal(rng.randrange(low, high))
                progress = rng.choice(list(SupportProject.Progress))
                done = progress in (SupportProject.Progress.DONE, SupportProject.Progress.CHECKED)
                share = (
                    100
                    if done
                    else 0
                    if progress == SupportProject.Progress.PLANNED
                    else rng.randrange(20, 80)
                )
                yield SupportProject(
                    unit=village,
                    title=titles.distinct(f"{village}{title}项目", village.pk, year),
                    year=year,
                    amount=amount,
                    spent=amount * share / 100,
                    progress=progress,
                    outcome="按批复内容实施，受益群众涵盖全村各族居民。" if share else "",
                )


SITES = ("中心小学", "便民服务中心", "新居民之家", "农产品合作社", "文化礼堂", "共享花园")
SITES_A_YEAR = 4


def unity_sites(context: SampleContext) -> Iterator[UnitySite]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for number in range(len(context.years) * SITES_A_YEAR):
            site, village = SITES[number % len(SITES)], rng.choice(context.villages)
            grade = rng.choice(list(UnitySite.Grade))
            named_on = day_of_year(rng, context.years[number // SITES_A_YEAR])
            if named_on > context.today:
                continue
            yield UnitySite(
                unit=village,
                title=titles.distinct(f"{village}{site}", village.pk),
                grade=grade,
                named_on=named_on,
                named_by="县民族宗教事务局",
            )
