"""The ledgers of the private sector."""

from __future__ import annotations

from django.urls import URLPattern, path

from ledgers.overdue import Deadline
from ledgers.registry import Ledger, ledgers
from nonpublic import filters, forms, models, samples, sheets, tables


@ledgers.register
class EnterpriseLedger(Ledger):
    slug = "enterprises"
    label = "非公企业"
    description = "辖区内的非公有制企业，按统一社会信用代码登记，一企一条。"
    icon = "building-office"
    order = 10
    model = models.Enterprise
    form = forms.EnterpriseForm
    filterset = filters.EnterpriseFilter
    table = tables.EnterpriseTable
    sheet = sheets.EnterpriseSheet
    samples = samples.enterprises
    search_fields = ("name", "credit_code")

    def extra_urls(self) -> list[URLPattern]:
        from ledgers.choosers import RecordSuggest  # views import models, which a registry must not need

        return [path("suggest/", RecordSuggest.as_view(ledger=self), name="suggest")]


@ledgers.register
class EnterpriseRequestLedger(Ledger):
    slug = "enterprise-requests"
    label = "企业诉求"
    description = "企业提出的融资、用工、用地等诉求及办理情况。"
    icon = "chat-bubble-left-right"
    order = 20
    model = models.EnterpriseRequest
    form = forms.EnterpriseRequestForm
    filterset = filters.EnterpriseRequestFilter
    table = tables.EnterpriseRequestTable
    sheet = sheets.EnterpriseRequestSheet
    samples = samples.requests
    search_fields = ("text", "department", "enterprise__name")
    date_field = "raised_on"
    deadline = Deadline("due", "resolved_on", "逾期未办结")
    select_related = ("unit", "enterprise")


@ledgers.register
class ContributionLedger(Ledger):
    slug = "contributions"
    label = "公益捐赠"
    description = "企业和商会会员的公益捐赠。"
    icon = "gift"
    order = 30
    model = models.Contribution
    form = forms.ContributionForm
    filterset = filters.ContributionFilter
    table = tables.ContributionTable
    sheet = sheets.ContributionSheet
    samples = samples.contributions
    search_fields = ("purpose", "recipient_project", "enterprise__name")
    date_field = "given_on"
    select_related = ("unit", "enterprise")
