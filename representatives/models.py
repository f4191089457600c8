"""Holders of public posts outside the Communist Party, their terms, trainings and proposals.

A person is here because of a public post, and only while that lasts and for a while after (``retention``). Neither
ethnicity nor belief is recorded, nobody is looked up in another ledger, and nothing is said about what anybody thinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.identifiers import validate_office_phone
from ledgers.models import History, Record
from representatives.posts import Body, Level

NO_POST = "请至少填写一项公职（如“区政协委员”）；没有公职的人员不登记。"


class Representative(Record):
    """党外代表人士: the holder of at least one public post."""

    class Gender(models.TextChoices):
        MALE = "male", "男"
        FEMALE = "female", "女"

    class Party(models.TextChoices):
        """The eight democratic parties, and those without a party."""

        REVOLUTIONARY_COMMITTEE = "rcck", "民革"
        DEMOCRATIC_LEAGUE = "cdl", "民盟"
        CONSTRUCTION = "cndca", "民建"
        PROMOTING_DEMOCRACY = "capd", "民进"
        PEASANTS_AND_WORKERS = "cpwdp", "农工党"
        ZHI_GONG = "zhigong", "致公党"
        SEPTEMBER_3 = "jiusan", "九三学社"
        TAIWAN_SELF_GOVERNMENT = "taimeng", "台盟"
        NONE = "none", "无党派"

    name = models.CharField("姓名", max_length=40, validators=[no_personal_numbers])
    gender = models.CharField("性别", max_length=6, choices=Gender.choices, blank=True)
    birth_year = models.PositiveSmallIntegerField(
        "出生年份",
        null=True,
        validators=[MinValueValidator(1900), MaxValueValidator(2100)],
        help_text="只登记年份，不登记月份和日期。",
    )
    education = models.CharField(
        "学历", max_length=30, blank=True, validators=[no_personal_numbers], help_text="如“大学本科”。"
    )
    employer = models.CharField("工作单位", max_length=100, blank=True, validators=[no_personal_numbers])
    title = models.CharField(
        "职务", max_length=60, blank=True, validators=[no_personal_numbers], help_text="在工作单位的职务。"
    )
    party = models.CharField("党派", max_length=10, choices=Party.choices)
    office_phone = models.CharField(
        "办公电话",
        max_length=40,
        blank=True,
        validators=[validate_office_phone],
        help_text="单位公开的固定电话，如0574-80000000，不填个人手机号码。",
    )
    # What the appointments say, in words. Kept beside them so that no row can be without a post.
    posts = models.TextField("担任职务", editable=False)
    anonymised_on = models.DateField("匿名化日期", null=True, editable=False)

    #: Appointments to be written with a new record in bulk. An import has only the words of ``posts``.
    planned: Sequence[Appointment] = ()

    class Meta:
        verbose_name = "党外代表人士"
        verbose_name_plural = "党外代表人士"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-id"], name="representative_unit_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(posts=""),
                name="representative_has_a_post",
                violation_error_message=NO_POST,
            ),
            models.CheckConstraint(
                condition=Q(birth_year__isnull=True) | Q(birth_year__range=(1900, 2100)),
                name="representative_birth_year_in_range",
                violation_error_message="出生年份应在1900与2100之间，请改正。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def with_appointments(self, appointments: Sequence[Appointment]) -> Representative:
        """The record itself, with the appointments that ``services.write_appointments`` will write."""
        self.planned = appointments
        return self


class Appointment(models.Model):
    """任职: one public post for one term. Written with its representative only (``services``)."""

    representative = models.ForeignKey(
        Representative, on_delete=models.CASCADE, related_name="appointments", verbose_name="党外代表人士"
    )
    body = models.CharField("所在组织", max_length=15, choices=Body.choices)
    post = models.CharField(
        "职务全称",
        max_length=60,
        validators=[no_personal_numbers],
        help_text="如“区政协委员”“镇商会副会长”。",
    )
    level = models.CharField("级别", max_length=10, choices=Level.choices, blank=True)
    started_on = models.DateField("任职日期", null=True, blank=True)
    term_ends_on = models.DateField("任期届满日期", null=True, blank=True)
    ended_on = models.DateField("卸任日期", null=True, blank=True, help_text="仍在任的不填。")

    history = History()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        ordering = ["pk"]
        indexes = [
            # Who held a post of a body on a day.
            models.Index(fields=["body", "representative"], name="appointment_by_body"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(post=""),
                name="appointment_names_its_post",
                violation_error_message="请填写职务全称，如“区政协委员”。",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=True)
                | Q(term_ends_on__isnull=True)
                | Q(term_ends_on__gte=F("started_on")),
                name="appointment_term_after_start",
                violation_error_message="任期届满日期不能早于任职日期，请核对。",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=True)
                | Q(ended_on__isnull=True)
                | Q(ended_on__gte=F("started_on")),
                name="appointment_ended_after_start",
                violation_error_message="卸任日期不能早于任职日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.post


class RepresentativeRecord(Record):
    """Something a representative did. The unit is the representative's at the time of recording."""

    class Meta:
        abstract = True

    representative: models.ForeignKey[Representative]

    def clean(self) -> None:
        """Forms and imports both come by here before a new record is written."""
        super().clean()
        if self._state.adding and self.representative_id is not None:  # type: ignore[attr-defined]
            self.unit_id = self.representative.unit_id


