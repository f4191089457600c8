"""Figures of what the office did: its activities, those of ethnic affairs among them."""

from django.db.models import Q

from ledgers.goals import usual_target
from ledgers.indicators import FLOW, count, indicator, total
from ledgers.periods import Period
from ledgers.work.models import Activity


def _held(period: Period, kind: str | None = None) -> Q:
    within = Q(held_on__range=period.days)
    return within & Q(kind=kind) if kind else within


@indicator(
    "work.meetings",
    "专题研究",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("专题研究统战工作", "专题会议", "专题研究会议", "专题听取汇报", "研究部署统战工作"),
    phrase="专题研究统战工作{}",
)
def meetings(period: Period) -> Q:
    return _held(period, Activity.Kind.MEETING)


usual_target("work.meetings", 2, "year", source_clause="党委（党工委）每年专题研究统战工作不少于2次")


@indicator(
    "work.study_sessions",
    "理论学习",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("理论学习会", "集中学习", "中心组学习", "专题学习"),
    phrase="组织理论学习{}",
)
def study_sessions(period: Period) -> Q:
    return _held(period, Activity.Kind.STUDY)


@indicator(
    "work.trainings",
    "业务培训",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("举办培训", "开展培训", "培训班", "业务培训班", "培训次数"),
    phrase="举办业务培训{}",
)
def trainings(period: Period) -> Q:
    return _held(period, Activity.Kind.TRAINING)


usual_target("work.trainings", 4, "year", source_clause="每年组织业务培训不少于4次")


@indicator(
    "work.people_trained",
    "培训人次",
    unit="人次",
    kind=FLOW,
    records=Activity,
    aggregate=total("attendance"),
    synonyms=("参训人次", "参训", "培训人员", "参加培训"),
    phrase="培训{}",
)
def people_trained(period: Period) -> Q:
    return _held(period, Activity.Kind.TRAINING)


@indicator(
    "work.publicity",
    "宣传活动",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("开展宣传", "集中宣传", "宣传次数", "政策宣讲"),
    phrase="开展宣传活动{}",
)
def publicity(period: Period) -> Q:
    return _held(period, Activity.Kind.PUBLICITY)


# Banners, slogans, leaflets and posts are put out at activities of any kind, so all kinds are counted.
@indicator(
    "work.banners",
    "悬挂横幅",
    unit="条",
    kind=FLOW,
    records=Activity,
    aggregate=total("banners"),
    synonyms=("横幅", "宣传横幅", "拉横幅"),
    phrase="悬挂横幅{}",
)
def banners(period: Period) -> Q:
    return _held(period) & Q(banners__gt=0)


@indicator(
    "work.slogans",
    "张贴标语",
    unit="条",
    kind=FLOW,
    records=Activity,
    aggregate=total("slogans"),
    synonyms=("标语", "宣传标语"),
    phrase="张贴标语{}",
)
def slogans(period: Period) -> Q:
    return _held(period) & Q(slogans__gt=0)


@indicator(
    "work.leaflets",
    "发放资料",
    unit="份",
    kind=FLOW,
    records=Activity,
    aggregate=total("leaflets"),
    synonyms=("宣传资料", "发放宣传资料", "宣传单", "宣传册"),
    phrase="发放宣传资料{}",
)
def leaflets(period: Period) -> Q:
    return _held(period) & Q(leaflets__gt=0)


@indicator(
    "work.posts",
    "发布推文",
    unit="条",
    kind=FLOW,
    records=Activity,
    aggregate=total("posts"),
    synonyms=("推文", "公众号推文", "推送信息", "微信推文"),
    phrase="发布推文{}",
)
def posts(period: Period) -> Q:
    return _held(period) & Q(posts__gt=0)


@indicator(
    "work.visits",
    "走访慰问",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("走访", "慰问", "开展走访慰问"),
    phrase="开展走访慰问{}",
)
def visits(period: Period) -> Q:
    return _held(period, Activity.Kind.VISIT)


@indicator(
    "work.exchanges",
    "联谊交流",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("联谊活动", "联谊交流活动", "座谈交流"),
    phrase="开展联谊交流{}",
)
def exchanges(period: Period) -> Q:
    return _held(period, Activity.Kind.EXCHANGE)


@indicator(
    "work.services",
    "服务活动",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("服务日活动", "便民服务活动", "开展服务活动", "志愿服务活动"),
    phrase="开展服务活动{}",
)
def services(period: Period) -> Q:
    return _held(period, Activity.Kind.SERVICE)


@indicator(
    "work.activity_expense",
    "活动支出",
    unit="元",
    kind=FLOW,
    records=Activity,
    aggregate=total("expense"),
    synonyms=("活动经费支出", "活动花费", "活动开支"),
    phrase="活动支出{}",
    decimals=2,
)
def activity_expense(period: Period) -> Q:
    return _held(period) & Q(expense__gt=0)


# Activities of ethnic affairs: recorded with all other work, reported with that family.
@indicator(
    "ethnicity.unity_events",
    "民族团结活动",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("民族团结进步活动", "民族团结主题活动", "民族团结宣传活动"),
    phrase="开展民族团结活动{}",
)
def unity_events(period: Period) -> Q:
    return _held(period, Activity.Kind.UNITY)


@indicator(
    "ethnicity.unity_people",
    "民族团结活动参加人次",
    unit="人次",
    kind=FLOW,
    records=Activity,
    aggregate=total("attendance"),
    synonyms=("参加民族团结活动", "民族团结活动人次"),
    phrase="参加{}",
)
def unity_people(period: Period) -> Q:
    return _held(period, Activity.Kind.UNITY)


@indicator(
    "ethnicity.skills_courses",
    "技能培训",
    unit="次",
    kind=FLOW,
    records=Activity,
    aggregate=count(),
    synonyms=("技能培训班", "少数民族技能培训", "职业技能培训"),
    phrase="举办技能培训{}",
)
def skills_courses(period: Period) -> Q:
    return _held(period, Activity.Kind.SKILLS)


@indicator(
    "ethnicity.skills_people",
    "技能培训人次",
    unit="人次",
    kind=FLOW,
    records=Activity,
    aggregate=total("attendance"),
    synonyms=("参加技能培训", "技能培训参训人次"),
    phrase="参加培训{}",
)
def skills_people(period: Period) -> Q:
    return _held(period, Activity.Kind.SKILLS)
