"""Figures of ethnic affairs. Codes are relied on by other programs: add, never rename.

Unity events and skills courses are activities, so their figures are declared with those (ledgers/work).
"""

from django.db.models import Q

from ethnicity.models import EthnicComposition, PopulationReturn, SupportProject, UnitySite
from ledgers.indicators import STOCK, as_at, count, indicator, only, share, total
from ledgers.periods import Period
from ledgers.returns.indicators import declare_return_indicators


@indicator(
    "ethnicity.minority_residents",
    "少数民族人口",
    unit="人",
    kind=STOCK,
    records=PopulationReturn,
    aggregate=total("minority"),
    synonyms=("少数民族人员", "少数民族群众", "少数民族总人口", "少数民族居民"),
    phrase="有少数民族人口{}",
)
def minority_residents(period: Period) -> Q:
    return PopulationReturn.in_force(period)


@indicator(
    "ethnicity.registered",
    "户籍少数民族人口",
    unit="人",
    kind=STOCK,
    records=PopulationReturn,
    aggregate=total("registered"),
    synonyms=("户籍少数民族", "本地户籍少数民族", "常住户籍少数民族人口"),
    phrase="其中户籍人口{}",
)
def registered(period: Period) -> Q:
    return PopulationReturn.in_force(period)


@indicator(
    "ethnicity.migrant",
    "流动少数民族人口",
    unit="人",
    kind=STOCK,
    records=PopulationReturn,
    aggregate=total("migrant"),
    synonyms=("流动少数民族", "外来少数民族人口", "少数民族流动人口", "外来少数民族"),
    phrase="其中流动人口{}",
)
def migrant(period: Period) -> Q:
    return PopulationReturn.in_force(period)


@indicator(
    "ethnicity.residents",
    "常住人口",
    unit="人",
    kind=STOCK,
    records=PopulationReturn,
    aggregate=total("residents"),
    synonyms=("总人口", "辖区人口", "常住总人口"),
    phrase="常住人口{}",
)
def residents(period: Period) -> Q:
    return PopulationReturn.in_force(period) & Q(residents__isnull=False)


@indicator(
    "ethnicity.share",
    "少数民族人口占比",
    unit="%",
    kind=STOCK,
    records=PopulationReturn,
    aggregate=share("minority", "residents", words="“少数民族人口”合计除以“常住人口”合计"),
    synonyms=("少数民族占比", "占总人口比例", "少数民族人口比例", "占常住人口的比重"),
    phrase="少数民族人口占常住人口的{}",
    decimals=2,
)
def minority_share(period: Period) -> Q:
    return PopulationReturn.in_force(period)


# Of one township only: which small groups two townships share is nowhere kept, so nobody can count them together.
@indicator(
    "ethnicity.groups",
    "少数民族个数",
    unit="个",
    kind=STOCK,
    records=EthnicComposition,
    aggregate=only("group_count"),
    synonyms=("民族个数", "民族成份", "民族成分", "少数民族种类"),
    phrase="有{}少数民族",
)
def groups(period: Period) -> Q:
    return EthnicComposition.in_force(period)


@indicator(
    "ethnicity.support_funds",
    "少数民族发展资金",
    unit="万元",
    # A project has a year and no day, so every period of the year has all of the year's projects.
    kind=STOCK,
    records=SupportProject,
    aggregate=total("amount"),
    synonyms=("扶持资金", "民族发展资金", "少数民族扶持资金", "扶持项目资金"),
    phrase="安排少数民族发展资金{}",
    decimals=2,
)
def support_funds(period: Period) -> Q:
    return Q(year=period.year)


@indicator(
    "ethnicity.unity_sites",
    "民族团结进步示范点",
    unit="个",
    kind=STOCK,
    records=UnitySite,
    aggregate=count(),
    synonyms=("民族团结示范点", "示范点", "示范单位", "民族团结进步示范单位"),
    phrase="有民族团结进步示范点{}",
)
def unity_sites(period: Period) -> Q:
    return as_at(period, start="named_on", end="ended_on")


declare_return_indicators("ethnicity", PopulationReturn, label="人口季报")
