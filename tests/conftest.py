"""Fixtures for every test: a small tree of units, accounts of each role, signed-in clients, real servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.test import Client
from xdist.scheduler import LoadFileScheduling

from ledgers import second_factor
from ledgers.access import Role
from ledgers.models import OrgUnit, RewritePermit, User
from tests import authenticator, servers, template

PASSWORD = "Bridge-7-over-water"
#: The folder of the tests that go through the product in Chromium.
JOURNEYS = "tests/journeys/"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--round",
        choices=["database", "others"],
        help="database: the tests that use a database, but for those of the running product;"
        " others: all the others, and of the first those that may come out differently on another database",
    )


class ByGroup(LoadFileScheduling):
    """A file stays with one process, whose tests share what it has started; so do all journeys, with one product."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(super()._split_scope(nodeid))


def group_of(file: str) -> str:
    return JOURNEYS if file.startswith(JOURNEYS) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup | None:
    return ByGroup(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--round")
    if wanted == "database":
        kept = [item for item in items if in_first_round(item)]
    elif wanted == "others":
        # What is not in the first is here, whatever it is: no test is in neither.
        kept = _longest_files_first([item for item in items if not in_first_round(item) or may_differ(item)])
    else:
        return
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def in_first_round(item: pytest.Item) -> bool:
    return uses_database(item) and not runs_the_product(item)


def runs_the_product(item: pytest.Item) -> bool:
    return any(map(item.get_closest_marker, ("servers", "journey")))


def _longest_files_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Those that start servers or Chromium take minutes: begun last, one of them would be alone at the end."""
    groups = {item: group_of(item.nodeid.partition("::")[0]) for item in items}
    in_chromium = {groups[item] for item in items if item.get_closest_marker("journey")}
    slow = {groups[item] for item in items if runs_the_product(item)}

    def rank(item: pytest.Item) -> tuple[bool, bool, bool]:
        group = groups[item]
        return group != JOURNEYS, group not in in_chromium, group not in slow

    return sorted(items, key=rank)


def uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"})


def may_differ(item: pytest.Item) -> bool:
    """Whether SQLite and PostgreSQL may well answer differently: marked so, or about transactions and locks."""
    with_commits = item.get_closest_marker("django_db")
    return bool(
        item.get_closest_marker("each_database")
        or (with_commits and with_commits.kwargs.get("transaction"))
        or "transactional_db" in getattr(item, "fixturenames", ())
    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Before pytest-django makes the test database."""
    template.use_for_tests()


@pytest.fixture(autouse=True, scope="session")
def _flush_append_only_tables() -> Iterator[None]:
    """Emptying the test database between tests needs a permit, which goes with the other rows."""
    connection = connections[DEFAULT_DB_ALIAS]
    permits = connection.ops.quote_name(RewritePermit._meta.db_table)

    def flush(operations: Any, statements: list[str]) -> None:
        with transaction.atomic(), operations.connection.cursor() as cursor:
            RewritePermit.objects.create(why="tests")
            for statement in sorted(statements, key=lambda text: permits in text):
                cursor.execute(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(connection.ops), "execute_sql_flush", flush)
        yield


@dataclass(frozen=True)
class Units:
    """One county, two townships; the second is the neighbour nobody of the first may look into."""

    county: OrgUnit
    township: OrgUnit
    villages: list[OrgUnit]
    neighbour: OrgUnit
    neighbour_village: OrgUnit

    @property
    def village(self) -> OrgUnit:
        return self.villages[0]


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: object) -> None:
    """No test writes into another one's media folder."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]


def plant_units() -> Units:
    """东山镇 with three villages, and 西河镇 beside it with one."""
    county = OrgUnit.objects.create_under(
        None, code="330281000000", name="清江县", level=OrgUnit.Level.COUNTY
    )

    def township(code: str, name: str) -> OrgUnit:
        return OrgUnit.objects.create_under(county, code=code, name=name, level=OrgUnit.Level.TOWNSHIP)

    def village(parent: OrgUnit, code: str, name: str) -> OrgUnit:
        return OrgUnit.objects.create_under(parent, code=code, name=name, level=OrgUnit.Level.VILLAGE)

    dongshan = township("330281101000", "东山镇")
    xihe = township("330281102000", "西河镇")
    villages = [
        village(dongshan, "330281101201", "上河村"),
        village(dongshan, "330281101202", "下河村"),
        village(dongshan, "330281101203", "新桥村"),
    ]
    return Units(county, dongshan, villages, xihe, village(xihe, "330281102201", "柳湾村"))


@pytest.fixture
def units(db: None) -> Units:
    return plant_units()


AccountFactory = Callable[..., User]


@pytest.fixture
def account(units: Units) -> AccountFactory:
    """account(role, unit=township, username=None) -> a new active account with the password PASSWORD.

    Where the role asks for a second factor, it is that of ``tests.authenticator``.
    """

    def create(role: Role, unit: OrgUnit | None = None, username: str | None = None) -> User:
        number = User.objects.count() + 1
        user = User.objects.create_user(
            username or f"{role.value}{number}",
            PASSWORD,
            name=f"{role.label}{number}",
            role=role,
            unit=unit or units.township,
        )
        if second_factor.is_missing(user):
            authenticator.set_up(user)
        return user

    return create


@pytest.fixture
def clerk(account: AccountFactory, units: Units) -> User:
    """The clerk of the first village (上河村)."""
    return account(Role.CLERK, units.village)


@pytest.fixture
def officer(account: AccountFactory) -> User:
    """The officer of 东山镇."""
    return account(Role.OFFICER)


@pytest.fixture
def leader(account: AccountFactory) -> User:
    return account(Role.LEADER)


@pytest.fixture
def admin(account: AccountFactory) -> User:
    return account(Role.ADMIN)


@pytest.fixture
def auditor(account: AccountFactory) -> User:
    return account(Role.AUDITOR)


@pytest.fixture
def neighbour_officer(account: AccountFactory, units: Units) -> User:
    """The officer of 西河镇, who must not see anything of 东山镇."""
    return account(Role.OFFICER, units.neighbour)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """signed_in(user) -> a test client with that user's session."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """URL of a running PostgreSQL of the tests' own; script/test has started one already."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
    else:
        with servers.postgres() as url:
            yield url


@pytest.fixture
def postgres_url(postgres_cluster: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty database of this test's own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
    name = f"{worker}_{request.node.name}".replace("[", "_").replace("]", "")[:60].lower()
    with servers.database(postgres_cluster, name) as url:
        yield url


@pytest.fixture
def redis_server() -> Iterator[servers.Redis]:
    """A Redis of this test's own, which it may kill and start again."""
    with servers.redis_server() as server:
        yield server
