"""Registered venues, and the township's safety checks and services for them.

Registered sites only: a venue is its certificate or filing number. The only persons are the responsible person on
the certificate and officials by their posts. What is believed, said or attended in a venue is none of this ledger's
business: it is about fire, buildings, crowds at large public events, and what the venue asked the township for.
"""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.models import Record

SAFETY_ONLY_HELP = "只写消防、建筑、用电、人员疏散等安全情况，不写信众和宗教活动内容。"

# The certificate may give a mobile number; it is printed on the venue's notice board.
_PHONE = re.compile(r"(?:\(?0\d{2,3}\)?-?)?[2-9]\d{6,7}(?:-\d{1,6})?|1[3-9]\d{9}")


def validate_certificate_phone(text: str) -> None:
    """Validator: a telephone number, fixed or mobile. Raises ValidationError, code ``phone``."""
    number = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if not all(_PHONE.fullmatch(part) for part in re.split(r"[、,;/]", number)):
        raise ValidationError("电话号码的位数不对，请对照登记证填写，如0574-80000000。", code="phone")


def normalize_certificate_number(text: str) -> str:
    """One spelling for one certificate: half-width letters, digits and brackets, no blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


class Venue(Record):
    """宗教活动场所: a registered venue, counted from its opening until it closes."""

    class Faith(models.TextChoices):
        BUDDHIST = "buddhist", "佛教"
        TAOIST = "taoist", "道教"
        ISLAMIC = "islamic", "伊斯兰教"
        CATHOLIC = "catholic", "天主教"
        PROTESTANT = "protestant", "基督教"
        FOLK = "folk", "民间信仰"

    class Kind(models.TextChoices):
        """宗教事务条例（2017年修订）第十九条: temples, mosques and churches, and other fixed venues."""

        TEMPLE = "temple", "寺观教堂"
        FIXED = "fixed", "固定处所"
        FOLK_SITE = "folk_site", "民间信仰点"

    name = models.CharField(
        "场所名称", max_length=100, validators=[no_personal_numbers], help_text="与登记证一致。"
    )
    certificate_number = models.CharField(
        "登记证号",
        max_length=60,
        unique=True,
        help_text="登记证或备案证上的编号；没有登记或备案的场所不录入。",
        error_messages={
            "blank": "请填写登记证号或备案号；没有登记或备案的场所不录入本台账。",
            "unique": "这个登记证号已经登记过，请核对；如由别的村登记，请联系乡镇统战干事。",
        },
    )
    faith = models.CharField("教别", max_length=10, choices=Faith.choices)
    kind = models.CharField("场所类别", max_length=10, choices=Kind.choices, blank=True)
    address = models.CharField("地址", max_length=120, blank=True, validators=[no_personal_numbers])
    floor_area = models.DecimalField("建筑面积", max_digits=10, decimal_places=2, null=True, blank=True)
    rated_capacity = models.PositiveIntegerField(
        "核定容纳人数", null=True, blank=True, help_text="消防安全核定的最多同时容纳人数。"
    )
    fire_equipment = models.PositiveIntegerField(
        "消防器材", default=0, help_text="灭火器、消火栓等器材的总件数。"
    )
    responsible_person = models.CharField(
        "负责人",
        max_length=40,
        blank=True,
        validators=[no_personal_numbers],
        help_text="登记证上的负责人，不登记其他人员。",
    )
    phone = models.CharField(
        "联系电话",
        max_length=40,
        blank=True,
        validators=[validate_certificate_phone],
        help_text="登记证上的电话。",
    )
    liaison_official = models.CharField(
        "联系干部",
        max_length=60,
        blank=True,
        validators=[no_personal_numbers],
        help_text="负责联系这个场所的干部岗位，如“镇党委统战委员”。",
    )
    opened_on = models.DateField(
        "登记日期", null=True, blank=True, help_text="登记证上的日期；不清楚的可不填。"
    )
    closed_on = models.DateField("注销日期", null=True, blank=True, help_text="从这一天起不再计入。")

    class Meta:
        verbose_name = "宗教活动场所"
        verbose_name_plural = "宗教活动场所"
        indexes = [*Record.Meta.indexes, models.Index(fields=["unit", "-id"], name="venue_unit_newest")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(certificate_number=""),
                name="venue_is_registered",
                violation_error_message="请填写登记证号或备案号；没有登记或备案的场所不录入本台账。",
            ),
            models.CheckConstraint(
                condition=Q(floor_area__isnull=True) | Q(floor_area__gte=0),
                name="venue_area_not_negative",
                violation_error_message="建筑面积不能小于0，请改正。",
            ),
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                name="venue_closed_after_opened",
                violation_error_message="注销日期不能早于登记日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Forms and imports both come by here."""
        super().clean()
        self.certificate_number = normalize_certificate_number(self.certificate_number)
        if self.faith == self.Faith.FOLK and not self.kind:
            self.kind = self.Kind.FOLK_SITE


class VenueRecord(Record):
    """Something that happened at one venue.

    The unit is the venue's at the time of recording. It does not move when the venue is later put under another
    village: the figures of past periods stay with the village that earned them.
    """

    class Meta:
        abstract = True

    venue: models.ForeignKey[Venue]

    def clean(self) -> None:
        super().clean()
        if self._state.adding and self.venue_id is not None:  # type: ignore[attr-defined]
            self.unit_id = self.venue.unit_id


