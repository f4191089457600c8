"""Who tries the routes of the product, the things that they are about, and who is to be let in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.urls import reverse

from ledgers import units as unit_changes
from ledgers.access import Role, role_may
from ledgers.checks import routes
from ledgers.exporting import export_path
from ledgers.models import ImportBatch, Job, OrgUnit, User
from ledgers.periods import Period
from ledgers.views.base import LedgerView, SignedInMixin
from reporting.models import Report
from reporting.rights import may_draft, may_sign
from reporting.services import build_report
from reporting.views.reports.base import DraftersOnly, SignersOnly
from tests import authenticator
from tests.conftest import Units

#: Routes that ask for no sign-in. Every other one does, and says which verb it takes.
OPEN: Final = {"login", "sign_in_code", "logout", "health", "ready", "metrics"}

#: Its file went with the import that is settled; ``tests/importing`` fetches one that is not.
GONE: Final = {"imports:marked"}

#: Methods that no page knows.
UNKNOWN: Final = ("put", "patch", "delete")

EVERY_ROUTE: Final = dict(routes())

OTHERS: Final = {
    name: entry
    for name, entry in EVERY_ROUTE.items()
    if name not in OPEN and not issubclass(entry.callback.view_class, LedgerView)  # type: ignore[attr-defined]
}

ONE_OF_EACH_ROLE: Final = [
    f"{role.value} of the {'village' if role == Role.CLERK else 'township'}" for role in Role
]


@dataclass(frozen=True)
class Cast:
    """Who tries the routes, and the things of 东山镇 that the routes are about."""

    users: dict[str, User]
    values: dict[str, dict[str, Any]]
    #: Whose reach a route's object is in, by the route's namespace or name.
    reaches: dict[str, Callable[[User], bool]]

    def url(self, name: str) -> str:
        return reverse(name, kwargs=self.values_of(name))

    def values_of(self, name: str) -> dict[str, Any]:
        known = self.values.get(name) or self.values.get(name.partition(":")[0], {})
        parts = EVERY_ROUTE[name].pattern.converters
        missing = set(parts) - set(known)
        assert not missing, f"say in the fixture how to fill {missing} of {name}"
        return {part: known[part] for part in parts}

    def is_about_something(self, name: str) -> bool:
        return "pk" in EVERY_ROUTE[name].pattern.converters

    def reaches_it(self, name: str, user: User) -> bool:
        return (self.reaches.get(name) or self.reaches[name.partition(":")[0]])(user)


def set_up_cast(units: Units) -> Cast:
    users = {}
    places = {
        "village": units.village,
        "next village": units.villages[1],
        "township": units.township,
        "next township": units.neighbour,
        "county": units.county,
    }
    for role in Role:
        for place, unit in places.items():
            if ("village" in place) == (role == Role.CLERK):
                name = f"{role.value} of the {place}"
                users[name] = User.objects.create_user(
                    name.replace(" ", "-"), name=name[:40], role=role, unit=unit
                )
                if role == Role.ADMIN:
                    authenticator.set_up(users[name])
    owner, clerk = users["officer of the township"], users["clerk of the village"]
    job = Job.objects.create(
        kind="export.build",
        state=Job.State.DONE,
        payload={"slug": "enterprises", "query": ""},
        user=owner,
        unit=units.township,
    )
    search = Job.objects.create(
        kind="audit.export",
        state=Job.State.DONE,
        payload={"source": "", "query": "", "format": "csv"},
        user=users["auditor of the township"],
        unit=units.township,
    )
    batch = ImportBatch.objects.create(
        ledger_slug="enterprises",
        file_name="台账.xlsx",
        file_sha256="0" * 64,
        unit=units.township,
        user=owner,
        state=ImportBatch.State.APPLIED,
    )
    report = build_report(unit=units.township, period=Period(2025), kind="annual", user=None)
    change = unit_changes.rename_unit(
        unit=units.villages[2], name="新桥新村", on=report.created_at.date(), user=None
    )

    def within(unit: OrgUnit) -> Callable[[User], bool]:
        return lambda user: user.unit is not None and unit.is_within(user.unit)

    section = report.sections.first()
    assert section is not None
    return Cast(
        users,
        values={
            "jobs": {"pk": job.pk},
            "audit": {"source": "changes", "format": "csv"},
            "audit:download": {"pk": search.pk},
            "imports": {"pk": batch.pk},
            "accounts": {"pk": clerk.pk},
            "accounts:unit": {"pk": units.villages[2].pk},
            "accounts:unit-undo": {"pk": change.pk},
            "reports": {"pk": report.pk, "key": section.key, "format": "pdf"},
            "indicators": {"code": "work.meetings"},
        },
        reaches={
            "jobs": lambda user: user == owner,
            "audit:download": lambda user: user == search.user,
            "imports": within(units.township),
            "accounts": within(units.village),
            "accounts:unit": within(units.villages[2]),
            "accounts:unit-undo": within(units.villages[2]),
            "reports": within(units.township),
        },
    )


def view_of(name: str) -> type[SignedInMixin]:
    found: type[SignedInMixin] = EVERY_ROUTE[name].callback.view_class  # type: ignore[attr-defined]
    return found


def refusal(cast: Cast, name: str, user: User) -> set[int]:
    """The statuses of which one has to come; none when the user may enter."""
    view, about = view_of(name), cast.is_about_something(name)
    if view.verb is not None and not role_may(user.role, view.verb):
        # What is out of reach does not exist even for who could do nothing with it.
        return {403, 404} if about else {403}
    if about and not cast.reaches_it(name, user):
        return {404}
    if issubclass(view, (DraftersOnly, SignersOnly)):
        report = Report.objects.get(pk=cast.values["reports"]["pk"])
        may = may_draft if issubclass(view, DraftersOnly) else may_sign
        return set() if may(user, report.unit) else {403}
    return set()


def write_files(cast: Cast) -> None:
    """The files that the download routes answer with; each test has a media folder of its own."""
    export = export_path(cast.values["jobs"]["pk"])
    search = export_path(cast.values["audit:download"]["pk"]).with_suffix(".csv")
    stored = Report.objects.get(pk=cast.values["reports"]["pk"]).files.get(format="pdf")
    content = b"content"
    for file in (export, search, Path(stored.file.path)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    # A file that is not the one that was made is not handed out.
    stored.sha256, stored.size = hashlib.sha256(content).hexdigest(), len(content)
    stored.save(update_fields=["sha256", "size"])


def contents() -> str:
    """A digest of all that the database holds, but for who is signed in and who asked for what."""
    digest = hashlib.sha256()
    passing = {"AccountSession", "AccessAttempt", "AccessLog", "Action", "FormSubmission", "Job"}
    for model in apps.get_models(include_auto_created=True):
        if model.__name__ not in passing:
            for row in model._default_manager.order_by("pk").values_list():
                digest.update(repr(row).encode())
    return digest.hexdigest()
