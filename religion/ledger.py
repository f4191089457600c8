"""The ledgers of the venues."""

from __future__ import annotations

from django.urls import URLPattern, path

from ledgers.overdue import Deadline
from ledgers.registry import Ledger, ledgers
from religion import filters, forms, models, samples, sheets, tables


def suggestions(ledger: Ledger) -> URLPattern:
    from ledgers.choosers import RecordSuggest  # views import models, which a registry must not need

    return path("suggest/", RecordSuggest.as_view(ledger=ledger), name="suggest")


@ledgers.register
class VenueLedger(Ledger):
    slug = "venues"
    label = "宗教活动场所"
    description = "已登记或备案的宗教活动场所，按登记证号一处一条；未登记的不录入。"
    icon = "building-library"
    order = 10
    model = models.Venue
    form = forms.VenueForm
    filterset = filters.VenueFilter
    table = tables.VenueTable
    sheet = sheets.VenueSheet
    samples = samples.venues
    search_fields = ("name", "certificate_number", "address")

    def extra_urls(self) -> list[URLPattern]:
        return [suggestions(self)]


@ledgers.register
class InspectionLedger(Ledger):
    slug = "inspections"
    label = "安全检查"
    description = "对场所消防、建筑、用电等安全情况的检查。"
    icon = "shield-check"
    order = 20
    model = models.Inspection
    form = forms.InspectionForm
    filterset = filters.InspectionFilter
    table = tables.InspectionTable
    sheet = sheets.InspectionSheet
    samples = samples.inspections
    search_fields = ("venue__name", "inspectors", "note")
    date_field = "inspected_on"
    select_related = ("unit", "venue")

    def extra_urls(self) -> list[URLPattern]:
        return [suggestions(self)]


@ledgers.register
class HazardLedger(Ledger):
    slug = "hazards"
    label = "安全隐患"
    description = "安全检查发现的隐患、整改期限和整改情况。"
    icon = "exclamation-triangle"
    order = 30
    model = models.Hazard
    form = forms.HazardForm
    filterset = filters.HazardFilter
    table = tables.HazardTable
    sheet = sheets.HazardSheet
    samples = samples.hazards
    detail_view = "religion.views.HazardDetail"
    search_fields = ("description", "measure", "inspection__venue__name")
    date_field = "found_on"
    deadline = Deadline("due", "rectified_on", "逾期未整改")
    select_related = ("unit", "inspection__venue")


@ledgers.register
class VenueEventLedger(Ledger):
    slug = "venue-events"
    label = "大型活动"
    description = "场所大型公共活动的预报、人流和安全预案。"
    icon = "ticket"
    order = 40
    model = models.VenueEvent
    form = forms.VenueEventForm
    filterset = filters.VenueEventFilter
    table = tables.VenueEventTable
    sheet = sheets.VenueEventSheet
    samples = samples.events
    search_fields = ("name", "venue__name", "safety_plan_note")
    date_field = "starts_on"
    select_related = ("unit", "venue")


@ledgers.register
class LiaisonVisitLedger(Ledger):
    slug = "liaison-visits"
    label = "联系走访"
    description = "干部走访联系场所，听取场所提出的需求。"
    icon = "chat-bubble-bottom-center-text"
    order = 50
    model = models.LiaisonVisit
    form = forms.LiaisonVisitForm
    filterset = filters.LiaisonVisitFilter
    table = tables.LiaisonVisitTable
    sheet = sheets.LiaisonVisitSheet
    samples = samples.visits
    search_fields = ("venue__name", "official", "raised", "outcome")
    date_field = "visited_on"
    select_related = ("unit", "venue")
