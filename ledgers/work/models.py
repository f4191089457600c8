"""Records of the office's own work. None of them names a resident; free text refuses personal numbers."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from ledgers.fields import MoneyField
from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.models import History, Record


class Activity(Record):
    """工作活动: one dated piece of work."""

    class Kind(models.TextChoices):
        MEETING = "meeting", "专题研究"
        STUDY = "study", "理论学习"
        TRAINING = "training", "业务培训"
        PUBLICITY = "publicity", "宣传"
        VISIT = "visit", "走访慰问"
        EXCHANGE = "exchange", "联谊交流"
        UNITY = "unity", "民族团结"
        SERVICE = "service", "服务"
        SKILLS = "skills", "技能培训"

    kind = models.CharField("活动类别", max_length=10, choices=Kind.choices)
    title = models.CharField(
        "活动名称",
        max_length=120,
        validators=[no_personal_numbers],
        help_text="写明做了什么，如“党委会专题研究统战工作”。",
    )
    held_on = models.DateField("活动日期", help_text="跨多日的活动填第一天。")
    attendance = models.PositiveIntegerField("参加人次", default=0, help_text="到场的总人次，不登记名单。")
    banners = models.PositiveIntegerField("悬挂横幅", default=0)
    slogans = models.PositiveIntegerField("张贴标语", default=0)
    leaflets = models.PositiveIntegerField("发放资料", default=0)
    posts = models.PositiveIntegerField("发布推文", default=0, help_text="公众号、微博等平台发布的条数。")
    expense = models.DecimalField(
        "支出金额", max_digits=12, decimal_places=2, default=Decimal(0), help_text="单位：元。"
    )
    outcome = models.CharField(
        "活动成效",
        max_length=1000,
        blank=True,
        validators=[no_personal_numbers],
        help_text=NO_NAMES_HELP,
    )

    class Meta:
        verbose_name = "工作活动"
        verbose_name_plural = "工作活动"
        indexes = [
            *Record.Meta.indexes,
            # With what figures add up, so that they are read from the index alone: of a million rows that is a fifth.
            models.Index(
                fields=["unit", "-held_on", "-id"],
                include=["kind", "attendance", "banners", "slogans", "leaflets", "posts", "expense"],
                name="activity_unit_newest",
            ),
            models.Index(fields=["-held_on", "-id"], name="activity_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(expense__gte=0),
                name="activity_expense_not_negative",
                violation_error_message="支出金额不能小于0，请改正。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


def photo_path(photo: ActivityPhoto, filename: str) -> str:
    """Where a photo is stored: never under the name it came with, which may say who is on it."""
    return f"activities/{photo.activity.held_on:%Y}/{uuid.uuid4().hex}.jpg"


class ActivityPhoto(models.Model):
    """A photo of an activity, always a re-encoded JPEG without metadata (see ``photos``)."""

    LIMIT = 9

    activity = models.ForeignKey(
        Activity, on_delete=models.CASCADE, related_name="photos", verbose_name="工作活动"
    )
    position = models.PositiveSmallIntegerField("序号")
    image = models.ImageField("照片", upload_to=photo_path, width_field="width", height_field="height")
    width = models.PositiveIntegerField("宽度", editable=False)
    height = models.PositiveIntegerField("高度", editable=False)
    caption = models.CharField(
        "说明", max_length=60, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )
    sha256 = models.CharField("文件摘要", max_length=64, editable=False)

    history = History()

    class Meta:
        verbose_name = "活动照片"
        verbose_name_plural = "活动照片"
        ordering = ["position"]
        constraints = [
            # Together these hold the limit of nine even when two uploads arrive at once.
            models.UniqueConstraint(fields=["activity", "position"], name="photo_position_once"),
            models.CheckConstraint(condition=Q(position__range=(1, 9)), name="photo_at_most_nine"),
            models.UniqueConstraint(fields=["activity", "sha256"], name="photo_once"),
        ]

    def __str__(self) -> str:
        return self.caption or f"照片{self.position}"


class Brief(Record):
    """信息报送: a brief sent to a higher office."""

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", "动态"
        EXPERIENCE = "experience", "经验"
        SPECIAL = "special", "特色"

    kind = models.CharField("信息类别", max_length=10, choices=Kind.choices)
    title = models.CharField("信息标题", max_length=120, validators=[no_personal_numbers])
    sent_on = models.DateField("报送日期")
    sent_to = models.CharField(
        "报送单位", max_length=60, validators=[no_personal_numbers], help_text="如“县委统战部”。"
    )
    adopted_by = models.CharField(
        "采用单位",
        max_length=60,
        blank=True,
        validators=[no_personal_numbers],
        help_text="被采用后填写采用的单位或刊物。",
    )
    adopted_on = models.DateField("采用日期", null=True, blank=True)

    class Meta:
        verbose_name = "信息报送"
        verbose_name_plural = "信息报送"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-sent_on", "-id"], name="brief_unit_newest"),
            models.Index(fields=["-sent_on", "-id"], name="brief_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(adopted_on__isnull=True) | Q(adopted_on__gte=F("sent_on")),
                name="brief_adopted_after_sent",
                violation_error_message="采用日期不能早于报送日期，请核对。",
            ),
            models.CheckConstraint(
                condition=Q(adopted_on__isnull=True) | ~Q(adopted_by=""),
                name="brief_adopted_by_somebody",
                violation_error_message="填写了采用日期，请同时填写采用单位。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Rectification(Record):
    """整改事项: a finding of an inspection about the office's own work."""

    source = models.CharField(
        "来源文件",
        max_length=120,
        validators=[no_personal_numbers],
        help_text="提出问题的文件或检查，如“县委统战部2025年专项督查反馈”。",
    )
    found_on = models.DateField("发现日期")
    issue = models.CharField(
        "问题",
        max_length=500,
        validators=[no_personal_numbers],
        help_text="只写本单位工作中的问题。" + NO_NAMES_HELP,
    )
    measure = models.CharField(
        "整改措施", max_length=500, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )
    responsible_office = models.CharField(
        "责任单位",
        max_length=60,
        validators=[no_personal_numbers],
        help_text="负责整改的办公室或岗位，如“统战办”，不写个人。",
    )
    due = models.DateField("整改期限")
    done_on = models.DateField("完成日期", null=True, blank=True, help_text="尚未完成的不填。")

    class Meta:
        verbose_name = "整改事项"
        verbose_name_plural = "整改事项"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-found_on", "-id"], name="rectification_unit_newest"),
            models.Index(fields=["-found_on", "-id"], name="rectification_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due__gte=F("found_on")),
                name="rectification_due_after_found",
                violation_error_message="整改期限不能早于发现日期，请核对。",
            ),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True) | Q(done_on__gte=F("found_on")),
                name="rectification_done_after_found",
                violation_error_message="完成日期不能早于发现日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.issue[:40]


