"""What every page needs: the navigation for this user."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import ResolverMatch

from ledgers import second_factor
from ledgers.access import Verb
from ledgers.models import Job, User
from ledgers.registry import ledgers


def navigation(request: HttpRequest) -> dict[str, Any]:
    """``nav_families`` of ledgers, the namespace (or page) in use, and what the role may do at all."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or user.needs_new_password or second_factor.is_missing(user):
        return {}
    match = request.resolver_match
    # A form that was sent may have started a job since.
    may_have_jobs = request.method == "POST" or getattr(request.session, "has_open_jobs", True)
    return {
        # What the menu offers follows from the role alone; it is drawn once for each (components/sidebar.html).
        "nav_role": user.role,
        "nav_families": ledgers.families if user.can(Verb.VIEW) else (),
        "nav_active": _active(match) if match else "",
        "current_user_can": {verb.value: user.can(verb) for verb in Verb},
        "open_jobs": Job.objects.visible_to(user).open()[:5] if may_have_jobs else (),
    }


def _active(match: ResolverMatch) -> str:
    # Units are managed beside the accounts, and have an entry of their own in the menu.
    return "units" if match.view_name.startswith("accounts:unit") else match.namespace or match.view_name