class Training(RepresentativeRecord):
    """培训: a course that one representative attended."""

    representative = models.ForeignKey(
        Representative, on_delete=models.PROTECT, related_name="trainings", verbose_name="党外代表人士"
    )
    attended_on = models.DateField("培训日期", help_text="跨多日的填第一天。")
    title = models.CharField("培训名称", max_length=120, validators=[no_personal_numbers])
    organiser = models.CharField(
        "主办单位",
        max_length=60,
        blank=True,
        validators=[no_personal_numbers],
        help_text="如“市社会主义学院”。",
    )
    days = models.DecimalField("培训天数", max_digits=5, decimal_places=1, default=Decimal(1))

    class Meta:
        verbose_name = "代表人士培训"
        verbose_name_plural = "代表人士培训"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-attended_on", "-id"], name="training_unit_newest"),
            models.Index(fields=["-attended_on", "-id"], name="training_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gt=0),
                name="training_takes_time",
                violation_error_message="培训天数应大于0，请改正。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Proposal(RepresentativeRecord):
    """提案建议: a proposal handed in through a public body, its reply and whether it was adopted."""

    class Channel(models.TextChoices):
        CONSULTATIVE = "consultative", "政协提案"
        CONGRESS = "congress", "人大议案建议"
        OPINION = "opinion", "社情民意信息"
        OTHER = "other", "其他"

    representative = models.ForeignKey(
        Representative, on_delete=models.PROTECT, related_name="proposals", verbose_name="党外代表人士"
    )
    submitted_on = models.DateField("提交日期")
    title = models.CharField(
        "提案题目", max_length=120, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )
    channel = models.CharField(
        "提交渠道", max_length=15, choices=Channel.choices, default=Channel.CONSULTATIVE
    )
    department = models.CharField(
        "承办单位", max_length=60, blank=True, validators=[no_personal_numbers], help_text="答复提案的单位。"
    )
    replied_on = models.DateField("答复日期", null=True, blank=True, help_text="尚未答复的不填。")
    adopted = models.BooleanField("已采纳", default=False)

    class Meta:
        verbose_name = "提案建议"
        verbose_name_plural = "提案建议"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-submitted_on", "-id"], name="proposal_unit_newest"),
            models.Index(fields=["-submitted_on", "-id"], name="proposal_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(replied_on__isnull=True) | Q(replied_on__gte=F("submitted_on")),
                name="proposal_replied_after_submitted",
                violation_error_message="答复日期不能早于提交日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.title