class Fund(Record):
    """工作经费: money received for this work, and how much of it is spent."""

    source = models.CharField(
        "经费来源", max_length=60, validators=[no_personal_numbers], help_text="如“县级专项”“镇财政预算”。"
    )
    purpose = models.CharField("用途", max_length=120, validators=[no_personal_numbers])
    received_on = models.DateField("到账日期")
    amount = MoneyField("金额", help_text="单位：万元。")
    spent = MoneyField("已支出", default=Decimal(0), help_text="单位：万元，不超过金额。")

    class Meta:
        verbose_name = "工作经费"
        verbose_name_plural = "工作经费"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-received_on", "-id"], name="fund_unit_newest"),
            models.Index(fields=["-received_on", "-id"], name="fund_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="fund_amount_positive",
                violation_error_message="金额应大于0，请改正。",
            ),
            models.CheckConstraint(
                condition=Q(spent__gte=0) & Q(spent__lte=F("amount")),
                name="fund_spent_within_amount",
                violation_error_message="已支出应在0与金额之间，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}：{self.purpose}"


class LiaisonGroup(Record):
    """联络小组: a village's liaison group, by the posts that make it up, not by persons."""

    name = models.CharField(
        "小组名称", max_length=60, validators=[no_personal_numbers], help_text="如“上河村统战联络小组”。"
    )
    convener_post = models.CharField(
        "牵头岗位",
        max_length=60,
        validators=[no_personal_numbers],
        help_text="牵头的岗位，如“村党支部书记”，不写姓名。",
    )
    established_on = models.DateField("成立日期")
    ended_on = models.DateField("撤销日期", null=True, blank=True, help_text="仍在运行的不填。")

    class Meta:
        verbose_name = "联络小组"
        verbose_name_plural = "联络小组"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-established_on", "-id"], name="liaison_unit_newest"),
            models.Index(fields=["-established_on", "-id"], name="liaison_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("established_on")),
                name="liaison_ended_after_established",
                violation_error_message="撤销日期不能早于成立日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def indicator_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every declared indicator, by family; a callable, as families declare theirs later than this module."""
    from ledgers.indicators import indicators
    from ledgers.registry import ledgers

    labels = {family.app_label: family.label for family in ledgers.families()}
    return [
        (
            labels.get(family, family),
            [(member.code, f"{member.label}（{member.unit}）") for member in members],
        )
        for family, members in indicators.by_family().items()
    ]


class Target(Record):
    """年度目标: the value an indicator of a unit should reach, per month, quarter or year.

    ``whole`` in place of a value asks for all there are: each venue visited, however many venues there come to be.
    """

    class Cadence(models.TextChoices):
        MONTH = "month", "每月"
        QUARTER = "quarter", "每季度"
        YEAR = "year", "全年"

    indicator = models.CharField("指标", max_length=60, choices=indicator_choices)
    year = models.PositiveSmallIntegerField(
        "年度", validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    value = MoneyField("目标值", null=True, blank=True, help_text="每月、每季度或全年至少要达到的数。")
    whole = models.BooleanField(
        "达到全部",
        default=False,
        help_text="要求全部做到的勾选，不填目标值，如“每处场所每年走访不少于3次”：场所增减，目标跟着变。",
    )
    cadence = models.CharField("考核周期", max_length=10, choices=Cadence.choices, default=Cadence.YEAR)
    source_clause = models.CharField(
        "依据条款",
        max_length=200,
        blank=True,
        validators=[no_personal_numbers],
        help_text="目标出自哪个文件的哪一条。",
    )

    class Meta:
        verbose_name = "年度目标"
        verbose_name_plural = "年度目标"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-year", "-id"], name="target_unit_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "unit", "year"],
                name="target_once_a_year",
                violation_error_message="这个单位本年度已有该指标的目标，请修改原来的一条。",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gt=0),
                name="target_value_positive",
                violation_error_message="目标值应大于0，请改正。",
            ),
            models.CheckConstraint(
                condition=Q(whole=True, value__isnull=True) | Q(whole=False, value__isnull=False),
                name="target_value_or_whole",
                violation_error_message="请填写目标值；要求全部做到的，勾选“达到全部”，不填目标值。",
            ),
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2100)),
                name="target_year_in_range",
                violation_error_message="年度应在2000与2100之间，请改正。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.get_indicator_display()}"

    def clean(self) -> None:
        """Forms and imports both come by here."""
        from ledgers.indicators import indicators

        super().clean()
        if self.indicator not in indicators:
            return
        chosen = indicators.get(self.indicator)
        if self.whole and not chosen.part_of:
            raise ValidationError({"whole": f"“{chosen.label}”没有可对照的总数，请不要勾选，改填目标值。"})
        if self.cadence != self.Cadence.YEAR and not chosen.adds_up:
            raise ValidationError({"cadence": f"“{chosen.label}”不能按月或按季度相加，请选“全年”。"})