class Inspection(VenueRecord):
    """安全检查: one visit of the township to see whether a venue is safe."""

    class Result(models.TextChoices):
        PASSED = "passed", "未发现隐患"
        FIXED = "fixed", "当场整改"
        ORDERED = "ordered", "限期整改"

    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, related_name="inspections", verbose_name="场所"
    )
    inspected_on = models.DateField("检查日期")
    inspectors = models.CharField(
        "检查人员",
        max_length=120,
        validators=[no_personal_numbers],
        help_text="参加检查的单位或岗位，如“镇统战办、应急管理所”。",
    )
    result = models.CharField("检查结果", max_length=10, choices=Result.choices, default=Result.PASSED)
    note = models.CharField(
        "检查情况", max_length=500, blank=True, validators=[no_personal_numbers], help_text=SAFETY_ONLY_HELP
    )

    class Meta:
        verbose_name = "安全检查"
        verbose_name_plural = "安全检查"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-inspected_on", "-id"], name="inspection_unit_newest"),
            models.Index(fields=["-inspected_on", "-id"], name="inspection_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.inspected_on:%Y-%m-%d} {self.inspectors}"

    @property
    def label(self) -> str:
        """How its hazards name the inspection, in forms and in workbooks."""
        return f"{self.venue} {self.inspected_on:%Y-%m-%d}"


class Hazard(Record):
    """隐患: what an inspection found, until it is put right. Safety only."""

    class Category(models.TextChoices):
        FIRE = "fire", "消防"
        BUILDING = "building", "建筑"
        ELECTRIC = "electric", "用电"
        CROWD = "crowd", "人员疏散"
        OTHER = "other", "其他安全"

    inspection = models.ForeignKey(
        Inspection, on_delete=models.PROTECT, related_name="hazards", verbose_name="安全检查"
    )
    found_on = models.DateField("发现日期", blank=True, help_text="不填则为检查日期。")
    category = models.CharField("隐患类别", max_length=10, choices=Category.choices, default=Category.OTHER)
    description = models.CharField(
        "隐患内容", max_length=300, validators=[no_personal_numbers], help_text=SAFETY_ONLY_HELP
    )
    measure = models.CharField(
        "整改措施", max_length=300, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )
    due = models.DateField("整改期限", null=True, blank=True)
    rectified_on = models.DateField("整改完成日期", null=True, blank=True, help_text="尚未整改的不填。")

    class Meta:
        verbose_name = "安全隐患"
        verbose_name_plural = "安全隐患"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-found_on", "-id"], name="hazard_unit_newest"),
            models.Index(fields=["-found_on", "-id"], name="hazard_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(due__gte=F("found_on")),
                name="hazard_due_after_found",
                violation_error_message="整改期限不能早于发现日期，请核对。",
            ),
            models.CheckConstraint(
                condition=Q(rectified_on__isnull=True) | Q(rectified_on__gte=F("found_on")),
                name="hazard_rectified_after_found",
                violation_error_message="整改完成日期不能早于发现日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.description[:40]

    def clean(self) -> None:
        super().clean()
        if self._state.adding and self.inspection_id is not None:
            self.unit_id = self.inspection.unit_id
        if not self.found_on and self.inspection_id is not None:
            self.found_on = self.inspection.inspected_on


class VenueEvent(VenueRecord):
    """大型活动预报: a large public event at a venue, so that the township can plan for the crowd."""

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="events", verbose_name="场所")
    name = models.CharField("活动名称", max_length=100, validators=[no_personal_numbers])
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", blank=True, help_text="当天结束的可不填。")
    expected_attendance = models.PositiveIntegerField("预计人次", default=0)
    actual_attendance = models.PositiveIntegerField(
        "实际人次", null=True, blank=True, help_text="活动结束后填写到场总人次，不登记名单。"
    )
    safety_plan = models.BooleanField("已有安全预案", default=False)
    safety_plan_note = models.CharField(
        "安全安排",
        max_length=500,
        blank=True,
        validators=[no_personal_numbers],
        help_text="疏散通道、值守、医疗、交通等安排。" + NO_NAMES_HELP,
    )

    class Meta:
        verbose_name = "大型活动"
        verbose_name_plural = "大型活动"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-starts_on", "-id"], name="event_unit_newest"),
            models.Index(fields=["-starts_on", "-id"], name="event_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="event_ends_after_start",
                violation_error_message="结束日期不能早于开始日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if not self.ends_on:
            self.ends_on = self.starts_on


class LiaisonVisit(VenueRecord):
    """联系走访: an official calls on a venue to hear what it needs."""

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="visits", verbose_name="场所")
    visited_on = models.DateField("走访日期")
    official = models.CharField(
        "走访干部",
        max_length=60,
        validators=[no_personal_numbers],
        help_text="走访的干部岗位，如“镇党委统战委员”。",
    )
    raised = models.CharField(
        "场所提出的需求",
        max_length=500,
        blank=True,
        validators=[no_personal_numbers],
        help_text="场所提出的需求，如修缮、用电、道路、停车；没有的不填。" + NO_NAMES_HELP,
    )
    outcome = models.CharField(
        "办理结果", max_length=500, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )

    class Meta:
        verbose_name = "联系走访"
        verbose_name_plural = "联系走访"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-visited_on", "-id"], name="venue_visit_unit_newest"),
            models.Index(fields=["-visited_on", "-id"], name="venue_visit_newest"),
            # The venues visited often enough in a period are counted from here.
            models.Index(fields=["venue", "visited_on"], name="venue_visit_by_venue"),
        ]

    def __str__(self) -> str:
        return f"{self.visited_on:%Y-%m-%d} {self.official}"
