"""Fictional enterprises with what they asked for and gave.

Names carry 示例, telephone numbers an area code that is not in use, and the credit codes have sound check characters
over an organisation code that registers do not issue.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterator
from decimal import Decimal

from ledgers.identifiers import CREDIT_CODE_ALPHABET, credit_code_check_character
from ledgers.models import OrgUnit
from ledgers.registry import SampleContext
from ledgers.sampling import Titles, after, day_of_year, past, rounds, settled
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest

Kind = EnterpriseRequest.Kind

# (trade, GB/T 4754 section, registered capital 万元 from–to, staff from–to)
TRADES = (
    ("纺织", "C", (50, 3000), (12, 180)),
    ("五金", "C", (30, 2000), (8, 120)),
    ("塑料制品", "C", (50, 1500), (10, 90)),
    ("食品加工", "C", (80, 1200), (10, 80)),
    ("茶叶种植", "A", (20, 300), (4, 25)),
    ("建筑装饰", "E", (200, 5000), (15, 150)),
    ("商贸", "F", (10, 800), (3, 30)),
    ("物流", "G", (50, 1000), (6, 60)),
    ("民宿", "H", (10, 300), (2, 15)),
    ("软件技术", "I", (20, 500), (3, 40)),
)
PER_VILLAGE = (5, 10)


def demo_credit_code(unit: OrgUnit, number: int) -> str:
    """A sound credit code for demo enterprise ``number`` of the township of ``unit``: ``91`` (enterprise), the
    county's six digits, ``D`` with the township's three, and the number in the alphabet of the standard.
    """
    base = len(CREDIT_CODE_ALPHABET)
    digits = ""
    for _ in range(5):
        number, rest = divmod(number, base)
        digits = CREDIT_CODE_ALPHABET[rest] + digits
    body = f"91{unit.code[:6]}D{unit.code[6:9]}{digits}"
    return body + credit_code_check_character(body)


def enterprises(context: SampleContext) -> Iterator[Enterprise]:
    rng, number = context.rng, 0
    place = context.township.name.rstrip("镇乡街道")
    first = dt.date(context.years[0] - 15, 1, 1)
    for _ in rounds(context):
        for village in context.villages:
            for _ in range(rng.randint(*PER_VILLAGE)):
                number += 1
                trade, sector, capital, staff = rng.choice(TRADES)
                founded_on = first + dt.timedelta(days=rng.randrange(365 * (15 + len(context.years))))
                closed_on = after(rng, founded_on, 700, 3000) if rng.random() < 0.06 else None
                member = rng.random() < 0.4
                chamber_since = after(rng, founded_on, 90, 1500).replace(day=1)
                post = rng.choice(("", "", "", "理事单位", "副会长单位"))
                registered_capital = Decimal(rng.randrange(*capital) // 10 * 10 or capital[0])
                people = rng.randint(*staff)
                if founded_on > context.today:
                    continue
                joined = past(chamber_since, context) if member else None
                yield Enterprise(
                    unit=village,
                    name=f"{place}示例{trade}有限公司{number}",
                    credit_code=demo_credit_code(context.township, number),
                    sector=sector,
                    registered_capital=registered_capital,
                    staff=people,
                    founded_on=founded_on,
                    closed_on=past(closed_on, context),
                    legal_representative=f"负责人{number}",
                    office_phone=f"0600-8{number % 10_000_000:07d}",
                    chamber_member=joined is not None,
                    chamber_since=joined,
                    chamber_post=post if joined else "",
                )


REQUESTS = (
    (Kind.FINANCE, "希望协调银行给予流动资金贷款展期", "镇财政所"),
    (Kind.LABOUR, "订单增加，希望协助招聘熟练工人", "镇社会保障所"),
    (Kind.LAND, "现有厂房不足，希望协调标准厂房", "镇工业办"),
    (Kind.POLICY, "希望了解技术改造补助申报条件", "镇经济发展办"),
    (Kind.PERMIT, "扩建项目环评手续办理进度较慢", "镇审批服务中心"),
    (Kind.LEGAL, "合同货款拖欠，希望提供法律援助", "镇司法所"),
    (Kind.MARKET, "希望组织参加农产品展销会", "镇经济发展办"),
    (Kind.OTHER, "厂区门口道路破损，影响货车通行", "镇建设办"),
)
REQUESTS_A_YEAR = (14, 22)


def requests(context: SampleContext) -> Iterator[Enterprise | EnterpriseRequest]:
    rng, titles = context.rng, Titles()
    pool = yield from _pool(context)
    for _ in rounds(context):
        for year in context.years:
            for _ in range(rng.randint(*REQUESTS_A_YEAR)):
                enterprise, raised_on = rng.choice(pool), day_of_year(rng, year)
                kind, text, department = rng.choice(REQUESTS)
                due, resolved_on = after(rng, raised_on, 15, 45), after(rng, raised_on, 3, 55)
                never = rng.random() < 0.07
                if not _in_business(enterprise, raised_on, context):
                    continue
                done = settled(resolved_on, due, context, left=never)
                yield EnterpriseRequest(
                    unit=enterprise.unit,
                    enterprise=enterprise,
                    raised_on=raised_on,
                    kind=kind,
                    text=titles.distinct(text, enterprise.credit_code, raised_on),
                    department=department,
                    due=due,
                    resolved_on=done,
                    outcome="已协调解决并向企业反馈。" if done else "",
                )


GIFTS = (
    ("资助困难学子助学金", "“同心”助学项目"),
    ("村道路灯改造", "乡村振兴公益项目"),
    ("慰问高龄老人", "重阳敬老公益项目"),
    ("购置防汛救灾物资", "防汛救灾公益项目"),
    ("支持镇图书室建设", "文化惠民公益项目"),
)
GIFTS_A_YEAR = (8, 14)


def contributions(context: SampleContext) -> Iterator[Enterprise | Contribution]:
    rng, titles = context.rng, Titles()
    pool = yield from _pool(context)
    for _ in rounds(context):
        for year in context.years:
            for _ in range(rng.randint(*GIFTS_A_YEAR)):
                enterprise, given_on = rng.choice(pool), day_of_year(rng, year)
                purpose, project = rng.choice(GIFTS)
                amount = Decimal(rng.choice((5, 10, 20, 30, 50, 80, 100, 150))) / 10
                if _in_business(enterprise, given_on, context):
                    yield Contribution(
                        unit=enterprise.unit,
                        enterprise=enterprise,
                        given_on=given_on,
                        amount=amount,
                        purpose=titles.distinct(purpose, enterprise.credit_code, given_on),
                        recipient_project=project,
                    )


def _pool(context: SampleContext) -> Generator[Enterprise, None, list[Enterprise]]:
    """The township's enterprises; where there are none yet, they come first among the samples."""
    found: list[Enterprise] = list(
        Enterprise.objects.within(context.township).select_related("unit").order_by("credit_code")
    )
    if not found:
        for enterprise in enterprises(context):
            found.append(enterprise)
            yield enterprise
    return found


def _in_business(enterprise: Enterprise, day: dt.date, context: SampleContext) -> bool:
    founded = enterprise.founded_on is None or enterprise.founded_on <= day
    return day <= context.today and founded and (enterprise.closed_on is None or enterprise.closed_on > day)
