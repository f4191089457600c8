from django.urls import path

from reporting.views.drilldown import IndicatorRecords

app_name = "indicators"
urlpatterns = [path("<str:code>/records/", IndicatorRecords.as_view(), name="records")]
