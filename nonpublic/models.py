"""Private enterprises, their requests to the township, and their gifts.

The only named person is the legal representative, who is public in the enterprise register; the only phone is
the office's.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from ledgers.fields import CreditCodeField, MoneyField
from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.identifiers import validate_credit_code, validate_office_phone
from ledgers.models import Record


class Enterprise(Record):
    """非公企业: an enterprise of the non-public sector, counted from its founding until it closes."""

    class Sector(models.TextChoices):
        """GB/T 4754-2017: the letter of the section (门类)."""

        A = "A", "农、林、牧、渔业"
        B = "B", "采矿业"
        C = "C", "制造业"
        D = "D", "电力、热力、燃气及水生产和供应业"
        E = "E", "建筑业"
        F = "F", "批发和零售业"
        G = "G", "交通运输、仓储和邮政业"
        H = "H", "住宿和餐饮业"
        I = "I", "信息传输、软件和信息技术服务业"  # noqa: E741 - the standard's letter
        J = "J", "金融业"
        K = "K", "房地产业"
        L = "L", "租赁和商务服务业"
        M = "M", "科学研究和技术服务业"
        N = "N", "水利、环境和公共设施管理业"
        O = "O", "居民服务、修理和其他服务业"  # noqa: E741 - the standard's letter
        P = "P", "教育"
        Q = "Q", "卫生和社会工作"
        R = "R", "文化、体育和娱乐业"
        S = "S", "公共管理、社会保障和社会组织"
        T = "T", "国际组织"

    name = models.CharField(
        "企业名称", max_length=100, validators=[no_personal_numbers], help_text="与营业执照一致。"
    )
    credit_code = CreditCodeField(
        "统一社会信用代码",
        max_length=18,
        unique=True,
        validators=[validate_credit_code],
        help_text="营业执照上的18位代码，最后一位为校验位。",
        error_messages={"unique": "这个代码已经登记过，请核对；如由别的村登记，请联系乡镇统战干事。"},
    )
    sector = models.CharField("行业门类", max_length=1, choices=Sector.choices, blank=True)
    registered_capital = MoneyField("注册资本", default=Decimal(0), help_text="单位：万元。")
    staff = models.PositiveIntegerField("从业人数", default=0)
    founded_on = models.DateField(
        "成立日期", null=True, blank=True, help_text="营业执照上的成立日期；不清楚的可不填。"
    )
    closed_on = models.DateField(
        "注销日期", null=True, blank=True, help_text="注销或迁出的日期；从这一天起不再计入。"
    )
    legal_representative = models.CharField(
        "法定代表人",
        max_length=40,
        blank=True,
        validators=[no_personal_numbers],
        help_text="与营业执照一致。",
    )
    office_phone = models.CharField(
        "办公电话",
        max_length=40,
        blank=True,
        validators=[validate_office_phone],
        help_text="单位公开的固定电话，如0574-80000000，不填个人手机号码。",
    )
    chamber_member = models.BooleanField("商会会员", default=False)
    chamber_since = models.DateField("入会时间", null=True, blank=True, help_text="只有商会会员需要填写。")
    chamber_post = models.CharField(
        "商会职务",
        max_length=40,
        blank=True,
        validators=[no_personal_numbers],
        help_text="企业在商会担任的职务，如“副会长单位”。",
    )
    remark = models.CharField(
        "备注", max_length=300, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )

    class Meta:
        verbose_name = "非公企业"
        verbose_name_plural = "非公企业"
        indexes = [*Record.Meta.indexes, models.Index(fields=["unit", "-id"], name="enterprise_unit_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(registered_capital__gte=0),
                name="enterprise_capital_not_negative",
                violation_error_message="注册资本不能小于0，请改正。",
            ),
            models.CheckConstraint(
                condition=Q(founded_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(closed_on__gte=F("founded_on")),
                name="enterprise_closed_after_founded",
                violation_error_message="注销日期不能早于成立日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def chooser_note(self) -> str:
        """What the suggestions say beside the name: the unit and the code, which no other enterprise has."""
        return f"{self.unit}，{self.credit_code}"


class EnterpriseRecord(Record):
    """Something that happened with one enterprise.

    The unit is the enterprise's at the time of recording. It does not move when the enterprise later moves to
    another village: the figures of past periods stay with the village that earned them.
    """

    class Meta:
        abstract = True

    enterprise: models.ForeignKey[Enterprise]

    def clean(self) -> None:
        """Forms and imports both come by here before a new record is written."""
        super().clean()
        if self._state.adding and self.enterprise_id is not None:  # type: ignore[attr-defined]
            self.unit_id = self.enterprise.unit_id


class EnterpriseRequest(EnterpriseRecord):
    """企业诉求: what an enterprise asked the township for, and what came of it."""

    class Kind(models.TextChoices):
        FINANCE = "finance", "融资"
        LABOUR = "labour", "用工"
        LAND = "land", "用地"
        POLICY = "policy", "政策咨询"
        PERMIT = "permit", "审批办证"
        LEGAL = "legal", "法律服务"
        MARKET = "market", "市场开拓"
        TECHNOLOGY = "technology", "技术创新"
        OTHER = "other", "其他"

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="requests", verbose_name="企业"
    )
    raised_on = models.DateField("提出日期")
    kind = models.CharField("诉求类别", max_length=10, choices=Kind.choices, default=Kind.OTHER)
    text = models.CharField(
        "诉求内容", max_length=500, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )
    department = models.CharField(
        "承办部门",
        max_length=60,
        blank=True,
        validators=[no_personal_numbers],
        help_text="牵头办理的部门或站所。",
    )
    due = models.DateField("办理期限", null=True, blank=True)
    resolved_on = models.DateField("办结日期", null=True, blank=True, help_text="尚未办结的不填。")
    outcome = models.CharField(
        "办理结果", max_length=500, blank=True, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )

    class Meta:
        verbose_name = "企业诉求"
        verbose_name_plural = "企业诉求"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-raised_on", "-id"], name="request_unit_newest"),
            models.Index(fields=["-raised_on", "-id"], name="request_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(due__gte=F("raised_on")),
                name="request_due_after_raised",
                violation_error_message="办理期限不能早于提出日期，请核对。",
            ),
            models.CheckConstraint(
                condition=Q(resolved_on__isnull=True) | Q(resolved_on__gte=F("raised_on")),
                name="request_resolved_after_raised",
                violation_error_message="办结日期不能早于提出日期，请核对。",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class Contribution(EnterpriseRecord):
    """公益捐赠: what an enterprise gave for a public purpose."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="contributions", verbose_name="企业"
    )
    given_on = models.DateField("捐赠日期")
    amount = MoneyField("捐赠金额", help_text="单位：万元；物资按价值折算。")
    purpose = models.CharField(
        "捐赠用途", max_length=120, validators=[no_personal_numbers], help_text=NO_NAMES_HELP
    )
    recipient_project = models.CharField(
        "受益项目",
        max_length=120,
        blank=True,
        validators=[no_personal_numbers],
        help_text="受益的公益项目或单位，不写受助人姓名。",
    )

    class Meta:
        verbose_name = "公益捐赠"
        verbose_name_plural = "公益捐赠"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["unit", "-given_on", "-id"], name="contribution_unit_newest"),
            models.Index(fields=["-given_on", "-id"], name="contribution_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="contribution_amount_positive",
                violation_error_message="捐赠金额应大于0，请改正。",
            ),
        ]

    def __str__(self) -> str:
        return self.purpose
