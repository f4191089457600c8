"""Figures of the briefs sent to higher offices."""

from django.db.models import Q

from ledgers.goals import usual_target
from ledgers.indicators import FLOW, count, indicator, made_up
from ledgers.periods import Period
from ledgers.work.models import Brief


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


usual_target("work.briefs", 3, "month", source_clause="每月报送信息不少于3篇")


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


# Offices are asked for "an experience brief, or two special ones" a quarter: this is what is held against it.
@indicator(
    "work.briefs_experience_made_up",
    "折合经验信息",
    unit="篇",
    kind=FLOW,
    records=Brief,
    aggregate=made_up(
        "sent_on",
        "kind",
        full=Brief.Kind.EXPERIENCE,
        part=Brief.Kind.SPECIAL,
        parts=2,
        words="按季度折算：经验信息每篇计1篇，同一季度的特色信息每2篇计1篇",
    ),
    synonyms=("经验信息（含特色折合）", "经验信息折合数"),
    is_said=False,
)
def briefs_experience_made_up(period: Period) -> Q:
    return Q(sent_on__range=period.days, kind__in=(Brief.Kind.EXPERIENCE, Brief.Kind.SPECIAL))


usual_target(
    "work.briefs_experience_made_up",
    1,
    "quarter",
    source_clause="每季度报送经验信息不少于1篇（或特色信息不少于2篇）",
)


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
