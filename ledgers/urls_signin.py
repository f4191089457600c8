"""Signing in and out, and one's own password, second factor and sessions."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from ledgers.checks import open_to_anyone
from ledgers.views.security import (
    OwnPasswordChange,
    OwnSessionEnd,
    OwnSessions,
    SecondFactor,
    SecondFactorCodes,
    SecondFactorOff,
)
from ledgers.views.signin import SignIn, SignInCode

urlpatterns = [
    path("sign-in/", open_to_anyone(SignIn.as_view(), because="It is the way in."), name="login"),
    path(
        "sign-in/code/",
        open_to_anyone(SignInCode.as_view(), because="It asks for a right password in the same session."),
        name="sign_in_code",
    ),
    path(
        "sign-out/",
        open_to_anyone(LogoutView.as_view(), because="It ends the caller's own session."),
        name="logout",
    ),
    path("password/", OwnPasswordChange.as_view(), name="password_change"),
    path("second-factor/", SecondFactor.as_view(), name="second_factor"),
    path("second-factor/codes/", SecondFactorCodes.as_view(), name="second_factor_codes"),
    path("second-factor/off/", SecondFactorOff.as_view(), name="second_factor_off"),
    path("sessions/", OwnSessions.as_view(), name="sessions"),
    path("sessions/end/", OwnSessionEnd.as_view(), name="session_end"),
]
