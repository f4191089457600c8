from django.urls import path

from ledgers.views.audit import AuditList

app_name = "audit"
urlpatterns = [path("", AuditList.as_view(), name="list")]
