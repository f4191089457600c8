from django.urls import path

from ledgers.views.accounts import AccountEdit, AccountList, PasswordReset, SecondFactorReset, SignOut, Unlock
from ledgers.views.units import UnitChangeUndo, UnitChangeView, UnitList

app_name = "accounts"
urlpatterns = [
    path("", AccountList.as_view(), name="list"),
    path("new/", AccountEdit.as_view(), name="create"),
    path("<int:pk>/", AccountEdit.as_view(), name="edit"),
    path("<int:pk>/reset/", PasswordReset.as_view(), name="reset"),
    path("<int:pk>/unlock/", Unlock.as_view(), name="unlock"),
    path("<int:pk>/second-factor/", SecondFactorReset.as_view(), name="second-factor"),
    path("<int:pk>/sign-out/", SignOut.as_view(), name="sign-out"),
    path("units/", UnitList.as_view(), name="units"),
    path("units/<int:pk>/", UnitChangeView.as_view(), name="unit"),
    path("units/changes/<int:pk>/undo/", UnitChangeUndo.as_view(), name="unit-undo"),
]
