"""What goes into the log of actions: a middleware for what is asked of pages, signals for everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from ledgers.jobs import job_failed
from ledgers.models import Action, Job, User
from ledgers.registry import ledgers
from ledgers.signin import client_address
from ledgers.trail.actions import record_action
from ledgers.unsaved import is_shown_again

Kind, Result = Action.Kind, Action.Result

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: Views whose doings the signals tell, or that keep what a browser sends every few seconds (the report editor).
QUIET: Final = frozenset(
    {
        "login",
        "logout",
        "reports:section",
        "reports:section-preview",
        "reports:edit-session",
        "reports:edit-figures",
    }
)
_BY_NAMESPACE: Final = {
    "accounts": Kind.ACCOUNT,
    "imports": Kind.IMPORT,
    "reports": Kind.REPORT,
    "jobs": Kind.JOB,
    "audit": Kind.AUDIT,
}
_BY_VIEW: Final = {
    "password_change": Kind.PASSWORD,
    "accounts:unit": Kind.UNIT,
    "accounts:unit-undo": Kind.UNIT,
}
#: What the pages of one ledger are called that do something else than write records.
_IN_LEDGER: Final = {
    "import": Kind.IMPORT,
    "submit": Kind.RETURN,
    "withdraw": Kind.RETURN,
    "review": Kind.RETURN,
    "accept": Kind.RETURN,
    "return": Kind.RETURN,
    "reopen": Kind.RETURN,
}


class ActionLogMiddleware:
    """One entry for each form that was sent, each file handed out, and each page refused, whoever answered it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Who asks is who was signed in when asking, also when signing out is what is asked.
        user = request.user if request.user.is_authenticated else None
        response = self.get_response(request)
        kind = kind_of(request.method or "", request.resolver_match, response)
        if kind not in (None, Kind.FORBIDDEN) and is_shown_again(request) and response.status_code < 400:
            # A form with what was typed before the session ended: looked at, not sent.
            return response
        if kind is not None:
            record_action(
                kind,
                result_of(response),
                user=user if isinstance(user, User) else None,
                address=client_address(request),
                target=f"{request.method} {request.path}",
            )
        return response


def kind_of(method: str, match: ResolverMatch | None, response: HttpResponseBase) -> Action.Kind | None:
    """What kind of action a request was; None for one that is not logged, such as looking at a page."""
    if response.status_code == 403:
        return Kind.FORBIDDEN
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        return Kind.DOWNLOAD
    if method in SAFE or match is None or match.view_name in QUIET:
        return None
    if match.view_name in _BY_VIEW:
        return _BY_VIEW[match.view_name]
    if match.namespace in _BY_NAMESPACE:
        return _BY_NAMESPACE[match.namespace]
    if any(match.namespace == ledger.slug for ledger in ledgers):
        return _IN_LEDGER.get(match.url_name or "", Kind.RECORD)
    return Kind.OTHER


def result_of(response: HttpResponseBase) -> Action.Result:
    if response.status_code >= 500:
        return Result.FAILED
    return Result.REFUSED if response.status_code >= 400 else Result.DONE


def _address(request: HttpRequest | None) -> str:
    return client_address(request) if request is not None else ""


def _known(username: Any) -> dict[str, Any]:
    """The account of that name; what was typed for one that does not exist may be a password, and is not kept."""
    user = User.objects.filter(username=str(username or "")[:60]).first()
    return {"user": user} if user else {"account": "（无此账号）"}


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest | None, user: User, **_: Any) -> None:
    record_action(Kind.SIGN_IN, Result.DONE, user=user, address=_address(request))


@receiver(user_login_failed)
def _not_signed_in(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    record_action(
        Kind.SIGN_IN, Result.REFUSED, address=_address(request), **_known(credentials.get("username"))
    )


@receiver(user_locked_out)
def _locked(sender: Any, request: HttpRequest | None, username: str | None, **_: Any) -> None:
    record_action(Kind.LOCKED, Result.DONE, address=_address(request), **_known(username))


@receiver(user_logged_out)
def _signed_out(sender: Any, request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is not None:
        record_action(Kind.SIGN_OUT, Result.DONE, user=user, address=_address(request))


@receiver(post_save, sender=User)
def _opened(sender: Any, instance: User, created: bool, raw: bool, **_: Any) -> None:
    if created and not raw:
        record_action(Kind.ACCOUNT, Result.DONE, target=f"开通账号 {instance.username}")


@receiver(job_failed)
def _job_failed(sender: Any, job: Job, **_: Any) -> None:
    record_action(Kind.JOB, Result.FAILED, user=job.user, target=f"{job.kind} {job.get_absolute_url()}")
