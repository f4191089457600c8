"""Change lists of the same tables, with the columns, page size, order, search and filters of the product's lists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from ledgers.models import OrgUnit
from ledgers.paging import PAGE_SIZES
from ledgers.registry import Ledger, ledgers


class OpenSite(admin.AdminSite):
    """Whoever is signed in may look: the rights are not what is compared."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated)


class OpenAdmin(admin.ModelAdmin):
    list_per_page = PAGE_SIZES[0]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_module_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_delete_permission = has_change_permission


def change_list(ledger: Ledger, *filters: str) -> type[OpenAdmin]:
    return type(
        f"{ledger.model.__name__}Admin",
        (OpenAdmin,),
        {
            "list_display": tuple(ledger.table.base_columns),
            "list_select_related": ledger.select_related,
            "list_filter": ("unit", *filters),
            "search_fields": ledger.search_fields,
            "ordering": ledger.ordering,
        },
    )


site = OpenSite()
site.register(OrgUnit, OpenAdmin)
for slug, filters in {"enterprises": ("sector", "chamber_member"), "activities": ("kind", "held_on")}.items():
    ledger = ledgers.get(slug)
    site.register(ledger.model, change_list(ledger, *filters))

urlpatterns = [path("healthz", lambda request: HttpResponse("ok")), path("admin/", site.urls)]
