from django.urls import path

from ledgers.views.export import ExportDownload
from ledgers.views.jobs import JobDetail, JobRetry

app_name = "jobs"
urlpatterns = [
    path("<uuid:pk>/", JobDetail.as_view(), name="detail"),
    path("<uuid:pk>/retry/", JobRetry.as_view(), name="retry"),
    path("<uuid:pk>/export/", ExportDownload.as_view(), name="export"),
]
