"""Reports. The dashboard and the drill-down have namespaces of their own (urls_dashboard, urls_indicators)."""

from django.urls import path

from reporting.views.reports import ReportDetail, ReportDownload, ReportDraft, ReportList

app_name = "reports"
urlpatterns = [
    path("", ReportList.as_view(), name="list"),
    path("draft/", ReportDraft.as_view(), name="draft"),
    path("<int:pk>/", ReportDetail.as_view(), name="detail"),
    path("<int:pk>/file/<slug:format>/", ReportDownload.as_view(), name="file"),
]
