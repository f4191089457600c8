"""The ledgers of the office's own work."""

from __future__ import annotations

from django.urls import URLPattern, path

from ledgers.access import Role
from ledgers.overdue import Deadline
from ledgers.registry import Ledger, ledgers
from ledgers.work import filters, forms, models, samples, sheets, tables


@ledgers.register
class ActivityLedger(Ledger):
    slug = "activities"
    label = "工作活动"
    description = "专题研究、学习、培训、宣传、走访、联谊等工作，每次一条，保存后可以附照片。"
    icon = "calendar-days"
    order = 10
    model = models.Activity
    form = forms.ActivityForm
    filterset = filters.ActivityFilter
    table = tables.ActivityTable
    sheet = sheets.ActivitySheet
    samples = samples.activities
    search_fields = ("title", "outcome")
    date_field = "held_on"
    detail_view = "ledgers.work.views.ActivityDetail"
    restore_view = "ledgers.work.views.ActivityRestore"

    def extra_urls(self) -> list[URLPattern]:
        from ledgers.work import views  # views import models, which a registry must not need

        return [
            path("<int:pk>/photos/", views.PhotoUpload.as_view(ledger=self), name="photos"),
            path("<int:pk>/photos/<int:photo>/", views.PhotoImage.as_view(ledger=self), name="photo"),
            path(
                "<int:pk>/photos/<int:photo>/delete/",
                views.PhotoDelete.as_view(ledger=self),
                name="photo-delete",
            ),
        ]


@ledgers.register
class BriefLedger(Ledger):
    slug = "briefs"
    label = "信息报送"
    description = "报送上级的动态、经验和特色信息，以及采用情况。"
    icon = "paper-airplane"
    order = 20
    model = models.Brief
    form = forms.BriefForm
    filterset = filters.BriefFilter
    table = tables.BriefTable
    sheet = sheets.BriefSheet
    samples = samples.briefs
    search_fields = ("title", "sent_to", "adopted_by")
    date_field = "sent_on"


@ledgers.register
class RectificationLedger(Ledger):
    slug = "rectifications"
    label = "整改事项"
    description = "上级检查和督查对本单位工作提出的问题及整改情况。"
    icon = "clipboard-document-check"
    order = 30
    model = models.Rectification
    form = forms.RectificationForm
    filterset = filters.RectificationFilter
    table = tables.RectificationTable
    sheet = sheets.RectificationSheet
    samples = samples.rectifications
    search_fields = ("issue", "source", "responsible_office")
    date_field = "found_on"
    deadline = Deadline("due", "done_on", "逾期未整改")


@ledgers.register
class FundLedger(Ledger):
    slug = "funds"
    label = "工作经费"
    description = "统战工作经费的来源、用途、金额和支出。"
    icon = "banknotes"
    order = 40
    model = models.Fund
    form = forms.FundForm
    filterset = filters.FundFilter
    table = tables.FundTable
    sheet = sheets.FundSheet
    samples = samples.funds
    search_fields = ("purpose", "source")
    date_field = "received_on"


@ledgers.register
class LiaisonGroupLedger(Ledger):
    slug = "liaison-groups"
    label = "联络小组"
    description = "各村（社区）设立的统战联络小组，只记岗位，不记姓名。"
    icon = "user-group"
    order = 50
    model = models.LiaisonGroup
    form = forms.LiaisonGroupForm
    filterset = filters.LiaisonGroupFilter
    table = tables.LiaisonGroupTable
    sheet = sheets.LiaisonGroupSheet
    samples = samples.liaison_groups
    search_fields = ("name", "convener_post")
    date_field = "established_on"


@ledgers.register
class TargetLedger(Ledger):
    slug = "targets"
    label = "年度目标"
    description = "各单位每年在各项指标上要达到的数，数据看板和报告据此对照。"
    icon = "flag"
    order = 60
    model = models.Target
    form = forms.TargetForm
    filterset = filters.TargetFilter
    table = tables.TargetTable
    sheet = sheets.TargetSheet
    samples = samples.targets
    search_fields = ("source_clause",)
    # No village sets the targets that it is held to.
    writers = frozenset({Role.OFFICER})
    list_view = "ledgers.work.views.TargetList"

    def extra_urls(self) -> list[URLPattern]:
        from ledgers.work import views  # views import models, which a registry must not need

        return [path("usual/", views.UsualTargets.as_view(ledger=self), name="usual")]
