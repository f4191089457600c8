"""Counts and public work only: no list of returnees, of relatives, or of anybody abroad."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from ledgers.disclosure import Row
from ledgers.fields import MoneyField, SumField
from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.models import Record
from ledgers.returns.composition import Composition, LinesField
from ledgers.returns.models import Return
from ledgers.returns.rules import NotLess, Outlier, Swing
from overseas.regions import REGIONS

#: The five categories of the return, in the order of the form.
CATEGORIES: Final[dict[str, str]] = {
    "returned": "归侨",
    "relatives": "侨眷",
    "taiwan": "台胞台属",
    "hongkong_macao": "港澳眷属",
    "students": "留学归国",
}
HOUSEHOLDS: Final = tuple(f"{name}_households" for name in CATEGORIES)
PERSONS: Final = tuple(f"{name}_persons" for name in CATEGORIES)
OVERSEAS_RULES: Final = tuple(
    NotLess(persons, households) for persons, households in zip(PERSONS, HOUSEHOLDS, strict=True)
)


def _count(label: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(label, default=0)


class OverseasReturn(Return):
    """侨台季报: households and persons of five categories in a village."""

    figures = tuple(name for pair in zip(HOUSEHOLDS, PERSONS, strict=True) for name in pair)
    hard_rules = OVERSEAS_RULES
    soft_rules = (Swing(20), Outlier())

    returned_households = _count("归侨户数")
    returned_persons = _count("归侨人数")
    relatives_households = _count("侨眷户数")
    relatives_persons = _count("侨眷人数")
    taiwan_households = _count("台胞台属户数")
    taiwan_persons = _count("台胞台属人数")
    hongkong_macao_households = _count("港澳眷属户数")
    hongkong_macao_persons = _count("港澳眷属人数")
    students_households = _count("留学归国户数")
    students_persons = _count("留学归国人数")
    households = SumField("户数合计", of=HOUSEHOLDS)
    persons = SumField("人数合计", of=PERSONS)

    class Meta(Return.Meta):
        abstract = False
        verbose_name = "侨台季报"
        verbose_name_plural = "侨台季报"
        constraints = [
            *Return.Meta.constraints,
            *(rule.constraint(f"overseas_rule_{number}") for number, rule in enumerate(OVERSEAS_RULES)),
        ]


class RegionLines(LinesField):
    labels = REGIONS
    parts = 1


class RegionComposition(Composition):
    """地区构成: a township's households and persons by the region their relatives live in, small regions merged."""

    categories = REGIONS
    columns = ("households", "persons")
    noun = "地区"
    # A region that is there has a household at least.
    least = 1

    households = models.PositiveIntegerField("户数", default=0, editable=False)
    persons = models.PositiveIntegerField("人数", default=0, editable=False)
    lines = RegionLines("各地区户数和人数")

    class Meta(Composition.Meta):
        abstract = False
        verbose_name = "地区构成"
        verbose_name_plural = "地区构成"
        constraints = [
            *Composition.Meta.constraints,
            models.CheckConstraint(
                condition=Q(persons__gte=F("households")),
                name="region_persons_not_fewer",
                violation_error_message="人数不能少于户数，请核对。",
            ),
        ]

    @classmethod
    def persons_of(cls, numbers: tuple[int, ...]) -> int:
        return numbers[1]

    @classmethod
    def parts_of(cls, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return (numbers[0],)

    @classmethod
    def columns_of(cls, row: Row) -> tuple[int | None, ...]:
        return (row.parts[0] if row.parts else None, row.persons)


class DonationProject(Record):
    """捐赠项目: a public-benefit project; the donor only as publicly named on the project itself."""

    class Progress(models.TextChoices):
        AGREED = "agreed", "已签约"
        RUNNING = "running", "建设中"
        DONE = "done", "已建成"
        IN_USE = "in_use", "已投入使用"

    title = models.CharField(
        "项目名称", max_length=120, validators=[no_personal_numbers], help_text="如“同心小学图书馆”。"
    )
    public_donor = models.CharField(
        "捐赠方",
        max_length=100,
        blank=True,
        validators=[no_personal_numbers],
        help_text="按项目铭牌或公告公开的称谓填写，一般为社团、企业或基金会；捐赠方不愿公开的不填。",
    )
    donated_on = models.DateField("捐赠日期")
    amount = MoneyField("捐赠金额", help_text="单位：万元；物资按价值折算。")
    purpose = models.CharField(
        "用途", max_length=120, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )
    progress = models.CharField("进度", max_length=10, choices=Progress.choices, default=Progress.AGREED)

    class Meta:
        verbose_name = "捐赠项目"
        verbose_name_plural = "捐赠项目"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-donated_on", "-id"], name="donation_unit_newest"),
            models.Index(fields=["-donated_on", "-id"], name="donation_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="donation_amount_positive",
                violation_error_message="捐赠金额应大于0，请改正。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Reception(Record):
    """接待交流: visitors received, visits paid and meetings, with the number of households and persons."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "来访"
        PAID = "paid", "出访"
        MEETING = "meeting", "联谊"

    title = models.CharField(
        "活动名称",
        max_length=120,
        validators=[no_personal_numbers],
        help_text="如“接待台湾乡亲参访团”，不写个人姓名。",
    )
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    held_on = models.DateField("日期", help_text="跨多日的填第一天。")
    households = models.PositiveIntegerField("户数", default=0)
    persons = models.PositiveIntegerField("人数", default=0)
    outcome = models.CharField(
        "内容与成效", max_length=500, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )

    class Meta:
        verbose_name = "接待交流"
        verbose_name_plural = "接待交流"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-held_on", "-id"], name="reception_unit_newest"),
            models.Index(fields=["-held_on", "-id"], name="reception_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(persons__gte=F("households")),
                name="reception_persons_not_fewer",
                violation_error_message="人数不能少于户数，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ServiceRequest(Record):
    """为侨服务: that a request was made, of what kind, and when it was settled. Never by whom."""

    class Kind(models.TextChoices):
        PAPERS = "papers", "证件"
        LEGAL = "legal", "法律"
        INVESTMENT = "investment", "投资"
        ROOTS = "roots", "寻根"
        HELP = "help", "帮扶"

    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    received_on = models.DateField("收到日期")
    matter = models.CharField(
        "事项",
        max_length=200,
        validators=[no_personal_numbers],
        help_text=f"如“咨询回国定居手续”。{NO_NAMES_HELP}",
    )
    resolved_on = models.DateField("办结日期", null=True, blank=True, help_text="尚未办结的不填。")
    outcome = models.CharField(
        "办理结果", max_length=500, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )

    class Meta:
        verbose_name = "为侨服务"
        verbose_name_plural = "为侨服务"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-received_on", "-id"], name="service_unit_newest"),
            models.Index(fields=["-received_on", "-id"], name="service_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_on__isnull=True) | Q(resolved_on__gte=F("received_on")),
                name="service_resolved_after_received",
                violation_error_message="办结日期不能早于收到日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.matter[:40]
