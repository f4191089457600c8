"""The ledgers of overseas and Taiwan affairs."""

from __future__ import annotations

from ledgers.overdue import Deadline
from ledgers.registry import Ledger, ledgers
from ledgers.returns.ledger import CompositionLedger, ReturnLedger
from overseas import filters, forms, models, samples, sheets, tables


@ledgers.register
class OverseasReturnLedger(ReturnLedger):
    slug = "overseas-returns"
    label = "侨台季报"
    description = "各村每季度归侨、侨眷、台胞台属、港澳眷属、留学归国的户数和人数，不登记个人。"
    icon = "globe-alt"
    order = 10
    model = models.OverseasReturn
    form = forms.OverseasReturnForm
    filterset = filters.OverseasReturnFilter
    table = tables.OverseasReturnTable
    sheet = sheets.OverseasReturnSheet
    samples = samples.overseas_returns


@ledgers.register
class RegionCompositionLedger(CompositionLedger):
    slug = "region-composition"
    label = "地区构成"
    description = "乡镇每季度按旅居国家和地区统计的户数和人数，只到乡镇一级；不足5人的地区并入其他。"
    icon = "chart-pie"
    order = 20
    model = models.RegionComposition
    form = forms.RegionCompositionForm
    filterset = filters.RegionCompositionFilter
    table = tables.RegionCompositionTable
    sheet = sheets.RegionCompositionSheet
    samples = samples.region_compositions


@ledgers.register
class DonationProjectLedger(Ledger):
    slug = "donation-projects"
    label = "捐赠项目"
    description = "海外侨胞、港澳台同胞和社团捐建的公益项目，捐赠方按公开的称谓登记。"
    icon = "gift"
    order = 30
    model = models.DonationProject
    form = forms.DonationProjectForm
    filterset = filters.DonationProjectFilter
    table = tables.DonationProjectTable
    sheet = sheets.DonationProjectSheet
    samples = samples.donation_projects
    search_fields = ("title", "public_donor", "purpose")
    date_field = "donated_on"


@ledgers.register
class ReceptionLedger(Ledger):
    slug = "receptions"
    label = "接待交流"
    description = "来访接待、出访和联谊活动，只登记户数和人数。"
    icon = "hand-raised"
    order = 40
    model = models.Reception
    form = forms.ReceptionForm
    filterset = filters.ReceptionFilter
    table = tables.ReceptionTable
    sheet = sheets.ReceptionSheet
    samples = samples.receptions
    search_fields = ("title", "outcome")
    date_field = "held_on"


@ledgers.register
class ServiceRequestLedger(Ledger):
    slug = "service-requests"
    label = "为侨服务"
    description = "受理和办结的为侨服务事项，不登记姓名和联系方式。"
    icon = "lifebuoy"
    order = 50
    model = models.ServiceRequest
    form = forms.ServiceRequestForm
    filterset = filters.ServiceRequestFilter
    table = tables.ServiceRequestTable
    sheet = sheets.ServiceRequestSheet
    samples = samples.service_requests
    search_fields = ("matter", "outcome")
    date_field = "received_on"
    # Requests come without a term; what nobody has settled for a month is worth a look.
    deadline = Deadline("received_on", "resolved_on", "超过30天未办结", days=30, state="slow")
