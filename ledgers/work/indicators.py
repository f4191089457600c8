"""Figures of the office's own work. Codes are relied on by other programs: add, never rename."""

from django.db.models import Q

from ledgers.indicators import FLOW, STOCK, as_at, count, distinct, indicator, overdue_at, total
from ledgers.periods import Period
from ledgers.work.models import Activity, Brief, Fund, LiaisonGroup, Rectification


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
    "work.briefs",
    "信息报送",
    unit="篇",
    kind=FLOW,
    records=Brief,
    aggregate=count(),
    synonyms=("报送信息", "上报信息", "信息简报", "编报信息", "统战信息"),
    phrase="报送信息{}",
)
def briefs(period: Period) -> Q:
    return Q(sent_on__range=period.days)


@indicator(
    "work.briefs_dynamic",
    "动态信息",
    unit="篇",
    kind=FLOW,
    records=Brief,
    aggregate=count(),
    synonyms=("工作动态", "动态类信息"),
    phrase="其中动态信息{}",
)
def briefs_dynamic(period: Period) -> Q:
    return Q(sent_on__range=period.days, kind=Brief.Kind.DYNAMIC)


@indicator(
    "work.briefs_experience",
    "经验信息",
    unit="篇",
    kind=FLOW,
    records=Brief,
    aggregate=count(),
    synonyms=("经验类信息", "经验材料", "经验做法"),
    phrase="其中经验信息{}",
)
def briefs_experience(period: Period) -> Q:
    return Q(sent_on__range=period.days, kind=Brief.Kind.EXPERIENCE)


@indicator(
    "work.briefs_special",
    "特色信息",
    unit="篇",
    kind=FLOW,
    records=Brief,
    aggregate=count(),
    synonyms=("特色类信息", "特色工作信息"),
    phrase="其中特色信息{}",
)
def briefs_special(period: Period) -> Q:
    return Q(sent_on__range=period.days, kind=Brief.Kind.SPECIAL)


@indicator(
    "work.briefs_adopted",
    "信息采用",
    unit="篇",
    kind=FLOW,
    records=Brief,
    aggregate=count(),
    synonyms=("被采用", "采用信息", "信息被采用", "被上级采用"),
    phrase="被采用{}",
)
def briefs_adopted(period: Period) -> Q:
    # A brief counts when it is adopted; where only the adopting office is known, when it was sent.
    undated = Q(adopted_on__isnull=True, sent_on__range=period.days) & ~Q(adopted_by="")
    return Q(adopted_on__range=period.days) | undated


@indicator(
    "work.findings",
    "发现问题",
    unit="个",
    kind=FLOW,
    records=Rectification,
    aggregate=count(),
    synonyms=("整改事项", "反馈问题", "问题清单", "需整改问题"),
    phrase="梳理整改事项{}",
)
def findings(period: Period) -> Q:
    return Q(found_on__range=period.days)


@indicator(
    "work.findings_done",
    "完成整改",
    unit="个",
    kind=FLOW,
    records=Rectification,
    aggregate=count(),
    synonyms=("已整改", "整改完成", "整改到位"),
    phrase="完成整改{}",
)
def findings_done(period: Period) -> Q:
    return Q(done_on__range=period.days)


@indicator(
    "work.findings_overdue",
    "到期未整改",
    unit="个",
    kind=STOCK,
    records=Rectification,
    aggregate=count(),
    synonyms=("逾期未整改", "整改逾期", "超期未整改"),
    phrase="到期未整改{}",
)
def findings_overdue(period: Period) -> Q:
    return overdue_at(period, due="due", done="done_on")


@indicator(
    "work.funds_received",
    "到账工作经费",
    unit="万元",
    kind=FLOW,
    records=Fund,
    aggregate=total("amount"),
    synonyms=("工作经费", "落实经费", "落实工作经费", "到账经费", "争取经费"),
    phrase="落实工作经费{}",
    decimals=2,
)
def funds_received(period: Period) -> Q:
    return Q(received_on__range=period.days)


@indicator(
    "work.funds_spent",
    "已支出工作经费",
    unit="万元",
    kind=FLOW,
    records=Fund,
    aggregate=total("spent"),
    synonyms=("经费支出", "支出经费", "已支出经费", "使用经费"),
    phrase="已支出{}",
    decimals=2,
)
def funds_spent(period: Period) -> Q:
    # The ledger keeps one running total per grant: this is what has been spent of the money of this period.
    return Q(received_on__range=period.days)


@indicator(
    "work.liaison_villages",
    "设立联络小组的村",
    unit="个",
    kind=STOCK,
    records=LiaisonGroup,
    aggregate=distinct("unit"),
    synonyms=("联络小组", "建立联络小组", "村级联络小组", "设立联络小组"),
    phrase="设立联络小组的村{}",
)
def liaison_villages(period: Period) -> Q:
    # A group of the township itself serves all villages, but is not a village's own.
    return as_at(period, start="established_on", end="ended_on") & Q(unit__level="village")


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
