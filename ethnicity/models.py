"""Counts and public work only. Ethnic groups appear by township and quarter, never by village, never by person."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from ethnicity.groups import MINORITIES
from ledgers.disclosure import Row
from ledgers.fields import MoneyField, SumField
from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.returns.composition import Composition, LinesField
from ledgers.returns.models import Return
from ledgers.returns.rules import Outlier, PartsWithin, Swing

POPULATION_RULES = (PartsWithin(("registered", "migrant"), "residents"),)


class PopulationReturn(Return):
    """人口季报: how many people live in a village, and how many of them belong to minorities. No groups."""

    figures = ("residents", "registered", "migrant")
    hard_rules = POPULATION_RULES
    soft_rules = (Swing(20), Outlier())

    residents = models.PositiveIntegerField(
        "常住人口", null=True, help_text="全村常住人口，含各民族；流动人口计算在内。"
    )
    registered = models.PositiveIntegerField("户籍少数民族人口", default=0)
    migrant = models.PositiveIntegerField("流动少数民族人口", default=0)
    minority = SumField("少数民族人口", of=("registered", "migrant"))

    class Meta(Return.Meta):
        abstract = False
        verbose_name = "人口季报"
        verbose_name_plural = "人口季报"
        constraints = [
            *Return.Meta.constraints,
            *(rule.constraint(f"population_rule_{number}") for number, rule in enumerate(POPULATION_RULES)),
        ]


class EthnicLines(LinesField):
    labels = MINORITIES


class EthnicComposition(Composition):
    """民族构成: a township's minority headcount by ethnic group, small groups merged into 其他."""

    categories = MINORITIES
    columns = ("registered", "migrant")
    noun = "民族"

    registered = models.PositiveIntegerField("户籍人口", default=0, editable=False)
    migrant = models.PositiveIntegerField("流动人口", default=0, editable=False)
    lines = EthnicLines("各民族人数")

    class Meta(Composition.Meta):
        abstract = False
        verbose_name = "民族构成"
        verbose_name_plural = "民族构成"

    @classmethod
    def persons_of(cls, numbers: tuple[int, ...]) -> int:
        return sum(numbers)

    @classmethod
    def parts_of(cls, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return numbers

    @classmethod
    def columns_of(cls, row: Row) -> tuple[int | None, ...]:
        return row.parts or (None, None)

    def problems(self) -> Iterator[str]:
        """The table must be the sum of the villages' returns, as they are in force for the quarter."""
        totals = VillageTotals.of(self.unit, self.quarter)
        differences = [
            f"{label}{'多' if own > villages else '少'}{abs(own - villages)}人"
            for label, own, villages in (
                ("户籍", self.registered, totals.registered),
                ("流动", self.migrant, totals.migrant),
            )
            if own != villages
        ]
        if differences:
            yield (
                f"本表合计户籍{self.registered}人、流动{self.migrant}人，各村人口季报合计户籍{totals.registered}人、"
                f"流动{totals.migrant}人，本表{'、'.join(differences)}，请核对后再保存{totals.remark}。"
            )


class VillageTotals:
    """The villages' returns in force for a quarter, added up, and the villages that have not reported for it."""

    def __init__(self, registered: int, migrant: int, missing: list[str]) -> None:
        self.registered = registered
        self.migrant = migrant
        self.missing = missing

    @classmethod
    def of(cls, township: OrgUnit, quarter: Period) -> VillageTotals:
        returns: Any = PopulationReturn._default_manager.within(township)
        sums = returns.filter(PopulationReturn.in_force(quarter)).aggregate(
            registered=models.Sum("registered", default=0), migrant=models.Sum("migrant", default=0)
        )
        reported = returns.filter(PopulationReturn.reported_for(quarter)).values("unit")
        villages = OrgUnit.objects.subtree(township).filter(level=OrgUnit.Level.VILLAGE)
        missing = villages.open_on(quarter.last_day).exclude(pk__in=reported)
        return cls(sums["registered"], sums["migrant"], [village.name for village in missing])

    @property
    def remark(self) -> str:
        if not self.missing:
            return ""
        names = "、".join(self.missing[:3]) + ("等" if len(self.missing) > 3 else "")
        return f"（{names}{len(self.missing)}个村本季度还没有报送，合计中用的是以前的数）"


class SupportProject(Record):
    """扶持项目: a project of the fund for the development of minority areas."""

    class Progress(models.TextChoices):
        PLANNED = "planned", "未开工"
        RUNNING = "running", "实施中"
        DONE = "done", "已完工"
        CHECKED = "checked", "已验收"

    title = models.CharField(
        "项目名称", max_length=120, validators=[no_personal_numbers], help_text="与批复文件一致。"
    )
    year = models.PositiveSmallIntegerField(
        "年度",
        validators=[MinValueValidator(2000), MaxValueValidator(2100)],
        help_text="资金下达的年度。",
    )
    amount = MoneyField("资金", help_text="单位：万元。")
    spent = MoneyField("已支出", default=Decimal(0), help_text="单位：万元。")
    progress = models.CharField("进度", max_length=10, choices=Progress.choices, default=Progress.PLANNED)
    outcome = models.CharField(
        "建设内容与成效",
        max_length=500,
        blank=True,
        validators=[no_personal_numbers],
        help_text=NO_NAMES_HELP,
    )

    class Meta:
        verbose_name = "扶持项目"
        verbose_name_plural = "扶持项目"
        indexes = [*Record.Meta.indexes, models.Index(fields=["unit", "-id"], name="support_unit_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="support_amount_positive",
                violation_error_message="项目资金应大于0，请改正。",
            ),
            models.CheckConstraint(
                condition=Q(spent__gte=0) & Q(spent__lte=F("amount")),
                name="support_spent_within_amount",
                violation_error_message="已支出不能小于0，也不能多于项目资金，请核对；单位是万元。",
            ),
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2100)),
                name="support_year_plausible",
                violation_error_message="年度应在2000年到2100年之间，请改正。",
            ),
            models.UniqueConstraint(
                fields=["unit", "year", "title"],
                name="support_once",
                violation_error_message="这个村这一年已经登记过同名的项目，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class UnitySite(Record):
    """民族团结进步示范点: a public demonstration site, an organisation or place, never a person."""

    class Grade(models.TextChoices):
        NATIONAL = "national", "国家级"
        PROVINCIAL = "provincial", "省级"
        CITY = "city", "市级"
        COUNTY = "county", "县级"
        TOWNSHIP = "township", "乡镇级"

    title = models.CharField(
        "示范点名称", max_length=100, validators=[no_personal_numbers], help_text="单位或场所的名称。"
    )
    grade = models.CharField("级别", max_length=12, choices=Grade.choices)
    named_on = models.DateField("命名日期")
    named_by = models.CharField(
        "命名单位", max_length=60, blank=True, validators=[no_personal_numbers], help_text="命名的机关。"
    )
    ended_on = models.DateField("撤销日期", null=True, blank=True, help_text="从这一天起不再计入。")

    class Meta:
        verbose_name = "民族团结示范点"
        verbose_name_plural = "民族团结示范点"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-named_on", "-id"], name="site_unit_newest"),
            models.Index(fields=["-named_on", "-id"], name="site_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("named_on")),
                name="site_ended_after_named",
                violation_error_message="撤销日期不能早于命名日期，请核对。",
            ),
            models.UniqueConstraint(
                fields=["unit", "title"],
                name="site_once",
                violation_error_message="这个单位已经登记过同名的示范点，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.title
