"""Every URL of the product. The ledgers bring their own: adding one changes nothing here."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from ledgers.registry import ledgers
from ledgers.views.accounts import OwnPasswordChange
from ledgers.views.health import Health
from reporting.views.home import OfficeHome

urlpatterns = [
    path("", OfficeHome.as_view(), name="home"),
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("password/", OwnPasswordChange.as_view(), name="password_change"),
    path("accounts/", include("ledgers.urls_accounts")),
    path("audit/", include("ledgers.urls_audit")),
    path("jobs/", include("ledgers.urls_jobs")),
    path("imports/", include("ledgers.importing.urls")),
    path("dashboard/", include("reporting.urls_dashboard")),
    path("indicators/", include("reporting.urls_indicators")),
    path("reports/", include("reporting.urls")),
    path("healthz", Health.as_view(), name="health"),
    *(path(f"ledgers/{ledger.slug}/", include((ledger.urls(), ledger.slug))) for ledger in ledgers),
]

handler500 = "ledgers.views.errors.server_error"
