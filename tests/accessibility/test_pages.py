"""axe-core finds nothing against WCAG 2.2 A and AA on any page, wide or narrow.

Which pages there are is found out by following every link from where each role starts, through records in every
state; the routes of the URLconf say whether a page was left out. The pages are asked for first and shown to Chromium
afterwards, from memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.template import loader
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from playwright.sync_api import Browser

from ledgers.models import User
from ledgers.views.errors import server_error
from tests.accessibility import states
from tests.accessibility.showing import AXE, Showing
from tests.accessibility.walk import Snapshot, Walk, routes, snapshot
from tests.browser import chromium, faults
from tests.conftest import PASSWORD, Units, plant_units
from tests.contracts.conftest import fill
from tests.reporting.conftest import QuickRenderer

pytestmark = pytest.mark.journey

#: Routes that answer GET and are no page that a link leads to.
ELSEWHERE = {
    "health": "asked by a load balancer",
    "ready": "asked by a load balancer",
    "metrics": "asked by a monitoring system",
    "audit:download": "a file",
    "sign_in_code": "asked for after the password; _second_step shows it",
    "jobs:export": "the file of an export, which this walk does not have built",
}


@dataclass(frozen=True)
class Found:
    pages: list[Snapshot]
    reached: set[str]


@pytest.fixture(scope="module")
def found(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Found]:
    """Every page of every role, from a database that is gone again afterwards."""
    media = tmp_path_factory.mktemp("media")
    # Figures are remembered as in production: nothing is written while the pages are walked.
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        for module in ("drafting", "signing"):
            patch.setattr(f"reporting.services.{module}.Renderer", QuickRenderer)
        held: Any = transaction.atomic()
        held._from_testcase = True  # as in tests/contracts/reading
        with override_settings(MEDIA_ROOT=media, FIGURES_KEPT_SECONDS=300), held:
            units = plant_units()
            empty = _empty_office(units)
            fill(units)
            users = states.plant(units)
            # The officer sees most; what the others see beside it is found by their walking as well.
            walks = [_walk(users.pop("officer"), each_route=True), *map(_walk, users.values())]
            walks.append(Walk(Client()).from_page("/sign-in/"))
            pages = [
                *empty,
                *_errors(),
                _second_step(),
                *(page for walk in walks for page in [*walk.pages, *walk.refused_forms()]),
            ]
            yield Found(pages, {kind for walk in walks for kind in walk.reached})
            transaction.set_rollback(True)


def _walk(user: User, *, each_route: bool = False) -> Walk:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return Walk(client, each_route=each_route).from_page("/")


def _empty_office(units: Units) -> list[Snapshot]:
    """The pages of an office that has not recorded anything yet."""
    with transaction.atomic():
        officer = states.accounts(units)["officer"]
        pages = _walk(officer).pages
        transaction.set_rollback(True)
    return pages


def _second_step() -> Snapshot:
    data = {"username": "walk-admin", "password": PASSWORD}
    return snapshot(Client().post(reverse("login"), data, follow=True), reverse("sign_in_code"))


def _errors() -> list[Snapshot]:
    """What is shown instead of a page."""
    request = RequestFactory().get("/")
    csrf = Client(enforce_csrf_checks=True)
    locked = loader.get_template("registration/locked.html").render({}, request)
    with override_settings(ALLOWED_HOSTS=["elsewhere"]):
        refused = Client().get("/sign-in/")
    return [
        snapshot(refused, "/400/"),
        snapshot(csrf.post("/sign-in/", {}), "/403-csrf/"),
        snapshot(Client().get("/no-such-page/"), "/404/"),
        snapshot(server_error(request), "/500/"),
        snapshot(HttpResponse(locked, status=403), "/locked/"),
    ]


@pytest.fixture(scope="module")
def browser(found: Found) -> Iterator[Browser]:
    with chromium() as running:
        yield running


def _distinct(pages: list[Snapshot]) -> list[Snapshot]:
    """The first page of each kind, and each later one that shows something which those before it do not."""
    seen: dict[str, set[tuple[str, str]]] = {}
    kept = []
    for page in pages:
        kind = page.kind or page.address
        if kind not in seen or page.shape - seen[kind]:
            seen.setdefault(kind, set()).update(page.shape)
            kept.append(page)
    return kept


def _first_of_each_kind(pages: list[Snapshot]) -> list[Snapshot]:
    return list({page.kind or page.address: page for page in reversed(pages)}.values())


def _faults_of(browser: Browser, pages: list[Snapshot], width: int) -> list[str]:
    page = browser.new_page(viewport={"width": width, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    said = []
    with Showing() as showing:
        for each in pages:
            page.goto(showing.address_of(each))
            # What is folded away belongs to the page as well; the account menu would cover what is below it.
            page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
            page.add_script_tag(url=AXE)
            said += [f"{each}: {fault}" for fault in faults(page)]
        page.close()
    return said


# First, and the only one that asks for a database: afterwards Chromium runs, and Django refuses to work beside it.
@pytest.mark.django_db
def test_every_page_was_walked(found: Found) -> None:
    """A route that no link leads to is a page that nobody finds, or it says in ELSEWHERE what it is."""
    missed = {name for kind, name in routes() if kind not in found.reached}
    assert missed == set(ELSEWHERE), "a route that was not reached, or a stale reason"


def test_no_page_has_a_fault(found: Found, browser: Browser) -> None:
    pages = _distinct(found.pages)
    assert len(pages) > 100
    said = _faults_of(browser, pages, 1280)
    assert not said, "\n".join(said)


def test_no_page_has_a_fault_on_a_phone(found: Found, browser: Browser) -> None:
    """One page of each kind: what differs between two of a kind was shown above, what a phone changes is in both."""
    pages = _first_of_each_kind(found.pages)
    assert len(pages) > 50
    said = _faults_of(browser, pages, 360)
    assert not said, "\n".join(said)
