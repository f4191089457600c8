from django.urls import path

from ledgers.views.audit import ActionList, AuditDownload, AuditExport, ChangeList, VerifyHistory

app_name = "audit"
urlpatterns = [
    path("", ChangeList.as_view(), name="list"),
    path("actions/", ActionList.as_view(), name="actions"),
    path("verify/", VerifyHistory.as_view(), name="verify"),
    path("<slug:source>.<slug:format>", AuditExport.as_view(), name="export"),
    path("files/<uuid:pk>/", AuditDownload.as_view(), name="download"),
]
