from django.urls import path

from reporting.views.dashboards import DashboardView

app_name = "dashboard"
urlpatterns = [path("", DashboardView.as_view(), name="show")]
