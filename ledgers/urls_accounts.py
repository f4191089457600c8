from django.urls import path

from ledgers.views.accounts import AccountEdit, AccountList, PasswordReset

app_name = "accounts"
urlpatterns = [
    path("", AccountList.as_view(), name="list"),
    path("new/", AccountEdit.as_view(), name="create"),
    path("<int:pk>/", AccountEdit.as_view(), name="edit"),
    path("<int:pk>/reset/", PasswordReset.as_view(), name="reset"),
]
