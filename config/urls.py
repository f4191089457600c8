"""Every URL of the product. The ledgers bring their own: adding one changes nothing here."""

from django.urls import include, path

from ledgers.checks import open_to_anyone
from ledgers.registry import ledgers
from ledgers.views.health import Health, Metrics, Ready, SystemStatus
from reporting.views.home import OfficeHome

urlpatterns = [
    path("", OfficeHome.as_view(), name="home"),
    path("", include("ledgers.urls_signin")),
    path("accounts/", include("ledgers.urls_accounts")),
    path("audit/", include("ledgers.urls_audit")),
    path("jobs/", include("ledgers.urls_jobs")),
    path("imports/", include("ledgers.importing.urls")),
    path("dashboard/", include("reporting.urls_dashboard")),
    path("indicators/", include("reporting.urls_indicators")),
    path("reports/", include("reporting.urls")),
    path("system/", SystemStatus.as_view(), name="system"),
    path("healthz", open_to_anyone(Health.as_view(), because="It says yes or no."), name="health"),
    path("readyz", open_to_anyone(Ready.as_view(), because="It says yes or no."), name="ready"),
    path(
        "metrics",
        open_to_anyone(Metrics.as_view(), because="It asks for a token of its own."),
        name="metrics",
    ),
    *(path(f"ledgers/{ledger.slug}/", include((ledger.urls(), ledger.slug))) for ledger in ledgers),
]

handler500 = "ledgers.views.errors.server_error"
