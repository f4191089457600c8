"""Who may enter where: every route of the product, tried by every role, by strangers, and with every method.

The ledgers' own routes are walked record by record in ``test_scope``; here are all the others, and the methods of all.
What is expected follows from what a view declares. A new route is tried without a change here, or fails for want of a
value for a part of its URL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, path, reverse
from django.views.generic import TemplateView

from ledgers import units as unit_changes
from ledgers.access import Role, Verb, role_may
from ledgers.checks import is_declared, routes
from ledgers.exporting import export_path
from ledgers.models import ImportBatch, Job, OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import Ledger, ledgers
from ledgers.views.base import LedgerView, SignedInMixin
from reporting.models import Report
from reporting.rights import may_draft, may_sign
from reporting.services import build_report, drafting
from reporting.views.reports.base import DraftersOnly, SignersOnly
from tests import authenticator
from tests.conftest import Units
from tests.contracts.conftest import Filled, each_ledger
from tests.contracts.pages import body
from tests.contracts.reading.test_scope import every_url
from tests.reporting.conftest import QuickRenderer

SignIn = Callable[[User], Client]

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


@pytest.fixture(scope="module")
def cast(world: tuple[Units, Filled], django_db_blocker: Any) -> Iterator[Cast]:
    units, _ = world
    with django_db_blocker.unblock(), transaction.atomic():
        patch = pytest.MonkeyPatch()
        patch.setattr(drafting, "Renderer", QuickRenderer)
        yield set_up_cast(units)
        patch.undo()
        transaction.set_rollback(True)


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


def test_every_route_says_who_may_enter() -> None:
    assert len(EVERY_ROUTE) == len(list(routes())), "two routes of one name"
    undeclared = [name for name, entry in EVERY_ROUTE.items() if not is_declared(entry.callback)]
    assert undeclared == []
    assert {name for name, entry in EVERY_ROUTE.items() if hasattr(entry.callback, "open_because")} == OPEN


def test_a_route_that_does_not_say_so_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgotten(SignedInMixin, TemplateView):
        template_name = "home/home.html"

    def undeclared(view: Any) -> URLPattern:
        return path("forgotten/", view, name="forgotten")

    for view in (Forgotten.as_view(), TemplateView.as_view(), lambda request: None):
        monkeypatch.setattr("ledgers.checks.routes", lambda view=view: [("forgotten", undeclared(view))])
        with pytest.raises(SystemCheckError, match=r"forgotten.*does not say who may enter"):
            call_command("check")


def test_whoever_has_no_business_there_is_refused_and_changes_nothing(
    cast: Cast, db: None, signed_in: SignIn
) -> None:
    clients = {who: signed_in(user) for who, user in cast.users.items()}
    before, wrong, tried = contents(), [], set()
    for name in OTHERS:
        url = cast.url(name)
        for who, user in cast.users.items():
            expected = refusal(cast, name, user)
            # Where a role may not go at all, it is the same wherever its holder sits.
            if not expected or (not cast.is_about_something(name) and who not in ONE_OF_EACH_ROLE):
                continue
            for method in ("get", "post") if name in tried else ("get", "post", *UNKNOWN):
                status = getattr(clients[who], method)(url).status_code
                # A method that a page does not know is refused before it is asked whether the thing exists.
                if status not in expected and (status != 405 or hasattr(view_of(name), method)):
                    wrong.append((who, method, url, status))
            tried.add(name)
    assert wrong == []
    assert tried == {name for name in OTHERS if view_of(name).verb or cast.is_about_something(name)}
    assert contents() == before


def test_whoever_may_enter_does_and_looking_changes_nothing(cast: Cast, db: None, signed_in: SignIn) -> None:
    write_files(cast)
    wrong: list[Any] = []
    reached = set()
    clients = {who: signed_in(user) for who, user in cast.users.items()}
    before = contents()
    for name in OTHERS:
        url, known = cast.url(name), hasattr(view_of(name), "get")
        for who, user in cast.users.items():
            if refusal(cast, name, user) or who not in (*ONE_OF_EACH_ROLE, "officer of the county"):
                continue
            response = clients[who].get(url)
            body(response)
            if response.status_code not in ((200, 302) if known else (405,)) and name not in GONE:
                wrong.append((who, url, response.status_code))
            if name not in reached and {getattr(clients[who], m)(url).status_code for m in UNKNOWN} != {405}:
                wrong.append((who, UNKNOWN, url))
            reached.add(name)
    assert wrong == []
    assert reached == set(OTHERS), "nobody may enter these"
    assert contents() == before


def test_strangers_and_those_just_revoked_sign_in_first_and_come_back(
    cast: Cast, db: None, signed_in: SignIn
) -> None:
    user = cast.users["officer of the township"]
    revoked = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    wrong: list[Any] = []
    before = contents()
    for name in OTHERS:
        url = cast.url(name)
        for client in (Client(), revoked):
            asked = client.get(url)
            back = reverse("login") if url == "/" else f"{reverse('login')}?next={url.replace('/', '%2F')}"
            if (asked.status_code, asked.headers.get("Location")) != (302, back):
                wrong.append((url, asked.status_code, asked.headers.get("Location")))
            for method in ("post", "put", "delete"):
                answer = getattr(client, method)(url)
                if not answer.headers.get("Location", "").startswith(reverse("login")):
                    wrong.append((method, url, answer.status_code))
    assert wrong == []
    assert contents() == before


def test_whatever_changes_something_asks_for_the_csrf_token(cast: Cast, db: None) -> None:
    wrong: list[Any] = []
    for who in ("officer of the township", "leader of the township", "admin of the township"):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.users[who], backend="django.contrib.auth.backends.ModelBackend")
        before = contents()
        wrong += [
            (who, name)
            for name in EVERY_ROUTE
            if name in OTHERS and client.post(cast.url(name)).status_code != 403
        ]
    assert wrong == []
    assert contents() == before


@each_ledger
def test_a_ledger_knows_get_and_post_and_posts_what_changes(
    ledger: Ledger, cast: Cast, filled: Filled, signed_in: SignIn
) -> None:
    """The officer, who may do it, by methods that nothing is done by."""
    client = signed_in(cast.users["officer of the township"])
    urls = list(every_url(ledger, filled.mine[ledger.slug][0]))
    before = contents()
    for name, url in urls:
        assert {getattr(client, method)(url).status_code for method in UNKNOWN} == {405}, url
        if not hasattr(view_of(f"{ledger.slug}:{name}"), "get"):
            assert client.get(url).status_code == 405, url
    assert contents() == before


@each_ledger
def test_an_export_filter_reaches_no_further_than_the_list(
    ledger: Ledger, cast: Cast, units: Units, filled: Filled, signed_in: SignIn
) -> None:
    if ledger.sheet is None:
        return
    client = signed_in(cast.users["officer of the township"])
    strangers = {units.neighbour.name, units.neighbour_village.name}
    for query in (
        {"unit": units.neighbour.pk},
        {"unit": units.county.pk},
        {"q": units.neighbour_village.name},
    ):
        content = body(client.get(ledger.url("export"), query))
        rows = (
            openpyxl.load_workbook(BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True)
        )
        assert not strangers & {str(cell) for row in rows for cell in row}


def test_a_unit_named_in_a_query_is_one_of_the_users_own(cast: Cast, units: Units, signed_in: SignIn) -> None:
    client = signed_in(cast.users["officer of the township"])
    for url in (reverse("dashboard:show"), cast.url("indicators:records")):
        assert client.get(url, {"unit": units.village.code}).status_code == 200
        for foreign in (units.neighbour.code, units.county.code, "999999999999"):
            assert client.get(url, {"unit": foreign}).status_code == 404, (url, foreign)
    draft = client.post(
        reverse("reports:draft"), {"unit": units.neighbour.pk, "period": "2025", "kind": "annual"}
    )
    assert draft.status_code == 200
    assert "unit" in draft.context["form"].errors


def test_administrator_auditor_and_business_roles_are_apart() -> None:
    business = {Role.CLERK, Role.OFFICER, Role.LEADER}
    for verb in Verb:
        holders = {role for role in Role if role_may(role, verb)}
        if verb == Verb.ACCOUNTS:
            assert holders == {Role.ADMIN}
        elif verb == Verb.HISTORY:
            assert holders == {Role.AUDITOR, *business}
        else:
            assert holders <= business, verb


def test_an_auditor_posts_nothing_but_what_is_about_the_own_sign_in(cast: Cast) -> None:
    auditor = cast.users["auditor of the county"]
    entered = {name for name in OTHERS if not refusal(cast, name, auditor) and hasattr(view_of(name), "post")}
    assert entered == {
        # Reads the history once more; what was found is kept with the job.
        "audit:verify",
        "password_change",
        "second_factor",
        "second_factor_codes",
        "second_factor_off",
        "session_end",
    }
    assert not [ledger for ledger in ledgers if auditor.role in ledger.writers]
