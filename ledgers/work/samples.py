"""Fictional records of three ordinary years of a township's work.

Every draw is made whether or not its day has come yet, so that the same seed gives the same records tomorrow, and
only adds those whose day has come in between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ledgers.goals import usual_targets
from ledgers.models import OrgUnit
from ledgers.registry import SampleContext
from ledgers.sampling import Titles, after, day_of_year, past, rounds, settled, working_day
from ledgers.work.models import Activity, Brief, Fund, LiaisonGroup, Rectification, Target
from ledgers.work.targets import usual

Kind = Activity.Kind


@dataclass(frozen=True)
class Plan:
    """One kind of activity: how often a year, who comes, what is handed out, what it costs at most (元)."""

    kind: str
    titles: tuple[str, ...]
    times: tuple[int, int]
    attendance: tuple[int, int]
    outcome: str
    expense: int = 0
    materials: bool = False


# What is tied to a festival or a month of the year is held then.
SEASONS = {
    "春节走访慰问": (1, 1),
    "中秋走访慰问": (9, 9),
    "重阳节走访慰问": (10, 10),
    "侨界人士中秋联谊会": (9, 9),
    "民族团结进步宣传月活动": (9, 9),
    "消防安全进场所宣传": (11, 11),
}
TOWNSHIP_PLANS = (
    Plan(
        Kind.MEETING,
        ("党委会专题研究统战工作", "召开统战工作领导小组会议", "党委理论学习中心组专题听取统战工作汇报"),
        (2, 4),
        (9, 16),
        "研究部署重点任务，明确责任分工和完成时限。",
    ),
    Plan(
        Kind.STUDY,
        ("统一战线工作条例专题学习", "民族宗教政策法规集中学习", "统战理论读书会"),
        (3, 5),
        (20, 45),
        "交流学习体会，统一思想认识。",
    ),
    Plan(
        Kind.TRAINING,
        ("村级统战联络员业务培训", "宗教活动场所安全管理培训", "统战干部能力提升培训班"),
        (4, 6),
        (25, 80),
        "讲解政策要点和台账填报要求，现场答疑。",
        expense=6000,
    ),
    Plan(
        Kind.EXCHANGE,
        ("新乡贤座谈交流会", "侨界人士中秋联谊会", "商会会员企业互访交流"),
        (2, 4),
        (18, 60),
        "听取发展建议，增进了解和友谊。",
        expense=5000,
    ),
    Plan(
        Kind.SKILLS,
        ("电商直播技能培训", "家政服务技能培训", "农产品加工技能培训"),
        (1, 2),
        (20, 45),
        "参训人员全部完成课程并通过结业测试。",
        expense=8000,
    ),
)
VILLAGE_PLANS = (
    Plan(
        Kind.PUBLICITY,
        ("统战政策宣传周活动", "民族团结进步宣传月活动", "消防安全进场所宣传"),
        (1, 3),
        (30, 150),
        "通过集市摆摊、入户讲解等方式宣传政策。",
        expense=1200,
        materials=True,
    ),
    Plan(
        Kind.VISIT,
        ("春节走访慰问", "中秋走访慰问", "重阳节走访慰问"),
        (1, 2),
        (5, 20),
        "送去节日问候，了解生产生活中的困难。",
        expense=2000,
    ),
    Plan(
        Kind.UNITY,
        ("民族团结一家亲联欢活动", "石榴籽亲子活动", "民族特色美食交流活动"),
        (0, 1),
        (40, 120),
        "促进各民族群众交往交流交融。",
        expense=3000,
        materials=True,
    ),
    Plan(
        Kind.SERVICE,
        ("便民服务日活动", "义诊义剪志愿服务", "法律咨询服务日活动"),
        (1, 2),
        (40, 160),
        "提供健康检查、政策咨询等便民服务。",
        expense=1500,
    ),
)


def activities(context: SampleContext) -> Iterator[Activity]:
    titles = Titles()
    for _ in rounds(context):
        for year in context.years:
            for unit, plans in _plans(context):
                for plan in plans:
                    for _ in range(context.rng.randint(*plan.times)):
                        activity = _activity(context, unit, plan, year)
                        if activity.held_on <= context.today:
                            activity.title = titles.distinct(activity.title, unit.pk, activity.held_on)
                            yield activity


def _plans(context: SampleContext) -> Iterator[tuple[OrgUnit, tuple[Plan, ...]]]:
    yield context.township, TOWNSHIP_PLANS
    for village in context.villages:
        yield village, VILLAGE_PLANS


def _activity(context: SampleContext, unit: OrgUnit, plan: Plan, year: int) -> Activity:
    rng = context.rng
    attendance = rng.randint(*plan.attendance)
    banners, slogans, leaflets, posts = (
        rng.randint(1, 3),
        rng.randint(2, 8),
        rng.randint(60, 400),
        rng.randint(0, 2),
    )
    expense = rng.randint(0, plan.expense // 50) * 50
    title = rng.choice(plan.titles)
    return Activity(
        unit=unit,
        kind=plan.kind,
        title=title,
        held_on=day_of_year(rng, year, SEASONS.get(title, (1, 12))),
        attendance=attendance,
        banners=banners if plan.materials else 0,
        slogans=slogans if plan.materials else 0,
        leaflets=leaflets if plan.materials else 0,
        posts=posts,
        expense=Decimal(expense),
        outcome=plan.outcome,
    )


BRIEF_TITLES = {
    Brief.Kind.DYNAMIC: (
        "{place}召开统战工作推进会",
        "{place}开展民族团结进步宣传活动",
        "{place}组织侨界人士参观交流",
        "{place}开展宗教活动场所安全检查",
        "{place}走访非公企业送政策",
    ),
    Brief.Kind.EXPERIENCE: (
        "{place}“三张清单”压实基层统战责任",
        "{place}以“联络小组”打通服务最后一公里",
        "{place}推行“一企一策”解企业难题",
    ),
    Brief.Kind.SPECIAL: ("{place}打造“石榴红”议事亭", "{place}建设归侨侨眷服务驿站", "{place}开设新乡贤讲堂"),
}
SENT_TO = ("县委统战部", "市委统战部", "县委信息科")


def briefs(context: SampleContext) -> Iterator[Brief]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for year in context.years:
            for month in range(1, 13):
                for _ in range(rng.randint(2, 4)):
                    kind = rng.choices(list(Brief.Kind), weights=(6, 2, 1))[0]
                    place = rng.choice([context.township, *context.villages])
                    sent_on = working_day(rng, dt.date(year, month, 1), dt.date(year, month, 28))
                    adopted, waited = rng.random() < 0.35, after(rng, sent_on, 3, 40)
                    adopted_on = past(waited, context) if adopted else None
                    title = rng.choice(BRIEF_TITLES[kind]).format(place=place.name)
                    sent_to = rng.choice(SENT_TO)
                    if sent_on <= context.today:
                        yield Brief(
                            unit=context.township,
                            kind=kind,
                            title=titles.distinct(title, sent_on),
                            sent_on=sent_on,
                            sent_to=sent_to,
                            adopted_by=f"{sent_to}简报" if adopted_on else "",
                            adopted_on=adopted_on,
                        )


FINDINGS = (
    ("专题研究记录不完整，个别会议缺少签到", "补齐会议记录，建立专题研究台账。"),
    ("村级联络小组职责未上墙", "统一制作职责牌并公示。"),
    ("宗教活动场所灭火器年检标签缺失", "联系维保单位完成年检并更换标签。"),
    ("信息报送不及时，季度末集中补报", "明确每月报送时间，指定岗位负责。"),
    ("经费使用台账与凭证未逐笔对应", "逐笔核对凭证，按月登记台账。"),
    ("企业诉求办理未按期反馈", "建立诉求办理限时提醒制度。"),
)


def rectifications(context: SampleContext) -> Iterator[Rectification]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for year in context.years:
            for issue, measure in rng.sample(FINDINGS, k=rng.randint(4, 6)):
                found_on = day_of_year(rng, year)
                due = after(rng, found_on, 30, 90)
                done_on = after(rng, found_on, 10, 110)
                never = rng.random() < 0.08
                if found_on <= context.today:
                    source = f"县委统战部{year}年统战工作检查反馈"
                    yield Rectification(
                        unit=context.township,
                        source=source,
                        found_on=found_on,
                        issue=titles.distinct(issue, source),
                        measure=measure,
                        responsible_office="统战办",
                        due=due,
                        done_on=settled(done_on, due, context, left=never),
                    )


GRANTS = (
    ("镇财政预算", "统战工作日常经费", (4, 8)),
    ("县级专项", "民族团结进步创建", (3, 10)),
    ("县级专项", "宗教活动场所消防安全提升", (2, 6)),
    ("市级补助", "侨务服务阵地建设", (3, 9)),
)


def funds(context: SampleContext) -> Iterator[Fund]:
    rng, titles = context.rng, Titles()
    for _ in rounds(context):
        for year in context.years:
            for source, purpose, (least, most) in GRANTS:
                received_on = working_day(rng, dt.date(year, 2, 1), dt.date(year, 8, 31))
                amount = Decimal(rng.randint(least * 10, most * 10)) / 10
                share = (
                    Decimal(rng.randint(55, 100) if year < context.today.year else rng.randint(10, 80)) / 100
                )
                if received_on <= context.today:
                    yield Fund(
                        unit=context.township,
                        source=source,
                        purpose=titles.distinct(purpose, source, received_on),
                        received_on=received_on,
                        amount=amount,
                        spent=(amount * share).quantize(Decimal("0.01")),
                    )


def liaison_groups(context: SampleContext) -> Iterator[LiaisonGroup]:
    """One for each village, whatever the scale; the last two were set up in the last year."""
    for number, village in enumerate(context.villages):
        late = number >= len(context.villages) - 2
        year = context.years[-1 if late else 0]
        established_on = working_day(context.rng, dt.date(year, 1, 4), dt.date(year, 6, 30))
        if established_on <= context.today:
            yield LiaisonGroup(
                unit=village,
                name=f"{village.name}统战联络小组",
                convener_post="村（社区）党组织书记",
                established_on=established_on,
            )


def targets(context: SampleContext) -> Iterator[Target]:
    """The usual targets of the township for each year, whatever the scale."""
    for year in context.years:
        for target in usual_targets():
            yield usual(target, context.township, year)
