from django.urls import path

from ledgers.views.import_files import MarkedWorkbook
from ledgers.views.imports import (
    ImportCancel,
    ImportConfirm,
    ImportDetail,
    ImportList,
    ImportMapping,
    ImportUndo,
)

app_name = "imports"
urlpatterns = [
    path("", ImportList.as_view(), name="list"),
    path("<int:pk>/", ImportDetail.as_view(), name="detail"),
    path("<int:pk>/mapping/", ImportMapping.as_view(), name="mapping"),
    path("<int:pk>/confirm/", ImportConfirm.as_view(), name="confirm"),
    path("<int:pk>/cancel/", ImportCancel.as_view(), name="cancel"),
    path("<int:pk>/marked/", MarkedWorkbook.as_view(), name="marked"),
    path("<int:pk>/undo/", ImportUndo.as_view(), name="undo"),
]
