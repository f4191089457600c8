"""Fictional representatives, 代表1, 代表2, …, with posts, trainings and proposals. Nobody is made up but a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterator
from decimal import Decimal

from ledgers.registry import SampleContext
from ledgers.sampling import Titles, after, day_of_year, past, rounds
from representatives.models import Appointment, Proposal, Representative, Training
from representatives.posts import Body, Level, summary

Party, Channel = Representative.Party, Proposal.Channel

# (post, body, level, years of a term)
POSTS = (
    ("县人大代表", Body.CONGRESS, Level.COUNTY, 5),
    ("镇人大代表", Body.CONGRESS, Level.TOWNSHIP, 5),
    ("县政协委员", Body.CONSULTATIVE, Level.COUNTY, 5),
    ("县工商联执委", Body.FEDERATION, Level.COUNTY, 5),
    ("镇商会副会长", Body.CHAMBER, Level.TOWNSHIP, 3),
    ("镇知联会理事", Body.INTELLECTUALS, Level.TOWNSHIP, 4),
    ("镇侨联委员", Body.OVERSEAS, Level.TOWNSHIP, 5),
    ("镇新联会理事", Body.NEW_STRATA, Level.TOWNSHIP, 4),
    ("镇党外干部", Body.CADRE, Level.TOWNSHIP, 5),
)
WORK = (
    ("中心小学示例校区", "教师"),
    ("示例卫生院", "主治医师"),
    ("示例纺织有限公司", "总经理"),
    ("示例农技站", "农艺师"),
    ("示例律师事务所", "律师"),
    ("示例茶叶合作社", "理事长"),
)
EDUCATIONS = ("大专", "大学本科", "大学本科", "研究生")
PARTIES = tuple(party for party in Party if party != Party.NONE)
AT_LEAST = 16


def representatives(context: SampleContext) -> Iterator[Representative]:
    rng, number = context.rng, 0
    for _ in rounds(context):
        for place in range(max(AT_LEAST, len(context.villages) + 4)):
            number += 1
            employer, title = rng.choice(WORK)
            party = PARTIES[place // 2 % len(PARTIES)] if place % 2 else Party.NONE
            appointments = list(_appointments(context, place, rng.choice((1, 1, 2))))
            yield Representative(
                unit=context.villages[place % len(context.villages)] if place % 2 else context.township,
                name=f"代表{number}",
                gender=rng.choice(("male", "female")),
                birth_year=rng.randint(context.today.year - 60, context.today.year - 32),
                education=rng.choice(EDUCATIONS),
                employer=employer,
                title=title,
                party=party,
                office_phone=f"0600-8{number % 10_000_000:07d}",
                posts=summary(appointments),
            ).with_appointments(appointments)


def _appointments(context: SampleContext, place: int, count: int) -> Iterator[Appointment]:
    """One post after the other in turn, so that each is held by somebody; from time to time two."""
    rng = context.rng
    for number in range(count):
        post, body, level, years = POSTS[(place + number * 4) % len(POSTS)]
        first = dt.date(context.today.year - rng.randrange(years), 1, 4)
        started_on = min(first + dt.timedelta(days=rng.randrange(90)), context.today)
        yield Appointment(
            post=post,
            body=body,
            level=level,
            started_on=started_on,
            term_ends_on=started_on.replace(year=started_on.year + years, day=1),
        )


COURSES = (
    ("党外代表人士能力提升班", "县社会主义学院", 3),
    ("人大代表政协委员履职培训班", "县委统战部", 2),
    ("新的社会阶层人士研修班", "市社会主义学院", 5),
)


def trainings(context: SampleContext) -> Iterator[Representative | Training]:
    rng = context.rng
    pool = yield from _pool(context)
    for year in context.years:
        for title, organiser, days in COURSES:
            attended_on = day_of_year(rng, year)
            attending = rng.sample(pool, max(1, len(pool) // 4))
            if attended_on > context.today:
                continue
            for person in attending:
                yield Training(
                    unit=person.unit,
                    representative=person,
                    attended_on=attended_on,
                    title=f"{year}年{title}",
                    organiser=organiser,
                    days=Decimal(days),
                )


PROPOSALS = (
    ("关于改善村道路灯照明的建议", "镇建设办"),
    ("关于发展茶旅融合产业的提案", "县农业农村局"),
    ("关于增加老年食堂服务点的建议", "县民政局"),
    ("关于加强农村小学师资的提案", "县教育局"),
    ("关于优化小微企业融资服务的提案", "县金融办"),
    ("关于整治河道环境的建议", "县水利局"),
)
PROPOSALS_A_YEAR = (7, 12)


def proposals(context: SampleContext) -> Iterator[Representative | Proposal]:
    rng, titles = context.rng, Titles()
    pool = yield from _pool(context)
    for _ in rounds(context):
        for year in context.years:
            for _ in range(rng.randint(*PROPOSALS_A_YEAR)):
                person, submitted_on = rng.choice(pool), day_of_year(rng, year)
                title, department = rng.choice(PROPOSALS)
                channel = Channel.CONSULTATIVE if title.endswith("提案") else Channel.CONGRESS
                replied_on = past(after(rng, submitted_on, 20, 90), context)
                adopted = rng.random() < 0.6
                if submitted_on <= context.today:
                    yield Proposal(
                        unit=person.unit,
                        representative=person,
                        submitted_on=submitted_on,
                        title=titles.distinct(title, person.name, submitted_on),
                        channel=channel,
                        department=department,
                        replied_on=replied_on,
                        adopted=adopted and replied_on is not None,
                    )


def _pool(context: SampleContext) -> Generator[Representative, None, list[Representative]]:
    """The township's representatives; where there are none yet, they come first among the samples."""
    found: list[Representative] = list(
        Representative.objects.within(context.township).select_related("unit").order_by("pk")
    )
    if not found:
        for person in representatives(context):
            found.append(person)
            yield person
    return found
