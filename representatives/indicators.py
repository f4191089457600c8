"""Figures of the representatives. Codes are relied on by other programs: add, never rename."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from ledgers.indicators import FLOW, STOCK, as_at, count, distinct, indicator
from ledgers.periods import Period
from representatives.models import Appointment, Proposal, Representative, Training
from representatives.posts import Body

Party = Representative.Party


def _held(period: Period) -> QuerySet[Appointment]:
    """The posts held on the period's last day."""
    return Appointment.objects.filter(as_at(period, start="started_on", end="ended_on")).order_by()


def _in_post(period: Period, *bodies: str) -> Q:
    """Holders of any post, or of one of ``bodies``, on the period's last day."""
    held = _held(period)
    if bodies:
        held = held.filter(body__in=bodies)
    return Q(pk__in=held.values("representative"))


@indicator(
    "representatives.total",
    "党外代表人士",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("党外人士", "党外代表", "党外代表人士总数"),
    phrase="共有党外代表人士{}",
)
def representatives(period: Period) -> Q:
    return _in_post(period)


def _party(code: str, label: str, party: str, *synonyms: str) -> None:
    """The nine categories differ in nothing else."""

    @indicator(
        f"representatives.party_{code}",
        label,
        unit="人",
        kind=STOCK,
        records=Representative,
        aggregate=count(),
        synonyms=synonyms,
        phrase=label + "{}",
    )
    def members(period: Period) -> Q:
        return _in_post(period) & Q(party=party)


_party("rcck", "民革代表人士", Party.REVOLUTIONARY_COMMITTEE, "民革成员")
_party("cdl", "民盟代表人士", Party.DEMOCRATIC_LEAGUE, "民盟成员", "民盟盟员")
_party("cndca", "民建代表人士", Party.CONSTRUCTION, "民建会员")
_party("capd", "民进代表人士", Party.PROMOTING_DEMOCRACY, "民进会员")
_party("cpwdp", "农工党代表人士", Party.PEASANTS_AND_WORKERS, "农工党党员")
_party("zhigong", "致公党代表人士", Party.ZHI_GONG, "致公党党员")
_party("jiusan", "九三学社代表人士", Party.SEPTEMBER_3, "九三学社社员")
_party("taimeng", "台盟代表人士", Party.TAIWAN_SELF_GOVERNMENT, "台盟盟员")
_party("none", "无党派代表人士", Party.NONE, "无党派人士")


@indicator(
    "representatives.congress",
    "党外人大代表",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("人大代表", "各级人大代表"),
    phrase="人大代表{}",
)
def congress(period: Period) -> Q:
    return _in_post(period, Body.CONGRESS)


@indicator(
    "representatives.consultative",
    "党外政协委员",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("政协委员", "各级政协委员"),
    phrase="政协委员{}",
)
def consultative(period: Period) -> Q:
    return _in_post(period, Body.CONSULTATIVE)


@indicator(
    "representatives.business",
    "工商联和商会任职人士",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("工商联（商会）任职", "工商联任职", "商会任职", "工商联、商会任职人士"),
    phrase="工商联和商会任职人士{}",
)
def business(period: Period) -> Q:
    return _in_post(period, Body.FEDERATION, Body.CHAMBER)


@indicator(
    "representatives.intellectuals",
    "知联会任职人士",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("知联会任职",),
    phrase="知联会任职人士{}",
)
def intellectuals(period: Period) -> Q:
    return _in_post(period, Body.INTELLECTUALS)


@indicator(
    "representatives.overseas",
    "侨联任职人士",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("侨联任职",),
    phrase="侨联任职人士{}",
)
def overseas(period: Period) -> Q:
    return _in_post(period, Body.OVERSEAS)


@indicator(
    "representatives.new_strata",
    "新联会任职人士",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("新联会任职", "新的社会阶层人士任职"),
    phrase="新联会任职人士{}",
)
def new_strata(period: Period) -> Q:
    return _in_post(period, Body.NEW_STRATA)


@indicator(
    "representatives.cadres",
    "党外干部",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("党外领导干部",),
    phrase="党外干部{}",
)
def cadres(period: Period) -> Q:
    return _in_post(period, Body.CADRE)


@indicator(
    "representatives.terms_ending",
    "一年内任期届满",
    unit="人",
    kind=STOCK,
    records=Representative,
    aggregate=count(),
    synonyms=("一年内届满", "任期将满", "任期一年内届满"),
    phrase="一年内任期届满{}",
)
def terms_ending(period: Period) -> Q:
    day = period.last_day
    # A period never ends on 29 February: it ends with a quarter.
    ending = _held(period).filter(term_ends_on__gt=day, term_ends_on__lte=day.replace(year=day.year + 1))
    return Q(pk__in=ending.values("representative"))


@indicator(
    "representatives.trainings",
    "代表人士参加的培训",
    unit="期",
    kind=FLOW,
    records=Training,
    aggregate=distinct("title"),
    synonyms=("党外代表人士培训", "党外人士培训", "举办党外人士培训班"),
    phrase="参加培训{}",
)
def trainings(period: Period) -> Q:
    return Q(attended_on__range=period.days)


@indicator(
    "representatives.training_attendance",
    "代表人士参训人次",
    unit="人次",
    kind=FLOW,
    records=Training,
    aggregate=count(),
    synonyms=("党外人士参训人次",),
    phrase="参训{}",
)
def training_attendance(period: Period) -> Q:
    return Q(attended_on__range=period.days)


@indicator(
    "representatives.people_trained",
    "参加过培训的代表人士",
    unit="人",
    kind=FLOW,
    records=Training,
    aggregate=distinct("representative"),
    synonyms=("参训党外代表人士", "培训党外代表人士", "培训党外人士"),
    phrase="培训党外代表人士{}",
)
def people_trained(period: Period) -> Q:
    return Q(attended_on__range=period.days)


@indicator(
    "representatives.proposals",
    "提案建议",
    unit="件",
    kind=FLOW,
    records=Proposal,
    aggregate=count(),
    synonyms=("提案", "提交提案", "议案建议", "提案和建议", "党外人士提案"),
    phrase="提交提案建议{}",
)
def proposals(period: Period) -> Q:
    return Q(submitted_on__range=period.days)


@indicator(
    "representatives.proposals_replied",
    "答复提案建议",
    unit="件",
    kind=FLOW,
    records=Proposal,
    aggregate=count(),
    synonyms=("提案答复", "办复提案", "答复提案"),
    phrase="答复{}",
)
def proposals_replied(period: Period) -> Q:
    return Q(replied_on__range=period.days)


@indicator(
    "representatives.proposals_adopted",
    "采纳提案建议",
    unit="件",
    kind=FLOW,
    records=Proposal,
    aggregate=count(),
    synonyms=("采纳提案", "提案采纳", "被采纳提案"),
    phrase="其中被采纳{}",
)
def proposals_adopted(period: Period) -> Q:
    # Of the proposals handed in within the period: adopted is a part of proposals.
    return Q(submitted_on__range=period.days, adopted=True)
